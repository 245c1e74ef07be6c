"""Exact nearest neighbours, compared with sorting all items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import ThreadpoolController, threadpool_limits

from embedgate.material import neighbours
from embedgate.material.neighbours import NeighbourGraph, nearest_neighbours, neighbour_graph

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


def by_pairs(
    queries: NDArray[np.float32], items: NDArray[np.float32], k: int, barred: NDArray[np.bool_]
) -> NeighbourGraph:
    """Return the neighbours by the rounded float64 inner product of each pair, with ties to the lower number."""
    left, right = (
        np.repeat(queries.astype(float), len(items), axis=0),
        np.tile(items.astype(float), (len(queries), 1)),
    )
    similarity = np.einsum("pd,pd->p", left, right).astype(np.float32).reshape(len(queries), len(items))
    similarity[barred] = -np.inf
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
    best = np.take_along_axis(similarity, order, axis=1)
    return NeighbourGraph(np.where(np.isfinite(best), order, -1).astype(np.int32), best)


def assert_equal(one: NeighbourGraph, other: NeighbourGraph) -> None:
    np.testing.assert_array_equal(one.indices, other.indices)
    np.testing.assert_array_equal(one.similarities, other.similarities)


@settings(max_examples=80, deadline=None)
@given(
    n=st.integers(1, 250),
    dimensions=st.integers(1, 40),
    distinct=st.integers(1, 60),
    spread=st.sampled_from([0.0, 1e-7, 1e-4, 1.0]),
    k=st.integers(1, 12),
    tile=st.sampled_from([(16, 3), (32, 50), (64, 7), (4096, 256)]),
    threads=st.integers(1, 2),
    seed=st.integers(0, 10_000),
)
def test_ties_of_equal_vectors_are_exact(  # noqa: PLR0917
    n: int, dimensions: int, distinct: int, spread: float, k: int, tile: tuple[int, int], threads: int, seed: int
) -> None:
    """Neighbours of unit vectors with many duplicates, also in a nearly collapsed space, equal sorting all pairs."""
    rng = np.random.default_rng(seed)
    points = 1 + spread * rng.standard_normal((distinct, dimensions))
    unit = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)[rng.integers(0, distinct, n)]

    with pytest.MonkeyPatch.context() as patch, threadpool_limits(threads, user_api="blas"):
        patch.setattr(neighbours, "TILE_ITEMS", tile[0])
        patch.setattr(neighbours, "TILE_QUERIES", tile[1])
        patch.setattr(neighbours, "_SMALL", 0)
        found = neighbour_graph(unit, k)

    assert_equal(found, by_pairs(unit, unit, min(k, n), np.eye(n, dtype=bool)))


def test_graph_depends_on_neither_threads_nor_queries() -> None:
    """A query that is searched alone has the same similarities as in the graph of all."""
    rng = np.random.default_rng(2)
    points = rng.standard_normal((5_000, 48)).astype(np.float32)
    points[rng.integers(0, 5_000, 1_500)] = points[:1_500]
    own = np.arange(len(points))
    with threadpool_limits(1, user_api="blas"):
        expected = neighbour_graph(points, 10)
    with threadpool_limits(2, user_api="blas"):
        assert_equal(neighbour_graph(points, 10), expected)

    for query in range(0, 5_000, 500):
        one = slice(query, query + 1)
        alone = nearest_neighbours(points[one], points, 10, query_group=own[one], item_group=own)
        assert_equal(alone, NeighbourGraph(expected.indices[one], expected.similarities[one]))


@pytest.mark.parametrize("spread", [0, 1e-7, 1e-3])
def test_collapsed_space_of_several_tiles(spread: float) -> None:
    """Nearly all products tie with the k-th best, so the k best are chosen in every tile."""
    rng = np.random.default_rng(3)
    points = 1 + spread * rng.standard_normal((9_000, 6))
    points = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)

    found = nearest_neighbours(points[:40], points, 5)

    assert_equal(found, by_pairs(points[:40], points, 5, np.zeros((40, 9_000), bool)))


@pytest.mark.parametrize(("n", "k"), [(9_000, 300), (4_100, 1_000), (5_000, 5_000)])
def test_many_neighbours_are_found_in_several_tiles(n: int, k: int) -> None:
    """There are fewer groups in a tile than neighbours."""
    rng = np.random.default_rng(5)
    points, group = rng.standard_normal((n, 6)).astype(np.float32), rng.integers(0, 50, n)
    points[rng.integers(0, n, n // 3)] = points[: n // 3]

    found = nearest_neighbours(points[:20], points, k, query_group=group[:20], item_group=group)

    assert_equal(found, by_pairs(points[:20], points, k, group[:20, None] == group[None]))


def test_similarities_are_symmetric() -> None:
    """A matrix product would round x y and y x differently."""
    points = np.random.default_rng(4).standard_normal((300, 50)).astype(np.float32)

    found = neighbour_graph(points, 299)

    similarity = np.zeros((300, 300), np.float32)
    np.put_along_axis(similarity, found.indices, found.similarities, axis=1)
    np.testing.assert_array_equal(similarity, similarity.T)


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


@pytest.mark.parametrize("threads", [1, 2])
def test_progress_ascends_to_one(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The callback is called with the completed share, up to 1."""
    monkeypatch.setattr(neighbours, "_SMALL", 0)
    monkeypatch.setattr(neighbours, "TILE_QUERIES", 3)
    reported: list[float] = []
    points = np.eye(32, dtype=np.float32)

    with threadpool_limits(threads, user_api="blas"):
        nearest_neighbours(points, points, 2, progress=reported.append)

    assert len(reported) > 5
    assert reported == sorted(reported)
    assert reported[-1] == pytest.approx(1)


def test_blas_has_all_threads_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in a callback ends the search."""
    monkeypatch.setattr(neighbours, "_SMALL", 0)
    points = np.eye(600, dtype=np.float32)

    def fail(_share: float) -> None:
        raise KeyboardInterrupt

    with threadpool_limits(2, user_api="blas"):
        with pytest.raises(KeyboardInterrupt):
            nearest_neighbours(points, points, 2, progress=fail)
        blas = ThreadpoolController().select(user_api="blas")
        assert [each.num_threads for each in blas.lib_controllers] == [2] * len(blas.lib_controllers)
