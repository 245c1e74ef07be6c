"""How far each track has moved between two trainings, and which moved as far as a stranger lies.

A retrained space is rotated, and stretched a little: so the champion's vectors are mapped into the candidate's space
by the linear map that fits the tracks best (ridge regression; Mikolov, Le and Sutskever 2013, for translation). What
is left is a track's displacement. It is measured in the directions and units of what retraining does to all tracks
(Mahalanobis), and told as a share of the distance to strangers: near 0 a track is where it was, at 1 it is no nearer
to its old place than any other track is.

Nothing of it changes when either space is rotated, scaled or put in another order, and the two may have different
dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedgate.statistics import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_SHARED_TRACKS = 100
_TRACKS_A_COMPONENT = 8  # so many tracks fit each column of the map; fewer would fit noise
_MOST_COMPONENTS = 100
_FEW_STRANGERS, _MOST_STRANGERS = 64, 500
_RIDGE = 0.01
_ROUNDS = 3
_MOVED = 0.7  # tracks this far from their old place do not take part in the next fit,
_FAR = 4  # nor do those that moved this many times as far as most
_BLOCK = 4_096
_MOST_SAMPLED = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Displacement:
    """Where tracks are, seen from where they were.

    Attributes:
        distance: distance of each track to its old place over its median distance to the old places of strangers,
            shape (m,); about 1 for a vector that belongs to another key.
        match_auc: share of strangers that are farther from a track than its own old place, shape (m,): averaged, the
            area under the ROC curve of telling a track from strangers; 0.5 where nothing is left of the champion.
        random_pairs: the same distance for pairs of track and stranger, a sample.
    """

    distance: NDArray[np.float64] = field(repr=False)
    match_auc: NDArray[np.float64] = field(repr=False)
    random_pairs: NDArray[np.float64] = field(repr=False)


def displacement(old: NDArray[np.floating], new: NDArray[np.floating], weight: NDArray[np.floating]) -> Displacement:
    """Map the old vectors onto the new ones, and measure what is left.

    Args:
        old: unit vectors of m tracks in the champion, shape (m, d).
        new: theirs in the candidate, shape (m, e).
        weight: how much each track counts in the fit, shape (m,); a track that is played more is known better.

    Raises:
        ValueError: with fewer than 100 tracks, which fit no map.
    """
    if len(old) < MIN_SHARED_TRACKS:
        raise ValueError(f"{len(old)} tracks fit no map between two spaces: {MIN_SHARED_TRACKS} are needed")
    given = weight / weight.sum()
    components = min(_MOST_COMPONENTS, len(old) // _TRACKS_A_COMPONENT)
    old, new = _principal(old, given, components), _principal(new, given, components)
    strangers = np.random.default_rng(SEED).permutation(len(old))
    used = given
    for done in range(_ROUNDS - 1):
        rough = _against_strangers(*_whitened(old, new, used, rough=not done), strangers[:_FEW_STRANGERS])
        middle = float(np.median(rough.distance))
        kept = given * (rough.distance < max(middle, min(_MOVED, _FAR * middle)))
        used = kept / kept.sum() if kept.sum() > 0 else given
    return _against_strangers(*_whitened(old, new, used), strangers[:_MOST_STRANGERS])


def _principal(vectors: NDArray[np.floating], weight: NDArray[np.float64], components: int) -> NDArray[np.float64]:
    """Centre, and keep the directions that vary most."""
    centred = np.asarray(vectors, dtype=np.float64) - weight @ vectors
    spread, axes = np.linalg.eigh((centred * weight[:, None]).T @ centred)
    kept = np.argsort(-spread, kind="stable")[:components]
    kept = kept[spread[kept] > 1e-9 * spread.max()]
    return np.asarray(centred @ axes[:, kept])


def _whitened(
    old: NDArray[np.float64], new: NDArray[np.float64], weight: NDArray[np.float64], *, rough: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Fit the map; return places, expected places and squared displacements in units of the usual displacement.

    A track's own displacement leaves itself out of the fit: the residual over one less the leverage (Allen 1974).
    A rough one is in units of the space: where hardly a track has moved, the usual displacement is that of the few
    that belong elsewhere, and would hide them, until they are left out.
    """
    gram = (old * weight[:, None]).T @ old
    inverse = np.linalg.inv(gram + _ridge(gram, _RIDGE))
    expected = old @ (inverse @ ((old * weight[:, None]).T @ new))
    leverage = weight * np.einsum("ij,jk,ik->i", old, inverse, old)
    left = new - expected
    unit = new if rough else left
    usual = (unit * weight[:, None]).T @ unit
    whiten = np.linalg.cholesky(np.linalg.inv(usual + _ridge(usual, 1e-3)))
    own = ((left / (1 - np.minimum(leverage, 0.9))[:, None]) @ whiten) ** 2
    return new @ whiten, expected @ whiten, own.sum(axis=1)


def _ridge(square: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """A share of the mean eigenvalue on the diagonal, and never nothing."""
    return np.eye(len(square)) * float(max(share * np.trace(square) / len(square), np.finfo(np.float64).tiny ** 0.5))


def _against_strangers(
    at: NDArray[np.float64],
    expected: NDArray[np.float64],
    own: NDArray[np.float64],
    strangers: NDArray[np.integer],
) -> Displacement:
    """Hold each track's displacement against its distances to strangers, block by block."""
    places = expected[strangers]
    squares = (places**2).sum(axis=1)
    distance, recognised = np.empty(len(at)), np.empty(len(at))
    sampled = []
    every = max(1, len(at) * len(strangers) // _MOST_SAMPLED)
    for start in range(0, len(at), _BLOCK):
        block = slice(start, start + _BLOCK)
        rows = at[block]
        away = np.maximum((rows**2).sum(axis=1)[:, None] + squares - 2 * rows @ places.T, 0)
        middle = np.maximum(np.median(away, axis=1), np.finfo(np.float64).tiny)
        distance[block] = np.sqrt(own[block] / middle)
        others = np.arange(start, start + len(rows))[:, None] != strangers  # nobody is a stranger to itself
        farther = (away > own[block, None]) + (away == own[block, None]) / 2
        recognised[block] = (farther * others).sum(axis=1) / others.sum(axis=1)
        sampled.append(np.sqrt(away / middle[:, None])[others][::every])
    return Displacement(distance, recognised, np.concatenate(sampled))
