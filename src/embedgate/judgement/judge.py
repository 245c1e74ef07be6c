"""Judge a measurement by a bound."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from embedgate.checks.bounds import Bound, at_least, at_most
from embedgate.checks.units import show
from embedgate.judgement.result import CheckResult
from embedgate.statistics import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.checks.check import Check
    from embedgate.config.sections import CheckSettings, Severity
    from embedgate.config.settings import Settings
    from embedgate.judgement.result import Outcome
    from embedgate.measures.measurement import Measurement
    from embedgate.statistics import Interval

_LEVEL = 0.01
"""Share of sound retrains that may fail a check which the champion passes."""
_SIGN = {"at_least": ">=", "at_most": "<="}


def judge(
    check_id: str,
    check: Check,
    measurement: Measurement,
    settings: Settings,
    *,
    subject_bound: Bound | None = None,
    past: Sequence[float] = (),
) -> CheckResult:
    """Compare a measurement with its bound.

    Args:
        check_id: the id, with its slug.
        check: the declaration of the check.
        measurement: what was measured.
        settings: quality_checks.toml.
        subject_bound: the check's own bound (`min_hits` of a known track); one in `[checks]` overrides it.
        past: the check's values of past champions.
    """
    user, calibrated = settings.of_check(check_id), settings.bands.limit_of(check_id)
    held_out = settings.model.playlists_role == "held_out"
    default = check.severity_calibrated if calibrated is not None else check.default_severity(held_out=held_out)
    severity = user.severity or measurement.default_severity or default
    band = check.band.bound(measurement, calibrated, past) if check.band else None
    bound = choose_bound(measurement, user, subject_bound or check.bound, band)
    outcome, reason = _outcome(measurement, bound, severity)
    if outcome in ("failed", "warned") and check.certain and not _is_certain(measurement, bound):
        outcome = "passed"
    elif (
        outcome == "passed" and bound is not None and check.band is not None and check.band.worse(measurement, bound)
    ):
        outcome = "warned"
        reason = (
            f"worse than the champion by more than chance explains and by more than half of the tolerated "
            f"{show(abs(bound.limit), check.unit)}: {measurement.summary}"
        )
    if outcome == "not_applicable":
        bound = None
    # built-in types: a custom check may return numpy's, which neither JSON nor pytest-xdist accepts
    interval = measurement.interval and (float(measurement.interval[0]), float(measurement.interval[1]))
    return CheckResult(
        id=check_id,
        outcome=outcome,
        severity=severity,
        value=None if measurement.value is None else float(measurement.value),
        interval=interval,
        n=int(measurement.n),
        bound=bound,
        unit=check.unit,
        message=_message(measurement, outcome, reason, bound, check.unit),
        tracks=() if outcome == "passed" else tuple(map(str, measurement.tracks)),
    )


def judge_beside_champion(result: CheckResult, champion: Measurement, tests: int = 1) -> CheckResult:
    """Return a failed result, or a warning if the champion is not certainly better.

    A genre that the playlists hardly separate exceeds its chance level in one training and not in the next. The
    champion is certainly better if its value is beyond the interval of the candidate, widened to a one-sided level of
    1 % for all repetitions of the check together (Bonferroni), so that at most one sound retrain of a hundred fails.
    A configured bound always holds, and an inconclusive measurement of the champion excuses nothing.

    Args:
        result: a failed result.
        champion: the same measure of the champion, on the shared tracks.
        tests: how often the check is repeated, over genres for example.
    """
    from scipy.special import ndtri  # noqa: PLC0415 - heavy

    bound, interval, value = result.bound, result.interval, champion.value
    if bound is None or bound.source != "null" or interval is None or result.value is None:
        return result
    if value is None or champion.inconclusive:
        return result
    at_least = bound.kind == "at_least"
    widening = float(ndtri(1 - _LEVEL / tests) / ndtri((1 + CONFIDENCE) / 2))
    end = result.value + widening * ((interval[1] if at_least else interval[0]) - result.value)
    if value > end if at_least else value < end:
        return result
    no_better = (
        f"It only warns, since the champion is not certainly better: its value of {show(value, result.unit)} is not "
        f"{'above' if at_least else 'below'} {show(end, result.unit)}, the {'upper' if at_least else 'lower'} limit "
        f"of this value at a level of {_LEVEL:.0%}{f' for all {tests} together' if tests > 1 else ''}."
    )
    return replace(result, outcome="warned", message=f"{result.message} {no_better}")


def choose_bound(
    measurement: Measurement, user: CheckSettings, constant: Bound | None, band: Bound | None = None
) -> Bound | None:
    """Return the configured bound, else the champion's band, else the chance level, else the constant."""
    default = constant
    if measurement.null is not None and not measurement.null.inconclusive:
        default = at_least(measurement.null.critical, "null")
    own = at_least(user.at_least, "user") if user.at_least is not None else None
    own = at_most(user.at_most, "user") if user.at_most is not None else own
    if own is None:
        return band or default
    return replace(own, looser_than_chance=default is not None and default.stricter_than(own))


def _outcome(measurement: Measurement, bound: Bound | None, severity: Severity) -> tuple[Outcome, str]:
    """Return the outcome, and its reason; "" if the comparison with the bound is the reason."""
    broken: Outcome = "failed" if severity == "fail" else "warned"
    if measurement.not_applicable:
        return "not_applicable", measurement.not_applicable
    if measurement.no_baseline:
        return "no_baseline", measurement.no_baseline
    if measurement.breach:
        return broken, measurement.breach
    if measurement.inconclusive or measurement.value is None:
        return "inconclusive", measurement.inconclusive
    if measurement.null is not None and measurement.null.inconclusive and (bound is None or bound.source != "user"):
        return "inconclusive", measurement.null.inconclusive
    return _compare(measurement.value, measurement.interval, bound, broken), ""


def _compare(value: float, interval: Interval | None, bound: Bound | None, broken: Outcome) -> Outcome:
    """Compare a value with a bound; warn if it is outside the champion's band and its interval overlaps the band."""
    if bound is None:
        return "no_baseline"
    if bound.holds(value):
        return "passed"
    uncertain = bound.source == "champion" and interval is not None and not bound.surely_broken(interval)
    return "warned" if uncertain else broken


def _is_certain(measurement: Measurement, bound: Bound | None) -> bool:
    """Return whether a value is beyond its bound with its whole interval; a configured bound is always certain."""
    if bound is None or bound.source == "user" or measurement.breach or measurement.interval is None:
        return True
    return bound.surely_broken(measurement.interval)


def _message(measurement: Measurement, outcome: Outcome, reason: str, bound: Bound | None, unit: str) -> str:
    """Return what was measured, what was expected, and what to do."""
    parts = [reason or measurement.summary]
    if outcome in ("failed", "warned"):
        if bound is not None and not reason:
            limit = f"{_SIGN[bound.kind]} {show(bound.limit, unit)} ({bound.origin})"
            parts.insert(0, f"{show(measurement.value, unit)}, expected {limit}")
        parts.append(measurement.hint)
    elif reason and outcome in ("inconclusive", "not_applicable"):
        parts.append(measurement.summary)
    return " ".join(map(_sentence, filter(None, parts)))


def _sentence(text: str) -> str:
    """Capitalize the first letter and end with a full stop; a quoted name at the start is not changed."""
    ended = text if text.endswith((".", "!", "?", "…")) else f"{text}."
    return ended[:1].upper() + ended[1:] if ended[:1].isascii() else ended
