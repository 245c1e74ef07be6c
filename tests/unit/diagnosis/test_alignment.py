"""Causes in the vectors: each is found in the model that has it, and in no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedgate.diagnosis.alignment import collapsed, shifted, shuffled, untrained
from embedgate.judgement.result import CheckResult
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from tests.retraining import retrained
from tests.unit.diagnosis.cases import CHAMPION, FAILED, INCONCLUSIVE, PASSED, SOUND, evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

CAUSES = (collapsed, shifted, shuffled, untrained)
N = len(SOUND.keys)
RANDOM = np.random.default_rng(0).standard_normal(SOUND.vectors.shape)
PERMUTED = SOUND.vectors[np.random.default_rng(1).permutation(N)]


def rolled(rows: int, first: int = 0) -> NDArray[np.float32]:
    """Return the vectors, those from a row on rolled down."""
    return np.vstack([SOUND.vectors[:first], np.roll(SOUND.vectors[first:], rows, axis=0)])


MODELS: dict[str, NDArray[np.floating]] = {
    "shifted": rolled(1),
    "shuffled": PERMUTED,
    "untrained": RANDOM,
    "collapsed": np.ones_like(SOUND.vectors),
}


@pytest.mark.parametrize("champion", [None, CHAMPION], ids=["alone", "champion"])
@pytest.mark.parametrize("name", MODELS)
def test_cause_is_found_in_the_model_that_has_it(name: str, champion: EmbeddingSpace | None) -> None:
    """Shifted keys are shuffled too, and equal vectors have no structure, so the order of the causes matters."""
    measured = evidence(MODELS[name], champion=champion)

    found = [cause.__name__ for cause in CAUSES if cause(measured, FAILED) is not None]

    assert found[0] == name
    assert "untrained" not in found or name in ("untrained", "collapsed")


@pytest.mark.parametrize("champion", [None, CHAMPION], ids=["alone", "champion"])
@pytest.mark.parametrize("vectors", [SOUND.vectors, retrained(SOUND.vectors, noise=0.5)], ids=["same", "noisy"])
def test_sound_model_has_no_cause(vectors: NDArray[np.float32], champion: EmbeddingSpace | None) -> None:
    """Whatever its checks say."""
    measured = evidence(vectors, champion=champion)

    assert [cause(measured, FAILED) for cause in CAUSES] == [None] * 4


def test_known_track_without_a_vector_has_another_cause() -> None:
    missing = CheckResult(id="neighbours.known[hello]", outcome="failed", severity="fail", value=0.0, n=0)

    found = shuffled(evidence(PERMUTED), (*FAILED, missing))

    assert found is not None
    assert "neighbours.known" in found.explains
    assert missing.id not in found.explains


@pytest.mark.parametrize("vectors", MODELS.values(), ids=MODELS)
def test_no_cause_without_a_result_that_it_explains(vectors: NDArray[np.float32]) -> None:
    """These causes break bounds; they do not make data too few."""
    measured = evidence(vectors)

    for results in (PASSED, INCONCLUSIVE, [each for each in FAILED if each.family == "vocabulary"]):
        assert [cause(measured, results) for cause in CAUSES] == [None] * 4
    assert "co_listening" not in vars(measured)  # nothing was measured


@pytest.mark.parametrize("rows", [1, -3, 40])
def test_shift_is_proven_by_shifting_back(rows: int) -> None:
    """Each key has the vector of the key that is so many rows above it."""
    found = shifted(evidence(rolled(rows)), FAILED)

    assert found is not None
    assert (found.figures["rows"], found.figures["first_row"]) == (rows, 0)
    assert found.figures["co_listening"] == pytest.approx(0.5, abs=0.03)
    assert found.figures["co_listening_after_shift"] > 0.75
    assert f"{abs(rows)} row{'s' * (rows != 1)} {'below' if rows > 0 else 'above'} it" in found.sentence
    for key, owner in zip(*found.examples.values(), strict=True):
        assert np.array_equal(rolled(rows)[SOUND.keys.index(key)], SOUND.vectors[SOUND.keys.index(owner)])
    assert {"neighbours.co_listening", "champion.match_auc"} < set(found.explains)
    assert not any(each.startswith(("vocabulary", "integrity")) for each in found.explains)


@pytest.mark.parametrize("first", [135, 200])
def test_shift_of_the_last_rows_is_found_beside_a_champion(first: int) -> None:
    """A row was dropped or inserted in the middle of the export."""
    found = shifted(evidence(rolled(1, first), champion=CHAMPION), FAILED)

    assert found is not None
    assert found.figures["rows"] == 1
    assert found.figures["first_row"] == pytest.approx(first, abs=3)
    assert found.figures["match_auc_after_shift"] > 0.95
    assert "of these tracks" in found.sentence


def test_shift_against_the_champion_needs_no_playlists() -> None:
    alone = Playlists.of(map(str, range(N)), [[key] for key in SOUND.keys])

    found = shifted(evidence(rolled(2), playlists=alone, champion=CHAMPION), FAILED)

    assert found is not None
    assert found.figures["rows"] == 2
    assert "co_listening" not in found.figures
    assert shifted(evidence(rolled(2), playlists=alone), FAILED) is None


def test_shuffled_and_untrained_differ_by_structure() -> None:
    mixed, random = shuffled(evidence(PERMUTED), FAILED), untrained(evidence(RANDOM), FAILED)

    assert mixed is not None
    assert random is not None
    assert mixed.figures["similarity_of_nearest"] > mixed.figures["similarity_of_nearest_at_random"] + 0.05
    assert random.figures["similarity_of_nearest"] == pytest.approx(
        random.figures["similarity_of_nearest_at_random"], abs=0.02
    )
    assert len(mixed.examples["keys"]) == len(mixed.examples["their nearest neighbours"]) == 3


def test_space_of_popularity_is_not_called_shuffled() -> None:
    """It has structure and no relation to artists and playlists, but its keys are right."""
    measured = evidence()
    rank = np.argsort(np.argsort(measured.model.plays, kind="stable"), kind="stable")
    angle = rank / len(rank) * np.pi
    by_key = dict(zip(measured.model.tracks, np.column_stack([np.cos(angle), np.sin(angle)]), strict=True))

    of_plays = evidence([by_key[key] for key in SOUND.keys])

    assert shuffled(of_plays, FAILED) is None
    assert untrained(of_plays, FAILED) is None


def test_constant_that_was_added_to_all_vectors_is_named() -> None:
    """Without their mean, the vectors are those of the sound model."""
    found = collapsed(evidence(SOUND.vectors + 50), FAILED)
    equal = collapsed(evidence(np.ones_like(SOUND.vectors)), FAILED)

    assert found is not None
    assert equal is not None
    assert found.figures["co_listening_of_centred_vectors"] > 0.75
    assert "a constant that was added" in found.action
    assert "too few epochs" in equal.action
    assert "geometry.collapse" in found.explains
