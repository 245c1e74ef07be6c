"""Genres in playlist names, and genre tags of tracks."""

from __future__ import annotations

import numpy as np
import pytest

from embedgate.material.genre_tags import match_genres, tag_tracks
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
        ("rock-summer", {"rock"}),
        ("Rock - Best of 2020", {"rock"}),
        ("Hip-Hop Classics", {"rap"}),
        ("hip-hop", {"rap"}),
        ("rap_fan-💔", {"rap"}),
        ("rock", {"rock"}),
        ("mia-my c++ (core) list", {"c++"}),
        ("mia-ｒｏｃｋ", {"rock"}),
    ],
)
def test_genre_words_match_as_whole_words(name: str, expected: set[str]) -> None:
    """Case is ignored, and the whole name is searched."""
    found = match_genres([name], GENRES)[0]

    assert {genre for genre, here in zip(GENRES, found, strict=True) if here} == expected


def tag(names: list[str], sequences: list[list[str]], support: int | None = 1) -> dict[str, str]:
    """Tag the tracks of a few playlists."""
    playlists = Playlists.of(names, sequences)
    numbers = np.arange(len(playlists.tracks))
    tags = tag_tracks(playlists, GENRES, numbers, numbers, support)
    return {track: tags.genre_of(number) for number, track in enumerate(playlists.tracks)}


def test_tag_is_the_majority_of_playlists_with_a_genre_in_their_name() -> None:
    """Two of three playlists with a genre are rock; playlists without a genre do not count."""
    found = tag(["u-rock a", "u-rock b", "u-rap", "u-chill", "u-gym"], [["x"]] * 5)

    assert found == {"x": "rock"}


@pytest.mark.parametrize("names", [["u-rock", "u-rap"], ["u-rock & rap"], ["u-rock", "u-rap", "u-r&b"]])
def test_track_without_a_majority_genre_stays_untagged(names: list[str]) -> None:
    """A tag requires more than half of the playlists that have a genre in their name."""
    assert tag(names, [["x"]] * len(names)) == {"x": ""}


def test_repeated_track_counts_once_per_playlist() -> None:
    """A track played twice in one rap playlist and once in two rock playlists is rock."""
    assert tag(["u-rap", "u-rock a", "u-rock b"], [["x", "x", "x"], ["x"], ["x"]]) == {"x": "rock"}


@pytest.mark.parametrize(
    ("playlist", "separator", "expected"),
    [
        ("rock_fan-evening", "", "rock"),
        ("rock_fan-evening", "-", ""),
        ("rock_fan-rap - rock-free", "-", ""),
        ("rock_fan-hip-hop", "-", "rap"),
        ("rock_fan-hip-hop", ": ", ""),
        ("rock_fan: hip-hop", ": ", "rap"),
        ("rock", "-", "rock"),
        ("rock-", "-", ""),
    ],
)
def test_user_of_a_playlist_is_left_out_if_a_separator_is_configured(
    playlist: str, separator: str, expected: str
) -> None:
    """By default the whole id is searched; ids without the separator have no user."""
    playlists = Playlists.of([playlist], [["x"]])

    tags = tag_tracks(playlists, GENRES, np.zeros(1, int), np.zeros(1, int), 1, user_separator=separator)

    assert tags.genre_of(0) == expected


def test_track_below_support_stays_untagged() -> None:
    """A tag requires at least as many playlists of the genre as the support."""
    assert tag(["u-rock a", "u-rock b"], [["x", "y"], ["x"]], 2) == {"x": "rock", "y": ""}


def test_support_is_chosen_for_each_genre() -> None:
    """A genre with many tracks has a support of three, and a genre with few tracks a support of one."""
    names = [f"u-rock {number}" for number in range(4)] + ["u-rap"]
    rock, rap = [f"r{number}" for number in range(40)], [f"p{number}" for number in range(5)]
    playlists = Playlists.of(names, [rock, rock, rock, [*rock, "late"], rap])
    numbers = np.arange(len(playlists.tracks))

    tags = tag_tracks(playlists, GENRES, numbers, numbers)

    assert tags.support.tolist()[:2] == [3, 1]
    assert tags.genre_of(playlists.tracks.index("late")) == ""
    assert tags.tracks.tolist()[:2] == [40, 5]


@pytest.mark.parametrize(
    ("word", "name", "expected"),
    [
        ("a.b", "mia-a.b", True),
        ("a.b", "mia-axb", False),
        ("c++", "mia-all c++ here", True),
        ("c++", "mia-ccc", False),
        ("(live)", "mia-rock (live)", True),
        ("[x]", "mia-x", False),
        ("hip hop", "mia-hip \t hop", True),
        ("hip hop", "mia-hiphop", False),
        ("hip hop", "mia-hip-hop", False),
        ("80s", "mia-80s mix", True),
        ("80s", "mia-1980s", False),
        ("lo-fi", "mia-lo-fi beats", True),
        ("café", "mia-CAFÉ", True),
        ("STRASSE", "mia-straße", True),
    ],
)
def test_genre_words_are_literal_text(word: str, name: str, *, expected: bool) -> None:
    """Special characters are literal, spaces match any white space, and parts of words do not match."""
    assert bool(match_genres([name], {"it": [word]})[0, 0]) is expected


def test_playlist_name_matches_several_genres() -> None:
    """The result has one row per name and one column per genre."""
    found = match_genres(["u-rock", "u-rap rock", "u-"], {"rock": ["rock"], "rap": ["rap"]})

    assert found.tolist() == [[True, False], [True, True], [False, False]]


def test_no_track_is_tagged_without_configured_genres() -> None:
    """Missing genres are not an error."""
    playlists = Playlists.of(["u-rock"], [["x", "y"]])

    tags = tag_tracks(playlists, {}, np.arange(2), np.arange(2))

    assert (tags.genres, tags.codes.tolist(), tags.genre_of(0)) == ((), [-1, -1], "")


def test_tracks_without_vector_are_left_out() -> None:
    """A track that is not in the vocabulary has no tag."""
    playlists = Playlists.of(["u-rock"], [["gone", "x", "gone too"]])

    tags = tag_tracks(playlists, GENRES, np.array([-1, 1, -1]), np.array([0, 1]))

    assert tags.codes.tolist() == [-1, 0]


@pytest.mark.parametrize(
    ("tracks", "artists", "enough"), [(10, 5, True), (9, 5, False), (10, 4, False), (40, 40, True)]
)
def test_genre_needs_ten_tracks_by_five_artists(tracks: int, artists: int, *, enough: bool) -> None:
    """With fewer artists, the score would depend on each of them."""
    playlists = Playlists.of(["u-rock"], [[f"t{number}" for number in range(tracks)]])

    tags = tag_tracks(playlists, GENRES, np.arange(tracks), np.arange(tracks) % artists)

    assert (int(tags.tracks[0]), int(tags.artists[0])) == (tracks, artists)
    assert tags.has_enough_tracks(0) is enough


def test_support_is_not_raised_if_few_artists_remain() -> None:
    """Forty tracks in three rock playlists do not raise the support if they are all by one artist."""
    often = [f"o{number}" for number in range(40)]
    playlists = Playlists.of([f"u-rock {number}" for number in range(3)], [[*often, "once"], often, often])
    number_of = np.arange(41)

    one_artist = tag_tracks(playlists, GENRES, number_of, np.zeros(41, int))
    many = tag_tracks(playlists, GENRES, number_of, np.arange(41))

    assert (one_artist.support[0], many.support[0]) == (1, 3)
    assert one_artist.support_from_data
    assert not tag_tracks(playlists, GENRES, number_of, number_of, 2).support_from_data
