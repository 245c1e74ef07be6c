"""Two models side by side, as text and as JSON."""

from __future__ import annotations

from dataclasses import replace

import pytest

from embedgate.checks.bounds import Bound
from embedgate.judgement.result import CheckResult
from embedgate.report.side_by_side import SideBySide

MODEL = {"pathspec": "F/1", "vectors": {"tracks": 9, "dimensions": 2}}
SHARE = CheckResult(id="duplicates.rate", outcome="passed", severity="fail", value=0.25, unit="share")
COUNT = CheckResult(id="vocabulary.size", outcome="passed", severity="warn", value=9.0, unit="count")
ABSENT = CheckResult(id="neighbours.same_artist", outcome="not_applicable", severity="fail")
LOST = CheckResult(
    id="champion.lost",
    outcome="failed",
    severity="fail",
    value=0.5,
    interval=(0.4, 0.6),
    bound=Bound("at_most", 0.005, "champion"),
    message="50.0%, expected <= 0.5%",
    tracks=("a \x1b[31m", "b", "c", "d"),
    unit="share",
)


def side_by_side(*more: CheckResult) -> SideBySide:
    return SideBySide(
        a=MODEL,
        b=MODEL | {"pathspec": "F/2"},
        a_results=[SHARE, COUNT, ABSENT],
        b_results=[replace(SHARE, value=0.2), replace(COUNT, value=10.0), ABSENT, LOST, *more],
        playlists="F/2",
        config=None,
    )


def test_text_has_a_row_for_each_measure_and_each_comparison() -> None:
    lines = list(side_by_side().lines())

    assert lines[:3] == [
        "A: F/1, 9 tracks of 2 dimensions",
        "B: F/2, 9 tracks of 2 dimensions",
        "playlists of F/2, config none: defaults",
    ]
    rows = {line.split()[0]: line.split() for line in lines[4:] if line}
    assert rows["duplicates.rate"][1:] == ["25.0%", "20.0%", "-5.0", "pp", "passed", "passed"]
    assert rows["vocabulary.size"][1:] == ["9", "10", "+1", "passed", "passed"]
    assert rows["neighbours.same_artist"][1:4] == ["–", "–", "–"]
    assert "50.0%  40.0% to 60.0%  ≤ 0.5%" in next(line for line in lines if line.startswith("champion.lost "))
    assert lines[-2].startswith("FAILED champion.lost: 50.0%, expected <= 0.5%")
    assert lines[-1].startswith("    Offending tracks: 'a ")
    assert "\x1b" not in "".join(lines)


def test_json_has_values_differences_and_comparisons() -> None:
    plain = side_by_side().as_json()

    assert plain["measures"] == [
        {
            "id": "duplicates.rate",
            "unit": "share",
            "a": {"value": 0.25, "ci": None, "outcome": "passed"},
            "b": {"value": 0.2, "ci": None, "outcome": "passed"},
            "difference": pytest.approx(-0.05),
        },
        {
            "id": "vocabulary.size",
            "unit": "count",
            "a": {"value": 9.0, "ci": None, "outcome": "passed"},
            "b": {"value": 10.0, "ci": None, "outcome": "passed"},
            "difference": 1.0,
        },
        {
            "id": "neighbours.same_artist",
            "unit": "number",
            "a": {"value": None, "ci": None, "outcome": "not_applicable"},
            "b": {"value": None, "ci": None, "outcome": "not_applicable"},
            "difference": None,
        },
    ]
    assert plain["compared"] == [LOST.as_json()]


def test_check_that_could_not_be_completed_is_an_error() -> None:
    broken = CheckResult(id="champion.churn", outcome="error", severity="warn", message="ZeroDivisionError")

    assert not side_by_side().has_error
    assert side_by_side(broken).has_error
