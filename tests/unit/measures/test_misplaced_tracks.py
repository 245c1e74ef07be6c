"""Misplaced tracks."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.measures.displacement import Displacement, displacement
from embedgate.measures.misplaced_tracks import (
    misplaced_probability,
    popularity_groups,
    popularity_matched_quantiles,
)
from tests.retraining import permute_vectors, retrained

if TYPE_CHECKING:
    from numpy.typing import NDArray

N, D = 2000, 16
PLAYS = np.random.default_rng(7).integers(10, 500, N)


def clusters(seed: int = 0) -> NDArray[np.float64]:
    """Return random vectors in clusters of ten."""
    rng = np.random.default_rng(seed)
    return np.asarray(np.repeat(rng.standard_normal((N // 10, D)), 10, axis=0) + 0.5 * rng.standard_normal((N, D)))


def unit(vectors: NDArray[np.floating]) -> NDArray[np.floating]:
    """Scale rows to unit norm."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


OLD = clusters()


def ten_nearest(vectors: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return the ten nearest neighbours of each row by cosine, shape (n, 10)."""
    cosine = unit(vectors) @ unit(vectors).T
    np.fill_diagonal(cosine, -np.inf)
    return np.argpartition(-cosine, 10, axis=1)[:, :10]


def kept_by(new: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return how many of its ten nearest neighbours each track keeps, shape (n,)."""
    near = zip(ten_nearest(OLD), ten_nearest(new), strict=True)
    return np.array([len(np.intersect1d(before, now)) for before, now in near])


def misplaced_in(new: NDArray[np.floating]) -> set[int]:
    """Return the numbers of the tracks that are more likely misplaced than not."""
    moved = displacement(unit(OLD), unit(new), np.sqrt(PLAYS))
    return set(np.flatnonzero(misplaced_probability(moved, PLAYS, kept_by(new)) > 0.5).tolist())


@pytest.mark.parametrize("noise", [0, 0.03, 0.15, 0.3])
@pytest.mark.parametrize("share", [0.01, 0.05])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_permuted_keys_are_found(share: float, noise: float, seed: int) -> None:
    """Nearly all permuted keys and almost no other keys are found, however far a retrain displaces tracks."""
    planted = np.random.default_rng(seed).permutation(N)[: round(share * N)]
    found = misplaced_in(permute_vectors(retrained(OLD, noise, seed) if noise else OLD, planted))

    right = len(found & set(planted.tolist()))
    assert right / len(found) >= 0.95
    assert right / len(planted) >= 0.95


@pytest.mark.parametrize("noise", [0, 0.03, 0.15, 0.3, 0.5])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_retrain_has_no_misplaced_track(noise: float, seed: int) -> None:
    """The noise of the retrain does not matter."""
    assert misplaced_in(retrained(OLD, noise, seed)) == set()


def test_identical_spaces_have_no_misplaced_track() -> None:
    """The model is compared with itself."""
    assert misplaced_in(OLD) == set()


def test_probability_grows_with_distance() -> None:
    """The probability is near 1 at the distances of random pairs."""
    rng = np.random.default_rng(0)
    distance = np.exp(rng.normal(np.log(0.1), 0.2, 500))
    distance[:5] = [0.1, 0.3, 0.6, 0.9, 1.2]
    random_pairs = np.exp(rng.normal(0, 0.2, 20_000))
    found = misplaced_probability(
        Displacement(distance, np.ones(500), random_pairs), np.full(500, 10), np.zeros(500, int)
    )

    assert np.all(np.diff(found[:5]) >= -1e-9)
    assert found[0] < 1e-6
    assert found[3:5].min() > 0.99


def test_small_displacement_is_not_misplaced() -> None:
    """A track is not misplaced even if its displacement is smaller than that of any retrained track."""
    rng = np.random.default_rng(0)
    distance = np.exp(rng.normal(np.log(0.4), 0.15, 500))
    distance[:3] = [0, 1e-9, 0.01]
    random_pairs = np.concatenate([np.exp(rng.normal(0, 0.3, 20_000)), np.full(200, 0.01)])
    found = misplaced_probability(
        Displacement(distance, np.ones(500), random_pairs), np.full(500, 10), np.zeros(500, int)
    )

    assert found[:3].max() < 0.01


def test_distance_beyond_all_random_pairs_is_misplaced() -> None:
    """No retrained track is displaced that far."""
    moved = displacement(unit(OLD), unit(retrained(OLD)), np.sqrt(PLAYS))
    distance, kept = moved.distance.copy(), kept_by(retrained(OLD))
    distance[0], kept[0] = 50, 0

    assert misplaced_probability(replace(moved, distance=distance), PLAYS, kept)[0] > 0.99


def test_track_displaced_with_its_neighbours_is_not_misplaced() -> None:
    """An album may be displaced together with its neighbours."""
    rng = np.random.default_rng(0)
    distance = np.exp(rng.normal(np.log(0.4), 0.2, 500))
    distance[:2] = 0.85
    kept = rng.binomial(10, 0.6, 500)
    kept[:2] = 6, 0
    random_pairs = np.exp(rng.normal(0, 0.2, 20_000))
    found = misplaced_probability(Displacement(distance, np.ones(500), random_pairs), np.full(500, 10), kept)

    assert found[0] < 0.1
    assert found[1] > 0.9


def test_track_that_agrees_with_its_playlists_is_not_misplaced() -> None:
    """Of two tracks with equal distance and one kept neighbour, only one is close to the tracks of its playlists."""
    rng = np.random.default_rng(0)
    distance = np.exp(rng.normal(np.log(0.4), 0.2, 500))
    distance[:3] = 0.9
    kept = rng.binomial(10, 0.6, 500)
    kept[:3] = 1
    agreement = 1 - 0.05 * rng.random(500)
    agreement[:3] = 0.99, 0.4, np.nan
    random_pairs = np.exp(rng.normal(0, 0.2, 20_000))
    moved = Displacement(distance, np.ones(500), random_pairs)
    found = misplaced_probability(moved, np.full(500, 10), kept, agreement)
    alone = misplaced_probability(moved, np.full(500, 10), kept)

    assert found[0] < 0.1
    assert found[1] > 0.9
    assert (alone[:3] > 0.9).all()
    assert found[3:].max() < 0.01


def test_tracks_whose_playlists_are_new_are_not_misplaced() -> None:
    """They are as far away as random pairs and keep no neighbour, and all of them are close to their playlists."""
    rng = np.random.default_rng(0)
    n, few = 2_000, 40
    distance = np.exp(rng.normal(np.log(0.1), 0.2, n))
    kept = rng.binomial(10, 0.8, n)
    agreement = 1 - 0.05 * rng.random(n)
    random_pairs = np.exp(rng.normal(0, 0.2, 20_000))
    distance[: 2 * few] = rng.choice(random_pairs, 2 * few)
    kept[: 2 * few] = 0
    agreement[few : 2 * few] = rng.random(few)  # half of them are misplaced
    found = misplaced_probability(Displacement(distance, np.ones(n), random_pairs), np.full(n, 10), kept, agreement)

    assert (found[:few] < 0.5).all()
    assert (found[few : 2 * few] > 0.5).mean() >= 0.9
    assert found[2 * few :].max() < 0.01


def test_misplaced_tracks_are_found_if_the_agreement_tells_nothing() -> None:
    """The agreement of retrained tracks is at chance level, as that of misplaced ones."""
    rng = np.random.default_rng(0)
    n, few = 2_000, 40
    distance = np.exp(rng.normal(np.log(0.1), 0.2, n))
    kept = rng.binomial(10, 0.8, n)
    random_pairs = np.exp(rng.normal(0, 0.2, 20_000))
    distance[:few], kept[:few] = rng.choice(random_pairs, few), 0
    found = misplaced_probability(
        Displacement(distance, np.ones(n), random_pairs), np.full(n, 10), kept, rng.random(n)
    )

    assert (found[:few] > 0.5).mean() >= 0.9


def test_misplaced_tracks_are_found_among_stable_rare_tracks() -> None:
    """Most tracks have one or two plays and a small displacement."""
    rng = np.random.default_rng(0)
    plays = rng.choice([1, 2, 3, 8], N, p=[0.5, 0.3, 0.15, 0.05])
    planted = rng.permutation(N)[:40]
    new = permute_vectors(retrained(OLD), planted)
    moved = displacement(unit(OLD), unit(new), np.sqrt(plays))
    found = set(np.flatnonzero(misplaced_probability(moved, plays, kept_by(new)) > 0.5).tolist())

    assert len(found & set(planted.tolist())) >= 0.95 * 40
    assert len(found - set(planted.tolist())) <= 1


def test_most_displaced_rare_track_of_a_retrain_is_not_misplaced() -> None:
    """Tracks with equal plays are one group."""
    rng = np.random.default_rng(0)
    distance = np.exp(rng.normal(np.log(0.45), 0.3, 3_000))
    kept = rng.binomial(10, 0.8, 3_000)
    random_pairs = np.exp(rng.normal(0, 0.2, 20_000))
    found = misplaced_probability(Displacement(distance, np.ones(3_000), random_pairs), np.ones(3_000, int), kept)

    assert found.max() < 0.5


@given(st.lists(st.integers(0, 40), min_size=1, max_size=900))
def test_popularity_groups_keep_equal_plays_together(plays: list[int]) -> None:
    """Each track is in one group, and the groups are ordered by plays."""
    groups = popularity_groups(np.array(plays))

    assert sorted(np.concatenate(groups).tolist()) == list(range(len(plays)))
    plays_of = [{plays[track] for track in group} for group in groups]
    assert all(max(low) < min(high) for low, high in pairwise(plays_of))
    assert len(groups) == 1 or min(map(len, groups)) >= 200


def test_quantiles_use_at_least_a_hundred_tracks_of_similar_popularity() -> None:
    """Tracks with equal plays stay together; if there are fewer than a hundred tracks, all are used."""
    plays = np.repeat([1, 2, 50, 60], [300, 40, 40, 70])
    values = plays.astype(float)
    low, median = popularity_matched_quantiles(values, plays)

    assert (low[0], median[0]) == (1, 1)
    assert median[310] == 1  # 40 tracks with two plays are too few: those with one play are added
    assert set(median[340:].tolist()) <= {50.0, 60.0}
    assert popularity_matched_quantiles(values[300:340], plays[300:340])[1].tolist() == [2.0] * 40


def test_tracks_are_compared_with_tracks_of_similar_popularity() -> None:
    """A displacement that is usual for a rare track means that a popular track is misplaced."""
    rng = np.random.default_rng(0)
    rare = np.arange(N) < N // 2
    plays = np.where(rare, 10, 1000)
    distance = np.exp(rng.normal(np.where(rare, np.log(0.5), np.log(0.05)), 0.15))
    distance[[0, N - 1]] = 0.55
    random_pairs = np.exp(rng.normal(0, 0.25, 50_000))
    found = misplaced_probability(Displacement(distance, np.ones(N), random_pairs), plays, np.zeros(N, int))

    assert found[0] < 0.5 < found[N - 1]


def test_probabilities_are_between_0_and_1_if_all_keys_are_permuted() -> None:
    """No track stands out in this case, which the match AUC detects."""
    new = OLD[np.random.default_rng(1).permutation(N)]
    found = misplaced_probability(displacement(unit(OLD), unit(new), np.sqrt(PLAYS)), PLAYS, kept_by(new))

    assert np.isfinite(found).all()
    assert 0 <= found.min() <= found.max() <= 1
