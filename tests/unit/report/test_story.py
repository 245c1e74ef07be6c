"""What every telling of a verdict shares."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.checks.bounds import Bound, at_least, at_most
from embedgate.judgement.result import CheckResult
from embedgate.judgement.verdict import VerdictRecord
from embedgate.report.story import (
    about,
    absence,
    alike,
    blame,
    bound_of,
    brief,
    compared_with,
    counts,
    families,
    interval_of,
    line_of,
    line_of_all,
    lines,
    not_applicable,
    one_line,
    worth_saying,
)


def result(check_id: str = "f.x", outcome: Any = "failed", **more: Any) -> CheckResult:
    """A result of some check."""
    return CheckResult(id=check_id, outcome=outcome, **{"severity": "fail", **more})


def test_what_stops_comes_first_and_what_is_as_it_should_be_not_at_all() -> None:
    """Error, failed, inconclusive that stops, inconclusive that does not, warned; else as the checks stand."""
    given_ = [
        result("f.passed", "passed"),
        result("f.warned", "warned", severity="warn"),
        result("f.natural", "inconclusive", severity="warn"),
        result("f.open", "inconclusive"),
        result("f.one"),
        result("f.two"),
        result("f.error", "error"),
        *(result(f"f.{each}", each) for each in ("off", "no_baseline", "not_run", "not_applicable")),
    ]

    told = [each.id for each in worth_saying(given_)]

    assert told == ["f.error", "f.one", "f.two", "f.open", "f.natural", "f.warned"]


def test_checks_without_a_value_are_told_once_a_family_and_cause() -> None:
    """One line for one cause; another family, outcome, severity or cause, and what has a value, has its own."""
    few = [result(f"a.pair[{number}]", "inconclusive", severity="warn", message="Few tags.") for number in range(28)]
    others = [
        result("b.genre", "inconclusive", severity="warn", message="Few tags."),
        result("a.fails_gate", "inconclusive", message="Few tags."),
        result("a.other", "inconclusive", severity="warn", message="Few artists."),
        result("a.one", "warned", value=0.1, message="Low."),
        result("a.two", "warned", value=0.1, message="Low."),
        result("a.listed", "failed", message="Never.", tracks=("A-x",)),
        result("a.listed_too", "failed", message="Never.", tracks=("A-x",)),
    ]

    told = alike([*few, *others])

    assert [those.first.id for those in told] == ["a.pair[0]", *(each.id for each in others)]
    assert line_of_all(told[0]) == "INCONCLUSIVE a.pair[0], a.pair[1], a.pair[2] and 25 more: Few tags."
    assert line_of_all(told[1]) == line_of(others[0])


def test_what_is_not_applicable_is_told_apart_from_what_is_wrong() -> None:
    """One line a family and cause, in the order of the checks, and none of it among what is worth saying."""
    results = [
        result("a.x", "not_applicable", message="No artists."),
        result("a.y", "passed"),
        result("a.z", "not_applicable", message="No artists."),
        result("b.x", "not_applicable", message="No artists."),
    ]

    assert worth_saying(results) == []
    assert [line_of_all(those) for those in not_applicable(results)] == [
        "NOT APPLICABLE a.x, a.z: No artists.",
        "NOT APPLICABLE b.x (–): No artists.",
    ]
    assert counts(results) == "3 not applicable, 1 passed"


def test_counts_a_family() -> None:
    """The worst outcome first, families in the order of the checks."""
    results = [result("a.x", "passed"), result("b.x", "no_baseline"), result("a.y"), result("a.z", "passed")]

    assert counts(results) == "1 failed, 1 no baseline, 2 passed"
    assert families(results) == {"a": "1 failed, 2 passed", "b": "1 no baseline"}


@pytest.mark.parametrize(
    ("bound", "unit", "said"),
    [
        (at_least(0.9, "user"), "share", "≥ 90.0% (yours)"),
        (at_most(0, "null", constant=True), "count", "≤ 0 (default)"),
        (at_least(0.515, "null"), "number", "≥ 0.515 (chance)"),
        (at_least(2, "champion"), "factor", "≥ 2.0x (champion)"),
        (Bound("at_least", float("nan"), "user"), "number", "≥ – (yours)"),
        (None, "number", ""),
    ],
)
def test_a_bound_has_its_unit_and_its_owner(bound: Bound | None, unit: str, said: str) -> None:
    """One way to say whose bound it is, in report, summary and command."""
    assert bound_of(result(bound=bound, unit=unit)) == said


def test_no_baseline_has_none() -> None:
    """No bound is said where one was missed; an interval of no numbers shows none."""
    assert bound_of(result(outcome="no_baseline")) == "none"
    assert interval_of(result(interval=(0.1, 0.25), unit="share")) == "10.0% to 25.0%"
    assert interval_of(result(interval=(float("nan"), 0.25))) == "– to 0.250"
    assert interval_of(result()) == ""


def test_about_names_run_and_champion() -> None:
    """Who made what when, against what, with which config."""
    run = {"pathspec": "F/1", "finished_at": "2026-07-01T10:20:30+00:00", "user": "ann", "tags": ["a", "b"]}
    found = VerdictRecord(
        outcome="passed", results=[], run=run, champion={"pathspec": "F/0"}, config="quality_checks.toml"
    )

    assert about(found) == [
        ("run", "F/1"),
        ("finished", "2026-07-01 10:20 UTC"),
        ("by", "ann"),
        ("tags", "a, b"),
        ("champion", "F/0"),
        ("config", "quality_checks.toml"),
    ]
    assert about(VerdictRecord(outcome="failed", results=[], run=None)) == [
        ("champion", "none, nothing was compared"),
        ("config", "none: defaults"),
    ]


def test_the_champion_in_one_line() -> None:
    """What is known of it, and whether it is the tested run; of a file that was tampered with, no more than text."""
    known = {
        "pathspec": "F/0",
        "finished_at": "2026-07-01T10:20:30+00:00",
        "user": "ann",
        "vectors": {"tracks": 1234, "dimensions": 48},
        "is_the_tested_run": True,
    }

    assert compared_with(known, "off") == (
        "F/0, finished 2026-07-01 10:20 UTC, by ann, 1,234 tracks of 48 dimensions; "
        "the tested run is the champion itself"
    )
    assert compared_with({"pathspec": 3, "vectors": [1], "is_the_tested_run": "no"}, "off") == "3"
    assert compared_with(None, "none yet") == "none yet, nothing was compared"


@pytest.mark.parametrize(
    ("outcomes", "why"),
    [(("off", "not_run"), "off"), (("off", "no_baseline"), "none yet"), (("not_run",), "none"), ((), "none")],
)
def test_why_there_is_no_champion(outcomes: tuple[str, ...], why: str) -> None:
    """Switched off; not there yet; or nobody asked."""
    results = [result("f.x", "no_baseline"), *(result("champion.x", each) for each in outcomes)]

    assert absence(results) == why


def test_a_line_says_what_and_by_how_much() -> None:
    """Outcome, id, value in its unit, sentence; the worst tracks quoted, the rest counted."""
    one = result(value=0.31, unit="share", message="31.0% are", tracks=("a", "b\n", "c", "d"))

    assert line_of(one) == "FAILED f.x (31.0%): 31.0% are"
    assert blame(one, 2) == "to blame: 'a', 'b\\n' and 2 more"
    assert blame(one, 4) == "to blame: 'a', 'b\\n', 'c', 'd'"
    assert blame(result(tracks=("x",) * 50), 1).endswith("and more")
    assert blame(result(), 3) == ""


def test_a_brief_line_says_value_and_bound() -> None:
    """Where the message stands above; what was held against no bound keeps its message."""
    one = result(value=0.31, unit="share", message="31.0% are", bound=at_least(0.5, "user"))

    assert brief(one) == "FAILED f.x (31.0%): ≥ 50.0% (yours) is asked for"
    assert brief(result(outcome="error", message="boom")) == "ERROR f.x (–): boom"
    undecided = brief(replace(one, outcome="inconclusive", message="The map is not faithful."))
    assert undecided == "INCONCLUSIVE f.x (31.0%): The map is not faithful."


@given(
    st.text(st.characters(exclude_categories=())) | st.text(st.sampled_from("\n\r\u2028\x85 :#[]a\u202e\x1b\ud83d"))
)
def test_no_name_commands_the_runner_or_the_terminal(name: str) -> None:
    """One line, no control character, nothing turned round, and neither `::` in front nor `##[` anywhere."""
    said = one_line(name)

    assert len(said.splitlines()) <= 1
    assert not said.lstrip().startswith("::")
    assert "##[" not in said
    assert "\u202e" not in said
    assert "\x1b" not in said
    said.encode()


def test_a_traceback_stays_in_lines() -> None:
    """What has several lines keeps them and its indentation, each made harmless."""
    assert lines("Boom:\n  ::error::x\n    at y") == "Boom:\n  : :error::x\n    at y"
