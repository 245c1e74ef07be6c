"""Reading verdict.json: a verdict that its checks do not support is rejected."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.checks.bounds import at_most
from embedgate.errors import UsageError
from embedgate.judgement.floor import ONE_OF, REQUIRED
from embedgate.judgement.result import CheckResult, Outcome
from embedgate.judgement.verdict import VerdictOutcome, VerdictRecord, outcome_of
from embedgate.judgement.verdict_file import read_verdict

if TYPE_CHECKING:
    from pathlib import Path

VERDICTS: tuple[VerdictOutcome, ...] = get_args(VerdictOutcome)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
RUN = {"source": "files", "pathspec": "v.kv", "tags": []}
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


def result(outcome: Outcome = "passed", **more: Any) -> CheckResult:
    return CheckResult(**{"id": "custom.x", "outcome": outcome, "severity": "fail", **more})


FLOOR = tuple(result(id=check_id) for check_id in (*REQUIRED, ONE_OF[1], "champion.misplaced"))


def write(path: Path, *results: CheckResult, **changes: Any) -> Path:
    """Write a verdict that reaches the floor, then change keys of the file; a value of "removed" removes the key."""
    VerdictRecord(outcome=outcome_of(results), checks=(*results, *FLOOR), run=RUN).write(path)
    plain = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps({key: value for key, value in plain.items() if value != "removed"}), encoding="utf-8")
    return path


def change(path: Path, number: int, **changes: Any) -> None:
    """Change keys of one check in the file."""
    plain = json.loads(path.read_text(encoding="utf-8"))
    plain["checks"][number] |= changes
    path.write_text(json.dumps(plain), encoding="utf-8")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "verdict.json"


def test_results_are_read_back_unchanged(path: Path) -> None:
    """The unit, which the file does not contain, comes from the registry."""
    constant = at_most(0, "null", constant=True)
    results = [
        result("failed", id="duplicates.rate", value=0.1, interval=(0.05, 0.2), bound=at_most(0.05, "user"), n=9),
        result("passed", id="integrity.finite", value=0.0, bound=constant, message="none", n=9),
        result("warned", severity="warn", tracks=("a", "b")),
        result("off", severity="off"),
    ]

    file = read_verdict(write(path, *results, champion={"pathspec": "F/1"}))

    found = file.verdict
    assert file.notes == ()
    assert (found.outcome, found.run, found.champion, found.error) == ("failed", RUN, {"pathspec": "F/1"}, None)
    units = ["share", "count", "number", "number"]
    assert list(found.checks[:4]) == [replace(each, unit=unit) for each, unit in zip(results, units, strict=True)]


def test_keys_and_checks_of_a_later_version_are_accepted(path: Path) -> None:
    """Later versions may add keys and checks to schema 1."""
    write(path, result(id="map.faithfulness"), news={"x": 1})
    change(path, 0, id="lyrics.rhyme", more=[1])

    file = read_verdict(path)

    assert (file.verdict.outcome, file.notes, file.verdict.checks[0].unit) == ("passed", (), "number")


@pytest.mark.parametrize("stated", VERDICTS)
def test_worse_of_stated_and_supported_verdict_is_returned(path: Path, stated: VerdictOutcome) -> None:
    ranked = ("failed", "inconclusive", "partial", "passed")
    for pair in combinations_with_replacement(OUTCOMES, 2):
        supported = outcome_of(results := [result(each) for each in pair])

        file = read_verdict(write(path, *results, verdict=stated))

        assert file.verdict.outcome == min(stated, supported, key=ranked.index)
        assert bool(file.notes) == (stated == "passed" != supported)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"checks": []}, "partial"),
        ({"error": {"kind": "Interrupted", "message": "at half"}}, "failed"),
        ({"run": None}, "failed"),
    ],
)
def test_passed_without_checks_or_run_or_with_an_error_is_rejected(
    path: Path, changes: dict[str, Any], outcome: VerdictOutcome
) -> None:
    file = read_verdict(write(path, result(), promoted=True, **changes))

    assert (file.verdict.outcome, file.verdict.promoted) == (outcome, False)
    assert file.notes[0] == (
        f"the file says passed, but its content is {outcome}: it was changed or assembled by hand"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schema": 2}, ["schema 2", "reads schema 1"]),
        ({"schema": "1"}, ["schema '1'"]),
        ({"schema": True}, ["schema True"]),
        ({"schema": "removed"}, ["schema None"]),
        ({"verdict": "removed"}, ["no key `verdict`"]),
        ({"verdict": "PASSED"}, ["verdict", "PASSED"]),
        ({"verdict": "ok"}, ["verdict", "'passed'"]),
        ({"verdict": ["passed"]}, ["verdict"]),
        ({"checks": "removed"}, ["checks"]),
        ({"checks": {}}, ["checks"]),
        ({"checks": [{"id": "x"}]}, ["checks.0"]),
        ({"error": "removed"}, ["error"]),
        ({"error": "boom"}, ["error"]),
        ({"run": "removed"}, ["run"]),
        ({"run": "F/1"}, ["run", "F/1"]),
        ({"promoted": "yes"}, ["promoted"]),
        ({"promotion": "maybe"}, ["promotion"]),
        ({"finished_at": "yesterday"}, ["finished_at"]),
        ({"finished_at": "2026-01-01T00:00:00"}, ["finished_at"]),
        ({"arguments": "x"}, ["arguments"]),
    ],
    ids=str,
)
def test_invalid_verdict_is_an_error_that_names_the_file_and_the_key(
    path: Path, changes: dict[str, Any], words: list[str]
) -> None:
    write(path, result(), **changes)

    with pytest.raises(UsageError) as caught:
        read_verdict(path)
    for word in (str(path), *words):
        assert word in str(caught.value)


@pytest.mark.parametrize(("key", "value"), [("outcome", "skipped"), ("bound", {"from": "user"}), ("tracks", [1])])
def test_invalid_check_is_an_error_that_names_its_key(path: Path, key: str, value: object) -> None:
    """An unknown outcome is an error, because it may be a failure."""
    write(path, result())
    change(path, 0, **{key: value})

    with pytest.raises(UsageError, match=rf"checks\.0\.{key}"):
        read_verdict(path)


@given(cut=st.integers(0, 10_000))
def test_truncated_file_is_an_error(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = write(tmp_path_factory.getbasetemp() / "half.json", result(), result("failed"))
    whole = path.read_bytes()
    path.write_bytes(whole[: cut % len(whole)])

    with pytest.raises(UsageError, match="half"):
        read_verdict(path)


@pytest.mark.parametrize(
    "content", [b"null", b"[]", b'"passed"', b"passed", b"\xff\xfe", b"[" * 100_000, b"NaN", b""]
)
def test_file_without_a_json_object_is_an_error(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(UsageError, match="is not a verdict"):
        read_verdict(path)


def test_nan_in_a_file_is_an_error(path: Path) -> None:
    """Python's JSON parser accepts NaN by default."""
    write(path, result(value=0.5))
    path.write_text(path.read_text(encoding="utf-8").replace("0.5", "NaN"), encoding="utf-8")

    with pytest.raises(UsageError, match="NaN is not JSON"):
        read_verdict(path)


