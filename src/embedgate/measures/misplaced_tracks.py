"""Which tracks lie where strangers lie: a mixture of what retraining explains and of what it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.measures.displacement import Displacement

_TRACKS_A_BIN, _MOST_BINS = 200, 10
_ALIKE = 100
_CELLS_AT_HOME = 20
_LEAST_SPREAD = 0.08  # of the logarithm; identical vectors have none
_TAIL = 2.0  # spreads; beyond it a normal curve has less than retraining has
_EACH_KEPT = 3.0  # so many times less likely a stranger is to have one old neighbour more
_STEPS = 100
_LOW, _HIGH, _CELLS = -4.0, 1.5, 220  # of the logarithm of a distance


def misplaced_probability(
    moved: Displacement,
    plays: NDArray[np.integer],
    kept: NDArray[np.integer],
    home: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Probability of each track that its vector is that of another key (one less the local false discovery rate).

    A mixture of two densities (Efron 2004) of three observations: the logarithm of the distance; how many of the
    nearest neighbours stayed, since a few playlists may move an album as a whole; and whether the track lies near the
    tracks of its playlists, since other playlists may move it to where it belongs now. The distances of strangers are
    those of any two tracks, hardly a neighbour of a stranger stays, and its playlists are as near as any. Retrained
    tracks are like those of like popularity: their distances are normal, with middle and spread of the lower half,
    where hardly a stranger lies, and an exponential tail (Huber 1964); the other two are counted. The share of
    strangers is the one that fits best.

    Every track is judged, however rarely it is played: where rare tracks move as far as strangers lie, the densities
    say so, and none is named.

    Args:
        moved: m tracks.
        plays: of each, shape (m,).
        kept: how many of its nearest were among its nearest in the champion, shape (m,).
        home: from `playlist_agreement.playlist_agreement`, NaN where it cannot be told, shape (m,); None for none.

    Returns:
        Posterior probabilities, shape (m,).
    """
    place = np.log(np.maximum(moved.distance, np.exp(_LOW)))
    alike = popularity_groups(plays)
    retrained = _density_of_retrained(place, plays) * _share_that_kept_as_many(kept, alike)
    if home is not None:
        retrained *= _density_at_home(home, alike)  # that of strangers is 1
    stranger = _density_of_strangers(place, moved.random_pairs) * _strangers_that_keep_as_many(kept)
    share = 0.01
    posterior = np.zeros(len(place))
    for _ in range(_STEPS):
        posterior = share * stranger / (share * stranger + (1 - share) * retrained)
        share = float(np.clip(posterior.mean(), 1e-6, 0.5))
    return posterior


