"""Distributed runs: the controller evaluates once, workers assert, and custom checks share one worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import timeless
from tests.integration.suite import checks_of, copy_suite

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SampleFiles
    from tests.integration.forked_gate import Ended, ForkedGate

CUSTOM = """
import os
from pathlib import Path

import pytest
from embedgate.measures.measurement import Measurement

@pytest.mark.gate_check("custom.{name}")
def test_{name}(gate_judge, gate_model, gate_run, gate_map, gate_comparison):
    assert gate_run.source == "files"
    assert len(gate_map.tracks) == 200
    assert gate_comparison is None
    Path("custom-{name}").write_text(str(os.getpid()))
    gate_judge(Measurement(value=float(len(gate_model.tracks)), n=1, summary="tracks"), at_least=270)
"""
COUNTING = """
import os
from embedgate.measures import retrieval

_next_track = retrieval.next_track

def counted(model):
    with open("measured", "a") as file:
        file.write(f"{os.getpid()}\\n")
    return _next_track(model)

retrieval.next_track = counted
"""
CRASHING = """
import os, pytest
@pytest.mark.gate_check("custom.crash")
def test_crash(gate_judge): os.kill(os.getpid(), 9)
"""
RAISING = """
def raising(model):
    raise ZeroDivisionError("no tracks")
retrieval.next_track = raising
"""
PLAIN = "import pytest\n@pytest.mark.parametrize('n', range(20))\ndef test_plain(n): pass\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped suite with two custom checks in two modules, plain tests, and a measure whose calls are logged."""
    copy_suite(tmp_path, conftest=COUNTING)
    for name in ("one", "two"):
        source = CUSTOM.format(name=name)
        (tmp_path / "quality_checks" / f"test_custom_{name}.py").write_text(source, encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_plain.py").write_text(PLAIN, encoding="utf-8")
    return tmp_path


def run(forked: ForkedGate, folder: Path, *arguments: str, **prepared: Any) -> tuple[Ended, list[str]]:
    """Run the gate; return the run and, for each measurement, "controller" or the ID of another process."""
    (folder / "measured").unlink(missing_ok=True)
    ended = forked(folder, "quality_checks", "tests", *arguments, limit=300, **prepared)
    processes = (folder / "measured").read_text(encoding="utf-8").split() if (folder / "measured").exists() else []
    return ended, ["controller" if each == str(ended.process) else each for each in processes]


def test_distributed_run_measures_once_and_has_the_verdict_of_a_single_process(
    forked: ForkedGate, folder: Path, sound: SampleFiles
) -> None:
    alone, _ = run(forked, folder, *sound.arguments)
    of_one_process = timeless(alone.verdict)

    distributed, processes = run(forked, folder, *sound.arguments, "-n", "2")

    assert (alone.status, distributed.status) == (0, 0), distributed.output
    assert timeless(distributed.verdict) == of_one_process
    assert processes == ["controller"]
    workers = {(folder / f"custom-{name}").read_text(encoding="utf-8") for name in ("one", "two")}
    assert len(workers) == 1
    assert (folder / "report.html").exists()


@pytest.mark.parametrize("dist", ["loadscope", "loadfile", "worksteal", "no"])
def test_verdict_does_not_depend_on_the_distribution_mode(
    forked: ForkedGate, folder: Path, sound: SampleFiles, dist: str
) -> None:
    done, processes = run(forked, folder, *sound.arguments, "-n", "2", f"--dist={dist}", without_map_process=True)

    assert (done.status, done.verdict["verdict"]) == (0, "passed"), done.output
    assert processes == ["controller"]


def test_crashed_worker_fails_the_gate(forked: ForkedGate, folder: Path, sound: SampleFiles) -> None:
    """Checks without an assertion in a worker are `not_run`, although the controller evaluated them."""
    (folder / "quality_checks" / "test_crash.py").write_text(CRASHING, encoding="utf-8")

    done, _ = run(forked, folder, *sound.arguments, "-n", "2")

    verdict = done.verdict
    assert (done.status, verdict["verdict"], verdict["promoted"]) == (1, "failed", False)
    assert "test_crash" in verdict["error"]["message"]
    assert checks_of(verdict)["custom.crash"]["outcome"] == "not_run"


def test_exception_of_a_measure_is_the_error_of_its_check(
    forked: ForkedGate, folder: Path, sound: SampleFiles
) -> None:
    conftest = folder / "conftest.py"
    conftest.write_text(conftest.read_text(encoding="utf-8") + RAISING, encoding="utf-8")

    done, _ = run(forked, folder, *sound.arguments, "-n", "2")

    checks = checks_of(done.verdict)
    assert done.status == 1
    assert checks["retrieval.hit_rate"]["outcome"] == "error"
    assert checks["retrieval.hit_rate"]["message"] == "ZeroDivisionError: no tracks"
    assert checks["neighbours.co_listening"]["outcome"] == "passed"
