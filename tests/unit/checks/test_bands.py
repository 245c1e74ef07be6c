"""Retrain bands: default and calibrated limits, and the outcome of a model outside of them."""

from __future__ import annotations

from statistics import stdev
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.checks.bands import Band
from embedgate.checks.check import Check
from embedgate.checks.registry import CHECKS, check_of
from embedgate.config.sections import CheckSettings
from embedgate.config.settings import Settings
from embedgate.judgement.judge import judge
from embedgate.judgement.result import CheckResult, Outcome
from embedgate.measures.measurement import Measurement, inconclusive, no_baseline

LEAST = Band(kind="at_least", limit=-0.1)
MOST = Band(kind="at_most", limit=0.2)
NOTHING = CheckSettings()


def measured(
    value: float, interval: tuple[float, float] | None = None, *, n: int = 100, scale: float | None = None
) -> Measurement:
    return Measurement(value=value, n=n, summary="measured", interval=interval, scale=scale)


def judged(
    measurement: Measurement,
    band: Band | None = LEAST,
    severity: Literal["fail", "warn"] = "fail",
    *,
    user: CheckSettings = NOTHING,
    calibrated: float | None = None,
    check: Check | None = None,
) -> CheckResult:
    """Judge a check that has a band."""
    check = check or Check(id="champion.check", question="?", severity=severity, band=band)
    limits = {} if calibrated is None else {check.id: calibrated}
    settings = Settings.model_validate({"bands": {"limits": limits}, "checks": {check.id: user}})
    return judge(check.id, check, measurement, settings)


@pytest.mark.parametrize(
    ("band", "measurement", "limit"),
    [
        (Band(kind="at_most", limit=0.2), measured(0), 0.2),
        (Band(kind="at_least", limit=-0.15, share_of="scale"), measured(0, scale=0.4), -0.06),
        (Band(kind="at_least", limit=-0.15, share_of="scale"), measured(0), 0),  # no lead, nothing to lose
        (Band(kind="at_most", limit=1, share_of="critical"), measured(0, scale=2.5), 2.5),
        (Band(kind="at_most", limit=0.002, share_of="n", min_limit=2), measured(0, n=5000), 10),
        (Band(kind="at_most", limit=0.002, share_of="n", min_limit=2), measured(0, n=300), 2),
        (Band(kind="at_least", limit=0.9, unchanged=1), measured(0), 0.9),
    ],
)
def test_default_limit_is_absolute_or_a_share_of_scale_or_size(
    band: Band, measurement: Measurement, limit: float
) -> None:
    bound = band.bound(measurement, None)

    assert bound is not None
    assert bound.limit == pytest.approx(limit)
    assert (bound.kind, bound.source, bound.constant) == (band.kind, "champion", True)


def test_calibrated_limit_replaces_the_default() -> None:
    """A calibrated limit is absolute, even if the default limit is a share of the scale."""
    bound = Band(kind="at_least", limit=-0.15, share_of="scale").bound(measured(0, scale=0.4), -0.03)

    assert bound is not None
    assert (bound.limit, bound.source, bound.constant) == (-0.03, "champion", False)


def test_check_without_default_limit_has_no_baseline_until_it_is_calibrated() -> None:
    band = Band(kind="at_most", limit=None)

    assert band.bound(measured(0), None) is None
    assert judged(measured(0.3), band).outcome == "no_baseline"
    assert judged(measured(0.3), band, calibrated=0.2).outcome == "failed"


@pytest.mark.parametrize("severity", ["fail", "warn"])
@pytest.mark.parametrize(
    ("band", "value", "interval", "outcome"),
    [
        (LEAST, -0.05, (-0.3, 0.1), "passed"),  # the estimate decides, however wide the interval is
        (LEAST, -0.1, (-0.3, -0.11), "passed"),  # the value may equal the bound
        (LEAST, -0.2, (-0.3, -0.11), "failed"),  # the whole interval is outside
        (LEAST, -0.2, (-0.3, -0.1), "warned"),  # an end that equals the bound is inside
        (LEAST, -0.2, (-0.3, 0.1), "warned"),
        (LEAST, -0.2, None, "failed"),  # without an interval the estimate decides
        (MOST, 0.1, (0, 0.9), "passed"),
        (MOST, 0.3, (0.21, 0.9), "failed"),
        (MOST, 0.3, (0.1, 0.9), "warned"),
        (MOST, 0.3, None, "failed"),
        (LEAST, float("nan"), None, "failed"),
    ],
)
def test_check_fails_only_if_its_whole_interval_is_outside_the_band(
    severity: Literal["fail", "warn"],
    band: Band,
    value: float,
    interval: tuple[float, float] | None,
    outcome: Outcome,
) -> None:
    """A check of severity `warn` never fails."""
    expected = "warned" if severity == "warn" and outcome == "failed" else outcome

    assert judged(measured(value, interval), band, severity).outcome == expected


