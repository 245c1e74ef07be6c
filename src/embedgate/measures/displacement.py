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
    from collections.abc import Sequence

    from numpy.typing import NDArray

    _Axes = tuple[NDArray[np.float64], NDArray[np.float64]]

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
_MAX_FITTED = 131_072
"""Tracks to which the map is fitted, drawn with a fixed seed: its entries are far fewer."""
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
    components = min(_MAX_COMPONENTS, len(old) // _TRACKS_PER_COMPONENT)
    unrelated = np.random.default_rng(SEED).permutation(len(old))
    fitted = np.sort(unrelated[:_MAX_FITTED]) if len(old) > _MAX_FITTED else np.arange(len(old))
    given = weight[fitted] / weight[fitted].sum()
    axes = [_principal_axes(vectors[fitted], given, components) for vectors in (old, new)]
    some = _projected(old[fitted], *axes[0]), _projected(new[fitted], *axes[1])
    few = np.random.default_rng(SEED).permutation(len(fitted))[:_FEW_UNRELATED]
    used = given
    for done in range(_ROUNDS - 1):
        rough = _compare(_fit(*some, used, rough=not done), *some, used, few)
        median = float(np.median(rough.distance))
        kept = given * (rough.distance < max(median, min(_MOVED, _FAR * median)))
        used = kept / kept.sum() if kept.sum() > 0 else given
    found = _fit(*some, used)
    if len(fitted) == len(old):
        return _compare(found, *some, used, unrelated[:_MANY_UNRELATED])
    leverage = np.zeros(len(old))
    leverage[fitted] = used
    return _compare(found, old, new, leverage, unrelated[:_MANY_UNRELATED], axes=axes)


def _principal_axes(vectors: NDArray[np.floating], weight: NDArray[np.float64], components: int) -> _Axes:
    """Return the mean of the vectors and the directions of largest variance, without those of zero variance."""
    mean = weight @ vectors
    centred = np.asarray(vectors, dtype=np.float64) - mean
    variance, axes = np.linalg.eigh((centred * weight[:, None]).T @ centred)
    kept = np.argsort(-variance, kind="stable")[:components]
    return mean, axes[:, kept[variance[kept] > 1e-9 * variance.max()]]


def _projected(
    vectors: NDArray[np.floating], mean: NDArray[np.float64], axes: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray((np.asarray(vectors, dtype=np.float64) - mean) @ axes)


@dataclass(frozen=True, slots=True, eq=False)
class _Map:
    """A fitted map.

    Attributes:
        mapped: old vectors to new ones, shape (c, e).
        inverse: of the covariance of the old vectors, shape (c, c).
        whiten: new vectors to whitened ones, shape (e, e).
    """

    mapped: NDArray[np.floating]
    inverse: NDArray[np.floating]
    whiten: NDArray[np.floating]


def _fit(
    old: NDArray[np.float64], new: NDArray[np.float64], weight: NDArray[np.float64], *, rough: bool = False
) -> _Map:
    """Fit the map.

    Vectors are whitened by the covariance of the residuals. A rough fit uses the covariance of the vectors instead:
    if hardly any track moved, the residuals come from the few misplaced tracks, and whitening by them would hide
    these tracks.
    """
    gram = (old * weight[:, None]).T @ old
    inverse = np.linalg.inv(gram + _ridge(gram, _RIDGE))
    mapped = inverse @ ((old * weight[:, None]).T @ new)
    reference = new if rough else new - old @ mapped
    covariance = (reference * weight[:, None]).T @ reference
    whiten = np.linalg.cholesky(np.linalg.inv(covariance + _ridge(covariance, _WHITENING_RIDGE)))
    return _Map(mapped, inverse, whiten)


def _ridge(square: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Return a diagonal matrix of a share of the mean eigenvalue, never zero."""
    return np.eye(len(square)) * float(max(share * np.trace(square) / len(square), _TINY**0.5))


def _compare(
    found: _Map,
    old: NDArray[np.floating],
    new: NDArray[np.floating],
    weight: NDArray[np.float64],
    unrelated: NDArray[np.integer],
    *,
    axes: Sequence[_Axes] = (),
) -> Displacement:
    """Compare squared displacements with squared distances to the mapped vectors of unrelated tracks, in blocks.

    A track is left out of its own fit: its residual is divided by 1 minus its leverage (Allen 1974).

    Args:
        found: the map.
        old: shape (m, c).
        new: shape (m, e).
        weight: of each track in the fit, 0 if it is not in it, shape (m,).
        unrelated: track numbers.
        axes: mean and axes on which old and new vectors are projected first; empty: they are.
    """

    def projected(rows: slice | NDArray[np.integer]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        return (_projected(old[rows], *axes[0]), _projected(new[rows], *axes[1])) if axes else (old[rows], new[rows])

    others = projected(unrelated)[0] @ found.mapped @ found.whiten
    squares = (others**2).sum(axis=1)
    distance, match_auc = np.empty(len(new)), np.empty(len(new))
    sampled = []
    step = max(1, len(new) * len(unrelated) // _MAX_SAMPLED)
    for start in range(0, len(new), _BLOCK):
        block = slice(start, start + _BLOCK)
        before, now = projected(block)
        leverage = weight[block] * ((before @ found.inverse) * before).sum(axis=1)
        residual = (now - before @ found.mapped) / (1 - np.minimum(leverage, 0.9))[:, None]
        own = ((residual @ found.whiten) ** 2).sum(axis=1)
        rows = now @ found.whiten
        away = np.maximum((rows**2).sum(axis=1)[:, None] + squares - 2 * rows @ others.T, 0)
        median = np.maximum(np.median(away, axis=1), _TINY)
        distance[block] = np.sqrt(own / median)
        different = np.arange(start, start + len(rows))[:, None] != unrelated
        farther = (away > own[:, None]) + (away == own[:, None]) / 2
        match_auc[block] = (farther * different).sum(axis=1) / different.sum(axis=1)
        pairs = np.flatnonzero(different)[::step]
        sampled.append(np.sqrt(away.ravel()[pairs] / median[pairs // len(unrelated)]))
    return Displacement(distance, match_auc, np.concatenate(sampled))
