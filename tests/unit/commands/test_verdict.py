"""`embedgate verdict`: the story, and the exit status that a CI goes by."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, get_args

import pytest

from embedgate.checks.bounds import at_least
from embedgate.cli import main
from embedgate.judgement.floor import ONE_OF, REQUIRED
from embedgate.judgement.result import CheckResult
from embedgate.judgement.verdict import VerdictOutcome, VerdictRecord, fold

if TYPE_CHECKING:
    from pathlib import Path

RUN = {"source": "metaflow", "pathspec": "Flow/12", "finished_at": "2026-07-01T10:20:30+00:00", "user": "ann"}
WORDS: tuple[VerdictOutcome, ...] = get_args(VerdictOutcome)


def result(check_id: str = "custom.x", outcome: Any = "passed", **more: Any) -> CheckResult:
    """A result of some check."""
    return CheckResult(id=check_id, outcome=outcome, **{"severity": "fail", **more})


OF_WORD: dict[VerdictOutcome, CheckResult] = {
    "passed": result(),
    "failed": result(outcome="failed"),
    "inconclusive": result(outcome="inconclusive"),
    "partial": result(outcome="not_run"),
}


FLOOR = tuple(result(check_id) for check_id in (*REQUIRED, ONE_OF[1]))


def write(path: Path, *results: CheckResult, **more: Any) -> Path:
    """A verdict on disk."""
    VerdictRecord(**{"outcome": fold(results), "checks": results, "run": RUN, **more}).write(path)
    return path


def test_it_tells_what_failed_by_how_much_because_of_whom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same story as at the end of a gate run, in plain text, to its last word."""
    path = write(
        tmp_path / "v.json",
        result("vocabulary.size", value=12),
        result(
            "vocabulary.coverage",
            "failed",
            value=0.31,
            bound=at_least(0.9, "user"),
            message="31.0%, expected >= 90.0% (configured)",
            tracks=("Abba-Waterloo", "b", "c", "d"),
        ),
        result("map.faithfulness", "warned", severity="warn", value=0.8, message="80%", tracks=("e",)),
        config="quality_checks.toml",
    )

    assert main(["verdict", str(path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "run: Flow/12",
        "finished: 2026-07-01 10:20 UTC",
        "by: ann",
        "champion: none, nothing was compared",
        "config: quality_checks.toml",
        "FAILED vocabulary.coverage: 31.0%, expected >= 90.0% (configured)",
        "    Offending tracks: 'Abba-Waterloo', 'b', 'c' and 1 more",
        "WARNED map.faithfulness (0.800): 80%",
        "vocabulary: 1 failed, 1 passed",
        "map: 1 warned",
        "3 checks: 1 failed, 1 warned, 1 passed",
        "verdict: failed",
    ]


@pytest.mark.parametrize("markdown", [[], ["--markdown"]])
@pytest.mark.parametrize("word", WORDS)
def test_only_passed_exits_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], word: VerdictOutcome, markdown: list[str]
) -> None:
    """0 for passed, 1 for anything else, partial included: here nobody's selection excuses what did not run."""
    path = write(tmp_path / "v.json", *FLOOR, OF_WORD[word])

    assert main(["verdict", str(path), *markdown]) == (0 if word == "passed" else 1)
    assert (f"embedgate: {word}\n" if markdown else f"verdict: {word}\n") in capsys.readouterr().out


