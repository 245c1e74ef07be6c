"""Regions of a space, and how much a median varies between them: what a genre is judged against.

Neighbours move together, so the tracks of a genre are no independent sample: an interval over its tracks or artists
would be too narrow. The unit of variation is a region (a random-effects view). Retraining moves some regions farther
than others; a genre that moved has moved farther than regions do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedgate.statistics import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_CLUSTERS, _MOST_REGIONS = 40, 200
"""Fewer regions do not show their spread; more cost time."""
_FEWEST_IN_REGION = 5
_ROUNDS = 25
_MOST_FITTED = 20_000
_MAD = 1.4826  # of a normal distribution, standard deviations a median absolute deviation
_OF_MEDIAN = (np.pi / 2) ** 0.5  # standard error of a median, over that of a mean of a normal distribution
_EFFICIENCY = 0.37  # of the median absolute deviation: it is as sure as a deviation of 37 % as many values
_FALSE_ALARMS = 0.05
_LEAST_SPREAD = 0.01  # of a logarithm: where nothing moved, a hundredth is rounding


@dataclass(frozen=True, slots=True)
class ClusterVariation:
    """How a statistic of tracks varies.

    Attributes:
        centre: median of the medians of the regions.
        spread: standard deviation of the medians of the regions beyond sampling error, robust.
        within: standard deviation of tracks within a region, the median of the regions.
        clusters: how many there are.
    """

    centre: float
    spread: float
    within: float
    clusters: int

    def excess(self, values: NDArray[np.float64]) -> float:
        """Median of some tracks above the centre, in spreads of a median of so many: sampling error is added.

        A few misplaced tracks move a mean, and no median.
        """
        spread = max(_LEAST_SPREAD, float(np.hypot(self.spread, _OF_MEDIAN * self.within / np.sqrt(len(values)))))
        return float(np.median(values) - self.centre) / spread

    def critical(self, tests: int) -> float:
        """Excess that one of so many sets of tracks reaches by chance in 5 % of comparisons (Bonferroni).

        A quantile of Student's distribution, since the spread is estimated. It is cautious: a genre spans several
        regions, and varies less than one of them.
        """
        from scipy.stats import t  # noqa: PLC0415 - heavy

        freedom = max(1.0, _EFFICIENCY * (self.clusters - 1))
        return float(t.isf(_FALSE_ALARMS / max(1, tests), freedom))


def number_of_clusters(tracks: int, size: float) -> int:
    """Return how many regions of about `size` tracks there are, 40 at least and 200 at most, of a few tracks each."""
    wanted = int(np.clip(round(tracks / max(size, 1)), MIN_CLUSTERS, _MOST_REGIONS))
    return max(2, min(wanted, tracks // (2 * _FEWEST_IN_REGION)))


def spherical_kmeans(unit: NDArray[np.floating], regions: int) -> NDArray[np.intp]:
    """Cluster unit vectors by direction from their mean: spherical k-means (Dhillon and Modha 2001), fixed seed.

    Args:
        unit: shape (n, d).
        regions: how many clusters, at most n; some may stay empty.

    Returns:
        cluster of each vector, shape (n,).
    """
    centred = np.asarray(unit, dtype=np.float32) - unit.mean(axis=0, dtype=np.float32)
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    fitted = centred[:: max(1, len(centred) // _MOST_FITTED)]
    centres = fitted[np.random.default_rng(SEED).permutation(len(fitted))[:regions]]
    labels = np.zeros(len(fitted), dtype=np.intp)
    for done in range(_ROUNDS):
        before, labels = labels, (fitted @ centres.T).argmax(axis=1)
        if done and np.array_equal(before, labels):
            break
        sums = np.stack([np.bincount(labels, column, regions) for column in fitted.T], axis=1)
        length = np.linalg.norm(sums, axis=1, keepdims=True)
        moved = length[:, 0] > 0
        centres = centres.copy()
        centres[moved] = (sums[moved] / length[moved]).astype(np.float32)
    blocks = range(0, len(centred), _MOST_FITTED)
    return np.concatenate([(centred[start : start + _MOST_FITTED] @ centres.T).argmax(axis=1) for start in blocks])


def cluster_variation(values: NDArray[np.float64], labels: NDArray[np.integer]) -> ClusterVariation | None:
    """Measure how the median of a statistic varies between regions; None with fewer than three regions.

    Args:
        values: of each track, shape (n,).
        labels: region of each track, shape (n,).
    """
    order = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels)
    kept = [one for one in np.split(values[order], np.cumsum(sizes)[:-1]) if len(one) >= _FEWEST_IN_REGION]
    if len(kept) < 3:
        return None
    medians = np.array([np.median(one) for one in kept])
    within = float(np.median([_MAD * np.median(np.abs(one - np.median(one))) for one in kept]))
    centre = float(np.median(medians))
    total = _MAD * float(np.median(np.abs(medians - centre)))
    sampling = _OF_MEDIAN * within / np.sqrt(np.median([len(one) for one in kept]))
    return ClusterVariation(centre, float(np.sqrt(max(total**2 - sampling**2, 0))), within, len(kept))
