"""Hooks that report a gate run: header, outcomes and summary in the terminal, and the columns of pytest-html."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from embedgate.gate.check_tests import RESULT_ATTRIBUTE
from embedgate.gate.session import SWITCHED_OFF
from embedgate.report import pytest_html, terminal
from embedgate.report.wording import champion_text, outcome_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedgate.gate.session import GateSession

_LETTERS_AND_COLOURS = {
    "warned": ("w", "yellow"),
    "inconclusive": ("?", "yellow"),
    "not_applicable": ("-", "cyan"),
    "no_baseline": ("-", "cyan"),
    "off": ("-", "cyan"),
}
"""Outcomes other than `passed` whose test passes; `-`: the check was not judged."""


class ReportHooks:
    """Reports a gate run; nothing here changes the verdict.

    Args:
        gate: the gate run.
    """

    def __init__(self, gate: GateSession) -> None:
        self.gate = gate

    def pytest_report_header(self) -> list[str]:
        """Print the tested run, and the champion that it is compared with."""
        gate = self.gate
        # after an error, the champion is unknown
        absence = "none yet" if gate.compares else "off" if gate.no_champion == SWITCHED_OFF else "none"
        champion = "" if gate.error else champion_text(gate.champion_as_json(), absence)
        return terminal.header(gate.loaded, champion, gate.options.config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, Mapping[str, bool]]] | None:
        """Show an outcome other than `passed` with its own letter and word if its test passes."""
        attached = getattr(report, RESULT_ATTRIBUTE, None)
        if attached is None or report.when != "call" or not report.passed:
            return None
        if attached["outcome"] not in _LETTERS_AND_COLOURS:
            return None
        outcome = outcome_text(attached["outcome"])
        letter, colour = _LETTERS_AND_COLOURS[attached["outcome"]]
        return outcome, letter, (outcome.upper(), {colour: True})

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the problems, the verdict, and the paths of the files."""
        _shorten_messages(terminalreporter)
        gate = self.gate
        if gate.usage_error:
            terminal.usage_error(terminalreporter, gate.usage_error)
        elif gate.verdict is not None:
            terminal.summary(terminalreporter, gate.verdict, gate.options.verdict, gate.notes, gate.catalogue)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_report_title(self, report: Any) -> None:  # noqa: ANN401 - a class of pytest-html
        """Set the title of the page."""
        report.title = "embedgate"

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Set the columns of the table of tests."""
        pytest_html.table_header(cells)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: pytest.TestReport, cells: list[str]) -> None:
        """Show a check's id, outcome, value and bound."""
        pytest_html.table_row(report, getattr(report, RESULT_ATTRIBUTE, None), cells)


def _shorten_messages(reporter: pytest.TerminalReporter) -> None:
    """Leave messages of failed checks out of pytest's short summary: with CI=true it prints them in full again."""
    for report in reporter.getreports("failed"):
        attached, crash = getattr(report, RESULT_ATTRIBUTE, None), getattr(report.longrepr, "reprcrash", None)
        if attached is not None and crash is not None:
            crash.message = f"{attached['id']} {attached['outcome']}"
