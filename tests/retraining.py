"""What a retrain does to a space, and what an accident does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def random_rotation(dimensions: int, seed: int = 0) -> NDArray[np.float64]:
    """Draw an orthogonal matrix."""
    drawn = np.random.default_rng(seed).standard_normal((dimensions, dimensions))
    return np.asarray(np.linalg.qr(drawn)[0])


def retrained(vectors: NDArray[np.floating], noise: float = 0.15, seed: int = 1) -> NDArray[np.float32]:
    """Turn and scale a space, and move each vector by a share of its length."""
    rng = np.random.default_rng(seed)
    length = np.sqrt((vectors**2).mean(axis=1, keepdims=True))
    moved = vectors + noise * length * rng.standard_normal(vectors.shape)
    return np.asarray(1.7 * moved @ random_rotation(vectors.shape[1], seed), dtype=np.float32)


def permute_vectors(vectors: NDArray[np.floating], chosen: NDArray[np.integer]) -> NDArray[np.float32]:
    """Hand the vectors of the chosen rows on among them, each to the next: none keeps its own."""
    broken = np.array(vectors, dtype=np.float32)
    broken[chosen] = vectors[np.roll(chosen, 1)]
    return broken
