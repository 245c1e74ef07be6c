"""A terminal that cannot be written to does not change the verdict or the exit status."""

from __future__ import annotations

import io
import json
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedgate.gate.terminal_guard import GuardedStream, write_to_stderr
from embedgate.testing import sample
from tests.conftest import SAMPLE_CONFIG, WITHOUT_MAP, SampleFiles, write_sample
from tests.integration.forked_gate import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory with the suite."""
    shutil.copytree(
        ROOT / "quality_checks", tmp_path / "quality_checks", ignore=shutil.ignore_patterns("__pycache__")
    )
    (tmp_path / "conftest.py").write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom fixtures import *\n")
    return tmp_path


@pytest.fixture(scope="module")
def unsound(tmp_path_factory: pytest.TempPathFactory) -> SampleFiles:
    """The files of a model whose vectors contain NaN."""
    given = sample()
    return write_sample(
        replace(given, vectors=np.full_like(given.vectors, np.nan)),
        tmp_path_factory.mktemp("unsound"),
        SAMPLE_CONFIG + WITHOUT_MAP,
    )


@pytest.mark.parametrize("redirected", [">&-", "> /dev/full", "| head -1", ">&- 2>&-", "> /dev/full 2> /dev/full"])
@pytest.mark.parametrize("is_sound", [True, False], ids=["sound", "unsound"])
def test_unwritable_terminal_does_not_change_verdict_and_exit_status(
    folder: Path, sound: SampleFiles, unsound: SampleFiles, redirected: str, *, is_sound: bool
) -> None:
    """Standard output is closed, full, or a pipe without a reader."""
    files = sound if is_sound else unsound
    gate = shlex.join([sys.executable, "-m", "pytest", "-v", "quality_checks", *files.arguments])
    script = f"{gate} {redirected}\nexit ${{PIPESTATUS[0]}}"

    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )

    assert "Traceback" not in done.stdout + done.stderr
    verdict = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    assert verdict["error"] is None
    assert (done.returncode, verdict["verdict"]) == ((0, "passed") if is_sound else (1, "failed"))
    assert "</html>" in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("redirected", [">&-", "> /dev/full", "| head -1"])
def test_unwritable_terminal_keeps_the_exit_status_of_an_error(folder: Path, redirected: str) -> None:
    """With exit status 1 there is a verdict, with exit status 4 there is none."""
    gate = shlex.join([sys.executable, "-m", "pytest", "quality_checks"])
    for arguments, status in ((" --gate-vectors=gone.npz --gate-playlists=gone.jsonl", 1), ("", 4)):
        script = f"{gate}{arguments} {redirected}\nexit ${{PIPESTATUS[0]}}"

        done = subprocess.run(
            ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False, timeout=300
        )

        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
        assert (folder / "verdict.json").exists() is (status == 1)


def test_guarded_stream_drops_text_after_the_first_error() -> None:

    class Full(io.StringIO):
        def write(self, text: str) -> int:
            if self.getvalue():
                raise OSError(28, "No space left on device")
            return super().write(text)

    stream = Full()
    guarded = GuardedStream(stream)

    for line in ("first", "second", "third"):
        assert guarded.write(line) == len(line)
        guarded.flush()

    assert stream.getvalue() == "first"
    assert guarded.isatty() is False


def test_text_for_a_full_standard_error_is_discarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the interpreter would try to flush it on exit, and exit with status 120."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stderr", full)

        write_to_stderr("lost")

        full.flush()
