"""The sample of tracks on the t-SNE map, and the layout of the map."""

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
    """Return tags with the given genre numbers."""
    ones = np.ones(genres, np.int64)
    return GenreTags(tuple("abcdef"[:genres]), np.array(codes, np.int16), ones, False, ones, ones)


def distinct(n: int) -> NDArray[np.float32]:
    """Return n different unit vectors, shape (n, 2)."""
    angles = np.linspace(0, 1, n)
    return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def test_three_quarters_of_the_map_are_shared_equally_by_the_genres() -> None:
    """Of 40 places, each of three genres gets ten for its most played tracks; untagged tracks get the rest."""
    codes = [0] * 50 + [1] * 20 + [2] * 30 + [-1] * 100
    plays = np.arange(200)

    chosen = sample_for_map(40, plays, tags_of(codes, 3), distinct(200))

    assert chosen.tolist() == [*range(40, 50), *range(60, 70), *range(90, 100), *range(190, 200)]


def test_unused_places_of_a_small_genre_go_to_larger_genres() -> None:
    """A genre of two tracks uses two places, whatever the order of the genres."""
    codes = [0] * 50 + [1] * 2 + [2] * 50 + [-1] * 50
    plays = np.array([1] * 102 + [2] * 50)

    chosen = sample_for_map(40, plays, tags_of(codes, 3), distinct(152))

    counts = [sum(codes[track] == code for track in chosen) for code in (0, 1, 2, -1)]
    assert counts == [14, 2, 14, 10]


def test_untagged_places_are_filled_with_tagged_tracks() -> None:
    """The map keeps its size if there are only two untagged tracks."""
    chosen = sample_for_map(40, np.zeros(60, int), tags_of([0] * 30 + [1] * 28 + [-1] * 2, 2), distinct(60))

    assert len(chosen) == 40
    assert len(set(chosen.tolist())) == 40


@pytest.mark.parametrize("genres", [0, 2])
def test_small_vocabulary_is_on_the_map_completely(genres: int) -> None:
    """With and without genres, each track is chosen once, in ascending order."""
    assert sample_for_map(100, np.arange(20), tags_of([-1] * 20, genres), distinct(20)).tolist() == list(range(20))


def test_only_the_most_played_of_identical_vectors_is_chosen() -> None:
    """Identical vectors would look like a cluster."""
    unit = distinct(20)
    unit[[3, 7, 11]] = unit[0]
    plays = np.zeros(20, int)
    plays[7] = 5

    chosen = sample_for_map(100, plays, tags_of([-1] * 20, 1), unit)

    assert set(range(20)) - set(chosen.tolist()) == {0, 3, 11}


@pytest.mark.parametrize("tracks", [0, 1, 11])
def test_too_few_tracks_have_no_map(tracks: int) -> None:
    """Fewer than twelve tracks have no map, which is not an error."""
    assert lay_out(np.arange(tracks), distinct(max(tracks, 1))[:tracks]) is None


@pytest.fixture(scope="module")
def layout(model: ModelUnderTest) -> TrackMap:
    """The map of the sound sample."""
    found = model.map
    assert found is not None
    return found


def test_layout_of_sound_model_converges(layout: TrackMap) -> None:
    """The layout has the requested size and contains finite positions only."""
    assert layout.converged
    assert (len(layout.tracks), layout.positions.shape, layout.perplexity) == (200, (200, 2), 30)
    assert np.isfinite(layout.positions).all()
    assert layout.divergence > 0
    assert (np.diff(layout.tracks) > 0).all()


def test_layout_is_reproducible(model: ModelUnderTest, layout: TrackMap) -> None:
    """Two layouts of the same tracks are exactly equal."""
    again = lay_out(layout.tracks, model.unit[layout.tracks])

    assert again is not None
    np.testing.assert_array_equal(again.positions, layout.positions)
    assert again.divergence == layout.divergence


def test_two_clusters_stay_separate_on_the_map() -> None:
    """There are fifteen tracks around each of two directions; nearest neighbours on the map share their cluster."""
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
