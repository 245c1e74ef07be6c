"""Vectors and playlists are read from files, and invalid files are rejected with the reason."""

import gzip
import hashlib
import json
import os
import pickle
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from gensim.models import KeyedVectors, Word2Vec
from pyarrow import parquet

from embedgate.errors import (
    ArtifactInvalid,
    ArtifactMissing,
    ArtifactUnreadable,
    EmbedgateError,
    UsageError,
)
from embedgate.material.space import EmbeddingSpace
from embedgate.sources.columns import PlaylistColumns
from embedgate.sources.files import read_playlists, read_vectors
from embedgate.sources.records import Request
from embedgate.sources.resolve import load_files, load_run, resolve, resolve_vectors

KEYS = ["Daft Punk-Get Lucky", "Björk-Jóga ", "JAY-Z-99  Problems", "Sigur Rós-\u2028Untitled #1", "5 6"]
BARE = ["Jóga", "Hello", "7", "#1", "x-y"]
VECTORS = np.array([[0.1, -2.5], [1e-4, 3], [1 / 3, 6e4], [-1e-30, 7], [0, 0]], dtype=np.float32)


def keyed_vectors(keys: list[Any] = KEYS, vectors: np.ndarray = VECTORS) -> Any:
    made = KeyedVectors(vectors.shape[1], dtype=vectors.dtype)
    made.add_vectors(keys, vectors)
    return made


def read_space(path: Path) -> EmbeddingSpace:
    return read_vectors(path)[0]


def assert_rejected(error: type[EmbedgateError], path: Path, *facts: str) -> EmbedgateError:
    read = read_playlists if path.suffix in {".parquet", ".jsonl"} else read_space
    with pytest.raises(EmbedgateError) as caught:
        read(path)
    assert type(caught.value) is error
    for fact in (str(path), *facts):
        assert fact in str(caught.value)
    return caught.value


def binary(keys: list[str], vectors: np.ndarray, after_row: bytes = b"") -> bytes:
    rows = (
        key.encode() + b" " + row.astype("<f4").tobytes() + after_row for key, row in zip(keys, vectors, strict=True)
    )
    return f"{len(keys)} {vectors.shape[1]}\n".encode() + b"".join(rows)


# Vectors


def test_saved_keyed_vectors_are_read(tmp_path: Path) -> None:
    keyed_vectors().save(str(tmp_path / "v.kv"))
    space = read_space(tmp_path / "v.kv")
    assert space.keys == tuple(KEYS)
    np.testing.assert_array_equal(space.vectors, VECTORS)


@pytest.mark.parametrize("name", ["v.model", "V.KV"])
def test_saved_model_is_read(tmp_path: Path, name: str) -> None:
    model = Word2Vec([KEYS, KEYS], vector_size=4, min_count=1, workers=1)
    model.save(str(tmp_path / name))
    np.testing.assert_array_equal(read_space(tmp_path / name).vectors, model.wv.vectors)


def test_arrays_in_separate_files_are_read_and_a_missing_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "v.kv"
    keyed_vectors().save(str(path), sep_limit=0)
    np.testing.assert_array_equal(read_space(path).vectors, VECTORS)
    record, _ = resolve_vectors(Request(vectors_file=path))
    assert [Path(file.path).name for file in record.files] == ["v.kv", "v.kv.vectors.npy"]
    (tmp_path / "v.kv.vectors.npy").unlink()
    assert_rejected(ArtifactUnreadable, path, "v.kv.vectors.npy, which does not exist", "Copy them too")


def test_word2vec_text_keeps_keys_with_spaces(tmp_path: Path) -> None:
    keyed_vectors().save_word2vec_format(str(tmp_path / "v.txt"))
    space = read_space(tmp_path / "v.txt")
    assert space.keys == tuple(KEYS)
    np.testing.assert_array_equal(space.vectors, VECTORS)