def popularity_groups(plays: NDArray[np.integer]) -> list[NDArray[np.intp]]:
    """Split tracks into up to ten groups by plays; tracks with as many plays are never split.

    A group that would be smaller than `_TRACKS_A_BIN` joins the one below, so a lone group may be.
    """
    values, sizes = np.unique(plays, return_counts=True)
    smallest = max(_TRACKS_A_BIN, len(plays) // _MOST_BINS)
    lowest, held = [values[0]], 0
    left = len(plays)
    for value, size in zip(values, sizes, strict=True):
        if held >= smallest and left >= smallest:
            lowest.append(value)
            held = 0
        held += int(size)
        left -= int(size)
    group = np.searchsorted(lowest, plays, side="right") - 1
    return [np.flatnonzero(group == number) for number in range(len(lowest))]


def _density_of_retrained(place: NDArray[np.float64], plays: NDArray[np.integer]) -> NDArray[np.float64]:
    low, middle = popularity_matched_quantiles(place, plays)
    spread = np.maximum(_LEAST_SPREAD, middle - low)
    beyond = np.maximum(place - middle, 0) / spread  # a track that stayed near is no evidence
    surprise = np.where(beyond < _TAIL, beyond**2 / 2, _TAIL * (beyond - _TAIL / 2))
    found = np.exp(-surprise) / (spread * np.sqrt(2 * np.pi))
    return np.asarray(np.maximum(found, np.finfo(np.float64).tiny))


def popularity_matched_quantiles(
    place: NDArray[np.float64], plays: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower sixth and middle of the tracks of like popularity, for each track: arrays of shape (m,).

    These are the tracks with as many plays, and, where they are few, those with the next numbers of plays.
    """
    order = np.argsort(plays, kind="stable")
    sorted_plays, sorted_place = plays[order], place[order]
    log_plays = np.log(np.maximum(sorted_plays, 0.5))
    values, starts = np.unique(sorted_plays, return_index=True)
    ends = np.append(starts[1:], len(plays))
    quantiles = np.empty((len(values), 2))
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        low, high = start, end
        here = log_plays[start]
        while high - low < _ALIKE and (low > 0 or high < len(plays)):
            before = here - log_plays[low - 1] if low > 0 else np.inf
            after = log_plays[high] - here if high < len(plays) else np.inf
            if before <= after:
                low = int(np.searchsorted(sorted_plays, sorted_plays[low - 1], "left"))
            if after <= before:
                high = int(np.searchsorted(sorted_plays, sorted_plays[high], "right"))
        quantiles[number] = np.quantile(sorted_place[low:high], [0.16, 0.5])
    of_track = np.searchsorted(values, plays)
    return quantiles[of_track, 0], quantiles[of_track, 1]


def _share_that_kept_as_many(kept: NDArray[np.integer], alike: list[NDArray[np.intp]]) -> NDArray[np.float64]:
    """A histogram of the neighbours kept, smoothed, and never nothing."""
    found = np.empty(len(kept))
    for members in alike:
        counts = np.pad(np.bincount(kept[members], minlength=int(kept.max()) + 1) + 1.0, 1, mode="edge")
        counts = np.convolve(counts, [0.25, 0.5, 0.25], mode="valid")
        found[members] = (counts / counts.sum())[kept[members]]
    return found


def _density_at_home(home: NDArray[np.float64], alike: list[NDArray[np.intp]]) -> NDArray[np.float64]:
    """A histogram between 0 and 1, never nothing; 1 where it cannot be told."""
    found = np.ones(len(home))
    cell = np.minimum(home * _CELLS_AT_HOME, _CELLS_AT_HOME - 1)
    for members in alike:
        told = members[~np.isnan(home[members])]
        if len(told):
            where = cell[told].astype(np.intp)
            counts = np.bincount(where, minlength=_CELLS_AT_HOME) + 1.0
            found[told] = (counts / counts.sum() * _CELLS_AT_HOME)[where]
    return found


def _strangers_that_keep_as_many(kept: NDArray[np.integer]) -> NDArray[np.float64]:
    likely = _EACH_KEPT ** -np.arange(int(kept.max()) + 1)
    return np.asarray((likely / likely.sum())[kept])


def _density_of_strangers(place: NDArray[np.float64], of_strangers: NDArray[np.float64]) -> NDArray[np.float64]:
    """A histogram, smoothed, that falls off to the left: what lies nearer than any pair of strangers is none."""
    cells = np.histogram(np.log(np.maximum(of_strangers, np.exp(_LOW))), _CELLS, (_LOW, _HIGH))[0].astype(float)
    kernel = np.array([1.0, 2, 3, 2, 1]) / 9
    cells = np.convolve(cells, kernel, mode="same")
    density = cells / cells.sum() * _CELLS / (_HIGH - _LOW)
    at = np.clip(((place - _LOW) / (_HIGH - _LOW) * _CELLS).astype(int), 0, _CELLS - 1)
    # beyond the farthest strangers there is nothing but strangers
    at = np.minimum(at, int(np.flatnonzero(cells).max()))
    return np.asarray(np.maximum(density[at], np.finfo(np.float64).tiny))
