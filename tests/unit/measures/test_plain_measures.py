"""Integrity, vocabulary, geometry, known tracks, faithfulness: known answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from embedgate.config import KnownTrack
from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import geometry, integrity, vocabulary
from embedgate.measures.evidence import Evidence
from embedgate.measures.known_tracks import check_known_track, known_rate
from embedgate.measures.map_faithfulness import map_faithfulness
from embedgate.testing import sample, sample_model


def test_integrity_of_a_sound_space_is_all_zero(model: ModelUnderTest) -> None:
    """Nothing is counted where nothing is broken."""
    measures = (
        integrity.non_finite_rows,
        integrity.zero_rows,
        integrity.repeated_keys,
        integrity.constant_dimensions,
        integrity.identical_rows,
    )

    assert [measure(model.space).value for measure in measures] == [0] * 5


def test_integrity_names_what_is_broken() -> None:
    """NaN, infinity, zero, a repeated key, a dead dimension and equal rows are counted and named."""
    space = EmbeddingSpace.of(
        ["nan", "inf", "zero", "one", "twin", "one"],
        np.array([[np.nan, 1, 7], [np.inf, 1, 7], [0, 0, 0], [1, 2, 7], [1, 2, 7], [3, 1, 7]]),
    )

    assert integrity.non_finite_rows(space).tracks == ("nan", "inf")
    assert integrity.zero_rows(space).tracks == ("zero",)
    assert integrity.repeated_keys(space).tracks == ("one",)
    assert integrity.identical_rows(space).tracks == ("twin",)
    dead = EmbeddingSpace.of(["a", "b"], [[1, 5], [2, 5]])
    assert integrity.constant_dimensions(dead).value == 1


def test_float64_beyond_float32_is_not_finite() -> None:
    """A value that float32 cannot hold is named, not hidden."""
    assert integrity.non_finite_rows(EmbeddingSpace.of(["a", "b"], np.array([[1e300, 1], [1, 2]]))).value == 1


def coverage_model(keys: list[str]) -> ModelUnderTest:
    """Ten plays: a six times, b three times, c once; vectors for the given keys."""
    playlists = Playlists.of(["u-1", "u-2"], [["a"] * 6 + ["b"] * 3, ["c"]])
    return ModelUnderTest(EmbeddingSpace.of(keys, np.eye(max(2, len(keys)))[: len(keys)]), playlists)


def test_coverage_weighs_by_plays() -> None:
    """A track that makes six of ten plays is six tenths of the coverage."""
    model = coverage_model(["a"])

    assert vocabulary.play_coverage(model).value == pytest.approx(0.6)
    assert vocabulary.play_coverage(model).tracks == ("b", "c")
    assert vocabulary.playlist_coverage(model).value == pytest.approx(0.5)
    assert vocabulary.top_tracks_missing(model, 2).tracks == ("b",)
    assert [(one.low, one.tracks, one.covered_tracks) for one in vocabulary.coverage_by_popularity(model)] == [
        (1, 1, 0),
        (2, 1, 0),
        (4, 1, 1),
    ]


def test_case_folded_keys_are_recognised() -> None:
    """Keys that were lower-cased on the way are not merely missing: the hint says so."""
    sound = sample()
    lowered = replace(sound, keys=[key.lower() for key in sound.keys])
    found = vocabulary.play_coverage(sample_model(lowered))

    assert found.value == 0
    assert "another case" in found.hint


def test_mean_cosine_by_hand() -> None:
    """Two equal and one opposite vector: cosines 1, -1, -1, a mean of -1/3."""
    model = ModelUnderTest(
        EmbeddingSpace.of(["a", "b", "c"], [[1, 0], [2, 0], [-1, 0]]), Playlists.of(["u"], [["a", "b", "c"]])
    )

    assert geometry.mean_cosine(model).value == pytest.approx(-1 / 3)


def test_effective_rank_of_a_sphere_and_of_a_line() -> None:
    """Isotropic vectors use all dimensions, vectors on a line one."""
    rng = np.random.default_rng(0)
    keys = [str(number) for number in range(2000)]
    playlists = Playlists.of(["u"], [keys])
    ball = ModelUnderTest(EmbeddingSpace.of(keys, rng.standard_normal((2000, 6))), playlists)
    line = ModelUnderTest(EmbeddingSpace.of(keys, np.outer(rng.standard_normal(2000), np.ones(6))), playlists)

    assert geometry.effective_rank(ball).value == pytest.approx(6, abs=0.05)
    assert geometry.effective_rank(line).value == pytest.approx(1, abs=0.01)


def test_occurrences_add_up(model: ModelUnderTest) -> None:
    """Every track has ten neighbours: the k-occurrence sums to ten a track."""
    assert geometry.k_occurrence(model).sum() == 10 * len(model.tracks)
    lost = geometry.antihubs(model)
    assert lost.value == pytest.approx(np.mean(geometry.k_occurrence(model) == 0))


def test_trustworthiness_is_scikit_learns(model: ModelUnderTest, evidence: Evidence) -> None:
    """The same number as scikit-learn's, on the same map."""
    layout = model.map
    assert layout is not None
    assert evidence.faithfulness is not None

    expected = trustworthiness(model.unit[layout.tracks], layout.positions, n_neighbors=10)
    assert evidence.faithfulness.trustworthiness == pytest.approx(expected, abs=1e-4)


def test_a_map_of_random_vectors_is_not_faithful() -> None:
    """Its trustworthiness is below the documented constant, and the checks on the map are not decided."""
    rng = np.random.default_rng(0)
    keys = [f"a{number}-s" for number in range(600)]
    playlists = Playlists.of(["u-rock"], [keys])
    model = ModelUnderTest(
        EmbeddingSpace.of(keys, rng.standard_normal((600, 48))), playlists, separator="-", genres={"rock": ["rock"]}
    )
    found = Evidence(model, {}, 0.95)

    assert found.faithfulness is not None
    assert found.faithfulness.problem
    assert map_faithfulness(found.faithfulness).value == found.faithfulness.trustworthiness


KNOWN = KnownTrack(
    track="Rock Artist 00-Song 00", expect=("artist:Rock Artist 00",), never=("genre:jazz",), min_hits=3
)


def test_a_known_track_holds(model: ModelUnderTest) -> None:
    """Eight other tracks by the artist are among the ten nearest, and no jazz."""
    found = check_known_track(model, KNOWN)

    assert found.passed
    assert found.measurement.value == 8
    assert [one.cosine for one in found.neighbours] == sorted((one.cosine for one in found.neighbours), reverse=True)


def test_a_forbidden_neighbour_breaks_it(model: ModelUnderTest) -> None:
    """One forbidden neighbour is a breach, however many hits there are, and is the one to blame."""
    found = check_known_track(model, KNOWN.model_copy(update={"never": ("artist:Rock Artist 00",)}))

    assert not found.passed
    assert "must never be" in found.measurement.breach
    assert found.measurement.tracks[0].startswith("Rock Artist 00")


def test_a_missing_known_track_names_the_nearest_spellings(model: ModelUnderTest) -> None:
    """A track that is not in the vocabulary fails by name, with what is spelt most like it."""
    found = check_known_track(model, KNOWN.model_copy(update={"track": "rock artist 00 - Song 00"}))

    assert not found.passed
    assert "'Rock Artist 00-Song 00'" in found.measurement.breach
    rate = known_rate([found, check_known_track(model, KNOWN)])
    assert rate.value == 0.5
    assert rate.interval == pytest.approx((0.0126, 0.9874), abs=1e-3)