def test_gensim_cannot_read_text_with_spaces_in_keys(tmp_path: Path) -> None:
    """If this test fails, gensim has learned to read such text, and our own reader can be removed."""
    keyed_vectors().save_word2vec_format(str(tmp_path / "v.txt"))
    with pytest.raises(ValueError, match="could not convert"):
        KeyedVectors.load_word2vec_format(str(tmp_path / "v.txt"))


def test_gzipped_text_and_binary_are_read(tmp_path: Path) -> None:
    keyed_vectors().save_word2vec_format(str(tmp_path / "v.txt.gz"))
    assert read_space(tmp_path / "v.txt.gz").keys == tuple(KEYS)
    keyed_vectors(BARE).save_word2vec_format(str(tmp_path / "v.bin.gz"), binary=True)
    assert read_space(tmp_path / "v.bin.gz").keys == tuple(BARE)
    keyed_vectors().save(str(tmp_path / "v.kv.gz"))
    assert read_space(tmp_path / "v.kv.gz").keys == tuple(KEYS)


def test_text_keeps_repeated_keys_broken_values_and_trailing_spaces(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text("3 2\na b 1 nan\na b inf 2 \nc 1e300 0.5\r\n\n")
    space = read_space(tmp_path / "v.txt")
    assert space.keys == ("a b", "a b", "c")
    np.testing.assert_array_equal(space.vectors, np.array([[1, np.nan], [np.inf, 2], [np.inf, 0.5]], np.float32))


@pytest.mark.parametrize(
    ("content", "facts"),
    [
        ("a 1 2\n", ("does not begin with a line '<rows> <dimensions>'", "a 1 2")),
        ("0 2\n", ("does not begin with a line",)),
        ("3 2\na 1 2\nb 3 4\n", ("declares 3 rows", "contains 2", "incomplete")),
        ("1 2\na 1 2\nb 3 4\n", ("declares 1 rows", "contains 2", "Correct the first line")),
        ("2 2\na 1 2\nb 3\n", ("line 3", "expected a key and 2 numbers", "found 1")),
        ("1 2\na 1 two\n", ("line 2", "'two'")),
        ("1 2\na 1,5 2\n", ("line 2", "'1,5'")),
    ],
)
def test_damaged_line_of_text_is_reported(tmp_path: Path, content: str, facts: tuple[str, ...]) -> None:
    (tmp_path / "v.txt").write_text(content)
    assert_rejected(ArtifactUnreadable, tmp_path / "v.txt", *facts)


def test_line_of_text_in_another_encoding_is_reported(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_bytes("1 2\nBjörk 1 2\n".encode("latin-1"))
    assert_rejected(ArtifactUnreadable, tmp_path / "v.txt", "line 2", "utf-8")


@pytest.mark.parametrize("after_row", [b"", b"\n"], ids=["gensim", "C tool"])
def test_word2vec_binary_with_or_without_line_ends_is_read(tmp_path: Path, after_row: bytes) -> None:
    (tmp_path / "v.bin").write_bytes(binary(BARE, VECTORS, after_row))
    space = read_space(tmp_path / "v.bin")
    assert space.keys == tuple(BARE)
    np.testing.assert_array_equal(space.vectors, VECTORS)


def test_word2vec_binary_of_gensim_is_read(tmp_path: Path) -> None:
    keyed_vectors(BARE).save_word2vec_format(str(tmp_path / "v.bin"), binary=True)
    np.testing.assert_array_equal(read_space(tmp_path / "v.bin").vectors, VECTORS)


def test_binary_keeps_repeated_keys_and_broken_values(tmp_path: Path) -> None:
    vectors = np.array([[np.nan, 1], [np.inf, -np.inf], [0, 0]], dtype=np.float32)
    (tmp_path / "v.bin").write_bytes(binary(["a", "a", "b"], vectors))
    space = read_space(tmp_path / "v.bin")
    assert space.keys == ("a", "a", "b")
    np.testing.assert_array_equal(space.vectors, vectors)


@pytest.mark.parametrize("after_space", range(1, 13))
def test_binary_with_a_space_in_a_single_key_is_rejected(tmp_path: Path, after_space: int) -> None:
    rng = np.random.default_rng(0)
    for row in range(12):
        keys = [f"track{number}" for number in range(12)]
        keys[row] = "Song " + "b" * after_space
        (tmp_path / "v.bin").write_bytes(binary(keys, rng.normal(0, 0.3, (12, 32))))
        assert_rejected(ArtifactUnreadable, tmp_path / "v.bin", "a key contains a space", ".kv")


@pytest.mark.parametrize("cut", [3, 30])
def test_truncated_or_too_long_binary_is_rejected(tmp_path: Path, cut: int) -> None:
    whole = binary(BARE, VECTORS)
    (tmp_path / "v.bin").write_bytes(whole[:-cut])
    assert_rejected(ArtifactUnreadable, tmp_path / "v.bin", "declares 5 rows", "truncated")
    (tmp_path / "v.bin").write_bytes(whole + b"x" * cut)
    assert_rejected(ArtifactUnreadable, tmp_path / "v.bin", f"{cut} bytes are left")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_archive_keeps_values_and_repeated_keys(tmp_path: Path, dtype: Any) -> None:
    keys = ["a", "a", "Björk-Jóga", "c", "d"]
    np.savez(tmp_path / "v.npz", keys=np.array(keys), vectors=VECTORS.astype(dtype))
    space = read_space(tmp_path / "v.npz")
    assert space.keys == tuple(keys)
    np.testing.assert_array_equal(space.vectors, VECTORS.astype(dtype).astype(np.float32))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [(np.arange(5), ("0", "1", "2", "3", "4")), (np.array([name.encode() for name in BARE]), tuple(BARE))],
    ids=["integers", "bytes"],
)
def test_archive_may_contain_integers_or_bytes_as_keys(tmp_path: Path, keys: Any, expected: tuple[str, ...]) -> None:
    np.savez_compressed(tmp_path / "v.npz", keys=keys, vectors=VECTORS)
    assert read_space(tmp_path / "v.npz").keys == expected


def test_archive_with_missing_or_wrong_arrays_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "v.npz"
    np.savez(path, tracks=np.array(KEYS), vectors=VECTORS)
    assert_rejected(ArtifactInvalid, path, "no array 'keys'", "its arrays are tracks, vectors")
    np.savez(path, keys=np.array(KEYS, dtype=object), vectors=VECTORS)
    assert_rejected(ArtifactUnreadable, path, "pickles", "dtype=str")
    np.savez(path, keys=np.ones(5), vectors=VECTORS)
    assert_rejected(ArtifactInvalid, path, "strings or integers", "float64")
    np.savez(path, keys=np.array([KEYS]), vectors=VECTORS)
    assert_rejected(ArtifactInvalid, path, "shape (1, 5)")
    np.savez(path, keys=np.array(KEYS[:3]), vectors=VECTORS)
    assert_rejected(ArtifactInvalid, path, "3 keys for 5 vectors")


def test_type_of_another_pickled_object_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "v.kv"
    path.write_bytes(pickle.dumps({"a": 1}))
    assert_rejected(ArtifactInvalid, path, "gensim's save()", "contains a dict", "KeyedVectors.save()")


# Playlists


def test_parquet_and_jsonl_result_in_the_same_playlists(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "playlist_id": ["ann-rock", "bob-rap"],
            "track_sequence": [["x", "Björk-\u2028Jóga"], ["z"]],
            "artist_sequence": [["A", None], ["C"]],
            "track_test_x": [["x"], []],
            "track_test_y": ["y", None],
        }
    )
    frame.to_parquet(tmp_path / "p.parquet")
    lines = [json.dumps(record, ensure_ascii=False) for record in frame.to_dict("records")]
    (tmp_path / "p.jsonl").write_text("\ufeff" + "\n\n".join(lines) + "\n", encoding="utf-8")
    for path in (tmp_path / "p.parquet", tmp_path / "p.jsonl"):
        playlists = read_playlists(path)
        assert playlists.ids == ("ann-rock", "bob-rap")
        assert playlists.tracks == ("x", "Björk-\u2028Jóga", "z", "y")
        assert playlists.artist_of == {"x": "A", "z": "C"}
        assert playlists.queries is not None
        assert playlists.targets is not None
        assert playlists.queries.tolist() == [0, -1]
        assert playlists.targets.tolist() == [3, -1]


