"""Conversion of objects in memory to vectors and playlists, and errors for other objects."""

import pickle
import re
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors, Word2Vec

from embedgate.errors import ArtifactInvalid
from embedgate.material.playlists import MISSING, Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.sources.columns import PlaylistColumns
from embedgate.sources.memory import playlists_from, vectors_from, vectors_from_array

HERE = "artifact 'x' of run F/1"
KEYS = ["Daft Punk-Get Lucky", "Björk-Jóga", "JAY-Z-99 Problems"]
EYE = np.eye(3, dtype=np.float32)


def keyed_vectors(keys: list[Any], vectors: np.ndarray) -> Any:
    made = KeyedVectors(vectors.shape[1], dtype=vectors.dtype)
    made.add_vectors(keys, vectors)
    return made


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"playlist_id": ["a-rock", "b-rap"], "track_sequence": [["x", "y"], ["z"]], **columns})


def assert_rejected(call: Any, *facts: str) -> None:
    with pytest.raises(ArtifactInvalid) as caught:
        call()
    for fact in (HERE, *facts):
        assert fact in str(caught.value)


# Vectors


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_vectors_are_not_changed(dtype: Any) -> None:
    vectors = np.array([[0.1, -2.5], [1e-4, 3], [1 / 3, 60000]], dtype=dtype)
    space = vectors_from(keyed_vectors(KEYS, vectors), HERE)
    assert space.keys == tuple(KEYS)
    np.testing.assert_array_equal(space.vectors, vectors.astype(np.float32))


def test_broken_values_are_kept_for_the_integrity_checks() -> None:
    vectors = np.array([[np.nan, 1], [np.inf, 2], [0, 0]], dtype=np.float32)
    np.testing.assert_array_equal(vectors_from(keyed_vectors(KEYS, vectors), HERE).vectors, vectors)


def test_model_with_wv_is_read() -> None:
    model = Word2Vec([KEYS, KEYS], vector_size=4, min_count=1, workers=1)
    space = vectors_from(model, HERE)
    assert set(space.keys) == set(KEYS)
    np.testing.assert_array_equal(space.vectors, model.wv.vectors)


@pytest.mark.parametrize(("keys_name", "vectors_name"), [("index2word", "vectors"), ("index2entity", "syn0")])
def test_plain_pickle_of_gensim_3_is_read(keys_name: str, vectors_name: str) -> None:
    old = KeyedVectors.__new__(KeyedVectors)
    old.__dict__.update({keys_name: KEYS, vectors_name: EYE, "vocab": {}})
    space = vectors_from(pickle.loads(pickle.dumps(old)), HERE)  # noqa: S301 - made in the line above
    assert space.keys == tuple(KEYS)
    np.testing.assert_array_equal(space.vectors, EYE)


@pytest.mark.parametrize(
    "obj",
    [
        keyed_vectors([7, 8, 9], EYE),
        pd.DataFrame(EYE, index=[7, 8, 9]),
        pd.DataFrame(EYE.astype(int), index=["7", "8", "9"]),
        pd.DataFrame(EYE, index=["7", "8", "9"], columns=["wv", "vectors", "index_to_key"]),
        dict(zip([7, 8, 9], EYE, strict=True)),
        {"7": [1, 0, 0], "8": (0, 1, 0), "9": [0.0, 0.0, 1.0]},
        ([7, 8, 9], EYE),
        [np.array(["7", "8", "9"]), EYE.tolist()],
        (pd.Index(["7", "8", "9"]), pd.DataFrame(EYE)),
        {"keys": np.array([7, 8, 9]), "vectors": EYE},
        {"vectors": EYE.tolist(), "keys": ["7", "8", "9"]},
        pd.DataFrame(EYE, columns=list("xyz")).assign(key=[7, 8, 9]),
        pd.DataFrame({"key": ["7", "8", "9"], "vector": list(EYE)}),
        pd.DataFrame({"vector": EYE.tolist()}, index=[7, 8, 9]),
        EmbeddingSpace.of([7, 8, 9], EYE),
    ],
    ids=lambda obj: type(obj).__name__,
)
def test_every_supported_type_of_vectors_results_in_the_same_space(obj: object) -> None:
    """Keys may be integers, and the columns of a frame may have any names."""
    space = vectors_from(obj, HERE)

    assert space.keys == ("7", "8", "9")
    np.testing.assert_array_equal(space.vectors, EYE)


