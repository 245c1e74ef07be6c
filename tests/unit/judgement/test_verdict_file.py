"""A verdict that is read back: the same, refused, or believed less than it says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.checks.bounds import at_least, at_most
from embedgate.errors import UsageError
from embedgate.judgement.floor import ONE_OF, REQUIRED
from embedgate.judgement.result import CheckResult, Outcome
from embedgate.judgement.verdict import VerdictOutcome, VerdictRecord, fold
from embedgate.judgement.verdict_file import read_verdict

if TYPE_CHECKING:
    from pathlib import Path

WORDS: tuple[VerdictOutcome, ...] = get_args(VerdictOutcome)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
RUN = {"source": "files", "pathspec": "v.kv", "tags": []}


def result(outcome: Outcome = "passed", **more: Any) -> CheckResult:
    """A result of some check."""
    return CheckResult(**{"id": "custom.x", "outcome": outcome, "severity": "fail", **more})


FLOOR = tuple(result(id=check_id) for check_id in (*REQUIRED, ONE_OF[1], "champion.misplaced"))


def write(path: Path, *results: CheckResult, **changes: Any) -> Path:
    """A verdict on disk that reaches the floor, some of its keys changed after it was written."""
    VerdictRecord(outcome=fold(results), results=(*results, *FLOOR), run=RUN).write(path)
    plain = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps({key: value for key, value in plain.items() if value != "left out"}), encoding="utf-8")
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the verdict is."""
    return tmp_path / "verdict.json"


def test_it_is_what_was_written(path: Path) -> None:
    """Every fact of every check comes back, with the unit that the file does not hold."""
    results = [
        result("failed", id="duplicates.rate", value=0.1, interval=(0.05, 0.2), bound=at_most(0.05, "user"), n=9),
        result(
            "passed", id="integrity.finite", value=0.0, bound=at_most(0, "null", constant=True), message="none", n=9
        ),
        result("warned", severity="warn", tracks=("a", "b")),
        result("off", severity="off"),
    ]
    file = read_verdict(write(path, *results, champion={"pathspec": "F/1"}))
    found = file.verdict

    assert file.notes == ()
    assert (found.outcome, found.run, found.champion, found.error) == ("failed", RUN, {"pathspec": "F/1"}, None)
    assert [each.unit for each in found.results[:4]] == ["share", "count", "number", "number"]
    units = ["share", "count", "number", "number"]
    expected = [{**each.as_dict(), "unit": unit} for each, unit in zip(results, units, strict=True)]
    assert [each.as_dict() for each in found.results[:4]] == expected


def test_infinity_that_no_file_holds_comes_back_as_no_number(path: Path) -> None:
    """A bound or an interval without an end is read, not refused."""
    file = read_verdict(
        write(path, result("failed", bound=at_least(float("inf"), "user"), interval=(float("-inf"), 1.0)))
    )
    found = file.verdict
    bound, interval = found.results[0].bound, found.results[0].interval

    assert bound is not None
    assert interval is not None
    assert (bound.kind, bound.source, interval[1]) == ("at_least", "user", 1.0)
    assert bound.limit != bound.limit
    assert interval[0] != interval[0]


