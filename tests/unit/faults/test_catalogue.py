"""Properties of all faults and harmless changes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from embedgate.faults import BY_ID, FAULTS, HARMLESS, Fault
from embedgate.faults.__main__ import table
from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.testing import sample, sample_model


@pytest.fixture(scope="module")
def model() -> ModelUnderTest:
    return sample_model()


@pytest.mark.parametrize("fault", BY_ID.values(), ids=BY_ID)
def test_injection_is_reproducible_and_does_not_change_the_model(fault: Fault, model: ModelUnderTest) -> None:
    before = model.space.vectors.copy()

    one, other = (fault.inject(model, fault.severities[-1], seed=3) for _ in range(2))

    assert one is not None
    assert other is not None
    assert one.space.keys == other.space.keys
    np.testing.assert_array_equal(one.space.vectors, other.space.vectors)
    assert one.affected == other.affected
    np.testing.assert_array_equal(model.space.vectors, before)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_severity_of_zero_changes_nothing(fault: Fault, model: ModelUnderTest) -> None:
    found = fault.inject(model, 0)

    assert found is not None
    assert found.space.keys == model.tracks
    np.testing.assert_allclose(found.space.vectors, model.space.vectors, atol=1e-5)
    assert not found.affected


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_higher_severity_affects_at_least_the_same_tracks(fault: Fault, model: ModelUnderTest) -> None:
    found = [fault.inject(model, severity) for severity in fault.severities]
    affected = [one.affected for one in found if one is not None]

    assert len(affected) == len(fault.severities)
    assert all(one <= other for one, other in pairwise(affected))
    assert affected[-1]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_tracks_that_are_not_affected_keep_their_vectors(fault: Fault, model: ModelUnderTest) -> None:
    found = fault.inject(model, fault.severities[1])

    assert found is not None
    for key in set(model.tracks) - found.affected:
        row = found.space.row_of[key]
        np.testing.assert_array_equal(found.space.vectors[row], model.space.vectors[model.space.row_of[key]])


@pytest.mark.parametrize("change", HARMLESS, ids=lambda change: change.id)
def test_harmless_change_keeps_keys_and_cosines(change: Fault, model: ModelUnderTest) -> None:
    for severity in change.severities:
        found = change.inject(model, severity)

        assert found is not None
        assert not found.affected
        assert sorted(found.space.keys) == sorted(model.tracks)
        unit = ModelUnderTest(found.space, model.playlists).unit
        np.testing.assert_allclose(unit @ unit.T, model.unit @ model.unit.T, atol=0.02)


def test_ids_are_unique_and_severities_ascend() -> None:
    assert len(BY_ID) == len(FAULTS) + len(HARMLESS)
    assert all(list(fault.severities) == sorted(set(fault.severities)) for fault in BY_ID.values())


def test_faults_that_need_artists_or_genres_do_not_apply_without_them() -> None:
    whole = sample()
    bare = ModelUnderTest(whole.space(), Playlists.of(whole.playlist_ids, whole.sequences))
    inapplicable = {fault.id for fault in FAULTS if fault.inject(bare, fault.severities[-1]) is None}

    assert inapplicable == {
        "misaligned.within_genres",
        "misaligned.within_artists",
        "training.genre_untrained",
        "training.artist_untrained",
        "vocabulary.genre_lost",
    }


def test_documentation_has_the_current_table() -> None:
    page = (Path(__file__).parents[3] / "docs" / "drill.md").read_text(encoding="utf-8")

    assert table(FAULTS) in page
    assert table(HARMLESS) in page
