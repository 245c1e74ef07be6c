"""Vectors that were damaged after training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.faults.fault import FaultyModel, replaced, some, usable_vectors

if TYPE_CHECKING:
    from embedgate.material.model import ModelUnderTest


def noise(model: ModelUnderTest, ratio: float, rng: np.random.Generator) -> FaultyModel:
    """Add normal noise, in standard deviations of each dimension."""
    vectors = usable_vectors(model)
    drawn = rng.standard_normal(vectors.shape) * vectors.std(axis=0)
    return FaultyModel.of(model.tracks, vectors + ratio * drawn, model.tracks if ratio else ())


def signs_flipped(model: ModelUnderTest, share: float, rng: np.random.Generator) -> FaultyModel:
    """Negate the vectors of a share of the tracks."""
    tracks = some(model, share, rng)
    return replaced(model, tracks, -usable_vectors(model)[tracks])


def dimensions_corrupted(model: ModelUnderTest, share: float, rng: np.random.Generator) -> FaultyModel:
    """Shuffle a share of the dimensions over the tracks."""
    vectors = usable_vectors(model)
    chosen = rng.permutation(vectors.shape[1])[: round(share * vectors.shape[1])]
    for dimension in chosen:
        vectors[:, dimension] = rng.permutation(vectors[:, dimension])
    return FaultyModel.of(model.tracks, vectors, model.tracks if len(chosen) else ())


def rank_truncated(model: ModelUnderTest, share: float, _rng: np.random.Generator) -> FaultyModel:
    """Remove a share of the principal components, the smallest first; two at least are kept."""
    vectors = usable_vectors(model).astype(np.float64)
    mean = vectors.mean(axis=0)
    left, sizes, right = np.linalg.svd(vectors - mean, full_matrices=False)
    kept = max(min(2, len(sizes)), len(sizes) - round(share * len(sizes)))
    truncated = (left[:, :kept] * sizes[:kept]) @ right[:kept] + mean
    return FaultyModel.of(model.tracks, truncated, model.tracks if kept < len(sizes) else ())


def zero_rows(model: ModelUnderTest, share: float, rng: np.random.Generator) -> FaultyModel:
    """Set the vectors of a share of the tracks to zero."""
    return _constant(model, share, rng, 0.0)


def nan_rows(model: ModelUnderTest, share: float, rng: np.random.Generator) -> FaultyModel:
    """Set the vectors of a share of the tracks to NaN."""
    return _constant(model, share, rng, np.nan)


def constant_rows(model: ModelUnderTest, share: float, rng: np.random.Generator) -> FaultyModel:
    """Give a share of the tracks one and the same vector, the mean."""
    tracks = some(model, share, rng)
    return replaced(model, tracks, np.repeat(usable_vectors(model).mean(axis=0)[None], len(tracks), axis=0))


def _constant(model: ModelUnderTest, share: float, rng: np.random.Generator, value: float) -> FaultyModel:
    tracks = some(model, share, rng)
    return replaced(model, tracks, np.full((len(tracks), model.space.dimensions), value, np.float32))
