"""Outcome, bound, severity and message of a result."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from embedgate.checks.bounds import Bound, at_least, at_most
from embedgate.checks.check import Check
from embedgate.checks.registry import check_of
from embedgate.config.sections import CheckSettings
from embedgate.config.settings import Settings
from embedgate.judgement.judge import choose_bound, judge, judge_beside_champion
from embedgate.judgement.result import CheckResult, Outcome
from embedgate.measures.measurement import Measurement, inconclusive, no_baseline, not_applicable
from embedgate.statistics import Null

MEASURED = Measurement(value=0.5, n=40, summary="half of them hold", hint="check both halves", tracks=("A-x", "B-y"))
CHANCE = Null(np.linspace(0.1, 0.3, 999), 0.001)
FEW = replace(CHANCE, inconclusive="few artists")
FAIL, WARN = Check(id="f.check", question="?"), Check(id="f.check", question="?", severity="warn")
CONSTANT = at_least(0.7, "null", constant=True)
NOTHING = CheckSettings()


def judged(
    measurement: Measurement,
    check: Check = FAIL,
    user: CheckSettings = NOTHING,
    subject_bound: Bound | None = None,
    role: Literal["train", "held_out"] = "train",
) -> CheckResult:
    """Judge a measurement by a config that has one entry in `[checks]`."""
    settings = Settings.model_validate({"model": {"playlists_role": role}, "checks": {check.id: user}})
    return judge(check.id, check, measurement, settings, subject_bound=subject_bound)


@pytest.mark.parametrize(
    ("measurement", "check", "user", "outcome"),
    [
        (MEASURED, FAIL, CheckSettings(at_least=0.4), "passed"),
        (MEASURED, FAIL, CheckSettings(at_least=0.5), "passed"),  # the value may equal the bound
        (MEASURED, FAIL, CheckSettings(at_most=0.5), "passed"),
        (MEASURED, FAIL, CheckSettings(at_least=0.6), "failed"),
        (MEASURED, FAIL, CheckSettings(at_most=0.4), "failed"),
        (MEASURED, WARN, CheckSettings(at_least=0.6), "warned"),
        (MEASURED, FAIL, CheckSettings(at_least=0.6, severity="warn"), "warned"),
        (MEASURED, WARN, CheckSettings(at_least=0.6, severity="fail"), "failed"),
        (MEASURED, FAIL, NOTHING, "no_baseline"),
        (MEASURED, replace(FAIL, bound=CONSTANT), NOTHING, "failed"),
        (MEASURED, replace(FAIL, bound=CONSTANT), CheckSettings(at_least=0), "passed"),
        (replace(MEASURED, null=CHANCE), FAIL, NOTHING, "passed"),
        (replace(MEASURED, null=CHANCE, value=0.3), FAIL, NOTHING, "failed"),
        (replace(MEASURED, null=CHANCE, value=0.35), FAIL, NOTHING, "failed"),  # above all scores
        (replace(MEASURED, null=CHANCE, value=0.3), FAIL, CheckSettings(at_least=0.2), "passed"),
        (replace(MEASURED, null=FEW), FAIL, NOTHING, "inconclusive"),
        (replace(MEASURED, null=FEW), FAIL, CheckSettings(at_least=0.4), "passed"),
        (replace(MEASURED, inconclusive="a bad map"), FAIL, CheckSettings(at_least=0.4), "inconclusive"),
        (replace(MEASURED, breach="a forbidden neighbour"), FAIL, CheckSettings(at_least=0), "failed"),
        (replace(MEASURED, breach="a forbidden neighbour"), WARN, NOTHING, "warned"),
        (replace(MEASURED, value=float("nan")), FAIL, CheckSettings(at_least=0), "failed"),
        (replace(MEASURED, value=float("nan")), FAIL, CheckSettings(at_most=0), "failed"),
        (inconclusive("too few"), FAIL, CheckSettings(at_least=0), "inconclusive"),
        (no_baseline("no champion"), FAIL, CheckSettings(at_least=0), "no_baseline"),
    ],
)
def test_outcome_follows_from_measurement_bound_and_severity(
    measurement: Measurement, check: Check, user: CheckSettings, outcome: Outcome
) -> None:
    assert judged(measurement, check, user).outcome == outcome


@pytest.mark.parametrize(
    ("of_measurement", "severity", "expected", "fails_gate"),
    [
        ("warn", None, "warn", False),
        ("warn", "fail", "fail", True),
        (None, None, "fail", True),
        (None, "warn", "warn", False),
    ],
)
def test_measurement_lowers_the_severity_of_missing_data_unless_it_is_configured(
    *, of_measurement: Literal["warn"] | None, severity: str | None, expected: str, fails_gate: bool
) -> None:
    """A genre with too few tags only warns; too few pairs of tracks fail the gate."""
    user = CheckSettings.model_validate({"severity": severity})

    found = judged(inconclusive("too few", severity=of_measurement), FAIL, user)

    assert (found.outcome, found.severity, found.fails_gate) == ("inconclusive", expected, fails_gate)


@pytest.mark.parametrize("severity", [None, "warn", "fail"])
@pytest.mark.parametrize("bound", [{}, {"at_least": 0.5}, {"at_most": 0.5}])
def test_check_without_data_never_fails(*, severity: str | None, bound: dict[str, float]) -> None:
    """Neither a configured severity nor a configured bound makes it fail."""
    user = CheckSettings.model_validate({"severity": severity, **bound})

    found = judged(not_applicable("no artists", n=3), FAIL, user)

    assert (found.outcome, found.severity, found.fails_gate) == ("not_applicable", severity or "fail", False)
    assert (found.value, found.bound, found.n, found.message) == (None, None, 3, "No artists.")


def test_not_applicable_takes_precedence_over_value_null_and_breach() -> None:
    measured = replace(MEASURED, value=0.1, null=CHANCE, breach="a forbidden neighbour", inconclusive="a bad map")

    found = judged(replace(measured, not_applicable="artists share no playlists"))

    assert (found.outcome, found.value, found.bound) == ("not_applicable", 0.1, None)
    assert found.message == "Artists share no playlists. Half of them hold."


@pytest.mark.parametrize(
    ("role", "severity", "outcome"),
    [("train", None, "failed"), ("held_out", None, "warned"), ("held_out", "fail", "failed")],
)
def test_held_out_playlists_have_their_own_default_severity(
    role: Literal["train", "held_out"], severity: Literal["fail"] | None, outcome: str
) -> None:
    """Held-out playlists contain new hits that a sound model does not have."""
    found = judged(MEASURED, check_of("vocabulary.top"), CheckSettings(severity=severity), role=role)

    assert found.outcome == outcome


@pytest.mark.parametrize(("user", "outcome"), [(NOTHING, "failed"), (CheckSettings(at_least=0.1), "passed")])
def test_configured_bound_overrides_the_bound_of_a_known_track(user: CheckSettings, outcome: str) -> None:
    assert judged(MEASURED, user=user, subject_bound=at_least(3, "user")).outcome == outcome


def test_message_of_a_failure_has_measurement_bound_source_and_hint() -> None:
    found = judged(MEASURED, replace(FAIL, unit="share"), CheckSettings(at_least=0.6))

    assert found.message == "50.0%, expected >= 60.0% (configured). Half of them hold. Check both halves."
    assert found.tracks == ("A-x", "B-y")


@pytest.mark.parametrize(
    ("measurement", "check", "user", "expected"),
    [
        (
            replace(MEASURED, null=CHANCE, value=0.3),
            FAIL,
            NOTHING,
            f"0.300, expected >= {CHANCE.critical:.3f} (chance level). ",
        ),
        (MEASURED, replace(FAIL, bound=CONSTANT), NOTHING, "0.500, expected >= 0.700 (default). "),
        (MEASURED, WARN, CheckSettings(at_most=0.1), "0.500, expected <= 0.100 (configured). "),
        (replace(MEASURED, breach="a forbidden neighbour"), FAIL, NOTHING, "A forbidden neighbour. Check "),
    ],
)
def test_message_of_a_failure_names_the_source_of_the_bound(
    measurement: Measurement, check: Check, user: CheckSettings, expected: str
) -> None:
    assert judged(measurement, check, user).message.startswith(expected)


def test_passed_check_has_no_hint_and_no_offending_tracks() -> None:
    found = judged(MEASURED, FAIL, CheckSettings(at_least=0.1))

    assert (found.message, found.tracks) == ("Half of them hold.", ())


def test_message_of_an_inconclusive_check_starts_with_the_reason() -> None:
    assert judged(replace(MEASURED, inconclusive="a bad map.")).message == "A bad map. Half of them hold."
    assert judged(inconclusive("too few")).message == "Too few."


def test_quoted_name_at_the_start_of_a_message_keeps_its_case() -> None:
    assert judged(replace(MEASURED, summary="'abc' is missing")).message == "'abc' is missing."


def test_bound_of_a_permutation_baseline_is_its_critical_value() -> None:
    assert judged(replace(MEASURED, null=CHANCE)).bound == Bound("at_least", CHANCE.critical, "null")


@pytest.mark.parametrize(("user", "source"), [(CheckSettings(at_most=1), "user"), (NOTHING, "null")])
def test_configured_bound_precedes_chance_level_and_constant(user: CheckSettings, source: str) -> None:
    bound = choose_bound(replace(MEASURED, null=CHANCE), user, CONSTANT)

    assert bound is not None
    assert (bound.source, bound.constant) == (source, False)


def test_constant_is_the_bound_without_a_usable_permutation_baseline() -> None:
    assert choose_bound(replace(MEASURED, null=FEW), NOTHING, CONSTANT) is CONSTANT
    assert choose_bound(MEASURED, NOTHING, None) is None


def test_numpy_scalars_become_builtin_numbers() -> None:
    """Custom checks may return numpy scalars, but JSON and pytest-xdist support builtin types only."""
    measured = Measurement(
        value=np.float32(0.5),  # type: ignore[arg-type]
        n=np.int64(3),  # type: ignore[arg-type]
        summary="x",
        interval=(np.float32(0.25), np.float32(0.75)),  # type: ignore[arg-type]
        tracks=(np.str_("A-x"),),
    )

    plain = judged(measured, subject_bound=at_least(np.float32(1), "user")).as_json()  # type: ignore[arg-type]

    numbers = (plain["value"], *plain["ci"], plain["bound"]["at_least"])
    assert [type(number) for number in numbers] == [float] * 4
    assert (type(plain["n"]), type(plain["tracks"][0])) == (int, str)


@pytest.mark.parametrize(
    ("champion", "outcome"), [(0.1, "warned"), (0.25, "warned"), (0.3, "failed"), (None, "failed")]
)
def test_value_below_chance_only_warns_if_the_champion_is_not_certainly_better(
    champion: float | None, outcome: Outcome
) -> None:
    failed = judged(replace(MEASURED, value=0.2, interval=(0.1, 0.25), null=CHANCE))

    result = judge_beside_champion(failed, replace(MEASURED, value=champion))

    assert failed.outcome == "failed"
    assert result.outcome == outcome
    assert ("not certainly better" in result.message) == (outcome == "warned")


@pytest.mark.parametrize(("champion", "outcome"), [(0.9, "warned"), (0.8, "warned"), (0.79, "failed")])
def test_value_above_the_default_only_warns_if_the_champion_is_not_certainly_better(
    champion: float, outcome: Outcome
) -> None:
    failed = replace(
        judged(replace(MEASURED, value=0.82, interval=(0.8, 0.84))),
        bound=at_most(0.81, "null", constant=True),
        outcome="failed",
    )

    result = judge_beside_champion(failed, replace(MEASURED, value=champion))

    assert result.outcome == outcome
    assert ("is not below 0.796, the lower limit of this value at a level of 1%" in result.message) == (
        outcome == "warned"
    )


@pytest.mark.parametrize(("tests", "outcome"), [(1, "failed"), (20, "warned")])
def test_limit_holds_for_all_repetitions_together(tests: int, outcome: Outcome) -> None:
    failed = judged(replace(MEASURED, value=0.2, interval=(0.1, 0.25), null=CHANCE))

    result = judge_beside_champion(failed, replace(MEASURED, value=0.27), tests)

    assert result.outcome == outcome
    assert (f"for all {tests} together" in result.message) == (outcome == "warned")


def test_champion_does_not_excuse_a_value_beyond_a_configured_bound() -> None:
    failed = judged(replace(MEASURED, value=0.2, interval=(0.1, 0.25)), user=CheckSettings(at_least=0.4))

    assert judge_beside_champion(failed, replace(MEASURED, value=0.1)) == failed


def test_inconclusive_measurement_of_the_champion_excuses_nothing() -> None:
    failed = judged(replace(MEASURED, value=0.2, interval=(0.1, 0.25), null=CHANCE))

    assert judge_beside_champion(failed, replace(MEASURED, value=0.1, inconclusive="few tracks")) == failed


@pytest.mark.parametrize(
    ("interval", "user", "outcome"),
    [
        ((0.4, 0.6), NOTHING, "failed"),
        ((0.4, 0.8), NOTHING, "passed"),
        (None, NOTHING, "failed"),
        ((0.4, 0.8), CheckSettings(at_least=0.7), "failed"),  # a configured bound is compared with the estimate
    ],
)
def test_check_of_many_slices_is_broken_by_a_whole_interval(
    interval: tuple[float, float] | None, user: CheckSettings, outcome: Outcome
) -> None:
    check = replace(FAIL, bound=CONSTANT, certain=True)

    assert judged(replace(MEASURED, interval=interval), check, user).outcome == outcome


def test_breach_is_certain_whatever_the_interval() -> None:
    check = replace(FAIL, bound=CONSTANT, certain=True)

    assert judged(replace(MEASURED, interval=(0.4, 0.8), breach="forbidden"), check).outcome == "failed"
