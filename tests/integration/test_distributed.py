"""Under pytest-xdist the controller evaluates once, workers assert, and own checks share one worker."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import timeless
from tests.integration.test_options import copy_suite

if TYPE_CHECKING:
    from tests.conftest import SampleFiles

OWN = """
import os
from pathlib import Path

import pytest
from embedgate.measures.measurement import Measurement

@pytest.mark.gate_check("custom.{name}")
def test_{name}(gate_judge, gate_model, gate_run, gate_map, gate_comparison):
    assert gate_run.source == "files"
    assert len(gate_map.tracks) == 200
    assert gate_comparison is None
    Path("own-{name}").write_text(str(os.getpid()))
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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped suite, two own checks in two modules, plain tests beside them, and a measure that is counted."""
    copy_suite(tmp_path)
    for name in ("one", "two"):
        (tmp_path / "quality_checks" / f"test_own_{name}.py").write_text(OWN.format(name=name), encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_plain.py").write_text(
        "import pytest\n@pytest.mark.parametrize('n', range(20))\ndef test_plain(n): pass\n", encoding="utf-8"
    )
    conftest = tmp_path / "conftest.py"
    conftest.write_text(conftest.read_text(encoding="utf-8") + COUNTING, encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> tuple[int, str, dict[str, Any], list[str]]:
    """Run the gate; return exit status, output, verdict and the processes that measured."""
    (folder / "measured").unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "quality_checks", "tests", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = process.communicate(timeout=300)[0]
    verdict = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    measured = (folder / "measured").read_text(encoding="utf-8").split()
    return process.returncode, said, verdict, ["gate" if each == str(process.pid) else each for each in measured]


def test_verdict_is_the_same_and_measured_once(folder: Path, sound: SampleFiles) -> None:
    """The controller measures; workers take its results; own checks load the model in one worker."""
    alone = run(folder, *sound.arguments)
    workers = run(folder, *sound.arguments, "-n", "2")

    assert (alone[0], workers[0]) == (0, 0), workers[1]
    assert timeless(alone[2]) == timeless(workers[2])
    assert alone[3] == workers[3] == ["gate"]
    processes = {(folder / f"own-{name}").read_text(encoding="utf-8") for name in ("one", "two")}
    assert len(processes) == 1
    assert (folder / "report.html").exists()


@pytest.mark.parametrize("dist", ["loadscope", "loadfile", "worksteal", "no"])
def test_every_way_to_distribute_gives_the_verdict(folder: Path, sound: SampleFiles, dist: str) -> None:
    status, said, verdict, measured = run(folder, *sound.arguments, "-n", "2", f"--dist={dist}")

    assert (status, verdict["verdict"]) == (0, "passed"), said
    assert measured == ["gate"]


def test_worker_that_crashes_fails_the_gate(folder: Path, sound: SampleFiles) -> None:
    """What a crashed worker had still to assert did not run, though the controller has evaluated it."""
    (folder / "quality_checks" / "test_crash.py").write_text(
        "import os, pytest\n"
        "@pytest.mark.gate_check('custom.crash')\n"
        "def test_crash(gate_judge):\n    os.kill(os.getpid(), 9)\n",
        encoding="utf-8",
    )

    status, _, verdict, _ = run(folder, *sound.arguments, "-n", "2")

    assert (status, verdict["verdict"], verdict["promoted"]) == (1, "failed", False)
    assert "test_crash" in verdict["error"]["message"]
    assert {each["id"]: each["outcome"] for each in verdict["checks"]}["custom.crash"] == "not_run"


def test_measure_that_raises_is_the_error_of_its_check(folder: Path, sound: SampleFiles) -> None:
    """In the controller nobody sees a traceback; the check says what was raised, and the others are judged."""
    conftest = folder / "conftest.py"
    broken = "\ndef broken(model):\n    raise ZeroDivisionError('no tracks')\nretrieval.next_track = broken\n"
    conftest.write_text(conftest.read_text(encoding="utf-8") + broken, encoding="utf-8")
    (folder / "measured").touch()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "quality_checks", *sound.arguments, "-n", "2"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    checks = {
        each["id"]: each for each in json.loads((folder / "verdict.json").read_text(encoding="utf-8"))["checks"]
    }

    assert done.returncode == 1
    assert checks["retrieval.hit_rate"]["outcome"] == "error"
    assert checks["retrieval.hit_rate"]["message"] == "ZeroDivisionError: no tracks"
    assert checks["neighbours.co_listening"]["outcome"] == "passed"
