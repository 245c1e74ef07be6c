"""Every format of vectors: what is written is read, and damaged or hostile files are rejected with the reason."""

import json
import struct
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from gensim.models import KeyedVectors
from numpy.lib import format as npy
from pyarrow import parquet
from safetensors.numpy import save_file

from embedgate.errors import ArtifactInvalid, ArtifactMissing, ArtifactUnreadable, EmbedgateError
from embedgate.sources.files import load_vectors, read_vectors

with warnings.catch_warnings(action="ignore"):  # older versions crash where a warning is an error
    import faiss

KEYS = ["Björk-Jóga", "Daft Punk-Get  Lucky", "Sigur Rós-\u2028Untitled #1", "101631"]
VECTORS = np.array([[0.1, -2.5, 1], [1e-4, 3, 2], [1 / 3, 6e4, 3], [-1e-30, 7, 4]], dtype=np.float32)

Write = Callable[[Path, list[Any], np.ndarray], object]


def write_vec(path: Path, keys: list[Any], vectors: np.ndarray) -> None:
    """Write text as fastText does: each line ends in a space."""
    rows = [f"{key} {' '.join(map(repr, row.tolist()))} \n" for key, row in zip(keys, vectors, strict=True)]
    path.write_text(f"{len(keys)} {vectors.shape[1]}\n{''.join(rows)}", encoding="utf-8")


def write_keys(path: Path, keys: list[Any], suffix: str = ".keys.txt") -> Path:
    beside = path.with_suffix(suffix)
    text = json.dumps(keys) if suffix.endswith("json") else "".join(f"{key}\n" for key in keys)
    beside.write_text(text, encoding="utf-8")
    return beside


def write_npy(path: Path, keys: list[Any], vectors: np.ndarray) -> None:
    np.save(path, vectors)
    write_keys(path, keys)


def write_npy_with_json(path: Path, keys: list[Any], vectors: np.ndarray) -> None:
    np.save(path, vectors)
    write_keys(path, keys, ".keys.json")


def write_safetensors(path: Path, keys: list[Any], vectors: np.ndarray) -> None:
    save_file({"vectors": vectors}, path, {"keys": json.dumps(keys)})


def write_safetensors_beside_keys(path: Path, keys: list[Any], vectors: np.ndarray) -> None:
    save_file({"embedding.weight": vectors}, path)
    write_keys(path, keys)


def write_frame(path: Path, keys: list[Any], vectors: np.ndarray) -> None:
    frame = pd.DataFrame(vectors, index=pd.Index(keys, name="item")).rename(columns=str)
    frame.to_parquet(path)


def write_table(path: Path, keys: list[Any], vectors: np.ndarray) -> None:
    """Write a table without the metadata of pandas."""
    lists = pa.array(list(vectors.astype(np.float32)), pa.list_(pa.float32()))
    parquet.write_table(pa.table({"key": keys, "vector": lists}), path)


def write_faiss(path: Path, keys: list[Any], vectors: np.ndarray) -> None:
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    faiss.write_index(index, str(path))
    write_keys(path, keys)


FORMATS = {
    "v.vec": write_vec,
    "v.npy": write_npy,
    "w.npy": write_npy_with_json,
    "v.safetensors": write_safetensors,
    "w.safetensors": write_safetensors_beside_keys,
    "v.parquet": write_frame,
    "w.parquet": write_table,
    "v.faiss": write_faiss,
    "v.index": write_faiss,
}
every_format = pytest.mark.parametrize(("name", "write"), FORMATS.items(), ids=FORMATS)
with_typed_keys = pytest.mark.parametrize(
    ("name", "write"),
    [(name, FORMATS[name]) for name in ("w.npy", "v.safetensors", "v.parquet", "w.parquet")],
    ids=["npy", "safetensors", "frame", "table"],
)


def assert_rejected(error: type[EmbedgateError], path: Path, *facts: str) -> EmbedgateError:
    with pytest.raises(EmbedgateError) as caught:
        read_vectors(path)
    assert type(caught.value) is error
    for fact in facts:
        assert fact in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


# Every format


