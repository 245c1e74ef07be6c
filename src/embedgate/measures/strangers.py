"""Which tracks lie where strangers lie: a mixture of what retraining explains and of what it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.measures.displacement import Displacement

_TRACKS_A_BIN, _MOST_BINS = 200, 10
_LEAST_SPREAD = 0.08  # of the logarithm; identical vectors have none
_STEPS = 100
_LOW, _HIGH, _CELLS = -4.0, 1.5, 220  # of the logarithm of a distance


def chance_of_stranger(moved: Displacement, plays: NDArray[np.integer]) -> NDArray[np.float64]:
    """Probability of each track that its vector is that of another key (one less the local false discovery rate).

    A mixture of two densities of the logarithm of the distance (Efron 2004): that of strangers is known, since any
    two tracks give one; that of tracks which were retrained is normal, with the middle and the spread of tracks of
    like popularity, both taken from the lower half, where hardly a stranger lies. The share of strangers is the one
    that fits best.

    Args:
        moved: m tracks.
        plays: of each, shape (m,).

    Returns:
        Posterior probabilities, shape (m,).
    """
    place = np.log(np.maximum(moved.distance, np.exp(_LOW)))
    retrained = _density_of_retrained(place, plays)
    stranger = _density_of_strangers(place, moved.of_strangers)
    share = 0.01
    posterior = np.zeros(len(place))
    for _ in range(_STEPS):
        posterior = share * stranger / (share * stranger + (1 - share) * retrained)
        share = float(np.clip(posterior.mean(), 1e-6, 0.5))
    return posterior


def _density_of_retrained(place: NDArray[np.float64], plays: NDArray[np.integer]) -> NDArray[np.float64]:
    bins = int(np.clip(len(place) // _TRACKS_A_BIN, 1, _MOST_BINS))
    found = np.empty(len(place))
    for members in np.array_split(np.lexsort((place, plays)), bins):
        low, middle = np.quantile(place[members], [0.16, 0.5])
        spread = max(_LEAST_SPREAD, middle - low)
        beyond = np.maximum(place[members] - middle, 0) / spread  # nobody is blamed for having stayed
        found[members] = np.exp(-0.5 * beyond**2) / (spread * np.sqrt(2 * np.pi))
    return np.maximum(found, np.finfo(np.float64).tiny)


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
