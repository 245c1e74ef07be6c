"""Figures are drawn once, of what was measured; what cannot be drawn is a note."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from embedgate.gate import drawing
from embedgate.judgement.result import CheckResult

if TYPE_CHECKING:
    from embedgate.judgement.result import Outcome

EVIDENCE: Any = SimpleNamespace(model=None, faithfulness=None)


def result(check_id: str, outcome: Outcome) -> CheckResult:
    return CheckResult(id=check_id, outcome=outcome, severity="fail")


@pytest.fixture(autouse=True)
def _one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedgate.report.html.figures", lambda family, *_: (f"drawn {family}", ""))
    monkeypatch.setattr(drawing, "map_payload", lambda *_, **__: None)


def test_only_families_that_were_measured_are_drawn() -> None:
    """A check that is off or did not run must not be measured for its figure."""
    results = [result("geometry.hubness", "passed"), result("map.faithfulness", "off"), result("x.y", "not_run")]

    drawn = drawing.draw(EVIDENCE, None, results)

    assert drawn.figures == {"geometry": "drawn geometry"}
    assert (drawn.picture, list(drawn.notes)) == ("", [])


def test_map_has_a_place_of_its_own() -> None:
    drawn = drawing.draw(EVIDENCE, None, [result("map.faithfulness", "failed")])

    assert (drawn.figures, drawn.picture) == ({}, "drawn map")


def test_live_map_that_fails_leaves_the_picture_and_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("no such track")

    monkeypatch.setattr(drawing, "map_payload", broken)
    drawn = drawing.draw(EVIDENCE, None, [result("map.faithfulness", "passed")])

    assert drawn.picture == "drawn map"
    assert drawn.notes == ["the live map could not be made: ValueError: no such track"]
