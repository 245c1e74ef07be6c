"""Gate runs that end early, or in which something other than a check fails, do not pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from embedgate.cli import main
from embedgate.report.job_summary import VARIABLE
from tests.integration.outputs import CHECK_IMPORTS, FAILING, PASSING

if TYPE_CHECKING:
    from tests.integration.outputs import Outputs
    from tests.integration.suite import GateFolder

pytest_plugins = "pytester"


def check(body: str) -> str:
    """Return the code of a test that is the check `custom.mine`."""
    return f'@pytest.mark.gate_check("custom.mine")\ndef test_mine(gate_judge, request):\n    {body}\n'


ONE_CHECK = CHECK_IMPORTS + check(PASSING)


def test_suite_without_the_shipped_checks_is_partial_and_exits_with_1(gate: GateFolder) -> None:
    """A registered check that was not collected does not count as the user's selection."""
    gate.write_checks(ONE_CHECK)

    done = gate.run()

    assert (done.ret, gate.verdict["verdict"]) == (1, "partial")
    assert "not_run" in {check["outcome"] for check in gate.verdict["checks"]}


@pytest.mark.parametrize("part", ["test_mine.py", "test_mine.py::test_mine"])
def test_selected_module_is_partial_and_exits_with_0(gate: GateFolder, part: str) -> None:
    gate.write_checks(ONE_CHECK)

    done = gate.run(path=f"quality_checks/{part}")

    assert (done.ret, gate.verdict["verdict"]) == (0, "partial")


def test_empty_selection_is_partial_and_exits_with_1(gate: GateFolder) -> None:
    gate.write_checks(ONE_CHECK)

    done = gate.run("-k", "no_such_test")

    assert (done.ret, gate.verdict["verdict"]) == (1, "partial")


def test_failed_test_that_is_no_check_fails_the_gate(outputs: Outputs) -> None:
    """Exit status, verdict, report and command agree, and report the test."""
    outputs.write_checks("def test_other():\n    assert 1 == 2\n", "test_other.py")

    done = outputs.run_checks(check(PASSING))

    assert (int(done.ret), outputs.verdict["verdict"], outputs.banner) == (1, "failed", "failed")
    assert outputs.checks["custom.mine"]["outcome"] == "passed"
    assert outputs.verdict["error"]["kind"] == "TestsFailed"
    assert "test_other.py::test_other" in outputs.verdict["error"]["message"]
    assert main(["verdict", str(outputs.path / "verdict.json")]) == 1
    assert "TestsFailed" in done.stdout.str().partition("= embedgate =")[2]
    assert "TestsFailed" in outputs.summary


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param("raise KeyboardInterrupt", "Interrupted", id="interrupt"),
        pytest.param("pytest.exit('enough', returncode=0)", "Interrupted", id="exit"),
        pytest.param(f"request.session.shouldstop = 'enough'; {PASSING}", "Interrupted", id="shouldstop"),
        pytest.param(f"request.session.shouldfail = 'enough'; {PASSING}", "TestsFailed", id="shouldfail"),
    ],
)
def test_run_that_ends_early_fails(outputs: Outputs, body: str, kind: str) -> None:
    """The exit status is 1, whatever exit status the test requested."""
    done = outputs.run_checks(check(body))

    assert (int(done.ret), outputs.verdict["verdict"], outputs.banner) == (1, "failed", "failed")
    assert outputs.verdict["error"]["kind"] == kind
    assert main(["verdict", str(outputs.path / "verdict.json")]) == 1


@pytest.mark.parametrize("body", ["raise KeyboardInterrupt", "pytest.exit('enough', returncode=0)"])
def test_run_that_ends_early_in_a_worker_fails(outputs: Outputs, body: str) -> None:
    """The kind of the error depends on a race in pytest-xdist, but the verdict does not."""
    done = outputs.run_checks(check(body), "-n", "2")

    assert (int(done.ret), outputs.verdict["verdict"], outputs.banner) == (1, "failed", "failed")
    assert outputs.verdict["error"]["kind"] in ("Interrupted", "InternalError", "TestsFailed")
    assert outputs.checks["custom.mine"]["outcome"] == "not_run"
    assert main(["verdict", str(outputs.path / "verdict.json")]) == 1


def test_crashed_worker_fails_the_gate(outputs: Outputs) -> None:
    done = outputs.run_checks(check("os._exit(0)"), "-n", "2")

    assert (int(done.ret), outputs.verdict["verdict"], outputs.banner) == (1, "failed", "failed")
    assert outputs.checks["custom.mine"]["outcome"] == "not_run"
    assert "test_mine.py::test_mine" in outputs.verdict["error"]["message"]


def test_checks_after_the_first_failure_are_not_run(outputs: Outputs) -> None:
    done = outputs.run_checks(check(FAILING), "-x")

    assert (int(done.ret), outputs.verdict["verdict"]) == (1, "failed")
    assert outputs.checks["custom.mine"]["outcome"] == "failed"
    assert outputs.checks["map.faithfulness"]["outcome"] == "not_run"


def test_failed_test_that_ends_the_run_fails_the_gate(outputs: Outputs) -> None:
    """Checks that did not run because of `-x` do not count as the user's selection."""
    outputs.write_checks("def test_first():\n    assert False\n", "test_aa.py")

    done = outputs.run_checks(check(PASSING), "-x")

    assert (int(done.ret), outputs.verdict["verdict"]) == (1, "failed")


def test_rerun_of_last_failures_is_partial(outputs: Outputs) -> None:
    outputs.run_checks(check(FAILING), "-p", "cacheprovider")

    done = outputs.run_checks(check(PASSING), "--lf", "-p", "cacheprovider")

    assert (int(done.ret), outputs.verdict["verdict"]) == (0, "partial")
    checks = outputs.checks
    assert checks.pop("custom.mine")["outcome"] == "passed"
    assert {check["outcome"] for check in checks.values()} == {"not_run"}
    assert main(["verdict", str(outputs.path / "verdict.json")]) == 1


def test_job_summary_that_cannot_be_written_is_reported_and_does_not_change_the_verdict(
    outputs: Outputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(outputs.path / "no" / "such" / "folder" / "summary"))

    done = outputs.run_checks(check(PASSING))

    assert (int(done.ret), outputs.verdict["verdict"]) == (0, "passed")
    done.stdout.fnmatch_lines(["the job summary could not be written: *No such file or directory*"])


def test_module_that_cannot_be_collected_fails_the_gate(gate: GateFolder) -> None:
    gate.write_checks("import no_such_module")

    done = gate.run()

    assert (done.ret, gate.verdict["verdict"]) == (1, "failed")
    assert gate.verdict["error"]["kind"] == "CollectionError"
    assert "test_mine.py" in gate.verdict["error"]["message"]