@every_format
def test_keys_and_vectors_are_those_that_were_written(tmp_path: Path, name: str, write: Write) -> None:
    write(tmp_path / name, KEYS, VECTORS)

    space, files = read_vectors(tmp_path / name)

    assert space.keys == tuple(KEYS)
    np.testing.assert_array_equal(space.vectors, VECTORS)
    assert space.vectors.dtype == np.float32
    assert type(space.vectors) is np.ndarray  # no view of a mapped file, which may change
    assert files[0] == tmp_path / name


@every_format
def test_repeated_keys_and_broken_values_are_kept_for_the_integrity_checks(
    tmp_path: Path, name: str, write: Write
) -> None:
    broken = np.array([[np.nan, 1], [np.inf, -np.inf], [0, 0]], dtype=np.float32)
    write(tmp_path / name, ["a", "a", "b"], broken)

    space, _ = read_vectors(tmp_path / name)

    assert space.keys == ("a", "a", "b")
    np.testing.assert_array_equal(space.vectors, broken)


@every_format
def test_truncated_file_is_rejected(tmp_path: Path, name: str, write: Write) -> None:
    write(tmp_path / name, KEYS, VECTORS)
    whole = (tmp_path / name).read_bytes()

    for length in (len(whole) // 2, len(whole) - 20):
        (tmp_path / name).write_bytes(whole[:length])
        assert_rejected(ArtifactUnreadable, tmp_path / name, str(tmp_path / name))


@every_format
def test_empty_file_is_rejected(tmp_path: Path, name: str, write: Write) -> None:
    write(tmp_path / name, KEYS, VECTORS)
    (tmp_path / name).write_bytes(b"")

    assert_rejected(ArtifactUnreadable, tmp_path / name, "is empty (0 bytes)", "Write the vectors again")


@every_format
def test_file_of_another_format_is_rejected(tmp_path: Path, name: str, write: Write) -> None:
    write(tmp_path / name, KEYS, VECTORS)
    for content in (b"\x00\x01 not a supported format", b"\x80\x05}\x94.", b"PAR1", b"{}\n" * 100):
        (tmp_path / name).write_bytes(content)
        assert_rejected(ArtifactUnreadable, tmp_path / name, str(tmp_path / name))


@pytest.mark.parametrize("name", ["v.npy", "w.npy", "v.safetensors", "w.safetensors", "v.faiss"])
def test_another_number_of_keys_is_rejected(tmp_path: Path, name: str) -> None:
    FORMATS[name](tmp_path / name, KEYS, VECTORS)
    if name == "v.safetensors":
        write_safetensors(tmp_path / name, KEYS[:3], VECTORS)
    else:
        write_keys(tmp_path / name, KEYS[:3], ".keys.json" if name == "w.npy" else ".keys.txt")

    assert_rejected(ArtifactInvalid, tmp_path / name, "3 keys for 4 vectors: one row per key is required")


@with_typed_keys
@pytest.mark.parametrize("keys", [["a", None, "b", "c"], [1.0, float("nan"), 2.0, 3.0]], ids=["null", "nan"])
def test_missing_key_is_rejected(tmp_path: Path, name: str, write: Write, keys: list[Any]) -> None:
    write(tmp_path / name, keys, VECTORS)

    assert_rejected(ArtifactInvalid, tmp_path / name, "1 of 4 rows have no key (None or NaN)", "Drop these rows")


@with_typed_keys
def test_integers_are_keys(tmp_path: Path, name: str, write: Write) -> None:
    write(tmp_path / name, [7, 8, 9, 2**40], VECTORS)

    assert read_vectors(tmp_path / name)[0].keys == ("7", "8", "9", str(2**40))


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        *[(name, dtype) for name in ("v.npy", "v.safetensors", "v.parquet") for dtype in ("f2", "f8", "i4")],
        ("v.npy", ">f4"),
    ],
)
def test_other_numbers_are_converted_to_float32(tmp_path: Path, name: str, dtype: Any) -> None:
    vectors = np.array([[1.5, -2], [3, 1e3]]).astype(dtype)
    FORMATS[name](tmp_path / name, ["a", "b"], vectors)

    np.testing.assert_array_equal(read_vectors(tmp_path / name)[0].vectors, vectors.astype(np.float32))


