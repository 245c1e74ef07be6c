"""Keys and vectors: invalid input, unusable rows, unit vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from embedgate.errors import MaterialError
from embedgate.material.space import EmbeddingSpace

if TYPE_CHECKING:
    from pathlib import Path


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
def test_invalid_vectors_are_rejected(keys: list[str], vectors: Any, word: str) -> None:
    """Vectors must be a numeric matrix with one row per key; the message describes the input."""
    with pytest.raises(MaterialError, match=word):
        EmbeddingSpace.of(keys, vectors)


def test_space_does_not_change_with_its_input_and_is_read_only() -> None:
    """The space copies its input."""
    given = np.eye(2)
    space = EmbeddingSpace.of(["a", "b"], given)
    given[0] = 7

    np.testing.assert_array_equal(space.vectors, np.eye(2))
    for frozen in (space.vectors, space.unit):
        with pytest.raises(ValueError, match="read-only"):
            frozen[0] = 7


def test_keys_become_text_and_vectors_float32() -> None:
    """Keys may have any type, and vectors may be integers."""
    space = EmbeddingSpace.of([1, "1.5", None], np.arange(6).reshape(3, 2))

    assert space.keys == ("1", "1.5", "None")
    assert space.vectors.dtype == np.float32
    assert (len(space), space.dimensions) == (3, 2)


def test_unusable_rows_are_kept_but_not_used() -> None:
    """Rows with NaN, infinity or zeros, and the second row of a key, are in the space but not in `usable`."""
    vectors = np.array([[3, 4], [np.nan, 1], [0, 0], [1, 0], [np.inf, 1], [0, 2], [0, -5]])
    space = EmbeddingSpace.of(["a", "nan", "zero", "a", "inf", "b", "c"], vectors)

    assert len(space) == 7
    assert space.usable.tolist() == [0, 5, 6]
    assert space.row_of["a"] == 0
    assert space.unit == pytest.approx(np.array([[0.6, 0.8], [0, 1], [0, -1]]))


def test_repeated_key_with_unusable_first_row_is_not_used() -> None:
    """Look-ups return the first row of a key, so its second row is ignored."""
    space = EmbeddingSpace.of(["a", "a", "b"], np.array([[np.nan, 1], [1, 1], [0, 1]]))

    assert space.usable.tolist() == [2]


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_extreme_norms_do_not_overflow_or_vanish(scale: float) -> None:
    """Very long and very short vectors keep norm and direction."""
    space = EmbeddingSpace.of(["a", "b"], np.array([[3, 4], [0, 2]]) * scale)

    np.testing.assert_allclose(space.norms, np.array([5, 2]) * scale, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(space.unit, axis=1), 1, rtol=1e-6)


def test_space_without_usable_row_has_no_unit_vector() -> None:
    """The result is an empty matrix with the right number of columns, without a warning."""
    space = EmbeddingSpace.of(["a", "b"], np.array([[0, 0, 0], [np.nan, 0, 0]]))

    assert space.unit.shape == (0, 3)
    assert space.finite.tolist() == [True, False]


def test_memory_mapped_vectors_are_not_copied_and_stay_readable(tmp_path: Path) -> None:
    """Their pages leave memory once the unit vectors are computed, and are read again when they are needed."""
    given = np.arange(1, 40_001, dtype=np.float32).reshape(-1, 4)
    np.save(tmp_path / "v.npy", given)

    space = EmbeddingSpace.of(range(len(given)), np.load(tmp_path / "v.npy", mmap_mode="r"))
    unit = space.unit

    assert np.shares_memory(space.vectors, space.vectors.base)
    assert not space.vectors.flags.owndata
    np.testing.assert_array_equal(space.vectors, given)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), 1, rtol=1e-6)


def test_writable_vectors_are_copied() -> None:
    given = np.ones((3, 2), np.float32)
    space = EmbeddingSpace.of("abc", given)

    given[0] = 7

    assert space.vectors[0].tolist() == [1, 1]
    assert not space.vectors.flags.writeable


def test_restricted_space_has_the_unit_vectors_of_its_rows() -> None:
    whole = EmbeddingSpace.of("cab", np.array([[3, 4], [0, 2], [5, 0]]))

    part = whole.restricted(np.array([2, 0]))

    np.testing.assert_array_equal(part.unit, whole.unit[[1, 2]])
    assert part.vectors is whole.vectors
