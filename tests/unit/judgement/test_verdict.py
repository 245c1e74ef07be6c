"""The verdict on a list of results, and the content of verdict.json."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest

from embedgate.checks.bounds import at_least
from embedgate.checks.registry import check_ids
from embedgate.config.settings import Settings
from embedgate.errors import GateFailed
from embedgate.judgement.diagnosis_record import Diagnosis
from embedgate.judgement.floor import ONE_OF, REQUIRED
from embedgate.judgement.result import MAX_TRACKS, CheckResult, Outcome
from embedgate.judgement.verdict import VerdictOutcome, VerdictRecord, conclude, outcome_of

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def result(outcome: Outcome, severity: Any = "fail", **more: Any) -> CheckResult:
    return CheckResult(**{"id": "f.check", "outcome": outcome, "severity": severity, **more})


DIAGNOSIS = Diagnosis(
    cause="keys.other_spelling",
    sentence="Keys differ.",
    action="Fold case.",
    figures={"keys": 2},
    examples={"keys of the model": ("a", "b"), "keys of the playlists": ("A", "B")},
    explains=("f.check",),
)
FLOOR = tuple(result("passed", id=check_id) for check_id in (*REQUIRED, ONE_OF[1]))


def verdict(*results: CheckResult, **more: Any) -> VerdictRecord:
    return VerdictRecord(outcome=outcome_of(results), checks=results, run={"source": "files"}, **more)


def read(path: Path) -> Any:
    """Read JSON strictly: without NaN and Infinity."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


@pytest.mark.parametrize(
    ("outcome", "severity", "expected"),
    [
        ("passed", "fail", "passed"),
        ("warned", "warn", "passed"),
        ("no_baseline", "fail", "passed"),
        ("not_applicable", "fail", "passed"),
        ("off", "off", "passed"),
        ("inconclusive", "warn", "passed"),
        ("inconclusive", "fail", "inconclusive"),
        ("failed", "fail", "failed"),
        ("error", "fail", "failed"),
        ("error", "warn", "failed"),
        ("not_run", "fail", "partial"),
        ("not_run", "warn", "partial"),
    ],
)
def test_verdict_on_a_passed_and_another_check(outcome: Outcome, severity: str, expected: str) -> None:
    """The cases are those of docs/verdict.md, in either order of the results."""
    both = [result("passed"), result(outcome, severity)]

    assert outcome_of(both) == outcome_of(both[::-1]) == expected


def test_verdict_without_checks_is_partial() -> None:
    """An incomplete run cannot pass."""
    assert outcome_of([]) == "partial"


@pytest.mark.parametrize(("one", "other"), list(product(OUTCOMES, repeat=2)))
def test_worse_of_two_outcomes_determines_the_verdict(one: Outcome, other: Outcome) -> None:
    ranked = ("passed", "partial", "inconclusive", "failed")
    alone = [outcome_of([result(each)]) for each in (one, other)]

    assert outcome_of([result(one), result(other)]) == max(alone, key=ranked.index)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_result_fails_the_gate_if_its_verdict_is_failed_or_inconclusive(outcome: Outcome) -> None:
    one = result(outcome)

    assert one.fails_gate == (outcome_of([one]) in ("failed", "inconclusive"))


@pytest.mark.parametrize(
    ("results", "more", "expected", "missing"),
    [
        (FLOOR, {}, "passed", 0),
        (FLOOR[1:], {}, "partial", 1),
        (FLOOR, {"has_champion": True}, "partial", 1),
        ((*FLOOR[1:], result("failed")), {}, "failed", 1),
        (FLOOR, {"has_error": True}, "failed", 0),
    ],
)
def test_verdict_is_partial_below_the_floor_and_failed_with_an_error(
    results: tuple[CheckResult, ...], more: dict[str, bool], expected: VerdictOutcome, missing: int
) -> None:
    found, sentences = conclude(results, **{"has_champion": False, **more})

    assert (found, len(sentences)) == (expected, missing)


def test_file_has_every_key_of_the_schema(tmp_path: Path) -> None:
    one = result(
        "failed",
        value=0.96,
        interval=(0.94, 0.97),
        bound=at_least(0.97, "null"),
        n=178,
        message="m",
        tracks=("Björk-Jóga",),
        seconds=0.12345,
    )
    verdict(one, config="quality_checks.toml", config_sha256="ab", seconds=6.10001).write(tmp_path / "v.json")

    found = read(tmp_path / "v.json")
    assert set(found) == {
        *("schema", "verdict", "error", "run", "champion", "promoted", "checks"),
        *("config", "config_sha256", "versions", "seconds"),
        *("promotion", "missing", "nonce", "started_at", "finished_at", "arguments", "diagnoses"),
    }
    assert (found["schema"], found["verdict"], found["champion"], found["promoted"]) == (1, "failed", None, False)
    assert {"embedgate", "numpy", "pytest"} <= set(found["versions"])
    assert found["seconds"] == 6.1
    assert found["checks"] == [
        {
            "id": "f.check",
            "outcome": "failed",
            "severity": "fail",
            "value": 0.96,
            "ci": [0.94, 0.97],
            "bound": {"at_least": 0.97, "from": "null"},
            "n": 178,
            "seconds": 0.123,
            "message": "m",
            "tracks": ["Björk-Jóga"],
        }
    ]


