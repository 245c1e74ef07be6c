import pickle
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors, Word2Vec

from embedgate.errors import ArtifactInvalid
from embedgate.material.playlists import MISSING
from embedgate.sources.artifacts import playlists_from, space_from

HERE = "artifact 'x' of run F/1"
KEYS = ["Daft Punk-Get Lucky", "Björk-Jóga", "JAY-Z-99 Problems"]


def keyed_vectors(keys: list[Any], vectors: np.ndarray) -> Any:
    made = KeyedVectors(vectors.shape[1], dtype=vectors.dtype)
    made.add_vectors(keys, vectors)
    return made


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"playlist_id": ["a-rock", "b-rap"], "track_sequence": [["x", "y"], ["z"]], **columns})


def refused(call: Any, *facts: str) -> None:
    with pytest.raises(ArtifactInvalid) as caught:
        call()
    for fact in (HERE, *facts):
        assert fact in str(caught.value)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_vectors_are_passed_on_exactly(dtype: Any) -> None:
    vectors = np.array([[0.1, -2.5], [1e-4, 3], [1 / 3, 60000]], dtype=dtype)
    space = space_from(keyed_vectors(KEYS, vectors), HERE)
    assert space.keys == tuple(KEYS)
    np.testing.assert_array_equal(space.vectors, vectors.astype(np.float32))


def test_broken_values_are_left_for_the_integrity_checks() -> None:
    vectors = np.array([[np.nan, 1], [np.inf, 2], [0, 0]], dtype=np.float32)
    np.testing.assert_array_equal(space_from(keyed_vectors(KEYS, vectors), HERE).vectors, vectors)


def test_a_model_brings_its_vectors_as_wv() -> None:
    model = Word2Vec([KEYS, KEYS], vector_size=4, min_count=1, workers=1)
    space = space_from(model, HERE)
    assert set(space.keys) == set(KEYS)
    np.testing.assert_array_equal(space.vectors, model.wv.vectors)


def test_keys_may_be_integers() -> None:
    assert space_from(keyed_vectors([7, 8, 9], np.eye(3, dtype=np.float32)), HERE).keys == ("7", "8", "9")


@pytest.mark.parametrize(("keys_name", "vectors_name"), [("index2word", "vectors"), ("index2entity", "syn0")])
def test_a_plain_pickle_of_gensim_3_is_read(keys_name: str, vectors_name: str) -> None:
    old = KeyedVectors.__new__(KeyedVectors)
    old.__dict__.update({keys_name: KEYS, vectors_name: np.eye(3, dtype=np.float32), "vocab": {}})
    space = space_from(pickle.loads(pickle.dumps(old)), HERE)  # noqa: S301 - made in the line above
    assert space.keys == tuple(KEYS)
    np.testing.assert_array_equal(space.vectors, np.eye(3))


@pytest.mark.parametrize(
    ("obj", "named"),
    [
        ({"Daft Punk": [1, 2]}, "is a dict"),
        (np.eye(3), "is a numpy.ndarray"),
        (pd.DataFrame({"a": [1]}), "is a pandas.DataFrame"),
        (None, "is a NoneType"),
        (SimpleNamespace(wv=None), "is a types.SimpleNamespace"),
    ],
)
def test_another_type_is_named(obj: object, named: str) -> None:
    refused(lambda: space_from(obj, HERE), named, "KeyedVectors")


def test_rows_without_key_are_counted() -> None:
    made = KeyedVectors(2, count=3)
    made.add_vector("x", np.ones(2))
    refused(lambda: space_from(made, HERE), "2 of 3 rows have no key")


@pytest.mark.parametrize("missing", [None, float("nan"), np.float32("nan")])
def test_a_missing_key_is_counted(missing: object) -> None:
    broken = SimpleNamespace(index_to_key=["a", missing], vectors=np.eye(2))
    refused(lambda: space_from(broken, HERE), "1 of 2 rows have no key (None or NaN)", "Drop these rows")


def test_a_key_that_is_a_container_is_refused() -> None:
    broken = SimpleNamespace(index_to_key=["a", ["b"]], vectors=np.eye(2))
    refused(lambda: space_from(broken, HERE), "the key of row 1", "is a list (['b'])", "strings or integers")


