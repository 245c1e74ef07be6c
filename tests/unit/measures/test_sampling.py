"""Measures of a sample of queries, beside those of all tracks."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from benchmarks import sampling
from embedgate.material.model import ModelUnderTest
from embedgate.material.pair import ModelPair
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import champion, duplicates, hubs
from embedgate.measures.comparison import Comparison
from embedgate.measures.evidence import Evidence

N, BUDGET, SEEDS = 4_000, 1_000, 40
MISPLACED = 25


@cache
def whole() -> Comparison:
    """Return a comparison whose queries are all tracks; 25 tracks are misplaced."""
    return sampling.compared(N, 40_000, dimensions=16, misplaced=MISPLACED)


@cache
def sampled(seed: int) -> Comparison:
    """Return the same comparison with a sample of queries."""
    return sampling.sampled(whole(), BUDGET, seed)


@pytest.mark.parametrize("name", sampling.MEASURES)
def test_intervals_of_samples_contain_the_exact_value(name: str) -> None:
    """At least 95 % of forty do; intervals of a tenth of their width would not."""
    measure = sampling.MEASURES[name]
    exact = measure(whole()).value
    assert exact is not None

    measured = [measure(sampled(seed)) for seed in range(SEEDS)]
    low, high = np.array([each.interval for each in measured]).T
    values = np.array([each.value for each in measured], dtype=float)

    assert all(each.n < N for each in measured)
    assert ((low <= exact) & (exact <= high)).mean() >= 0.95
    if name != "geometry.antihubs":  # its interval has the bounds, and its value is only their middle
        assert abs(values.mean() - exact) < values.std()
        assert (np.abs(values - exact) < (high - low) / 20).mean() < 0.8


def test_misplaced_tracks_of_a_sample_are_those_of_all_queries() -> None:
    """Except those that are neither certainly misplaced nor certainly retrained, which the interval contains."""
    exact = whole().misplaced_probability
    certain = (exact >= 0.95) | (exact <= 0.05)

    assert len(whole().misplaced) >= MISPLACED - 2
    for seed in range(5):
        found, measured = sampled(seed), champion.misplaced(sampled(seed))
        np.testing.assert_array_equal(found.misplaced_probability[certain] > 0.5, exact[certain] > 0.5)
        assert measured.interval is not None
        assert measured.interval[0] <= len(whole().misplaced) <= measured.interval[1]


@pytest.mark.parametrize("broken", [False, True])
def test_neighbours_of_a_sample_and_of_suspects_are_searched(broken: bool) -> None:
    """A space that is broken as a whole has no more suspects than the sample has queries."""
    pair = whole().pair
    model = replace(pair.candidate, query_budget=BUDGET)
    if broken:
        vectors = np.array(model.unit)
        vectors[::3] = np.random.default_rng(3).permutation(vectors[::3])
        model = model.with_vectors(vectors)
    found = Comparison(ModelPair(model, pair.champion))

    count = champion.misplaced(found).value
    searched = vars(found.pair.new)["_search"]._graph.indices

    assert count is not None
    assert (count > N / 5) == broken
    assert len(model.queries.tracks) < len(searched) <= (2 if broken else 1.3) * BUDGET


def test_overlap_of_a_large_group_is_that_of_some_of_its_tracks() -> None:
    """It is compared with the mean of tracks of similar popularity, which the sample estimates."""
    group = np.arange(0, N, 2)
    (exact, usual), (some, estimated) = (found.overlap_beside_usual(group) for found in (whole(), sampled(0)))

    np.testing.assert_array_equal(exact, whole().overlap[group])
    assert (len(exact), len(some), len(estimated)) == (2_000, 500, 500)
    assert some.mean() == pytest.approx(exact.mean(), abs=0.04)
    assert estimated.mean() == pytest.approx(usual.mean(), abs=0.04)


def test_same_directions_are_found_among_all_tracks() -> None:
    """They are those of the neighbour graph."""
    whole_model = whole().pair.candidate
    vectors = np.array(whole_model.unit)
    vectors[[5, 700, 3_000]] = 3 * vectors[[900, 900, 77]]
    model = whole_model.with_vectors(vectors)
    found = [
        duplicates.identical_directions(each, duplicates.find_duplicates(each, 0.95))
        for each in (model, replace(model, query_budget=BUDGET))
    ]

    assert found[0].value == 5
    assert found[0].tracks == found[1].tracks == model.keys([5, 77, 700, 900, 3_000])


def test_same_directions_of_a_collapsed_space_are_found() -> None:
    model = replace(whole().pair.candidate.with_vectors(np.ones((N, 16), np.float32)), query_budget=BUDGET)

    assert duplicates.identical_directions(model, duplicates.find_duplicates(model, 2)).value == N


def test_antihubs_of_a_small_sample_are_inconclusive() -> None:
    """Of 300 queries of 4,000, nobody knows whether a track that none of them returns is an antihub."""
    exact = whole().pair.new
    found, expected = hubs.antihubs(replace(exact, query_budget=300)), hubs.antihubs(exact).value

    assert found.inconclusive.endswith("raise [sampling] queries")
    assert found.default_severity == "warn"
    assert found.interval is not None
    assert expected is not None
    assert found.interval[0] <= expected <= found.interval[1]


def test_recall_of_many_duplicates_is_of_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "_MAX_PAIRS", 50)
    rng = np.random.default_rng(5)
    songs = np.repeat(rng.standard_normal((300, 6)), 2, axis=0)
    vectors = songs + 0.5 * rng.standard_normal(songs.shape)
    keys = [f"A-Song {number // 2} {'(Remastered 2011)' * (number % 2)}" for number in range(600)]
    model = ModelUnderTest(EmbeddingSpace.of(keys, vectors), Playlists.of(["p"], [keys]), separator="-")
    found = duplicates.find_duplicates(model, 0.95)
    exact = duplicates.duplicate_recall(model, found)
    assert exact.n == 300
    assert exact.value is not None

    some = [
        duplicates.duplicate_recall(replace(model, query_budget=100, sampling_seed=seed), found) for seed in range(40)
    ]

    values = np.array([each.value for each in some], dtype=float)
    assert {each.n for each in some} == {50}
    assert "of 50 duplicates, a sample of 300, have" in some[0].summary
    assert abs(values.mean() - exact.value) < 0.03
    assert values.std() == pytest.approx(np.sqrt(exact.value * (1 - exact.value) / 50 * 250 / 300), rel=0.4)


def test_evidence_says_what_was_sampled() -> None:
    exact, found = (Evidence(each.pair.candidate, {}, 0.95, each) for each in (whole(), sampled(7)))

    assert exact.sampled is None
    assert found.sampled == {"queries": len(found.model.queries.tracks), "tracks": N, "seed": 7}
