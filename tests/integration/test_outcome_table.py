"""The table of outcomes, every row in every place: exit status, verdict.json, JUnit, HTML, terminal, job summary.

Each run is a whole one: of the shipped suite only the floor is on, so that the one check of the user's own decides.
"""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openTSNE  # noqa: F401
import pytest
import scipy.stats  # noqa: F401
import sklearn.metrics  # noqa: F401

# pytester forgets what its runs import: numpy does not bear that twice, and the rest takes its time each time
import embedgate.gate.hooks
import embedgate.report.figures.canvas
import embedgate.sources.files  # noqa: F401
from embedgate.checks.registry import FAMILIES
from embedgate.cli import main
from embedgate.report.job_summary import VARIABLE

if TYPE_CHECKING:
    from tests.conftest import SampleFiles

pytest_plugins = "pytester"

ROOT = Path(__file__).resolve().parents[2]
CHECK_ID = "custom.mine"
SUITE = """
import os
import pytest
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable

HALF = Measurement(value=0.5, n=7, summary="half of it", interval=(0.4, 0.6), tracks=("Abba-Waterloo",))

@pytest.fixture
def broken_before():
    raise RuntimeError("boom")

@pytest.fixture
def broken_after():
    yield
    raise RuntimeError("boom")

{mark}
@pytest.mark.gate_check("custom.mine")
def test_mine(gate_judge{fixtures}):
    {body}
"""
FLOOR = ("integrity.finite", "vocabulary.coverage", "neighbours.co_listening")
OFF = "\n".join(
    [f'[checks."{family}"]\nseverity = "off"' for family in FAMILIES]
    + [f'[checks."{check_id}"]\nseverity = "fail"' for check_id in FLOOR]
)
OWN = '\n[checks."custom.mine"]\n'
HOLDS = "gate_judge(HALF, at_least=0.4)"
BREAKS = "gate_judge(HALF, at_least=0.6)"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the table, and a way there.

    Attributes:
        outcome, verdict, status: what has to come of it: of the check, of the run, as exit status.
        body, mark, fixtures, config, arguments: the way there.
        severity: as verdict.json has it.
        junit: the element that JUnit has for a test that did not pass; None where there is no test case at all.
        summary: the count by which pytest's last line shows it.
        message: a word of the check's message.
    """

    outcome: str
    verdict: str
    status: int
    body: str = HOLDS
    mark: str = ""
    fixtures: str = ""
    config: str = ""
    arguments: tuple[str, ...] = ()
    severity: str = "fail"
    junit: str | None = "passed"
    summary: str
    message: str = ""


ROWS = {
    "passed": Row(outcome="passed", verdict="passed", status=0, summary="4 passed"),
    "passed, its severity warn": Row(
        outcome="passed",
        verdict="passed",
        status=0,
        config=OWN + 'severity = "warn"',
        severity="warn",
        summary="4 passed",
    ),
    "warned": Row(
        outcome="warned",
        verdict="passed",
        status=0,
        body=BREAKS,
        config=OWN + 'severity = "warn"',
        severity="warn",
        summary="1 warned",
        message="at least 0.600 is asked for (your bound)",
    ),
    "failed": Row(
        outcome="failed",
        verdict="failed",
        status=1,
        body=BREAKS,
        junit="failure",
        summary="1 failed",
        message="at least 0.600 is asked for (your bound)",
    ),
    "failed, in spite of xfail": Row(
        outcome="failed",
        verdict="failed",
        status=1,
        body=BREAKS,
        mark="@pytest.mark.xfail",
        junit="failure",
        summary="1 failed",
    ),
    "inconclusive, too little data": Row(
        outcome="inconclusive",
        verdict="inconclusive",
        status=1,
        body='gate_judge(inconclusive("too few tracks"))',
        junit="failure",
        summary="1 failed",
        message="Too few tracks",
    ),
    "inconclusive, at warn": Row(
        outcome="inconclusive",
        verdict="passed",
        status=0,
        body='gate_judge(inconclusive("too few tracks"))',
        config=OWN + 'severity = "warn"',
        severity="warn",
        summary="1 inconclusive",
        message="Too few tracks",
    ),
    "inconclusive, the measurement lowers the severity": Row(
        outcome="inconclusive",
        verdict="passed",
        status=0,
        body='gate_judge(inconclusive("too few tags", severity="warn"))',
        severity="warn",
        summary="1 inconclusive",
        message="Too few tags",
    ),
    "not_applicable": Row(
        outcome="not_applicable",
        verdict="passed",
        status=0,
        body='gate_judge(not_applicable("there are no artists"))',
        summary="1 not applicable",
        message="There are no artists",
    ),
    "not_applicable, with a severity and a bound": Row(
        outcome="not_applicable",
        verdict="passed",
        status=0,
        body='gate_judge(not_applicable("there are no artists"), at_least=0.4)',
        config=OWN + 'severity = "fail"\nat_least = 0.6',
        summary="1 not applicable",
        message="There are no artists",
    ),
    "no_baseline": Row(
        outcome="no_baseline", verdict="passed", status=0, body="gate_judge(HALF)", summary="1 no baseline"
    ),
    "off": Row(
        outcome="off",
        verdict="passed",
        status=0,
        body="raise RuntimeError",
        config=OWN + 'severity = "off"',
        severity="off",
        summary="all but 3 off",
        message="switched off",
    ),
    "error": Row(
        outcome="error",
        verdict="failed",
        status=1,
        body='raise RuntimeError("boom")',
        junit="failure",
        summary="1 failed",
        message="boom",
    ),
    "error, its severity warn": Row(
        outcome="error",
        verdict="failed",
        status=1,
        body='raise RuntimeError("boom")',
        config=OWN + 'severity = "warn"',
        junit="failure",
        summary="1 failed",
        message="boom",
    ),
    "error, before the check": Row(
        outcome="error",
        verdict="failed",
        status=1,
        fixtures=", broken_before",
        junit="error",
        summary="1 error",
        message="setup failed: RuntimeError: boom",
    ),
    "error, after the check": Row(
        outcome="error",
        verdict="failed",
        status=1,
        fixtures=", broken_after",
        junit="error",
        summary="1 error",
        message="teardown failed: RuntimeError: boom",
    ),
    "error, no judgement": Row(
        outcome="error",
        verdict="failed",
        status=1,
        body="pass",
        junit="failure",
        summary="1 failed",
        message="without a result",
    ),
    "error, the process asked to end": Row(
        outcome="error",
        verdict="failed",
        status=1,
        body="raise SystemExit(0)",
        junit="failure",
        summary="1 failed",
        message="SystemExit",
    ),
    "not_run, -k": Row(
        outcome="not_run",
        verdict="partial",
        status=0,
        arguments=("-k", "not mine"),
        junit=None,
        summary="1 deselected",
    ),
    "not_run, -m": Row(
        outcome="not_run",
        verdict="partial",
        status=0,
        mark='@pytest.mark.filterwarnings("default")',
        arguments=("-m", "not filterwarnings"),
        junit=None,
        summary="1 deselected",
    ),
    "not_run, --deselect": Row(
        outcome="not_run",
        verdict="partial",
        status=0,
        arguments=("--deselect=quality_checks/test_mine.py::test_mine",),
        junit=None,
        summary="1 deselected",
    ),
    "not_run, a skip": Row(
        outcome="not_run",
        verdict="partial",
        status=1,
        body='pytest.skip("not today")',
        junit="skipped",
        summary="1 skipped",
    ),
    "not_run, a mark that skips": Row(
        outcome="not_run",
        verdict="partial",
        status=1,
        mark='@pytest.mark.skip(reason="not today")',
        junit="skipped",
        summary="1 skipped",
    ),
}
TOLD = ("error", "failed", "inconclusive", "warned", "not_applicable")
"""Outcomes that terminal and job summary tell of, check by check."""


@dataclass
class Seen:
    """What a gate run left behind."""

    result: pytest.RunResult
    folder: Path
    summary: str = field(default="", repr=False)

    @property
    def verdict(self) -> dict[str, Any]:
        """verdict.json."""
        found: dict[str, Any] = json.loads((self.folder / "verdict.json").read_text(encoding="utf-8"))
        return found

    @property
    def mine(self) -> dict[str, Any]:
        """The check's entry in it."""
        found: dict[str, Any] = next(check for check in self.verdict["checks"] if check["id"] == CHECK_ID)
        return found

    @property
    def case(self) -> ET.Element | None:
        """The check's test case in JUnit."""
        root = ET.parse(self.folder / "junit.xml").getroot()  # noqa: S314 - written by this run
        return next((case for case in root.iter("testcase") if case.attrib["name"] == "test_mine"), None)

    @property
    def row(self) -> list[str]:
        """The cells of the check's row in the table on top of the report."""
        page = (self.folder / "report.html").read_text(encoding="utf-8")
        tables = re.findall(r'<table class="eg-checks">.*?</table>', page, re.DOTALL)
        rows = re.findall(r"<tr class=\"eg-(\w+)\">(.*?)</tr>", "".join(tables), re.DOTALL)
        (found,) = [(outcome, cells) for outcome, cells in rows if f"<code>{CHECK_ID}</code>" in cells]
        return [found[0], *(re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<td.*?</td>", found[1], re.DOTALL))]

    @property
    def banner(self) -> str:
        """The word on top of the report."""
        page = (self.folder / "report.html").read_text(encoding="utf-8")
        found = re.search(r'<div class="eg-verdict eg-\w+"><strong>(\w+)</strong>', page)
        assert found is not None
        return found[1]

    @property
    def last_cells(self) -> list[list[str]]:
        """Outcome, value and bound in pytest-html's own rows of the check."""
        page = (self.folder / "report.html").read_text(encoding="utf-8")
        blob = re.search(r'data-jsonblob="([^"]*)"', page)
        assert blob is not None
        tests = json.loads(unescape(blob[1]))["tests"]
        rows = [one["resultsTableRow"] for runs in tests.values() for one in runs]
        return [
            [re.sub("<[^>]*>", "", cell) for cell in cells[3:]]
            for cells in rows
            if any(f">{CHECK_ID}<" in cell for cell in cells)
        ]

    @property
    def told(self) -> str:
        """What the terminal says at the end."""
        return self.result.stdout.str().partition("= embedgate =")[2]


@pytest.fixture
def whole(pytester: pytest.Pytester, sound: SampleFiles, monkeypatch: pytest.MonkeyPatch) -> Whole:
    """Run the whole suite, switched off, with one more check."""
    return Whole(pytester, sound, monkeypatch)


class Whole:
    """Runs the whole suite with one more check."""

    def __init__(self, pytester: pytest.Pytester, files: SampleFiles, patch: pytest.MonkeyPatch) -> None:
        self.pytester = pytester
        self.files = files
        self.summary = pytester.path / "step_summary"
        patch.setenv(VARIABLE, str(self.summary))

    def write(self, row: Row, others: str = "") -> None:
        """Write suite and config."""
        folder = self.pytester.path
        shutil.copytree(
            ROOT / "quality_checks",
            folder / "quality_checks",
            ignore=shutil.ignore_patterns("__pycache__"),
            dirs_exist_ok=True,
        )
        (folder / "quality_checks" / "test_mine.py").write_text(
            SUITE.format(body=row.body, mark=row.mark, fixtures=row.fixtures) + others, encoding="utf-8"
        )
        self.pytester.makeconftest(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom fixtures import *")
        config = self.files.config.read_text(encoding="utf-8").partition('[checks."vocabulary.size"]')[0]
        (folder / "quality_checks.toml").write_text(config + OFF + row.config, encoding="utf-8")

    def run(self, row: Row, *more: str, others: str = "") -> Seen:
        """Run pytest in this process, and gather what there is."""
        self.write(row, others)
        self.summary.unlink(missing_ok=True)
        done = self.pytester.runpytest_inprocess(
            "quality_checks", *self.files.arguments[:2], "--junitxml=junit.xml", *row.arguments, *more
        )
        return Seen(done, self.pytester.path, self.summary.read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_every_row_of_the_table_stands_everywhere(whole: Whole, row: Row) -> None:
    """Exit status, verdict.json, JUnit, HTML, terminal and job summary tell the same of every outcome."""
    seen = whole.run(row)
    spoken = row.outcome.replace("_", " ")

    assert (int(seen.result.ret), seen.verdict["verdict"]) == (row.status, row.verdict)
    assert (seen.mine["outcome"], seen.mine["severity"]) == (row.outcome, row.severity)
    assert row.message in seen.mine["message"]
    assert {check["id"]: check["outcome"] for check in seen.verdict["checks"] if check["id"] != CHECK_ID} == {
        check["id"]: "passed" if check["id"] in FLOOR else "off"
        for check in seen.verdict["checks"]
        if check["id"] != CHECK_ID
    }
    assert seen.verdict["promoted"] is False
    assert main(["verdict", str(seen.folder / "verdict.json")]) == (0 if row.verdict == "passed" else 1)

    assert seen.banner == row.verdict
    assert (seen.row[0], seen.row[1].partition(" ")[2], seen.row[2]) == (row.outcome, spoken, CHECK_ID)
    in_junit(seen, row)
    in_table(seen, row)

    counted = re.search(r"^=+ (.*) in [\d.]+s.*=+$", seen.result.outlines[-1])
    assert counted is not None
    assert row.summary.replace("all but 3", str(len(seen.verdict["checks"]) - 3)) in counted[1].split(", ")
    line = f"{spoken.upper()} {CHECK_ID} ("
    assert (line in seen.told) == (row.outcome in TOLD)
    assert f"\nverdict: {row.verdict}\n" in seen.told
    assert f"embedgate: {row.verdict}\n" in seen.summary
    assert (f'<code dir="auto">{CHECK_ID}</code>' in seen.summary) == (row.outcome in TOLD)
    assert f'<li><code dir="auto">custom</code>: 1 {spoken}</li>' in seen.summary


def in_junit(seen: Seen, row: Row) -> None:
    """JUnit has the check as a case that passed, failed or broke, with its facts; never two of one name."""
    if row.junit is None:
        assert seen.case is None
        return
    assert seen.case is not None
    found = {child.tag for child in seen.case} - {"properties", "system-out", "system-err"}
    assert found == (set() if row.junit == "passed" else {row.junit})
    facts = [(one.attrib["name"], one.attrib["value"]) for one in seen.case.iter("property")]
    if row.outcome == "not_run":
        assert facts == []
        return
    assert len(facts) == len(dict(facts))
    assert dict(facts)["gate.id"] == CHECK_ID
    assert (dict(facts)["gate.outcome"], dict(facts)["gate.severity"]) == (row.outcome, row.severity)
    assert dict(facts).get("gate.message", "") == seen.mine["message"]
    assert dict(facts).get("gate.value") == (None if seen.mine["value"] is None else str(seen.mine["value"]))


def in_table(seen: Seen, row: Row) -> None:
    """pytest-html's own rows have the outcome, the value and the bound."""
    words = [cells[0] for cells in seen.last_cells]
    if row.outcome == "not_run":
        assert words == []
        return
    assert words[-1] == row.outcome.replace("_", " ")
    assert seen.last_cells[-1][1] == ("–" if seen.mine["value"] is None else "0.500")


# -- ways to end early, or to be told by others: no blessing that was not earned --


def test_a_test_that_is_no_check_keeps_the_gate_shut_as_well(whole: Whole) -> None:
    """Every check holds, and exit status, verdict, report and command say no alike: what failed is named."""
    seen = whole.run(ROWS["passed"], others="\n\ndef test_beside():\n    assert 1 == 2\n")

    assert (int(seen.result.ret), seen.verdict["verdict"], seen.mine["outcome"]) == (1, "failed", "passed")
    assert seen.verdict["error"]["kind"] == "TestsFailed"
    assert "test_mine.py::test_beside" in seen.verdict["error"]["message"]
    assert main(["verdict", str(seen.folder / "verdict.json")]) == 1
    assert seen.banner == "failed"
    assert "TestsFailed" in seen.told
    assert "TestsFailed" in seen.summary


@pytest.mark.parametrize(
    ("body", "arguments"),
    [
        ("raise KeyboardInterrupt", ()),
        ("raise KeyboardInterrupt", ("-n", "2")),
        ("pytest.exit('enough', returncode=0)", ()),
        ("pytest.exit('enough', returncode=0)", ("-n", "2")),
        ("request.session.shouldstop = 'enough'; " + HOLDS, ()),
        ("request.session.shouldfail = 'enough'; " + HOLDS, ()),
    ],
    ids=" ".join,
)
def test_who_interrupts_the_gate_has_no_answer(whole: Whole, body: str, arguments: tuple[str, ...]) -> None:
    """Whatever ends the run before its end, and whatever exit status it asks for: 1, and never passed."""
    row = Row(outcome="", verdict="", status=1, body=body, fixtures=", request", summary="")
    seen = whole.run(row, *arguments)

    assert int(seen.result.ret) == 1
    assert seen.verdict["verdict"] == seen.banner
    assert seen.verdict["verdict"] in ("failed", "partial")
    assert main(["verdict", str(seen.folder / "verdict.json")]) == 1


def test_a_worker_that_dies_blesses_nothing(whole: Whole) -> None:
    """A check takes its worker along: it is named, and the verdict is failed."""
    row = Row(outcome="not_run", verdict="failed", status=1, body="os._exit(0)", summary="1 failed")
    seen = whole.run(row, "-n", "2")

    assert (int(seen.result.ret), seen.verdict["verdict"], seen.mine["outcome"]) == (1, "failed", "not_run")
    assert "test_mine.py::test_mine" in seen.verdict["error"]["message"]
    assert seen.banner == "failed"


@pytest.mark.parametrize("name", ["passed", "failed", "inconclusive, at warn", "error, after the check", "off"])
def test_workers_tell_the_same(whole: Whole, name: str) -> None:
    """Under xdist every place says what it says without."""
    row = ROWS[name]
    seen = whole.run(row, "-n", "2")

    assert (int(seen.result.ret), seen.verdict["verdict"]) == (row.status, row.verdict)
    assert (seen.mine["outcome"], seen.banner, seen.row[0]) == (row.outcome, row.verdict, row.outcome)
    assert {check["id"]: check["outcome"] for check in seen.verdict["checks"] if check["id"] != CHECK_ID} == {
        check["id"]: "passed" if check["id"] in FLOOR else "off"
        for check in seen.verdict["checks"]
        if check["id"] != CHECK_ID
    }
    in_junit(seen, row)
    in_table(seen, row)
    assert f"\nverdict: {row.verdict}\n" in seen.told
    assert f"embedgate: {row.verdict}\n" in seen.summary


def test_the_first_failure_may_end_the_run(whole: Whole) -> None:
    """`-x`: failed, and what did not come to run says so."""
    seen = whole.run(ROWS["failed"], "-x")
    outcomes = {check["id"]: check["outcome"] for check in seen.verdict["checks"]}

    assert (int(seen.result.ret), seen.verdict["verdict"], seen.mine["outcome"]) == (1, "failed", "failed")
    assert outcomes["map.faithfulness"] == "not_run"


def test_a_failure_elsewhere_that_ends_the_run_is_no_partial_blessing(whole: Whole) -> None:
    """`-x`, and a test that is no check fails before the checks: what did not run is not the user's selection."""
    (whole.pytester.path / "quality_checks").mkdir()
    (whole.pytester.path / "quality_checks" / "test_aa.py").write_text(
        "def test_aa():\n    assert False\n", encoding="utf-8"
    )
    seen = whole.run(ROWS["passed"], "-x")

    assert (int(seen.result.ret), seen.verdict["verdict"]) == (1, "failed")


def test_only_what_failed_last_may_run_again(whole: Whole) -> None:
    """`--lf` after a failure: the check that was mended passes, and that alone blesses no model."""
    whole.run(ROWS["failed"], "-p", "cacheprovider")
    seen = whole.run(ROWS["passed"], "--lf", "-p", "cacheprovider")

    assert (int(seen.result.ret), seen.verdict["verdict"], seen.mine["outcome"]) == (0, "partial", "passed")
    assert {check["outcome"] for check in seen.verdict["checks"] if check["id"] != CHECK_ID} == {"not_run"}
    assert main(["verdict", str(seen.folder / "verdict.json")]) == 1


def test_a_signal_ends_the_run_without_a_blessing(whole: Whole) -> None:
    """Who presses Ctrl-C in a terminal: an exit status other than 0, and a verdict that is failed."""
    # in the background of a shell, pytest inherits that the signal is ignored
    body = (
        "import signal, time; signal.signal(2, signal.default_int_handler); os.kill(os.getpid(), 2); time.sleep(30)"
    )
    row = Row(outcome="", verdict="", status=1, body=body, summary="")
    whole.write(row)
    done = whole.pytester.runpytest_subprocess(
        "quality_checks", *whole.files.arguments[:2], "--junitxml=junit.xml", timeout=120
    )
    found = json.loads((whole.pytester.path / "verdict.json").read_text(encoding="utf-8"))

    assert done.ret == 1
    assert (found["verdict"], found["error"]["kind"], found["promoted"]) == ("failed", "Interrupted", False)


def test_a_summary_that_cannot_be_written_changes_nothing_and_is_said(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdict stands, the exit status too, and the terminal says what is missing and why."""
    monkeypatch.setenv(VARIABLE, str(whole.pytester.path / "no" / "such" / "folder" / "summary"))
    whole.summary.touch()
    whole.write(ROWS["passed"])
    done = whole.pytester.runpytest_inprocess("quality_checks", *whole.files.arguments[:2])
    found = json.loads((whole.pytester.path / "verdict.json").read_text(encoding="utf-8"))

    assert (int(done.ret), found["verdict"]) == (0, "passed")
    done.stdout.fnmatch_lines(["the job summary could not be written: *No such file or directory*"])
