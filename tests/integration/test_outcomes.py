"""Each outcome of a check is the same in every output: exit status, verdict.json, JUnit, HTML, terminal, job summary.

In each run, all shipped checks are off but those of the floor, so that one custom check decides the verdict.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

import pytest

from embedgate.checks.registry import FAMILIES
from embedgate.cli import main
from embedgate.report.job_summary import VARIABLE
from tests.integration.suite import GateFolder, copy_suite

if TYPE_CHECKING:
    from tests.conftest import SampleFiles

pytest_plugins = "pytester"

HEAD = """
import os
import pytest
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable

HALF = Measurement(value=0.5, n=7, summary="half of it", interval=(0.4, 0.6), tracks=("Abba-Waterloo",))

@pytest.fixture
def broken_setup():
    raise RuntimeError("boom")

@pytest.fixture
def broken_teardown():
    yield
    raise RuntimeError("boom")
"""
FLOOR = ("integrity.finite", "vocabulary.coverage", "neighbours.co_listening")
ONLY_FLOOR = "".join(
    [f'[checks."{family}"]\nseverity = "off"\n' for family in FAMILIES]
    + [f'[checks."{check_id}"]\nseverity = "fail"\n' for check_id in FLOOR]
)
PASSING = "gate_judge(HALF, at_least=0.4)"
FAILING = "gate_judge(HALF, at_least=0.6)"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the table of outcomes, and a test that has this outcome.

    Attributes:
        outcome, verdict, status: expected outcome of the check, verdict, and exit status.
        body, mark, fixtures: of the test function.
        config: entry of the check in `[checks]`.
        arguments: of pytest.
        severity: expected in verdict.json.
        junit: the element of a failed test case in JUnit; None if there is no test case.
        summary: how pytest counts the test in its last line.
        message: part of the check's message.
    """

    outcome: str
    verdict: str = "passed"
    status: int = 0
    body: str = PASSING
    mark: str = ""
    fixtures: str = ""
    config: str = ""
    arguments: tuple[str, ...] = ()
    severity: str = "fail"
    junit: str | None = "passed"
    summary: str
    message: str = ""

    def test(self, name: str) -> str:
        """Return the test as Python code; it is the check `custom.<name>`."""
        return (
            f'{self.mark}\n@pytest.mark.gate_check("custom.{name}")\n'
            f"def test_{name}(gate_judge{self.fixtures}):\n    {self.body}\n"
        )

    def entry(self, name: str) -> str:
        """Return the entry of the check in `[checks]`."""
        return f'[checks."custom.{name}"]\n{self.config}\n' if self.config else ""


