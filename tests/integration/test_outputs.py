"""Files that a gate run writes, and processes that it must not leave behind."""

from __future__ import annotations

import hashlib
import os
import select
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedgate.checks.registry import check_ids
from embedgate.config.file import load_config
from embedgate.testing import sample
from tests.conftest import write_sample
from tests.integration.suite import checks_of, copy_suite, verdict_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SampleFiles
    from tests.integration.forked_gate import GateRun
    from tests.integration.suite import GateFolder

pytest_plugins = "pytester"

EARLIER = '{"schema": 1, "verdict": "passed"}'


def test_sound_model_passes_the_whole_suite(sound_run: GateRun, sound_with_map: SampleFiles) -> None:
    verdict = sound_run.verdict

    assert sound_run.status == 0, sound_run.output
    assert (verdict["verdict"], verdict["error"], verdict["run"]["source"]) == ("passed", None, "files")
    settings = load_config(sound_with_map.config, "").settings
    assert [check["id"] for check in verdict["checks"]] == list(check_ids(settings))
    assert verdict["config"] == str(sound_with_map.config)
    assert verdict["config_sha256"] == hashlib.sha256(sound_with_map.config.read_bytes()).hexdigest()
    assert {"failed", "error", "not_run"}.isdisjoint(check["outcome"] for check in verdict["checks"])
    assert "270 tracks x 16 dimensions" in sound_run.output


def test_report_and_lists_are_written_beside_the_verdict(sound_run: GateRun) -> None:
    files = {path.name for path in sound_run.folder.iterdir() if path.is_file()}
    heads = {
        what: (sound_run.folder / f"verdict.{what}.csv").read_text(encoding="utf-8").partition("\n")[0]
        for what in ("duplicates", "neighbours")
    }

    assert {"verdict.json", "report.html"} <= files
    assert heads["duplicates"].startswith("cluster,track,keep,plays")
    assert heads["neighbours"].startswith("known,track,rank,neighbour,cosine")


def test_options_set_the_paths_of_report_verdict_and_lists(gate: GateFolder) -> None:
    copy_suite(gate.path)

    done = gate.run("--html=other.html", "--gate-verdict=new/er/v.json", path="quality_checks/test_duplicates.py")

    assert done.ret == 0
    assert verdict_in(gate.path / "new" / "er", "v.json")["verdict"] == "partial"
    assert {path.name for path in (gate.path / "new" / "er").iterdir()} == {"v.json", "v.duplicates.csv"}
    assert "<link" not in (gate.path / "other.html").read_text(encoding="utf-8")
    left = {path.name for path in gate.path.iterdir()} - {"quality_checks", "conftest.py", "quality_checks.toml"}
    assert left - {"__pycache__", ".pytest_cache"} == {"new", "other.html", ".embedgate"}


