"""`--gate-drill`: the drill is in verdict, report and terminal, and changes neither verdict nor exit status."""

from __future__ import annotations

import pytest

from embedgate import fault_drill
from embedgate.faults import BY_ID
from embedgate.gate import finishing
from tests.conftest import timeless
from tests.integration.suite import GateFolder, copy_suite

pytest_plugins = "pytester"

TRIED = ("misaligned.keys", "corrupted.nan_rows")


@pytest.fixture
def folder(gate: GateFolder, monkeypatch: pytest.MonkeyPatch) -> GateFolder:
    """The shipped suite, and a drill with a few faults."""
    copy_suite(gate.path)
    gate.configure()
    monkeypatch.setattr(fault_drill, "FAULTS", tuple(map(BY_ID.get, TRIED)))
    monkeypatch.setattr(fault_drill, "HARMLESS", (BY_ID["harmless.rotated"],))
    return gate


def test_drill_is_reported_and_does_not_change_the_verdict(folder: GateFolder) -> None:
    folder.run()
    before = timeless(folder.verdict)

    done = folder.run("--gate-drill")

    assert done.ret == 0
    found = folder.verdict
    faults = {fault["id"]: fault for fault in found.pop("drill")["faults"]}
    assert timeless(found) == before
    assert tuple(faults) == TRIED
    assert faults["corrupted.nan_rows"]["attempts"][0]["check"] == "integrity.finite"
    done.stdout.fnmatch_lines(["Drill: 2 of 2 faults would fail the gate"])
    assert "What slips through" in folder.report


def test_error_of_the_drill_is_a_note(folder: GateFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("no tracks")

    monkeypatch.setattr(finishing, "run_drill", broken)

    done = folder.run("--gate-drill")

    assert (done.ret, folder.verdict["verdict"], folder.verdict["error"]) == (0, "passed", None)
    assert "drill" not in folder.verdict
    done.stdout.fnmatch_lines(["The drill could not be completed: ZeroDivisionError: no tracks"])
