"""Exact nearest neighbours, block by block: never the whole square matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedgate.progress import Report, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TILE_ROWS = 512
_TILE_COLUMNS = 16_384  # 512 x 16,384 float32 is 32 MB: a tile is written and read while it is near
_NOBODY = np.float32(-np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourGraph:
    """The k nearest of each of q queries, nearest first; ties go to the lower number.

    Attributes:
        indices: numbers of the neighbours, int32, shape (q, k); -1 where there are fewer than k.
        similarities: inner products with them, float32, shape (q, k); -inf where there is none.
    """

    indices: NDArray[np.int32]
    similarities: NDArray[np.float32]

    @property
    def k(self) -> int:
        """Neighbours a query."""
        return int(self.indices.shape[1])


def nearest(
    queries: NDArray[np.float32],
    items: NDArray[np.float32],
    k: int,
    *,
    query_group: NDArray[np.integer] | None = None,
    item_group: NDArray[np.integer] | None = None,
    progress: Report = silent,
) -> NeighbourGraph:
    """Find the k items of the highest inner product with each query, exactly.

    A tile of products is never sorted. The k-th highest of a tile's group maxima bounds its k-th highest
    product from below, so one comparison leaves hardly more than k candidates a row, and only those are
    sorted.

    Args:
        queries: shape (q, d).
        items: shape (n, d).
        k: how many neighbours; fewer are given where there are fewer.
        query_group: items of a query's own group are left out (itself, or its artist), shape (q,).
        item_group: group of each item, shape (n,).
        progress: is told the share that is done.
    """
    k = max(1, min(k, len(items)))
    indices = np.full((len(queries), k), -1, dtype=np.int32)
    similarities = np.full((len(queries), k), _NOBODY, dtype=np.float32)
    for start in range(0, len(queries), _TILE_ROWS):
        rows = slice(start, start + _TILE_ROWS)
        found = _Best(len(queries[rows]), k)
        for left in range(0, len(items), _TILE_COLUMNS):
            columns = slice(left, left + _TILE_COLUMNS)
            products = queries[rows] @ items[columns].T
            if query_group is not None and item_group is not None:
                products[query_group[rows, None] == item_group[None, columns]] = _NOBODY
            found.take(products, left)
        indices[rows], similarities[rows] = found.indices, found.similarities
        progress(min(1.0, (start + _TILE_ROWS) / len(queries)))
    return NeighbourGraph(indices, similarities)


class _Best:
    """The k highest of each row so far, over the tiles of that row."""

    def __init__(self, rows: int, k: int) -> None:
        self.indices = np.full((rows, k), -1, dtype=np.int32)
        self.similarities = np.full((rows, k), _NOBODY, dtype=np.float32)

    def take(self, products: NDArray[np.float32], offset: int) -> None:
        rows, k = self.similarities.shape
        floor = np.maximum(_lower_bound(products, k), self.similarities[:, -1])
        # a row without k finite products has the floor -inf, which the masked entries would all reach
        candidate = products >= np.maximum(floor, np.finfo(np.float32).min)[:, None]
        flat = np.flatnonzero(candidate)  # far faster than nonzero on two dimensions
        row, column = np.divmod(flat, products.shape[1])
        old_row, old_place = np.nonzero(self.indices >= 0)
        row = np.concatenate([old_row, row])
        value = np.concatenate([self.similarities[old_row, old_place], products.ravel()[flat]])
        index = np.concatenate([self.indices[old_row, old_place], (column + offset).astype(np.int32)])
        order = np.lexsort((index, -value, row))
        row, value, index = row[order], value[order], index[order]
        place = np.arange(len(row)) - np.searchsorted(row, np.arange(rows))[row]
        kept = place < k
        self.similarities[row[kept], place[kept]] = value[kept]
        self.indices[row[kept], place[kept]] = index[kept]


def _lower_bound(products: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    """A value that at least k entries of each row reach, shape (rows,); -inf where it cannot be told."""
    rows, columns = products.shape
    groups = max(4 * k, 256)
    if columns < 2 * groups:
        if columns <= k:
            return np.full(rows, _NOBODY, dtype=np.float32)
        return np.partition(products, columns - k, axis=1)[:, columns - k]
    depth = columns // groups
    highest = products[:, : depth * groups].reshape(rows, depth, groups).max(axis=1)
    return np.partition(highest, groups - k, axis=1)[:, groups - k]
