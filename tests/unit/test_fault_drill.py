"""The drill: which faults fail the gate, which are missed, and what would close a gap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from markupsafe import escape

import embedgate
from embedgate import fault_drill
from embedgate.faults import BY_ID, FAULTS, HARMLESS
from embedgate.judgement.drill_record import Attempt, DrillRecord, FaultRecord
from embedgate.judgement.verdict import VerdictRecord
from embedgate.report.html import render
from embedgate.testing import SEPARATOR, sample

CONFIG = {"model": {"track_separator": SEPARATOR}, "genres": {name: [name] for name in ("rock", "rap", "jazz")}}
SLOW = (
    *("separation", "retrieval", "neighbours.same_artist", "map"),
    *(f"champion.{name}" for name in ("accuracy", "genre_accuracy", "same_artist", "hit_rate", "ndcg")),
)
"""Checks that are switched off: permutations take most of the time of a drill."""


def drill(**checks: object) -> DrillRecord:
    given = sample()
    noise = np.random.default_rng(1).standard_normal(given.vectors.shape) * 0.02
    verdict = embedgate.drill(
        (given.keys, given.vectors),
        pd.DataFrame(given.rows()),
        config={**CONFIG, "checks": {**{key: {"severity": "off"} for key in SLOW}, **checks}},
        champion=(given.keys, given.vectors + noise),
    )
    assert verdict.outcome == "passed"
    assert verdict.drill is not None
    return verdict.drill


@pytest.fixture(scope="module")
def found() -> DrillRecord:
    return drill()


def by_id(found: DrillRecord) -> dict[str, FaultRecord]:
    return {fault.id: fault for fault in (*found.faults, *found.harmless)}


def test_every_fault_and_every_harmless_change_is_reported(found: DrillRecord) -> None:
    assert [fault.id for fault in found.faults] == [fault.id for fault in FAULTS]
    assert [change.id for change in found.harmless] == [change.id for change in HARMLESS]


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("corrupted.nan_rows", "integrity.finite"),
        ("corrupted.zero_rows", "integrity.zero_rows"),
        ("corrupted.constant_rows", "integrity.identical_rows"),
        ("vocabulary.duplicates", "champion.new_duplicates"),
        ("corrupted.rank", "champion.effective_rank"),
        ("misaligned.keys", "champion.misplaced"),
    ],
)
def test_fault_is_caught_by_the_check_that_is_made_for_it(found: DrillRecord, fault: str, check: str) -> None:
    caught = by_id(found)[fault].failed_from

    assert caught is not None
    assert caught.check == check


def test_no_harmless_change_fails_the_gate(found: DrillRecord) -> None:
    assert not [change.id for change in found.harmless if change.failed_from]
    assert all(change.attempts for change in found.harmless)


def test_fault_that_the_model_cannot_have_is_not_tried() -> None:
    lists = [["a", "b", "c"], ["b", "c", "d"]] * 60
    verdict = embedgate.drill({key: [number, 1.0] for number, key in enumerate("abcd", 1)}, lists)

    assert verdict.drill is not None
    assert by_id(verdict.drill)["training.genre_untrained"].attempts == ()
    assert by_id(verdict.drill)["misaligned.keys"].attempts


def test_weakened_config_shows_its_gap_and_changes_nothing_else(found: DrillRecord) -> None:
    weak = by_id(drill(**{"integrity.zero_rows": {"severity": "warn"}}))

    before, after = by_id(found)["corrupted.zero_rows"], weak["corrupted.zero_rows"]
    assert before.gap == ""
    assert before.failed_from == Attempt(0.005, "failed", "integrity.zero_rows")
    assert after.worst_missed == Attempt(0.005, "warned", "integrity.zero_rows")
    assert after.gap == '[checks."integrity.zero_rows"] severity = "fail"'
    assert {**weak, after.id: before} == by_id(found)


def test_check_that_warns_of_the_model_itself_is_no_evidence_of_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fault_drill, "FAULTS", (BY_ID["misaligned.keys"],))
    monkeypatch.setattr(fault_drill, "HARMLESS", (BY_ID["harmless.rotated"],))

    found = by_id(drill(**{"vocabulary.size": {"at_least": 10_000, "severity": "warn"}}))

    assert found["misaligned.keys"].worst_missed == Attempt(0.005, "missed")
    assert found["harmless.rotated"].worst_missed == Attempt(1.0, "missed")


def test_drill_survives_verdict_json(found: DrillRecord) -> None:
    record = VerdictRecord(outcome="passed", drill=found)

    assert VerdictRecord.from_json(record.as_json()).drill == found
    assert "drill" not in VerdictRecord(outcome="passed").as_json()


def test_mildest_failed_severity_has_no_missed_one_above_it() -> None:
    attempts = (Attempt(0.1, "failed", "a"), Attempt(0.2, "missed"), Attempt(0.5, "failed", "b"))
    fault = FaultRecord("x.y", "y", "", "share", (0.1, 0.2, 0.3, 0.5), attempts)

    assert fault.failed_from == attempts[2]
    assert fault.worst_missed == attempts[1]
    assert [fault.outcome_at(severity) for severity in fault.severities] == ["failed", "missed", "missed", "failed"]
    assert FaultRecord("x.y", "y", "", "share", (0.1,), attempts[1:]).outcome_at(0.1) == "missed"


def test_report_shows_each_fault_and_each_gap(found: DrillRecord) -> None:
    page = render(VerdictRecord(outcome="passed", drill=found)).html

    assert all(fault.name in page for fault in FAULTS)
    assert "What slips through" in page
    assert all(escape(fault.gap) in page for fault in found.faults)
    assert "Drill" not in render(VerdictRecord(outcome="passed")).html
