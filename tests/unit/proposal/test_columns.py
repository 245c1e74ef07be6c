"""Columns are recognized by their cells, then by their names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from embedgate.proposal.columns import catalogue_columns, playlist_columns

Table = dict[str, Any]
KEYS = {f"k{number}" for number in range(100)}
LISTS = [["k1", "k2"], ["k3", "k4", "k5"], ["k1", "k9"]]


def test_default_columns_need_no_setting() -> None:
    table: Table = {
        "playlist_id": ["a", "b", "c"],
        "artist_sequence": [["x", "y"], ["x", "y", "z"], ["x", "y"]],
        "track_sequence": LISTS,
        "track_test_x": [each[:-1] for each in LISTS],
        "track_test_y": ["k2", "k5", "k9"],
    }

    choice = playlist_columns(table, KEYS)

    assert choice is not None
    assert (choice.given, choice.per_play, choice.others) == ({}, False, ())


def test_columns_with_other_names_are_found_by_their_cells() -> None:
    table: Table = {
        "uid": [7, 8, 9],
        "title": ["Rock", "Jazz", "Rock"],
        "stuff": [np.array(each) for each in LISTS],
        "tags": [["x"] * len(each) for each in LISTS],
        "bands": [["x"] * len(each) for each in LISTS],
    }

    choice = playlist_columns(table, KEYS)

    assert choice is not None
    assert choice.given == {
        "track_sequence": "stuff",
        "playlist_id": "uid",
        "playlist_name": "title",
        "artist_sequence": "bands",
    }


def test_test_columns_are_not_the_tracks() -> None:
    table: Table = {"playlist_id": ["a", "b", "c"], "tracks": LISTS, "track_test_x": [each[:-1] for each in LISTS]}

    choice = playlist_columns(table, KEYS)

    assert choice is not None
    assert choice.given == {"track_sequence": "tracks"}


@pytest.mark.parametrize("times", [[3, 1, 2, 5], ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"]])
def test_plays_with_times_and_artists(times: list[object]) -> None:
    table: Table = {
        "ts": times,
        "session_id": ["s1", "s1", "s2", "s2"],
        "product": ["k1", "k2", "k1", "k3"],
        "brand": ["A", "B", "A", "A"],
        "price": [1.5, 2.5, 1.5, 9.0],
    }

    choice = playlist_columns(table, KEYS)

    assert choice is not None
    assert choice.per_play
    assert choice.given == {"playlist_id": "session_id", "track": "product", "time": "ts", "artist": "brand"}


def test_integer_items_are_told_from_users_by_name() -> None:
    table: Table = {
        "userId": [1, 1, 2, 2, 3, 3],
        "movieId": [5, 6, 5, 7, 6, 8],
        "rating": [3.5, 4, 2, 5, 1, 4],
    }

    choice = playlist_columns(table, {str(number) for number in range(50)})

    assert choice is not None
    assert (choice.given["track"], choice.given["playlist_id"]) == ("movieId", "userId")
    assert "time" not in choice.given


def test_time_that_is_missing_once_is_none() -> None:
    table: Table = {"playlist_id": ["a", "a", "b"], "track": ["k1", "k2", "k1"], "time": ["1", None, "3"]}

    choice = playlist_columns(table, KEYS)

    assert choice is not None
    assert choice.given == {}


@pytest.mark.parametrize(
    "table",
    [
        {"playlist_id": ["a", "b"], "track_sequence": [["x1"], ["x2"]]},
        {"track": ["k1", "k1"]},
        {},
    ],
    ids=["other keys", "no playlist", "nothing"],
)
def test_tables_without_playlists_are_none(table: Table) -> None:
    assert playlist_columns(table, KEYS) is None


def test_catalogue_columns() -> None:
    table: Table = {
        "sku": ["k1", "k2", "k3"],
        "name": ["Lamp", "Desk", "Chair"],
        "brand": ["A", "A", "B"],
        "category": ["light", "wood", "wood"],
        "price": [1, 2, 3],
    }

    choice = catalogue_columns(table, KEYS)

    assert choice is not None
    assert choice.key == "sku"
    assert choice.columns == {"title": "name", "artist": "brand", "label": "category"}


@pytest.mark.parametrize(
    "table",
    [
        {"sku": ["x1", "x2"], "name": ["Lamp", "Desk"]},
        {"sku": ["k1", "k2"], "price": [1, 2]},
    ],
    ids=["other keys", "nothing known"],
)
def test_tables_without_a_catalogue_are_none(table: Table) -> None:
    assert catalogue_columns(table, KEYS) is None
