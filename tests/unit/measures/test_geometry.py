"""The shape of the space: by hand on tiny inputs, and on spaces of a known shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import skew

from embedgate.checks.geometry import COLLAPSE
from embedgate.material.model import ModelUnderTest
from embedgate.material.neighbours import NeighbourGraph
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import geometry
from embedgate.measures.evidence import Evidence
from embedgate.measures.measurement import Measurement

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Measure = Callable[[ModelUnderTest], Measurement]


def model_of(vectors: ArrayLike, plays: list[int] | None = None) -> ModelUnderTest:
    """Tracks t0, t1, ... with the given vectors and plays."""
    keys = [f"t{number}" for number in range(len(np.asarray(vectors)))]
    counts = plays or [1] * len(keys)
    sequence = [key for key, count in zip(keys, counts, strict=True) for _ in range(count)]
    return ModelUnderTest(EmbeddingSpace.of(keys, vectors), Playlists.of(["u-all"], [sequence]))


def with_neighbours(indices: list[list[int]]) -> ModelUnderTest:
    """A model with the given neighbours."""
    model = model_of(np.eye(len(indices)), list(range(1, len(indices) + 1)))
    vars(model)["neighbours"] = NeighbourGraph(
        np.array(indices, np.int32), np.ones((len(indices), len(indices[0])), np.float32)
    )
    return model


def test_a_sound_space_has_a_sound_shape(model: ModelUnderTest) -> None:
    """Directions differ, most dimensions are used, no great hub, nearly everybody reached."""
    values = [
        measure(model).value
        for measure in (geometry.mean_cosine, geometry.effective_rank, geometry.hubness, geometry.antihubs)
    ]

    cosine, rank, hubs, lost = (value if value is not None else float("nan") for value in values)
    assert cosine < 0.5
    assert rank > model.space.dimensions / 2
    assert -1 < hubs < 3
    assert lost < 0.05


def test_a_collapsed_space_is_told(collapsed: Evidence) -> None:
    """Break: all vectors are one. The mean cosine is 1, the rank 0, and hardly anybody is reached."""
    model = collapsed.model

    assert geometry.mean_cosine(model).value == pytest.approx(1)
    assert geometry.effective_rank(model).value == 0
    lost = geometry.antihubs(model).value
    assert lost is not None
    assert lost > 0.9


def test_a_common_offset_is_a_collapse(model: ModelUnderTest) -> None:
    """Break: a large constant on every vector, as after one epoch. It is beyond the documented constant."""
    offset = model.space.vectors + 10 * np.abs(model.space.vectors).max()
    moved = geometry.mean_cosine(model_of(offset)).value

    assert moved is not None
    assert moved > COLLAPSE


@pytest.mark.parametrize(
    ("vectors", "expected"),
    [
        ([[1, 0], [2, 0], [-1, 0]], -1 / 3),  # cosines 1, -1, -1
        ([[1, 0], [0, 3]], 0),
        ([[1, 0], [5, 0]], 1),
        (np.eye(5), 0),
        ([[1, 0], [1, 1]], np.sqrt(0.5)),
    ],
)
def test_mean_cosine_by_hand(vectors: ArrayLike, expected: float) -> None:
    """The mean over all pairs, however long the vectors."""
    assert geometry.mean_cosine(model_of(vectors)).value == pytest.approx(expected, abs=1e-7)


def test_mean_cosine_is_that_of_all_pairs(model: ModelUnderTest) -> None:
    """The sum of vectors gives what averaging every pair gives."""
    cosines = model.unit.astype(np.float64) @ model.unit.T.astype(np.float64)
    pairs = cosines[np.triu_indices(len(cosines), 1)]

    assert geometry.mean_cosine(model).value == pytest.approx(pairs.mean(), abs=1e-6)


def test_rank_of_a_ball_a_line_and_a_cross() -> None:
    """Isotropic vectors use all dimensions, vectors on a line one, plus and minus three axes three."""
    rng = np.random.default_rng(0)

    assert geometry.effective_rank(model_of(rng.standard_normal((2000, 6)))).value == pytest.approx(6, abs=0.05)
    line = np.outer(rng.standard_normal(2000), np.ones(6))
    assert geometry.effective_rank(model_of(line)).value == pytest.approx(1, abs=0.01)
    cross = np.vstack([np.eye(6)[:3], -np.eye(6)[:3]])
    assert geometry.effective_rank(model_of(cross)).value == pytest.approx(3)


def test_occurrences_add_up(model: ModelUnderTest) -> None:
    """Every track has ten neighbours: the k-occurrence sums to ten a track, and the lost are those with none."""
    counts = geometry.k_occurrence(model)

    assert counts.sum() == 10 * len(model.tracks)
    assert geometry.antihubs(model).value == pytest.approx(np.mean(counts == 0))


def test_a_hub_by_hand() -> None:
    """Four look at t0, t0 looks at t1: occurrences 4, 1, 0, 0, 0, their skew, the hub first, the lost by plays."""
    model = with_neighbours([[1], [0], [0], [0], [0]])
    found = geometry.hubness(model)

    assert geometry.k_occurrence(model).tolist() == [4, 1, 0, 0, 0]
    assert found.value == pytest.approx(skew([4, 1, 0, 0, 0]))
    assert found.tracks[0] == "t0"
    assert "'t0' is among the nearest of 4 tracks" in found.summary
    assert geometry.antihubs(model).value == pytest.approx(3 / 5)
    assert geometry.antihubs(model).tracks == ("t4", "t3", "t2")


def test_a_ring_has_no_hub() -> None:
    """Where everybody is reached equally often, the skew is 0, and nobody is lost."""
    model = with_neighbours([[1], [2], [3], [0]])

    assert geometry.hubness(model).value == 0
    assert geometry.antihubs(model).value == 0
    assert geometry.antihubs(model).tracks == ()


def test_a_planted_hub_is_named() -> None:
    """Break: one track in the middle of all directions is everybody's neighbour, and is blamed first."""
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((300, 64)) + 1
    vectors[17] = vectors.mean(axis=0)

    found = geometry.hubness(model_of(vectors))

    assert found.tracks[0] == "t17"
    assert found.value is not None
    assert found.value > 3


