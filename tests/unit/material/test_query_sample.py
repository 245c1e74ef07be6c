"""Samples of queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedgate.material.neighbours import NeighbourSearch, neighbour_graph
from embedgate.material.query_sample import draw_queries, popularity_bins

if TYPE_CHECKING:
    from embedgate.material.query_sample import QuerySample

N = 20_000
KEYS = [f"track {number:05}" for number in range(N)]
PLAYS = (np.random.default_rng(0).pareto(1.0, N) * 3).astype(np.int64)


def drawn(budget: int | None = 2_000, seed: int = 0) -> QuerySample:
    """Return a sample of the tracks."""
    return draw_queries(KEYS, PLAYS, budget, seed)


@pytest.mark.parametrize("budget", [None, N, N + 1])
def test_all_tracks_are_queries_within_the_budget(budget: int | None) -> None:
    found = drawn(budget)

    assert found.complete
    np.testing.assert_array_equal(found.tracks, np.arange(N))
    assert set(found.weights) == {1.0}


@pytest.mark.parametrize("budget", [100, 1_000, 2_000, N - 1])
def test_sample_is_within_the_budget_and_stands_for_all_tracks(budget: int) -> None:
    """The weights of each stratum add up to its size."""
    found, bins = drawn(budget), popularity_bins(PLAYS)

    assert not found.complete
    assert budget - len(np.unique(bins)) <= len(found.tracks) <= budget
    assert (np.diff(found.tracks) > 0).all()
    totals = np.bincount(bins[found.tracks], found.weights, minlength=bins.max() + 1)
    np.testing.assert_allclose(totals, np.bincount(bins))


def test_each_stratum_has_a_hundred_tracks_or_all() -> None:
    bins = popularity_bins(PLAYS)

    queries = np.bincount(bins[drawn(4_000).tracks], minlength=bins.max() + 1)

    assert (queries >= np.minimum(100, np.bincount(bins))).all()


def test_draw_depends_on_keys_plays_and_seed_only() -> None:
    one, again, other = drawn(), drawn(), drawn(seed=1)
    renamed = draw_queries([key.title() for key in KEYS], PLAYS, 2_000)

    np.testing.assert_array_equal(one.tracks, again.tracks)
    assert not np.array_equal(one.tracks, other.tracks)
    assert not np.array_equal(one.tracks, renamed.tracks)


def test_mean_is_weighted() -> None:
    """The mean of a score that depends on the popularity alone is exact."""
    scores = np.sqrt(popularity_bins(PLAYS))
    found = drawn()

    assert found.mean(scores[found.tracks]) == pytest.approx(scores.mean())
    assert scores[found.tracks].mean() != pytest.approx(scores.mean(), abs=0.01)


def test_plays_are_binned_by_doubling() -> None:
    """The bins are 0, 1, 2 to 3, 4 to 7, and so on."""
    assert popularity_bins(np.array([0, 1, 2, 3, 4, 7, 8, 1024])).tolist() == [0, 1, 2, 2, 3, 3, 4, 11]


def test_search_finds_the_rows_of_the_whole_graph_and_each_once() -> None:
    vectors = np.random.default_rng(1).standard_normal((1_000, 8)).astype(np.float32)
    whole = neighbour_graph(vectors, 10)
    shares: list[float] = []
    search = NeighbourSearch(vectors, 10, shares.append)

    for numbers in (np.array([7, 3, 3]), np.array([3, 900, 7, 5]), np.arange(1_000), np.array([], np.intp)):
        found = search.of(numbers)
        np.testing.assert_array_equal(found.indices, whole.indices[numbers])
        np.testing.assert_array_equal(found.similarities, whole.similarities[numbers])
    searches = shares.count(1.0)
    search.of(np.arange(1_000))

    assert searches == shares.count(1.0) == 3
