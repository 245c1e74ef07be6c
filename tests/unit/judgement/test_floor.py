"""The floor: checks that have to be judged before a verdict can be passed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.checks.bounds import at_least, at_most
from embedgate.checks.registry import CHECKS, check_of
from embedgate.config.sections import CheckSettings
from embedgate.judgement.floor import REQUIRED, missing_from_floor
from embedgate.judgement.judge import choose_bound
from embedgate.judgement.result import CheckResult, Outcome
from embedgate.measures.measurement import Measurement
from embedgate.statistics import Null

if TYPE_CHECKING:
    from collections.abc import Sequence


def result(check_id: str, outcome: Outcome = "passed", **more: Any) -> CheckResult:
    return CheckResult(**{"id": check_id, "outcome": outcome, "severity": "fail", **more})


COMPLETE = [result(check_id) for check_id in (*REQUIRED, "retrieval.hit_rate", "champion.misplaced")]


def without(results: Sequence[CheckResult], check_id: str, *instead: CheckResult) -> list[CheckResult]:
    """Return the results with those of a check replaced."""
    return [*(each for each in results if each.id != check_id), *instead]


@pytest.mark.parametrize("check_id", ["neighbours.known[get-lucky]", "neighbours.co_listening", "retrieval.hit_rate"])
def test_one_check_that_random_vectors_fail_is_sufficient(check_id: str) -> None:
    assert missing_from_floor(without(COMPLETE, "retrieval.hit_rate", result(check_id)), has_champion=True) == []


@pytest.mark.parametrize("outcome", get_args(Outcome))
@pytest.mark.parametrize("severity", ["fail", "warn", "off"])
@pytest.mark.parametrize("check_id", [each.id for each in COMPLETE])
def test_only_checks_judged_at_severity_fail_count(check_id: str, outcome: Outcome, severity: Any) -> None:
    results = without(COMPLETE, check_id, result(check_id, outcome, severity=severity))
    counts = outcome in ("passed", "warned", "failed") and severity == "fail"

    missing = missing_from_floor(results, has_champion=True)

    assert bool(missing) is not counts
    assert all(check_id.partition(".")[0] in each for each in missing)


@pytest.mark.parametrize("check_id", [each.id for each in COMPLETE])
def test_each_required_check_is_reported_if_missing(check_id: str) -> None:
    assert len(missing_from_floor(without(COMPLETE, check_id), has_champion=True)) == 1


def test_comparison_is_required_only_with_a_champion() -> None:
    results = without(COMPLETE, "champion.misplaced", result("champion.misplaced", "no_baseline"))

    assert missing_from_floor(results, has_champion=False) == []
    assert missing_from_floor([], has_champion=True)[-1].startswith("no champion.* check")


def test_every_missing_part_is_listed() -> None:
    missing = missing_from_floor([result(each.id, "off", severity="off") for each in CHECKS], has_champion=True)

    assert [each.partition(" ")[0] for each in missing] == [*REQUIRED, "none", "no"]
    assert missing[0] == "integrity.finite was not judged at severity fail: off"
    assert "neighbours.co_listening: off" in missing[2]


@pytest.mark.parametrize(
    ("check_id", "bound"),
    [
        ("integrity.finite", at_most(270, "user")),
        ("vocabulary.coverage", at_least(0, "user")),
        ("vocabulary.coverage", replace(at_least(0.005, "user"), looser_than_chance=True)),
        ("retrieval.hit_rate", at_least(0, "user")),
        ("champion.misplaced", at_most(1e9, "user")),
    ],
)
def test_configured_bound_that_every_value_meets_does_not_count(check_id: str, bound: Any) -> None:
    results = without(COMPLETE, check_id, result(check_id, bound=bound, n=270))

    (missing,) = missing_from_floor(results, has_champion=True)

    assert f"{bound.kind} {bound.limit:g}" in missing or check_id == "champion.misplaced"


def test_configured_bound_within_the_range_counts() -> None:
    bounds = {"vocabulary.coverage": at_least(0.9, "user"), "champion.misplaced": at_most(20, "user")}
    results = [replace(each, bound=bounds.get(each.id), n=270) for each in COMPLETE]

    assert missing_from_floor(results, has_champion=True) == []


NULL = Null(scores=np.linspace(0.4, 0.6, 2001), level=0.001)


@given(limit=st.floats(0, 1))
def test_configured_bound_below_the_critical_value_is_looser_than_chance(limit: float) -> None:
    found = choose_bound(Measurement(value=0.7, n=9, summary="", null=NULL), CheckSettings(at_least=limit), None)

    assert found is not None
    assert (found.limit, found.source) == (limit, "user")
    assert found.looser_than_chance == (limit < NULL.critical)


@pytest.mark.parametrize(
    ("check_id", "user", "looser"),
    [
        ("integrity.finite", CheckSettings(at_most=1), True),
        ("integrity.finite", CheckSettings(at_most=0), False),
        ("vocabulary.coverage", CheckSettings(at_least=0.009), True),
        ("vocabulary.coverage", CheckSettings(at_least=0.01), False),
        ("vocabulary.size", CheckSettings(at_least=1), False),
    ],
)
def test_configured_bound_below_the_documented_default_is_looser_than_chance(
    check_id: str, user: CheckSettings, *, looser: bool
) -> None:
    found = choose_bound(Measurement(value=0.7, n=9, summary=""), user, check_of(check_id).bound)

    assert found is not None
    assert found.looser_than_chance is looser
    assert ("looser_than_chance" in found.as_json()) is looser
