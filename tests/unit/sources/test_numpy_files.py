"""NumPy archives: declared shapes are compared with the content."""

import io
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib import format as npy

from embedgate.errors import ArtifactInvalid, ArtifactUnreadable, EmbedgateError
from embedgate.sources.files import read_vectors

KEYS = np.array(["a", "b"])
VECTORS = np.eye(2, dtype=np.float32)


def header(shape: tuple[int, ...], dtype: str) -> bytes:
    written = io.BytesIO()
    npy.write_array_header_1_0(written, {"shape": shape, "fortran_order": False, "descr": dtype})
    return written.getvalue()


def archive(path: Path, **members: Any) -> None:
    with zipfile.ZipFile(path, "w") as made:
        for name, content in members.items():
            if not isinstance(content, bytes):
                written = io.BytesIO()
                np.save(written, content)
                content = written.getvalue()  # noqa: PLW2901 - what is written
            made.writestr(f"{name}.npy", content)


def assert_rejected(error: type[EmbedgateError], path: Path, first_line: str) -> None:
    with pytest.raises(EmbedgateError) as caught:
        read_vectors(path)
    assert type(caught.value) is error
    assert f"file {path}{first_line}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_single_array_with_the_suffix_of_an_archive_is_rejected(tmp_path: Path) -> None:
    with (tmp_path / "v.npz").open("wb") as file:
        np.save(file, VECTORS)
    assert_rejected(
        ArtifactUnreadable,
        tmp_path / "v.npz",
        " is a single array (.npy), not an archive. Write np.savez(path, keys=..., vectors=...)",
    )


@pytest.mark.parametrize("shape", [(10**12, 2), (2, 10**12), (10**11, 10**12), (10**30, 2)])
def test_shape_larger_than_the_file_is_rejected(tmp_path: Path, shape: tuple[int, int]) -> None:
    archive(tmp_path / "v.npz", keys=KEYS, vectors=header(shape, "<f4") + bytes(16))
    tracemalloc.start()
    assert_rejected(ArtifactUnreadable, tmp_path / "v.npz", ", array 'vectors', declares an array of shape ")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10e6


@pytest.mark.parametrize("dtype", ["<U9999999", "<f4"])
def test_dtype_larger_than_the_file_is_rejected(tmp_path: Path, dtype: str) -> None:
    archive(tmp_path / "v.npz", keys=header((2,), dtype), vectors=VECTORS)
    assert_rejected(ArtifactUnreadable, tmp_path / "v.npz", ", array 'keys', declares an array of shape (2,)")


@pytest.mark.parametrize("shape", [(-1, 2), (10**30, 0)])
def test_impossible_shape_is_rejected(tmp_path: Path, shape: tuple[int, int]) -> None:
    archive(tmp_path / "v.npz", keys=KEYS, vectors=header(shape, "<f4"))
    with pytest.raises(ArtifactUnreadable):
        read_vectors(tmp_path / "v.npz")


def test_header_that_is_not_a_literal_is_rejected(tmp_path: Path) -> None:
    whole = header((2, 2), "<f4")
    archive(tmp_path / "v.npz", keys=KEYS, vectors=whole.replace(b"(2, 2)", b"open()") + bytes(16))
    assert_rejected(ArtifactUnreadable, tmp_path / "v.npz", " cannot be read as .npz: ValueError: ")


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_of_either_order_are_read(tmp_path: Path, save: Any, order: Any) -> None:
    vectors = np.array(np.arange(6).reshape(2, 3), dtype=">f8", order=order)
    save(tmp_path / "v.npz", keys=np.array(["Björk-Jóga", "b"]), vectors=vectors, other=np.array([None]))
    read = read_vectors(tmp_path / "v.npz")[0]
    assert read.keys == ("Björk-Jóga", "b")
    np.testing.assert_array_equal(read.vectors, vectors.astype(np.float32))


def test_missing_array_is_reported_with_the_existing_arrays(tmp_path: Path) -> None:
    np.savez(tmp_path / "v.npz", tracks=KEYS, vectors=VECTORS)
    assert_rejected(
        ArtifactInvalid,
        tmp_path / "v.npz",
        " contains no array 'keys'; its arrays are tracks, vectors. Write np.savez(path, keys=..., vectors=...)",
    )


def test_structured_vectors_are_rejected(tmp_path: Path) -> None:
    np.savez(tmp_path / "v.npz", keys=KEYS, vectors=np.zeros(2, dtype=[("a", "f4"), ("b", "f4")]))
    assert_rejected(ArtifactInvalid, tmp_path / "v.npz", ": vectors must be numbers")


@pytest.mark.parametrize("cut", [10, 100, -10])
def test_error_for_a_damaged_archive_includes_advice(tmp_path: Path, cut: int) -> None:
    np.savez(tmp_path / "v.npz", keys=KEYS, vectors=VECTORS)
    (tmp_path / "v.npz").write_bytes((tmp_path / "v.npz").read_bytes()[:cut])
    assert_rejected(
        ArtifactUnreadable, tmp_path / "v.npz", " cannot be read as .npz: BadZipFile: File is not a zip file. The"
    )