WARN, FAIL, OFF = (f'severity = "{severity}"' for severity in ("warn", "fail", "off"))
ERROR = {"outcome": "error", "verdict": "failed", "status": 1}
NOT_RUN = {"outcome": "not_run", "verdict": "partial"}
ROWS = {
    "passed": Row(outcome="passed", summary="4 passed"),
    "passed, severity warn": Row(outcome="passed", config=WARN, severity="warn", summary="4 passed"),
    "warned": Row(
        outcome="warned",
        body=FAILING,
        config=WARN,
        severity="warn",
        summary="1 warned",
        message="0.500, expected >= 0.600 (configured). Half of it.",
    ),
    "failed": Row(
        outcome="failed",
        verdict="failed",
        status=1,
        body=FAILING,
        junit="failure",
        summary="1 failed",
        message="0.500, expected >= 0.600 (configured). Half of it.",
    ),
    "failed, marked xfail": Row(
        outcome="failed",
        verdict="failed",
        status=1,
        body=FAILING,
        mark="@pytest.mark.xfail",
        junit="failure",
        summary="1 failed",
    ),
    "inconclusive": Row(
        outcome="inconclusive",
        verdict="inconclusive",
        status=1,
        body='gate_judge(inconclusive("too few tracks"))',
        junit="failure",
        summary="1 failed",
        message="Too few tracks.",
    ),
    "inconclusive, severity warn": Row(
        outcome="inconclusive",
        body='gate_judge(inconclusive("too few tracks"))',
        config=WARN,
        severity="warn",
        summary="1 inconclusive",
        message="Too few tracks.",
    ),
    "inconclusive, severity lowered by the measurement": Row(
        outcome="inconclusive",
        body='gate_judge(inconclusive("too few tags", severity="warn"))',
        severity="warn",
        summary="1 inconclusive",
        message="Too few tags.",
    ),
    "not_applicable": Row(
        outcome="not_applicable",
        body='gate_judge(not_applicable("there are no artists"))',
        summary="1 not applicable",
        message="There are no artists.",
    ),
    "not_applicable, with severity and bound": Row(
        outcome="not_applicable",
        body='gate_judge(not_applicable("there are no artists"), at_least=0.4)',
        config=f"{FAIL}\nat_least = 0.6",
        summary="1 not applicable",
        message="There are no artists.",
    ),
    "no_baseline": Row(outcome="no_baseline", body="gate_judge(HALF)", summary="1 no baseline"),
    "off": Row(
        outcome="off",
        body="raise RuntimeError",
        config=OFF,
        severity="off",
        summary="all but 3 off",
        message="switched off",
    ),
    "error": Row(
        **ERROR, body='raise RuntimeError("boom")', junit="failure", summary="1 failed", message="RuntimeError: boom"
    ),
    "error, severity warn": Row(
        **ERROR,
        body='raise RuntimeError("boom")',
        config=WARN,
        junit="failure",
        summary="1 failed",
        message="RuntimeError: boom",
    ),
    "error in setup": Row(
        **ERROR,
        fixtures=", broken_setup",
        junit="error",
        summary="1 error",
        message="setup failed: RuntimeError: boom",
    ),
    "error in teardown": Row(
        **ERROR,
        fixtures=", broken_teardown",
        junit="error",
        summary="1 error",
        message="teardown failed: RuntimeError: boom",
    ),
    "error, gate_judge not called": Row(
        **ERROR, body="pass", junit="failure", summary="1 failed", message="without a result"
    ),
    "error, gate_judge called twice": Row(
        **ERROR, body=f"{PASSING}; {PASSING}", junit="failure", summary="1 failed", message="only once per test"
    ),
    "error after gate_judge": Row(
        **ERROR,
        body=f'{PASSING}; raise RuntimeError("boom")',
        junit="failure",
        summary="1 failed",
        message="RuntimeError: boom",
    ),
    "error, SystemExit": Row(
        **ERROR, body="raise SystemExit(0)", junit="failure", summary="1 failed", message="SystemExit"
    ),
    "not_run, -k": Row(**NOT_RUN, arguments=("-k", "not mine"), junit=None, summary="1 deselected"),
    "not_run, -m": Row(
        **NOT_RUN,
        mark='@pytest.mark.filterwarnings("default")',
        arguments=("-m", "not filterwarnings"),
        junit=None,
        summary="1 deselected",
    ),
    "not_run, --deselect": Row(
        **NOT_RUN,
        arguments=("--deselect=quality_checks/test_mine.py::test_mine",),
        junit=None,
        summary="1 deselected",
    ),
    "not_run, skipped": Row(
        **NOT_RUN, status=1, body='pytest.skip("not today")', junit="skipped", summary="1 skipped"
    ),
    "not_run, xfailed": Row(
        **NOT_RUN, status=1, body='pytest.xfail("not today")', junit="skipped", summary="1 xfailed"
    ),
    "not_run, marked skip": Row(
        **NOT_RUN, status=1, mark='@pytest.mark.skip(reason="not today")', junit="skipped", summary="1 skipped"
    ),
}
DISTRIBUTED = [
    row for row in ROWS.values() if not row.arguments and "skip" not in row.body and "xfail" not in row.body
]
LISTED = ("error", "failed", "inconclusive", "warned", "not_applicable")
"""Outcomes of which terminal and job summary have a line for each check."""