def test_mapping_of_tracks_named_keys_and_vectors_is_read() -> None:
    for vectors in ({"keys": [1, 2], "vectors": [3, 4]}, {"keys": EYE[0], "vectors": EYE[1]}):
        assert vectors_from(vectors, HERE).keys == ("keys", "vectors")


def test_array_is_read_with_keys_of_another_object() -> None:
    """The keys may be a list, an array, an index or a column."""
    for keys in (["7", "8", "9"], (7, 8, 9), np.array([7, 8, 9]), pd.Index(["7", "8", "9"]), pd.Series([7, 8, 9])):
        space = vectors_from_array(EYE, keys, HERE, "artifact 'k'")
        assert space.keys == ("7", "8", "9")
        np.testing.assert_array_equal(space.vectors, EYE)


@pytest.mark.parametrize(
    ("array", "keys", "facts"),
    [
        (EYE.tolist(), KEYS, ("is a list, and only an array needs keys of its own (artifact 'k')",)),
        (keyed_vectors(KEYS, EYE), KEYS, ("is a gensim.KeyedVectors", "Remove [model] keys")),
        (EYE, "abc", ("artifact 'k' is a str", "a list or an array with one key per row")),
        (EYE, dict.fromkeys(KEYS), ("artifact 'k' is a dict",)),
        (EYE, set(KEYS), ("artifact 'k' is a set",)),
        (EYE, np.array(7), ("artifact 'k' is a numpy.ndarray",)),
        (EYE, np.array([KEYS]), ("the key of row 0", "is a list")),
        (EYE, KEYS[:2], (f"{HERE} with the keys of artifact 'k': 2 keys for 3 vectors",)),
        (EYE, ["a", None, np.nan], ("2 of 3 rows have no key",)),
        (EYE[0], KEYS, ("vectors must have shape",)),
    ],
    ids=lambda _: "",
)
def test_array_and_keys_that_do_not_match_are_rejected(array: Any, keys: Any, facts: tuple[str, ...]) -> None:
    with pytest.raises(ArtifactInvalid) as caught:
        vectors_from_array(array, keys, HERE, "artifact 'k'")
    for fact in facts:
        assert fact in str(caught.value)


def test_space_is_returned_unchanged() -> None:
    space = EmbeddingSpace.of(KEYS, EYE)

    assert vectors_from(space) is space


def test_missing_and_large_values_of_a_frame_are_kept_for_the_integrity_checks() -> None:
    """This includes columns of pandas' nullable types."""
    values = pd.DataFrame({"a": [1e300, np.nan], "b": pd.array([1, None], dtype="Int64")}, index=["x", "y"])

    np.testing.assert_array_equal(vectors_from(values, HERE).vectors, [[np.inf, 1], [np.nan, np.nan]])


def test_repeated_keys_of_a_frame_are_kept() -> None:
    assert vectors_from(pd.DataFrame(EYE, index=["x", "y", "x"]), HERE).keys == ("x", "y", "x")


