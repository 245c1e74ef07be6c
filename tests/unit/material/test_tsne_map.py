"""The sample of tracks on the map, and its layout."""

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
    return GenreTags(tuple("abcdef"[:genres]), np.array(codes, np.int16), ones, False, ones)


def distinct(n: int) -> NDArray[np.float32]:
    """n different unit vectors."""
    angles = np.linspace(0, 1, n)
    return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def test_three_quarters_are_tagged_with_equal_genres() -> None:
    """Of 40 places, three genres have ten each, the most played first; the most played others have the rest."""
    codes = [0] * 50 + [1] * 20 + [2] * 30 + [-1] * 100
    plays = np.arange(200)

    chosen = sample_for_map(40, plays, tags_of(codes, 3), distinct(200))

    assert chosen.tolist() == [*range(40, 50), *range(60, 70), *range(90, 100), *range(190, 200)]


def test_places_of_a_small_genre_go_to_others() -> None:
    """A genre of two tracks leaves its places to larger ones, whatever their order."""
    codes = [0] * 50 + [1] * 2 + [2] * 50 + [-1] * 50
    plays = np.array([1] * 102 + [2] * 50)

    chosen = sample_for_map(40, plays, tags_of(codes, 3), distinct(152))

    counts = [sum(codes[track] == code for track in chosen) for code in (0, 1, 2, -1)]
    assert counts == [14, 2, 14, 10]


def test_untagged_places_are_filled_with_tagged_tracks() -> None:
    """With hardly an untagged track, the map has the same size."""
    chosen = sample_for_map(40, np.zeros(60, int), tags_of([0] * 30 + [1] * 28 + [-1] * 2, 2), distinct(60))

    assert len(chosen) == 40
    assert len(set(chosen.tolist())) == 40


@pytest.mark.parametrize("genres", [0, 2])
def test_small_vocabulary_is_used_completely(genres: int) -> None:
    """Fewer tracks than places, with genres and without: each once, ascending."""
    assert sample_for_map(100, np.arange(20), tags_of([-1] * 20, genres), distinct(20)).tolist() == list(range(20))


def test_only_most_played_of_identical_vectors_is_chosen() -> None:
    """Identical vectors would look like a cluster."""
    unit = distinct(20)
    unit[[3, 7, 11]] = unit[0]
    plays = np.zeros(20, int)
    plays[7] = 5

    chosen = sample_for_map(100, plays, tags_of([-1] * 20, 1), unit)

    assert set(range(20)) - set(chosen.tolist()) == {0, 3, 11}


@pytest.mark.parametrize("tracks", [0, 1, 11])
def test_too_few_tracks_have_no_map(tracks: int) -> None:
    """Under a dozen tracks: no map, and no error."""
    assert lay_out(np.arange(tracks), distinct(max(tracks, 1))[:tracks]) is None


@pytest.fixture(scope="module")
def layout(model: ModelUnderTest) -> TrackMap:
    """The map of the sound sample."""
    found = model.map
    assert found is not None
    return found


def test_layout_of_sound_model_converges(layout: TrackMap) -> None:
    """It has the requested size and is centred at the origin."""
    assert layout.converged
    assert (len(layout.tracks), layout.positions.shape, layout.perplexity) == (200, (200, 2), 30)
    assert np.isfinite(layout.positions).all()
    assert layout.divergence > 0
    assert (np.diff(layout.tracks) > 0).all()


def test_layout_is_reproducible(model: ModelUnderTest, layout: TrackMap) -> None:
    """Two layouts are equal, number by number."""
    again = lay_out(layout.tracks, model.unit[layout.tracks])

    assert again is not None
    np.testing.assert_array_equal(again.positions, layout.positions)
    assert again.divergence == layout.divergence


def test_two_clusters_stay_separate_on_the_map() -> None:
    """Fifteen tracks around each of two directions: all nearest neighbours on the map are of the own cluster."""
    rng = np.random.default_rng(0)
    cluster = np.arange(30) % 2
    unit = np.eye(8, dtype=np.float32)[cluster] + 0.05 * rng.standard_normal((30, 8)).astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)

    found = lay_out(np.arange(30), unit)

    assert found is not None
    assert found.perplexity == pytest.approx(29 / 3)
    away = np.linalg.norm(found.positions[:, None] - found.positions[None], axis=2)
    np.fill_diagonal(away, np.inf)
    np.testing.assert_array_equal(cluster[away.argmin(axis=1)], cluster)
