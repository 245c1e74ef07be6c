"""How much a median varies between clusters of a space: the reference for the displacement of a genre.

Neighbours move together, so the tracks of a genre are not independent, and an interval over its tracks or artists
would be too narrow. The unit of variation is a cluster of the space (a random-effects model). Retraining displaces
some clusters farther than others. A genre counts as displaced if it is displaced farther than such clusters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedgate.statistics import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_CLUSTERS, _MAX_CLUSTERS = 40, 200
"""Fewer clusters do not show their variation; more cost time."""
_MIN_CLUSTER_SIZE = 5
_ROUNDS = 25
_MAX_FITTED = 20_000
_MAD = 1.4826  # standard deviations per median absolute deviation, normal distribution
_MEDIAN_ERROR = (np.pi / 2) ** 0.5  # standard error of a median over that of a mean, normal distribution
_BIWEIGHT_REACH = 9  # median absolute deviations beyond which a group has no weight
_EFFICIENCY = 0.87  # of the biweight scale relative to the standard deviation, normal distribution (Lax 1985)
_HIGH, _HIGH_DEVIATE = 0.9, 1.2816
"""The spread is that of the upper tail, if it is heavier than normal: a tenth of the groups may be displaced."""
_MIN_SPREAD = 0.01  # of a logarithm: smaller variation is rounding error


@dataclass(frozen=True, slots=True)
class ClusterVariation:
    """Variation of a statistic of tracks between clusters.

    Attributes:
        centre: median of the medians of the clusters.
        spread: standard deviation of the medians of the clusters beyond sampling error, robust; at least that of
            the upper tail.
        within: standard deviation of tracks within a cluster, median of the clusters.
        groups: number of clusters or other groups.
    """

    centre: float
    spread: float
    within: float
    groups: int

    def excess(self, values: NDArray[np.float64]) -> float:
        """Return how far the median of some tracks is above the centre, in standard deviations of such a median.

        A few misplaced tracks change a mean, but not a median.
        """
        sampling = _MEDIAN_ERROR * self.within / np.sqrt(len(values))
        return float(np.median(values) - self.centre) / max(_MIN_SPREAD, float(np.hypot(self.spread, sampling)))

    def critical(self, tests: int, level: float) -> float:
        """Return the excess that one of `tests` sets of tracks reaches by chance with a probability of `level`.

        The level is divided by the number of tests (Bonferroni).

        A quantile of Student's t, since the spread is estimated. It is conservative: a genre spans several clusters,
        and varies less than one.
        """
        from scipy.special import stdtrit  # noqa: PLC0415 - heavy

        return -float(stdtrit(max(1.0, _EFFICIENCY * (self.groups - 1)), level / max(1, tests)))


def number_of_clusters(tracks: int, size: float) -> int:
    """Return the number of clusters of about `size` tracks: 40 to 200, fewer if they would have under ten tracks."""
    wanted = int(np.clip(round(tracks / max(size, 1)), MIN_CLUSTERS, _MAX_CLUSTERS))
    return max(1, min(wanted, tracks // (2 * _MIN_CLUSTER_SIZE)))


def spherical_kmeans(unit: NDArray[np.floating], clusters: int) -> NDArray[np.intp]:
    """Cluster vectors by their direction from the mean (spherical k-means, Dhillon and Modha 2001), fixed seed.

    Args:
        unit: shape (n, d).
        clusters: number of clusters, at most n; some may stay empty.

    Returns:
        cluster of each vector, shape (n,).
    """
    mean = unit.mean(axis=0, dtype=np.float32)
    fitted = _directions(unit[:: max(1, len(unit) // _MAX_FITTED)], mean)
    centres = fitted[np.random.default_rng(SEED).permutation(len(fitted))[:clusters]]
    labels = np.zeros(len(fitted), dtype=np.intp)
    for done in range(_ROUNDS):
        before, labels = labels, (fitted @ centres.T).argmax(axis=1)
        if done and np.array_equal(before, labels):
            break
        sums = np.stack([np.bincount(labels, column, clusters) for column in fitted.T], axis=1)
        length = np.linalg.norm(sums, axis=1, keepdims=True)
        filled = length[:, 0] > 0
        centres = centres.copy()
        centres[filled] = (sums[filled] / length[filled]).astype(np.float32)
    blocks = (_directions(unit[start : start + _MAX_FITTED], mean) for start in range(0, len(unit), _MAX_FITTED))
    return np.concatenate([(block @ centres.T).argmax(axis=1) for block in blocks])


def _directions(vectors: NDArray[np.floating], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = np.asarray(vectors, dtype=np.float32) - mean
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return centred


def cluster_variation(values: NDArray[np.float64], labels: NDArray[np.integer]) -> ClusterVariation | None:
    """Estimate how the median of a statistic varies between clusters; None with fewer than three clusters.

    Args:
        values: one per track, shape (n,).
        labels: cluster of each track, shape (n,).
    """
    order = np.argsort(labels, kind="stable")
    groups = np.split(values[order], np.cumsum(np.bincount(labels))[:-1])
    clusters = [group for group in groups if len(group) >= _MIN_CLUSTER_SIZE]
    if len(clusters) < 3:
        return None
    medians = np.array([np.median(group) for group in clusters])
    within = float(np.median([_MAD * np.median(np.abs(group - np.median(group))) for group in clusters]))
    centre = float(np.median(medians))
    total = max(biweight_scale(medians), float(np.quantile(medians, _HIGH) - centre) / _HIGH_DEVIATE)
    sampling = _MEDIAN_ERROR * within / np.sqrt(np.median([len(group) for group in clusters]))
    return ClusterVariation(centre, float(np.sqrt(max(total**2 - sampling**2, 0))), within, len(clusters))


def biweight_scale(values: NDArray[np.float64]) -> float:
    """Return the biweight scale, a robust standard deviation (Mosteller and Tukey 1977); 0 if most values are equal.

    It is nearly as efficient as the standard deviation; the median absolute deviation has an efficiency of 0.37.

    Args:
        values: shape (n,).
    """
    deviation = values - np.median(values)
    mad = float(np.median(np.abs(deviation)))
    if mad == 0:
        return 0.0
    u2 = (deviation / (_BIWEIGHT_REACH * mad)) ** 2
    deviation, u2 = deviation[u2 < 1], u2[u2 < 1]
    top = len(values) * (deviation**2 * (1 - u2) ** 4).sum()
    return float(np.sqrt(top) / ((1 - u2) * (1 - 5 * u2)).sum())  # positive: half of u2 is at most 1/81
