"""`embedgate history`: what a reader sees of the folder."""

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


def keep(folder: Path, number: int, *, flow: str = "F", value: float | None = None, **more: Any) -> Path:
    """Keep the verdict on a run of a flow, whose hit rate is a tenth of its number."""
    rate = number / 10 if value is None else value
    bound = {"at_least": 0.25, "from": "null"}
    outcome = "passed" if rate >= 0.25 else "failed"
    checks = [
        {"id": "retrieval.hit_rate", "outcome": outcome, "severity": "fail", "value": rate, "bound": bound},
        {"id": "vocabulary.size", "outcome": "no_baseline", "severity": "fail", "value": 1234.0, "bound": None},
        {"id": "duplicates.recall", "outcome": "inconclusive", "severity": "warn", "value": None, "bound": None},
    ]
    said = {"kind": "verdict", "verdict": "passed", "champion": None, "promoted": False, "checks": checks}
    at = f"2026-01-01T{number:02}:00:00+00:00"
    run = {"source": "metaflow", "pathspec": f"{flow}/{number}"}
    return append(folder, {**said, "run": run, "at": at, **more})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to start in, and in it a history of five runs: the second was promoted, the fourth by hand."""
    monkeypatch.chdir(tmp_path)
    kept = tmp_path / ".embedgate"
    champion = {"source": "metaflow", "pathspec": "F/2"}
    keep(kept, 1, verdict="failed")
    keep(kept, 2, verdict="failed", promoted=True)
    keep(kept, 3, verdict="partial", champion=champion)
    keep(kept, 4, champion=champion)
    by_hand = {"kind": "promotion", "run": "F/4", "by": "ann", "reason": "ours", "at": "2026-01-01T04:30:00+00:00"}
    append(kept, by_hand)
    keep(kept, 5, champion={"source": "metaflow", "pathspec": "F/4"})
    return kept


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    """What the command prints."""
    assert main(["history", *arguments]) == status
    told = capsys.readouterr()
    return told.out if status == 0 else told.err


def test_the_table_tells_time_run_verdict_and_champion(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Oldest first; promotions by hand stand between the gate runs, with who and why."""
    lines = said(capsys).partition("\n\n")[0].splitlines()

    assert [line.split(maxsplit=4) for line in lines] == [
        ["time", "(UTC)", "run", "verdict", "champion"],
        ["2026-01-01", "01:00", "F/1", "failed", "-"],
        ["2026-01-01", "02:00", "F/2", "failed", "promoted"],
        ["2026-01-01", "03:00", "F/3", "partial", "F/2"],
        ["2026-01-01", "04:00", "F/4", "passed", "F/2"],
        ["2026-01-01", "04:30", "F/4", "promoted", "by ann: ours"],
        ["2026-01-01", "05:00", "F/5", "passed", "F/4"],
    ]


def test_each_measure_is_a_line_of_numbers_where_no_terminal_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A log gets plain numbers, and the bound; what was never measured has no line."""
    below = said(capsys).partition("\n\n")[2].splitlines()

    assert below == [
        "measures of flow F, the last 5 gate runs, oldest first:",
        "retrieval.hit_rate  10.0% 20.0% 30.0% 40.0% 50.0%  >= 25.0%",
        "vocabulary.size     1,234 1,234 1,234 1,234 1,234",
    ]


def test_broken_bound_is_marked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The latest value against its bound."""
    keep(folder, 6, value=0.1)

    assert ">= 25.0%  broken\n" in said(capsys)


@pytest.mark.parametrize(("encoding", "blocks"), [("utf-8", "▁▃▄▆█"), ("latin-1", "10.0% 20.0%")])
def test_a_terminal_gets_blocks_where_it_has_them(folder: Path, encoding: str, blocks: str) -> None:
    """Blocks in UTF-8, numbers in any other encoding."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(COMMAND, env=env, stdout=theirs, stderr=subprocess.PIPE, check=False)
    os.close(theirs)
    with os.fdopen(ours, "rb") as terminal:
        told = b""
        try:
            while chunk := terminal.read1(65536):
                told += chunk
        except OSError:  # how Linux says that the other end is closed
            pass

    assert done.returncode == 0, done.stderr
    assert blocks in told.decode(encoding)


def test_the_last_runs_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--last` counts gate runs, in the table and in the lines; the champion stays in these."""
    table, _, below = said(capsys, "--last", "2").partition("\n\n")

    assert [line.split()[2] for line in table.splitlines()[1:]] == ["F/4", "F/4", "F/5"]
    assert "hit_rate  40.0% 50.0%" in below


