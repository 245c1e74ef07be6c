"""AUC, permutation baselines and intervals, compared with brute force and known values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearson3, skew

from embedgate.statistics import (
    PERMUTATIONS,
    Null,
    auc_of_counts,
    binomial_interval,
    bootstrap_weights,
    labelings,
    linear_mean_interval,
    mean_interval,
    percentile_interval,
    permutation_null,
    ratio_interval,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

FEW_VALUES = st.lists(st.integers(0, 4), min_size=1, max_size=30)


def pairwise(inside: list[int], outside: list[int]) -> float:
    """Return the share of ordered pairs by counting every pair, with ties as a half."""
    wins = [1.0 if one > other else 0.5 if one == other else 0.0 for one in inside for other in outside]
    return sum(wins) / len(wins)


@given(inside=FEW_VALUES, outside=FEW_VALUES)
def test_auc_is_the_share_of_ordered_pairs(inside: list[int], outside: list[int]) -> None:
    """The expected value counts every pair."""
    histograms = [np.bincount(side, minlength=5) for side in (inside, outside)]

    assert float(auc_of_counts(*histograms)) == pytest.approx(pairwise(inside, outside))


def test_auc_is_computed_row_by_row() -> None:
    """A row without members or without non-members is NaN, without a warning."""
    inside = np.array([[0, 3], [3, 0], [1, 1], [0, 0], [2, 2]])
    outside = np.array([[2, 0], [0, 2], [1, 1], [2, 2], [0, 0]])

    areas = auc_of_counts(inside, outside)

    np.testing.assert_array_equal(areas, [1, 0, 0.5, np.nan, np.nan])


DISTRIBUTIONS: dict[str, Callable[[np.random.Generator, int], NDArray[np.float64]]] = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "Poisson, 5 expected": lambda rng, n: rng.poisson(5, n).astype(float),
    "Poisson, 0.05 expected": lambda rng, n: rng.poisson(0.05, n).astype(float),
    "binomial": lambda rng, n: rng.binomial(20, 0.3, n).astype(float),
    "chi-square": lambda rng, n: rng.chisquare(3, n),
    "half normal": lambda rng, n: np.maximum(rng.standard_normal(n), 0),
    "negatively skewed": lambda rng, n: rng.beta(8, 3, n),
}
"""Distributions of a score under permuted labels: sums, counts of rare and of frequent hits, bounded scores."""


@pytest.mark.parametrize("level", [0.001, 0.01])
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_random_score_passes_no_more_often_than_the_level_allows(name: str, level: float) -> None:
    """Ties of a discrete score may double the level, which leaves it far below one in fifty."""
    rng, draw = np.random.default_rng(7), DISTRIBUTIONS[name]
    critical = np.array([Null(draw(rng, PERMUTATIONS), level).critical for _ in range(300)])

    scores = np.sort(draw(rng, 200_000))
    passed = 1 - np.searchsorted(scores, critical, side="left") / len(scores)

    assert passed.mean() < 2 * level


@pytest.mark.parametrize("name", ["normal", "Poisson, 5 expected", "chi-square"])
def test_critical_value_varies_half_as_much_as_the_maximum_of_twice_as_many_scores(name: str) -> None:
    """Another seed or order of the tracks hardly moves the bound."""
    rng, draw = np.random.default_rng(7), DISTRIBUTIONS[name]

    critical = [Null(draw(rng, PERMUTATIONS), 0.001).critical for _ in range(300)]
    highest = [draw(rng, 2 * PERMUTATIONS).max() for _ in range(300)]

    assert np.std(critical) < 0.6 * np.std(highest)


@pytest.mark.parametrize(("skewness", "level"), [(0.0, 0.001), (0.4, 0.001), (1.5, 0.01)])
def test_critical_value_is_a_quantile_of_pearson_type_3(skewness: float, level: float) -> None:
    """The expected quantile is scipy's, with the moments of the scores."""
    scores = pearson3.ppf(np.linspace(0.001, 0.999, 2_001), skewness, loc=0.3, scale=0.02)

    expected = pearson3.ppf(1 - level, max(float(skew(scores)), 0), loc=scores.mean(), scale=scores.std())

    assert Null(scores, level).critical == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("score", [0.5, -0.5, 30.0, 0.0])
def test_rounding_does_not_beat_chance(score: float) -> None:
    """If all permutations have the same score, that score does not beat chance, even if its last bits differ."""
    critical = Null(np.full(PERMUTATIONS, score), 0.001).critical

    assert score * (1 + np.sign(score) * 1e-12) < critical
    assert critical < score + 1e-7


def test_critical_value_of_too_few_permutations_is_infinite() -> None:
    """The moments of 99 scores are too uncertain."""
    assert Null(np.random.default_rng(0).standard_normal(99), 0.001).critical == float("inf")
    assert Null(np.random.default_rng(0).standard_normal(100), 0.001).critical < float("inf")


