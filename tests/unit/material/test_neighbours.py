"""Exact nearest neighbours, compared with sorting all items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedgate.material.neighbours import nearest_neighbours

if TYPE_CHECKING:
    from numpy.typing import NDArray


@settings(max_examples=60)
@given(
    n=st.integers(1, 700),
    k=st.integers(1, 12),
    levels=st.integers(1, 6),
    grouped=st.booleans(),
    seed=st.integers(0, 10_000),
)
def test_neighbours_equal_a_stable_sort(n: int, k: int, levels: int, *, grouped: bool, seed: int) -> None:
    """Ties go to the item with the lower number, and items of the query's own group are left out."""
    rng = np.random.default_rng(seed)
    points = rng.integers(-levels, levels + 1, (n, 3)).astype(np.float32)  # few values: many ties
    group = rng.integers(0, max(1, n // 3), n) if grouped else np.arange(n)

    found = nearest_neighbours(points, points, k, query_group=group, item_group=group)

    products = points @ points.T
    products[group[:, None] == group[None]] = -np.inf
    order = np.argsort(-products, axis=1, kind="stable")[:, :k]
    values = np.take_along_axis(products, order, axis=1)
    np.testing.assert_array_equal(found.indices, np.where(np.isfinite(values), order, -1))
    np.testing.assert_array_equal(found.similarities, values)


def test_neighbours_do_not_depend_on_tiles() -> None:
    """There are more items than fit into one tile."""
    rng = np.random.default_rng(0)
    items = rng.standard_normal((40_000, 8)).astype(np.float32)
    queries = items[:7]

    found = nearest_neighbours(queries, items, 5)

    expected = np.argsort(-(queries @ items.T), axis=1, kind="stable")[:, :5]
    np.testing.assert_array_equal(found.indices, expected)


def by_sorting(
    queries: NDArray[np.float32], items: NDArray[np.float32], k: int, barred: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """Return the k nearest items by sorting, with ties to the lower number; -1 if there is no item."""
    products = queries @ items.T
    products[barred] = -np.inf
    order = np.argsort(-products, axis=1, kind="stable")[:, :k]
    return np.where(np.isfinite(np.take_along_axis(products, order, axis=1)), order, -1)


def test_ties_and_groups_are_respected_across_tiles() -> None:
    """Ties across the edge of a tile go to the lower number, and a group is left out in every tile."""
    rng = np.random.default_rng(1)
    items = rng.integers(-2, 3, (33_000, 3)).astype(np.float32)
    group = rng.integers(0, 5, len(items))
    queries, own = items[-6:], group[-6:]

    found = nearest_neighbours(queries, items, 12, query_group=own, item_group=group)

    np.testing.assert_array_equal(found.indices, by_sorting(queries, items, 12, own[:, None] == group[None]))


def test_neighbours_are_found_in_the_last_tile() -> None:
    """33,000 items of the query's own group precede its 13 neighbours, so two of 15 places stay empty."""
    items = np.full((33_010, 2), [-1, 0], dtype=np.float32)
    items[-10:] = [[1, place] for place in range(10)]
    group = np.zeros(len(items), int)
    group[-10:], group[:3] = 1, 1

    found = nearest_neighbours(np.array([[1, 1]], np.float32), items, 15, query_group=np.array([0]), item_group=group)

    assert found.indices[0].tolist() == [*range(33_009, 32_999, -1), 0, 1, 2, -1, -1]


@pytest.mark.parametrize("k", [0, 1, 3, 50])
def test_k_is_limited_to_the_number_of_items(k: int) -> None:
    """At least one neighbour and at most all items are returned."""
    points = np.eye(3, dtype=np.float32)

    assert nearest_neighbours(points, points, k).k == min(max(k, 1), 3)


def test_query_whose_group_has_all_items_has_no_neighbour() -> None:
    """All indices are -1 and all similarities -inf."""
    points = np.eye(3, dtype=np.float32)
    one_group = np.zeros(3, int)

    found = nearest_neighbours(points, points, 2, query_group=one_group, item_group=one_group)

    assert (found.indices == -1).all()
    assert np.isneginf(found.similarities).all()


def test_no_query_returns_no_neighbours() -> None:
    """The result has shape (0, k)."""
    assert nearest_neighbours(np.empty((0, 3), np.float32), np.eye(3, dtype=np.float32), 2).indices.shape == (0, 2)


def test_progress_ends_at_one() -> None:
    """The callback is called with the completed share, up to 1."""
    reported: list[float] = []
    points = np.eye(8, dtype=np.float32)

    nearest_neighbours(points, points, 2, progress=reported.append)

    assert reported[-1] == pytest.approx(1)
