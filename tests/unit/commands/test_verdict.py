"""`embedgate verdict`: output and exit status."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, get_args

import pytest

from embedgate.checks.bounds import at_least
from embedgate.cli import main
from embedgate.judgement.diagnosis_record import Diagnosis
from embedgate.judgement.floor import ONE_OF, REQUIRED
from embedgate.judgement.result import CheckResult
from embedgate.judgement.verdict import VerdictOutcome, VerdictRecord, outcome_of

if TYPE_CHECKING:
    from pathlib import Path

RUN = {"source": "metaflow", "pathspec": "Flow/12", "finished_at": "2026-07-01T10:20:30+00:00", "user": "ann"}
OUTCOMES: tuple[VerdictOutcome, ...] = get_args(VerdictOutcome)


def result(check_id: str = "custom.x", outcome: Any = "passed", **more: Any) -> CheckResult:
    return CheckResult(id=check_id, outcome=outcome, **{"severity": "fail", **more})


OF_OUTCOME: dict[VerdictOutcome, CheckResult] = {
    "passed": result(),
    "failed": result(outcome="failed"),
    "inconclusive": result(outcome="inconclusive"),
    "partial": result(outcome="not_run"),
}


FLOOR = tuple(result(check_id) for check_id in (*REQUIRED, ONE_OF[1]))


def write(path: Path, *results: CheckResult, **more: Any) -> Path:
    """Write a verdict."""
    VerdictRecord(**{"outcome": outcome_of(results), "checks": results, "run": RUN, **more}).write(path)
    return path


def test_output_lists_problems_families_and_the_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
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


def test_cause_is_below_the_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Checks that it explains are listed in short; in Markdown, the cause is above the table."""
    cause = Diagnosis(
        cause="keys.shifted",
        sentence="Keys are shifted.",
        action="Shift them back.",
        examples={"keys": ("\x1b[31ma",), "have the vectors of": ("b",)},
        explains=("neighbours.co_listening", "neighbours.known"),
    )
    path = write(
        tmp_path / "v.json",
        result(
            "neighbours.co_listening", "failed", value=0.5, message="0.500, expected >= 0.515 (chance). Check it."
        ),
        result("neighbours.known", "failed", message="Few.", tracks=("x",)),
        result("vocabulary.top", "warned", severity="warn", message="Many."),
        diagnoses=(cause,),
    )

    assert main(["verdict", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[5:8] == [
        "FAILED neighbours.co_listening: 0.500, expected >= 0.515 (chance)",
        "FAILED neighbours.known: see the cause below",
        "WARNED vocabulary.top: Many.",
    ]
    assert lines[-4:] == [
        "verdict: failed",
        "cause of 2 checks: Keys are shifted.",
        r"    keys: '\x1b[31ma'; have the vectors of: 'b'",
        "    Shift them back.",
    ]

    main(["verdict", str(path), "--markdown"])
    text = capsys.readouterr().out
    assert text.index("<b>Cause of 2 checks</b>: Keys are shifted. Shift them back.") < text.index("<table>")
    assert "Check it." in text


@pytest.mark.parametrize("markdown", [[], ["--markdown"]])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_only_a_passed_verdict_exits_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], outcome: VerdictOutcome, markdown: list[str]
) -> None:
    path = write(tmp_path / "v.json", *FLOOR, OF_OUTCOME[outcome])

    assert main(["verdict", str(path), *markdown]) == (0 if outcome == "passed" else 1)
    assert (f"embedgate: {outcome}\n" if markdown else f"verdict: {outcome}\n") in capsys.readouterr().out


def test_promotion_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verdict", str(write(tmp_path / "v.json", *FLOOR, promoted=True))]) == 0
    assert capsys.readouterr().out.endswith("verdict: passed, promoted\n")


@pytest.mark.parametrize("markdown", [[], ["--markdown"]])
@pytest.mark.parametrize("outcome", [each for each in OUTCOMES if each != "passed"])
def test_passed_verdict_that_its_checks_do_not_support_does_not_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], outcome: VerdictOutcome, markdown: list[str]
) -> None:
    path = write(tmp_path / "v.json", OF_OUTCOME[outcome], outcome="passed")

    assert main(["verdict", str(path), *markdown]) == 1
    out = capsys.readouterr().out
    assert f"the file says passed, but its content is {outcome}" in out
    assert f"embedgate: {outcome}\n" in out if markdown else out.endswith(f"verdict: {outcome}\n")


def test_error_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The error of an unavailable run is printed instead of the checks."""
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
def test_invalid_file_exits_with_2_and_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    path = tmp_path / "v.json"
    path.write_text(content, encoding="utf-8")

    assert main(["verdict", str(path)]) == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err.startswith(f"embedgate verdict: {path} ")


def test_file_defaults_to_verdict_json(
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
def test_characters_outside_of_the_encoding_are_escaped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, arguments: list[str], shown: bytes
) -> None:
    """Markdown is always printed as UTF-8."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    path = write(tmp_path / "v.json", result(outcome="failed", message="曲"))

    assert main(["verdict", str(path), *arguments]) == 1
    sys.stdout.flush()
    assert shown in raw.getvalue()


def test_command_imports_nothing_heavy(tmp_path: Path) -> None:
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
        (["--run=Flow/13"], 1, "it belongs to Flow/12, expected Flow/13"),
        (["--max-age=1.5h"], 1, "expected at most 1:30:00"),
    ],
)
def test_verdict_of_another_run_or_of_high_age_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, words: str
) -> None:
    """The verdict is printed as failed, with the reason."""
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
def test_invalid_duration_exits_with_2(capsys: pytest.CaptureFixture[str], age: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["verdict", f"--max-age={age}"])

    assert caught.value.code == 2
    assert "is not a duration" in capsys.readouterr().err
