"""The drill: which faults fail the gate, which are missed, and what would close a gap."""

from __future__ import annotations

import numpy as np
import pytest

import embedgate
from embedgate.faults import FAULTS, HARMLESS
from embedgate.judgement.drill_record import Attempt, DrillRecord, FaultRecord
from embedgate.judgement.verdict import VerdictRecord
from embedgate.testing import SEPARATOR, sample

CONFIG = {"model": {"track_separator": SEPARATOR}, "genres": {name: [name] for name in ("rock", "rap", "jazz")}}


def drill(**checks: object) -> DrillRecord:
    given = sample()
    noise = np.random.default_rng(1).standard_normal(given.vectors.shape) * 0.02
    verdict = embedgate.drill(
        (given.keys, given.vectors),
        [*map(list, given.sequences)],
        config={**CONFIG, "checks": checks},
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
        ("training.collapsed", "champion.mean_cosine"),
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


def test_fault_that_the_model_cannot_have_is_not_tried(found: DrillRecord) -> None:
    """Lists of keys have no names, so no track has a genre."""
    assert by_id(found)["training.genre_untrained"].attempts == ()


def test_weakened_config_shows_its_gap(found: DrillRecord) -> None:
    weak = by_id(drill(**{"champion.mean_cosine": {"severity": "warn"}, "geometry.collapse": {"severity": "off"}}))

    before, after = by_id(found)["training.collapsed"].failed_from, weak["training.collapsed"].failed_from
    assert before is not None
    assert after is None or after.severity > before.severity
    assert weak["training.collapsed"].gap == '[checks."champion.mean_cosine"] severity = "fail"'


def test_drill_is_reproducible(found: DrillRecord) -> None:
    assert by_id(drill()) == by_id(found)


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


def test_report_shows_each_fault_and_each_gap() -> None:
    given = sample()
    config = {**CONFIG, "checks": {"integrity": {"severity": "warn"}, "map": {"severity": "off"}}}
    verdict = embedgate.drill((given.keys, given.vectors), [*map(list, given.sequences)], config=config)

    page = verdict.to_html()

    assert all(fault.name in page for fault in FAULTS)
    assert "[checks.&#34;integrity.constant_dimensions&#34;]" in page or "[checks.&#34;integrity.finite&#34;]" in page
    assert "What slips through" in page