def test_configured_bound_precedes_the_band_and_ignores_the_interval() -> None:
    found = judged(measured(-0.05, (-0.3, 0.1)), user=CheckSettings(at_least=0), calibrated=-1)

    assert found.bound is not None
    assert (found.outcome, found.bound.source) == ("failed", "user")
    assert judged(measured(-0.5), user=CheckSettings(at_least=-1)).outcome == "passed"


def test_calibrated_check_has_severity_fail_unless_it_is_configured() -> None:
    worse = measured(-0.2, (-0.3, -0.15))

    assert judged(worse, severity="warn").outcome == "warned"
    assert judged(worse, severity="warn", calibrated=-0.1).outcome == "failed"
    assert judged(worse, severity="warn", calibrated=-0.1, user=CheckSettings(severity="warn")).outcome == "warned"


def test_check_that_declares_severity_warn_keeps_it_after_calibration() -> None:
    assert judged(measured(0.9), check=check_of("champion.churn"), calibrated=0.1).outcome == "warned"


@pytest.mark.parametrize("calibrated", [None, -0.1])
def test_missing_champion_is_no_baseline_and_few_shared_tracks_are_inconclusive(calibrated: float | None) -> None:
    """A calibrated limit changes neither outcome."""
    nothing = judged(no_baseline("There is no champion yet."), calibrated=calibrated)
    few = judged(inconclusive("3 tracks are shared"), calibrated=calibrated)

    assert (nothing.outcome, nothing.fails_gate) == ("no_baseline", False)
    assert nothing.message == "There is no champion yet."
    assert (few.outcome, few.fails_gate) == ("inconclusive", True)


def test_message_says_whether_the_band_is_calibrated() -> None:
    assert judged(measured(-0.2)).message.startswith("-0.200, expected >= -0.100 (default retrain band). ")
    assert judged(measured(-0.2), calibrated=-0.1).message.startswith(
        "-0.200, expected >= -0.100 (calibrated on retrains). "
    )


# -- a significant loss within the band --

PAIRED = Band(kind="at_least", limit=-0.2, share_of="scale")


@pytest.mark.parametrize(
    ("value", "interval", "outcome"),
    [
        (-0.15, (-0.19, -0.11), "warned"),
        (-0.15, (-0.3, 0.01), "passed"),  # chance explains it
        (-0.09, (-0.1, -0.08), "passed"),  # significant, but less than half of the tolerated loss
        (-0.15, None, "passed"),
        (0.15, (0.1, 0.2), "passed"),
        (-0.25, (-0.3, -0.21), "failed"),
    ],
)
def test_significant_loss_of_more_than_half_of_the_tolerated_one_warns(
    value: float, interval: tuple[float, float] | None, outcome: Outcome
) -> None:
    found = judged(measured(value, interval, scale=1.0), PAIRED)

    assert found.outcome == outcome
    assert found.message.startswith("Worse than the champion") == (outcome == "warned")


def test_significant_loss_within_a_calibrated_or_configured_bound_passes() -> None:
    worse = measured(-0.15, (-0.19, -0.11), scale=1.0)

    assert judged(worse, PAIRED, calibrated=-0.2).outcome == "passed"
    assert judged(worse, PAIRED, user=CheckSettings(at_least=-0.2)).outcome == "passed"


# -- past champions --


