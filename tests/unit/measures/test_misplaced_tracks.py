"""Which tracks lie where strangers lie."""

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
    """Draw vectors in clusters of ten."""
    rng = np.random.default_rng(seed)
    return np.asarray(np.repeat(rng.standard_normal((N // 10, D)), 10, axis=0) + 0.5 * rng.standard_normal((N, D)))


def unit(vectors: NDArray[np.floating]) -> NDArray[np.floating]:
    """Scale rows to length one."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


OLD = clusters()


def ten_nearest(vectors: NDArray[np.floating]) -> NDArray[np.intp]:
    """Find the ten nearest of each row by cosine, itself left out."""
    cosine = unit(vectors) @ unit(vectors).T
    np.fill_diagonal(cosine, -np.inf)
    return np.argpartition(-cosine, 10, axis=1)[:, :10]


def kept_by(new: NDArray[np.floating]) -> NDArray[np.intp]:
    """Count the nearest that are as they were."""
    near = zip(ten_nearest(OLD), ten_nearest(new), strict=True)
    return np.array([len(np.intersect1d(before, now)) for before, now in near])


def called(new: NDArray[np.floating]) -> set[int]:
    """Numbers of the tracks that are more likely strangers than not."""
    moved = displacement(unit(OLD), unit(new), np.sqrt(PLAYS))
    return set(np.flatnonzero(misplaced_probability(moved, PLAYS, kept_by(new)) > 0.5).tolist())


@pytest.mark.parametrize("noise", [0, 0.03, 0.15, 0.3])
@pytest.mark.parametrize("share", [0.01, 0.05])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_planted_strangers_are_found(share: float, noise: float, seed: int) -> None:
    """Of keys that are dealt out anew, nearly all are called, and hardly any other: however much a retrain moves."""
    planted = np.random.default_rng(seed).permutation(N)[: round(share * N)]
    found = called(permute_vectors(retrained(OLD, noise, seed) if noise else OLD, planted))

    right = len(found & set(planted.tolist()))
    assert right / len(found) >= 0.95
    assert right / len(planted) >= 0.95


@pytest.mark.parametrize("noise", [0, 0.03, 0.15, 0.3, 0.5])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_where_none_is_planted_none_is_called(noise: float, seed: int) -> None:
    """A plain retrain breaks nobody, whether it moves tracks a hair or a lot; a rotation alone neither."""
    assert called(retrained(OLD, noise, seed)) == set()


def test_identical_spaces_have_no_stranger() -> None:
    """A model compared with itself: nobody has moved."""
    assert called(OLD) == set()


def test_a_stranger_is_one_by_its_distance_alone() -> None:
    """The farther a track has moved, the likelier it is a stranger; at the distance of strangers it surely is."""
    rng = np.random.default_rng(0)
    distance = np.exp(rng.normal(np.log(0.1), 0.2, 500))
    distance[:5] = [0.1, 0.3, 0.6, 0.9, 1.2]
    of_strangers = np.exp(rng.normal(0, 0.2, 20_000))
    found = misplaced_probability(
        Displacement(distance, np.ones(500), of_strangers), np.full(500, 10), np.zeros(500, int)
    )

    assert np.all(np.diff(found[:5]) >= -1e-9)
    assert found[0] < 1e-6
    assert found[3:5].min() > 0.99


def test_nobody_is_blamed_for_having_stayed() -> None:
    """A track that moved far less than all others do is no stranger, be it where no track was ever seen."""
    rng = np.random.default_rng(0)
    distance = np.exp(rng.normal(np.log(0.4), 0.15, 500))
    distance[:3] = [0, 1e-9, 0.01]
    of_strangers = np.concatenate([np.exp(rng.normal(0, 0.3, 20_000)), np.full(200, 0.01)])
    found = misplaced_probability(
        Displacement(distance, np.ones(500), of_strangers), np.full(500, 10), np.zeros(500, int)
    )

    assert found[:3].max() < 0.01


def test_what_is_farther_than_any_stranger_is_one() -> None:
    """Beyond the farthest pair of strangers there is no room for a retrain."""
    moved = displacement(unit(OLD), unit(retrained(OLD)), np.sqrt(PLAYS))
    distance, kept = moved.distance.copy(), kept_by(retrained(OLD))
    distance[0], kept[0] = 50, 0

    assert misplaced_probability(replace(moved, distance=distance), PLAYS, kept)[0] > 0.99


def test_what_moved_with_its_neighbours_is_no_stranger() -> None:
    """A few playlists may move an album as a whole: as far as strangers are, and yet in its own company."""
    rng = np.random.default_rng(0)
    distance = np.exp(rng.normal(np.log(0.4), 0.2, 500))
    distance[:2] = 0.85
    kept = rng.binomial(10, 0.6, 500)
    kept[:2] = 6, 0
    of_strangers = np.exp(rng.normal(0, 0.2, 20_000))
    found = misplaced_probability(Displacement(distance, np.ones(500), of_strangers), np.full(500, 10), kept)

    assert found[0] < 0.1
    assert found[1] > 0.9


def test_what_lies_where_its_playlists_are_is_not_misplaced() -> None:
    """Two tracks as far as random ones, with one old neighbour: one lies where its lists are."""
    rng = np.random.default_rng(0)
    distance = np.exp(rng.normal(np.log(0.4), 0.2, 500))
    distance[:3] = 0.9
    kept = rng.binomial(10, 0.6, 500)
    kept[:3] = 1
    home = 1 - 0.05 * rng.random(500)
    home[:3] = 0.99, 0.4, np.nan
    of_strangers = np.exp(rng.normal(0, 0.2, 20_000))
    moved = Displacement(distance, np.ones(500), of_strangers)
    found = misplaced_probability(moved, np.full(500, 10), kept, home)
    alone = misplaced_probability(moved, np.full(500, 10), kept)

    assert found[0] < alone[0] < found[1]
    assert found[1] > 0.99
    assert found[3:].max() < 0.01


def test_rare_tracks_that_are_stable_are_judged() -> None:
    """Most tracks are played once or twice and hardly move: planted strangers among them are found, and no other."""
    rng = np.random.default_rng(0)
    plays = rng.choice([1, 2, 3, 8], N, p=[0.5, 0.3, 0.15, 0.05])
    planted = rng.permutation(N)[:40]
    new = permute_vectors(retrained(OLD), planted)
    moved = displacement(unit(OLD), unit(new), np.sqrt(plays))
    found = set(np.flatnonzero(misplaced_probability(moved, plays, kept_by(new)) > 0.5).tolist())

    assert len(found & set(planted.tolist())) >= 0.95 * 40
    assert len(found - set(planted.tolist())) <= 1


def test_no_rare_track_of_a_retrain_is_named_for_having_moved_most() -> None:
    """With as many plays, tracks are one group: none is held against those that moved as far as itself."""
    rng = np.random.default_rng(0)
    distance = np.exp(rng.normal(np.log(0.45), 0.3, 3_000))
    kept = rng.binomial(10, 0.8, 3_000)
    of_strangers = np.exp(rng.normal(0, 0.2, 20_000))
    found = misplaced_probability(Displacement(distance, np.ones(3_000), of_strangers), np.ones(3_000, int), kept)

    assert found.max() < 0.5


@given(st.lists(st.integers(0, 40), min_size=1, max_size=900))
def test_tracks_with_as_many_plays_are_in_one_group(plays: list[int]) -> None:
    """Groups of like popularity hold every track once, ascending, and split no number of plays."""
    groups = popularity_groups(np.array(plays))

    assert sorted(np.concatenate(groups).tolist()) == list(range(len(plays)))
    held = [{plays[track] for track in group} for group in groups]
    assert all(max(low) < min(high) for low, high in pairwise(held))
    assert len(groups) == 1 or min(map(len, groups)) >= 200


def test_quantiles_are_those_of_the_next_in_popularity() -> None:
    """A hundred tracks of like popularity, whole numbers of plays at a time; all where there are fewer."""
    plays = np.repeat([1, 2, 50, 60], [300, 40, 40, 70])
    place = plays.astype(float)
    low, middle = popularity_matched_quantiles(place, plays)

    assert (low[0], middle[0]) == (1, 1)
    assert middle[310] == 1  # 40 tracks of two plays are too few, and one play is next
    assert set(middle[340:].tolist()) <= {50.0, 60.0}
    assert popularity_matched_quantiles(place[300:340], plays[300:340])[1].tolist() == [2.0] * 40


def test_tracks_are_held_against_tracks_of_like_popularity() -> None:
    """A rare track may move as far as all rare tracks do; one that is played often and moves that far may not."""
    rng = np.random.default_rng(0)
    rare = np.arange(N) < N // 2
    plays = np.where(rare, 10, 1000)
    distance = np.exp(rng.normal(np.where(rare, np.log(0.5), np.log(0.05)), 0.15))
    distance[[0, N - 1]] = 0.55
    strangers = np.exp(rng.normal(0, 0.25, 50_000))
    found = misplaced_probability(Displacement(distance, np.ones(N), strangers), plays, np.zeros(N, int))

    assert found[0] < 0.5 < found[N - 1]


def test_probabilities_are_some_though_all_keys_are_dealt_out() -> None:
    """Where all moved as far as strangers are, nobody stands out: recognition tells of it, not this."""
    new = OLD[np.random.default_rng(1).permutation(N)]
    found = misplaced_probability(displacement(unit(OLD), unit(new), np.sqrt(PLAYS)), PLAYS, kept_by(new))

    assert np.isfinite(found).all()
    assert 0 <= found.min() <= found.max() <= 1
