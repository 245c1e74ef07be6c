"""A family is drawn once, only for a page, and never at the price of its check."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from embedgate.gate import drawing
from embedgate.gate.drawing import Drawing


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A gate run whose figures are one word."""
    monkeypatch.setattr("embedgate.report.html.figures", lambda family, *_: (f"drawn {family}", ""))
    evidence = SimpleNamespace(model=None, faithfulness=None)
    return SimpleNamespace(
        evidence=evidence, results_to_draw=None, champion=None, notes=[], figures={}, live_map=None
    )


def test_a_map_that_cannot_be_made_is_a_note(gate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture stands, the note reaches the controller, and can be sent there."""

    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("no such track: \ud83d")

    monkeypatch.setattr(drawing, "map_payload", broken)
    report: Any = SimpleNamespace()
    Drawing(gate, wanted=True).attach(report, "map")
    Drawing(gate, wanted=True).take(report, "map")

    assert gate.notes == ["the live map could not be made: ValueError: no such track: \ufffd"]
    assert gate.figures == {"map": "drawn map"}
    assert gate.live_map is None


def test_of_what_workers_drew_the_first_stays(gate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures and map of a family stand once."""
    monkeypatch.setattr(drawing, "map_payload", lambda *_, **__: {"x": [1]})
    controller = Drawing(gate, wanted=True)
    for number in (1, 2):
        monkeypatch.setattr("embedgate.report.html.figures", lambda _, *__, drawn=f"drawn {number}": (drawn, ""))
        report: Any = SimpleNamespace()
        Drawing(gate, wanted=True).attach(report, "map")
        controller.take(report, "map")

    assert gate.figures == {"map": "drawn 1"}
    assert gate.live_map == {"x": [1]}


def test_nothing_is_drawn_for_no_page(gate: Any) -> None:
    """Nothing is measured for it either."""
    report: Any = SimpleNamespace()
    Drawing(gate, wanted=False).attach(report, "map")

    assert vars(report) == {}
