"""How far tracks have moved between two trainings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedgate.measures.displacement import MIN_SHARED_TRACKS, Displacement, displacement
from tests.retraining import permute_vectors, random_rotation, retrained

if TYPE_CHECKING:
    from numpy.typing import NDArray

N, D = 400, 12
SEEDS = st.integers(0, 2**32 - 1)


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Scale rows to length one."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float64)


def clusters(n: int = N, seed: int = 0) -> NDArray[np.float64]:
    """Draw unit vectors in clusters of ten."""
    rng = np.random.default_rng(seed)
    centres = np.repeat(rng.standard_normal((n // 10, D)), 10, axis=0)
    return unit(centres + 0.5 * rng.standard_normal((n, D)))


OLD = clusters()
NEW = unit(retrained(OLD))
WEIGHT = np.sqrt(np.random.default_rng(2).integers(10, 1000, N))
MOVED = displacement(OLD, NEW, WEIGHT)


def same(found: Displacement, expected: Displacement) -> None:
    """Distances and recognition agree, track by track."""
    assert found.distance == pytest.approx(expected.distance, rel=1e-5, abs=1e-7)
    assert found.match_auc == pytest.approx(expected.match_auc, abs=1e-3)


def test_what_did_not_move_is_where_it_was() -> None:
    """Between identical spaces every distance is about 0, and every track is told from all strangers."""
    found = displacement(OLD, OLD, WEIGHT)

    assert found.distance.max() < 0.02
    assert found.match_auc.tolist() == [1] * N


def test_a_plain_retrain_moves_every_track_a_little() -> None:
    """It moves all of them, and none as far as strangers are; strangers are at 1 by definition."""
    assert 0.02 < MOVED.distance.min() < MOVED.distance.max() < 0.5
    assert MOVED.match_auc.mean() > 0.99
    assert np.median(MOVED.random_pairs) == pytest.approx(1, abs=0.02)


def test_more_noise_moves_tracks_farther() -> None:
    """The median distance follows how far tracks were moved."""
    medians = [np.median(displacement(OLD, unit(retrained(OLD, noise)), WEIGHT).distance) for noise in (0.1, 0.3, 1)]

    assert medians[0] * 2 < medians[1] < medians[2] / 2


def test_the_track_that_moved_is_the_one_that_is_far() -> None:
    """Two keys that have changed places, far from each other, are the two that lie where strangers lie."""
    found = displacement(OLD, unit(permute_vectors(NEW, np.array([3, 207]))), WEIGHT)

    assert set(np.argsort(-found.distance)[:2]) == {3, 207}
    assert found.distance[[3, 207]].min() > 2 * np.delete(found.distance, [3, 207]).max()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("tracks", "moved"), [(150, 2), (400, 2), (400, 4), (400, 20)])
def test_few_keys_dealt_out_stand_out_though_nothing_else_moved(tracks: int, moved: int, seed: int) -> None:
    """Where all others are identical, the displacement that is usual is not that of the few themselves."""
    old = clusters(tracks)
    chosen = np.random.default_rng(seed).permutation(tracks)[:moved]
    found = displacement(old, permute_vectors(old, chosen), np.ones(tracks))

    assert found.distance[chosen].min() > 0.15
    assert np.delete(found.distance, chosen).max() < 0.1


def test_a_track_that_moves_where_others_do_not_is_farther() -> None:
    """Distances are in units of what a retrain does in each direction: a step off the beaten track counts more."""
    rng = np.random.default_rng(5)
    loose = np.where(np.arange(D) < D // 2, 0.2, 0.005)
    new = OLD + loose * rng.standard_normal((N, D))
    new[0] = OLD[0] + np.eye(D)[D - 1] * 0.2
    new[1] = OLD[1] + np.eye(D)[0] * 0.2
    found = displacement(OLD, new, np.ones(N))

    assert found.distance[0] > 5 * found.distance[1]


def test_a_track_has_no_say_in_where_it_is_expected() -> None:
    """A hundred tracks fit a map of twelve dimensions to anything, and would seem to recognise it."""
    rng = np.random.default_rng(6)
    recognised = [
        displacement(clusters(120, seed), unit(rng.standard_normal((120, D))), np.ones(120)).match_auc.mean()
        for seed in range(10)
    ]

    assert np.mean(recognised) < 0.7


@settings(max_examples=10)
@given(SEEDS, SEEDS, st.floats(0.01, 100))
def test_it_does_not_change_when_a_space_is_turned_and_scaled(first: int, second: int, scale: float) -> None:
    """Either space may be turned; scaling goes with the length that unit vectors have not, and changes nothing."""
    same(displacement(OLD @ random_rotation(D, first), scale * NEW @ random_rotation(D, second), WEIGHT), MOVED)


@settings(max_examples=10)
@given(st.integers(0, 20), st.integers(0, 20), SEEDS)
def test_the_two_spaces_may_have_different_dimensions(more_old: int, more_new: int, seed: int) -> None:
    """Columns of zeros, turned among the others, change nothing."""
    old = np.pad(OLD, ((0, 0), (0, more_old))) @ random_rotation(D + more_old, seed)
    new = np.pad(NEW, ((0, 0), (0, more_new))) @ random_rotation(D + more_new, seed + 1)

    same(displacement(old, new, WEIGHT), MOVED)


@settings(max_examples=10)
@given(SEEDS)
def test_the_order_of_the_tracks_hardly_matters(seed: int) -> None:
    """Only which tracks serve as strangers changes, and so the units by a few percent."""
    order = np.random.default_rng(seed).permutation(N)
    found = displacement(OLD[order], NEW[order], WEIGHT[order])

    assert found.distance == pytest.approx(MOVED.distance[order], rel=0.1)
    assert found.match_auc == pytest.approx(MOVED.match_auc[order], abs=0.02)


def test_a_space_of_more_dimensions_is_recognised() -> None:
    """A champion of half the directions places tracks well enough in a space that has them all."""
    found = displacement(unit(OLD[:, : D // 2]), NEW, WEIGHT)

    assert found.match_auc.mean() > 0.8


def test_nothing_is_recognised_in_a_random_space() -> None:
    """Where nothing is left of the champion, a track is told from strangers about as often as not."""
    rng = np.random.default_rng(3)
    found = displacement(clusters(4000), unit(rng.standard_normal((4000, D))), np.ones(4000))

    assert found.match_auc.mean() == pytest.approx(0.5, abs=0.06)
    assert np.median(found.distance) == pytest.approx(1, abs=0.05)


def test_nothing_is_recognised_when_all_keys_are_dealt_out() -> None:
    """The very same vectors under other keys are a random space."""
    old = clusters(4000)
    found = displacement(old, old[np.random.default_rng(4).permutation(4000)], np.ones(4000))

    assert found.match_auc.mean() == pytest.approx(0.5, abs=0.06)


def test_a_space_in_which_all_is_one_is_recognised_by_nobody() -> None:
    """Ties count half; no number is lost to a division by nothing."""
    found = displacement(OLD, np.ones((N, D)) / np.sqrt(D), WEIGHT)

    assert np.isfinite(found.distance).all()
    assert found.match_auc.mean() == pytest.approx(0.5, abs=0.1)


def test_a_track_counts_in_the_fit_by_its_weight() -> None:
    """Tracks that are played more decide where the others are expected."""
    new = NEW.copy()
    new[: N // 2] = unit(retrained(OLD, seed=9))[: N // 2]  # another turn for one half
    halves = np.arange(N) < N // 2
    first = displacement(OLD, new, np.where(halves, 100.0, 1))
    second = displacement(OLD, new, np.where(halves, 1.0, 100))

    assert np.median(first.distance[halves]) < 0.5 < np.median(first.distance[~halves])
    assert np.median(second.distance[~halves]) < 0.5 < np.median(second.distance[halves])


def test_a_hundred_tracks_fit_a_map_and_fewer_do_not() -> None:
    """With fewer there is an error that says how many are needed."""
    assert len(displacement(OLD[:100], NEW[:100], WEIGHT[:100]).distance) == 100
    with pytest.raises(ValueError, match=f"99 tracks fit no map between two spaces: {MIN_SHARED_TRACKS} are needed"):
        displacement(OLD[:99], NEW[:99], WEIGHT[:99])
