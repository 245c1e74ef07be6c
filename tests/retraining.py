"""The effects of a retrain and of misaligned keys on a space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def random_rotation(dimensions: int, seed: int = 0) -> NDArray[np.float64]:
    """Return a random orthogonal matrix."""
    drawn = np.random.default_rng(seed).standard_normal((dimensions, dimensions))
    return np.asarray(np.linalg.qr(drawn)[0])


def retrained(vectors: NDArray[np.floating], noise: float = 0.15, seed: int = 1) -> NDArray[np.float32]:
    """Add noise relative to the length of each vector, rotate and scale."""
    rng = np.random.default_rng(seed)
    length = np.sqrt((vectors**2).mean(axis=1, keepdims=True))
    noisy = vectors + noise * length * rng.standard_normal(vectors.shape)
    return np.asarray(1.7 * noisy @ random_rotation(vectors.shape[1], seed), dtype=np.float32)


def permute_vectors(vectors: NDArray[np.floating], chosen: NDArray[np.integer]) -> NDArray[np.float32]:
    """Permute the vectors of the chosen rows cyclically, so that none keeps its own."""
    permuted = np.array(vectors, dtype=np.float32)
    permuted[chosen] = vectors[np.roll(chosen, 1)]
    return permuted