@pytest.mark.parametrize("last", ["0", "-1", "many", "1.5", ""])
def test_a_number_that_is_none_is_refused(last: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2, and the number is named."""
    with pytest.raises(SystemExit) as stopped:
        main(["history", f"--last={last}"])

    assert stopped.value.code == 2
    assert repr(last) in capsys.readouterr().err


def test_a_check_is_a_column(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Value, bound, and the outcome where it is not passed; a prefix is all below it; no small lines then."""
    told = said(capsys, "--check=retrieval", "--check=duplicates.recall", "--check=retrieval.hit_rate", "--last=4")
    lines = told.splitlines()

    assert lines[0].split()[-2:] == ["retrieval.hit_rate", "duplicates.recall"]
    assert "20.0% (>= 25.0%) failed" in lines[1]
    assert "30.0% (>= 25.0%)  " in lines[2]
    assert lines[2].endswith("– inconclusive")
    assert "measures of" not in told


def test_a_check_that_no_run_has_is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The nearest is named."""
    assert "a check retrieval.hitrate; did you mean retrieval.hit_rate?" in said(
        capsys, "--check=retrieval.hitrate", status=2
    )


def test_measures_are_those_of_the_model_tested_last(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two flows in one folder: the table has both, a line only one of them."""
    keep(folder, 6, flow="G")
    keep(folder, 7, run=None, checks=[], verdict="failed")
    told = said(capsys)

    assert "measures of flow G, the last 1 gate runs" in told
    assert "retrieval.hit_rate  60.0%  >=" in told
    assert "2026-01-01 07:00  -    failed " in told


def test_control_characters_reach_no_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a run, a reason, a check or a file is called, it stays on its line and moves no cursor."""
    keep(folder, 6, run={"source": "metaflow", "pathspec": HOSTILE}, champion={"pathspec": HOSTILE})
    append(folder, {"kind": "promotion", "run": HOSTILE, "by": HOSTILE, "reason": HOSTILE})
    hostile = [{"id": HOSTILE, "outcome": "passed", "severity": "fail", "value": 1.0}]
    keep(folder, 7, run={"source": "metaflow", "pathspec": HOSTILE}, checks=hostile)
    (folder / "a\x1b[31m\nb").write_text("", encoding="utf-8")

    for arguments in ((), (f"--check={HOSTILE}",)):
        assert main(["history", *arguments]) == 0
        told = capsys.readouterr()
        for text in (told.out, told.err):
            assert all(char.isprintable() for char in text.replace("\n", ""))
            assert not any(line.startswith("::") for line in text.splitlines())
        assert "a\ufffd[31m" in told.err
    assert main(["history", "--check=\x1b[31m"]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_what_is_no_record_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr: the table stays a table."""
    (folder / "half.json").write_text("{", encoding="utf-8")

    assert main(["history"]) == 0
    told = capsys.readouterr()
    assert told.err.startswith("embedgate history: half.json is no record")
    assert "half.json" not in told.out


def test_no_history_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing has been kept yet: no error. A folder that was named and is not there is one."""
    monkeypatch.chdir(tmp_path)

    assert said(capsys) == "no verdict has been kept in .embedgate yet\n"
    assert "there is no folder gone" in said(capsys, "--folder=gone", status=2)


def test_the_config_here_says_where(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`[history] folder`, unless one is typed."""
    folder.rename(folder.with_name("elsewhere"))
    Path("quality_checks.toml").write_text('[history]\nfolder = "elsewhere"\n', encoding="utf-8")

    assert "F/5" in said(capsys)
    assert "F/5" in said(capsys, "--folder=elsewhere")
    Path("quality_checks.toml").write_text("[history]\nfolders = 1\n", encoding="utf-8")
    assert "did you mean `folder`?" in said(capsys, status=2)


def test_an_encoding_without_these_letters_shows_an_escape(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log in ASCII gets the names all the same."""
    keep(folder, 6, flow="Flöw")
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)

    assert main(["history"]) == 0
    out.flush()
    assert b"Fl\\xf6w/6" in out.buffer.getvalue()
