"""How far a retrain may be from the champion, and what becomes of one that is farther."""

from __future__ import annotations

from statistics import stdev
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.checks.bands import Band
from embedgate.checks.check import Check
from embedgate.checks.registry import CHECKS
from embedgate.config import CheckSettings
from embedgate.judgement.judge import judge
from embedgate.judgement.result import CheckResult, Outcome
from embedgate.measures.measurement import Measurement, inconclusive, no_baseline

LEAST = Band(kind="at_least", limit=-0.1)
MOST = Band(kind="at_most", limit=0.2)
NOTHING = CheckSettings()


def of(value: float, interval: tuple[float, float] | None = None, **more: float) -> Measurement:
    """A measurement that has little else."""
    return Measurement(
        value=value, n=int(more.get("n", 100)), summary="so far", interval=interval, scale=more.get("scale")
    )


def outcome_of(
    measurement: Measurement,
    band: Band | None = LEAST,
    severity: Literal["fail", "warn"] = "fail",
    user: CheckSettings = NOTHING,
    calibrated: float | None = None,
) -> CheckResult:
    """Judge a check that has a band."""
    check = Check(id="champion.check", question="?", severity=severity, band=band)
    return judge("champion.check", check, measurement, user, held_out=False, calibrated=calibrated)


@pytest.mark.parametrize(
    ("band", "measurement", "limit"),
    [
        (Band(kind="at_most", limit=0.2), of(0), 0.2),
        (Band(kind="at_least", limit=-0.15, of="scale"), of(0, scale=0.4), -0.06),
        (Band(kind="at_least", limit=-0.15, of="scale"), of(0), 0),  # no lead, nothing to lose
        (Band(kind="at_most", limit=0.002, of="n", least=2), of(0, n=5000), 10),
        (Band(kind="at_most", limit=0.002, of="n", least=2), of(0, n=300), 2),
        (Band(kind="at_least", limit=0.9, rest=1), of(0), 0.9),
    ],
)
def test_the_default_is_a_share_of_what_it_is_a_share_of(band: Band, measurement: Measurement, limit: float) -> None:
    """Of nothing, of the champion's lead over chance, of the number of tracks; and never nearer than the least."""
    bound = band.bound(measurement, None)

    assert bound is not None
    assert bound.limit == pytest.approx(limit)
    assert (bound.kind, bound.source, bound.constant) == (band.kind, "champion", True)


def test_what_was_calibrated_takes_the_place_of_the_default() -> None:
    """As it is, not as a share; and it is no documented constant."""
    bound = Band(kind="at_least", limit=-0.15, of="scale").bound(of(0, scale=0.4), -0.03)

    assert bound is not None
    assert (bound.limit, bound.source, bound.constant) == (-0.03, "champion", False)


def test_without_default_and_calibration_there_is_no_bound() -> None:
    """What only retrains can tell is shown, and no baseline is said to be there."""
    band = Band(kind="at_most", limit=None)

    assert band.bound(of(0), None) is None
    assert outcome_of(of(0.3), band).outcome == "no_baseline"
    assert outcome_of(of(0.3), band, calibrated=0.2).outcome == "failed"


@pytest.mark.parametrize("severity", ["fail", "warn"])
@pytest.mark.parametrize(
    ("band", "value", "interval", "outcome"),
    [
        (LEAST, -0.05, (-0.3, 0.1), "passed"),  # the estimate holds, however wide the interval
        (LEAST, -0.1, (-0.3, -0.11), "passed"),  # the value may equal the bound
        (LEAST, -0.2, (-0.3, -0.11), "failed"),  # the whole interval is beyond
        (LEAST, -0.2, (-0.3, -0.1), "warned"),  # an end that touches the bound holds it
        (LEAST, -0.2, (-0.3, 0.1), "warned"),
        (LEAST, -0.2, None, "failed"),  # without interval the estimate decides
        (MOST, 0.1, (0, 0.9), "passed"),
        (MOST, 0.3, (0.21, 0.9), "failed"),
        (MOST, 0.3, (0.1, 0.9), "warned"),
        (MOST, 0.3, None, "failed"),
        (LEAST, float("nan"), None, "failed"),
    ],
)
def test_only_what_is_wholly_beyond_the_band_fails(
    severity: Literal["fail", "warn"],
    band: Band,
    value: float,
    interval: tuple[float, float] | None,
    outcome: Outcome,
) -> None:
    """Worse than the band, and the interval straddling it: a warning; a check at `warn` never fails."""
    expected = "warned" if severity == "warn" and outcome == "failed" else outcome

    assert outcome_of(of(value, interval), band, severity).outcome == expected


def test_a_number_of_the_users_own_is_held_plainly() -> None:
    """It comes before the band, and the interval then excuses nothing, nor does calibration."""
    user = CheckSettings(at_least=0)
    found = outcome_of(of(-0.05, (-0.3, 0.1)), user=user, calibrated=-1)

    assert found.bound is not None
    assert (found.outcome, found.bound.source) == ("failed", "user")
    assert outcome_of(of(-0.5), user=CheckSettings(at_least=-1)).outcome == "passed"