def test_keys_that_a_later_version_added_do_no_harm(path: Path) -> None:
    """Keys are only ever added to schema 1, and checks too."""
    plain = json.loads(write(path, result(id="map.faithfulness")).read_text(encoding="utf-8"))
    plain["news"] = {"x": 1}
    plain["checks"][0] |= {"id": "lyrics.rhyme", "more": [1]}
    path.write_text(json.dumps(plain), encoding="utf-8")

    file = read_verdict(path)

    assert (file.verdict.outcome, file.notes, file.verdict.checks[0].unit) == ("passed", (), "number")


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_only_as_good_as_its_checks(path: Path, word: VerdictOutcome) -> None:
    """The worse of what the file says and what its checks come to, for any two outcomes."""
    ranked = ("failed", "inconclusive", "partial", "passed")
    for one, other in product(OUTCOMES, repeat=2):
        results = [result(one), result(other)]
        file = read_verdict(write(path, *results, verdict=word))

        assert file.verdict.outcome == min(word, fold(results), key=ranked.index)
        assert bool(file.notes) == (word == "passed" != fold(results))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"checks": []}, "partial"),
        ({"error": {"kind": "Interrupted", "message": "half way"}}, "failed"),
        ({"run": None}, "failed"),
    ],
)
def test_passed_with_nothing_behind_it_is_not_believed(
    path: Path, changes: dict[str, Any], word: VerdictOutcome
) -> None:
    """No check, an error, no run: it says passed and is not, nor was anything promoted."""
    file = read_verdict(write(path, result(), promoted=True, **changes))

    assert (file.verdict.outcome, file.verdict.promoted) == (word, False)
    assert "the file says passed" in file.notes[0]
    assert word in file.notes[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schema": 2}, ["schema 2", "reads 1"]),
        ({"schema": "1"}, ["schema '1'"]),
        ({"schema": True}, ["schema True"]),
        ({"schema": "left out"}, ["schema None"]),
        ({"verdict": "left out"}, ["no key `verdict`"]),
        ({"verdict": "PASSED"}, ["verdict", "PASSED"]),
        ({"verdict": "ok"}, ["verdict", "'passed'"]),
        ({"verdict": ["passed"]}, ["verdict"]),
        ({"checks": "left out"}, ["checks"]),
        ({"checks": {}}, ["checks"]),
        ({"checks": [{"id": "x"}]}, ["checks.0"]),
        ({"error": "left out"}, ["error"]),
        ({"error": "boom"}, ["error"]),
        ({"run": "left out"}, ["run"]),
        ({"run": "F/1"}, ["run", "F/1"]),
        ({"promoted": "yes"}, ["promoted"]),
    ],
    ids=str,
)
def test_what_is_no_verdict_is_refused(path: Path, changes: dict[str, Any], words: list[str]) -> None:
    """Wrong schema, missing keys, unknown words: an error that names the file and the key."""
    write(path, result(), **changes)

    with pytest.raises(UsageError) as caught:
        read_verdict(path)
    for word in (str(path), *words):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("outcome", "skipped"),
        ("outcome", "PASSED"),
        ("severity", "error"),
        ("id", ""),
        ("value", "0.5"),
        ("ci", [1]),
        ("bound", {"from": "user"}),
        ("bound", {"at_least": 1, "at_most": 2, "from": "user"}),
        ("bound", {"at_least": 1, "from": "me"}),
        ("tracks", "abc"),
        ("tracks", [1]),
    ],
)
def test_a_check_that_says_something_unknown_is_refused(path: Path, key: str, value: object) -> None:
    """An outcome that this version does not know might be a bad one."""
    plain = json.loads(write(path, result()).read_text(encoding="utf-8"))
    plain["checks"][0][key] = value
    path.write_text(json.dumps(plain), encoding="utf-8")

    with pytest.raises(UsageError, match=rf"checks\.0\.{key}"):
        read_verdict(path)