# .vec


def test_gzipped_vec_is_read(tmp_path: Path) -> None:
    made = KeyedVectors(3)
    made.add_vectors(KEYS, VECTORS)
    made.save_word2vec_format(str(tmp_path / "v.vec.gz"))

    assert read_vectors(tmp_path / "v.vec.gz")[0].keys == tuple(KEYS)


# .npy


@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_is_mapped_in_either_order(tmp_path: Path, order: Any) -> None:
    """Beside the float32 copy that every space has, nothing is allocated."""
    vectors = np.asarray(np.random.default_rng(0).normal(size=(20_000, 100)), dtype=np.float32, order=order)
    write_npy(tmp_path / "v.npy", list(range(20_000)), vectors)
    tracemalloc.start()

    space, files = read_vectors(tmp_path / "v.npy")

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(space.vectors, vectors)
    assert peak < 1.6 * vectors.nbytes  # keys included
    assert [file.name for file in files] == ["v.npy", "v.keys.txt"]


def test_npy_without_keys_is_rejected(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", VECTORS)

    assert_rejected(
        ArtifactMissing,
        tmp_path / "v.npy",
        "has no keys: beside it is neither v.keys.txt nor v.keys.json",
        "Write one",
    )


def test_pickled_npy_is_rejected_and_not_loaded(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "ran",)

    np.save(tmp_path / "v.npy", np.array([[Evil()]], dtype=object), allow_pickle=True)
    write_keys(tmp_path / "v.npy", ["a"])

    assert_rejected(ArtifactUnreadable, tmp_path / "v.npy", "contains Python objects", "pickles and are not loaded")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("shape", [(10**12, 2), (10**11, 10**12), (-1, 2), (10**30, 0)])
def test_npy_with_a_declared_shape_that_is_larger_than_the_file_is_rejected(
    tmp_path: Path, shape: tuple[int, int]
) -> None:
    with (tmp_path / "v.npy").open("wb") as file:
        npy.write_array_header_1_0(file, {"shape": shape, "fortran_order": False, "descr": "<f4"})
        file.write(bytes(16))
    write_keys(tmp_path / "v.npy", ["a", "b"])

    assert_rejected(ArtifactUnreadable, tmp_path / "v.npy")


@pytest.mark.parametrize(
    ("vectors", "fact"),
    [
        (np.array([["1", "2"]]), "vectors must be numbers, not <U1"),
        (np.ones(3), "vectors must have shape (tracks, dimensions), not (3,)"),
        (np.ones((1, 2), dtype=complex), "vectors must be numbers, not complex128"),
        (np.zeros(1, dtype=[("a", "f4"), ("b", "f4")]), "vectors must be numbers"),
        (np.ones((1, 0)), "vectors must have shape (tracks, dimensions), not (1, 0)"),
    ],
)
def test_npy_that_is_not_a_matrix_of_numbers_is_rejected(tmp_path: Path, vectors: np.ndarray, fact: str) -> None:
    write_npy(tmp_path / "v.npy", ["a"], vectors)

    assert_rejected(ArtifactInvalid, tmp_path / "v.npy", fact)


# Keys beside


@pytest.mark.parametrize(
    ("name", "content", "error", "facts"),
    [
        ("v.keys.txt", b"", ArtifactUnreadable, ("v.keys.txt, the keys of v.npy, is empty (0 bytes)",)),
        ("v.keys.txt", b"a\n\nb\nc\n", ArtifactInvalid, ("has no key in line 2", ".keys.json")),
        ("v.keys.txt", b"a\nb\nBj\xf6rk\nc\n", ArtifactUnreadable, ("is not UTF-8 in line 3", "Write it as UTF-8")),
        ("v.keys.json", b'["a", "b', ArtifactUnreadable, ("is not JSON",)),
        ("v.keys.json", b"[" * 100_000, ArtifactUnreadable, ("is not JSON",)),
        ("v.keys.json", b'{"a": 1}', ArtifactInvalid, ("contains a dict", "a JSON list of keys")),
        ("v.keys.json", b'["a", ["b"], "c", "d"]', ArtifactInvalid, ("the key of row 1", "is a list")),
        ("v.keys.json", b'["a", true, "c", "d"]', ArtifactInvalid, ("the key of row 1", "is a bool")),
    ],
)
def test_malformed_keys_are_reported(
    tmp_path: Path, name: str, content: bytes, error: type[EmbedgateError], facts: tuple[str, ...]
) -> None:
    np.save(tmp_path / "v.npy", VECTORS)
    (tmp_path / name).write_bytes(content)

    assert_rejected(error, tmp_path / "v.npy", *facts)


def test_keys_in_text_may_have_a_byte_order_mark_and_carriage_returns(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", VECTORS)
    (tmp_path / "v.keys.txt").write_bytes("\ufeffa\r\nb \r\nc\r\nd".encode())

    assert read_vectors(tmp_path / "v.npy")[0].keys == ("a", "b ", "c", "d")


def test_keys_with_line_ends_are_read_from_json(tmp_path: Path) -> None:
    write_npy_with_json(tmp_path / "v.npy", ["a\nb", "c\r", "", "\u2028"], VECTORS)

    assert read_vectors(tmp_path / "v.npy")[0].keys == ("a\nb", "c\r", "", "\u2028")


def test_two_files_with_keys_are_rejected(tmp_path: Path) -> None:
    write_npy(tmp_path / "v.npy", KEYS, VECTORS)
    write_keys(tmp_path / "v.npy", KEYS, ".keys.json")

    assert_rejected(ArtifactInvalid, tmp_path / "v.npy", "two files with keys", "v.keys.txt and v.keys.json")


@pytest.mark.parametrize("name", ["v.npy", "w.safetensors", "v.faiss"])
def test_keys_must_be_a_regular_file(tmp_path: Path, name: str) -> None:
    FORMATS[name](tmp_path / name, KEYS, VECTORS)
    beside = (tmp_path / name).with_suffix(".keys.txt")
    beside.unlink()
    beside.symlink_to("/dev/zero")
    assert_rejected(ArtifactUnreadable, tmp_path / name, f"file {beside} is a device")
    beside.unlink()
    beside.symlink_to("gone")
    assert_rejected(ArtifactMissing, tmp_path / name, f"there is no file {beside} to read keys from")


def test_record_contains_the_keys(tmp_path: Path) -> None:
    write_npy(tmp_path / "v.npy", KEYS, VECTORS)

    record, _ = load_vectors(tmp_path / "v.npy")

    assert [Path(file.path).name for file in record.files] == ["v.npy", "v.keys.txt"]


# .safetensors


def safetensors(path: Path, header: object, data: bytes = b"") -> None:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + data)


def test_bfloat16_is_read(tmp_path: Path) -> None:
    vectors = np.array([[1, -2.5], [0.5, 3e38]], dtype=np.float32)
    upper = (vectors.view(np.uint32) >> 16).astype("<u2")
    header = {
        "__metadata__": {"keys": '["a", "b"]'},
        "v": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, 8]},
    }
    safetensors(tmp_path / "v.safetensors", header, upper.tobytes())

    read = read_vectors(tmp_path / "v.safetensors")[0]

    np.testing.assert_array_equal(read.vectors, (upper.astype(np.uint32) << 16).view(np.float32).reshape(2, 2))


