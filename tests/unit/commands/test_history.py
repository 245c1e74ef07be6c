"""`embedgate history`: the table and the measures of the last gate runs."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from embedgate.cli import main
from embedgate.judgement.history import append

HOSTILE = "F/\x1b[31mred\n::error::\u202e"
COMMAND = [sys.executable, "-m", "embedgate.cli", "history"]


def add_record(folder: Path, number: int, *, flow: str = "F", value: float | None = None, **more: Any) -> Path:
    """Add the verdict on a run of a flow, with a hit rate of a tenth of the run's number."""
    rate = number / 10 if value is None else value
    bound = {"at_least": 0.25, "from": "null"}
    outcome = "passed" if rate >= 0.25 else "failed"
    checks = [
        {"id": "retrieval.hit_rate", "outcome": outcome, "severity": "fail", "value": rate, "bound": bound},
        {"id": "vocabulary.size", "outcome": "no_baseline", "severity": "fail", "value": 1234.0, "bound": None},
        {"id": "duplicates.recall", "outcome": "inconclusive", "severity": "warn", "value": None, "bound": None},
    ]
    plain = {"kind": "verdict", "verdict": "passed", "champion": None, "promoted": False, "checks": checks}
    at = f"2026-01-01T{number:02}:00:00+00:00"
    run = {"source": "metaflow", "pathspec": f"{flow}/{number}"}
    return append(folder, {**plain, "run": run, "at": at, **more})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A history of five runs in the working directory, of which the second was promoted and the fourth manually."""
    monkeypatch.chdir(tmp_path)
    kept = tmp_path / ".embedgate"
    champion = {"source": "metaflow", "pathspec": "F/2"}
    add_record(kept, 1, verdict="failed")
    add_record(kept, 2, verdict="failed", promoted=True)
    add_record(kept, 3, verdict="partial", champion=champion)
    add_record(kept, 4, champion=champion)
    by_hand = {"kind": "promotion", "run": "F/4", "by": "ann", "reason": "ours", "at": "2026-01-01T04:30:00+00:00"}
    append(kept, by_hand)
    add_record(kept, 5, champion={"source": "metaflow", "pathspec": "F/4"})
    return kept


def output_of(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    """Run the command, and return what it prints: stdout, or stderr if it fails."""
    assert main(["history", *arguments]) == status
    printed = capsys.readouterr()
    return printed.out if status == 0 else printed.err


def test_table_lists_gate_runs_and_promotions_by_time(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = output_of(capsys).partition("\n\n")[0].splitlines()

    assert [line.split(maxsplit=4) for line in lines] == [
        ["time", "(UTC)", "run", "verdict", "champion"],
        ["2026-01-01", "01:00", "F/1", "failed", "-"],
        ["2026-01-01", "02:00", "F/2", "failed", "promoted"],
        ["2026-01-01", "03:00", "F/3", "partial", "F/2"],
        ["2026-01-01", "04:00", "F/4", "passed", "F/2"],
        ["2026-01-01", "04:30", "F/4", "promoted", "by ann: ours"],
        ["2026-01-01", "05:00", "F/5", "passed", "F/4"],
    ]


def test_measures_are_printed_as_numbers_outside_a_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Checks without a value are left out."""
    below = output_of(capsys).partition("\n\n")[2].splitlines()

    assert below == [
        "measures of flow F, the last 5 gate runs, oldest first:",
        "retrieval.hit_rate  10.0% 20.0% 30.0% 40.0% 50.0%  >= 25.0%",
        "vocabulary.size     1,234 1,234 1,234 1,234 1,234",
    ]


def test_broken_bound_is_marked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_record(folder, 6, value=0.1)

    assert ">= 25.0%  broken\n" in output_of(capsys)


@pytest.mark.parametrize(("encoding", "blocks"), [("utf-8", "▁▃▄▆█"), ("latin-1", "10.0% 20.0%")])
def test_utf8_terminal_shows_blocks_and_others_show_numbers(folder: Path, encoding: str, blocks: str) -> None:
    ours, theirs = pty.openpty()
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(COMMAND, env=env, stdout=theirs, stderr=subprocess.PIPE, check=False)
    os.close(theirs)
    with os.fdopen(ours, "rb") as terminal:
        printed = b""
        try:
            while chunk := terminal.read1(65536):
                printed += chunk
        except OSError:  # how Linux reports that the other end is closed
            pass

    assert done.returncode == 0, done.stderr
    assert blocks in printed.decode(encoding)


