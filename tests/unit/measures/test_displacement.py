"""Displacement of tracks between two trainings."""

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
    """Scale rows to unit norm."""
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


def assert_same(found: Displacement, expected: Displacement) -> None:
    """Assert that distances and match AUC agree, track by track."""
    assert found.distance == pytest.approx(expected.distance, rel=1e-5, abs=1e-7)
    assert found.match_auc == pytest.approx(expected.match_auc, abs=1e-3)


def test_identical_spaces_have_no_displacement() -> None:
    """Every distance is about 0, and every match AUC 1."""
    found = displacement(OLD, OLD, WEIGHT)

    assert found.distance.max() < 0.02
    assert found.match_auc.tolist() == [1] * N


def test_retrain_displaces_every_track_slightly() -> None:
    """All displacements are smaller than that of random pairs, which is about 1."""
    assert 0.02 < MOVED.distance.min() < MOVED.distance.max() < 0.5
    assert MOVED.match_auc.mean() > 0.99
    assert np.median(MOVED.random_pairs) == pytest.approx(1, abs=0.02)


def test_displacement_grows_with_noise() -> None:
    """The median distance follows the noise."""
    medians = [np.median(displacement(OLD, unit(retrained(OLD, noise)), WEIGHT).distance) for noise in (0.1, 0.3, 1)]

    assert medians[0] * 2 < medians[1] < medians[2] / 2


def test_swapped_keys_have_the_largest_displacement() -> None:
    """The vectors of two distant keys are swapped."""
    found = displacement(OLD, unit(permute_vectors(NEW, np.array([3, 207]))), WEIGHT)

    assert set(np.argsort(-found.distance)[:2]) == {3, 207}
    assert found.distance[[3, 207]].min() > 2 * np.delete(found.distance, [3, 207]).max()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("tracks", "moved"), [(150, 2), (400, 2), (400, 4), (400, 20)])
def test_few_permuted_keys_stand_out_among_identical_vectors(tracks: int, moved: int, seed: int) -> None:
    """The permuted keys do not affect the estimate of the usual displacement."""
    old = clusters(tracks)
    chosen = np.random.default_rng(seed).permutation(tracks)[:moved]
    found = displacement(old, permute_vectors(old, chosen), np.ones(tracks))

    assert found.distance[chosen].min() > 0.15
    assert np.delete(found.distance, chosen).max() < 0.1


def test_displacement_is_relative_to_each_direction() -> None:
    """The same step counts more in a direction in which retraining changes little."""
    rng = np.random.default_rng(5)
    loose = np.where(np.arange(D) < D // 2, 0.2, 0.005)
    new = OLD + loose * rng.standard_normal((N, D))
    new[0] = OLD[0] + np.eye(D)[D - 1] * 0.2
    new[1] = OLD[1] + np.eye(D)[0] * 0.2
    found = displacement(OLD, new, np.ones(N))

    assert found.distance[0] > 5 * found.distance[1]


def test_track_is_left_out_of_its_own_fit() -> None:
    """A fit of 120 tracks to random vectors has a low match AUC, although it could fit them in-sample."""
    rng = np.random.default_rng(6)
    match_aucs = [
        displacement(clusters(120, seed), unit(rng.standard_normal((120, D))), np.ones(120)).match_auc.mean()
        for seed in range(10)
    ]

    assert np.mean(match_aucs) < 0.7


@settings(max_examples=10)
@given(SEEDS, SEEDS, st.floats(0.01, 100))
def test_displacement_is_invariant_to_rotation_and_scale(first: int, second: int, scale: float) -> None:
    """Both spaces are rotated, and one of them is scaled."""
    assert_same(
        displacement(OLD @ random_rotation(D, first), scale * NEW @ random_rotation(D, second), WEIGHT), MOVED
    )


@settings(max_examples=10)
@given(st.integers(0, 20), st.integers(0, 20), SEEDS)
def test_spaces_may_have_different_dimensions(more_old: int, more_new: int, seed: int) -> None:
    """Additional columns of zeros, rotated, change nothing."""
    old = np.pad(OLD, ((0, 0), (0, more_old))) @ random_rotation(D + more_old, seed)
    new = np.pad(NEW, ((0, 0), (0, more_new))) @ random_rotation(D + more_new, seed + 1)

    assert_same(displacement(old, new, WEIGHT), MOVED)


@settings(max_examples=10)
@given(SEEDS)
def test_order_of_tracks_has_little_effect(seed: int) -> None:
    """Only the sample of unrelated tracks changes."""
    order = np.random.default_rng(seed).permutation(N)
    found = displacement(OLD[order], NEW[order], WEIGHT[order])

    assert found.distance == pytest.approx(MOVED.distance[order], rel=0.1)
    assert found.match_auc == pytest.approx(MOVED.match_auc[order], abs=0.02)


def test_larger_space_is_matched() -> None:
    """A champion with half of the dimensions predicts the positions."""
    found = displacement(unit(OLD[:, : D // 2]), NEW, WEIGHT)

    assert found.match_auc.mean() > 0.8


def test_random_space_is_not_matched() -> None:
    """The match AUC of random vectors is 0.5."""
    rng = np.random.default_rng(3)
    found = displacement(clusters(4000), unit(rng.standard_normal((4000, D))), np.ones(4000))

    assert found.match_auc.mean() == pytest.approx(0.5, abs=0.06)
    assert np.median(found.distance) == pytest.approx(1, abs=0.05)


def test_permuted_space_is_not_matched() -> None:
    """The vectors are the same, but the keys are permuted."""
    old = clusters(4000)
    found = displacement(old, old[np.random.default_rng(4).permutation(4000)], np.ones(4000))

    assert found.match_auc.mean() == pytest.approx(0.5, abs=0.06)


def test_collapsed_space_is_not_matched() -> None:
    """Ties count half, and there is no division by zero."""
    found = displacement(OLD, np.ones((N, D)) / np.sqrt(D), WEIGHT)

    assert np.isfinite(found.distance).all()
    assert found.match_auc.mean() == pytest.approx(0.5, abs=0.1)


def test_fit_is_weighted() -> None:
    """Tracks with a higher weight determine the fitted map."""
    new = NEW.copy()
    new[: N // 2] = unit(retrained(OLD, seed=9))[: N // 2]  # another rotation for one half
    halves = np.arange(N) < N // 2
    first = displacement(OLD, new, np.where(halves, 100.0, 1))
    second = displacement(OLD, new, np.where(halves, 1.0, 100))

    assert np.median(first.distance[halves]) < 0.5 < np.median(first.distance[~halves])
    assert np.median(second.distance[~halves]) < 0.5 < np.median(second.distance[halves])


def test_fewer_than_hundred_tracks_are_rejected() -> None:
    """The message says how many are required."""
    assert len(displacement(OLD[:100], NEW[:100], WEIGHT[:100]).distance) == 100
    with pytest.raises(ValueError, match=f"99 tracks are too few to fit a map: {MIN_SHARED_TRACKS} are required"):
        displacement(OLD[:99], NEW[:99], WEIGHT[:99])