def test_permutations_are_reproducible() -> None:
    """The seed is fixed, so two baselines are exactly equal."""
    first, second = (permutation_null(lambda rng: float(rng.random()), 0.01) for _ in range(2))

    np.testing.assert_array_equal(first.scores, second.scores)
    assert (len(first.scores), first.level, first.inconclusive) == (PERMUTATIONS, 0.01, "")


def test_bootstrap_draws_as_many_groups_as_there_are() -> None:
    """About a third of the groups are missing in each sample, and the samples are reproducible."""
    weights = bootstrap_weights(50, 400)

    np.testing.assert_array_equal(weights.sum(axis=1), 50)
    assert (weights == 0).mean() == pytest.approx(1 / math.e, abs=0.02)
    np.testing.assert_array_equal(weights, bootstrap_weights(50, 400))


def test_interval_has_equal_tails() -> None:
    """Of the numbers 0 to 1,000, 95 % are between 25 and 975; NaN is ignored."""
    samples = np.append(np.arange(1_001.0), np.nan)

    assert percentile_interval(samples) == pytest.approx((25, 975))
    assert percentile_interval(np.array([1.0, np.nan, np.nan, np.nan])) is None


@pytest.mark.parametrize("tracks_per_artist", [1, 10])
def test_ratio_interval_has_nominal_coverage(tracks_per_artist: int) -> None:
    """Tracks of an artist are either single or all equal."""
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(200):
        hits = np.repeat(rng.random(80) < 0.3, tracks_per_artist)
        groups = np.repeat(np.arange(80), tracks_per_artist)
        interval = ratio_interval(hits, np.ones(len(hits)), groups)
        assert interval is not None
        covered += interval[0] <= 0.3 <= interval[1]

    assert 0.90 <= covered / 200 <= 0.99


def test_interval_is_wider_if_observations_of_a_group_agree() -> None:
    """The interval would be too narrow if the same hits were treated as independent."""
    hits = np.repeat(np.random.default_rng(0).random(60) < 0.5, 10)
    ones = np.ones(600)

    by_group = mean_interval(hits, np.repeat(np.arange(60), 10))
    one_by_one = ratio_interval(hits, ones, np.arange(600))

    assert by_group is not None
    assert one_by_one is not None
    assert by_group[1] - by_group[0] > 2 * (one_by_one[1] - one_by_one[0])


def test_ratio_interval_of_one_group_is_none() -> None:
    """There is no interval without observations either."""
    assert ratio_interval([1, 0], [1, 1], np.zeros(2, int)) is None
    assert ratio_interval([], [], np.zeros(0, int)) is None


def test_ratio_interval_of_many_groups_has_correct_width() -> None:
    """Groups are merged into 2,000, which does not change the width."""
    hits = np.random.default_rng(0).random(10_000) < 0.5
    interval = ratio_interval(hits, np.ones(10_000), np.arange(10_000))

    assert interval is not None
    assert interval[1] - interval[0] == pytest.approx(2 * 1.96 * 0.005, rel=0.1)


@pytest.mark.parametrize(
    ("labels", "ways"),
    [([], 1), ([0, 0, 0], 1), ([0, 1], 2), ([0, 0, 1, 1], 6), ([0, 0, 1, 1, 2], 30), (list(range(6)), 720)],
)
def test_labelings_are_counted(labels: list[int], ways: float) -> None:
    """The expected values are n! / (n_1! n_2! ...)."""
    assert labelings(np.array(labels, int)) == pytest.approx(ways)


def test_labelings_overflow_to_infinity() -> None:
    """A count that float64 cannot represent is inf."""
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
def test_binomial_interval_is_clopper_pearson(hits: int, trials: int, low: float, high: float) -> None:
    """The expected values are from published tables."""
    assert binomial_interval(hits, trials) == pytest.approx((low, high), abs=1e-4)


def test_linear_interval_of_a_mean_equals_that_of_the_bootstrap() -> None:
    """Of a thousand groups of unequal size; a few independent values have the interval of Student's t."""
    rng = np.random.default_rng(0)
    groups = rng.integers(1_000, size=5_000)
    values = rng.random(5_000) + 0.3 * rng.standard_normal(1_000)[groups]

    assert linear_mean_interval(values, groups) == pytest.approx(mean_interval(values, groups), abs=0.004)
    low, high = linear_mean_interval(np.array([1.0, 2.0, 3.0]), np.arange(3))
    assert ((low + high) / 2, (high - low) / 2) == pytest.approx((2, 4.303 / 3**0.5), abs=1e-3)


def test_linear_interval_of_one_group_is_infinite() -> None:
    assert linear_mean_interval(np.ones(5), np.zeros(5, dtype=int)) == (-np.inf, np.inf)
