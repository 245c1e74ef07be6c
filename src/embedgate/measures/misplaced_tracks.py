"""Misplaced tracks: a mixture model of the displacements of retrained and of misplaced tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.model import NEIGHBOURS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from embedgate.material.query_sample import QuerySample
    from embedgate.measures.displacement import Displacement

_MIN_GROUP, _MAX_GROUPS = 200, 10
_MIN_ALIKE = 100
_AGREEMENT_CELLS, _MIN_CELL = 20, 0.005  # the agreement is a share of 200 others
_MIN_SPREAD = 0.08  # of the logarithm; identical vectors have none
_TAIL = 2.0  # standard deviations beyond which retrained tracks are more frequent than in a normal distribution
_PER_NEIGHBOUR = 3.0  # factor by which one more old neighbour is less likely for a misplaced track
_STEPS = 100
_RARE = 0.01  # first share of misplaced tracks; that of relearned ones is a tenth, if the agreement tells them apart
_SUSPECT = 0.05  # probability of a track whose neighbours are searched
_SCREENING_SHARE = 0.001  # least share of misplaced tracks that the screening assumes
_LOW, _HIGH, _CELLS = -4.0, 1.5, 220  # of the logarithm of a distance
_TINY = np.finfo(np.float64).tiny

_RETRAINED, _MISPLACED, _RELEARNED = range(3)
"""Components of the mixture, in the order of the columns of `_fit`."""


def misplaced_probability(
    displacement: Displacement,
    plays: NDArray[np.integer],
    kept: NDArray[np.integer],
    agreement: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return the probability of each track that its vector belongs to another key, shape (m,).

    1 minus the local false discovery rate of a mixture (Efron 2004) of three observations: the logarithm of the
    distance; the number of nearest neighbours kept, since a few playlists may displace an album as a whole; and the
    agreement with its playlists, since new playlists may rightly displace a track.

    Retrained tracks resemble those of similar popularity: their distances are normal, with centre and spread from the
    lower half, which contains hardly any misplaced track, and an exponential tail (Huber 1964). The other two
    densities are histograms. Misplaced tracks have the distances of random pairs, keep hardly any neighbour, and show
    any agreement equally often. Relearned tracks, most of whose playlists are new, have the distances of misplaced
    tracks and the agreement of retrained ones.

    A track that is closer than all but 1/n of the random pairs is not misplaced: one of n misplaced tracks would be.
    The shares of the components are estimated by expectation maximisation.

    Rare tracks are included: if they are displaced as far as random pairs, the densities are equal, and none is
    misplaced.

    Args:
        displacement: of m tracks.
        plays: of each track, shape (m,).
        kept: number of nearest neighbours that each track has in common with the champion, shape (m,).
        agreement: from `playlist_agreement`, NaN if unknown, shape (m,); None: unknown for all.
    """
    groups = popularity_groups(plays)
    retrained, misplaced = _distance_densities(displacement, plays)
    retrained *= _kept_probability(kept, groups)
    misplaced *= _misplaced_kept_probability(kept)
    if agreement is None:
        agreement = np.full(len(plays), np.nan)
    posterior, _ = _fit(retrained, misplaced, _AgreementDensity(agreement, groups))
    return posterior[:, _MISPLACED]


def screened_probability(
    displacement: Displacement,
    plays: NDArray[np.integer],
    kept_by: Callable[[NDArray[np.intp]], NDArray[np.intp]],
    agreement: NDArray[np.float64],
    queries: QuerySample,
) -> NDArray[np.float64]:
    """Return the probabilities of `misplaced_probability` without searching the neighbours of all m tracks.

    The other two observations take linear time and screen all tracks: suspects are those that would be misplaced with
    a probability of 0.05 or more if they had kept the number of neighbours that is most typical of misplaced tracks.
    Only the neighbours of suspects and of the sample are searched. The mixture is fitted to both, where a track of
    the sample that is no suspect stands for the other tracks.

    More suspects than the sample has queries are a space that is broken as a whole: those with the strongest evidence
    are searched, the others are judged by the two observations.

    Args:
        displacement: of m tracks.
        plays: of each track, shape (m,).
        kept_by: return the number of neighbours kept, of some track numbers.
        agreement: from `playlist_agreement`, NaN if unknown, shape (m,).
        queries: the sample of the m tracks.
    """
    groups = popularity_groups(plays)
    group_of = np.empty(len(plays), dtype=np.intp)
    for number, members in enumerate(groups):
        group_of[members] = number
    retrained, misplaced = _distance_densities(displacement, plays)
    agreeing = _AgreementDensity(agreement, groups)
    of_misplaced = _misplaced_kept_probability(np.arange(NEIGHBOURS + 1))
    suspects, bound = np.empty(0, np.intp), 0.0
    while True:
        searched, weights = _with_suspects(queries, suspects)
        kept, group = kept_by(searched), group_of[searched]
        places = [np.flatnonzero(group == number) for number in range(len(groups))]
        of_retrained = np.array([_kept_histogram(kept[each], weights[each]) for each in places])
        fitted, share = _fit(
            retrained[searched] * of_retrained[group, kept],
            misplaced[searched] * of_misplaced[kept],
            _AgreementDensity(agreement[searched], places),
            weights,
        )
        if share[_MISPLACED] <= bound:
            break
        near = np.zeros(len(plays))
        near[searched] = fitted[:, _RETRAINED] * weights
        near = agreeing.of(near)
        # the share is uncertain before the suspects are searched: it may grow to the bound
        bound = min(0.5, max(_SCREENING_SHARE, 2 * share[_MISPLACED]))
        evidence = bound * misplaced * (of_misplaced / of_retrained).max(axis=1)[group_of]
        evidence /= evidence + (1 - bound) * retrained * near
        suspects = np.argsort(-evidence, kind="stable")[: len(queries.tracks)]
        suspects = np.sort(suspects[evidence[suspects] >= _SUSPECT])
    joint = share * np.stack([retrained * near, misplaced, misplaced * near], axis=1)
    posterior = np.where(evidence >= _SUSPECT, joint[:, _MISPLACED] / joint.sum(axis=1), 0.0)
    posterior[searched] = fitted[:, _MISPLACED]
    return posterior


