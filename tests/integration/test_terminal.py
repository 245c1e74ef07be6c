"""A terminal that cannot be written to does not change the verdict or the exit status."""

from __future__ import annotations

import io
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedgate.gate.terminal_guard import GuardedStream, write_to_stderr
from embedgate.testing import sample
from tests.conftest import SAMPLE_CONFIG, WITHOUT_MAP, SampleFiles, write_sample
from tests.integration.forked_gate import ForkedGate
from tests.integration.suite import copy_suite, verdict_in

FULL = "/dev/full"
UNWRITABLE: dict[str, dict[str, Any]] = {
    "> /dev/full": {"stdout_to": FULL},
    "> /dev/full 2> /dev/full": {"stdout_to": FULL, "stderr_to": FULL},
    "| true": {"stdout_without_reader": True},
}
"""Redirections of a shell, and the preparations with which a forked process has the same streams."""
CLOSED = (">&-", ">&- 2>&-")
"""Redirections for which the interpreter creates no stream when it starts, which a forked process cannot repeat."""


def run_gate(forked: ForkedGate, folder: Path, redirected: str, *arguments: str) -> tuple[int, str]:
    """Run the gate with redirected output; return exit status and what was written nevertheless."""
    if redirected in UNWRITABLE:
        ended = forked(folder, *arguments, limit=300, **UNWRITABLE[redirected])
        return ended.status, ended.output
    script = f"{shlex.join([sys.executable, '-m', 'pytest', *arguments])} {redirected}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory with the suite."""
    return copy_suite(tmp_path / "gate")


@pytest.fixture(scope="module")
def unsound(tmp_path_factory: pytest.TempPathFactory) -> SampleFiles:
    """The files of a model whose vectors contain NaN."""
    given = sample()
    return write_sample(
        replace(given, vectors=np.full_like(given.vectors, np.nan)),
        tmp_path_factory.mktemp("unsound"),
        SAMPLE_CONFIG + WITHOUT_MAP,
    )


@pytest.mark.parametrize("redirected", [*CLOSED, *UNWRITABLE])
@pytest.mark.parametrize("is_sound", [True, False], ids=["sound", "unsound"])
def test_unwritable_terminal_does_not_change_verdict_and_exit_status(
    forked: ForkedGate, folder: Path, sound: SampleFiles, unsound: SampleFiles, redirected: str, *, is_sound: bool
) -> None:
    """Standard output is closed, full, or a pipe without a reader."""
    files = sound if is_sound else unsound

    status, output = run_gate(forked, folder, redirected, "-v", "quality_checks", *files.arguments)

    assert "Traceback" not in output
    verdict = verdict_in(folder)
    assert verdict["error"] is None
    assert (status, verdict["verdict"]) == ((0, "passed") if is_sound else (1, "failed"))
    assert "</html>" in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("redirected", [">&-", "> /dev/full", "| true"])
def test_unwritable_terminal_keeps_the_exit_status_of_an_error(
    forked: ForkedGate, folder: Path, redirected: str
) -> None:
    """With exit status 1 there is a verdict, with exit status 4 there is none."""
    for arguments, expected in ((["--gate-vectors=gone.npz", "--gate-playlists=gone.jsonl"], 1), ([], 4)):
        status, output = run_gate(forked, folder, redirected, "quality_checks", *arguments)

        assert status == expected, output
        assert "Traceback" not in output
        assert (folder / "verdict.json").exists() is (expected == 1)


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
