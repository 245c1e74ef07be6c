"""The outcome of a check is the same in every output: exit status, verdict.json, JUnit, HTML, terminal, job summary.

In each run only the checks of the floor and one custom check are on, so that the custom check determines the verdict.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from embedgate.cli import main
from tests.integration.outputs import FAILING, FLOOR, PASSING

if TYPE_CHECKING:
    from tests.integration.outputs import Outputs

pytest_plugins = "pytester"


@dataclass(frozen=True, kw_only=True)
class Row:
    """An expected row of the outputs, and a test that has this outcome.

    Attributes:
        outcome, verdict, status: expected outcome of the check, verdict and exit status.
        body, mark, fixtures: parts of the code of the test function.
        config: entry of the check in `[checks]`.
        arguments: arguments of pytest.
        severity: expected severity in verdict.json.
        junit: element of a failed test case in JUnit, or "passed"; None if there is no test case.
        summary: part of pytest's last line that counts the test.
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
        """Return the code of the test, which is the check `custom.<name>`."""
        return (
            f'{self.mark}\n@pytest.mark.gate_check("custom.{name}")\n'
            f"def test_{name}(gate_judge{self.fixtures}):\n    {self.body}\n"
        )

    def entry(self, name: str) -> str:
        """Return the entry of the check in `[checks]`."""
        return f'[checks."custom.{name}"]\n{self.config}\n' if self.config else ""


WARN, FAIL, OFF = (f'severity = "{severity}"' for severity in ("warn", "fail", "off"))


def error(
    message: str = "RuntimeError: boom",
    *,
    body: str = 'raise RuntimeError("boom")',
    fixtures: str = "",
    config: str = "",
    junit: str = "failure",
) -> Row:
    """Return a row with the outcome `error`."""
    summary = "1 failed" if junit == "failure" else "1 error"
    return Row(
        outcome="error",
        verdict="failed",
        status=1,
        body=body,
        fixtures=fixtures,
        config=config,
        junit=junit,
        summary=summary,
        message=message,
    )


def not_run(
    summary: str, *, arguments: tuple[str, ...] = (), status: int = 0, body: str = PASSING, mark: str = ""
) -> Row:
    """Return a row with the outcome `not_run`: deselected by arguments, or skipped."""
    return Row(
        outcome="not_run",
        verdict="partial",
        status=status,
        body=body,
        mark=mark,
        arguments=arguments,
        junit=None if arguments else "skipped",
        summary=summary,
    )


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
    "error": error(),
    "error, severity warn": error(config=WARN),
    "error in setup": error(
        "setup failed: RuntimeError: boom", fixtures=", broken_setup", body=PASSING, junit="error"
    ),
    "error in teardown": error(
        "teardown failed: RuntimeError: boom", fixtures=", broken_teardown", body=PASSING, junit="error"
    ),
    "error, gate_judge not called": error("without a result", body="pass"),
    "error, gate_judge called twice": error("only once per test", body=f"{PASSING}; {PASSING}"),
    "error after gate_judge": error(body=f'{PASSING}; raise RuntimeError("boom")'),
    "error, SystemExit": error("SystemExit", body="raise SystemExit(0)"),
    "not_run, -k": not_run("1 deselected", arguments=("-k", "not mine")),
    "not_run, -m": not_run(
        "1 deselected", arguments=("-m", "not filterwarnings"), mark='@pytest.mark.filterwarnings("default")'
    ),
    "not_run, --deselect": not_run("1 deselected", arguments=("--deselect=quality_checks/test_mine.py::test_mine",)),
    "not_run, skipped": not_run("1 skipped", status=1, body='pytest.skip("not today")'),
    "not_run, xfailed": not_run("1 xfailed", status=1, body='pytest.xfail("not today")'),
    "not_run, marked skip": not_run("1 skipped", status=1, mark='@pytest.mark.skip(reason="not today")'),
}
DISTRIBUTED = [
    row for row in ROWS.values() if not row.arguments and "skip" not in row.body and "xfail" not in row.body
]
LISTED = ("error", "failed", "inconclusive", "warned", "not_applicable")
"""Outcomes for which terminal and job summary have a line per check."""


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_outcome_is_identical_in_every_output(outputs: Outputs, row: Row) -> None:
    done = outputs.run_checks(row.test("mine"), *row.arguments, config=row.entry("mine"))
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
    assert (f"\n{shown.upper()} custom.mine" in terminal) == (row.outcome in LISTED)
    assert f"\nverdict: {row.verdict}\n" in terminal
    assert f"embedgate: {row.verdict}\n" in outputs.summary
    assert ('<code dir="auto">custom.mine</code>' in outputs.summary) == (row.outcome in LISTED)
    assert f'<li><code dir="auto">custom</code>: 1 {shown}</li>' in outputs.summary


def test_workers_report_every_outcome_like_a_single_process(outputs: Outputs) -> None:
    rows = {f"row_{number}": row for number, row in enumerate(DISTRIBUTED)}

    source = "".join(row.test(name) for name, row in rows.items())
    done = outputs.run_checks(source, "-n", "2", config="".join(row.entry(name) for name, row in rows.items()))

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
    """Assert that the test case in JUnit has the expected result and properties."""
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