def _with_suspects(queries: QuerySample, suspects: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the tracks of the sample and the suspects, ascending, and how many tracks each stands for.

    Suspects stand for themselves, and the rest of the sample for all other tracks.
    """
    rest = ~np.isin(queries.tracks, suspects)
    weights = queries.weights[rest]
    weights = weights * (queries.vocabulary - len(suspects)) / max(1.0, float(weights.sum()))
    tracks = np.concatenate([queries.tracks[rest], suspects])
    order = np.argsort(tracks)
    return tracks[order], np.concatenate([weights, np.ones(len(suspects))])[order]


def _distance_densities(
    displacement: Displacement, plays: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the densities of the distances of retrained and of misplaced tracks, shape (m,) each."""
    log_distance = np.log(np.maximum(displacement.distance, np.exp(_LOW)))
    misplaced = _random_pair_density(log_distance, displacement.random_pairs)
    misplaced[displacement.distance < np.quantile(displacement.random_pairs, 1 / len(log_distance))] = 0
    return _retrained_density(log_distance, plays), misplaced


def _fit(
    retrained: NDArray[np.float64],
    misplaced: NDArray[np.float64],
    agreeing: _AgreementDensity,
    weights: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit the mixture by expectation maximisation.

    Returns:
        probabilities of each track to be retrained, misplaced and relearned, shape (m, 3), and the three shares.
    """
    share = np.array([1 - _RARE, _RARE, _RARE / 10 if agreeing.known else 0])
    posterior = np.ones((len(retrained), 3))
    weights = np.ones(len(retrained)) if weights is None else weights
    for _ in range(_STEPS):
        near = agreeing.of(posterior[:, _RETRAINED] * weights)  # relative to that of misplaced tracks, which is 1
        joint = share * np.stack([retrained * near, misplaced, misplaced * near], axis=1)
        posterior = joint / joint.sum(axis=1, keepdims=True)
        share = np.clip(np.average(posterior, axis=0, weights=weights), [1e-6, 1e-6, 0], [1, 0.5, 0.5])
    return posterior, share


def popularity_groups(plays: NDArray[np.integer]) -> list[NDArray[np.intp]]:
    """Split tracks into up to ten groups by plays, of at least 200 tracks; tracks with equal plays stay together."""
    values, sizes = np.unique(plays, return_counts=True)
    smallest = max(_MIN_GROUP, len(plays) // _MAX_GROUPS)
    lowest, size_so_far, left = [values[0]], 0, len(plays)
    for value, size in zip(values, sizes.tolist(), strict=True):
        if size_so_far >= smallest and left >= smallest:
            lowest.append(value)
            size_so_far = 0
        size_so_far += size
        left -= size
    group = np.searchsorted(lowest, plays, side="right") - 1
    return [np.flatnonzero(group == number) for number in range(len(lowest))]


def popularity_matched_quantiles(
    values: NDArray[np.float64], plays: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 0.16 quantile and the median of the tracks of similar popularity, for each track, shape (m,) each.

    These are the tracks with as many plays and, if there are fewer than a hundred, those with the most similar
    numbers of plays.
    """
    order = np.argsort(plays, kind="stable")
    sorted_plays, sorted_values = plays[order], values[order]
    log_plays = np.log(np.maximum(sorted_plays, 0.5))
    distinct, starts = np.unique(sorted_plays, return_index=True)
    ends = np.append(starts[1:], len(plays))
    quantiles = np.empty((len(distinct), 2))
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        low, high = start, end
        while high - low < _MIN_ALIKE and (low > 0 or high < len(plays)):
            before = log_plays[start] - log_plays[low - 1] if low > 0 else np.inf
            after = log_plays[high] - log_plays[start] if high < len(plays) else np.inf
            if before <= after:
                low = int(np.searchsorted(sorted_plays, sorted_plays[low - 1], "left"))
            if after <= before:
                high = int(np.searchsorted(sorted_plays, sorted_plays[high], "right"))
        quantiles[number] = np.quantile(sorted_values[low:high], [0.16, 0.5])
    of_track = np.searchsorted(distinct, plays)
    return quantiles[of_track, 0], quantiles[of_track, 1]


def _retrained_density(log_distance: NDArray[np.float64], plays: NDArray[np.integer]) -> NDArray[np.float64]:
    low, median = popularity_matched_quantiles(log_distance, plays)
    spread = np.maximum(_MIN_SPREAD, median - low)
    beyond = np.maximum(log_distance - median, 0) / spread  # a small displacement is no evidence
    exponent = np.where(beyond < _TAIL, beyond**2 / 2, _TAIL * (beyond - _TAIL / 2))
    return np.asarray(np.maximum(np.exp(-exponent) / (spread * np.sqrt(2 * np.pi)), _TINY))


def _kept_probability(kept: NDArray[np.integer], groups: Sequence[NDArray[np.intp]]) -> NDArray[np.float64]:
    """Return the probability of the neighbours kept among tracks of similar popularity."""
    probability = np.empty(len(kept))
    for members in groups:
        probability[members] = _kept_histogram(kept[members], cells=int(kept.max()) + 1)[kept[members]]
    return probability


def _kept_histogram(
    kept: NDArray[np.integer], weights: NDArray[np.float64] | None = None, cells: int = NEIGHBOURS + 1
) -> NDArray[np.float64]:
    """Return a smoothed histogram of the neighbours kept, never zero."""
    counts = np.pad(np.bincount(kept, weights, minlength=cells) + 1.0, 1, mode="edge")
    counts = np.convolve(counts, [0.25, 0.5, 0.25], mode="valid")
    return np.asarray(counts / counts.sum())


class _AgreementDensity:
    """Histograms of the agreement of retrained tracks, by popularity, relative to the uniform one of misplaced ones.

    The cells are of equal width on the scale of the normal deviate, and so narrow near 1, where most retrained tracks
    are.

    Args:
        agreement: NaN if unknown, shape (m,).
        groups: track numbers of groups of similar popularity.

    Attributes:
        known: whether the agreement of a track is known.
    """

    def __init__(self, agreement: NDArray[np.float64], groups: Sequence[NDArray[np.intp]]) -> None:
        from scipy.special import ndtr, ndtri  # noqa: PLC0415 - heavy

        edges = ndtr(np.linspace(ndtri(_MIN_CELL), -ndtri(_MIN_CELL), _AGREEMENT_CELLS - 1))
        self._width = np.diff(edges, prepend=0, append=1)
        self._cell = np.searchsorted(edges, agreement)
        self._groups = [members[~np.isnan(agreement[members])] for members in groups]
        self.known = any(map(len, self._groups))

    def of(self, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the density of each track, never zero, 1 if its agreement is unknown, shape (m,).

        Args:
            weight: probability that a track is retrained, shape (m,).
        """
        density = np.ones(len(self._cell))
        for members in self._groups:
            cell = self._cell[members]
            counts = np.bincount(cell, weight[members], _AGREEMENT_CELLS) + 1
            density[members] = (counts / counts.sum() / self._width)[cell]
        return density


def _misplaced_kept_probability(kept: NDArray[np.integer]) -> NDArray[np.float64]:
    probability = _PER_NEIGHBOUR ** -np.arange(int(kept.max()) + 1)
    return np.asarray((probability / probability.sum())[kept])


def _random_pair_density(log_distance: NDArray[np.float64], random_pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a smoothed histogram of the distances of random pairs, near zero below the smallest of them."""
    counts = np.histogram(np.log(np.maximum(random_pairs, np.exp(_LOW))), _CELLS, (_LOW, _HIGH))[0].astype(float)
    counts = np.convolve(counts, np.array([1.0, 2, 3, 2, 1]) / 9, mode="same")
    density = counts / counts.sum() * _CELLS / (_HIGH - _LOW)
    cell = np.clip(((log_distance - _LOW) / (_HIGH - _LOW) * _CELLS).astype(int), 0, _CELLS - 1)
    cell = np.minimum(cell, int(np.flatnonzero(counts).max()))  # any larger distance is that of a misplaced track
    return np.asarray(np.maximum(density[cell], _TINY))