@pytest.mark.parametrize(
    ("line", "error", "facts"),
    [
        ('{"playlist_id": "c", "track_seq', ArtifactUnreadable, ("line 3 is not JSON",)),
        ('["c", ["x"]]', ArtifactUnreadable, ("line 3 is a list, not an object", "Write {")),
        ("[" * 100_000, ArtifactUnreadable, ("line 3 is not JSON",)),
        ('{"playlist_id": ' + "9" * 5000 + "}", ArtifactUnreadable, ("line 3 is not JSON",)),
        ('{"playlist_id": Infinity, "track_sequence": ["x"]}', ArtifactUnreadable, ("Infinity is not a JSON value",)),
        ('{"playlist_id": NaN, "track_sequence": ["x"]}', ArtifactInvalid, ("row 1", "no playlist_id (None or NaN)")),
        ('{"playlist_id": "c", "track_sequence": ["x", NaN]}', ArtifactInvalid, ("a track is missing",)),
        ('{"playlist_id": "c", "track_sequence": ["x", ["y"]]}', ArtifactInvalid, ("row 1", "a list (['y']) as an")),
        ('{"playlist_id": "c", "track_sequence": ["x", {"y": 1}]}', ArtifactInvalid, ("a dict ({'y': 1}) as an",)),
        ('{"playlist_id": ["c"], "track_sequence": ["x"]}', ArtifactInvalid, ("row 1", "is a list (['c'])")),
        ('{"playlist_id": "c"}', ArtifactInvalid, ("track_sequence of playlist 'c'", "row 1", "missing")),
        ('{"playlist_id": "c", "track_sequence": "x"}', ArtifactInvalid, ("playlist 'c'", "a str ('x')")),
        ('{"track_sequence": ["x"]}', ArtifactInvalid, ("row 1", "no playlist_id")),
    ],
)
def test_malformed_line_is_reported(
    tmp_path: Path, line: str, error: type[EmbedgateError], facts: tuple[str, ...]
) -> None:
    good = '{"playlist_id": "a", "track_sequence": ["x"]}'
    (tmp_path / "p.jsonl").write_text(f"{good}\n\n{line}\n")
    assert_rejected(error, tmp_path / "p.jsonl", *facts)


