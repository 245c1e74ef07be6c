"""Vector integrity: faults are counted, and their keys are listed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import integrity
from embedgate.measures.measurement import Measurement

Measure = Callable[[EmbeddingSpace], Measurement]
MEASURES: list[Measure] = [
    integrity.non_finite_rows,
    integrity.zero_rows,
    integrity.repeated_keys,
    integrity.constant_dimensions,
    integrity.identical_rows,
]
BROKEN = EmbeddingSpace.of(
    ["nan", "inf", "zero", "one", "same", "one", "minus"],
    np.array([[np.nan, 1], [-np.inf, 1], [0, 0], [1, 2], [1, 2], [3, 1], [0, -0.0]]),
)


@pytest.mark.parametrize("measure", MEASURES)
def test_sound_space_has_no_fault(measure: Measure, model: ModelUnderTest) -> None:
    """All counts are zero, and no track is listed."""
    found = measure(model.space)

    assert (found.value, found.tracks, found.inconclusive, found.breach) == (0, (), "", "")
    assert found.n == (model.space.dimensions if measure is integrity.constant_dimensions else len(model.space))


@pytest.mark.parametrize(
    ("measure", "offending"),
    [
        (integrity.non_finite_rows, ("nan", "inf")),
        (integrity.zero_rows, ("zero", "minus")),
        (integrity.repeated_keys, ("one",)),
        (integrity.identical_rows, ("same",)),
    ],
)
def test_faults_are_counted_and_listed(measure: Measure, offending: tuple[str, ...]) -> None:
    """Faults are NaN and infinity, zero and minus zero, a repeated key, and a repeated vector."""
    found = measure(BROKEN)

    assert (found.value, found.tracks) == (len(offending), offending)
    assert found.hint


@pytest.mark.parametrize("measure", MEASURES)
def test_single_unusable_row_is_measured(measure: Measure) -> None:
    """A space of one row with NaN raises no error."""
    assert measure(EmbeddingSpace.of(["a"], np.array([[np.nan, 0]]))).value in (0, 1)


def test_non_finite_row_is_neither_zero_nor_identical() -> None:
    """Each faulty row counts in one check only."""
    space = EmbeddingSpace.of(["a", "b"], np.array([[np.nan, 0], [np.nan, 0]]))

    assert integrity.zero_rows(space).value == 0
    assert integrity.identical_rows(space).value == 0


def test_float64_beyond_float32_is_not_finite() -> None:
    """A value that float32 cannot represent is reported."""
    space = EmbeddingSpace.of(["big", "sound"], np.array([[1e300, 1], [1, 2]]))

    assert integrity.non_finite_rows(space).tracks == ("big",)


def test_most_frequent_key_is_listed_first() -> None:
    """Each repeated key counts once."""
    space = EmbeddingSpace.of(["a", "b", "a", "b", "b", "c"], np.arange(12).reshape(6, 2))

    assert integrity.repeated_keys(space).value == 2
    assert integrity.repeated_keys(space).tracks == ("b", "a")


def test_repeated_key_with_equal_vector_is_one_fault() -> None:
    """A row that is written twice is a repeated key, but not an identical vector."""
    space = EmbeddingSpace.of(["a", "a"], [[1, 2], [1, 2]])

    assert integrity.repeated_keys(space).value == 1
    assert integrity.identical_rows(space).value == 0


def test_vectors_that_differ_in_one_bit_are_not_identical() -> None:
    """Vectors are compared bit by bit."""
    rows = np.array([[1, 2], [1, np.nextafter(np.float32(2), np.float32(3))]], dtype=np.float32)

    assert integrity.identical_rows(EmbeddingSpace.of(["a", "b"], rows)).value == 0


@pytest.mark.parametrize(
    ("rows", "constant"),
    [
        ([[1, 5, 0], [2, 5, 0]], 2),
        ([[1, 5, 0], [2, 5, 1]], 1),
        ([[1, np.nan], [2, 5], [3, 5]], 1),  # rows with NaN are ignored
        ([[1, 2]], 0),
    ],
)
def test_constant_dimensions_are_counted(rows: list[list[float]], constant: int) -> None:
    """A dimension with one value in every finite row is constant."""
    space = EmbeddingSpace.of(range(len(rows)), np.array(rows, float))

    assert integrity.constant_dimensions(space).value == constant