@pytest.mark.parametrize(
    ("past", "limit", "origin"),
    [
        ([0.0] * 9, -0.1, "default retrain band"),  # too few
        ([0.0] * 10, -0.075, "retrain band of past champions"),  # three quarters of the default
        ([0.01, -0.02] * 5, -0.075, "retrain band of past champions"),
        ([0.0] * 9 + [-0.06], -0.1, "default retrain band"),  # beyond: a band is never widened
    ],
)
def test_past_champions_narrow_the_default_band(past: list[float], limit: float, origin: str) -> None:
    bound = LEAST.bound(measured(0), None, past)

    assert bound is not None
    assert bound.limit == pytest.approx(limit)
    assert bound.origin == origin


def test_calibrated_limit_precedes_past_champions() -> None:
    bound = LEAST.bound(measured(0), -0.3, [0.0] * 20)

    assert bound is not None
    assert (bound.limit, bound.origin) == (-0.3, "calibrated on retrains")


@given(st.lists(st.floats(-1, 1), min_size=10, max_size=30))
def test_past_champions_never_widen_a_band(past: list[float]) -> None:
    for band in (LEAST, MOST):
        bound, default = band.bound(measured(0), None, past), band.bound(measured(0), None)

        assert bound is not None
        assert default is not None
        assert not default.stricter_than(bound)


# -- calibration --


def test_calibrated_limit_is_three_standard_deviations_beyond_the_farthest_retrain() -> None:
    values = [-0.3, 0.1, -0.2, 0.05]
    retrains = [measured(value) for value in values]
    unchanged_at_one = Band(kind="at_least", limit=None, unchanged=1)

    assert LEAST.calibrated(retrains) == pytest.approx(-0.3 - 3 * stdev(values))
    assert MOST.calibrated(retrains) == pytest.approx(0.1 + 3 * stdev(values))
    assert unchanged_at_one.calibrated([measured(0.9), measured(0.8)]) == pytest.approx(0.8 - 3 * stdev([0.9, 0.8]))


@pytest.mark.parametrize(
    ("band", "retrains", "limit"),
    [
        (LEAST, [measured(0)] * 2, -0.075),
        (Band(kind="at_least", limit=0.9, unchanged=1), [measured(1)] * 2, 0.925),
        (
            Band(kind="at_least", limit=-0.2, share_of="scale"),
            [measured(0, scale=0.4), measured(0, scale=0.6)],
            -0.075,
        ),
        (Band(kind="at_most", limit=0.002, share_of="n", min_limit=2), [measured(0, n=300)], 2),
        (Band(kind="at_most", limit=None), [measured(0)] * 2, 0),
        (
            Band(kind="at_least", limit=None),
            [measured(0.5)] * 2,
            0,
        ),  # a model compared with itself is within the band
    ],
)
def test_calibrated_band_has_at_least_three_quarters_of_the_default_width(
    band: Band, retrains: list[Measurement], limit: float
) -> None:
    assert band.calibrated(retrains) == pytest.approx(limit)


def test_calibration_ignores_retrains_without_a_value() -> None:
    assert LEAST.calibrated([inconclusive("too few"), inconclusive("too few")]) is None
    assert LEAST.calibrated([measured(-0.3), inconclusive("too few")]) == pytest.approx(-0.3)


@given(
    st.lists(st.floats(-1, 1), min_size=1, max_size=12),
    st.sampled_from(
        [
            LEAST,
            MOST,
            Band(kind="at_least", limit=0.9, unchanged=1),
            Band(kind="at_most", limit=None),
            *(check.band for check in CHECKS if check.band is not None),
        ]
    ),
)
def test_every_retrain_is_within_the_band_calibrated_on_it(values: list[float], band: Band) -> None:
    """A model compared with itself is within that band too."""
    retrains = [measured(value, scale=0.5) for value in values]
    limit = band.calibrated(retrains)
    assert limit is not None

    for retrain in (*retrains, measured(band.unchanged)):
        bound = band.bound(retrain, limit)
        assert bound is not None
        assert retrain.value is not None
        assert bound.holds(retrain.value + (1e-9 if band.kind == "at_least" else -1e-9))


@pytest.mark.parametrize("check", [each for each in CHECKS if each.band is not None], ids=lambda check: check.id)
def test_model_compared_with_itself_is_within_every_default_band(check: Check) -> None:
    assert check.band is not None
    bound = check.band.bound(measured(check.band.unchanged, scale=0.5), None)

    assert bound is None or bound.holds(check.band.unchanged)
