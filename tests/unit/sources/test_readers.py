"""Readers that other packages install as entry points."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from embedgate.errors import ArtifactInvalid, ArtifactUnreadable, EmbedgateError
from embedgate.sources.columns import PlaylistColumns
from embedgate.sources.files import load_vectors, read_playlists, read_vectors, vector_suffixes
from embedgate.sources.resolve import vectors_file_of

CODE = """
import numpy as np
import pandas as pd

def pair(path):
    assert path.read_text() == "content"
    return ["a", "b"], np.eye(2)

def frame(path):
    return pd.DataFrame({"playlist_id": ["p"], "songs": [["a", "b"]]})

def short(path):
    return ["a"], np.eye(2)

def nothing(path):
    return None

def broken(path):
    raise KeyError("no\\nsuch\\nthing")

def hungry(path):
    raise MemoryError
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """A function that installs a distribution with entry points: `install("annoy-reader", {name: function})`."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "some_readers.py").write_text(CODE)

    def install(distribution: str, entry_points: dict[str, str]) -> None:
        metadata = site / f"{distribution.replace('-', '_')}-1.2.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        lines = [f"{name} = {value}" for name, value in entry_points.items()]
        (metadata / "entry_points.txt").write_text("\n".join(["[embedgate.readers]", *lines]))
        monkeypatch.syspath_prepend(site)

    return install


def assert_rejected(error: type[EmbedgateError], path: Path, *facts: str) -> None:
    path.write_text("content")
    with pytest.raises(EmbedgateError) as caught:
        read_vectors(path)
    assert type(caught.value) is error
    for fact in (f"file {path}", *facts):
        assert fact in str(caught.value)
    assert "\n" not in str(caught.value)


def test_installed_reader_of_vectors_is_used(tmp_path: Path, install: Install) -> None:
    install("annoy-reader", {"vectors.ann": "some_readers:pair"})
    (tmp_path / "V.Ann").write_text("content")

    record, space = load_vectors(tmp_path / "V.Ann")

    assert space.keys == ("a", "b")
    np.testing.assert_array_equal(space.vectors, np.eye(2))
    assert [file.path for file in record.files] == [str(tmp_path / "V.Ann")]


def test_installed_reader_of_playlists_is_used_with_the_configured_columns(tmp_path: Path, install: Install) -> None:
    install("avro-reader", {"playlists.avro": "some_readers:frame"})
    (tmp_path / "p.avro").write_text("content")

    assert read_playlists(tmp_path / "p.avro", PlaylistColumns({"track_sequence": "songs"})).tracks == ("a", "b")
    with pytest.raises(ArtifactInvalid, match=r"file .*p\.avro, read by the reader 'playlists\.avro' of avro-reader"):
        read_playlists(tmp_path / "p.avro", PlaylistColumns({"track_sequence": "items"}))


def test_reader_of_the_longest_suffix_is_used(tmp_path: Path, install: Install) -> None:
    install("annoy-reader", {"vectors.gz": "some_readers:broken", "vectors.ann.gz": "some_readers:pair"})
    (tmp_path / "v.ann.gz").write_text("content")

    assert read_vectors(tmp_path / "v.ann.gz")[0].keys == ("a", "b")


def test_reader_is_not_imported_until_it_is_needed(tmp_path: Path, install: Install) -> None:
    install("annoy-reader", {"vectors.ann": "does_not_exist:pair"})
    np.savez(tmp_path / "v.npz", keys=["a"], vectors=[[1.0]])

    assert read_vectors(tmp_path / "v.npz")[0].keys == ("a",)
    assert_rejected(
        ArtifactUnreadable,
        tmp_path / "v.ann",
        "the reader 'vectors.ann' of annoy-reader 1.2 (does_not_exist:pair) could not be imported: "
        "ModuleNotFoundError: No module named 'does_not_exist'",
    )


@pytest.mark.parametrize(
    ("function", "error", "facts"),
    [
        ("broken", ArtifactUnreadable, ("failed: KeyError: 'no\\nsuch\\nthing'", "authors of that package")),
        ("missing", ArtifactUnreadable, ("could not be imported: AttributeError",)),
        ("CODE", ArtifactUnreadable, ("could not be imported: AttributeError",)),
        ("nothing", ArtifactInvalid, ("is a NoneType. It must be gensim KeyedVectors",)),
        ("short", ArtifactInvalid, ("1 keys for 2 vectors: one row per key is required",)),
    ],
)
def test_failure_of_a_reader_names_it_and_the_file(
    tmp_path: Path, install: Install, function: str, error: type[EmbedgateError], facts: tuple[str, ...]
) -> None:
    install("annoy-reader", {"vectors.ann": f"some_readers:{function}"})

    assert_rejected(
        error,
        tmp_path / "v.ann",
        f"the reader 'vectors.ann' of annoy-reader 1.2 (some_readers:{function})",
        *facts,
    )


def test_reader_that_needs_too_much_memory_is_reported(tmp_path: Path, install: Install) -> None:
    install("annoy-reader", {"vectors.ann": "some_readers:hungry"})

    assert_rejected(ArtifactUnreadable, tmp_path / "v.ann", "does not fit into memory")


@pytest.mark.parametrize("name", ["v.npz", "v.ann"])
def test_suffix_with_two_readers_is_refused(tmp_path: Path, install: Install, name: str) -> None:
    """Otherwise, an installed package could silently replace a reader."""
    install("annoy-reader", {"vectors.ann": "some_readers:pair"})
    install("other-reader", {"vectors.ann": "some_readers:nothing", "vectors.npz": "some_readers:pair"})

    assert_rejected(
        ArtifactUnreadable,
        tmp_path / name,
        f"several readers for {name[1:]}",
        "-reader 1.2 (some_readers:pair)",
        "Uninstall it",
    )


@pytest.mark.parametrize("name", ["annoy", "vectors", "vectors.", "vector.ann", "playlists.ANN", "vectors.a/b"])
def test_misnamed_reader_is_reported_where_it_would_be_needed(tmp_path: Path, install: Install, name: str) -> None:
    install("annoy-reader", {name: "some_readers:pair"})

    assert_rejected(
        ArtifactUnreadable,
        tmp_path / "v.ann",
        "Supported suffixes: .kv,",
        f"its name is not vectors.SUFFIX or playlists.SUFFIX: the reader '{name}' of annoy-reader 1.2",
    )


def test_file_with_an_installed_suffix_is_a_champion_and_no_tag(tmp_path: Path, install: Install) -> None:
    assert vectors_file_of("old.ann", tmp_path) is None

    install("annoy-reader", {"vectors.ann": "some_readers:pair"})

    assert vectors_file_of("old.ann", tmp_path) == tmp_path / "old.ann"
    assert ".ann" in vector_suffixes()


@pytest.mark.parametrize("tag", ["v1.model", "prod.index", "champion", "2026.1"])
def test_tag_is_no_file(tmp_path: Path, tag: str) -> None:
    assert vectors_file_of(tag, tmp_path) is None
