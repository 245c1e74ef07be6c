"""Faithfulness of the map to the neighbourhoods of the space."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from embedgate.material.model import ModelUnderTest
from embedgate.material.neighbours import nearest_neighbours
from embedgate.material.tsne_map import TrackMap
from embedgate.measures.evidence import Evidence
from embedgate.measures.map_faithfulness import (
    Faithfulness,
    faithfulness,
    map_faithfulness,
    map_neighbours,
)
from embedgate.measures.tolerance import MIN_RECALL, MIN_TRUSTWORTHINESS
from embedgate.testing import Sample, sample_model


def with_map(model: ModelUnderTest, layout: TrackMap | None) -> ModelUnderTest:
    """Return the same model with another map."""
    copy = replace(model)
    vars(copy)["map"] = layout
    return copy


@pytest.fixture(scope="module")
def layout(model: ModelUnderTest) -> TrackMap:
    """The map of the sound sample."""
    found = model.map
    assert found is not None
    return found


def test_map_of_sound_model_is_faithful(evidence: Evidence) -> None:
    """The measures are far above the documented bounds."""
    found = evidence.faithfulness

    assert found is not None
    assert found.trustworthiness > 0.95
    assert found.recall > 0.5
    assert found.problem == ""
    assert map_faithfulness(found).inconclusive == ""


def test_trustworthiness_equals_scikit_learn(model: ModelUnderTest, layout: TrackMap) -> None:
    """The comparison uses the map of the sound sample and shuffled positions."""
    unit = model.unit[layout.tracks].astype(np.float64)
    for positions in (layout.positions, np.random.default_rng(0).permutation(layout.positions)):
        found = faithfulness(with_map(model, replace(layout, positions=positions)))

        assert found is not None
        assert found.trustworthiness == pytest.approx(trustworthiness(unit, positions, n_neighbors=10), abs=1e-4)


def test_shuffled_positions_are_not_faithful(model: ModelUnderTest, layout: TrackMap) -> None:
    """Negative control: the trustworthiness is 0.5, and few neighbours are kept."""
    shuffled = replace(layout, positions=np.random.default_rng(0).permutation(layout.positions))
    found = faithfulness(with_map(model, shuffled))

    assert found is not None
    assert found.trustworthiness == pytest.approx(0.5, abs=0.05)
    assert found.recall == pytest.approx(10 / 199, abs=0.03)
    assert "not faithful" in found.problem


def test_map_of_random_vectors_is_not_faithful(sound_sample: Sample) -> None:
    """Random neighbourhoods in 48 dimensions do not fit into a plane, so checks on the map are inconclusive."""
    random = np.random.default_rng(0).standard_normal((len(sound_sample.keys), 48)).astype(np.float32)
    model = replace(sample_model(replace(sound_sample, vectors=random)), map_tracks=270)
    found = Evidence(model, {}, 0.95)

    assert found.faithfulness is not None
    assert found.faithfulness.problem
    assert found.faithfulness.trustworthiness < MIN_TRUSTWORTHINESS
    for genre in found.map_separation.genres:
        assert "not faithful" in genre.auc.inconclusive
    assert not any(genre.auc.inconclusive for genre in found.space_separation.genres)


def test_circle_in_the_plane_is_perfectly_faithful() -> None:
    """The positions on the map are the vectors themselves, so every neighbour is kept."""
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False) + np.random.default_rng(0).normal(0, 0.01, 60)
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    model = sample_model()
    vars(model)["map"] = TrackMap(np.arange(60), circle, 0.0, converged=True, perplexity=10)
    vars(model.space)["unit"] = circle.astype(np.float32)

    found = faithfulness(model)

    assert found == Faithfulness(1, 1, converged=True, tracks=60)


@pytest.mark.parametrize(
    ("found", "problem", "judged"),
    [
        (Faithfulness(0.99, 0.6, True, 1000), "", True),
        (Faithfulness(0.99, 0.6, False, 1000), "did not converge", False),
        (Faithfulness(MIN_TRUSTWORTHINESS - 0.01, 0.6, True, 1000), "trustworthiness 0.86", True),
        (Faithfulness(0.5, 0.1, False, 1000), "did not converge", True),
        (Faithfulness(0.99, MIN_RECALL - 0.01, True, 1000), "keeps 32% of the ten nearest neighbours", False),
        (Faithfulness(MIN_TRUSTWORTHINESS, MIN_RECALL, True, 1000), "", True),
    ],
)
def test_problem_of_a_map_is_reported(found: Faithfulness, problem: str, *, judged: bool) -> None:
    """Low trustworthiness can fail the check; a layout that did not converge or low recall is inconclusive."""
    assert problem in found.problem
    assert bool(found.problem) is bool(problem)
    assert (map_faithfulness(found).inconclusive == "") is judged


def test_missing_map_is_inconclusive(model: ModelUnderTest) -> None:
    """The check keeps its severity."""
    assert faithfulness(with_map(model, None)) is None
    found = map_faithfulness(None)
    assert found.inconclusive
    assert (found.not_applicable, found.default_severity) == ("", None)


def test_map_neighbours_are_nearest_by_euclidean_distance() -> None:
    """The result does not depend on the origin and leaves out the track's own group."""
    rng = np.random.default_rng(0)
    positions = rng.standard_normal((50, 2)).astype(np.float32)
    group = np.arange(50) // 2
    away = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    away[group[:, None] == group[None]] = np.inf
    expected = np.argsort(away, axis=1, kind="stable")[:, :5]

    for shift in (0, 100):
        moved = positions + np.float32(shift)
        np.testing.assert_array_equal(map_neighbours(moved, 5, group), expected)
    assert not np.array_equal(nearest_neighbours(positions, positions, 5).indices, expected)
