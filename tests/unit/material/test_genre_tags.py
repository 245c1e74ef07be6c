"""Genres from playlist names, and tags from playlists."""

from __future__ import annotations

import numpy as np
import pytest

from embedgate.material.genre_tags import genres_of_names, tag_tracks
from embedgate.material.playlists import Playlists

GENRES = {"rock": ["rock"], "rap": ["rap", "hip hop", "hip-hop"], "r&b": ["r&b"], "c++": ["c++ (core)"]}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mia-90s Rock", {"rock"}),
        ("mia-HardRock", {"rock"}),
        ("mia-ROCK", {"rock"}),
        ("mia-rock_classics", {"rock"}),
        ("mia-RAPCaviar", {"rap"}),
        ("mia-HipHop", {"rap"}),
        ("mia-hip  hop", {"rap"}),
        ("mia-hip-hop - best of", {"rap"}),
        ("mia-R&B", {"r&b"}),
        ("mia-rock & rap", {"rock", "rap"}),
        ("mia-trap house", set()),
        ("mia-therapy", set()),
        ("mia-rocket league", set()),
        ("mia-wrapped 2023", set()),
        ("rock-summer", set()),
        ("rap_fan-💔", set()),
        ("rock", {"rock"}),
        ("mia-my c++ (core) list", {"c++"}),
        ("mia-ｒｏｃｋ", {"rock"}),
    ],
)
def test_words_stand_alone(name: str, expected: set[str]) -> None:
    """Whole words of the name count, whatever their case; the user before the first dash does not."""
    found = genres_of_names([name], GENRES)[0]

    assert {genre for genre, here in zip(GENRES, found, strict=True) if here} == expected


def tag(names: list[str], sequences: list[list[str]], support: int | None = 1) -> dict[str, str]:
    """Tag the tracks of a few playlists."""
    playlists = Playlists.of(names, sequences)
    numbers = np.arange(len(playlists.tracks))
    tags = tag_tracks(playlists, GENRES, numbers, numbers, support)
    return {track: tags.name_of(number) for number, track in enumerate(playlists.tracks)}


def test_the_majority_of_naming_playlists_decides() -> None:
    """Two of three naming playlists say rock; a playlist without a genre has no say."""
    found = tag(["u-rock a", "u-rock b", "u-rap", "u-chill", "u-gym"], [["x"]] * 5)

    assert found == {"x": "rock"}


@pytest.mark.parametrize("names", [["u-rock", "u-rap"], ["u-rock & rap"], ["u-rock", "u-rap", "u-r&b"]])
def test_ties_and_mixtures_stay_untagged(names: list[str]) -> None:
    """Where no genre has more than half, there is no tag."""
    assert tag(names, [["x"]] * len(names)) == {"x": ""}


def test_a_track_counts_once_a_playlist() -> None:
    """Played twice in one rap list and once in two rock lists, it is rock."""
    assert tag(["u-rap", "u-rock a", "u-rock b"], [["x", "x", "x"], ["x"], ["x"]]) == {"x": "rock"}


def test_support_is_asked_for() -> None:
    """A genre that fewer playlists name than the support stays out."""
    assert tag(["u-rock a", "u-rock b"], [["x", "y"], ["x"]], 2) == {"x": "rock", "y": ""}


def test_support_follows_the_data_genre_by_genre() -> None:
    """A rich genre is asked for three playlists, a poor one for one."""
    names = [f"u-rock {number}" for number in range(4)] + ["u-rap"]
    rock, rap = [f"r{number}" for number in range(40)], [f"p{number}" for number in range(5)]
    playlists = Playlists.of(names, [rock, rock, rock, [*rock, "late"], rap])
    numbers = np.arange(len(playlists.tracks))

    tags = tag_tracks(playlists, GENRES, numbers, numbers)

    assert tags.support.tolist()[:2] == [3, 1]
    assert tags.name_of(playlists.tracks.index("late")) == ""
    assert tags.tracks.tolist()[:2] == [40, 5]
