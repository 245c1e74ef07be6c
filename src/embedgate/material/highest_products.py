"""The k items of highest inner product with each query of a block.

Items are multiplied tile by tile in float32. An item is a candidate if its product reaches the *floor* of the query,
a lower bound of the k-th highest product so far. The remaining candidates are scored in float64, pair by pair: a
matrix product rounds the same two vectors differently at different positions, so it cannot order ties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEPTH = 16
"""Items per group: only groups whose highest product reaches the floor are searched."""
_CROWD = 16  # candidates per query and neighbour above which the k best are chosen early
_FOLD = 6  # groups per neighbour that are enough for the first floor
_PAIRS = 4096  # pairs scored at a time, so that their vectors stay in the cache
_EXCLUDED = np.float32(-np.inf)
_LOWEST = np.finfo(np.float32).min


class HighestProducts:
    """The candidates of a block of queries among the items added so far.

    Candidates are three parallel arrays (row of the query, number of the item, float32 product), in the order of
    their items within each row.
    """

    def __init__(self, queries: NDArray[np.float32], items: NDArray[np.float32], k: int, largest_norm: float) -> None:
        """Start without candidates.

        Args:
            queries: shape (rows, d).
            items: shape (n, d).
            k: number of items to find.
            largest_norm: of the items.
        """
        self.queries, self.items, self.k = queries.astype(np.float64), items, k
        # |computed - exact| <= d u |x| |y| / (1 - d u) in any order of summation (Higham 2002, 3.1), where eps = 2 u.
        # Two products differ by two such errors; 8 eps more cover the rounding of similarities, floor and norms
        norms = np.linalg.norm(self.queries, axis=1) * largest_norm
        self.margin = (queries.shape[1] + 8) * np.finfo(np.float32).eps * norms
        self.floor = np.full(len(queries), _LOWEST)
        self.reached = np.full(len(queries), _EXCLUDED)  # k-th highest similarity when the k best were chosen
        self.row, self.item, self.product = np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.float32)
        self.tiles = 0

    def add(self, products: NDArray[np.float32], left: int) -> None:
        """Add the items from number `left` on; items are added in their order.

        Args:
            products: shape (items, rows), may be overwritten; the number of items is a multiple of DEPTH or less than
                DEPTH. An item with -inf is excluded.
            left: number of the first item.
        """
        rows = len(self.floor)
        if np.isfinite(self.reached).any():
            products[self._no_better(left, left + len(products))] = _EXCLUDED
        grouped = products.reshape(DEPTH if len(products) >= DEPTH else 1, -1)
        highest = grouped.max(axis=0).reshape(-1, rows)
        if not self.tiles:
            fold = max(1, len(highest) // (_FOLD * self.k))
            size = len(highest) // fold
            self._raise_floor(highest[: fold * size].reshape(fold, size, rows).max(axis=0).T)
        found = np.flatnonzero(highest >= self.floor)
        candidates = grouped.take(found, axis=1)  # faster than an index, as below
        reach = np.flatnonzero(candidates >= self.floor[found % rows])
        deep, which = np.divmod(reach, max(1, len(found)))
        item, row = np.divmod(deep * grouped.shape[1] + found[which], rows)
        product = candidates.ravel()[reach]
        self.row = np.concatenate([self.row, row])
        self.item = np.concatenate([self.item, item + left])
        self.product = np.concatenate([self.product, product])
        self.tiles += 1
        doubled = self.tiles > 1 and self.tiles & (self.tiles - 1) == 0
        if doubled or self._crowded(len(self.row)):
            self._drop_candidates()

    def best(self) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Return the k best items of each row and their similarities; ties go to the lower number.

        Returns:
            numbers and similarities, shape (rows, k) each; -1 and -inf if there are fewer than k.
        """
        self._drop_candidates()
        place = _places(self.row, len(self.floor))
        similarity = _table(self.row, place, self._similarities(), len(self.floor), self.k)
        order = np.argsort(-similarity, axis=1, kind="stable")[:, : self.k]
        item = np.full(similarity.shape, -1)
        item[self.row, place] = self.item
        return np.take_along_axis(item, order, axis=1), np.take_along_axis(similarity, order, axis=1)

    def _crowded(self, candidates: int) -> bool:
        return candidates > _CROWD * self.k * len(self.floor)

    def _raise_floor(self, products: NDArray[np.float32]) -> None:
        """Raise the floor to the k-th highest of some products of each row, shape (rows, any), less the margin."""
        last = products.shape[1] - self.k
        if last >= 0:
            bound = np.partition(products, last, axis=1)[:, last] - self.margin
            self.floor = np.maximum(self.floor, bound.astype(np.float32))

    def _drop_candidates(self) -> None:
        """Drop the candidates below the floor that all candidates imply; if too many are left, keep the k best."""
        self._keep(np.argsort(self.row.astype(np.int16), kind="stable"))  # int16: a radix sort
        place = _places(self.row, len(self.floor))
        self._raise_floor(_table(self.row, place, self.product, len(self.floor), self.k))
        self._keep(np.flatnonzero(self.product >= self.floor[self.row]))
        if self._crowded(2 * len(self.row)):
            similarity = self._similarities()
            order = np.lexsort((self.item, -similarity, self.row))
            place = _places(self.row[order], len(self.floor))
            last = order[place == self.k - 1]
            self.reached[self.row[last]] = similarity[last]
            self._keep(np.sort(order[place < self.k]))

    def _keep(self, kept: NDArray[np.intp]) -> None:
        self.row, self.item, self.product = self.row[kept], self.item[kept], self.product[kept]

    def _similarities(self) -> NDArray[np.float32]:
        """Return the inner product of each candidate in float64, rounded; all pairs are summed in the same order."""
        similarity = np.empty(len(self.row), np.float32)
        for start in range(0, len(self.row), _PAIRS):
            some = slice(start, start + _PAIRS)
            left = self.queries.take(self.row[some], axis=0)
            right = self.items.take(self.item[some], axis=0).astype(np.float64)
            similarity[some] = np.einsum("pd,pd->p", left, right)
        return similarity

    def _no_better(self, left: int, right: int) -> NDArray[np.bool_]:
        """Return which items cannot exceed the k-th best that was reached, shape (items, rows).

        If a space has collapsed, nearly all products are within the margin. Float64 has 29 bits more.
        """
        similarity = self.items[left:right].astype(np.float64) @ self.queries.T
        similarity += self.margin * 2.0**-28
        return similarity.astype(np.float32) <= self.reached


def _places(row: NDArray[np.intp], rows: int) -> NDArray[np.intp]:
    """Return the place of each candidate within its row; rows ascend."""
    many = np.bincount(row, minlength=rows)
    return np.arange(len(row)) - (np.cumsum(many) - many)[row]


def _table(
    row: NDArray[np.intp], place: NDArray[np.intp], value: NDArray[np.float32], rows: int, columns: int
) -> NDArray[np.float32]:
    """Return values by row and place, and -inf where there is none; at least some columns."""
    table = np.full((rows, max(columns, int(place.max(initial=-1)) + 1)), _EXCLUDED)
    table[row, place] = value
    return table
