"""The hooks that tell: header, words of outcomes, summary in the terminal, report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from embedgate.gate.check_tests import CARRIED
from embedgate.report import html, terminal
from embedgate.report.story import compared_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedgate.gate.session import GateSession

_WORDS = {
    "warned": ("W", "WARNED", "yellow"),
    "inconclusive": ("I", "INCONCLUSIVE", "yellow"),
    "not_applicable": ("n", "NOT APPLICABLE", "cyan"),
    "no_baseline": ("b", "NO BASELINE", "cyan"),
    "off": ("o", "OFF", "cyan"),
}


class TellingHooks:
    """What a gate run shows; nothing of it changes the verdict.

    Args:
        gate: the gate run.
    """

    def __init__(self, gate: GateSession) -> None:
        self.gate = gate

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
