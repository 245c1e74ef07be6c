"""The hooks that tell: header, words of outcomes, summary in the terminal, report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from embedgate.gate.judging import CARRIED
from embedgate.judgement.history import measures_of
from embedgate.report import html, page, terminal
from embedgate.report.live_map import in_page, with_blame
from embedgate.report.over_time import OverTime, over_time
from embedgate.report.story import compared_with

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from embedgate.gate.session import GateSession

_WORDS = {
    "warned": ("W", "WARNED", "yellow"),
    "inconclusive": ("I", "INCONCLUSIVE", "yellow"),
    "no_baseline": ("b", "NO BASELINE", "cyan"),
    "off": ("o", "OFF", "cyan"),
}


class TellingHooks:
    """What a gate run shows; nothing of it changes the verdict.

    Args:
        gate: the gate run.
        report: where the report will be written; None where none will, or another process does.
    """

    def __init__(self, gate: GateSession, report: Path | None) -> None:
        self.gate = gate
        self._report = report

    def pytest_report_header(self) -> list[str]:
        """Print which run is tested, and what it is compared with."""
        gate = self.gate
        # an error may have kept the champion from being found: then nothing is known of it
        absent = "none yet" if gate.compares else "off"
        champion = "" if gate.error else compared_with(gate.champion_as_json(), absent)
        return terminal.header(gate.loaded, champion, gate.options.config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, Mapping[str, bool]]] | None:
        """Give an outcome that passes, and yet is no plain pass, a word of its own."""
        carried = getattr(report, CARRIED, None)
        if carried is None or report.when != "call" or not report.passed:
            return None
        outcome = carried["outcome"]
        if outcome not in _WORDS:
            return None
        letter, word, colour = _WORDS[outcome]
        return outcome.replace("_", " "), letter, (word, {colour: True})

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self) -> Generator[None, None, None]:
        """Make the report safe: after pytest-html has written it, before the terminal tells its notes."""
        yield
        if self._report is not None:
            unsaid = page.finish(self._report)
            if unsaid:
                self.gate.notes.append(unsaid)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say the verdict, what broke and where the report is."""
        _shorten(terminalreporter)
        if self.gate.usage_error:
            terminal.usage_error(terminalreporter, self.gate.usage_error)
        elif self.gate.verdict is not None:
            gate = self.gate
            terminal.summary(terminalreporter, self.gate.verdict, gate.options.verdict, gate.notes)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_report_title(self, report: Any) -> None:  # noqa: ANN401 - a class of pytest-html
        """Call the report by what it is."""
        report.title = "embedgate"

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Put the verdict on top of the report."""
        gate, kept = self.gate, self.gate.kept
        if gate.verdict is not None:
            past = over_time(kept.earlier, kept.record) if kept is not None else OverTime()
            if past.note:
                gate.notes.append(past.note)
            held_out = gate.options.config.settings.model.playlists_role == "held_out"
            figures = dict(gate.figures)
            picture = figures.pop("map", "")  # the map has a place of its own
            if gate.live_map is not None:
                picture = in_page(with_blame(gate.live_map, gate.verdict.results), picture)
            top = html.summary(
                gate.verdict,
                gate.loaded,
                picture,
                figures=figures,
                held_out=held_out,
                past=past,
                champion=self._measured_of_champion(),
                notes=gate.notes,
            )
            prefix.insert(0, top)

    def _measured_of_champion(self) -> Mapping[str, float]:
        """What the gate measured of the champion when it was the tested run, by check id."""
        kept, champion = self.gate.kept, self.gate.champion
        if kept is None or champion is None or champion[0].source != "metaflow":  # a file may be another by now
            return {}
        return measures_of(kept.earlier, champion[0].pathspec)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Name the columns of the table of checks."""
        html.table_header(cells)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: pytest.TestReport, cells: list[str]) -> None:
        """Show a check's id, value, interval and bound."""
        html.table_row(report, getattr(report, CARRIED, None), cells)


def _shorten(reporter: pytest.TerminalReporter) -> None:
    """Keep the text of a failed check out of pytest's short summary, which CI=true prints in full a second time."""
    for report in reporter.getreports("failed"):
        carried, crash = getattr(report, CARRIED, None), getattr(report.longrepr, "reprcrash", None)
        if carried is not None and crash is not None:
            crash.message = f"{carried['id']} {carried['outcome']}"
