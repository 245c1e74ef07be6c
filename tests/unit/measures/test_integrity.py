"""Is every vector a vector: counted and named, row by row."""

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
    ["nan", "inf", "zero", "one", "twin", "one", "minus"],
    np.array([[np.nan, 1], [-np.inf, 1], [0, 0], [1, 2], [1, 2], [3, 1], [0, -0.0]]),
)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_sound_space_counts_nothing(measure: Measure, model: ModelUnderTest) -> None:
    """Nothing is counted and nobody blamed where nothing is broken."""
    found = measure(model.space)

    assert (found.value, found.tracks, found.inconclusive, found.breach) == (0, (), "", "")
    assert found.n == (model.space.dimensions if measure is integrity.constant_dimensions else len(model.space))


@pytest.mark.parametrize(
    ("measure", "blamed"),
    [
        (integrity.non_finite_rows, ("nan", "inf")),
        (integrity.zero_rows, ("zero", "minus")),
        (integrity.repeated_keys, ("one",)),
        (integrity.identical_rows, ("twin",)),
    ],
)
def test_what_is_broken_is_counted_and_named(measure: Measure, blamed: tuple[str, ...]) -> None:
    """NaN and infinity, zero and minus zero, a key twice, a vector twice: each is blamed by its key."""
    found = measure(BROKEN)

    assert (found.value, found.tracks) == (len(blamed), blamed)
    assert found.hint


@pytest.mark.parametrize("measure", MEASURES)
def test_a_single_broken_row_is_no_error(measure: Measure) -> None:
    """A space of one row, and of that a broken one, is measured all the same."""
    assert measure(EmbeddingSpace.of(["a"], np.array([[np.nan, 0]]))).value in (0, 1)


def test_a_row_is_blamed_for_one_thing() -> None:
    """A row that is not finite is neither zero nor the copy of another such row."""
    space = EmbeddingSpace.of(["a", "b"], np.array([[np.nan, 0], [np.nan, 0]]))

    assert integrity.zero_rows(space).value == 0
    assert integrity.identical_rows(space).value == 0


def test_float64_beyond_float32_is_not_finite() -> None:
    """A value that float32 cannot hold is named, not hidden."""
    space = EmbeddingSpace.of(["big", "sound"], np.array([[1e300, 1], [1, 2]]))

    assert integrity.non_finite_rows(space).tracks == ("big",)


def test_the_key_that_stands_most_often_is_named_first() -> None:
    """Each repeated key counts once, however often it stands."""
    space = EmbeddingSpace.of(["a", "b", "a", "b", "b", "c"], np.arange(12).reshape(6, 2))

    assert integrity.repeated_keys(space).value == 2
    assert integrity.repeated_keys(space).tracks == ("b", "a")


def test_the_same_key_with_the_same_vector_is_a_repeated_key_only() -> None:
    """A row written twice under its own key is one fault, not two."""
    space = EmbeddingSpace.of(["a", "a"], [[1, 2], [1, 2]])

    assert integrity.repeated_keys(space).value == 1
    assert integrity.identical_rows(space).value == 0


def test_a_hair_apart_is_not_identical() -> None:
    """Vectors that differ in the last bit are different vectors."""
    rows = np.array([[1, 2], [1, np.nextafter(np.float32(2), np.float32(3))]], dtype=np.float32)

    assert integrity.identical_rows(EmbeddingSpace.of(["a", "b"], rows)).value == 0


@pytest.mark.parametrize(
    ("rows", "dead"),
    [
        ([[1, 5, 0], [2, 5, 0]], 2),
        ([[1, 5, 0], [2, 5, 1]], 1),
        ([[1, np.nan], [2, 5], [3, 5]], 1),  # a broken row tells nothing of a dimension
        ([[1, 2]], 0),
    ],
)
def test_dead_dimensions_are_counted(rows: list[list[float]], dead: int) -> None:
    """A dimension with one value in every finite row is dead, whatever the value."""
    space = EmbeddingSpace.of(range(len(rows)), np.array(rows, float))

    assert integrity.constant_dimensions(space).value == dead