def test_tensor_named_vectors_is_read_among_others(tmp_path: Path) -> None:
    path = tmp_path / "v.safetensors"
    save_file({"a": np.ones(3), "vectors": VECTORS}, path, {"keys": json.dumps(KEYS)})
    assert read_vectors(path)[0].keys == tuple(KEYS)

    save_file({"a": np.ones(3), "b": VECTORS}, path, {"keys": json.dumps(KEYS)})
    assert_rejected(ArtifactInvalid, path, "its tensors are a, b, and none is named 'vectors'")


def test_keys_in_two_places_are_rejected(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "v.safetensors", KEYS, VECTORS)
    write_keys(tmp_path / "v.safetensors", KEYS)

    assert_rejected(ArtifactInvalid, tmp_path / "v.safetensors", "keys in its metadata and in v.keys.txt")


def test_tensor_without_keys_is_rejected(tmp_path: Path) -> None:
    save_file({"vectors": VECTORS}, tmp_path / "v.safetensors")

    assert_rejected(ArtifactMissing, tmp_path / "v.safetensors", "has no keys", 'the metadata: {"keys": "[...]"}')


@pytest.mark.parametrize("keys", ["a\nb", '{"a": 0}', "[" * 100_000])
def test_malformed_keys_in_the_metadata_are_rejected(tmp_path: Path, keys: str) -> None:
    save_file({"vectors": VECTORS}, tmp_path / "v.safetensors", {"keys": keys})

    with pytest.raises(EmbedgateError, match=r"v\.safetensors, keys of its metadata, (is not JSON|contains a dict)"):
        read_vectors(tmp_path / "v.safetensors")


