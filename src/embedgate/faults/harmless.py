"""Changes after which a model is as good as before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.faults.fault import FaultyModel, rotation, usable_vectors

if TYPE_CHECKING:
    from embedgate.material.model import ModelUnderTest


def rotated(model: ModelUnderTest, _severity: float, rng: np.random.Generator) -> FaultyModel:
    """Rotate the space."""
    return FaultyModel.of(model.tracks, usable_vectors(model) @ rotation(rng, model.space.dimensions))


def scaled(model: ModelUnderTest, factor: float, _rng: np.random.Generator) -> FaultyModel:
    """Multiply all vectors by a number."""
    return FaultyModel.of(model.tracks, usable_vectors(model) * factor)


def reordered(model: ModelUnderTest, _severity: float, rng: np.random.Generator) -> FaultyModel:
    """Write the rows in another order, each with its key."""
    order = rng.permutation(len(model.tracks))
    return FaultyModel.of(model.keys(order), usable_vectors(model)[order])


def half_precision(model: ModelUnderTest, _severity: float, _rng: np.random.Generator) -> FaultyModel:
    """Store the vectors as float16, scaled into its range."""
    vectors = usable_vectors(model)
    scale = np.abs(vectors).max()
    return FaultyModel.of(model.tracks, (vectors / scale).astype(np.float16).astype(np.float32) * scale)


def eight_bits(model: ModelUnderTest, _severity: float, _rng: np.random.Generator) -> FaultyModel:
    """Round each component to one of 255 steps."""
    vectors = usable_vectors(model)
    step = np.abs(vectors).max() / 127
    return FaultyModel.of(model.tracks, np.round(vectors / step) * step)


def dimension_added(model: ModelUnderTest, _severity: float, rng: np.random.Generator) -> FaultyModel:
    """Embed the space in one that has a dimension more."""
    vectors = usable_vectors(model)
    turn = rotation(rng, vectors.shape[1] + 1)
    return FaultyModel.of(model.tracks, np.pad(vectors, ((0, 0), (0, 1))) @ turn)
