"""The simulated playlists are reproducible and have the columns that the gate reads."""

from __future__ import annotations

import re
from itertools import pairwise

import pandas as pd
import pytest

from embedgate.demo.playlist_names import DECOYS
from embedgate.demo.playlists import simulate
from embedgate.demo.tracks import GENRES, load_tracks
from embedgate.material.genre_tags import match_genres

WORDS = {genre: [genre] for genre in GENRES} | {
    "rap": ["rap", "hip hop", "hip-hop"],
    "rnb": ["r&b", "rnb"],
    "electronic": ["electronic", "edm", "electro"],
}


@pytest.fixture(scope="module")
def playlists() -> pd.DataFrame:
    return simulate(1_000)


def test_frame_depends_on_the_seed_only(playlists: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(simulate(1_000), playlists)
    assert not simulate(1_000, seed=1)["track_test_y"].equals(playlists["track_test_y"])


@pytest.mark.parametrize("count", [0, 1, 7])
def test_number_of_playlists_is_as_requested(count: int) -> None:
    assert len(simulate(count)) == count


def test_columns_match_the_artifact_final_dataset(playlists: pd.DataFrame) -> None:
    assert list(playlists) == ["playlist_id", "artist_sequence", "track_sequence", "track_test_x", "track_test_y"]


def test_test_columns_hold_out_the_last_track(playlists: pd.DataFrame) -> None:
    for tracks, before, last in zip(
        playlists["track_sequence"], playlists["track_test_x"], playlists["track_test_y"], strict=True
    ):
        assert [*before, last] == tracks


def test_artists_belong_to_the_tracks(playlists: pd.DataFrame) -> None:
    artist_of = {track.key: track.artist for track in load_tracks()}

    for tracks, artists in zip(playlists["track_sequence"], playlists["artist_sequence"], strict=True):
        assert [artist_of[track] for track in tracks] == artists


def test_lengths_are_realistic_and_tracks_are_unique(playlists: pd.DataFrame) -> None:
    lengths = playlists["track_sequence"].map(len)

    assert lengths.max() <= 150
    assert 20 < lengths.median() < 35
    assert (playlists["track_sequence"].map(lambda tracks: len(set(tracks))) == lengths).all()


def test_playlists_have_at_least_five_tracks(playlists: pd.DataFrame) -> None:
    assert playlists["track_sequence"].map(len).min() >= 5


def test_ids_are_unique_and_start_with_a_user_name_without_dash(playlists: pd.DataFrame) -> None:
    ids = playlists["playlist_id"]

    assert ids.is_unique
    assert all(re.match(r"[a-z0-9]+_\d+-.", each) for each in ids)


def test_most_users_have_one_to_eight_playlists() -> None:
    """Few simulated listeners share a user name, so few users have more than eight playlists."""
    owned = simulate(1_000)["playlist_id"].str.partition("-")[0].value_counts()

    assert owned.max() <= 16
    assert (owned <= 8).mean() > 0.95


def test_about_four_in_ten_names_contain_a_genre_and_every_genre_occurs(playlists: pd.DataFrame) -> None:
    named = match_genres(list(playlists["playlist_id"].str.partition("-")[2]), WORDS)

    assert 0.3 < named.any(axis=1).mean() < 0.55
    assert (named.sum(axis=0) > 0).all()
    assert (named.sum(axis=1) > 1).any(), "some playlists name two genres"


def test_genre_in_the_name_is_mostly_the_genre_of_the_tracks(playlists: pd.DataFrame) -> None:
    """A few playlists are mislabelled."""
    genre_of = {track.key: track.genre for track in load_tracks()}
    named = match_genres(list(playlists["playlist_id"].str.partition("-")[2]), WORDS)
    agrees = [
        max(set(found), key=found.count) == GENRES[int(row.argmax())]
        for row, tracks in zip(named, playlists["track_sequence"], strict=True)
        if row.sum() == 1 and (found := [genre_of[track] for track in tracks])
    ]

    assert 0.85 < sum(agrees) / len(agrees) < 1


def test_decoys_occur_and_match_no_genre(playlists: pd.DataFrame) -> None:
    names = playlists["playlist_id"].str.partition("-")[2]

    assert names.isin(DECOYS).sum() >= 20
    assert not match_genres(list(DECOYS), WORDS).any()
    assert any(genre in decoy for genre in ("rap", "rock", "pop") for decoy in DECOYS)


def test_names_contain_dashes_and_emoji(playlists: pd.DataFrame) -> None:
    names = playlists["playlist_id"].str.partition("-")[2]

    assert names.str.contains("-", regex=False).any()
    assert (~names.map(str.isascii)).any()


def test_consecutive_tracks_share_an_artist_more_often_than_chance(playlists: pd.DataFrame) -> None:
    together = apart = pairs = 0
    for artists in playlists["artist_sequence"]:
        half = len(artists) // 2
        together += sum(one == other for one, other in pairwise(artists[: half + 1]))
        apart += sum(one == other for one, other in zip(artists[:half], artists[half:], strict=False))
        pairs += half

    assert together / pairs > 2 * apart / pairs


def test_long_tail_adds_tracks_of_low_popularity() -> None:
    catalogue = {track.key for track in load_tracks()}

    plays = simulate(1_000, long_tail=3_000)["track_sequence"].explode().value_counts()

    tail = plays[~plays.index.isin(catalogue)]
    assert 1_500 < len(tail) <= 3_000
    assert tail.median() < plays[plays.index.isin(catalogue)].median()
    assert tail.index.str.startswith("Invented Artist").all()


def test_without_long_tail_every_track_is_in_the_catalogue(playlists: pd.DataFrame) -> None:
    assert set(playlists["track_sequence"].explode()) <= {track.key for track in load_tracks()}
