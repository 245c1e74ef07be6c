"""Which tracks lie where strangers lie: a mixture of what retraining explains and of what it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.measures.displacement import Displacement

_TRACKS_A_BIN, _MOST_BINS = 200, 10
_LEAST_SPREAD = 0.08  # of the logarithm; identical vectors have none
_TAIL = 2.0  # spreads; beyond it a normal curve has less than retraining has
_EACH_KEPT = 3.0  # so many times less likely a stranger is to have one old neighbour more
_STEPS = 100
_LOW, _HIGH, _CELLS = -4.0, 1.5, 220  # of the logarithm of a distance


def chance_of_stranger(
    moved: Displacement, plays: NDArray[np.integer], kept: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Probability of each track that its vector is that of another key (one less the local false discovery rate).

    A mixture of two densities (Efron 2004), of two things that tell: the logarithm of the distance, and how many of
    the nearest neighbours stayed, since a few playlists may move an album as a whole, and nobody is wrong then.
    Strangers' distances are known, for any two tracks give one, and hardly a neighbour of a stranger stays. Tracks
    that were retrained are like those of like popularity: their distances are normal, with middle and spread of the
    lower half, where hardly a stranger lies, and an exponential tail (Huber 1964); their neighbours are counted. The
    share of strangers is the one that fits best.

    Args:
        moved: m tracks.
        plays: of each, shape (m,).
        kept: how many of its nearest were among its nearest in the champion, shape (m,).

    Returns:
        Posterior probabilities, shape (m,).
    """
    place = np.log(np.maximum(moved.distance, np.exp(_LOW)))
    alike = _of_like_popularity(place, plays)
    retrained = _density_of_retrained(place, alike) * _share_that_kept_as_many(kept, alike)
    stranger = _density_of_strangers(place, moved.of_strangers) * _strangers_that_keep_as_many(kept)
    share = 0.01
    posterior = np.zeros(len(place))
    for _ in range(_STEPS):
        posterior = share * stranger / (share * stranger + (1 - share) * retrained)
        share = float(np.clip(posterior.mean(), 1e-6, 0.5))
    return posterior


def _of_like_popularity(place: NDArray[np.float64], plays: NDArray[np.integer]) -> list[NDArray[np.intp]]:
    bins = int(np.clip(len(place) // _TRACKS_A_BIN, 1, _MOST_BINS))
    return np.array_split(np.lexsort((place, plays)), bins)


def _density_of_retrained(place: NDArray[np.float64], alike: list[NDArray[np.intp]]) -> NDArray[np.float64]:
    found = np.empty(len(place))
    for members in alike:
        low, middle = np.quantile(place[members], [0.16, 0.5])
        spread = max(_LEAST_SPREAD, middle - low)
        beyond = np.maximum(place[members] - middle, 0) / spread  # nobody is blamed for having stayed
        surprise = np.where(beyond < _TAIL, beyond**2 / 2, _TAIL * (beyond - _TAIL / 2))
        found[members] = np.exp(-surprise) / (spread * np.sqrt(2 * np.pi))
    return np.maximum(found, np.finfo(np.float64).tiny)


def _share_that_kept_as_many(kept: NDArray[np.integer], alike: list[NDArray[np.intp]]) -> NDArray[np.float64]:
    """A histogram of the neighbours kept, smoothed, and never nothing."""
    found = np.empty(len(kept))
    for members in alike:
        counts = np.pad(np.bincount(kept[members], minlength=int(kept.max()) + 1) + 1.0, 1, mode="edge")
        counts = np.convolve(counts, [0.25, 0.5, 0.25], mode="valid")
        found[members] = (counts / counts.sum())[kept[members]]
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
