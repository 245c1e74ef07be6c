"""Areas, nulls, intervals: against a plain count and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.statistics import (
    Null,
    auc,
    auc_of_counts,
    binomial_interval,
    bootstrap_weights,
    labelings,
    percentile_interval,
    permutation_null,
    ratio_interval,
)

FEW_VALUES = st.lists(st.integers(0, 4), min_size=1, max_size=30)


def pairwise(inside: list[int], outside: list[int]) -> float:
    """Count every pair, ties as a half."""
    wins = [1.0 if one > other else 0.5 if one == other else 0.0 for one in inside for other in outside]
    return sum(wins) / len(wins)


@given(inside=FEW_VALUES, outside=FEW_VALUES)
def test_area_is_the_share_of_pairs_in_order(inside: list[int], outside: list[int]) -> None:
    """Both ways to compute the area give what counting every pair gives."""
    histograms = [np.bincount(side, minlength=5) for side in (inside, outside)]

    assert auc(np.array(inside, float), np.array(outside, float)) == pytest.approx(pairwise(inside, outside))
    assert float(auc_of_counts(*histograms)) == pytest.approx(pairwise(inside, outside))


def test_area_of_many_histograms_is_that_of_each() -> None:
    """A stack of histograms is scored row by row, and a row without members is NaN without a warning."""
    inside = np.array([[0, 3], [3, 0], [1, 1], [0, 0]])
    outside = np.array([[2, 0], [0, 2], [1, 1], [2, 2]])

    areas = auc_of_counts(inside, outside)

    np.testing.assert_array_equal(areas, [1, 0, 0.5, np.nan])


@pytest.mark.parametrize(("inside", "outside"), [([], [1.0]), ([1.0], []), ([], [])])
def test_area_of_nothing_is_not_a_number(inside: list[float], outside: list[float]) -> None:
    """Where a side is empty there is no area."""
    assert math.isnan(auc(np.array(inside), np.array(outside)))


@pytest.mark.parametrize(
    ("level", "reached_by"),
    [(0.001, 0), (0.002, 1), (0.01, 9), (0.05, 49)],
)
def test_critical_value_is_reached_by_as_few_as_the_level_allows(level: float, reached_by: int) -> None:
    """Of 999 permutations, at most level * 1,000 - 1 reach the critical value: none at one in a thousand."""
    null = Null(np.random.default_rng(0).permutation(999).astype(float), level)

    assert (null.scores >= null.critical).sum() == reached_by


def test_critical_value_lies_just_above_a_score() -> None:
    """An estimate that equals the highest of 999 scores has not beaten chance; one a hair above it has."""
    null = Null(np.arange(999.0), 0.001)

    assert null.critical > 998
    assert null.critical == pytest.approx(998)
    assert null.median == 499


@pytest.mark.parametrize("score", [0.5, -0.5, 30.0, 0.0])
def test_rounding_does_not_beat_chance(score: float) -> None:
    """The same number, summed in another order, differs in its last bits and is no more than chance."""
    critical = Null(np.full(999, score), 0.001).critical

    assert score * (1 + np.sign(score) * 1e-12) < critical
    assert critical < score + 1e-7


def test_too_few_permutations_are_beaten_by_nothing() -> None:
    """Ninety-nine permutations cannot bear a test at one in a thousand."""
    assert Null(np.zeros(99), 0.001).critical == float("inf")


def test_equal_scores_are_not_beaten_by_themselves() -> None:
    """Where every permutation gives the same score, that score is chance."""
    assert Null(np.full(999, 0.5), 0.01).critical > 0.5


@pytest.mark.parametrize("level", [0.01, 0.05])
def test_a_true_null_is_beaten_as_often_as_its_level(level: float) -> None:
    """An estimate drawn like the permutations gets past about as often as the level says, and ties do not help."""
    rng = np.random.default_rng(7)
    beaten = 0
    for _ in range(2_000):
        drawn = rng.integers(0, 300, 400)
        beaten += drawn[0] >= Null(drawn[1:].astype(float), level).critical

    assert 0.5 * level < beaten / 2_000 < 1.35 * level


def test_permutations_are_the_same_each_time() -> None:
    """The seed is fixed: two nulls of one statistic are equal, number by number."""
    first, second = (permutation_null(lambda rng: float(rng.random()), 0.01) for _ in range(2))

    np.testing.assert_array_equal(first.scores, second.scores)
    assert (len(first.scores), first.level, first.inconclusive) == (999, 0.01, "")


def test_bootstrap_draws_as_many_groups_as_there_are() -> None:
    """Each sample holds as many groups as the data, about a third of them not at all, the same ones each time."""
    weights = bootstrap_weights(50, 400)

    np.testing.assert_array_equal(weights.sum(axis=1), 50)
    assert (weights == 0).mean() == pytest.approx(1 / math.e, abs=0.02)
    np.testing.assert_array_equal(weights, bootstrap_weights(50, 400))


def test_interval_cuts_equal_tails() -> None:
    """Of the numbers 0 to 1,000, 95 % lie between 25 and 975; NaN among them is left out."""
    samples = np.append(np.arange(1_001.0), np.nan)

    assert percentile_interval(samples) == pytest.approx((25, 975))
    assert percentile_interval(np.array([1.0, np.nan, np.nan, np.nan])) is None


@pytest.mark.parametrize("tracks_an_artist", [1, 10])
def test_ratio_interval_covers(tracks_an_artist: int) -> None:
    """The interval holds the true share about as often as it says, whole artists agreeing or not."""
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(200):
        hits = np.repeat(rng.random(80) < 0.3, tracks_an_artist)
        groups = np.repeat(np.arange(80), tracks_an_artist)
        interval = ratio_interval(hits, np.ones(len(hits)), groups)
        assert interval is not None
        covered += interval[0] <= 0.3 <= interval[1]

    assert 0.90 <= covered / 200 <= 0.99


def test_ratio_interval_is_wider_where_whole_groups_agree() -> None:
    """The same hits, taken for independent, would claim to know far more."""
    hits = np.repeat(np.random.default_rng(0).random(60) < 0.5, 10)
    ones = np.ones(600)

    by_group = ratio_interval(hits, ones, np.repeat(np.arange(60), 10))
    one_by_one = ratio_interval(hits, ones, np.arange(600))

    assert by_group is not None
    assert one_by_one is not None
    assert by_group[1] - by_group[0] > 2 * (one_by_one[1] - one_by_one[0])


def test_ratio_interval_of_one_group_is_none() -> None:
    """One artist tells nothing of the next; no observation tells nothing at all."""
    assert ratio_interval([1, 0], [1, 1], np.zeros(2, int)) is None
    assert ratio_interval([], [], np.zeros(0, int)) is None


def test_ratio_interval_of_many_groups_has_their_width() -> None:
    """Drawing more than 2,000 groups together in part gives the width that a sum of coin throws has."""
    hits = np.random.default_rng(0).random(10_000) < 0.5
    interval = ratio_interval(hits, np.ones(10_000), np.arange(10_000))

    assert interval is not None
    assert interval[1] - interval[0] == pytest.approx(2 * 1.96 * 0.005, rel=0.1)


@pytest.mark.parametrize(
    ("labels", "ways"),
    [([], 1), ([0, 0, 0], 1), ([0, 1], 2), ([0, 0, 1, 1], 6), ([0, 0, 1, 1, 2], 30), (list(range(6)), 720)],
)
def test_labelings_are_counted(labels: list[int], ways: float) -> None:
    """Known answers of n! / (n_1! n_2! ...)."""
    assert labelings(np.array(labels, int)) == pytest.approx(ways)


def test_labelings_beyond_a_float_are_infinitely_many() -> None:
    """A count that no float holds is inf, and no error."""
    assert labelings(np.arange(1_000)) == float("inf")


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        (0, 10, 0, 0.3085),
        (10, 10, 0.6915, 1),
        (1, 2, 0.0126, 0.9874),
        (5, 10, 0.1871, 0.8129),
        (95, 100, 0.8872, 0.9836),
    ],
)
def test_binomial_interval_is_clopper_and_pearsons(hits: int, trials: int, low: float, high: float) -> None:
    """Values from the published tables."""
    assert binomial_interval(hits, trials) == pytest.approx((low, high), abs=1e-4)
