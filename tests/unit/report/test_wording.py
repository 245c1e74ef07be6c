"""Results and verdicts in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from embedgate.checks.bounds import Bound, at_least, at_most
from embedgate.judgement.diagnosis_record import Diagnosis
from embedgate.judgement.result import CheckResult
from embedgate.judgement.verdict import VerdictRecord, outcome_of
from embedgate.material.metadata import TrackMetadata
from embedgate.report.wording import (
    bound_text,
    brief_line,
    cause_lines,
    champion_text,
    explained_line,
    family_counts,
    group_line,
    interval_text,
    offending_tracks,
    outcome_counts,
    sampled_text,
    verdict_facts,
    verdict_sentence,
)


def result(check_id: str = "f.x", outcome: Any = "failed", **more: Any) -> CheckResult:
    return CheckResult(id=check_id, outcome=outcome, **{"severity": "fail", **more})


def test_counts_start_with_the_worst_outcome() -> None:
    results = [result("a.x", "passed"), result("b.x", "no_baseline"), result("a.y"), result("a.z", "passed")]

    assert outcome_counts(results) == "1 failed, 1 no baseline, 2 passed"
    assert family_counts(results) == {"a": "1 failed, 2 passed", "b": "1 no baseline"}


@pytest.mark.parametrize(
    ("bound", "unit", "text"),
    [
        (at_least(0.9, "user"), "share", "≥ 90.0% (configured)"),
        (at_most(0, "null", constant=True), "count", "≤ 0 (default)"),
        (at_least(0.515, "null"), "number", "≥ 0.515 (chance level)"),
        (at_least(2, "champion"), "factor", "≥ 2.0x (calibrated on retrains)"),
        (at_most(2, "champion", constant=True), "count", "≤ 2 (default retrain band)"),
        (Bound("at_least", float("nan"), "user"), "number", "≥ – (configured)"),
        (None, "number", ""),
    ],
)
def test_bound_has_its_unit_and_its_source(bound: Bound | None, unit: str, text: str) -> None:
    assert bound_text(result(bound=bound, unit=unit)) == text


def test_missing_and_infinite_numbers_are_shown_as_none_or_dash() -> None:
    """An infinite end of an interval is null in JSON and is shown as a dash."""
    assert bound_text(result(outcome="no_baseline")) == "none"
    assert interval_text(result(interval=(0.1, 0.25), unit="share")) == "10.0% to 25.0%"
    assert interval_text(result(interval=(float("nan"), 0.25))) == "– to 0.250"
    assert interval_text(result()) == ""


def test_facts_of_a_verdict_are_listed() -> None:
    run = {"pathspec": "F/1", "finished_at": "2026-07-01T10:20:30+00:00", "user": "ann", "tags": ["a", "b"]}
    verdict = VerdictRecord(
        outcome="passed", checks=(), run=run, champion={"pathspec": "F/0"}, config="quality_checks.toml"
    )

    assert verdict_facts(verdict) == [
        ("run", "F/1"),
        ("finished", "2026-07-01 10:20 UTC"),
        ("by", "ann"),
        ("tags", "a, b"),
        ("champion", "F/0"),
        ("config", "quality_checks.toml"),
    ]
    sampled = {"queries": 20_000, "tracks": 1_000_000, "seed": 0}
    assert verdict_facts(VerdictRecord(outcome="failed", checks=(), run=None, sampled=sampled)) == [
        ("champion", "none, nothing was compared"),
        ("config", "none: defaults"),
        ("sampled", sampled_text(sampled)),
    ]
    assert sampled_text(sampled) == (
        "neighbours of 20,000 of 1,000,000 tracks, drawn by popularity; integrity, coverage, displacement and the "
        "rate of duplicates are of all tracks"
    )


@pytest.mark.parametrize(
    ("outcomes", "message", "absence"),
    [
        (("off", "not_run"), "switched off by --gate-champion=none", "off"),
        (("off", "not_run"), "there is no champion to compare with", "none"),
        (("off", "no_baseline"), "switched off in [checks]", "none yet"),
        (("not_run",), "did not run", "none"),
        ((), "", "none"),
    ],
)
def test_facts_state_why_there_is_no_champion(outcomes: tuple[str, ...], message: str, absence: str) -> None:
    results = [result("f.x", "no_baseline"), *(result("champion.x", each, message=message) for each in outcomes)]

    facts = dict(verdict_facts(VerdictRecord(outcome="partial", checks=tuple(results), run=None)))

    assert facts["champion"] == f"{absence}, nothing was compared"


def test_champion_is_described_in_one_line() -> None:
    """Values of an unexpected type, as in a manipulated verdict.json, are left out."""
    champion = {
        "pathspec": "F/0",
        "finished_at": "2026-07-01T10:20:30+00:00",
        "user": "ann",
        "vectors": {"tracks": 1234, "dimensions": 48},
        "is_the_tested_run": True,
    }

    assert champion_text(champion, "off") == (
        "F/0, finished 2026-07-01 10:20 UTC, by ann, 1,234 tracks of 48 dimensions; "
        "the tested run is the champion itself"
    )
    assert champion_text({"pathspec": 3, "vectors": [1], "is_the_tested_run": "no"}, "off") == "3"
    assert champion_text(None, "none yet") == "none yet, nothing was compared"


def test_explained_checks_are_listed_without_their_messages() -> None:
    low = result(value=0.1, message="0.100, expected >= 0.500 (default). The share is 0.1. Check it.")
    counted = result("f.y", value=0.25, message="Another sentence.")
    few = [result(f"f.{number}", "inconclusive", message=f"No {number}.") for number in range(5)]

    assert explained_line([low]) == "FAILED f.x: 0.100, expected >= 0.500 (default)"
    assert explained_line([counted]) == "FAILED f.y (0.250): see the cause below"
    assert explained_line(few) == "INCONCLUSIVE f.0, f.1, f.2 and 2 more: see the cause below"


def test_cause_is_followed_by_examples_and_by_what_to_do() -> None:
    found = Diagnosis(
        cause="keys.other_spelling",
        sentence="Keys differ.",
        action="Fold case.",
        examples={"keys of the model": ("a", "b"), "keys of the playlists": ("A", "B")},
        explains=("f.x", "f.y"),
    )

    assert cause_lines(found) == [
        "cause of 2 checks: Keys differ.",
        "    keys of the model: 'a', 'b'; keys of the playlists: 'A', 'B'",
        "    Fold case.",
    ]
    assert cause_lines(replace(found, examples={}, explains=("f.x",))) == [
        "cause of 1 check: Keys differ.",
        "    Fold case.",
    ]


@pytest.mark.parametrize(
    ("outcomes", "more", "sentence"),
    [
        (("passed",), {}, "All checks that can fail the gate passed. This model may be promoted."),
        (
            ("passed",),
            {"promoted": True},
            "All checks that can fail the gate passed. This model is the champion now.",
        ),
        (
            ("passed",),
            {"promotion": "pending"},
            "All checks that can fail the gate passed. The promotion is pending.",
        ),
        (("failed", "passed"), {}, "1 of 2 checks fails the gate (f0). Promotion is blocked."),
        (
            ("failed", "error", "inconclusive", "passed"),
            {},
            "3 of 4 checks fail the gate (f0, f1, f2). Promotion is blocked.",
        ),
        (("inconclusive",), {}, "A check that can fail the gate is inconclusive. Promotion is blocked."),
        (("not_run",), {"missing": ("x",)}, "Some checks did not run, and an incomplete run cannot pass."),
        (
            ("no_baseline",),
            {"outcome": "partial", "missing": ("x",)},
            "Too little was checked for this model to pass.",
        ),
        (
            ("failed",),
            {"error": {"kind": "A", "message": "b"}},
            "The gate ended with an error. Promotion is blocked.",
        ),
    ],
)
def test_verdict_is_summarized_in_a_sentence(outcomes: tuple[str, ...], more: dict[str, Any], sentence: str) -> None:
    results = [result(f"f{number}.x", outcome) for number, outcome in enumerate(outcomes)]

    verdict = VerdictRecord(**{"outcome": outcome_of(results), "checks": tuple(results), "run": None, **more})

    assert verdict_sentence(verdict) == sentence


def test_line_has_outcome_value_and_message() -> None:
    """The value is not repeated if the message starts with it."""
    assert group_line([result(value=0.31, unit="share", message="31.0% are")]) == "FAILED f.x (31.0%): 31.0% are"
    assert group_line([result(outcome="error", message="boom")]) == "ERROR f.x: boom"
    message = "0.310, expected >= 0.500 (configured). Low."
    assert group_line([result(value=0.31, message=message)]) == f"FAILED f.x: {message}"


def test_line_of_a_group_lists_its_first_checks() -> None:
    group = [result(f"a.pair[{number}]", "inconclusive", message="Few tags.") for number in range(28)]

    assert group_line(group) == "INCONCLUSIVE a.pair[0], a.pair[1], a.pair[2] and 25 more: Few tags."
    assert group_line(group[:2]) == "INCONCLUSIVE a.pair[0], a.pair[1]: Few tags."


def test_brief_line_has_value_and_bound() -> None:
    """The whole message is used if value and bound do not explain the outcome."""
    message = "31.0%, expected >= 50.0% (configured). 31.0% are. Check the data."

    brief = brief_line(result(value=0.31, unit="share", message=message, bound=at_least(0.5, "user")))

    assert brief == "FAILED f.x: 31.0%, expected >= 50.0% (configured)"
    assert brief_line(result(outcome="error", message="boom. Bang.")) == "ERROR f.x: boom. Bang."
    never = result(value=3, unit="count", message="'x' is forbidden. Check.", bound=at_least(3, "user"))
    assert brief_line(never) == "FAILED f.x (3): 'x' is forbidden. Check."


def test_offending_tracks_are_quoted_and_the_rest_is_counted() -> None:
    """verdict.json lists at most 50 tracks, so with 50 tracks there may be more."""
    one = result(tracks=("a", "b\n", "c", "d"))

    assert offending_tracks(one, 2) == "Offending tracks: 'a', 'b\\n' and 2 more"
    assert offending_tracks(one, 4) == "Offending tracks: 'a', 'b\\n', 'c', 'd'"
    assert offending_tracks(result(tracks=("x",) * 50), 1).endswith("'x' and more")
    assert offending_tracks(result(), 3) == ""


def test_offending_tracks_have_their_names_in_the_catalogue() -> None:
    catalogue = TrackMetadata("file items.csv", titles={"1": "Hello", "2": "Roads"}, artists={"1": "Adele"})

    shown = offending_tracks(result(tracks=("1", "2", "3")), 3, catalogue)

    assert shown == "Offending tracks: '1' (Adele \N{EN DASH} Hello), '2' (Roads), '3'"
