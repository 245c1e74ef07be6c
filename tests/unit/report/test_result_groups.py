"""Order and groups of reported results."""

from __future__ import annotations

from typing import Any

import pytest

from embedgate.checks.bounds import at_least
from embedgate.judgement.result import CheckResult
from embedgate.report.result_groups import by_cause, by_family, not_applicable, problems


def result(check_id: str = "vocabulary.size", outcome: Any = "passed", **more: Any) -> CheckResult:
    return CheckResult(id=check_id, outcome=outcome, **{"severity": "fail", **more})


def test_problems_that_fail_the_gate_come_first() -> None:
    """Problems are then ordered by outcome and by check; other outcomes are not problems."""
    results = [
        result("f.passed", "passed"),
        result("f.warned", "warned", severity="warn"),
        result("f.natural", "inconclusive", severity="warn"),
        result("f.open", "inconclusive"),
        result("f.one", "failed"),
        result("f.two", "failed"),
        result("f.error", "error"),
        *(result(f"f.{each}", each) for each in ("off", "no_baseline", "not_run", "not_applicable")),
    ]

    ids = [each.id for each in problems(results)]

    assert ids == ["f.error", "f.one", "f.two", "f.open", "f.natural", "f.warned"]


def test_checks_without_a_value_are_grouped_by_cause() -> None:
    """A check with another family, outcome, severity or message, a value or offending tracks is a separate group."""
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

    assert by_cause([*few, *others]) == [few, *([each] for each in others)]


def test_explained_checks_without_a_value_are_grouped_by_outcome() -> None:
    """One line is enough for the checks that a cause explains, whatever their family, message and tracks."""
    open_ = [
        result("a.x", "inconclusive", message="No rock."),
        result("b.x", "inconclusive", message="No pairs.", tracks=("A-x",)),
    ]
    others = [
        result("a.y", "inconclusive", message="No rap."),
        result("a.z", "inconclusive", severity="warn", message="No jazz."),
        result("b.y", "failed", value=0.1),
        result("b.z", "failed", value=0.1),
    ]
    explained = {each.id for each in (*open_, *others)} - {"a.y"}

    assert by_cause([*open_, *others], explained) == [open_, *([each] for each in others)]


def test_not_applicable_checks_are_grouped_by_family_and_cause() -> None:
    results = [
        result("a.x", "not_applicable", message="No artists."),
        result("a.y", "passed"),
        result("a.z", "not_applicable", message="No artists."),
        result("b.x", "not_applicable", message="No artists."),
    ]

    assert [[each.id for each in group] for group in not_applicable(results)] == [["a.x", "a.z"], ["b.x"]]


def test_families_that_fail_the_gate_come_first_then_those_that_warn() -> None:
    """The other families keep the order of the checks. Within a family, the worst check comes first."""
    results = [
        result("integrity.finite"),
        result("neighbours.known_rate", "inconclusive", severity="warn"),
        result("geometry.collapse"),
        result("geometry.hubness", "warned"),
        result("champion.lost"),
        result("champion.misplaced", "failed"),
    ]

    families = {family.name: [each.id for each in family.results] for family in by_family(results)}

    assert list(families.items()) == [
        ("champion", ["champion.misplaced", "champion.lost"]),
        ("geometry", ["geometry.hubness", "geometry.collapse"]),
        ("integrity", ["integrity.finite"]),
        ("neighbours", ["neighbours.known_rate"]),
    ]


@pytest.mark.parametrize(
    ("outcomes", "worst"),
    [
        (("passed", "no_baseline", "off"), "passed"),
        (("no_baseline", "off"), "no_baseline"),
        (("passed", "not_applicable"), "passed"),
        (("no_baseline", "not_applicable"), "no_baseline"),
        (("not_applicable", "not_applicable"), "not_applicable"),
        (("passed", "not_run"), "not_run"),
        (("passed", "warned", "failed"), "failed"),
    ],
)
def test_family_has_the_worst_outcome_of_its_checks(outcomes: tuple[str, ...], worst: str) -> None:
    """A family with passed checks is passed even if other checks were not judged."""
    (family,) = by_family([result(outcome=each) for each in outcomes])

    assert family.outcome == worst


def test_key_check_is_the_worst_or_the_one_that_represents_its_family() -> None:
    """Without problems and without the representative check, it is a check with a value and a bound."""
    size = result(value=12.0)
    coverage = result("vocabulary.coverage", value=0.9)
    top = result("vocabulary.top", "failed", value=3.0)
    own = result("vocabulary.playlists", value=0.4, bound=at_least(0.1, "user"))

    keys = [
        by_family(results)[0].key_check
        for results in ([size, coverage], [size, coverage, top], [size, own, result()])
    ]

    assert keys == [coverage, top, own]