def test_line_in_another_encoding_is_reported(tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_bytes('{"playlist_id": "a", "track_sequence": ["Björk"]}'.encode("latin-1"))
    assert_rejected(ArtifactUnreadable, tmp_path / "p.jsonl", "line 1 is not JSON", "as UTF-8")


def test_nan_in_jsonl_is_a_missing_cell(tmp_path: Path) -> None:
    """Python's json module writes NaN for missing cells of a frame."""
    line = '{"playlist_id": "a", "track_sequence": ["x"], "track_test_x": ["x"], "track_test_y": NaN}\n'
    (tmp_path / "p.jsonl").write_text(line)
    playlists = read_playlists(tmp_path / "p.jsonl")
    assert playlists.targets is not None
    assert playlists.targets.tolist() == [-1]


def test_nested_playlists_in_parquet_are_rejected(tmp_path: Path) -> None:
    pd.DataFrame({"playlist_id": ["a"], "track_sequence": [[["x"], ["y"]]]}).to_parquet(tmp_path / "p.parquet")
    assert_rejected(ArtifactInvalid, tmp_path / "p.parquet", "playlist 'a' (row 0", "has a list (['x']) as an entry")
    pd.DataFrame({"playlist_id": ["a"], "track_sequence": [[{"id": "x"}]]}).to_parquet(tmp_path / "p.parquet")
    assert_rejected(ArtifactInvalid, tmp_path / "p.parquet", "has a dict ({'id': 'x'}) as an entry")
    pd.DataFrame({"playlist_id": [1.0, np.nan], "track_sequence": [["x"], ["y"]]}).to_parquet(tmp_path / "p.parquet")
    assert_rejected(ArtifactInvalid, tmp_path / "p.parquet", "row 1", "no playlist_id (None or NaN)")


def test_folder_names_are_not_read_as_columns(tmp_path: Path) -> None:
    """By default, pyarrow reads a folder `playlist_id=3` as a column."""
    folder = tmp_path / "playlist_id=3"
    folder.mkdir()
    pd.DataFrame({"track_sequence": [["x"]]}).to_parquet(folder / "p.parquet")
    assert_rejected(ArtifactInvalid, folder / "p.parquet", "no column 'playlist_id'")


def test_repeated_column_is_rejected(tmp_path: Path) -> None:
    columns = [pa.array(["a"]), pa.array(["b"]), pa.array([["x"]])]
    table = pa.Table.from_arrays(columns, names=["playlist_id", "playlist_id", "track_sequence"])
    parquet.write_table(table, tmp_path / "p.parquet")
    assert_rejected(ArtifactInvalid, tmp_path / "p.parquet", "2 columns named 'playlist_id'", "Keep one of them")


def test_missing_column_is_reported_with_the_existing_columns(tmp_path: Path) -> None:
    pd.DataFrame({"playlist_id": ["a"], "tracks": [["x"]]}).to_parquet(tmp_path / "p.parquet")
    assert_rejected(
        ArtifactInvalid, tmp_path / "p.parquet", "no column 'track_sequence'", "columns are playlist_id, tracks"
    )
    (tmp_path / "p.jsonl").write_text('{"playlist_id": "a", "tracks": ["x"]}\n')
    assert_rejected(
        ArtifactInvalid, tmp_path / "p.jsonl", "no column 'track_sequence'", "columns are playlist_id, tracks"
    )
    pd.DataFrame({"playlist_id": [], "track_sequence": []}).to_parquet(tmp_path / "p.parquet")
    assert_rejected(ArtifactInvalid, tmp_path / "p.parquet", "has no rows")


@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
def test_columns_of_files_may_have_other_names(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"p.{suffix}"
    frame = pd.DataFrame({"session": [7], "title": ["Rock - Best of"], "items": [["x", "y"]], "ignored": [{"a": 1}]})
    frame.to_parquet(path) if suffix == "parquet" else frame.to_json(path, orient="records", lines=True)
    columns = {"playlist_id": "session", "playlist_name": "title", "track_sequence": "items"}

    playlists = read_playlists(path, PlaylistColumns(columns))

    assert (playlists.ids, playlists.searched_names()) == (("7",), ("Rock - Best of",))
    with pytest.raises(ArtifactInvalid, match=r"no column 'name'; its columns are session, title, items, ignored\."):
        read_playlists(path, PlaylistColumns(columns | {"playlist_name": "name"}))


# All files


@pytest.mark.parametrize("name", ["v.kv", "v.txt", "v.txt.gz", "v.bin", "v.npz", "p.parquet", "p.jsonl"])
def test_file_that_cannot_be_read_is_reported_with_the_reason(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert_rejected(ArtifactMissing, path, "there is no file", str(Path.cwd()), "Check the path")
    path.mkdir()
    assert_rejected(ArtifactUnreadable, path, "is a folder")
    path.rmdir()
    path.touch()
    assert_rejected(ArtifactUnreadable, path, "is empty (0 bytes)", "the export did not finish")
    path.write_bytes(b"\x00\x01 not a supported format")
    assert_rejected(ArtifactUnreadable, path)


@pytest.mark.parametrize("name", ["v.kv", "v.npz", "v.txt.gz", "p.parquet"])
def test_truncated_file_is_unreadable(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "v.kv":
        keyed_vectors().save(str(path))
    elif name == "v.npz":
        np.savez(path, keys=np.array(KEYS), vectors=VECTORS)
    elif name == "v.txt.gz":
        path.write_bytes(gzip.compress(b"1 2\na 1 2\n"))
    else:
        pd.DataFrame({"playlist_id": ["a"], "track_sequence": [["x"]]}).to_parquet(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    error = assert_rejected(ArtifactUnreadable, path, "cannot be read as", "copy or write it again")
    assert error.__cause__ is not None


def test_similar_names_of_a_missing_file_are_suggested(tmp_path: Path) -> None:
    (tmp_path / "vectors_v2.kv").touch()
    assert_rejected(ArtifactMissing, tmp_path / "vectors_v1.kv", "similar names beside it: vectors_v2.kv")
    assert_rejected(ArtifactMissing, tmp_path / "nowhere" / "v.kv")


@pytest.mark.parametrize("name", ["v.pkl", "v", "v.gz", "v.parquet.kv.csv"])
def test_unknown_suffix_is_reported_with_the_supported_suffixes(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    assert_rejected(
        ArtifactUnreadable, tmp_path / name, "vectors cannot be read from", "Supported suffixes: .kv, .kv.gz", ".npz"
    )


# The request


def test_two_files_are_loaded_as_a_model_with_a_record(tmp_path: Path) -> None:
    vectors, playlists = tmp_path / "v.kv", tmp_path / "p.jsonl"
    keyed_vectors().save(str(vectors))
    playlists.write_text('{"playlist_id": "a", "track_sequence": ["x"]}\n')
    os.utime(vectors, (0, 1_700_000_000))
    loaded = resolve(Request(vectors_file=vectors, playlists_file=playlists))
    assert len(loaded.space) == 5
    assert len(loaded.playlists) == 1
    assert loaded.record.finished_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert json.loads(json.dumps(loaded.record.as_json())) == {
        "source": "files",
        "pathspec": str(vectors),
        "finished_at": "2023-11-14T22:13:20+00:00",
        "user": None,
        "tags": [],
        "system_tags": [],
        "metric": None,
        "metadata": None,
        "files": [
            {"role": role, "path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            for role, path in (("vectors", vectors), ("playlists", playlists))
        ],
    }


def test_load_files_reads_both_files(tmp_path: Path) -> None:
    """Paths may be strings or `Path` objects."""
    np.savez(tmp_path / "v.npz", keys=np.array(KEYS), vectors=VECTORS)
    (tmp_path / "p.jsonl").write_text('{"playlist_id": "a", "track_sequence": ["x"]}\n')

    model = load_files(str(tmp_path / "v.npz"), tmp_path / "p.jsonl")

    assert (model.record.source, model.record.pathspec) == ("files", str(tmp_path / "v.npz"))
    assert model.space.keys == tuple(KEYS)
    assert model.playlists.ids == ("a",)


def test_load_run_rejects_a_run_with_a_tag() -> None:
    with pytest.raises(UsageError, match="run 'F/1' and tag 'champion' are both set"):
        load_run("F/1", tag="champion")


def test_contradictory_request_is_rejected() -> None:
    with pytest.raises(UsageError, match="set both --gate-vectors and --gate-playlists"):
        resolve(Request(vectors_file=Path("v.kv")))
    with pytest.raises(UsageError, match="set both --gate-vectors and --gate-playlists"):
        resolve(Request(playlists_file=Path("p.jsonl")))
    with pytest.raises(UsageError, match="run '1' and tag 'champion'"):
        resolve(Request(flow="F", run="1", tag="champion"))


def test_importing_resolve_imports_no_heavy_package() -> None:
    code = (
        "import sys, embedgate.sources.resolve; "
        "print({'metaflow', 'gensim', 'pandas', 'pyarrow', 'requests'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
