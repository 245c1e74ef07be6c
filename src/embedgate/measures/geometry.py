"""The shape of the space: collapse, rank, hubs, norms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.measurement import Measurement, inconclusive, not_applicable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest


def mean_cosine(model: ModelUnderTest) -> Measurement:
    """Mean cosine of all pairs of tracks: near 1, the space has collapsed into one direction.

    Exact: (|sum of unit vectors|^2 - n) / (n (n - 1)). Also known as anisotropy (Ethayarajh 2019).
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
        hint="the space has collapsed: look for too few epochs, or a learning rate that is too low or too high",
    )


def effective_rank(model: ModelUnderTest) -> Measurement:
    """Effective number of dimensions: exp of the entropy of the normalised singular values (Roy, Vetterli 2007).

    Of the centred unit vectors.
    """
    n, d = model.unit.shape
    if n < 2:
        return inconclusive(f"{n} usable vectors have no spread", n=n)
    centred = model.unit.astype(np.float64) - model.unit.mean(axis=0, dtype=np.float64)
    values = np.sqrt(np.clip(np.linalg.eigvalsh(centred.T @ centred), 0, None))
    if values.sum() == 0:
        value = 0.0
    else:
        share = values / values.sum()
        share = share[share > 0]
        value = float(np.exp(-(share * np.log(share)).sum()))
    return Measurement(
        value=value,
        n=n,
        summary=f"the vectors use {value:.1f} of {d} dimensions effectively",
        hint="the model has less to say than its size suggests: train longer, or take fewer dimensions",
    )


def k_occurrence(model: ModelUnderTest) -> NDArray[np.int64]:
    """In how many tracks' ten nearest each track is (k-occurrence), shape (n,)."""
    indices = model.neighbours.indices
    return np.bincount(indices[indices >= 0], minlength=len(model.tracks))


def hubness(model: ModelUnderTest) -> Measurement:
    """Skewness of the k-occurrence (Radovanovic, Nanopoulos, Ivanovic 2010); 0 where no hub is.

    To blame are the ten biggest hubs.
    """
    counts = k_occurrence(model)
    n = len(counts)
    if not n:
        return inconclusive("no usable vector")
    spread = counts.std()
    value = float((((counts - counts.mean()) / spread) ** 3).mean()) if spread > 0 else 0.0
    hubs = np.argsort(-counts, kind="stable")[:10]
    return Measurement(
        value=value,
        n=n,
        tracks=tuple(model.tracks[track] for track in hubs),
        summary=f"the k-occurrence is skewed by {value:.1f}: {model.tracks[hubs[0]]!r} is among the nearest of "
        f"{counts[hubs[0]]:,} tracks",
        hint="hubs are recommended to everybody: subtract the mean, or train longer",
    )


def antihubs(model: ModelUnderTest) -> Measurement:
    """Share of tracks that are in nobody's ten nearest (antihubs): no neighbour look-up ever finds them."""
    counts = k_occurrence(model)
    if not len(counts):
        return inconclusive("no usable vector")
    lost = np.flatnonzero(counts == 0)
    value = len(lost) / len(counts)
    by_plays = lost[np.argsort(-model.plays[lost], kind="stable")]
    return Measurement(
        value=value,
        n=len(counts),
        tracks=tuple(model.tracks[track] for track in by_plays),
        summary=f"{value:.1%} of {len(counts):,} tracks are among nobody's ten nearest",
        hint="a look-up of neighbours never recommends these tracks: look how often they are played, and raise "
        "min_count",
    )


def norm_popularity_correlation(model: ModelUnderTest) -> Measurement:
    """Spearman's rank correlation of a vector's length with its track's plays (Schakel and Wilson 2015)."""
    played = model.plays > 0
    n = int(played.sum())
    if n < 10:
        return inconclusive(f"only {n} tracks with a vector are played", n=n)
    from scipy.stats import spearmanr  # noqa: PLC0415 - heavy

    norms = model.space.norms[model.space.usable][played]
    plays = model.plays[played]
    if len(np.unique(norms)) < 2 or len(np.unique(plays)) < 2:
        return not_applicable("all vectors have the same length, or all tracks as many plays", n=n)
    value = float(spearmanr(norms, plays).statistic)
    return Measurement(
        value=value,
        n=n,
        summary=f"the length of a vector and its track's plays correlate by {value:+.2f}",
        hint="an inner product then recommends what is popular: look neighbours up by cosine",
    )