@pytest.mark.parametrize(
    ("obj", "named"),
    [
        (np.eye(3), "is a numpy.ndarray"),
        (None, "is a NoneType"),
        (SimpleNamespace(wv=None), "is a types.SimpleNamespace"),
        ("v.kv", "is a str"),
        (["a", "b"], "is a list"),
        ((1, 2), "is a tuple"),
        (
            frame(),
            "is a pandas.DataFrame without keys: its index only numbers the rows, and its columns are playlist_id",
        ),
        (frame().set_index("playlist_id").assign(n=1), "columns that are not numbers (track_sequence)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_unsupported_type_is_reported_with_the_supported_types(obj: object, named: str) -> None:
    expected = ("gensim KeyedVectors", "a pandas DataFrame of numbers", "a mapping", "a pair (keys, array)")

    assert_rejected(lambda: vectors_from(obj, HERE), named, *expected)


@pytest.mark.parametrize(
    ("obj", "problem"),
    [
        ({"a": [1, 2], "b": [1]}, "vectors must be a matrix of numbers"),
        ({"a": "x"}, "vectors must be numbers"),
        ({}, "vectors must have shape"),
        ((["a", "b"], np.eye(3)), "2 keys for 3 vectors"),
        ((["a"], np.ones(1)), "vectors must have shape (tracks, dimensions), not (1,)"),
        (([["a"], ["b"]], np.eye(2)), "the key of row 0 (counted from 0) is a list (['a'])"),
        (pd.DataFrame(EYE, index=["a", None, np.nan]), "2 of 3 rows have no key"),
        (SimpleNamespace(index_to_key=["a"], vectors=np.eye(2)), "1 keys for 2 vectors"),
        (KeyedVectors(5), "empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_keys_and_vectors_that_do_not_match_are_rejected(obj: object, problem: str) -> None:
    assert_rejected(lambda: vectors_from(obj, HERE), problem)


def test_rows_without_key_are_counted() -> None:
    made = KeyedVectors(2, count=3)
    made.add_vector("x", np.ones(2))
    assert_rejected(lambda: vectors_from(made, HERE), "2 of 3 rows have no key")


@pytest.mark.parametrize("missing", [None, float("nan"), np.float32("nan")])
def test_missing_key_is_counted(missing: object) -> None:
    broken = SimpleNamespace(index_to_key=["a", missing], vectors=np.eye(2))
    assert_rejected(lambda: vectors_from(broken, HERE), "1 of 2 rows have no key (None or NaN)", "Drop these rows")


def test_key_that_is_a_container_is_rejected() -> None:
    broken = SimpleNamespace(index_to_key=["a", ["b"]], vectors=np.eye(2))
    assert_rejected(
        lambda: vectors_from(broken, HERE), "the key of row 1", "is a list (['b'])", "strings or integers"
    )


# Playlists


def test_whole_frame_becomes_playlists() -> None:
    playlists = playlists_from(
        frame(
            artist_sequence=[["A", "B"], ["C"]],
            track_test_x=[["x"], []],
            track_test_y=["y", None],
            unknown=[1, 2],
        ),
        HERE,
    )
    assert playlists.ids == ("a-rock", "b-rap")
    assert playlists.tracks == ("x", "y", "z")
    assert playlists.plays.tolist() == [0, 1, 2]
    assert playlists.offsets.tolist() == [0, 2, 3]
    assert playlists.artist_of == {"x": "A", "y": "B", "z": "C"}
    assert playlists.queries is not None
    assert playlists.targets is not None
    assert playlists.queries.tolist() == [0, MISSING]
    assert playlists.targets.tolist() == [1, MISSING]


@pytest.mark.parametrize(
    "obj", [[["x", "y"], ["z", "x"]], (("x", "y"), np.array(["z", "x"]))], ids=["lists", "tuple"]
)
def test_playlists_in_a_list_of_lists_are_numbered(obj: object) -> None:
    playlists = playlists_from(obj, HERE)

    assert playlists.ids == ("0", "1")
    assert playlists.tracks == ("x", "y", "z")
    assert playlists.plays.tolist() == [0, 1, 2, 0]
    assert playlists.artist_of == {}
    assert playlists.queries is None


def test_playlists_are_returned_unchanged() -> None:
    playlists = Playlists.of(["a"], [["x"]])

    assert playlists_from(playlists) is playlists


@pytest.mark.parametrize("as_cell", [list, tuple, np.array, lambda cell: np.array(cell, dtype=object)])
def test_cells_may_be_lists_tuples_or_arrays(as_cell: Any) -> None:
    playlists = playlists_from(frame(track_sequence=[as_cell(["x", "y"]), as_cell(["z"])]), HERE)
    assert playlists.tracks == ("x", "y", "z")


@pytest.mark.parametrize("dtype", ["object", "string", "str", "category"])
def test_every_missing_value_of_pandas_is_read_as_missing(dtype: str) -> None:
    targets = pd.Series(["y", None], dtype=dtype)
    playlists = playlists_from(frame(track_test_x=[["x"], None], track_test_y=targets), HERE)
    assert playlists.targets is not None
    assert playlists.queries is not None
    assert playlists.targets.tolist() == [1, MISSING]
    assert playlists.queries.tolist() == [0, MISSING]


def test_artists_may_be_missing_for_a_playlist_or_for_a_track() -> None:
    playlists = playlists_from(frame(artist_sequence=[["A", None], None]), HERE)
    assert playlists.artist_of == {"x": "A"}


@pytest.mark.parametrize("index", [[5, 5], ["p", "q"]])
def test_index_of_the_frame_is_ignored(index: list[Any]) -> None:
    assert len(playlists_from(frame().set_axis(index, axis=0), HERE)) == 2


def test_missing_column_is_reported_with_the_existing_columns() -> None:
    renamed = frame().rename(columns={"track_sequence": "tracks"})
    assert_rejected(
        lambda: playlists_from(renamed, HERE), "no column 'track_sequence'", "columns are playlist_id, tracks"
    )
    assert_rejected(
        lambda: playlists_from(pd.DataFrame(), HERE), "'playlist_id' and no column 'track_sequence'", "none at all"
    )


def test_repeated_column_is_rejected() -> None:
    twice = pd.concat([frame(), frame()[["playlist_id"]]], axis=1)
    assert_rejected(lambda: playlists_from(twice, HERE), "2 columns named 'playlist_id'")


@pytest.mark.parametrize("half", ["track_test_x", "track_test_y"])
def test_one_test_column_alone_is_rejected(half: str) -> None:
    assert_rejected(lambda: playlists_from(frame(**{half: [["x"], ["z"]]}), HERE), f"{half!r} alone")


@pytest.mark.parametrize(
    ("column", "cells", "facts"),
    [
        ("track_sequence", [["x"], "z"], ("track_sequence of playlist 'b-rap'", "row 1", "a str ('z')")),
        ("track_sequence", [None, ["z"]], ("playlist 'a-rock'", "row 0", "is missing")),
        ("track_sequence", [["x"], {"z"}], ("playlist 'b-rap'", "a set ({'z'})")),
        ("track_sequence", [["x"], np.eye(2)], ("playlist 'b-rap'", "a numpy.ndarray")),
        ("track_sequence", [["x"], ["z", None]], ("playlist 'b-rap'", "a track is missing")),
        ("track_sequence", [["x"], ["z", float("nan")]], ("playlist 'b-rap'", "a track is missing")),
        ("track_sequence", [["x"], [["z"]]], ("playlist 'b-rap'", "has a list (['z']) as an entry", "a flat list")),
        ("track_sequence", [["x"], [{"z": 1}]], ("playlist 'b-rap'", "has a dict ({'z': 1})", "one track key")),
        ("track_sequence", [["x"], [np.array(["z"])]], ("has a numpy.ndarray",)),
        ("artist_sequence", [["A", ["B"]], ["C"]], ("playlist 'a-rock'", "has a list (['B'])", "one artist name")),
        ("track_sequence", [[], []], ("contain no play",)),
        ("artist_sequence", [["A", "B"], "C"], ("artist_sequence of playlist 'b-rap'", "a str ('C')")),
        ("artist_sequence", [["A"], ["C"]], ("'a-rock' has 2 tracks and 1 artists",)),
        ("playlist_id", ["a", None], ("row 1", "no playlist_id (None or NaN)", "Give each playlist an id")),
        ("playlist_id", ["a", float("nan")], ("row 1", "no playlist_id (None or NaN)")),
        ("playlist_id", [["a"], "b"], ("row 0", "is a list (['a'])")),
    ],
)
def test_invalid_cell_is_reported_with_column_and_playlist(
    column: str, cells: list[Any], facts: tuple[str, ...]
) -> None:
    assert_rejected(lambda: playlists_from(frame(**{column: cells}), HERE), *facts)


@pytest.mark.parametrize(
    ("lists", "fact"),
    [
        (["x", "y"], "track_sequence of playlist '0' (row 0, counted from 0) is a str ('x')"),
        ([["x"], None], "playlist '1' (row 1, counted from 0) is missing"),
        ([["x", ["y"]]], "has a list (['y']) as an entry"),
        ([], "has no rows"),
    ],
    ids=["strings", "None", "nested", "empty"],
)
def test_invalid_entry_of_a_list_is_reported(lists: object, fact: str) -> None:
    assert_rejected(lambda: playlists_from(lists, HERE), fact)


def test_list_as_held_out_target_is_rejected() -> None:
    wrong = frame(track_test_x=[["x"], ["z"]], track_test_y=["y", ["z"]])
    assert_rejected(lambda: playlists_from(wrong, HERE), "track_test_y of playlist 'b-rap'", "must be one track key")


def test_nested_test_columns_are_rejected() -> None:
    nested = frame(track_test_x=[["x"], [["z"]]], track_test_y=["y", "z"])
    assert_rejected(
        lambda: playlists_from(nested, HERE), "track_test_x of playlist 'b-rap'", "has a list (['z']) as an entry"
    )


def test_long_cell_is_shortened_in_the_message() -> None:
    with pytest.raises(ArtifactInvalid) as caught:
        playlists_from(frame(track_sequence=[["x"], "z" * 5000]), HERE)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(("obj", "named"), [("x", "a str"), ({"playlist_id": []}, "a dict"), (None, "a NoneType")])
def test_unsupported_type_of_playlists_is_reported(obj: object, named: str) -> None:
    assert_rejected(lambda: playlists_from(obj, HERE), named, "must be a pandas DataFrame", "or a list of lists")


def test_frame_without_rows_is_rejected() -> None:
    assert_rejected(lambda: playlists_from(frame().iloc[:0], HERE), "has no rows. Write one row per playlist")


def test_error_is_chained_to_the_error_of_the_playlists() -> None:
    with pytest.raises(ArtifactInvalid, match=re.escape(HERE)) as caught:
        playlists_from(frame(track_sequence=[[], []]), HERE)
    assert caught.value.__cause__ is not None


def test_errors_of_the_python_api_name_the_argument() -> None:
    with pytest.raises(ArtifactInvalid, match="the object given as vectors is a NoneType"):
        vectors_from(None)
    with pytest.raises(ArtifactInvalid, match="the object given as playlists is a NoneType"):
        playlists_from(None)


def test_conversion_of_builtin_types_imports_neither_pandas_nor_gensim() -> None:
    code = (
        "import sys; from embedgate.sources.memory import playlists_from, vectors_from; "
        "vectors_from({'a': [1, 2]}); playlists_from([['a']]); print({'gensim', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# Names of columns

RENAMED = PlaylistColumns(
    {
        "playlist_id": "session",
        "playlist_name": "title",
        "track_sequence": "items",
        "artist_sequence": "brands",
        "track_test_x": "given",
        "track_test_y": "next",
    }
)


def renamed(**columns: Any) -> pd.DataFrame:
    """Playlists whose columns are all renamed."""
    made = {
        "session": [7, 8],
        "title": ["Hip-Hop Classics", None],
        "items": [["x", "y"], ["z"]],
        "brands": [["A", "B"], ["C"]],
        "given": [["x"], ["z"]],
        "next": ["y", "x"],
    }
    return pd.DataFrame(made | columns)


def test_columns_may_have_other_names() -> None:
    playlists = playlists_from(renamed(), HERE, RENAMED)

    assert playlists.ids == ("7", "8")
    assert playlists.searched_names("-") == ("Hip-Hop Classics", "")
    assert playlists.tracks == ("x", "y", "z")
    assert playlists.artist_of == {"x": "A", "y": "B", "z": "C"}
    assert playlists.queries is not None
    assert playlists.targets is not None
    assert (playlists.queries.tolist(), playlists.targets.tolist()) == ([0, 2], [1, 0])


def test_column_of_names_is_not_read_unless_configured() -> None:
    playlists = playlists_from(frame(playlist_name=["rock", "rap"]), HERE)

    assert playlists.searched_names() == ("a-rock", "b-rap")


@pytest.mark.parametrize(
    "role", ["playlist_id", "playlist_name", "track_sequence", "artist_sequence", "track_test_x"]
)
def test_configured_column_must_exist(role: str) -> None:
    """Optional columns too, once they are configured."""
    name = RENAMED.given[role]

    assert_rejected(
        lambda: playlists_from(renamed().drop(columns=name), HERE, RENAMED),
        f"has no column '{name}'",
        "its columns are ",
        "Correct the name in [model.columns]",
    )


@pytest.mark.parametrize(
    ("column", "cells", "facts"),
    [
        ("items", [["x", "y"], "z"], ("items of playlist 8 (row 1", "a str ('z')")),
        ("brands", [["A", "B"], [["C"]]], ("brands of playlist 8", "has a list (['C'])", "one artist name")),
        ("title", [["rock"], "rap"], ("title of playlist 7", "is a list (['rock'])", "must be one name")),
        ("next", ["y", ["x"]], ("next of playlist 8", "must be one track key")),
        ("session", [7, None], ("row 1", "no session (None or NaN)")),
    ],
)
def test_error_in_a_cell_contains_the_configured_name(column: str, cells: list[Any], facts: tuple[str, ...]) -> None:
    assert_rejected(lambda: playlists_from(renamed(**{column: cells}), HERE, RENAMED), *facts)


def test_one_test_column_alone_is_rejected_by_its_configured_name() -> None:
    columns = PlaylistColumns({"track_test_x": "given"})

    assert_rejected(
        lambda: playlists_from(frame(given=[["x"], ["z"]]), HERE, columns),
        "has the column 'given' alone",
        "both given (the given tracks) and track_test_y",
    )
