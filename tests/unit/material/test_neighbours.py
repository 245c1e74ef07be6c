"""Exact neighbours, against a plain sort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedgate.material.neighbours import nearest


@settings(deadline=None, max_examples=60)
@given(
    n=st.integers(1, 700),
    k=st.integers(1, 12),
    levels=st.integers(1, 6),
    grouped=st.booleans(),
    seed=st.integers(0, 10_000),
)
def test_it_is_a_stable_sort(n: int, k: int, levels: int, *, grouped: bool, seed: int) -> None:
    """The k nearest, ties to the lower number, a group of one's own left out: as sorting every row gives them."""
    rng = np.random.default_rng(seed)
    points = rng.integers(-levels, levels + 1, (n, 3)).astype(np.float32)  # few values: many ties
    group = rng.integers(0, max(1, n // 3), n) if grouped else np.arange(n)

    found = nearest(points, points, k, query_group=group, item_group=group)

    products = points @ points.T
    products[group[:, None] == group[None]] = -np.inf
    order = np.argsort(-products, axis=1, kind="stable")[:, :k]
    values = np.take_along_axis(products, order, axis=1)
    np.testing.assert_array_equal(found.indices, np.where(np.isfinite(values), order, -1))
    np.testing.assert_array_equal(found.similarities, values)


def test_several_tiles_are_as_one() -> None:
    """More items than a tile holds: the same neighbours as a plain sort."""
    rng = np.random.default_rng(0)
    items = rng.standard_normal((40_000, 8)).astype(np.float32)
    queries = items[:7]

    found = nearest(queries, items, 5)

    expected = np.argsort(-(queries @ items.T), axis=1, kind="stable")[:, :5]
    np.testing.assert_array_equal(found.indices, expected)


def test_progress_ends_at_one() -> None:
    """The reporter is told the share that is done, up to all of it."""
    said: list[float] = []
    points = np.eye(8, dtype=np.float32)

    nearest(points, points, 2, progress=said.append)

    assert said[-1] == pytest.approx(1)