def test_option_last_limits_the_number_of_gate_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Promotions do not count as gate runs."""
    table, _, below = output_of(capsys, "--last", "2").partition("\n\n")

    assert [line.split()[2] for line in table.splitlines()[1:]] == ["F/4", "F/4", "F/5"]
    assert "hit_rate  40.0% 50.0%" in below


@pytest.mark.parametrize("last", ["0", "-1", "many", "1.5", ""])
def test_invalid_number_exits_with_2_and_is_quoted(last: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["history", f"--last={last}"])

    assert stopped.value.code == 2
    assert repr(last) in capsys.readouterr().err


def test_each_requested_check_is_a_column_with_value_bound_and_outcome(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A prefix requests all checks below it."""
    printed = output_of(
        capsys, "--check=retrieval", "--check=duplicates.recall", "--check=retrieval.hit_rate", "--last=4"
    )
    lines = printed.splitlines()

    assert lines[0].split()[-2:] == ["retrieval.hit_rate", "duplicates.recall"]
    assert "20.0% (>= 25.0%) failed" in lines[1]
    assert "30.0% (>= 25.0%)  " in lines[2]
    assert lines[2].endswith("– inconclusive")
    assert "measures of" not in printed


def test_unknown_check_is_an_error_with_a_suggestion(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "a check retrieval.hitrate; did you mean retrieval.hit_rate?" in output_of(
        capsys, "--check=retrieval.hitrate", status=2
    )


def test_only_measures_of_the_model_tested_last_are_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table lists the runs of all models."""
    add_record(folder, 6, flow="G")
    add_record(folder, 7, run=None, checks=[], verdict="failed")
    printed = output_of(capsys)

    assert "measures of flow G, the last 1 gate runs" in printed
    assert "retrieval.hit_rate  60.0%  >=" in printed
    assert "2026-01-01 07:00  -    failed " in printed


def test_control_characters_are_not_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names of runs, checks and files, and reasons, may contain control characters."""
    add_record(folder, 6, run={"source": "metaflow", "pathspec": HOSTILE}, champion={"pathspec": HOSTILE})
    append(folder, {"kind": "promotion", "run": HOSTILE, "by": HOSTILE, "reason": HOSTILE})
    hostile = [{"id": HOSTILE, "outcome": "passed", "severity": "fail", "value": 1.0}]
    add_record(folder, 7, run={"source": "metaflow", "pathspec": HOSTILE}, checks=hostile)
    (folder / "a\x1b[31m\nb").write_text("", encoding="utf-8")

    for arguments in ((), (f"--check={HOSTILE}",)):
        assert main(["history", *arguments]) == 0
        printed = capsys.readouterr()
        for text in (printed.out, printed.err):
            assert all(char.isprintable() for char in text.replace("\n", ""))
            assert not any(line.startswith("::") for line in text.splitlines())
        assert "a\ufffd[31m" in printed.err
    assert main(["history", "--check=\x1b[31m"]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_unreadable_record_is_reported_on_stderr(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "half.json").write_text("{", encoding="utf-8")

    assert main(["history"]) == 0
    printed = capsys.readouterr()
    assert printed.err.startswith("embedgate history: half.json is not a record")
    assert "half.json" not in printed.out


def test_missing_folder_is_an_error_only_if_it_was_given_as_an_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert output_of(capsys) == "there is no verdict in .embedgate yet\n"
    assert "the folder gone does not exist" in output_of(capsys, "--folder=gone", status=2)


def test_option_folder_overrides_the_folder_of_the_config(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder.rename(folder.with_name("elsewhere"))
    Path("quality_checks.toml").write_text('[history]\nfolder = "elsewhere"\n', encoding="utf-8")

    assert "F/5" in output_of(capsys)
    assert "F/5" in output_of(capsys, "--folder=elsewhere")
    Path("quality_checks.toml").write_text("[history]\nfolders = 1\n", encoding="utf-8")
    assert "did you mean 'folder'?" in output_of(capsys, status=2)


def test_characters_outside_of_the_encoding_are_escaped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_record(folder, 6, flow="Flöw")
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)

    assert main(["history"]) == 0
    out.flush()
    assert b"Fl\\xf6w/6" in out.buffer.getvalue()
