"""Hubs and antihubs: how often each track is a nearest neighbour (k-occurrence).

Of a sample of queries, only the occurrences among their neighbours are known. An occurrence is seen with the
probability that its query was drawn, so sums over pairs and triples of occurrences estimate the moments of the whole
k-occurrence (Horvitz and Thompson 1952), and the share of antihubs has bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.measurement import Measurement, inconclusive
from embedgate.statistics import CONFIDENCE, SEED

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest
    from embedgate.statistics import Interval

_GROUPS = 40  # of the jackknife
_CELLS = 12  # numbers of occurrences that bound the antihubs, the last cell for all higher ones
_WIDEST = 0.1  # bounds of the antihubs that are farther apart decide nothing
_TOP = 10


def k_occurrence(model: ModelUnderTest) -> NDArray[np.int64]:
    """Count how often each track is among the ten nearest neighbours of a query, shape (n,)."""
    indices = model.neighbours_of(model.queries.tracks).indices
    return np.bincount(indices[indices >= 0], minlength=len(model.tracks))


def hubness(model: ModelUnderTest) -> Measurement:
    """Return the skewness of the k-occurrence (Radovanovic, Nanopoulos and Ivanovic 2010); 0 without hubs.

    The offending tracks are the ten largest hubs.
    """
    counts = k_occurrence(model)
    if not len(counts):
        return inconclusive("no vector is usable")
    interval, drawn = None, ""
    if model.queries.complete:
        value = float((((counts - counts.mean()) / counts.std()) ** 3).mean()) if np.ptp(counts) else 0.0
    else:
        value, interval = _sampled_skewness(model)
        drawn = f" of {len(model.queries.tracks):,} sampled"
    hubs = np.argsort(-counts, kind="stable")[:_TOP]
    return Measurement(
        value=value,
        n=len(model.queries.tracks),
        interval=interval,
        tracks=model.keys(hubs),
        summary=f"the skewness of the k-occurrence is {value:.1f}: {model.tracks[hubs[0]]!r} is a nearest neighbour "
        f"of {counts[hubs[0]]:,}{drawn} tracks",
        hint="hubs are recommended for every track: subtract the mean vector, or train longer",
    )


def antihubs(model: ModelUnderTest) -> Measurement:
    """Return the share of tracks that are not a nearest neighbour of any track, so that no look-up returns them.

    The offending tracks are the antihubs, the most played first. Of a sample of queries, the share has bounds, see
    `_antihub_bounds`; the value is their middle, and the antihubs are not listed.
    """
    counts = k_occurrence(model)
    if not len(counts):
        return inconclusive("no vector is usable")
    hint = (
        "nearest-neighbour look-ups never return these tracks: check how often they are played, and raise min_count "
        "if they are played rarely"
    )
    if not model.queries.complete:
        low, high = _antihub_bounds(model)
        queries = len(model.queries.tracks)
        return Measurement(
            value=(low + high) / 2,
            n=queries,
            interval=(low, high),
            summary=f"between {low:.1%} and {high:.1%} of {len(counts):,} tracks are not among the ten nearest "
            f"neighbours of any track, from {queries:,} sampled queries",
            hint=hint,
            inconclusive="the sampled queries do not say whether a track that they never return is a neighbour of "
            "another track: raise [sampling] queries"
            if high - low > _WIDEST
            else "",
            default_severity="warn" if high - low > _WIDEST else None,
        )
    lost = np.flatnonzero(counts == 0)
    value = len(lost) / len(counts)
    return Measurement(
        value=value,
        n=len(counts),
        tracks=model.keys(lost[np.argsort(-model.plays[lost], kind="stable")]),
        summary=f"{value:.1%} of {len(counts):,} tracks are not among the ten nearest neighbours of any track",
        hint=hint,
    )


def _sampled_skewness(model: ModelUnderTest) -> tuple[float, Interval]:
    """Estimate the skewness of the k-occurrence from its factorial moments, and its interval, by a jackknife."""
    weights, n = model.queries.weights, len(model.tracks)
    near = model.neighbours_of(model.queries.tracks).indices
    place = np.unique_inverse(near.ravel()).inverse_indices

    def skewness(weights: NDArray[np.float64]) -> float:
        once, twice, thrice = (np.bincount(place, np.repeat(weights**power, near.shape[1])) for power in (1, 2, 3))
        first = float(once.sum()) / n
        second = float((once**2 - twice).sum()) / n + first  # of E N (N - 1)
        third = float((once**3 - 3 * once * twice + 2 * thrice).sum()) / n + 3 * second - 2 * first
        variance = second - first**2
        return (third - 3 * first * second + 2 * first**3) / variance**1.5 if variance > 0 else 0.0

    value = skewness(weights)
    grown = weights * _GROUPS / (_GROUPS - 1)
    error = float(_jackknife_error(len(weights), lambda kept: np.array(skewness(grown * kept))))
    if value <= 0:
        return value, (value - _quantile() * error, value + _quantile() * error)
    factor = float(np.exp(_quantile() * error / value))  # its distribution is skewed to the right
    return value, (value / factor, value * factor)


def _antihub_bounds(model: ModelUnderTest) -> Interval:
    """Return the lowest and the highest share of antihubs that agree with the occurrences seen.

    A track that is a neighbour of N tracks is one of a binomial number of sampled queries. Linear programming
    searches all distributions of N with the known mean whose shares of tracks with 0, 1, 2, ... occurrences are
    within the simultaneous intervals of those seen. With few queries, a track that none of them returns may well be a
    neighbour of another track, and the bounds are wide.
    """
    from scipy.optimize import linprog  # noqa: PLC0415 - heavy
    from scipy.special import gammaln, xlog1py, xlogy  # noqa: PLC0415 - heavy

    weights, n = model.queries.weights, len(model.tracks)
    # the binomial distribution requires that all queries have one probability: that of the rarest
    thinned = np.random.default_rng([SEED, model.sampling_seed]).random(len(weights)) < weights / weights.max()
    near = model.neighbours_of(model.queries.tracks[thinned]).indices
    share = len(near) / n

    def shares(kept: NDArray[np.bool_]) -> NDArray[np.float64]:
        times = np.bincount(near[kept].ravel(), minlength=n)
        return np.bincount(np.minimum(times, _CELLS - 1), minlength=_CELLS) / n

    seen = shares(np.ones(len(near), dtype=np.bool_))
    margin = _quantile(_CELLS) * _jackknife_error(len(near), shares)
    most = 20 + int(2 * np.bincount(near.ravel()).max() / share)
    occurrences = np.unique(np.concatenate([np.arange(200), np.geomspace(200, max(201, most), 200).round()]))
    times = np.arange(_CELLS - 1)[:, None]
    ways = gammaln(occurrences + 1) - gammaln(times + 1) - gammaln(np.maximum(occurrences - times, 0) + 1)
    log = ways + xlogy(times, share) + xlog1py(np.maximum(occurrences - times, 0), -share)
    probability = np.where(times <= occurrences, np.exp(np.minimum(log, 0)), 0.0)
    probability = np.vstack([probability, np.maximum(1 - probability.sum(axis=0), 0)])
    bounds = []
    for sign in (1, -1):
        found = linprog(
            sign * (occurrences == 0),
            A_ub=np.vstack([probability, -probability]),
            b_ub=np.concatenate([seen + margin, margin - seen]),
            A_eq=np.vstack([np.ones(len(occurrences)), occurrences]),
            b_eq=[1, near.shape[1]],
        )
        trivial = 0.0 if sign > 0 else float(seen[0])  # a track that was seen is no antihub
        bounds.append(trivial if found.fun is None else sign * float(found.fun))
    low, high = np.clip(bounds, 0, seen[0])
    return float(low), float(high)


def _jackknife_error(
    queries: int, estimate: Callable[[NDArray[np.bool_]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return the standard errors of estimates, each group of the queries left out in turn (Wolter 2007, 4.2)."""
    group = np.random.default_rng(SEED).permutation(queries) % _GROUPS
    left_out = np.array([estimate(group != number) for number in range(_GROUPS)])
    squares = (left_out - left_out.mean(axis=0)) ** 2
    return np.asarray(np.sqrt((_GROUPS - 1) / _GROUPS * squares.sum(axis=0)))


def _quantile(tests: int = 1) -> float:
    """Return how many standard errors an interval extends, of all tests together (Bonferroni)."""
    from scipy.special import stdtrit  # noqa: PLC0415 - heavy

    return -float(stdtrit(_GROUPS - 1, (1 - CONFIDENCE) / 2 / tests))
