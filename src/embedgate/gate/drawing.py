"""What a check's report carries for the page: the figures of its family, and the data of the live map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedgate.report import html
from embedgate.report.live_map import map_payload
from embedgate.sendable import sendable

if TYPE_CHECKING:
    import pytest

    from embedgate.gate.session import GateSession

FIGURES, LIVE_MAP, NOTES = "embedgate_figures", "embedgate_live_map", "embedgate_notes"
"""Attributes of a test report: a fragment of HTML, what `map_payload` gives, and what could not be drawn."""


class Drawing:
    """Draws each family once, with the first of its checks; of what workers drew, the first of a family stays.

    Args:
        gate: the gate run.
        wanted: whether there will be a page to show it on.
    """

    def __init__(self, gate: GateSession, *, wanted: bool) -> None:
        self._gate = gate
        self._wanted = wanted
        self._drawn: set[str] = set()

    def attach(self, report: pytest.TestReport, family: str) -> None:
        """Let the report of a check carry the figures of its family, where no other report does."""
        if not self._wanted or family in self._drawn:
            return
        self._drawn.add(family)
        figures, note = html.figures(family, self._gate.evidence, self._gate.results_to_draw)
        setattr(report, FIGURES, figures)
        notes = [note] if note else []
        if family == "map":
            payload, note = self._live_map()
            setattr(report, LIVE_MAP, payload)
            notes += [note] if note else []
        setattr(report, NOTES, sendable(notes))

    def _live_map(self) -> tuple[dict[str, Any] | None, str]:
        """The data of the live map, and a note where they could not be had: the picture stands without them."""
        try:
            evidence = self._gate.evidence
            faithfulness = evidence.faithfulness
            champion = self._gate.champion
            payload = map_payload(
                evidence.model,
                champion[1] if champion is not None else None,
                objection=faithfulness.objection if faithfulness is not None else "",
            )
        except Exception as error:  # noqa: BLE001 - a map that fails must not hide the check it belongs to
            return None, f"the live map could not be made: {type(error).__name__}: {error}"
        return payload, ""

    def take(self, report: pytest.TestReport, family: str) -> None:
        """Keep what a report carries, unless another brought its family before."""
        figures = getattr(report, FIGURES, "")
        if not figures or family in self._gate.figures:
            return
        self._gate.figures[family] = figures
        self._gate.notes += getattr(report, NOTES, [])
        if family == "map":
            self._gate.live_map = getattr(report, LIVE_MAP, None)