@pytest.mark.parametrize(("sign", "expected"), [(1, 1), (-1, -1)])
def test_length_follows_popularity_or_flees_it(sign: int, expected: int) -> None:
    """Lengths that rise with plays correlate by 1, those that fall by -1; unplayed tracks do not count."""
    plays = list(range(1, 13))
    lengths = np.array([5.0**place if sign > 0 else 5.0**-place for place in range(12)])
    model = model_of(np.column_stack([lengths, np.zeros(12)]), plays)

    found = geometry.norm_popularity_correlation(model)

    assert found.value == pytest.approx(expected)
    assert found.n == 12


def test_shuffled_lengths_follow_nothing(model: ModelUnderTest) -> None:
    """Negative control: lengths dealt out over tracks do not correlate with plays."""
    rng = np.random.default_rng(0)
    plays = rng.integers(1, 50, len(model.tracks)).tolist()
    found = geometry.norm_popularity_correlation(model_of(model.space.vectors, plays))

    assert found.value == pytest.approx(0, abs=0.15)


@pytest.mark.parametrize(
    ("vectors", "plays"),
    [(np.eye(12), list(range(1, 13))), (np.diag(np.arange(1.0, 13)), None)],
)
def test_equal_lengths_or_plays_have_no_correlation(vectors: ArrayLike, plays: list[int] | None) -> None:
    """Vectors of the same length, or tracks with as many plays: not applicable. Under ten tracks: too few."""
    found = geometry.norm_popularity_correlation(model_of(vectors, plays))

    assert (found.value, bool(found.not_applicable)) == (None, True)
    assert geometry.norm_popularity_correlation(model_of(np.eye(9), None)).inconclusive


@pytest.mark.parametrize(
    "measure",
    [
        geometry.mean_cosine,
        geometry.effective_rank,
        geometry.hubness,
        geometry.antihubs,
        geometry.norm_popularity_correlation,
    ],
)
def test_a_space_without_a_usable_vector_says_so(measure: Measure) -> None:
    """Zero rows only: no number is made up, and no warning raised."""
    found = measure(model_of(np.zeros((3, 2))))

    assert found.value is None
    assert found.inconclusive


@pytest.mark.parametrize("measure", [geometry.mean_cosine, geometry.effective_rank])
def test_one_vector_makes_no_pair(measure: Measure) -> None:
    """A single vector has neither a pair nor a spread."""
    assert measure(model_of([[1, 2]])).inconclusive
