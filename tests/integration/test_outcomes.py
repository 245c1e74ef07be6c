"""Every outcome of the contract: exit status, verdict.json, JUnit and HTML."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import embedgate.gate.hooks
import embedgate.report.figures.figure  # noqa: F401

if TYPE_CHECKING:
    from tests.conftest import SampleFiles

pytest_plugins = "pytester"

ONE_CHECK = """
import pytest
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.statistics import Null

@pytest.mark.gate_check("custom.mine")
def test_mine(gate_judge):
    {body}
"""
VALUE = 'gate_judge(Measurement(value=0.5, n=7, summary="half of it", tracks=("Abba-Waterloo",)), at_least=0.4)'


@pytest.fixture
def gate(pytester: pytest.Pytester, sound: SampleFiles) -> Gate:
    """Run a suite of one check, `custom.mine`, on a sound model."""
    return Gate(pytester, sound)


class Gate:
    """Runs one check and reads what it left behind."""

    def __init__(self, pytester: pytest.Pytester, files: SampleFiles) -> None:
        self.pytester = pytester
        self.files = files

    def run(self, body: str = VALUE, *arguments: str, config: str = "", source: str = "") -> pytest.RunResult:
        """Write the check and the config, and run pytest on its folder."""
        suite = self.pytester.path / "quality_checks"
        suite.mkdir(exist_ok=True)
        (suite / "test_mine.py").write_text(source or ONE_CHECK.format(body=body), encoding="utf-8")
        self.pytester.makeconftest("from fixtures import *")
        toml = self.pytester.path / "quality_checks.toml"
        toml.write_text(self.files.config.read_text(encoding="utf-8") + config, encoding="utf-8")
        return self.pytester.runpytest_inprocess(
            "quality_checks",
            f"--gate-vectors={self.files.vectors}",
            f"--gate-playlists={self.files.playlists}",
            "--junitxml=junit.xml",
            *arguments,
        )

    @property
    def verdict(self) -> dict[str, Any]:
        """verdict.json."""
        found: dict[str, Any] = json.loads((self.pytester.path / "verdict.json").read_text(encoding="utf-8"))
        return found

    @property
    def mine(self) -> dict[str, Any]:
        """The entry of custom.mine in it."""
        found: dict[str, Any] = next(check for check in self.verdict["checks"] if check["id"] == "custom.mine")
        return found

    @property
    def html(self) -> str:
        """report.html."""
        return (self.pytester.path / "report.html").read_text(encoding="utf-8")

    @property
    def properties(self) -> dict[str, str]:
        """The JUnit properties of the one test."""
        root = ET.parse(self.pytester.path / "junit.xml").getroot()  # noqa: S314 - written by this run
        return {one.attrib["name"]: one.attrib["value"] for one in root.iter("property")}


@pytest.mark.parametrize(
    ("outcome", "body", "config", "status"),
    [
        ("passed", VALUE, "", "passed"),
        ("failed", VALUE.replace("0.4", "0.6"), "", "failed"),
        ("warned", VALUE.replace("0.4", "0.6"), '[checks."custom.mine"]\nseverity = "warn"', "passed"),
        ("inconclusive", 'gate_judge(inconclusive("too few"))', "", "failed"),
        ("inconclusive", 'gate_judge(inconclusive("few tags", severity="warn"))', "", "passed"),
        ("not_applicable", 'gate_judge(not_applicable("no artists"))', "", "passed"),
        ("no_baseline", 'gate_judge(Measurement(value=0.5, n=7, summary="half"))', "", "passed"),
        ("off", "raise RuntimeError", '[checks."custom.mine"]\nseverity = "off"', "passed"),
        ("error", 'raise RuntimeError("boom")', "", "failed"),
        ("error", "pass", "", "failed"),
        ("error", VALUE + "\n    " + VALUE, "", "failed"),
        ("error", VALUE + '\n    assert 1 == 2, "afterwards"', "", "failed"),
    ],
)
def test_outcome_stands_everywhere(gate: Gate, outcome: str, body: str, config: str, status: str) -> None:
    """Each outcome is the same in verdict.json, JUnit, HTML and terminal, and pytest passes or fails by it."""
    run = gate.run(body, config=config)

    assert gate.mine["outcome"] == outcome
    assert gate.properties["gate.outcome"] == outcome
    assert f"eg-{outcome}" in gate.html
    word = status if outcome == "passed" or status == "failed" else outcome.replace("_", " ")
    run.stdout.fnmatch_lines([f"*1 {word} in *"])
    stops = status == "failed"
    assert gate.verdict["verdict"] == (
        "failed" if outcome in ("failed", "error") else "inconclusive" if stops else "partial"
    )


def test_suite_without_the_shipped_checks_is_partial_and_exits_1(gate: Gate) -> None:
    """A registered check that was never collected is not the user's selection."""
    run = gate.run()

    assert (run.ret, gate.verdict["verdict"]) == (1, "partial")
    assert "not_run" in {check["outcome"] for check in gate.verdict["checks"]}


@pytest.mark.parametrize("part", ["test_mine.py", "test_mine.py::test_mine"])
def test_run_of_a_selected_module_is_partial_and_exits_0(gate: Gate, part: str) -> None:
    """An argument that names a module selects a part of the suite."""
    gate.run()
    run = gate.pytester.runpytest_inprocess(f"quality_checks/{part}", *gate.files.arguments[:2])

    assert (run.ret, gate.verdict["verdict"]) == (0, "partial")


