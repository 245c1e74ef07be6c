"""Playlists as flat arrays, and invalid playlists."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.errors import MaterialError
from embedgate.material.playlists import MISSING, Playlists


def test_plays_are_flat_and_in_order() -> None:
    """Tracks are numbered by first play; repeated plays and empty playlists are kept."""
    playlists = Playlists.of(["u-1", "u-2", "u-3"], [["b", "a", "b"], [], ["c"]])

    assert playlists.tracks == ("b", "a", "c")
    assert playlists.plays.tolist() == [0, 1, 0, 2]
    assert playlists.offsets.tolist() == [0, 3, 3, 4]
    assert playlists.playlist_of_play.tolist() == [0, 0, 0, 2]
    assert playlists.play_counts.tolist() == [2, 1, 1]
    assert playlists.by_plays.tolist() == [0, 1, 2]
    assert playlists.queries is None
    assert len(playlists) == 3


@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=6), min_size=1, max_size=8))
def test_offsets_restore_every_playlist(sequences: list[list[str]]) -> None:
    """Slicing by the offsets returns every playlist, track by track."""
    if not any(sequences):
        sequences = [["a"]]

    playlists = Playlists.of(range(len(sequences)), sequences)

    bounds = zip(playlists.offsets[:-1], playlists.offsets[1:], strict=True)
    read = [[playlists.tracks[track] for track in playlists.plays[low:high]] for low, high in bounds]
    assert read == sequences


def test_keys_of_any_type_become_text() -> None:
    """A track given as a number equals the track given as text."""
    playlists = Playlists.of([1], [["7", 7, np.int64(7), np.str_("7"), 8, "8"]])

    assert playlists.ids == ("1",)
    assert playlists.tracks == ("7", "8")
    assert playlists.plays.tolist() == [0, 0, 0, 0, 1, 1]


def test_first_known_artist_of_a_track_is_used() -> None:
    """Missing artists are skipped."""
    playlists = Playlists.of(["u-1", "u-2"], [["x", "y"], ["x", "y"]], artists=[[None, "A"], ["B", float("nan")]])

    assert playlists.artist_of == {"x": "B", "y": "A"}


def test_query_is_the_last_track_and_target_the_next_track() -> None:
    """Missing queries and targets are `MISSING`; queries and targets may be unplayed tracks."""
    playlists = Playlists.of(
        ["u-1", "u-2", "u-3", "u-4"],
        [["a", "b"], ["a"], ["b"], ["b"]],
        test_x=[["b", "a"], [], ["a", None], ["new"]],
        test_y=["b", "a", "newer", None],
    )

    assert playlists.queries is not None
    assert playlists.targets is not None
    assert playlists.queries.tolist() == [0, MISSING, MISSING, 2]
    assert playlists.targets.tolist() == [1, 0, 3, MISSING]
    assert playlists.tracks == ("a", "b", "new", "newer")
    assert playlists.play_counts[2:].tolist() == [0, 0]


@given(st.lists(st.tuples(st.lists(st.sampled_from("abc"), max_size=4), st.booleans()), min_size=1, max_size=6))
def test_some_playlists_are_those_that_are_chosen(drawn: list[tuple[list[str], bool]]) -> None:
    sequences = [tracks for tracks, _ in drawn] + [["a", "b"]]
    which = [chosen for _, chosen in drawn] + [True]
    playlists = Playlists.of(
        range(len(sequences)), sequences, names=sequences, test_x=sequences, test_y=["a"] * len(sequences)
    )

    some = playlists.some(np.array(which))

    expected = [each for each, chosen in zip(sequences, which, strict=True) if chosen]
    bounds = zip(some.offsets[:-1], some.offsets[1:], strict=True)
    assert [[some.tracks[track] for track in some.plays[low:high]] for low, high in bounds] == expected
    assert some.ids == tuple(str(number) for number, chosen in enumerate(which) if chosen)
    assert some.names == tuple(map(str, expected))
    assert some.queries is not None
    assert some.targets is not None
    assert len(some.queries) == len(some.targets) == len(some)


@pytest.mark.parametrize(
    ("ids", "sequences", "more", "word"),
    [
        (["u-1"], [["a"], ["b"]], {}, "1 playlist ids for 2 track sequences"),
        (["u-1", "u-2"], [[], []], {}, "the 2 playlists contain no play"),
        ([], [], {}, "no play"),
        (["u-mix"], [["a", None]], {}, "'u-mix'.*missing"),
        (["u-mix"], [["a", float("nan")]], {}, "'u-mix'.*missing"),
        (["u-mix"], [[["a"]]], {}, "'u-mix'.*hash"),
        (["u-mix"], [["a", "b"]], {"artists": [["A"]]}, "'u-mix' has 2 tracks and 1 artists"),
        (["u-mix"], [["a"]], {"artists": []}, "0 artist sequences"),
        (["u-mix"], [["a"]], {"test_x": [["a"], ["b"]], "test_y": ["a"]}, "2 track_test_x and 1 track_test_y"),
    ],
)
def test_invalid_playlists_are_rejected(
    ids: list[str], sequences: list[Any], more: dict[str, Any], word: str
) -> None:
    """The message states the problem and, if possible, the playlist."""
    with pytest.raises(MaterialError, match=word):
        Playlists.of(ids, sequences, **more)