def test_missing_file_and_folder_are_errors(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone.json"):
        with pytest.raises(UsageError, match="cannot be read"):
            read_verdict(path)


@pytest.mark.parametrize("check_id", [each.id for each in FLOOR])
def test_file_below_the_floor_is_partial_and_lists_the_missing_check(path: Path, check_id: str) -> None:
    write(path, result(), champion={"pathspec": "F/1"})
    change(path, 1 + [each.id for each in FLOOR].index(check_id), outcome="off")

    file = read_verdict(path)

    assert file.verdict.outcome == "partial"
    assert "the file says passed" in file.notes[0]
    assert check_id.partition(".")[0] in file.notes[1]


def test_bound_looser_than_chance_does_not_count(path: Path) -> None:
    loose = replace(at_most(1e9, "user"), looser_than_chance=True)
    write(path, result())
    change(path, 1, bound=loose.as_json())

    file = read_verdict(path)

    assert (file.verdict.outcome, file.verdict.checks[1].bound) == ("partial", loose)
    assert "looser than chance" in file.notes[1]


@pytest.mark.parametrize(
    ("promotion", "reason"),
    [("pending", "its promotion was started and not completed"), ("failed", "its promotion failed")],
)
def test_unsettled_promotion_is_rejected(path: Path, promotion: str, reason: str) -> None:
    file = read_verdict(write(path, result(), promotion=promotion, promoted=True))

    assert (file.verdict.outcome, file.verdict.promoted) == ("failed", False)
    assert file.notes[-1].startswith(f"the verdict is rejected: {reason}")


@pytest.mark.parametrize("promotion", [None, "done", "removed"])
def test_settled_promotion_or_none_is_accepted(path: Path, promotion: str | None) -> None:
    assert read_verdict(write(path, result(), promotion=promotion)).verdict.outcome == "passed"


@pytest.mark.parametrize(
    ("finished_at", "reason"),
    [
        ("2026-01-02T11:30:00+00:00", ""),
        ("2026-01-02T12:04:00Z", ""),
        ("2026-01-02T10:59:59Z", "ago, expected at most 1:00:00"),
        ("2026-01-02T12:06:00Z", "in the future"),
        ("removed", "does not say when its run finished"),
    ],
)
def test_verdict_that_is_too_old_is_rejected(path: Path, finished_at: str, reason: str) -> None:
    file = read_verdict(write(path, result(), finished_at=finished_at))

    expected = file.expected(None, timedelta(hours=1), NOW)

    assert file.expected(None, None, NOW) is file
    assert expected.verdict.outcome == ("failed" if reason else "passed")
    assert reason in "".join(expected.notes)


@pytest.mark.parametrize(
    ("run", "expected", "matches"),
    [
        ({"source": "metaflow", "pathspec": "F/12"}, "F/12", True),
        ({"source": "metaflow", "pathspec": "F/12"}, "12", True),
        ({"source": "metaflow", "pathspec": "F/12"}, "2", False),
        ({"source": "metaflow", "pathspec": "F/12"}, "G/12", False),
        ({"source": "metaflow", "pathspec": "F/12"}, "", False),
        ({"source": "files", "pathspec": "models/v.kv"}, "./models/v.kv", True),
        ({"source": "files", "pathspec": "models/v.kv"}, "v.kv", False),
        (None, "F/12", False),
    ],
)
def test_verdict_of_another_run_is_rejected(path: Path, run: object, expected: str, *, matches: bool) -> None:
    file = read_verdict(write(path, result(), run=run)).expected(expected, None, NOW)

    assert (file.verdict.outcome == "passed") is matches
    assert any(f", expected {expected}" in note for note in file.notes) is not matches
