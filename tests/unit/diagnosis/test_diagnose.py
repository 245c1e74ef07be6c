"""All causes together: one per group, the one that explains most first, and none for a sound model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.diagnosis import diagnose as module
from embedgate.diagnosis.diagnose import diagnose
from embedgate.engine import Engine
from embedgate.judgement.diagnosis_record import Diagnosis
from embedgate.material.playlists import Playlists
from tests.unit.diagnosis.cases import CHAMPION, FAILED, PASSED, SETTINGS, SOUND, evidence

if TYPE_CHECKING:
    import pytest

    from embedgate.measures.evidence import Evidence

ROLLED = np.roll(SOUND.vectors, 1, axis=0)


def causes(measured: Evidence) -> dict[str, int]:
    """Evaluate all checks; return the number of results that each cause explains."""
    results = Engine(measured, SETTINGS, compares=measured.comparison is not None).evaluate()
    found = diagnose(measured, results)
    assert found.failures == ()
    troubled = {each.id for each in results if each.outcome in ("failed", "warned", "inconclusive")}
    assert all(each.explains and troubled.issuperset(each.explains) for each in found.found)
    return {each.cause: len(each.explains) for each in found.found}


def test_shifted_model_has_one_cause() -> None:
    found = causes(evidence(ROLLED, champion=CHAMPION))

    assert list(found) == ["keys.shifted"]
    assert found["keys.shifted"] >= 20


def test_independent_causes_are_both_reported() -> None:
    """The cause that explains more failures comes first, even if the other explains as many results."""
    unnamed = Playlists.of(map(str, range(len(SOUND.sequences))), SOUND.sequences)

    found = causes(evidence(ROLLED, playlists=unnamed))

    assert list(found) == ["keys.shifted", "genres.untagged"]
    assert found["genres.untagged"] >= found["keys.shifted"]


def test_sound_model_has_no_cause() -> None:
    assert causes(evidence(champion=CHAMPION)) == {}
    assert diagnose(evidence(champion=CHAMPION), FAILED) == ((), ())


def test_nothing_is_measured_if_all_checks_passed() -> None:
    measured = evidence(ROLLED, champion=CHAMPION)
    before = set(vars(measured)), set(vars(measured.model))

    assert diagnose(measured, PASSED) == ((), ())
    assert (set(vars(measured)), set(vars(measured.model))) == before


def test_cause_that_cannot_be_tested_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are tested nevertheless."""

    def broken(*_: object) -> Diagnosis | None:
        raise ZeroDivisionError("no tracks")

    monkeypatch.setattr(module, "CAUSES", ((broken, *module.CAUSES[1]),))

    found = diagnose(evidence(ROLLED), FAILED)

    assert [each.cause for each in found.found] == ["keys.shifted"]
    assert found.failures == ("the cause 'broken' could not be tested: ZeroDivisionError: no tracks",)