def test_outputs_are_written_to_the_directory_where_pytest_was_started(
    gate: GateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rootdir is another directory. A hundred vectors are NaN, and the CSV file lists all of them."""
    copy_suite(gate.path)
    (gate.path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    below = gate.path / "below"
    below.mkdir()
    (below / "tracks.csv").write_text("mine", encoding="utf-8")
    given = sample()
    vectors = given.vectors.copy()
    vectors[:100] = np.nan
    gate.files = write_sample(replace(given, vectors=vectors), gate.path / "files")
    monkeypatch.chdir(below)

    done = gate.run(path="../quality_checks/test_integrity.py")

    verdict = verdict_in(below)
    finite = checks_of(verdict)["integrity.finite"]
    rows = (below / "verdict.tracks.csv").read_text(encoding="utf-8").splitlines()
    left = {path.name for path in below.iterdir()}
    assert done.ret == 1
    assert left == {".embedgate", "verdict.json", "report.html", "verdict.tracks.csv", "tracks.csv"}
    assert (below / "tracks.csv").read_text(encoding="utf-8") == "mine"
    assert verdict["config"] == str(gate.path / "quality_checks.toml")
    assert (finite["outcome"], finite["value"], len(finite["tracks"])) == ("failed", 100, 50)
    assert rows[:2] == ["check,rank,track", f"integrity.finite,1,{given.keys[0]}"]
    assert len(rows) == 101


def test_unavailable_model_fails_and_no_check_runs(gate: GateFolder) -> None:
    copy_suite(gate.path)
    (gate.path / "verdict.json").write_text(EARLIER, encoding="utf-8")

    done = gate.run("--gate-vectors=gone.kv")

    assert done.ret == 1
    assert (gate.verdict["verdict"], gate.verdict["run"]) == ("failed", None)
    assert gate.verdict["error"]["kind"] == "ArtifactMissing"
    assert "gone.kv" in gate.verdict["error"]["message"]
    assert "gone.kv" in done.stdout.str()
    assert "gone.kv" in gate.report
    assert {check["outcome"] for check in gate.verdict["checks"]} == {"not_run"}


def test_failure_is_printed_once_in_ci(gate: GateFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `CI=true` pytest repeats whole messages in its short summary, but for checks only the id."""
    monkeypatch.setenv("CI", "true")
    gate.write_checks(
        "import pytest\n"
        "from embedgate.measures.measurement import Measurement\n"
        "@pytest.mark.gate_check('custom.mine')\n"
        "def test_mine(gate_judge):\n"
        "    gate_judge(Measurement(value=0.1, n=7, summary='so much', tracks=('Abba-Waterloo',)), at_least=0.4)\n"
        "def test_plain(): assert False, 'plain words'\n"
    )

    done = gate.run("--junitxml=junit.xml")

    output = done.stdout.str()
    assert done.ret == pytest.ExitCode.TESTS_FAILED
    assert output.count("So much") == 1
    assert "test_mine.py::test_mine - custom.mine failed\n" in output
    assert "test_mine.py::test_plain - AssertionError: plain words" in output
    assert "So much" in (gate.path / "junit.xml").read_text(encoding="utf-8").partition("message=")[2][:200]


def test_script_without_main_guard_starts_one_gate_run(tmp_path: Path, sound_with_map: SampleFiles) -> None:
    """The process that computes the map must not run the script again."""
    copy_suite(tmp_path)
    arguments = ["quality_checks/test_map.py", *sound_with_map.arguments]
    code = f"import sys, pytest\nsys.exit(pytest.main({arguments!r}))\n"
    (tmp_path / "script.py").write_text(code, encoding="utf-8")

    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("test session starts") == 1
    assert checks_of(verdict_in(tmp_path))["map.faithfulness"]["outcome"] == "passed"


def test_killed_gate_run_leaves_no_process_and_no_verdict(tmp_path: Path, sound_with_map: SampleFiles) -> None:
    copy_suite(tmp_path)
    (tmp_path / "quality_checks" / "test_map.py").write_text(
        "import os, pathlib, pytest, signal\n"
        "from embedgate.gate.stash import GATE\n"
        "@pytest.mark.gate_check('map.faithfulness')\n"
        "def test_killed(request):\n"
        "    pathlib.Path('child').write_text(str(request.config.stash[GATE].map_process.pid))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n",
        encoding="utf-8",
    )

    # no pipes, because a process that is left behind would keep them open
    command = [sys.executable, "-m", "pytest", "quality_checks/test_map.py", *sound_with_map.arguments]
    done = subprocess.run(command, cwd=tmp_path, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    child = int((tmp_path / "child").read_text(encoding="utf-8"))
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "verdict.json").exists()
    assert _ends(child, seconds=60)


def _ends(process: int, seconds: float) -> bool:
    """Return whether a process, which is no child of this one, ends within the given time, and kill it otherwise."""
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    ended, _, _ = select.select([descriptor], [], [], seconds)
    if not ended:
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    os.close(descriptor)
    return bool(ended)
