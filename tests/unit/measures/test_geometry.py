"""Geometry of the space: tiny inputs computed by hand, and spaces of known shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.material.neighbours import NeighbourGraph
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import geometry, hubs
from embedgate.measures.evidence import Evidence
from embedgate.measures.measurement import Measurement
from embedgate.measures.tolerance import COLLAPSED

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Measure = Callable[[ModelUnderTest], Measurement]


def model_of(vectors: ArrayLike, plays: list[int] | None = None) -> ModelUnderTest:
    """Return a model of tracks t0, t1, ... with the given vectors and plays."""
    keys = [f"t{number}" for number in range(len(np.asarray(vectors)))]
    counts = plays or [1] * len(keys)
    sequence = [key for key, count in zip(keys, counts, strict=True) for _ in range(count)]
    return ModelUnderTest(EmbeddingSpace.of(keys, vectors), Playlists.of(["u-all"], [sequence]))


def with_neighbours(indices: list[list[int]]) -> ModelUnderTest:
    """Return a model with the given neighbours."""
    model = model_of(np.eye(len(indices)), list(range(1, len(indices) + 1)))
    vars(model)["neighbours"] = NeighbourGraph(
        np.array(indices, np.int32), np.ones((len(indices), len(indices[0])), np.float32)
    )
    return model


def test_sound_space_has_no_problem(model: ModelUnderTest) -> None:
    """Directions differ, most dimensions are used, and there are no large hubs and few antihubs."""
    values = [
        measure(model).value
        for measure in (geometry.mean_cosine, geometry.effective_rank, hubs.hubness, hubs.antihubs)
    ]

    cosine, rank, skewness, lost = (value if value is not None else float("nan") for value in values)
    assert cosine < 0.5
    assert rank > model.space.dimensions / 2
    assert -1 < skewness < 3
    assert lost < 0.05


def test_collapsed_space_is_detected(collapsed: Evidence) -> None:
    """If all vectors are equal, the mean cosine is 1, the effective rank 0, and nearly all tracks are antihubs."""
    model = collapsed.model

    assert geometry.mean_cosine(model).value == pytest.approx(1)
    assert geometry.effective_rank(model).value == 0
    lost = hubs.antihubs(model).value
    assert lost is not None
    assert lost > 0.9


def test_common_offset_is_a_collapse(model: ModelUnderTest) -> None:
    """A large constant added to every vector, as after one epoch, breaks the documented bound."""
    offset = model.space.vectors + 10 * np.abs(model.space.vectors).max()
    moved = geometry.mean_cosine(model_of(offset)).value

    assert moved is not None
    assert moved > COLLAPSED


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
def test_mean_cosine_of_tiny_spaces(vectors: ArrayLike, expected: float) -> None:
    """The mean cosine is computed over all pairs and is independent of norms."""
    assert geometry.mean_cosine(model_of(vectors)).value == pytest.approx(expected, abs=1e-7)


def test_interval_of_the_collapse_contains_the_mean_cosine_of_most_samples() -> None:
    """The interval of 95 % of samples contains the mean cosine of all vectors."""
    rng = np.random.default_rng(0)
    all_vectors = rng.standard_normal((3_000, 8)) + np.array([1.0, *[0] * 7])
    whole = geometry.mean_cosine(model_of(all_vectors)).value
    assert whole is not None
    hits = 0
    for _ in range(200):
        found = geometry.collapse(model_of(all_vectors[rng.permutation(3_000)[:150]]))
        assert found.interval is not None
        hits += found.interval[0] <= whole <= found.interval[1]

    assert 0.9 <= hits / 200 <= 0.99


def test_mean_cosine_equals_the_average_over_all_pairs(model: ModelUnderTest) -> None:
    """The expected value averages the cosines of all pairs."""
    cosines = model.unit.astype(np.float64) @ model.unit.T.astype(np.float64)
    pairs = cosines[np.triu_indices(len(cosines), 1)]

    assert geometry.mean_cosine(model).value == pytest.approx(pairs.mean(), abs=1e-6)


def test_effective_rank_of_known_shapes() -> None:
    """Isotropic vectors use all six dimensions, vectors on a line one, and three axes three."""
    rng = np.random.default_rng(0)

    assert geometry.effective_rank(model_of(rng.standard_normal((2000, 6)))).value == pytest.approx(6, abs=0.05)
    line = np.outer(rng.standard_normal(2000), np.ones(6))
    assert geometry.effective_rank(model_of(line)).value == pytest.approx(1, abs=0.01)
    cross = np.vstack([np.eye(6)[:3], -np.eye(6)[:3]])
    assert geometry.effective_rank(model_of(cross)).value == pytest.approx(3)


def test_k_occurrence_sums_to_ten_per_track(model: ModelUnderTest) -> None:
    """Antihubs are the tracks with a k-occurrence of zero."""
    counts = hubs.k_occurrence(model)

    assert counts.sum() == 10 * len(model.tracks)
    assert hubs.antihubs(model).value == pytest.approx(np.mean(counts == 0))


def test_hubness_is_the_skewness_of_k_occurrence() -> None:
    """k-occurrences of 4, 1, 0, 0, 0 have the mean 1, the second moment 2.4 and the third moment 4.8."""
    model = with_neighbours([[1], [0], [0], [0], [0]])
    found = hubs.hubness(model)

    assert hubs.k_occurrence(model).tolist() == [4, 1, 0, 0, 0]
    assert found.value == pytest.approx(4.8 / 2.4**1.5)
    assert found.tracks[0] == "t0"
    assert "'t0' is a nearest neighbour of 4 tracks" in found.summary
    assert hubs.antihubs(model).value == pytest.approx(3 / 5)
    assert hubs.antihubs(model).tracks == ("t4", "t3", "t2")


def test_ring_has_no_hub() -> None:
    """If all k-occurrences are equal, the skewness is 0 and there is no antihub."""
    model = with_neighbours([[1], [2], [3], [0]])

    assert hubs.hubness(model).value == 0
    assert hubs.antihubs(model).value == 0
    assert hubs.antihubs(model).tracks == ()


def test_planted_hub_is_listed_first() -> None:
    """A track in the centre of all directions is a neighbour of most tracks."""
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((300, 64)) + 1
    vectors[17] = vectors.mean(axis=0)

    found = hubs.hubness(model_of(vectors))

    assert found.tracks[0] == "t17"
    assert found.value is not None
    assert found.value > 3


@pytest.mark.parametrize(("sign", "expected"), [(1, 1), (-1, -1)])
def test_norm_correlates_with_plays(sign: int, expected: int) -> None:
    """The correlation is 1 if norms rise with plays, and -1 if they fall."""
    plays = list(range(1, 13))
    norms = np.array([5.0**place if sign > 0 else 5.0**-place for place in range(12)])
    model = model_of(np.column_stack([norms, np.zeros(12)]), plays)

    found = geometry.norm_popularity_correlation(model)

    assert found.value == pytest.approx(expected)
    assert found.n == 12


def test_shuffled_norms_do_not_correlate_with_plays(model: ModelUnderTest) -> None:
    """Negative control: plays are random."""
    rng = np.random.default_rng(0)
    plays = rng.integers(1, 50, len(model.tracks)).tolist()
    found = geometry.norm_popularity_correlation(model_of(model.space.vectors, plays))

    assert found.value == pytest.approx(0, abs=0.15)


@pytest.mark.parametrize(
    ("vectors", "plays"),
    [(np.eye(12), list(range(1, 13))), (np.diag(np.arange(1.0, 13)), None)],
)
def test_equal_norms_or_plays_are_not_applicable(vectors: ArrayLike, plays: list[int] | None) -> None:
    """With fewer than ten tracks, the correlation is inconclusive instead."""
    found = geometry.norm_popularity_correlation(model_of(vectors, plays))

    assert (found.value, bool(found.not_applicable)) == (None, True)
    assert geometry.norm_popularity_correlation(model_of(np.eye(9), None)).inconclusive


@pytest.mark.parametrize(
    "measure",
    [
        geometry.mean_cosine,
        geometry.effective_rank,
        hubs.hubness,
        hubs.antihubs,
        geometry.norm_popularity_correlation,
    ],
)
def test_space_without_usable_vector_is_inconclusive(measure: Measure) -> None:
    """All rows are zero; the measure has no value and raises no warning."""
    found = measure(model_of(np.zeros((3, 2))))

    assert found.value is None
    assert found.inconclusive


@pytest.mark.parametrize("measure", [geometry.mean_cosine, geometry.effective_rank])
def test_single_vector_is_inconclusive(measure: Measure) -> None:
    """A single vector has no pair and no variance."""
    assert measure(model_of([[1, 2]])).inconclusive
