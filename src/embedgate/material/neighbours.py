"""Exact nearest neighbours, tile by tile on all cores: the whole matrix of similarities is never in memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import pairwise
from threading import local
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import ThreadpoolController

from embedgate.material.highest_products import DEPTH, HighestProducts
from embedgate.progress import Report, silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TILE_ITEMS, TILE_QUERIES = 4096, 256
"""Shape of a tile of products: 4 MB of float32, of which each thread has one in the cache."""
_SMALL = 2**24  # multiplications that take less time than starting a thread


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

    def rows(self, places: NDArray[np.integer]) -> NeighbourGraph:
        """Return the neighbours of some of the queries."""
        return NeighbourGraph(self.indices[places], self.similarities[places])


def neighbour_graph(
    vectors: NDArray[np.float32],
    k: int,
    groups: NDArray[np.integer] | None = None,
    progress: Report = silent,
    rows: slice | NDArray[np.integer] = slice(None),
) -> NeighbourGraph:
    """Find the k nearest neighbours of each vector among the vectors of other groups.

    Args:
        vectors: shape (n, d).
        k: number of neighbours; at most n.
        groups: group of each vector (its artist), shape (n,); None: only the vector itself is left out.
        progress: called with the completed share.
        rows: the vectors whose neighbours are found; the default is all. They equal the rows of the whole graph bit
            by bit.
    """
    own = np.arange(len(vectors), dtype=np.int32) if groups is None else groups
    return nearest_neighbours(vectors[rows], vectors, k, query_group=own[rows], item_group=own, progress=progress)


def stacked(parts: Sequence[NeighbourGraph]) -> NeighbourGraph:
    """Return one graph of the rows of several, in their order; all have the same k."""
    return NeighbourGraph(
        np.concatenate([part.indices for part in parts]), np.concatenate([part.similarities for part in parts])
    )


class NeighbourSearch:
    """The neighbours of some of n vectors among all, each searched once, when they are first asked for."""

    def __init__(self, vectors: NDArray[np.float32], k: int, progress: Report = silent) -> None:
        """Start without neighbours.

        Args:
            vectors: shape (n, d).
            k: number of neighbours.
            progress: called with the completed share of each search.
        """
        self._vectors, self._progress = vectors, progress
        self._place = np.full(len(vectors), -1, dtype=np.intp)  # of each vector in the graph
        self._graph = NeighbourGraph(np.empty((0, k), np.int32), np.empty((0, k), np.float32))

    def of(self, numbers: NDArray[np.integer]) -> NeighbourGraph:
        """Return the neighbours of some vectors, in the order of their numbers, which may repeat."""
        new = np.unique(numbers[self._place[numbers] < 0])
        if len(new):
            self.add(new, neighbour_graph(self._vectors, self._graph.k, progress=self._progress, rows=new))
        return self._graph.rows(self._place[numbers])

    def add(self, numbers: NDArray[np.integer], graph: NeighbourGraph) -> None:
        """Add neighbours that were found elsewhere: those of `numbers`, which are distinct, in this order."""
        self._place[numbers] = len(self._graph.indices) + np.arange(len(numbers))
        self._graph = stacked([self._graph, graph])


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

    A similarity is the inner product in float64, rounded to float32. It depends on the two vectors alone, so equal
    vectors tie whatever the tiles, the number of threads and the BLAS library are. There are as many threads as BLAS
    may use; each has its own tiles, so that one selects neighbours while another multiplies.

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
    similarities = np.full((len(queries), k), -np.inf, dtype=np.float32)
    if query_group is None or item_group is None:  # nothing is left out
        query_group, item_group = np.ones(len(queries), np.int8), np.zeros(len(items), np.int8)
    by_group = np.argsort(item_group, kind="stable")
    sorted_groups = item_group[by_group]
    largest_norm = float(np.sqrt(np.einsum("nd,nd->n", items, items).max(initial=0)))
    edges = sorted({*range(0, len(items), TILE_ITEMS), len(items) // DEPTH * DEPTH, len(items)})
    blas = ThreadpoolController().select(user_api="blas")
    threads = min((each.num_threads for each in blas.lib_controllers), default=1)
    if queries.size * len(items) < _SMALL:
        threads = 1
    blocks = _blocks(len(queries), threads)
    tile = local()  # of each thread: allocating a new one takes longer than computing its products

    def allocate() -> None:
        tile.memory = np.empty(min(TILE_ITEMS, len(items)) * min(TILE_QUERIES, len(queries)), np.float32)

    def search(rows: slice) -> None:
        some = queries[rows]
        highest = HighestProducts(some, items, k, largest_norm)
        own_row, own_item = _own_group(query_group[rows], sorted_groups, by_group)
        for left, right in pairwise(edges):
            products = tile.memory[: (right - left) * len(some)].reshape(right - left, len(some))
            np.matmul(items[left:right], some.T, out=products)
            own = slice(*np.searchsorted(own_item, (left, right)))
            products[own_item[own] - left, own_row[own]] = -np.inf
            highest.add(products, left)
        indices[rows], similarities[rows] = highest.best()

    one_each = blas.limit(limits=1) if threads > 1 else nullcontext()
    with one_each, ThreadPoolExecutor(threads, initializer=allocate) as pool:
        for rows, _ in zip(blocks, pool.map(search, blocks), strict=True):
            progress(rows.stop / len(queries))
    return NeighbourGraph(indices, similarities)


def _blocks(queries: int, threads: int) -> list[slice]:
    """Split the queries into blocks of equal size, equally many for each thread."""
    if not queries:
        return []
    blocks = min(queries, threads * -(-queries // (TILE_QUERIES * threads)))
    edges = np.linspace(0, queries, blocks + 1).astype(int).tolist()
    return [slice(start, stop) for start, stop in pairwise(edges)]


def _own_group(
    group: NDArray[np.integer], sorted_groups: NDArray[np.integer], by_group: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return all pairs of a row and an item of its group, items ascending: rows and items, shape (pairs,) each."""
    first = np.searchsorted(sorted_groups, group, "left")
    many = np.searchsorted(sorted_groups, group, "right") - first
    row = np.repeat(np.arange(len(group)), many)
    item = by_group[np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)]
    order = np.argsort(item, kind="stable")
    return row[order], item[order]