def test_what_was_calibrated_is_worth_a_fail() -> None:
    """A check at `warn` fails once its band is the user's own; unless the user, or the check, says otherwise."""
    worse = of(-0.2, (-0.3, -0.15))

    assert outcome_of(worse, severity="warn").outcome == "warned"
    assert outcome_of(worse, severity="warn", calibrated=-0.1).outcome == "failed"
    assert (
        outcome_of(worse, severity="warn", calibrated=-0.1, user=CheckSettings(severity="warn")).outcome == "warned"
    )
    churn = next(check for check in CHECKS if check.id == "champion.churn")
    assert judge(churn.id, churn, of(0.9), NOTHING, held_out=False, calibrated=0.1).outcome == "warned"


def test_without_champion_there_is_no_baseline_whatever_is_calibrated() -> None:
    """Nothing to compare with stops nothing; too few tracks to compare does."""
    for calibrated in (None, -0.1):
        nothing = outcome_of(no_baseline("There is no champion yet."), calibrated=calibrated)
        few = outcome_of(inconclusive("3 tracks are shared"), calibrated=calibrated)

        assert (nothing.outcome, nothing.fails_gate, nothing.message) == (
            "no_baseline",
            False,
            "There is no champion yet.",
        )
        assert (few.outcome, few.fails_gate) == ("inconclusive", True)


def test_the_message_says_whose_band_it_was() -> None:
    """A sound retrain's by default, that of the retrains that were seen where there were some."""
    assert "as far as a sound retrain goes" in outcome_of(of(-0.2)).message
    assert "as far as retrains were seen to go" in outcome_of(of(-0.2), calibrated=-0.1).message


# -- calibration --


def test_the_limit_is_as_far_as_retrains_went_and_three_deviations_beyond() -> None:
    """On the side that the band bounds alone, from rest."""
    values = [-0.3, 0.1, -0.2, 0.05]
    retrains = [of(value) for value in values]

    assert LEAST.calibrated(retrains) == pytest.approx(-0.3 - 3 * stdev(values))
    assert MOST.calibrated(retrains) == pytest.approx(0.1 + 3 * stdev(values))
    assert Band(kind="at_least", limit=None, rest=1).calibrated([of(0.9), of(0.8)]) == pytest.approx(
        0.8 - 3 * stdev([0.9, 0.8])
    )


def test_a_few_retrains_do_not_make_a_band_too_narrow() -> None:
    """At least three quarters as far as the default, in the units that the default has for each pair."""
    assert LEAST.calibrated([of(0), of(0)]) == pytest.approx(-0.075)
    assert Band(kind="at_least", limit=0.9, rest=1).calibrated([of(1), of(1)]) == pytest.approx(0.925)
    assert Band(kind="at_least", limit=-0.2, of="scale").calibrated([of(0, scale=0.4), of(0, scale=0.6)]) == (
        pytest.approx(-0.075)
    )
    assert Band(kind="at_most", limit=0.002, of="n", least=2).calibrated([of(0, n=300)]) == 2
    assert Band(kind="at_most", limit=None).calibrated([of(0), of(0)]) == 0
    assert Band(kind="at_least", limit=None).calibrated([of(0.5), of(0.5)]) == 0  # nor one that excludes rest


def test_what_could_not_be_measured_has_no_limit() -> None:
    """A pair that lacks data does not count; where all do, there is no limit."""
    assert LEAST.calibrated([inconclusive("too few"), inconclusive("too few")]) is None
    one = LEAST.calibrated([of(-0.3)])
    assert LEAST.calibrated([of(-0.3), inconclusive("too few")]) == one == pytest.approx(-0.3)


@given(
    st.lists(st.floats(-1, 1), min_size=1, max_size=12),
    st.sampled_from(
        [
            LEAST,
            MOST,
            Band(kind="at_least", limit=0.9, rest=1),
            Band(kind="at_most", limit=None),
            *(check.band for check in CHECKS if check.band is not None),
        ]
    ),
)
def test_every_retrain_that_was_seen_is_within_its_own_band(values: list[float], band: Band) -> None:
    """Whatever they gave, and rest with them: no calibration condemns a run it was made of, nor a model itself."""
    retrains = [of(value, scale=0.5) for value in values]
    limit = band.calibrated(retrains)
    assert limit is not None

    for retrain in (*retrains, of(band.rest)):
        bound = band.bound(retrain, limit)
        assert bound is not None
        assert retrain.value is not None
        assert bound.holds(retrain.value + (1e-9 if band.kind == "at_least" else -1e-9))


def test_a_model_beside_itself_is_within_every_default() -> None:
    """Rest is on the right side of each band."""
    for check in CHECKS:
        if check.band is not None:
            bound = check.band.bound(of(check.band.rest, scale=0.5), None)
            assert bound is None or bound.holds(check.band.rest), check.id
