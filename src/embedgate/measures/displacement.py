"""Displacement: how far each track moved between two trainings.

A retrained space is rotated and slightly stretched, so the champion's vectors are mapped into the candidate's space
by the linear map that fits best (ridge regression; Mikolov, Le and Sutskever 2013, for translation). The residual is
a track's displacement. It is a Mahalanobis distance, in units of the usual displacement, relative to the distance to
unrelated tracks: 0 if a track kept its position, 1 if it is no closer to its position than an unrelated track is.

Rotating, scaling or reordering either space does not change the result. The spaces may have different dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedgate.statistics import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_SHARED_TRACKS = 100
_TRACKS_PER_COMPONENT = 8  # fewer tracks per column of the map would fit noise
_MAX_COMPONENTS = 100
_FEW_UNRELATED, _MANY_UNRELATED = 64, 500
_RIDGE, _WHITENING_RIDGE = 0.01, 1e-3
_ROUNDS = 3
_MOVED = 0.7  # tracks with a larger distance are left out of the next fit,
_FAR = 4  # and so are tracks that moved this many times as far as the median
_BLOCK = 4_096
_MAX_SAMPLED = 200_000
_TINY = np.finfo(np.float64).tiny


@dataclass(frozen=True, slots=True, eq=False)
class Displacement:
    """Displacements relative to unrelated tracks.

    Attributes:
        distance: distance of each track to its mapped champion vector, over the median distance to those of unrelated
            tracks, shape (m,); about 1 for a vector that belongs to another key.
        match_auc: share of unrelated tracks whose mapped champion vector is farther than the track's own, shape (m,).
            The mean is the area under the ROC curve of matching tracks; 0.5 if the spaces have nothing in common.
        random_pairs: the same distance for a sample of pairs of unrelated tracks.
    """

    distance: NDArray[np.float64] = field(repr=False)
    match_auc: NDArray[np.float64] = field(repr=False)
    random_pairs: NDArray[np.float64] = field(repr=False)


def displacement(old: NDArray[np.floating], new: NDArray[np.floating], weight: NDArray[np.floating]) -> Displacement:
    """Map the old vectors onto the new ones, and measure the residuals.

    The fit is repeated twice without the tracks that moved far.

    Args:
        old: unit vectors of m tracks in the champion, shape (m, d).
        new: unit vectors of the same tracks in the candidate, shape (m, e).
        weight: weight of each track in the fit, shape (m,).

    Raises:
        ValueError: with fewer than 100 tracks.
    """
    if len(old) < MIN_SHARED_TRACKS:
        raise ValueError(f"{len(old)} tracks are too few to fit a map: {MIN_SHARED_TRACKS} are required")
    given = weight / weight.sum()
    components = min(_MAX_COMPONENTS, len(old) // _TRACKS_PER_COMPONENT)
    old, new = _principal_components(old, given, components), _principal_components(new, given, components)
    unrelated = np.random.default_rng(SEED).permutation(len(old))
    used = given
    for done in range(_ROUNDS - 1):
        rough = _compare(*_whiten(old, new, used, rough=not done), unrelated[:_FEW_UNRELATED])
        median = float(np.median(rough.distance))
        kept = given * (rough.distance < max(median, min(_MOVED, _FAR * median)))
        used = kept / kept.sum() if kept.sum() > 0 else given
    return _compare(*_whiten(old, new, used), unrelated[:_MANY_UNRELATED])


def _principal_components(
    vectors: NDArray[np.floating], weight: NDArray[np.float64], components: int
) -> NDArray[np.float64]:
    """Centre the vectors and project them on the directions of largest variance, without those of zero variance."""
    centred = np.asarray(vectors, dtype=np.float64) - weight @ vectors
    variance, axes = np.linalg.eigh((centred * weight[:, None]).T @ centred)
    kept = np.argsort(-variance, kind="stable")[:components]
    kept = kept[variance[kept] > 1e-9 * variance.max()]
    return np.asarray(centred @ axes[:, kept])


def _whiten(
    old: NDArray[np.float64], new: NDArray[np.float64], weight: NDArray[np.float64], *, rough: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Fit the map; return new and mapped old vectors, whitened, and squared displacements.

    A track is left out of its own fit: its residual is divided by 1 minus its leverage (Allen 1974). Vectors are
    whitened by the covariance of the residuals. A rough fit uses the covariance of the vectors instead: if hardly any
    track moved, the residuals come from the few misplaced tracks, and whitening by them would hide these tracks.
    """
    gram = (old * weight[:, None]).T @ old
    inverse = np.linalg.inv(gram + _ridge(gram, _RIDGE))
    mapped = old @ (inverse @ ((old * weight[:, None]).T @ new))
    leverage = weight * np.einsum("ij,jk,ik->i", old, inverse, old)
    residual = new - mapped
    reference = new if rough else residual
    covariance = (reference * weight[:, None]).T @ reference
    whiten = np.linalg.cholesky(np.linalg.inv(covariance + _ridge(covariance, _WHITENING_RIDGE)))
    own = ((residual / (1 - np.minimum(leverage, 0.9))[:, None]) @ whiten) ** 2
    return new @ whiten, mapped @ whiten, own.sum(axis=1)


def _ridge(square: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Return a diagonal matrix of a share of the mean eigenvalue, never zero."""
    return np.eye(len(square)) * float(max(share * np.trace(square) / len(square), _TINY**0.5))


def _compare(
    new: NDArray[np.float64], mapped: NDArray[np.float64], own: NDArray[np.float64], unrelated: NDArray[np.integer]
) -> Displacement:
    """Compare squared displacements with squared distances to the mapped vectors of unrelated tracks, in blocks."""
    others = mapped[unrelated]
    squares = (others**2).sum(axis=1)
    distance, match_auc = np.empty(len(new)), np.empty(len(new))
    sampled = []
    step = max(1, len(new) * len(unrelated) // _MAX_SAMPLED)
    for start in range(0, len(new), _BLOCK):
        block = slice(start, start + _BLOCK)
        rows = new[block]
        away = np.maximum((rows**2).sum(axis=1)[:, None] + squares - 2 * rows @ others.T, 0)
        median = np.maximum(np.median(away, axis=1), _TINY)
        distance[block] = np.sqrt(own[block] / median)
        different = np.arange(start, start + len(rows))[:, None] != unrelated
        farther = (away > own[block, None]) + (away == own[block, None]) / 2
        match_auc[block] = (farther * different).sum(axis=1) / different.sum(axis=1)
        sampled.append(np.sqrt(away / median[:, None])[different][::step])
    return Displacement(distance, match_auc, np.concatenate(sampled))
