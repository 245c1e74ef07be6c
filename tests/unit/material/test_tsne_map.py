"""The sample of the map, and its layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedgate.material.genre_tags import GenreTags
from embedgate.material.model import ModelUnderTest
from embedgate.material.tsne_map import TrackMap, lay_out, sample_for_map

if TYPE_CHECKING:
    from numpy.typing import NDArray


def tags_of(codes: list[int], genres: int) -> GenreTags:
    """Tags with the given genre numbers."""
    ones = np.ones(genres, np.int64)
    return GenreTags(tuple("abcdef"[:genres]), np.array(codes, np.int16), ones, False, ones, ones)


def apart(n: int) -> NDArray[np.float32]:
    """n different unit vectors."""
    angles = np.linspace(0, 1, n)
    return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def test_three_quarters_are_tagged_and_genres_share_alike() -> None:
    """Of 40 places 30 go to three genres, ten each, the most played first; the rest to the most played others."""
    codes = [0] * 50 + [1] * 20 + [2] * 30 + [-1] * 100
    plays = np.arange(200)

    chosen = sample_for_map(40, plays, tags_of(codes, 3), apart(200))

    assert chosen.tolist() == [*range(40, 50), *range(60, 70), *range(90, 100), *range(190, 200)]


def test_what_a_small_genre_leaves_the_others_take() -> None:
    """A genre of two tracks leaves its places to the larger ones, in whatever order they stand."""
    codes = [0] * 50 + [1] * 2 + [2] * 50 + [-1] * 50
    plays = np.array([1] * 102 + [2] * 50)

    chosen = sample_for_map(40, plays, tags_of(codes, 3), apart(152))

    counts = [sum(codes[track] == code for track in chosen) for code in (0, 1, 2, -1)]
    assert counts == [14, 2, 14, 10]


def test_untagged_places_are_filled_with_tagged_tracks() -> None:
    """Where hardly a track is untagged, the map is as large all the same."""
    chosen = sample_for_map(40, np.zeros(60, int), tags_of([0] * 30 + [1] * 28 + [-1] * 2, 2), apart(60))

    assert len(chosen) == 40
    assert len(set(chosen.tolist())) == 40


@pytest.mark.parametrize("genres", [0, 2])
def test_a_small_vocabulary_is_taken_whole(genres: int) -> None:
    """Fewer tracks than places, with genres and without: each once, ascending."""
    assert sample_for_map(100, np.arange(20), tags_of([-1] * 20, genres), apart(20)).tolist() == list(range(20))


def test_of_equal_vectors_the_most_played_stands_for_all() -> None:
    """Exact duplicates would be one false cluster: one of them is drawn."""
    unit = apart(20)
    unit[[3, 7, 11]] = unit[0]
    plays = np.zeros(20, int)
    plays[7] = 5

    chosen = sample_for_map(100, plays, tags_of([-1] * 20, 1), unit)

    assert set(range(20)) - set(chosen.tolist()) == {0, 3, 11}


@pytest.mark.parametrize("tracks", [0, 1, 11])
def test_too_few_tracks_make_no_map(tracks: int) -> None:
    """Under a dozen tracks there is no map, and no error."""
    assert lay_out(np.arange(tracks), apart(max(tracks, 1))[:tracks]) is None


@pytest.fixture(scope="module")
def layout(model: ModelUnderTest) -> TrackMap:
    """The map of the sound sample."""
    found = model.map
    assert found is not None
    return found


def test_a_sound_map_has_come_to_rest(layout: TrackMap) -> None:
    """The layout of a sound model has converged, holds what was asked for, and lies around the origin."""
    assert layout.converged
    assert (len(layout.tracks), layout.positions.shape, layout.perplexity) == (200, (200, 2), 30)
    assert np.isfinite(layout.positions).all()
    assert layout.divergence > 0
    assert (np.diff(layout.tracks) > 0).all()


def test_the_same_vectors_make_the_same_map(model: ModelUnderTest, layout: TrackMap) -> None:
    """Laid out twice, every position is equal, number by number."""
    again = lay_out(layout.tracks, model.unit[layout.tracks])

    assert again is not None
    np.testing.assert_array_equal(again.positions, layout.positions)
    assert again.divergence == layout.divergence


def test_two_blobs_are_two_blobs_on_the_map() -> None:
    """Fifteen tracks each around two directions: everybody's nearest on the map is of one's own blob."""
    rng = np.random.default_rng(0)
    blob = np.arange(30) % 2
    unit = np.eye(8, dtype=np.float32)[blob] + 0.05 * rng.standard_normal((30, 8)).astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)

    found = lay_out(np.arange(30), unit)

    assert found is not None
    assert found.perplexity == pytest.approx(29 / 3)
    away = np.linalg.norm(found.positions[:, None] - found.positions[None], axis=2)
    np.fill_diagonal(away, np.inf)
    np.testing.assert_array_equal(blob[away.argmin(axis=1)], blob)
