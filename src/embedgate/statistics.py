"""Intervals and nulls: bootstrap and permutation by group, exact binomial, rank statistics.

Tracks by one artist are not independent, so whole groups (artists, playlists) are drawn and permuted.
Everything is seeded: the same data give the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import lgamma, log
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

BOOTSTRAPS = 1_000
PERMUTATIONS = 999
"""So many that a test at 0.001 is passed by an estimate that no permutation reaches."""
CONFIDENCE = 0.95
SEED = 20_260
_MOST_GROUPS = 2_000
_ROUNDING = 1e-9  # of a score; the steps of all statistics here are far larger

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Null:
    """What chance gives: scores of the same statistic with the labels permuted.

    Attributes:
        scores: one score a permutation, shape (m,).
        level: the share of random spaces that may get past this one test.
        inconclusive: why the labels allow no test ("" where they do).
    """

    scores: NDArray[np.float64]
    level: float
    inconclusive: str = ""

    @property
    def critical(self) -> float:
        """Smallest value that beats chance; what differs from a score by rounding alone does not beat it.

        The Monte Carlo p-value of an estimate is (1 + scores that reach it) / (m + 1) (Davison and Hinkley
        1997, 4.2): it is at most `level` when no more than `level * (m + 1) - 1` scores reach the estimate.
        """
        allowed = int(np.floor(self.level * (len(self.scores) + 1) + 1e-9)) - 1
        if allowed < 0:
            return float("inf")
        highest = np.sort(self.scores)[::-1]
        if allowed >= len(highest):
            return float("-inf")
        return float(np.nextafter(highest[allowed] + _ROUNDING * abs(highest[allowed]), np.inf))

    @property
    def median(self) -> float:
        """The middle of what chance gives."""
        return float(np.median(self.scores))


@lru_cache(maxsize=8)
def bootstrap_weights(groups: int, draws: int = BOOTSTRAPS, seed: int = SEED) -> NDArray[np.float32]:
    """Draw how often each group is in each bootstrap sample, shape (draws, groups), read-only."""
    drawn = np.random.default_rng(seed).integers(groups, size=(draws, groups), dtype=np.int32)
    cells = drawn + np.arange(draws, dtype=np.int64)[:, None] * groups
    weights = np.bincount(cells.ravel(), minlength=draws * groups).reshape(draws, groups).astype(np.float32)
    weights.flags.writeable = False
    return weights


def percentile_interval(samples: NDArray[np.floating], confidence: float = CONFIDENCE) -> Interval | None:
    """Cut equal tails off bootstrap samples; None where fewer than half of them are numbers."""
    finite = samples[np.isfinite(samples)]
    if len(finite) < max(2, len(samples) / 2):
        return None
    tail = (1 - confidence) / 2
    low, high = np.quantile(finite, [tail, 1 - tail])
    return float(low), float(high)


def ratio_interval(top: ArrayLike, bottom: ArrayLike, groups: NDArray[np.integer]) -> Interval | None:
    """Bootstrap the ratio sum(top) / sum(bottom) over groups.

    Args:
        top: numerator of each observation, shape (n,).
        bottom: denominator of each observation, shape (n,).
        groups: group number of each observation, shape (n,). Of more than 2,000 groups, some are drawn together.
    """
    groups = np.unique_inverse(groups).inverse_indices % _MOST_GROUPS
    number = int(groups.max()) + 1 if len(groups) else 0
    if number < 2:
        return None
    tops = np.bincount(groups, weights=np.asarray(top, float), minlength=number)
    bottoms = np.bincount(groups, weights=np.asarray(bottom, float), minlength=number)
    weights = bootstrap_weights(number)
    with np.errstate(invalid="ignore", divide="ignore"):
        return percentile_interval((weights @ tops) / (weights @ bottoms))


def auc_of_counts(inside: NDArray[np.number], outside: NDArray[np.number]) -> NDArray[np.float64]:
    """Area under the ROC curve of a score with few distinct values, ties counted half.

    Args:
        inside: how many members have each value, values ascending along the last axis, shape (..., v).
        outside: likewise for the rest.

    Returns:
        P(member > other) + P(member = other) / 2 (Mann and Whitney 1947), shape (...); NaN where a side is
        empty.
    """
    members, others = np.asarray(inside, dtype=np.float64), np.asarray(outside, dtype=np.float64)
    below = np.cumsum(others, axis=-1) - others / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        pairs = members.sum(axis=-1) * others.sum(axis=-1)
        return np.asarray((members * below).sum(axis=-1) / pairs)


def auc(inside: NDArray[np.floating], outside: NDArray[np.floating]) -> float:
    """Area under the ROC curve: P(inside > outside) + P(equal) / 2; NaN where a side is empty."""
    if not len(inside) or not len(outside):
        return float("nan")
    ordered = np.sort(outside)
    below = np.searchsorted(ordered, inside, "left") + np.searchsorted(ordered, inside, "right")
    return float(below.mean() / (2 * len(outside)))


def permutation_null(
    score: Callable[[np.random.Generator], float],
    level: float,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Null:
    """Score `permutations` permutations; `score` draws one from the generator and returns its score."""
    rng = np.random.default_rng(seed)
    return Null(np.fromiter((score(rng) for _ in range(permutations)), float, permutations), level)


def labelings(labels: NDArray[np.integer]) -> float:
    """Count the distinct ways to deal the labels out again: n! / (n_1! n_2! ...), inf where it overflows."""
    counts = np.unique_counts(labels).counts
    exponent = lgamma(len(labels) + 1) - sum(lgamma(int(count) + 1) for count in counts)
    return float(np.exp(exponent)) if exponent < log(1e300) else float("inf")


def binomial_interval(hits: int, trials: int, confidence: float = CONFIDENCE) -> Interval:
    """Exact interval of a proportion (Clopper and Pearson 1934)."""
    from scipy.stats import binomtest  # noqa: PLC0415 - a heavy import, needed by known_rate alone

    found = binomtest(hits, trials).proportion_ci(confidence, method="exact")
    return float(found.low), float(found.high)
