"""No command prints a traceback if its output is closed, full or a pipe without a reader, or a path is unusable."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from embedgate.judgement.floor import ONE_OF, REQUIRED
from embedgate.judgement.history import append
from embedgate.judgement.result import CheckResult, Outcome
from embedgate.judgement.verdict import VerdictRecord, outcome_of

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = [
    (["verdict", "passed.json"], 0),
    (["verdict", "passed.json", "--markdown"], 0),
    (["verdict", "failed.json"], 1),
    (["history", "--folder=history"], 0),
    (["--help"], 0),
    (["verdict", "--help"], 0),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A passed verdict, a failed one, and a history."""
    outcomes: tuple[Outcome, ...] = ("passed", "failed")
    for outcome in outcomes:
        results = tuple(CheckResult(id=each, outcome=outcome, severity="fail") for each in (*REQUIRED, ONE_OF[1]))
        verdict = VerdictRecord(
            outcome=outcome_of(results), checks=results, run={"source": "files", "pathspec": "v.kv"}
        )
        verdict.write(tmp_path / f"{outcome}.json")
        append(tmp_path / "history", {"kind": "verdict", **verdict.as_json()})
    return tmp_path


def command(*arguments: str) -> list[str]:
    """Return the command line that the installed script runs."""
    return [sys.executable, "-c", "import sys; from embedgate.cli import main; sys.exit(main())", *arguments]


@pytest.mark.parametrize(("arguments", "status"), COMMANDS, ids=str)
def test_closed_pipe_does_not_change_the_exit_status(folder: Path, arguments: list[str], status: int) -> None:
    """Example: `embedgate verdict v.json | head -1`."""
    reads, writes = os.pipe()
    os.close(reads)

    done = subprocess.run(
        command(*arguments), cwd=folder, stdout=writes, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writes)

    assert (done.returncode, done.stderr) == (status, "")


@pytest.mark.parametrize(("arguments", "status"), COMMANDS[:4], ids=str)
def test_closed_stdout_does_not_change_the_exit_status(folder: Path, arguments: list[str], status: int) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command(*arguments)],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (status, "")


@pytest.mark.parametrize(("arguments", "status"), COMMANDS[:4], ids=str)
def test_full_output_device_is_a_one_line_error(folder: Path, arguments: list[str], status: int) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            command(*arguments), cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert done.returncode == 1
    assert done.stderr == f"embedgate {arguments[0]}: the output cannot be written: No space left on device\n"


def test_verdict_can_be_printed_to_a_pipe(folder: Path) -> None:
    done = subprocess.run(command("verdict", "passed.json"), cwd=folder, capture_output=True, text=True, check=False)

    assert done.stdout.endswith("verdict: passed\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verdict", "~nosuchuser/v.json"], "home directory of ~nosuchuser"),
        (["verdict", "x" * 300], "too long for a path"),
        (["verdict", ""], "FILE is empty"),
        (["history", "--folder=~nosuchuser"], "home directory of ~nosuchuser"),
        (["promote", "F/1", "--reason=x", "--config=~nosuchuser/c.toml"], "home directory of ~nosuchuser"),
        (["calibrate", "--tag=t", "--config=~nosuchuser/c.toml"], "home directory of ~nosuchuser"),
        (["calibrate", "--vectors", "~nosuchuser/v.kv", "--playlists=p", "--config=c.toml"], "~nosuchuser"),
    ],
    ids=str,
)
def test_unusable_path_is_a_usage_error(tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "c.toml").write_text("", encoding="utf-8")

    done = subprocess.run(command(*arguments), cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["history", "promote"])
def test_unreadable_config_is_an_error(tmp_path: Path, name: str) -> None:
    """A broken symbolic link is an error, not a missing config."""
    (tmp_path / "quality_checks.toml").symlink_to("gone")
    arguments = [name, *(["F/1", "--reason=x"] if name == "promote" else [])]

    done = subprocess.run(command(*arguments), cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "broken symbolic link" in done.stderr
