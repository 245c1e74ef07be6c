"""The benchmark of neighbour search accepts exchanged ties only."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.neighbours import Case, check_same, embedgate


@pytest.fixture
def case() -> Case:
    """Vectors of which 1 and 2 are equal."""
    points = np.random.default_rng(0).standard_normal((40, 5)).astype(np.float32)
    points[2] = points[1]
    return Case("test", points / np.linalg.norm(points, axis=1, keepdims=True), None)


def test_exchanged_ties_are_the_same_answer(case: Case) -> None:
    found = embedgate(case)
    exchanged = found.copy()
    exchanged[found == 1], exchanged[found == 2] = 2, 1

    assert (exchanged != found).any()
    check_same(case, exchanged, found, "a library")


def test_other_neighbours_are_another_answer(case: Case) -> None:
    found = embedgate(case)
    other = found.copy()
    other[7] = np.roll(found[7], 1)

    with pytest.raises(SystemExit, match="test: a library has another answer in 10 places"):
        check_same(case, other, found, "a library")
