"""Exact nearest neighbours, tile by tile: the whole matrix of similarities is never in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedgate.progress import Report, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TILE_ROWS = 512
_TILE_COLUMNS = 16_384  # 512 x 16,384 float32 are 32 MB, which fit in the cache
_EXCLUDED = np.float32(-np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourGraph:
    """The k nearest neighbours of q queries, nearest first; ties go to the lower number.

    Attributes:
        indices: numbers of the neighbours, int32, shape (q, k); -1 if there are fewer than k.
        similarities: inner products with them, float32, shape (q, k); -inf if there is none.
    """

    indices: NDArray[np.int32]
    similarities: NDArray[np.float32]

    @property
    def k(self) -> int:
        """Number of neighbours per query."""
        return int(self.indices.shape[1])


def neighbour_graph(
    vectors: NDArray[np.float32],
    k: int,
    groups: NDArray[np.integer] | None = None,
    progress: Report = silent,
) -> NeighbourGraph:
    """Find the k nearest neighbours of each vector among the vectors of other groups.

    Args:
        vectors: shape (n, d).
        k: number of neighbours; at most n.
        groups: group of each vector (its artist), shape (n,); None: only the vector itself is left out.
        progress: called with the completed share.
    """
    own = np.arange(len(vectors), dtype=np.int32) if groups is None else groups
    return nearest_neighbours(vectors, vectors, k, query_group=own, item_group=own, progress=progress)


def nearest_neighbours(
    queries: NDArray[np.float32],
    items: NDArray[np.float32],
    k: int,
    *,
    query_group: NDArray[np.integer] | None = None,
    item_group: NDArray[np.integer] | None = None,
    progress: Report = silent,
) -> NeighbourGraph:
    """Find the k items of highest inner product with each query.

    The columns of a tile of products are split into groups. The k-th highest of the groups' maxima is a lower bound
    of the k-th highest product, so few groups can contain one of the k, and only their products above the bound are
    sorted.

    Args:
        queries: shape (q, d).
        items: shape (n, d).
        k: number of neighbours; at most n.
        query_group: group of each query, whose items are left out, shape (q,).
        item_group: group of each item, shape (n,).
        progress: called with the completed share.
    """
    k = max(1, min(k, len(items)))
    indices = np.full((len(queries), k), -1, dtype=np.int32)
    similarities = np.full((len(queries), k), _EXCLUDED, dtype=np.float32)
    # one buffer for all tiles: allocating new memory takes longer than computing the products
    memory = np.empty(min(_TILE_ROWS, len(queries)) * min(_TILE_COLUMNS, len(items)), np.float32)
    if query_group is None or item_group is None:  # nothing is left out
        query_group, item_group = np.ones(len(queries), np.int8), np.zeros(len(items), np.int8)
    by_group = np.argsort(item_group, kind="stable")
    sorted_groups = item_group[by_group]
    for start in range(0, len(queries), _TILE_ROWS):
        rows = slice(start, start + _TILE_ROWS)
        best = _Best(len(queries[rows]), k)
        own_row, own_item = _own_group(query_group[rows], sorted_groups, by_group)
        for left in range(0, len(items), _TILE_COLUMNS):
            some, others = queries[rows], items[left : left + _TILE_COLUMNS]
            products = memory[: len(some) * len(others)].reshape(len(some), len(others))
            np.matmul(some, others.T, out=products)
            here = (own_item >= left) & (own_item < left + _TILE_COLUMNS)
            products[own_row[here], own_item[here] - left] = _EXCLUDED
            best.add(products, left)
        indices[rows], similarities[rows] = best.indices, best.similarities
        progress(min(1.0, (start + _TILE_ROWS) / len(queries)))
    return NeighbourGraph(indices, similarities)


class _Best:
    """The k highest products of each row over the tiles seen so far."""

    def __init__(self, rows: int, k: int) -> None:
        self.indices = np.full((rows, k), -1, dtype=np.int32)
        self.similarities = np.full((rows, k), _EXCLUDED, dtype=np.float32)

    def add(self, products: NDArray[np.float32], offset: int) -> None:
        rows, k = self.similarities.shape
        row, column = _candidates(products, k, self.similarities[:, -1])
        old_row, old_column = np.nonzero(self.indices >= 0)
        value = np.concatenate([self.similarities[old_row, old_column], products[row, column]])
        index = np.concatenate([self.indices[old_row, old_column], (column + offset).astype(np.int32)])
        row = np.concatenate([old_row, row])
        order = np.lexsort((index, -value, row))
        row, value, index = row[order], value[order], index[order]
        place = np.arange(len(row)) - np.searchsorted(row, np.arange(rows))[row]
        kept = place < k
        self.similarities[row[kept], place[kept]] = value[kept]
        self.indices[row[kept], place[kept]] = index[kept]


def _own_group(
    group: NDArray[np.integer], sorted_groups: NDArray[np.integer], by_group: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return all pairs of a row and an item of its group: rows and items, shape (pairs,) each."""
    first = np.searchsorted(sorted_groups, group, "left")
    many = np.searchsorted(sorted_groups, group, "right") - first
    row = np.repeat(np.arange(len(group)), many)
    return row, by_group[np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)]


def _candidates(
    products: NDArray[np.float32], k: int, reached: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns of all products that may be among the k highest of their row, and of few others.

    Args:
        products: shape (rows, columns); -inf is excluded.
        k: number of neighbours.
        reached: k-th highest of each row in earlier tiles, shape (rows,); -inf if there are fewer.
    """
    rows, columns = products.shape
    groups = max(4 * k, 256)
    depth = columns // groups
    if depth < 2:  # too narrow for groups
        last = max(0, columns - k)
        floor = _finite(np.maximum(reached, np.partition(products, last, axis=1)[:, last] if last else _EXCLUDED))
        row, column = np.nonzero(products >= floor[:, None])
        return row, column
    grouped = products[:, : depth * groups].reshape(rows, depth, groups)
    highest = grouped.max(axis=1)
    floor = _finite(np.maximum(reached, np.partition(highest, groups - k, axis=1)[:, groups - k]))
    row, group = np.nonzero(highest >= floor[:, None])
    inside, deep = np.nonzero(grouped[row, :, group] >= floor[row, None])
    rest_row, rest = np.nonzero(products[:, depth * groups :] >= floor[:, None])
    return (
        np.concatenate([row[inside], rest_row]),
        np.concatenate([deep * groups + group[inside], depth * groups + rest]),
    )


def _finite(floor: NDArray[np.float32]) -> NDArray[np.float32]:
    """Raise a bound of -inf to a finite one, so that excluded items do not reach it."""
    return np.maximum(floor, np.finfo(np.float32).min)
