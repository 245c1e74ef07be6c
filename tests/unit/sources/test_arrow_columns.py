"""Playlists from Arrow columns equal those of the validation cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from embedgate.errors import ArtifactInvalid
from embedgate.sources import files, memory
from embedgate.sources.arrow_columns import playlists_of_arrow
from embedgate.sources.columns import PlaylistColumns
from embedgate.sources.files import read_playlists
from embedgate.sources.memory import playlists_from
from embedgate.sources.validation import playlists_of

if TYPE_CHECKING:
    from pathlib import Path

    from embedgate.material.playlists import Playlists

NAMED = PlaylistColumns({"playlist_name": "title"})
KEYS = st.sampled_from(["a", "b", "c", "ä", "", "1", "a b"])
MAYBE = st.none() | KEYS


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw valid rows with every column."""
    made = []
    for number in range(draw(st.integers(1, 6))):
        tracks = draw(st.lists(KEYS, min_size=number == 0, max_size=5))
        artists = st.lists(MAYBE, min_size=len(tracks), max_size=len(tracks))
        made.append(
            {
                "playlist_id": f"p{number % 3}",
                "title": draw(MAYBE),
                "track_sequence": tracks,
                "artist_sequence": draw(st.none() | artists),
                "track_test_x": draw(st.none() | st.lists(MAYBE, max_size=3)),
                "track_test_y": draw(st.none() | st.sampled_from(["a", "z", "unplayed"])),
            }
        )
    return made


def assert_equal(one: Playlists | None, other: Playlists) -> None:
    """Assert that two playlists are equal, in values and types."""
    assert one is not None
    for name in ("ids", "tracks", "names", "artist_of"):
        assert getattr(one, name) == getattr(other, name)
    for name in ("plays", "offsets", "queries", "targets"):
        found, expected = getattr(one, name), getattr(other, name)
        assert (found is None) == (expected is None)
        if expected is not None:
            np.testing.assert_array_equal(found, expected)
            assert found.dtype == expected.dtype


def table_of(made: list[dict[str, Any]], word: pa.DataType) -> dict[str, pa.ChunkedArray]:
    """Return the columns with strings of some type, in two chunks that are slices."""
    found = {}
    for name in made[0]:
        cells = [row[name] for row in made]
        kind = pa.list_(word) if name.endswith(("sequence", "test_x")) else word
        column = pa.array([cells[0], *cells, cells[-1]], kind)
        half = 1 + len(cells) // 2
        found[name] = pa.chunked_array([column[1:half], column[half:-1]])
    return found


@pytest.mark.parametrize("word", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())], ids=str)
@given(made=rows())
def test_columns_equal_cells(word: pa.DataType, made: list[dict[str, Any]]) -> None:
    cells = {name: [row[name] for row in made] for name in made[0]}

    assert_equal(playlists_of_arrow(table_of(made, word), NAMED), playlists_of(cells, "cells", NAMED))


@given(made=rows(), some=st.sets(st.sampled_from(["artist_sequence", "tests", "title"])))
def test_optional_columns_may_be_missing(made: list[dict[str, Any]], some: set[str]) -> None:
    left = [
        {name: cell for name, cell in row.items() if name not in some and not ("tests" in some and "test" in name)}
        for row in made
    ]
    names = PlaylistColumns({}) if "title" in some else NAMED
    cells = {name: [row[name] for row in left] for name in left[0]}

    assert_equal(playlists_of_arrow(table_of(left, pa.string()), names), playlists_of(cells, "cells", names))


def test_integers_are_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a file and from a frame, none of which is validated cell by cell."""
    for module in (files, memory):
        monkeypatch.setattr(module, "playlists_of", None)
    table = pa.table({"playlist_id": [7, 8], "track_sequence": [[10, 20, 10], [-3]]})
    parquet.write_table(table, tmp_path / "p.parquet")

    for found in (
        read_playlists(tmp_path / "p.parquet"),
        playlists_from(table.to_pandas(types_mapper=pd.ArrowDtype)),
    ):
        assert (found.ids, found.tracks, found.plays.tolist()) == (("7", "8"), ("10", "20", "-3"), [0, 1, 0, 2])


def test_words_that_a_dictionary_repeats_are_one_key() -> None:
    words = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 1], pa.int8()), pa.array(["a", "b", "a"]))
    tracks = pa.chunked_array([pa.ListArray.from_arrays(pa.array([0, 4], pa.int32()), words)])
    found = playlists_of_arrow({"playlist_id": pa.chunked_array([["p"]]), "track_sequence": tracks}, NAMED_NOTHING)

    assert found is not None
    assert (found.tracks, found.plays.tolist()) == (("a", "b"), [0, 1, 0, 1])


NAMED_NOTHING = PlaylistColumns()


@pytest.mark.parametrize(
    ("column", "cells", "message"),
    [
        ("playlist_id", ["p", None], "row 1 .counted from 0. has no playlist_id"),
        ("track_sequence", [["a"], None], "track_sequence of playlist 'q' .row 1, counted from 0. is missing"),
        ("track_sequence", [["a"], ["b", None]], "playlist 'q': a track is missing"),
        ("track_sequence", [[], []], "the 2 playlists contain no play"),
        ("track_sequence", ["a", "b"], "must be a list with one entry per track"),
        ("track_sequence", [[["a"]], []], "must be a flat list"),
        ("artist_sequence", [["A"], ["B", "C"]], "playlist 'q' has 1 tracks and 2 artists"),
        ("track_test_y", [["a"], ["b"]], "must be one track key"),
    ],
)
def test_wrong_cells_are_named(column: str, cells: list[Any], message: str) -> None:
    """The errors are those of frames with Python objects."""
    columns = {
        "playlist_id": ["p", "q"],
        "track_sequence": [["a"], ["b"]],
        "artist_sequence": [["A"], ["B"]],
        "track_test_x": [["a"], ["b"]],
        "track_test_y": ["a", "b"],
    } | {column: cells}
    frame = pa.table(columns).to_pandas(types_mapper=pd.ArrowDtype)

    with pytest.raises(ArtifactInvalid, match=message):
        playlists_from(frame)


def test_frame_with_lists_of_python_objects_is_validated_cell_by_cell() -> None:
    frame = pd.DataFrame({"playlist_id": ["p"], "track_sequence": [["a", 1]]})

    assert playlists_from(frame).tracks == ("a", "1")