class Outputs(GateFolder):
    """A folder with the shipped suite, in which only the floor is on, and the outputs of a gate run."""

    def __init__(self, pytester: pytest.Pytester, files: SampleFiles, patch: pytest.MonkeyPatch) -> None:
        super().__init__(pytester, files)
        copy_suite(self.path)
        patch.setenv(VARIABLE, str(self.path / "step_summary"))

    def run_rows(self, rows: dict[str, Row], *arguments: str) -> pytest.RunResult:
        """Run the suite with a custom check for each row, by the name of the check."""
        self.write_checks(HEAD + "".join(row.test(name) for name, row in rows.items()))
        config = self.files.config.read_text(encoding="utf-8").partition("[checks.")[0]
        entries = "".join(row.entry(name) for name, row in rows.items())
        (self.path / "quality_checks.toml").write_text(config + ONLY_FLOOR + entries, encoding="utf-8")
        (self.path / "step_summary").unlink(missing_ok=True)
        return self.run("--junitxml=junit.xml", *arguments)

    @property
    def summary(self) -> str:
        """The job summary."""
        return (self.path / "step_summary").read_text(encoding="utf-8")

    @property
    def banner(self) -> str:
        """The verdict at the top of the report."""
        found = re.search(r'<div class="eg-verdict eg-\w+"><strong>(\w+)</strong>', self.report)
        assert found is not None
        return found[1]

    def junit_case(self, name: str) -> ET.Element | None:
        """Return the test case of a check; None if there is none."""
        root = ET.parse(self.path / "junit.xml").getroot()  # noqa: S314 - written by this run
        return next((case for case in root.iter("testcase") if case.attrib["name"] == f"test_{name}"), None)

    def report_row(self, name: str) -> list[str]:
        """Return outcome and cells of a check in the report's table of checks."""
        tables = re.findall(r'<table class="eg-checks">.*?</table>', self.report, re.DOTALL)
        rows = re.findall(r"<tr class=\"eg-(\w+)\">(.*?)</tr>", "".join(tables), re.DOTALL)
        (found,) = [(outcome, cells) for outcome, cells in rows if f"<code>custom.{name}</code>" in cells]
        return [found[0], *(re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<td.*?</td>", found[1], re.DOTALL))]

    def pytest_html_rows(self, name: str) -> list[list[str]]:
        """Return outcome, value and bound of a check in the table of pytest-html, a row a phase."""
        blob = re.search(r'data-jsonblob="([^"]*)"', self.report)
        assert blob is not None
        tests = json.loads(unescape(blob[1]))["tests"]
        rows = [one["resultsTableRow"] for runs in tests.values() for one in runs]
        return [
            [re.sub("<[^>]*>", "", cell) for cell in cells[3:]]
            for cells in rows
            if any(f">custom.{name}<" in cell for cell in cells)
        ]


@pytest.fixture
def outputs(pytester: pytest.Pytester, sound: SampleFiles, monkeypatch: pytest.MonkeyPatch) -> Outputs:
    return Outputs(pytester, sound, monkeypatch)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_outcome_is_identical_in_every_output(outputs: Outputs, row: Row) -> None:
    done = outputs.run_rows({"mine": row}, *row.arguments)
    shown, verdict, mine = row.outcome.replace("_", " "), outputs.verdict, outputs.checks["custom.mine"]

    assert (int(done.ret), verdict["verdict"], outputs.banner) == (row.status, row.verdict, row.verdict)
    assert (mine["outcome"], mine["severity"]) == (row.outcome, row.severity)
    assert row.message in mine["message"]
    assert_only_floor_ran(outputs)
    assert verdict["promoted"] is False
    assert main(["verdict", str(outputs.path / "verdict.json")]) == (0 if row.verdict == "passed" else 1)

    cells = outputs.report_row("mine")
    assert (cells[0], cells[1].partition(" ")[2], cells[2]) == (row.outcome, shown, "custom.mine")
    assert_junit_agrees(outputs, "mine", row)
    assert_pytest_html_agrees(outputs, "mine", row)

    counts = re.search(r"^=+ (.*) in [\d.]+s.*=+$", done.outlines[-1])
    assert counts is not None
    assert row.summary.replace("all but 3", str(len(verdict["checks"]) - 3)) in counts[1].split(", ")
    terminal = done.stdout.str().partition("= embedgate =")[2]
    assert (f"{shown.upper()} custom.mine (" in terminal) == (row.outcome in LISTED)
    assert f"\nverdict: {row.verdict}\n" in terminal
    assert f"embedgate: {row.verdict}\n" in outputs.summary
    assert ('<code dir="auto">custom.mine</code>' in outputs.summary) == (row.outcome in LISTED)
    assert f'<li><code dir="auto">custom</code>: 1 {shown}</li>' in outputs.summary


def test_workers_report_every_outcome_as_one_process_does(outputs: Outputs) -> None:
    rows = {f"row_{number}": row for number, row in enumerate(DISTRIBUTED)}

    done = outputs.run_rows(rows, "-n", "2")

    assert (int(done.ret), outputs.verdict["verdict"], outputs.banner) == (1, "failed", "failed")
    assert len(list((outputs.path / ".embedgate").glob("*.json"))) == 1
    assert_only_floor_ran(outputs)
    for name, row in rows.items():
        check = outputs.checks[f"custom.{name}"]
        assert (check["outcome"], check["severity"]) == (row.outcome, row.severity)
        assert row.message in check["message"]
        assert outputs.report_row(name)[0] == row.outcome
        assert_junit_agrees(outputs, name, row)
        assert_pytest_html_agrees(outputs, name, row)


def assert_only_floor_ran(outputs: Outputs) -> None:
    shipped = {check_id: check for check_id, check in outputs.checks.items() if not check_id.startswith("custom.")}

    assert {check_id for check_id, check in shipped.items() if check["outcome"] == "passed"} == set(FLOOR)
    assert {check["outcome"] for check in shipped.values()} == {"passed", "off"}


def assert_junit_agrees(outputs: Outputs, name: str, row: Row) -> None:
    """Assert that JUnit has the check as a test case that passed, failed or had an error, with its properties."""
    case, check = outputs.junit_case(name), outputs.checks[f"custom.{name}"]
    if row.junit is None:
        assert case is None
        return
    assert case is not None
    elements = {child.tag for child in case} - {"properties", "system-out", "system-err"}
    assert elements == (set() if row.junit == "passed" else {row.junit})
    properties = [(one.attrib["name"], one.attrib["value"]) for one in case.iter("property")]
    if row.outcome == "not_run":
        assert properties == []
        return
    found = dict(properties)
    assert len(properties) == len(found)
    assert found["gate.id"] == f"custom.{name}"
    assert (found["gate.outcome"], found["gate.severity"]) == (row.outcome, row.severity)
    assert found.get("gate.message", "") == check["message"]
    assert found.get("gate.value") == (None if check["value"] is None else str(check["value"]))


def assert_pytest_html_agrees(outputs: Outputs, name: str, row: Row) -> None:
    rows = outputs.pytest_html_rows(name)
    if row.outcome == "not_run":
        assert rows == []
        return
    value = outputs.checks[f"custom.{name}"]["value"]
    assert rows[-1][:2] == [row.outcome.replace("_", " "), "–" if value is None else "0.500"]