@pytest.mark.parametrize("dtype", ["BOOL", "F8_E4M3"])
def test_tensor_of_another_type_is_rejected(tmp_path: Path, dtype: str) -> None:
    safetensors(
        tmp_path / "v.safetensors", {"v": {"dtype": dtype, "shape": [2, 2], "data_offsets": [0, 4]}}, bytes(4)
    )

    assert_rejected(ArtifactInvalid, tmp_path / "v.safetensors", f"the tensor 'v' is {dtype}", "Write it as F32")


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"[]",
        b'{"v": 1}',
        {"v": {"dtype": "F32", "shape": [10**12, 2], "data_offsets": [0, 8]}},
        {"v": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 10**12]}},
        {"v": {"dtype": "F32", "shape": [1, 2], "data_offsets": [4, 12]}},
    ],
)
def test_impossible_header_is_rejected(tmp_path: Path, header: object) -> None:
    safetensors(tmp_path / "v.safetensors", header, bytes(8))

    assert_rejected(ArtifactUnreadable, tmp_path / "v.safetensors", "cannot be read as .safetensors")


# .parquet


def test_polars_frame_of_numbers_has_a_column_named_key(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"x": [1.0, 2.0], "key": [7, 8], "y": [3, 4]}), tmp_path / "v.parquet")

    space, _ = read_vectors(tmp_path / "v.parquet")

    assert space.keys == ("7", "8")
    np.testing.assert_array_equal(space.vectors, [[1, 3], [2, 4]])


@pytest.mark.parametrize(
    ("table", "facts"),
    [
        ({"item": ["a"], "x": [1.0]}, ("without keys", "its columns are item, x", "name their column 'key'")),
        ({"key": ["a"], "x": [1.0], "name": ["n"]}, ("columns that are not numbers (name)",)),
        ({"key": ["a"], "x": [[1.0]], "y": [[2.0]]}, ("columns that are not numbers (x, y)",)),
        (
            {"key": ["a", "b"], "x": [[1.0, 2], [1.0]]},
            ("x of row 1 (counted from 0)", "as long as that of every other"),
        ),
        ({"key": ["a", "b"], "x": [[1.0, 2], None]}, ("x of row 1 (counted from 0) is a NoneType",)),
        ({"key": ["a"], "x": [["y"]]}, ("x of row 0 (counted from 0)", "a list of numbers")),
        ({"key": ["a"], "x": [[[1.0]]]}, ("x of row 0 (counted from 0)",)),
        ({"key": ["a"]}, ("vectors must have shape (tracks, dimensions)",)),
        ({"key": pa.array([], pa.string()), "x": pa.array([], pa.float32())}, ("is empty",)),
    ],
)
def test_frame_that_is_not_keys_and_numbers_is_rejected(tmp_path: Path, table: Any, facts: tuple[str, ...]) -> None:
    parquet.write_table(pa.table(table), tmp_path / "v.parquet")

    assert_rejected(ArtifactInvalid, tmp_path / "v.parquet", *facts)


def test_missing_numbers_of_a_frame_are_kept_for_the_integrity_checks(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"key": ["a", "b"], "v": [[1.0, None], [2.0, 3.0]]}), tmp_path / "v.parquet")

    np.testing.assert_array_equal(read_vectors(tmp_path / "v.parquet")[0].vectors, [[1, np.nan], [2, 3]])


