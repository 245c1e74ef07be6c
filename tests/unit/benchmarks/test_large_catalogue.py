"""The simulated large catalogue is consistent, reproducible and learnable."""

from __future__ import annotations

import numpy as np
import pytest

import embedgate
from benchmarks.large_catalogue import LargeCatalogue, simulate
from embedgate.demo.tracks import GENRES
from embedgate.material.genre_tags import match_genres
from embedgate.material.neighbours import neighbour_graph


@pytest.fixture(scope="module")
def made() -> LargeCatalogue:
    return simulate(4_000, dimensions=24)


def test_values_depend_on_the_arguments_only(made: LargeCatalogue) -> None:
    again = simulate(4_000, dimensions=24)

    assert again.keys.equals(made.keys)
    assert again.playlist_ids.equals(made.playlist_ids)
    np.testing.assert_array_equal(again.plays, made.plays)
    np.testing.assert_array_equal(again.vectors(1), made.vectors(1))
    assert not np.array_equal(simulate(4_000, dimensions=24, seed=1).plays[:100], made.plays[:100])


@pytest.mark.parametrize(("tracks", "plays"), [(1_000, 1), (2_000, 777), (1_000, 60_000)])
def test_sizes_are_as_requested(tracks: int, plays: int) -> None:
    """The last playlist may exceed the number of plays."""
    made = simulate(tracks, plays, dimensions=8)

    assert made.positions.shape == (tracks, 8)
    assert len(made.keys) == tracks
    assert plays <= len(made.plays) < plays + 150
    assert len(made.playlists()) == len(made.playlist_ids)


@pytest.mark.parametrize(("tracks", "plays"), [(999, None), (1_000, 0)])
def test_too_small_catalogue_is_an_error(tracks: int, plays: int | None) -> None:
    with pytest.raises(ValueError, match="at least 1000 tracks and one play are required"):
        simulate(tracks, plays)


def test_columns_are_consistent(made: LargeCatalogue) -> None:
    assert len(set(made.keys.to_pylist())) == len(made.keys) == len(made.artist) == len(made.genre)
    assert len(set(made.playlist_ids.to_pylist())) == len(made.playlist_ids) == len(made.offsets) - 1
    assert made.offsets[0] == 0
    assert made.offsets[-1] == len(made.plays)
    assert set(np.unique(made.genre)) == set(range(len(GENRES)))
    assert made.plays.min() >= 0
    assert made.plays.max() < len(made.keys)
    artists = made.artists.to_pylist()
    for track, key in enumerate(made.keys.to_pylist()):
        assert key.startswith(f"{artists[made.artist[track]]}-")


def test_playlists_have_5_to_150_distinct_tracks(made: LargeCatalogue) -> None:
    lengths = np.diff(made.offsets)

    assert lengths.min() >= 5
    assert lengths.max() <= 150
    assert 15 < np.median(lengths) < 30
    for start, stop in zip(made.offsets[:200], made.offsets[1:201], strict=True):
        assert len(set(made.plays[start:stop].tolist())) == stop - start


def test_popularity_has_a_long_tail(made: LargeCatalogue) -> None:
    plays = np.sort(np.bincount(made.plays, minlength=len(made.keys)))[::-1]

    assert plays[: len(plays) // 10].sum() > 0.25 * plays.sum()
    assert (plays > 0).mean() > 0.95


def test_frame_contains_the_columns_that_embedgate_reads(made: LargeCatalogue) -> None:
    """Each cell is the list of keys or artists of its playlist."""
    frame = made.playlists()

    keys, artists = made.keys.to_pylist(), made.artists.to_pylist()
    assert len(frame) == len(made.playlist_ids)
    for number in (0, 1, len(frame) // 2, len(frame) - 1):
        tracks = made.plays[made.offsets[number] : made.offsets[number + 1]]
        cells = frame.iloc[number]
        assert cells["playlist_id"] == made.playlist_ids[number].as_py()
        assert list(cells["track_sequence"]) == [keys[track] for track in tracks]
        assert list(cells["artist_sequence"]) == [artists[made.artist[track]] for track in tracks]
        assert [*cells["track_test_x"], cells["track_test_y"]] == list(cells["track_sequence"])


def test_names_mostly_contain_the_genre_of_the_tracks(made: LargeCatalogue) -> None:
    named = match_genres(made.playlist_ids.to_pylist(), {genre: [genre] for genre in GENRES})
    majority = [
        int(np.bincount(made.genre[made.plays[start:stop]], minlength=len(GENRES)).argmax())
        for start, stop in zip(made.offsets[:-1], made.offsets[1:], strict=True)
    ]
    single = named.sum(axis=1) == 1

    assert 0.2 < single.mean() < 0.5
    assert 0.9 < (named[single].argmax(axis=1) == np.array(majority)[single]).mean() < 1


def test_trainings_agree_up_to_a_rotation(made: LargeCatalogue) -> None:
    """A retrain shares no coordinate with the champion, but most neighbours."""
    one, other = made.vectors(0), made.vectors(1)
    unit = [each / np.linalg.norm(each, axis=1, keepdims=True) for each in (one, other)]
    first, second = (neighbour_graph(each, 10).indices for each in unit)
    shared = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(first.tolist(), second.tolist(), strict=True)])

    assert abs(np.sum(unit[0] * unit[1], axis=1).mean()) < 0.2
    assert 0.5 < shared < 0.95
    left, _, right = np.linalg.svd(one.T @ other)
    aligned = one @ (left @ right)
    assert np.corrcoef(aligned.ravel(), other.ravel())[0, 1] > 0.9


def test_versions_of_a_song_share_a_position(made: LargeCatalogue) -> None:
    titles = made.keys.to_pylist()
    versions = [track for track, title in enumerate(titles) if title.endswith(" - Live")]

    assert len(versions) > 50
    for track in versions:
        assert titles[track] == f"{titles[track - 1]} - Live"
        np.testing.assert_array_equal(made.positions[track], made.positions[track - 1])


def test_gate_passes_a_sound_model_and_fails_shuffled_vectors(made: LargeCatalogue) -> None:
    """Consecutive tracks are close, genres are separated, and the champion comparison finds no difference."""
    keys, playlists = made.keys.to_pylist(), made.playlists()
    config = {"model": {"track_separator": "-"}, "genres": {"rock": ["rock"], "jazz": ["jazz"]}}

    sound = embedgate.evaluate((keys, made.vectors(1)), playlists, config=config, champion=(keys, made.vectors(0)))
    shuffled = np.random.default_rng(0).permutation(made.vectors(1))
    broken = embedgate.evaluate((keys, shuffled), playlists, config=config)

    assert sound.passed, sound.failures
    assert {"neighbours.co_listening", "separation.space[rock]"} <= {result.id for result in broken.failures}
