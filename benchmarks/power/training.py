"""Models of a world: skip-gram, CBOW, or a factorization of the positive pointwise mutual information."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.power.world import World

_WINDOW = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """Differences of a training from that of the champion.

    Attributes:
        seed: seed of initial vectors and samples.
        epochs: number of epochs; None: the number of the world.
        dimensions: number of dimensions; None: the number of the world.
    """

    seed: int = 1
    epochs: int | None = None
    dimensions: int | None = None


def train(
    world: World, lists: Sequence[NDArray[np.intp]], training: Training
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Train a model reproducibly; return track numbers, the most frequent first, and their vectors."""
    dimensions = training.dimensions or world.dimensions
    if world.algorithm == "ppmi-svd":
        return _factorize(lists, world, dimensions, training.seed)
    from gensim.models import Word2Vec

    model = Word2Vec(
        [list(map(str, tracks)) for tracks in lists],
        sg=int(world.algorithm == "skip-gram"),
        vector_size=dimensions,
        window=_WINDOW,
        epochs=training.epochs or world.epochs,
        min_count=world.min_count,
        workers=1,
        seed=training.seed,
        hashfxn=lambda word: zlib.crc32(word.encode()),
    )
    return np.array(model.wv.index_to_key, dtype=np.intp), np.asarray(model.wv.vectors, dtype=np.float32)


def _factorize(
    lists: Sequence[NDArray[np.intp]], world: World, dimensions: int, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Factorize the positive pointwise mutual information of tracks in a window (Levy and Goldberg 2014)."""
    from scipy.sparse import coo_array, csr_array
    from scipy.sparse.linalg import svds

    plays = np.bincount(np.concatenate(lists))
    kept = np.flatnonzero(plays >= world.min_count)
    kept = kept[np.argsort(-plays[kept], kind="stable")]
    row = np.full(len(plays), -1)
    row[kept] = np.arange(len(kept))
    pairs = [
        (a[:-step], a[step:]) for tracks in lists for step in range(1, _WINDOW + 1) if len(a := row[tracks]) > step
    ]
    left, right = (np.concatenate(side) for side in zip(*pairs, strict=True))
    both = (left >= 0) & (right >= 0) & (left != right)
    left, right = left[both], right[both]
    counts = csr_array(
        coo_array((np.ones(2 * len(left)), (np.r_[left, right], np.r_[right, left])), (len(kept),) * 2)
    )
    total, sums = float(counts.sum()), np.asarray(counts.sum(axis=1), dtype=float)
    cells = counts.tocoo()
    weight = np.log(cells.data * total / (sums[cells.row] * sums[cells.col]))
    ppmi = csr_array((np.maximum(weight, 0), (cells.row, cells.col)), cells.shape)
    start = np.random.default_rng(seed).standard_normal(len(kept))
    vectors, sizes, _ = svds(ppmi, k=min(dimensions, len(kept) - 1), v0=start)
    return kept, np.asarray(vectors[:, ::-1] * np.sqrt(sizes[::-1]), dtype=np.float32)