def test_folder_names_are_not_read_as_columns_of_vectors(tmp_path: Path) -> None:
    folder = tmp_path / "key=3"
    folder.mkdir()
    parquet.write_table(pa.table({"x": [1.0]}), folder / "v.parquet")

    assert_rejected(ArtifactInvalid, folder / "v.parquet", "without keys", "its columns are x")


# faiss


def write_index(path: Path, description: str, vectors: np.ndarray, ids: np.ndarray | None = None) -> None:
    index = faiss.index_factory(vectors.shape[1], description)
    index.train(vectors)
    index.add(vectors) if ids is None else index.add_with_ids(vectors, ids)
    faiss.write_index(index, str(path))


@pytest.mark.parametrize("description", ["HNSW8", "IVF2,Flat", "IDMap,Flat", "IDMap2,Flat", "IVF2,Flat with ids"])
def test_vectors_of_an_index_are_reconstructed(tmp_path: Path, description: str) -> None:
    """`reconstruct_n` of an index with its own ids returns zeros or ends the process."""
    vectors = np.random.default_rng(0).normal(size=(100, 8)).astype(np.float32)
    path, has_ids = tmp_path / "v.faiss", "ID" in description or "ids" in description
    ids = np.arange(100) * 7 + 5
    write_index(path, description.removesuffix(" with ids"), vectors, ids if has_ids else None)
    if not has_ids:
        write_keys(path, ids.tolist())

    space, _ = read_vectors(path)

    assert space.keys == tuple(map(str, ids))
    np.testing.assert_array_equal(space.vectors, vectors)


def test_compressed_index_results_in_approximate_vectors(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32)
    write_index(tmp_path / "v.faiss", "SQ8", vectors)
    write_keys(tmp_path / "v.faiss", list(range(200)))

    read = read_vectors(tmp_path / "v.faiss")[0].vectors

    assert 0 < np.abs(read - vectors).max() < 0.05


def test_index_with_ids_and_keys_is_rejected(tmp_path: Path) -> None:
    write_index(tmp_path / "v.faiss", "IDMap,Flat", VECTORS, np.arange(4))
    write_keys(tmp_path / "v.faiss", KEYS)

    assert_rejected(ArtifactInvalid, tmp_path / "v.faiss", "ids of its own", "has keys in v.keys.txt")


@pytest.mark.parametrize("description", ["IVF2,PQ2x4fs", "PCA4,IDMap,Flat"])
def test_index_that_cannot_be_reconstructed_is_reported(tmp_path: Path, description: str) -> None:
    """faiss ends the process: the gate must survive."""
    vectors = np.random.default_rng(0).normal(size=(400, 8)).astype(np.float32)
    write_index(tmp_path / "v.faiss", description, vectors, np.arange(400) if "ID" in description else None)
    write_keys(tmp_path / "v.faiss", list(range(400)))

    assert_rejected(
        ArtifactUnreadable,
        tmp_path / "v.faiss",
        "cannot be read as a faiss index",
        "save the vectors as .npy or .npz",
    )


def test_sizes_that_an_index_declares_are_compared_with_the_file(tmp_path: Path) -> None:
    """Bytes of the header are replaced by a large number, for which faiss would allocate 8 GB."""
    write_faiss(tmp_path / "v.faiss", KEYS, VECTORS)
    whole = (tmp_path / "v.faiss").read_bytes()
    start = time.monotonic()
    for place in (4, 8, 33, 37):
        (tmp_path / "v.faiss").write_bytes(whole[:place] + b"\xff\xff\xff\x7f" + whole[place + 4 :])
        assert_rejected(ArtifactUnreadable, tmp_path / "v.faiss", "cannot be read as a faiss index")
    assert time.monotonic() - start < 10


# Packages that are not installed


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [("v.safetensors", "safetensors", "safetensors"), ("v.faiss", "faiss", "faiss")],
)
def test_missing_package_is_reported_with_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, package: str, extra: str
) -> None:
    FORMATS[name](tmp_path / name, KEYS, VECTORS)
    monkeypatch.setitem(__import__("sys").modules, package, None)

    assert_rejected(
        ArtifactUnreadable, tmp_path / name, f"the package {package}", f"pip install 'embedgate[{extra}]'"
    )