def test_json_round_trip_preserves_the_verdict() -> None:
    before = verdict(
        result("warned", "warn", value=0.5, tracks=("a", "b")),
        error={"kind": "k", "message": "m"},
        champion={"source": "metaflow", "pathspec": "F/1"},
        promotion="pending",
        missing=("none of them",),
        nonce="ab",
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        finished_at=datetime(2026, 1, 2, tzinfo=UTC),
        arguments=("quality_checks",),
        diagnoses=(DIAGNOSIS,),
    )

    assert VerdictRecord.from_json(json.loads(json.dumps(before.as_json()))) == before


def test_verdict_of_an_earlier_version_has_no_diagnoses() -> None:
    plain = verdict(result("failed")).as_json()
    del plain["diagnoses"]

    assert VerdictRecord.from_json(plain).diagnoses == ()


def test_diagnosis_is_in_the_file_and_in_the_exception(tmp_path: Path) -> None:
    """It does not change the outcome, and the messages of the checks remain."""
    found = verdict(result("failed", message="Low."), result("passed"), diagnoses=(DIAGNOSIS,))
    found.write(tmp_path / "v.json")

    assert found.explained == {"f.check"}
    assert read(tmp_path / "v.json")["diagnoses"] == [
        {
            "cause": "keys.other_spelling",
            "sentence": "Keys differ.",
            "action": "Fold case.",
            "figures": {"keys": 2},
            "examples": {"keys of the model": ["a", "b"], "keys of the playlists": ["A", "B"]},
            "explains": ["f.check"],
        }
    ]
    with pytest.raises(GateFailed, match=r"is failed\nKeys differ. Fold case.\nf.check failed: Low."):
        found.raise_for_failure()


@pytest.mark.parametrize(
    ("run", "pathspec", "flow"),
    [
        (None, "", None),
        ({"source": "metaflow", "pathspec": "F/12"}, "F/12", "F"),
        ({"source": "files", "pathspec": "F/v.kv"}, "F/v.kv", None),
    ],
)
def test_only_a_metaflow_run_has_a_flow(run: Any, pathspec: str, flow: str | None) -> None:
    found = VerdictRecord(outcome="failed", run=run, champion=run)

    assert (found.pathspec, found.champion_pathspec, found.flow) == (pathspec, pathspec, flow)


@pytest.mark.parametrize(
    ("outcome", "checks", "missing", "expected"),
    [
        ("partial", FLOOR, ("x",), True),
        ("partial", FLOOR, (), False),
        ("failed", FLOOR, ("x",), False),
        ("partial", (*FLOOR, result("not_run")), ("x",), False),
    ],
)
def test_verdict_is_below_floor_only_if_every_check_ran(
    *, outcome: VerdictOutcome, checks: Any, missing: tuple[str, ...], expected: bool
) -> None:
    assert VerdictRecord(outcome=outcome, checks=checks, missing=missing).is_below_floor is expected


def test_csv_lists_the_tracks_that_the_verdict_leaves_out(tmp_path: Path) -> None:
    tracks = tuple(f'A"{number}"-B, C\n' for number in range(MAX_TRACKS + 1))
    found = verdict(result("failed", tracks=tracks), result("failed", id="g.x", tracks=("y",)))
    found.write(tmp_path / "verdict.json")
    found.write_tracks(tmp_path / "verdict.json")

    assert read(tmp_path / "verdict.json")["checks"][0]["tracks"] == list(tracks[:MAX_TRACKS])
    with (tmp_path / "verdict.tracks.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["check", "rank", "track"]
    assert rows[1:] == [["f.check", str(rank), track] for rank, track in enumerate(tracks, 1)]


def test_no_csv_is_written_if_the_verdict_lists_every_track(tmp_path: Path) -> None:
    verdict(result("failed", tracks=("x",) * MAX_TRACKS)).write_tracks(tmp_path / "v.json")

    assert list(tmp_path.iterdir()) == []


def test_surrogates_are_replaced_in_json_and_csv(tmp_path: Path) -> None:
    found = verdict(result("failed", message="\ud83d", tracks=("\ud83d-x",) * 51))
    found.write(tmp_path / "v.json")
    found.write_tracks(tmp_path / "v.json")

    assert read(tmp_path / "v.json")["checks"][0]["tracks"][0] == "?-x"
    assert "?-x" in (tmp_path / "v.tracks.csv").read_text(encoding="utf-8")


def test_failed_write_keeps_the_earlier_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "verdict.json"
    verdict(result("passed")).write(path)
    before = path.read_bytes()

    def full(self: Path, target: Path) -> Path:
        assert json.loads(self.read_text(encoding="utf-8"))["verdict"] == "failed"
        raise OSError(28, "No space left on device", str(target))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="No space"):
            verdict(result("failed")).write(path)

    assert path.read_bytes() == before
    verdict(result("failed")).write(path)
    assert [one.name for one in tmp_path.iterdir()] == ["verdict.json"]
    assert read(path)["verdict"] == "failed"


def test_verdict_lists_every_check_in_the_order_of_the_registry(tmp_path: Path) -> None:
    ids = list(check_ids(Settings.model_validate({"genres": {"rock": ("rock",), "rap": ("rap",)}})))
    verdict(*(result("not_run", id=each) for each in ids)).write(tmp_path / "v.json")

    found = read(tmp_path / "v.json")

    assert found["verdict"] == "partial"
    assert [check["id"] for check in found["checks"]] == ids


def test_failed_promotion_is_the_reason_of_the_exception() -> None:
    """Every check passed, so only the error explains the verdict."""
    failed = VerdictRecord(outcome="failed", checks=FLOOR, error={"kind": "promotion", "message": "no answer"})

    with pytest.raises(GateFailed, match=r"^the verdict is failed\npromotion: no answer$"):
        failed.raise_for_failure()
