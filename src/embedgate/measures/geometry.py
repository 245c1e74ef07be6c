"""Geometry of the space: collapse, rank, norms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.statistics import average_ranks, mean_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest


_BLOCK = 65_536  # tracks whose vectors are converted to float64 at a time


def mean_cosine(model: ModelUnderTest) -> Measurement:
    """Return the mean cosine of all pairs of tracks (anisotropy, Ethayarajh 2019); near 1 in a collapsed space.

    Exact: (|sum of unit vectors|^2 - n) / (n (n - 1)).
    """
    n = len(model.tracks)
    if n < 2:
        return inconclusive(f"{n} usable vectors make no pair", n=n)
    total = model.unit.sum(axis=0, dtype=np.float64)
    value = float((total @ total - n) / (n * (n - 1)))
    return Measurement(
        value=value,
        n=n,
        summary=f"two tracks have a cosine of {value:.2f} on average",
        hint="the space may have collapsed: check for too few epochs, or a learning rate that is too low or too high",
    )


def collapse(model: ModelUnderTest) -> Measurement:
    """Return `mean_cosine` with the interval of a U-statistic (Hoeffding 1948), a bootstrap over artists."""
    found = mean_cosine(model)
    if found.value is None:
        return found
    n = len(model.tracks)
    total = model.unit.sum(axis=0, dtype=np.float64)
    to_others = (np.concatenate([block @ total for block in _blocks(model)]) - 1) / (n - 1)
    return replace(found, interval=mean_interval(2 * to_others - found.value, model.catalogue.artist_codes))


def effective_rank(model: ModelUnderTest) -> Measurement:
    """Return the effective rank of the centred unit vectors (Roy and Vetterli 2007).

    The exponential of the entropy of the normalised singular values.
    """
    n, d = model.unit.shape
    if n < 2:
        return inconclusive(f"{n} usable vectors have no variance", n=n)
    from scipy.special import entr  # noqa: PLC0415 - heavy

    mean = model.unit.mean(axis=0, dtype=np.float64)
    scatter = np.zeros((d, d))
    for block in _blocks(model):
        centred = block - mean
        scatter += centred.T @ centred
    values = np.sqrt(np.clip(np.linalg.eigvalsh(scatter), 0, None))
    value = float(np.exp(entr(values / values.sum()).sum())) if values.any() else 0.0
    return Measurement(
        value=value,
        n=n,
        summary=f"the vectors effectively use {value:.1f} of {d} dimensions",
        hint="the model uses less of its size than expected: train longer, or use fewer dimensions",
    )


def _blocks(model: ModelUnderTest) -> Iterator[NDArray[np.float64]]:
    """Yield the unit vectors in float64, some tracks at a time."""
    for start in range(0, len(model.unit), _BLOCK):
        yield model.unit[start : start + _BLOCK].astype(np.float64)


def norm_popularity_correlation(model: ModelUnderTest) -> Measurement:
    """Return the rank correlation (Spearman) of norms and plays (Schakel and Wilson 2015)."""
    played = model.plays > 0
    n = int(played.sum())
    if n < 10:
        return inconclusive(f"only {n} tracks with a vector are played", n=n)
    norms, plays = model.space.norms[model.space.usable][played], model.plays[played]
    if not np.ptp(norms) or not np.ptp(plays):
        return not_applicable("all vectors have the same norm, or all tracks the same number of plays", n=n)
    value = float(np.corrcoef(average_ranks(norms), average_ranks(plays))[0, 1])
    return Measurement(
        value=value,
        n=n,
        summary=f"norms and plays have a rank correlation of {value:+.2f}",
        hint="an inner product favours popular tracks in such a space: look up neighbours by cosine",
    )
