"""Only regular files are opened; other paths are rejected without being opened."""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import numpy as np
import pytest
from gensim.models import KeyedVectors

from embedgate.errors import ArtifactMissing, ArtifactUnreadable, EmbedgateError
from embedgate.sources import files
from embedgate.sources.files import read_playlists, read_vectors

NAMES = ["v.kv", "v.kv.gz", "v.model", "v.txt", "v.bin.gz", "v.npz", "p.parquet", "p.jsonl", "p.csv"]
NAMES += ["v.vec", "v.npy", "v.parquet", "v.safetensors", "v.faiss"]


@pytest.fixture(autouse=True)
def time_limit() -> Iterator[None]:
    """Interrupt a test that hangs, because opening a pipe for reading blocks until another process writes."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError("still reading after 60 s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def assert_rejected(error: type[EmbedgateError], path: Path, *facts: str) -> None:
    read = read_playlists if path.name.startswith("p.") else read_vectors
    with pytest.raises(EmbedgateError) as caught:
        read(path)
    assert type(caught.value) is error
    for fact in (str(path), *facts):
        assert fact in str(caught.value)


def saved(path: Path) -> Path:
    """Save vectors whose array is in a separate file, and return that file."""
    made = KeyedVectors(2)
    made.add_vectors(["a", "b"], np.eye(2, dtype=np.float32))
    made.save(str(path), sep_limit=0)
    return path.with_name(f"{path.name}.vectors.{'npz' if path.suffix == '.gz' else 'npy'}")


@contextlib.contextmanager
def unprivileged() -> Iterator[None]:
    """Drop the privileges of root, if the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("name", NAMES)
def test_pipe_is_rejected_without_opening_it(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    assert_rejected(ArtifactUnreadable, tmp_path / name, "is a named pipe", "read from regular files", "Write the")


@pytest.mark.parametrize("name", NAMES)
def test_socket_is_rejected(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket has to be short
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(name)
        assert_rejected(ArtifactUnreadable, tmp_path / name, "is a socket")


@pytest.mark.parametrize("name", NAMES)
def test_device_behind_a_link_is_rejected(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("/dev/zero")
    assert_rejected(ArtifactUnreadable, tmp_path / name, "is a device")


@pytest.mark.parametrize("name", NAMES)
def test_folder_is_rejected(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert_rejected(ArtifactUnreadable, tmp_path / name, "is a folder", "Give the path of the file with")


def test_folder_without_suffix_is_rejected(tmp_path: Path) -> None:
    assert_rejected(ArtifactUnreadable, tmp_path, "is a folder")


@pytest.mark.parametrize("name", ["v.kv", "v.kv.gz"])
@pytest.mark.parametrize("kind", ["a named pipe", "a socket", "a device", "a folder"])
def test_array_in_a_separate_file_must_be_a_regular_file(
    tmp_path: Path, name: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = saved(tmp_path / name)
    beside.unlink()
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as bound:
        if kind == "a named pipe":
            os.mkfifo(beside)
        elif kind == "a socket":
            bound.bind(beside.name)
        elif kind == "a device":
            beside.symlink_to("/dev/zero")
        else:
            beside.mkdir()
        with pytest.raises(ArtifactUnreadable) as caught:
            files.load_vectors(tmp_path / name)
    assert f"file {beside} is {kind}, and arrays are read from regular files" in str(caught.value)


def test_symbolic_link_to_a_file_is_followed(tmp_path: Path) -> None:
    np.savez(tmp_path / "real.npz", keys=np.array(["a", "b"]), vectors=np.eye(2))
    (tmp_path / "v.npz").symlink_to("real.npz")
    assert len(read_vectors(tmp_path / "v.npz")[0]) == 2


@pytest.mark.parametrize("name", NAMES)
def test_broken_link_and_link_to_itself_are_rejected(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.symlink_to("gone")
    assert_rejected(ArtifactMissing, path, "a symbolic link to gone, which does not exist", "Restore that file")
    path.unlink()
    path.symlink_to(name)
    assert_rejected(ArtifactUnreadable, path, "a symbolic link that leads back to itself", "Let it point to")


@pytest.mark.parametrize("name", ["x" * 300 + ".kv", "/".join(["folder"] * 800) + "/p.jsonl"])
def test_too_long_path_is_reported_as_missing(tmp_path: Path, name: str) -> None:
    assert_rejected(ArtifactMissing, tmp_path / name, "longer than the file system allows", "Check the path")


def test_path_below_a_file_is_reported_as_missing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert_rejected(ArtifactMissing, tmp_path / "file" / "v.kv", "there is no file")


def test_path_with_a_null_byte_is_reported_as_missing() -> None:
    with pytest.raises(ArtifactMissing, match="null byte"):
        read_vectors(Path("v\0.kv"))


@pytest.mark.parametrize("name", NAMES)
def test_file_without_permission_is_rejected(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / name).write_bytes(b"x")
    for closed in (folder / name, folder):
        mode = closed.stat().st_mode
        closed.chmod(0)
        with open_to_all(tmp_path), unprivileged():
            assert_rejected(ArtifactUnreadable, folder / name, "permission denied", "read access")
        closed.chmod(mode)


def test_array_in_a_separate_file_without_permission_is_rejected(tmp_path: Path) -> None:
    beside = saved(tmp_path / "v.kv")
    beside.chmod(0)
    with open_to_all(tmp_path), unprivileged(), pytest.raises(ArtifactUnreadable) as caught:
        read_vectors(tmp_path / "v.kv")
    assert str(caught.value).startswith(f"file {beside} cannot be read: permission denied")


@contextlib.contextmanager
def open_to_all(folder: Path) -> Iterator[None]:
    """Let all users read the folders of pytest, which are private by default."""
    closed = {each: each.stat().st_mode for each in (folder, *folder.parents) if each.owner() == Path.home().owner()}
    for each, mode in closed.items():
        if "pytest" in str(each):
            each.chmod(mode | 0o055)
    yield
    for each, mode in closed.items():
        if "pytest" in str(each):
            each.chmod(mode)
