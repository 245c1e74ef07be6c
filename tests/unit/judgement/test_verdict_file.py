"""A verdict that is read back: the same, refused, or believed less than it says."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.errors import UsageError
from embedgate.judgement.bounds import at_least, at_most
from embedgate.judgement.outcomes import Outcome, Result
from embedgate.judgement.verdict import Verdict, Word, verdict_of
from embedgate.judgement.verdict_file import read_verdict

if TYPE_CHECKING:
    from pathlib import Path

WORDS: tuple[Word, ...] = get_args(Word)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
RUN = {"source": "files", "pathspec": "v.kv", "tags": []}


def result(outcome: Outcome = "passed", **more: Any) -> Result:
    """A result of some check."""
    return Result(**{"id": "custom.x", "outcome": outcome, "severity": "fail", **more})


def write(path: Path, *results: Result, **changes: Any) -> Path:
    """A verdict on disk, some of its keys changed after it was written."""
    Verdict(word=verdict_of(results), results=results, run=RUN).write(path)
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
    found, note = read_verdict(write(path, *results, champion={"pathspec": "F/1"}))

    assert note == ""
    assert (found.word, found.run, found.champion, found.error) == ("failed", RUN, {"pathspec": "F/1"}, None)
    assert [each.unit for each in found.results] == ["share", "count", "number", "number"]
    units = ["share", "count", "number", "number"]
    expected = [{**each.as_dict(), "unit": unit} for each, unit in zip(results, units, strict=True)]
    assert [each.as_dict() for each in found.results] == expected


def test_infinity_that_no_file_holds_comes_back_as_no_number(path: Path) -> None:
    """A bound or an interval without an end is read, not refused."""
    found, _ = read_verdict(
        write(path, result("failed", bound=at_least(float("inf"), "user"), interval=(float("-inf"), 1.0)))
    )
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

    found, note = read_verdict(path)

    assert (found.word, note, found.results[0].unit) == ("passed", "", "number")


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_only_as_good_as_its_checks(path: Path, word: Word) -> None:
    """The worse of what the file says and what its checks come to, for any two outcomes."""
    ranked = ("failed", "inconclusive", "partial", "passed")
    for one, other in product(OUTCOMES, repeat=2):
        results = [result(one), result(other)]
        found, note = read_verdict(write(path, *results, verdict=word))

        assert found.word == min(word, verdict_of(results), key=ranked.index)
        assert bool(note) == (word == "passed" != verdict_of(results))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"checks": []}, "partial"),
        ({"error": {"kind": "Interrupted", "message": "half way"}}, "failed"),
        ({"run": None}, "failed"),
    ],
)
def test_passed_with_nothing_behind_it_is_not_believed(path: Path, changes: dict[str, Any], word: Word) -> None:
    """No check, an error, no run: it says passed and is not, nor was anything promoted."""
    found, note = read_verdict(write(path, result(), promoted=True, **changes))

    assert (found.word, found.promoted) == (word, False)
    assert "the file says passed" in note
    assert word in note


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