@pytest.mark.parametrize("body", [VALUE.replace("0.4", "0.6"), "assert False", 'gate_judge(inconclusive("too few"))'])
def test_what_is_broken_exits_1(gate: Gate, body: str) -> None:
    """Failed, error and inconclusive stop."""
    assert gate.run(body).ret == 1


@pytest.mark.parametrize("body", ['pytest.skip("not today")', 'pytest.xfail("known")'])
def test_a_skip_blesses_nothing(gate: Gate, body: str) -> None:
    """A check that skips itself did not run, and nobody's selection excuses it."""
    run = gate.run(body)

    assert (run.ret, gate.mine["outcome"], gate.verdict["verdict"]) == (1, "not_run", "partial")


def test_xfail_does_not_excuse_a_broken_bound(gate: Gate) -> None:
    """A mark that pytest forgives, the gate does not."""
    source = ONE_CHECK.format(body=VALUE.replace("0.4", "0.6")).replace("@pytest", "@pytest.mark.xfail\n@pytest", 1)
    run = gate.run(source=source)

    assert (run.ret, gate.verdict["verdict"]) == (1, "failed")


def test_everything_deselected_is_no_blessing(gate: Gate) -> None:
    """Where nothing ran at all, nothing was said."""
    run = gate.run(VALUE, "-k", "nothing_is_called_so")

    assert (run.ret, gate.verdict["verdict"]) == (1, "partial")


def test_a_module_that_cannot_be_collected_fails(gate: Gate) -> None:
    """A broken module of checks keeps the gate shut, and the verdict says which."""
    run = gate.run(source="import there_is_no_such_module")

    assert run.ret == 1
    assert gate.verdict["verdict"] == "failed"
    assert "test_mine.py" in gate.verdict["error"]["message"]


def test_setup_that_fails_is_an_error_with_its_figure(gate: Gate) -> None:
    """A fixture that breaks makes an error, and the report still has the figures of the family."""
    source = (
        "import pytest\n@pytest.fixture\ndef broken(): raise RuntimeError('no disk')\n"
        '@pytest.mark.gate_check("geometry.hubness")\ndef test_hubs(gate_judge, broken): pass\n'
    )
    run = gate.run(source=source)
    found = {check["id"]: check for check in gate.verdict["checks"]}["geometry.hubness"]

    assert (run.ret, found["outcome"]) == (1, "error")
    assert "no disk" in found["message"]
    assert "eg-figure" in gate.html


def test_an_unknown_id_is_a_usage_error(gate: Gate) -> None:
    """A check that is no check of embedgate, and not the user's own, is named."""
    run = gate.run(source=ONE_CHECK.format(body=VALUE).replace("custom.mine", "geometry.hubnes"))

    assert run.ret == pytest.ExitCode.USAGE_ERROR
    assert not (gate.pytester.path / "verdict.json").exists()


@pytest.mark.parametrize(
    ("mark", "more"),
    [
        pytest.param(
            "", '\n@pytest.mark.gate_check("custom.mine")\ndef test_too(gate_judge):\n    ...\n', id="one mark"
        ),
        pytest.param('@pytest.mark.parametrize("which", ["a/b", "a b"])', "", id="one slug"),
    ],
)
def test_two_checks_of_one_id_are_a_usage_error(gate: Gate, mark: str, more: str) -> None:
    """Of two results with one id the better would be hidden: both tests are named, and no verdict is written."""
    source = ONE_CHECK.format(body=VALUE) + more
    if mark:
        source = source.replace("def test_mine(gate_judge)", f"{mark}\ndef test_mine(gate_judge, which)")
    run = gate.run(source=source)

    assert run.ret == pytest.ExitCode.USAGE_ERROR
    said = "\n".join([*run.outlines, *run.errlines])
    assert "are both custom.mine" in said
    assert "test_mine.py::test_mine" in said
    assert not (gate.pytester.path / "verdict.json").exists()


def test_a_custom_id_that_no_test_has_passes_where_the_run_is_partial(gate: Gate) -> None:
    """Only a complete run can tell that no test has a custom id of the config."""
    gate.run(config='[checks."custom.gone"]\nseverity = "warn"')

    assert gate.verdict["verdict"] == "partial"


def test_blamed_tracks_are_in_the_verdict(gate: Gate) -> None:
    """The tracks to blame stand in verdict.json, worst first."""
    gate.run(VALUE.replace("0.4", "0.6"))

    assert gate.mine["tracks"] == ["Abba-Waterloo"]
    assert gate.mine["bound"] == {"at_least": 0.6, "from": "user"}


def test_yesterdays_verdict_goes(gate: Gate) -> None:
    """A usage error leaves no verdict, and not yesterday's either."""
    gate.run()
    run = gate.run(VALUE, "--gate-run=1", "--gate-tag=x")

    assert run.ret == pytest.ExitCode.USAGE_ERROR
    assert not (gate.pytester.path / "verdict.json").exists()


def test_workers_report_to_one_verdict(gate: Gate) -> None:
    """Under xdist the controller folds what the workers found."""
    run = gate.run(VALUE.replace("0.4", "0.6"), "-n", "2")

    assert (run.ret, gate.mine["outcome"], gate.mine["value"]) == (1, "failed", 0.5)
    assert Path(gate.pytester.path / "report.html").exists()
