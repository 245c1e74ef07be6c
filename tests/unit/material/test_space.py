"""Keys and vectors: what is refused, what is kept, what is usable."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from embedgate.errors import MaterialError
from embedgate.material.space import EmbeddingSpace


@pytest.mark.parametrize(
    ("keys", "vectors", "word"),
    [
        (["a", "b"], [[1.0, 2.0]], "2 keys for 1 vectors"),
        (["a"], [1.0, 2.0], r"shape \(tracks, dimensions\), not \(2,\)"),
        (["a"], np.empty((1, 0)), "shape"),
        (["a"], np.ones((1, 2, 3)), "shape"),
        ([], np.empty((0, 4)), "empty"),
        (["a"], [["x", "y"]], "numbers"),
        (["a"], [[True, False]], "numbers, not bool"),
        (["a"], [[1j, 2]], "numbers, not complex"),
        (["a", "b"], [[1.0, 2.0], [1.0]], "matrix of numbers"),
        (["a"], [[None, 1.0]], "numbers, not object"),
    ],
)
def test_what_is_no_matrix_of_numbers_is_refused(keys: list[str], vectors: Any, word: str) -> None:
    """One row of numbers a key, one key at least; the message says what was given."""
    with pytest.raises(MaterialError, match=word):
        EmbeddingSpace.of(keys, vectors)


def test_it_cannot_be_changed_from_outside() -> None:
    """Later writes to what was given change nothing, and what is held refuses to be written to."""
    given = np.eye(2)
    space = EmbeddingSpace.of(["a", "b"], given)
    given[0] = 7

    np.testing.assert_array_equal(space.vectors, np.eye(2))
    for frozen in (space.vectors, space.unit):
        with pytest.raises(ValueError, match="read-only"):
            frozen[0] = 7


def test_keys_are_text_and_integers_are_numbers() -> None:
    """Keys of any type become text; whole numbers become float32."""
    space = EmbeddingSpace.of([1, "1.5", None], np.arange(6).reshape(3, 2))

    assert space.keys == ("1", "1.5", "None")
    assert space.vectors.dtype == np.float32
    assert (len(space), space.dimensions) == (3, 2)


def test_rows_without_direction_are_kept_and_not_used() -> None:
    """NaN, infinity, zero and the second row of a key stay in the space, and out of `usable`."""
    vectors = np.array([[3, 4], [np.nan, 1], [0, 0], [1, 0], [np.inf, 1], [0, 2], [0, -5]])
    space = EmbeddingSpace.of(["a", "nan", "zero", "a", "inf", "b", "c"], vectors)

    assert len(space) == 7
    assert space.usable.tolist() == [0, 5, 6]
    assert space.row_of["a"] == 0
    assert space.unit == pytest.approx(np.array([[0.6, 0.8], [0, 1], [0, -1]]))


def test_a_repeated_key_whose_first_row_is_broken_is_not_used() -> None:
    """The first row answers a look-up, so a whole second row does not mend it."""
    space = EmbeddingSpace.of(["a", "a", "b"], np.array([[np.nan, 1], [1, 1], [0, 1]]))

    assert space.usable.tolist() == [2]


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_lengths_neither_overflow_nor_vanish(scale: float) -> None:
    """Very long and very short vectors have their length and their direction."""
    space = EmbeddingSpace.of(["a", "b"], np.array([[3, 4], [0, 2]]) * scale)

    np.testing.assert_allclose(space.norms, np.array([5, 2]) * scale, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(space.unit, axis=1), 1, rtol=1e-6)


def test_a_space_of_broken_rows_alone_has_no_direction() -> None:
    """Nothing usable is an empty matrix of the right width, and no warning."""
    space = EmbeddingSpace.of(["a", "b"], np.array([[0, 0, 0], [np.nan, 0, 0]]))

    assert space.unit.shape == (0, 3)
    assert space.finite.tolist() == [True, False]