@given(cut=st.integers(0, 10_000))
def test_half_a_file_is_refused(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    """Wherever the writing stopped, the file is not taken for a verdict."""
    path = write(tmp_path_factory.getbasetemp() / "half.json", result(), result("failed"))
    whole = path.read_bytes()
    path.write_bytes(whole[: cut % len(whole)])

    with pytest.raises(UsageError, match="half"):
        read_verdict(path)


@pytest.mark.parametrize(
    "content", [b"null", b"[]", b'"passed"', b"passed", b"\xff\xfe", b"[" * 100_000, b"NaN", b""]
)
def test_what_is_something_else_is_refused(path: Path, content: bytes) -> None:
    """Other JSON, other text, no text: no crash, and no verdict."""
    path.write_bytes(content)

    with pytest.raises(UsageError, match="is no verdict"):
        read_verdict(path)


def test_not_a_number_is_refused(path: Path) -> None:
    """Python would read NaN; JSON has none, and nobody wrote it."""
    write(path, result(value=0.5))
    path.write_text(path.read_text(encoding="utf-8").replace("0.5", "NaN"), encoding="utf-8")

    with pytest.raises(UsageError, match="NaN is no JSON"):
        read_verdict(path)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    """No file, or a folder: said plainly."""
    for path in (tmp_path, tmp_path / "gone.json"):
        with pytest.raises(UsageError, match="cannot be read"):
            read_verdict(path)


@pytest.mark.parametrize("check_id", [each.id for each in FLOOR])
def test_a_file_below_the_floor_is_partial(path: Path, check_id: str) -> None:
    """What was switched off is missing from the file too, and the reader learns what it was."""
    plain = json.loads(write(path, result(), champion={"pathspec": "F/1"}).read_text(encoding="utf-8"))
    for check in plain["checks"]:
        check["outcome"] = "off" if check["id"] == check_id else check["outcome"]
    path.write_text(json.dumps(plain), encoding="utf-8")

    file = read_verdict(path)

    assert file.verdict.outcome == "partial"
    assert "the file says passed" in file.notes[0]
    assert check_id.partition(".")[0] in file.notes[1]


def test_a_bound_that_is_looser_than_chance_is_read_back(path: Path) -> None:
    loose = replace(at_most(1e9, "user"), looser_than_chance=True)
    plain = json.loads(write(path, result()).read_text(encoding="utf-8"))
    plain["checks"][1]["bound"] = loose.as_json()
    path.write_text(json.dumps(plain), encoding="utf-8")

    file = read_verdict(path)

    assert (file.verdict.outcome, file.verdict.checks[1].bound) == ("partial", loose)
    assert "looser than chance" in file.notes[1]


@pytest.mark.parametrize(("promotion", "words"), [("pending", "was begun and not finished"), ("failed", "failed")])
def test_a_promotion_that_is_not_settled_is_no_pass(path: Path, promotion: str, words: str) -> None:
    file = read_verdict(write(path, result(), promotion=promotion, promoted=True))

    assert (file.verdict.outcome, file.verdict.promoted) == ("failed", False)
    assert words in file.notes[-1]


@pytest.mark.parametrize("promotion", [None, "done", "left out"])
def test_a_promotion_that_is_settled_or_was_not_asked_for_passes(path: Path, promotion: str | None) -> None:
    assert read_verdict(write(path, result(), promotion=promotion)).verdict.outcome == "passed"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("promotion", "maybe"),
        ("finished_at", "yesterday"),
        ("finished_at", "2026-01-01T00:00:00"),
        ("arguments", "x"),
    ],
)
def test_a_run_that_says_something_unknown_of_itself_is_refused(path: Path, key: str, value: str) -> None:
    with pytest.raises(UsageError, match=key):
        read_verdict(write(path, result(), **{key: value}))


NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("finished_at", "words"),
    [
        ("2026-01-02T11:30:00+00:00", ""),
        ("2026-01-02T12:04:00Z", ""),
        ("2026-01-02T10:59:59Z", "at most 1:00:00 is allowed"),
        ("2026-01-02T12:06:00Z", "in the future"),
        ("left out", "does not say when its run finished"),
    ],
)
def test_a_verdict_that_is_too_old_is_rejected(path: Path, finished_at: str, words: str) -> None:
    file = read_verdict(write(path, result(), finished_at=finished_at, nonce="n", arguments=["x"]))

    expected = file.expected(None, timedelta(hours=1), NOW)

    assert file.expected(None, None, NOW) is file
    assert (file.nonce, file.arguments) == ("n", ("x",))
    assert expected.verdict.outcome == ("failed" if words else "passed")
    assert words in "".join(expected.notes)


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
def test_a_verdict_of_another_run_is_rejected(path: Path, run: object, expected: str, *, matches: bool) -> None:
    file = read_verdict(write(path, result(), run=run)).expected(expected, None, NOW)

    assert (file.verdict.outcome == "passed") is matches
    assert any("is expected" in note for note in file.notes) is not matches
