"""Custom checks: ids, offending tracks and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.outputs import Outputs
    from tests.integration.suite import GateFolder

pytest_plugins = "pytester"

CHECK = """
import pytest
from embedgate.measures.measurement import Measurement

HALF = Measurement(value=0.5, n=7, summary="half of it", tracks=("Abba-Waterloo",))

@pytest.mark.gate_check("custom.mine")
def test_mine(gate_judge):
    gate_judge(HALF, at_least=0.6)
"""
SECOND = '\n@pytest.mark.gate_check("custom.mine")\ndef test_second(gate_judge):\n    ...\n'
PARAMETRIZED = CHECK.replace(
    "def test_mine(gate_judge)", '@pytest.mark.parametrize("which", ["a/b", "a b"])\ndef test_mine(gate_judge, which)'
)


def test_verdict_has_bound_and_offending_tracks(gate: GateFolder) -> None:
    gate.write_checks(CHECK)

    gate.run()

    assert gate.checks["custom.mine"]["bound"] == {"at_least": 0.6, "from": "user"}
    assert gate.checks["custom.mine"]["tracks"] == ["Abba-Waterloo"]


def test_custom_test_may_replace_a_shipped_check(gate: GateFolder) -> None:
    """The report keeps the figures of the check. A fixture that raises is an error of the check."""
    gate.write_checks(
        "import pytest\n@pytest.fixture\ndef broken(): raise RuntimeError('no disk')\n"
        '@pytest.mark.gate_check("geometry.hubness")\ndef test_hubs(gate_judge, broken): pass\n'
    )

    done = gate.run()

    found = gate.checks["geometry.hubness"]
    assert (done.ret, found["outcome"], found["message"]) == (1, "error", "setup failed: RuntimeError: no disk")
    assert "eg-figure" in gate.report


def test_unknown_id_is_a_usage_error(gate: GateFolder) -> None:
    gate.write_checks(CHECK.replace("custom.mine", "geometry.hubnes"))

    done = gate.run()

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(
        ["*test_mine.py::test_mine is marked as 'geometry.hubnes'*custom.<name> for your own checks"]
    )
    assert not (gate.path / "verdict.json").exists()


@pytest.mark.parametrize(
    ("source", "check_id"),
    [
        pytest.param(CHECK + SECOND, "custom.mine", id="two tests"),
        pytest.param(PARAMETRIZED, "custom.mine[[]a-b]", id="two parameters with one slug"),
    ],
)
def test_two_checks_with_one_id_are_a_usage_error(gate: GateFolder, source: str, check_id: str) -> None:
    """One of two results with the same id would be hidden."""
    gate.write_checks(source)

    done = gate.run()

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([f"*test_mine.py::test_mine* and *test_mine.py::* have the same id {check_id}:*"])
    assert not (gate.path / "verdict.json").exists()


def test_entry_of_a_custom_check_is_not_validated_by_a_partial_run(gate: GateFolder) -> None:
    gate.configure('\n[checks."custom.gone"]\nseverity = "warn"\n')
    gate.write_checks(CHECK.replace("0.6", "0.4"))

    gate.run()

    assert (gate.verdict["verdict"], gate.verdict["error"]) == ("partial", None)


def test_entry_of_an_unknown_custom_check_is_a_usage_error_of_a_complete_run(outputs: Outputs) -> None:
    (outputs.path / "verdict.json").write_text('{"schema": 1, "verdict": "passed"}', encoding="utf-8")

    done = outputs.run_checks(CHECK, config='[checks."custom.gone"]\nat_least = 1\n')

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    message = "ERROR: quality_checks.toml: unknown check 'custom.gone' in [[]checks]; custom checks: custom.mine"
    done.stdout.fnmatch_lines([message])
    assert not (outputs.path / "verdict.json").exists()