def test_a_rule_of_the_space_that_is_broken_names_the_artifact() -> None:
    refused(lambda: space_from(SimpleNamespace(index_to_key=["a"], vectors=np.eye(2)), HERE), "1 keys for 2 vectors")
    refused(lambda: space_from(KeyedVectors(5), HERE), "empty")


def test_a_whole_frame_becomes_playlists() -> None:
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


@pytest.mark.parametrize("as_cell", [list, tuple, np.array, lambda cell: np.array(cell, dtype=object)])
def test_cells_may_be_lists_tuples_or_arrays(as_cell: Any) -> None:
    playlists = playlists_from(frame(track_sequence=[as_cell(["x", "y"]), as_cell(["z"])]), HERE)
    assert playlists.tracks == ("x", "y", "z")


@pytest.mark.parametrize("dtype", ["object", "string", "str", "category"])
def test_every_way_pandas_says_missing_is_understood(dtype: str) -> None:
    answers = pd.Series(["y", None], dtype=dtype)
    playlists = playlists_from(frame(track_test_x=[["x"], None], track_test_y=answers), HERE)
    assert playlists.targets is not None
    assert playlists.queries is not None
    assert playlists.targets.tolist() == [1, MISSING]
    assert playlists.queries.tolist() == [0, MISSING]


def test_artists_may_be_missing_for_a_playlist_or_for_a_track() -> None:
    playlists = playlists_from(frame(artist_sequence=[["A", None], None]), HERE)
    assert playlists.artist_of == {"x": "A"}


@pytest.mark.parametrize("index", [[5, 5], ["p", "q"]])
def test_the_index_of_the_frame_does_not_matter(index: list[Any]) -> None:
    assert len(playlists_from(frame().set_axis(index, axis=0), HERE)) == 2


def test_a_missing_column_is_named_beside_those_that_are_there() -> None:
    renamed = frame().rename(columns={"track_sequence": "tracks"})
    refused(lambda: playlists_from(renamed, HERE), "no column 'track_sequence'", "columns are playlist_id, tracks")
    refused(
        lambda: playlists_from(pd.DataFrame(), HERE), "'playlist_id' and no column 'track_sequence'", "none at all"
    )


def test_a_column_that_stands_there_twice_is_refused() -> None:
    twice = pd.concat([frame(), frame()[["playlist_id"]]], axis=1)
    refused(lambda: playlists_from(twice, HERE), "2 columns named 'playlist_id'")


@pytest.mark.parametrize("half", ["track_test_x", "track_test_y"])
def test_half_a_test_set_is_refused(half: str) -> None:
    refused(lambda: playlists_from(frame(**{half: [["x"], ["z"]]}), HERE), f"{half!r} alone")


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
def test_a_wrong_cell_is_named(column: str, cells: list[Any], facts: tuple[str, ...]) -> None:
    refused(lambda: playlists_from(frame(**{column: cells}), HERE), *facts)


def test_a_list_where_one_track_is_to_be_foretold_is_refused() -> None:
    wrong = frame(track_test_x=[["x"], ["z"]], track_test_y=["y", ["z"]])
    refused(lambda: playlists_from(wrong, HERE), "track_test_y of playlist 'b-rap'", "must be one track key")


def test_nested_test_columns_are_refused() -> None:
    nested = frame(track_test_x=[["x"], [["z"]]], track_test_y=["y", "z"])
    refused(
        lambda: playlists_from(nested, HERE), "track_test_x of playlist 'b-rap'", "has a list (['z']) as an entry"
    )


def test_a_long_cell_is_shortened_in_the_message() -> None:
    with pytest.raises(ArtifactInvalid) as caught:
        playlists_from(frame(track_sequence=[["x"], "z" * 5000]), HERE)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("obj", "named"), [([["x"]], "a list"), ({"playlist_id": []}, "a dict"), (None, "a NoneType")]
)
def test_what_is_no_frame_is_named(obj: object, named: str) -> None:
    refused(lambda: playlists_from(obj, HERE), named, "must be a pandas DataFrame")


def test_a_frame_without_rows_is_refused() -> None:
    refused(lambda: playlists_from(frame().iloc[:0], HERE), "has no rows. Write one row a playlist")


def test_a_rule_of_the_material_that_is_broken_is_chained() -> None:
    with pytest.raises(ArtifactInvalid, match=re.escape(HERE)) as caught:
        playlists_from(frame(track_sequence=[[], []]), HERE)
    assert caught.value.__cause__ is not None