def test_a_promotion_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever reads the log learns that the champion is another now."""
    assert main(["verdict", str(write(tmp_path / "v.json", *FLOOR, promoted=True))]) == 0
    assert capsys.readouterr().out.endswith("verdict: passed, promoted\n")


@pytest.mark.parametrize("markdown", [[], ["--markdown"]])
@pytest.mark.parametrize("word", [word for word in WORDS if word != "passed"])
def test_a_file_that_contradicts_itself_does_not_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], word: VerdictOutcome, markdown: list[str]
) -> None:
    """It says passed, and its checks do not: 1, and the reader is told."""
    path = write(tmp_path / "v.json", OF_WORD[word], outcome="passed")

    assert main(["verdict", str(path), *markdown]) == 1
    out = capsys.readouterr().out
    assert f"the file says passed, but its content is {word}" in out
    assert f"embedgate: {word}\n" in out if markdown else out.endswith(f"verdict: {word}\n")


def test_error_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For an unavailable run, the reason is printed in place of the checks."""
    path = write(
        tmp_path / "v.json",
        outcome="failed",
        run=None,
        error={"kind": "RunNotFound", "message": "no run\n::error::x"},
    )

    assert main(["verdict", str(path)]) == 1
    out = capsys.readouterr().out
    assert "RunNotFound: no run\n: :error::x\n" in out
    assert "checks" not in out


@pytest.mark.parametrize("content", ["", "{", '{"verdict": "passed"}', '{"schema": 1, "verdict": "fine"}'])
def test_what_is_no_verdict_exits_2_and_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    """Never 0, and never a traceback."""
    path = tmp_path / "v.json"
    path.write_text(content, encoding="utf-8")

    assert main(["verdict", str(path)]) == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err.startswith(f"embedgate verdict: {path} ")


def test_the_file_may_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The default is verdict.json in the working directory; a missing file is an error."""
    monkeypatch.chdir(tmp_path)

    assert main(["verdict"]) == 2
    assert "verdict.json cannot be read" in capsys.readouterr().err
    write(tmp_path / "verdict.json", *FLOOR)
    assert main(["verdict"]) == 0


@pytest.mark.parametrize(
    ("encoding", "arguments", "shown"),
    [
        ("ascii", [], rb"\u66f2"),
        ("cp1252", [], rb"\u66f2"),
        ("utf-8", [], "曲".encode()),
        ("ascii", ["--markdown"], "曲".encode()),
    ],
)
def test_any_name_is_printed_in_any_encoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, arguments: list[str], shown: bytes
) -> None:
    """What the log cannot show stands as an escape; Markdown goes into files, which are UTF-8."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    path = write(tmp_path / "v.json", result(outcome="failed", message="曲"))

    assert main(["verdict", str(path), *arguments]) == 1
    sys.stdout.flush()
    assert shown in raw.getvalue()


def test_it_imports_nothing_heavy(tmp_path: Path) -> None:
    """A CI's last step has its answer at once."""
    code = (
        "import sys; from embedgate.cli import main; main(['verdict', sys.argv[1]]);"
        "heavy = {'metaflow', 'gensim', 'sklearn', 'matplotlib', 'pandas', 'openTSNE', 'pytest'};"
        "sys.exit(repr(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    path = write(tmp_path / "v.json", result())
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--run=Flow/12"], 0, ""),
        (["--run=12", "--max-age=365000d"], 0, ""),
        (["--run=Flow/13"], 1, "it is of Flow/12, expected Flow/13"),
        (["--max-age=1.5h"], 1, "expected at most 1:30:00"),
    ],
)
def test_a_verdict_that_is_not_the_expected_one_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, words: str
) -> None:
    """One of another run, or of yesterday: exit status 1, printed as failed, with the reason."""
    path = write(tmp_path / "v.json", *FLOOR)
    plain = json.loads(path.read_text(encoding="utf-8")) | {"finished_at": "2020-01-01T00:00:00+00:00"}
    path.write_text(json.dumps(plain), encoding="utf-8")

    assert main(["verdict", str(path), *arguments]) == status
    out = capsys.readouterr().out
    assert ("the verdict is rejected: " in out) is bool(status)
    assert words in out
    assert out.endswith(f"verdict: {'failed' if status else 'passed'}\n")
    assert main(["verdict", str(path), *arguments, "--markdown"]) == status
    assert ("the verdict is rejected: " in capsys.readouterr().out) is bool(status)


@pytest.mark.parametrize("age", ["", "30", "m", "-1h", "1w", "1e3s", "inf"])
def test_a_duration_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], age: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["verdict", f"--max-age={age}"])

    assert caught.value.code == 2
    assert "no duration" in capsys.readouterr().err
