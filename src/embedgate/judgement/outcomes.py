"""From a measurement and its bound to an outcome."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from embedgate.judgement.bounds import Bound, bound_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedgate.config import CheckSettings, Severity
    from embedgate.judgement.checks import Check
    from embedgate.measures.measurement import Measurement
    from embedgate.statistics import Interval

Outcome = Literal[
    "passed", "warned", "failed", "inconclusive", "not_applicable", "no_baseline", "off", "error", "not_run"
]
MOST_TRACKS = 50
WORST_FIRST: tuple[Outcome, ...] = (
    "error",
    "failed",
    "inconclusive",
    "warned",
    "not_run",
    "no_baseline",
    "off",
    "not_applicable",
    "passed",
)
"""Outcomes, what a reader has to see first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one check.

    Attributes:
        id: the check's id, slug included.
        outcome: see docs/verdict.md.
        severity: what a broken bound does: stop the gate, or warn.
        value, interval, n: the measurement.
        bound: what it was held against; None where there was none.
        unit: how to print value and bound.
        message: a few sentences for a reader in a hurry.
        tracks: all tracks to blame, worst first.
        seconds: how long the check took.
    """

    id: str
    outcome: Outcome
    severity: Severity
    value: float | None = None
    interval: Interval | None = None
    n: int = 0
    bound: Bound | None = None
    unit: str = "number"
    message: str = ""
    tracks: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def stops(self) -> bool:
        """Whether this alone keeps the gate shut."""
        return self.outcome in ("failed", "error") or (self.outcome == "inconclusive" and self.severity == "fail")

    @property
    def family(self) -> str:
        """What stands before the first dot of the id."""
        return self.id.partition(".")[0]

    def lasting(self, seconds: float) -> Result:
        """The same, with the time it took."""
        return replace(self, seconds=seconds)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as a report carries them from a worker to the controller."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Result:
        """Read back what `as_dict` wrote, lists for tuples included."""
        values = dict(plain)
        values["bound"] = Bound(**values["bound"]) if values["bound"] else None
        values["interval"] = tuple(values["interval"]) if values["interval"] else None
        values["tracks"] = tuple(values["tracks"])
        return cls(**values)


def judge(
    check_id: str,
    check: Check,
    measurement: Measurement,
    user: CheckSettings,
    *,
    held_out: bool,
    own_bound: Bound | None = None,
    calibrated: float | None = None,
) -> Result:
    """Hold a measurement against its bound.

    Args:
        check_id: with its slug.
        check: what is fixed about the check.
        measurement: what was measured.
        user: what the user says of this check in `[checks]`.
        held_out: whether the playlists were kept out of training.
        own_bound: a bound that the check itself brings (a known track's `min_hits`); `[checks]` overrides it.
        calibrated: how far a retrain may be from the champion, where that was measured; then it is worth a `fail`.
    """
    default = check.severity_calibrated if calibrated is not None else check.default_severity(held_out=held_out)
    severity = user.severity or measurement.default_severity or default
    band = check.band.bound(measurement, calibrated) if check.band else None
    bound = bound_for(measurement, user, own_bound or check.bound, band)
    outcome, why = _outcome(measurement, bound, severity)
    if outcome == "not_applicable":
        bound = None  # nothing is compared with it
    # plain numbers and text: a check of the user's own may measure in numpy's, which no worker can send
    low_high = measurement.interval and (float(measurement.interval[0]), float(measurement.interval[1]))
    return Result(
        id=check_id,
        outcome=outcome,
        severity=severity,
        value=None if measurement.value is None else float(measurement.value),
        interval=low_high,
        n=int(measurement.n),
        bound=bound,
        unit=check.unit,
        message=_message(measurement, outcome, why, bound, check.unit),
        tracks=() if outcome == "passed" else tuple(map(str, measurement.tracks)),  # what holds is nobody's fault
    )


def _outcome(measurement: Measurement, bound: Bound | None, severity: Severity) -> tuple[Outcome, str]:
    """The outcome, and why where the bound does not say it."""
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
    return _against(measurement.value, measurement.interval, bound, broken), ""


def _against(value: float, interval: Interval | None, bound: Bound | None, broken: Outcome) -> Outcome:
    """Hold a value against a bound; one that may be worse than the champion's band by chance alone is a warning."""
    if bound is None:
        return "no_baseline"
    if bound.holds(value):
        return "passed"
    unsure = bound.source == "champion" and interval is not None and not bound.surely_broken(interval)
    return "warned" if unsure else broken


def _message(measurement: Measurement, outcome: Outcome, why: str, bound: Bound | None, unit: str) -> str:
    """Say in sentences what is, what was asked for instead, and what to do next."""
    wrong = outcome in ("failed", "warned")
    parts = [why or measurement.summary]
    if wrong and bound is not None and not why:
        asked = f"{_KIND[bound.kind]} {show(bound.limit, unit)} is asked for ({_WHOSE[bound.source, bound.constant]})"
        value = show(measurement.value, unit)
        # a difference or a ratio to the champion is often not what the measure says of itself
        parts.append(asked if value in measurement.summary else f"that is {value}, and {asked}")
    if outcome in ("inconclusive", "not_applicable") and why:
        parts.append(measurement.summary)
    if wrong:
        parts.append(measurement.hint)
    return " ".join(map(_sentence, filter(None, parts)))


def _sentence(text: str) -> str:
    """With a capital in front and a full stop behind; what begins with a quoted name is left as it is."""
    ended = text if text.endswith((".", "!", "?", "…")) else f"{text}."
    return ended[:1].upper() + ended[1:] if ended[:1].isascii() else ended


_KIND = {"at_least": "at least", "at_most": "at most"}
_WHOSE = {
    ("user", False): "your bound",
    ("null", False): "more than chance gives",
    ("null", True): "the documented default",
    ("champion", False): "as far as retrains were seen to go",
    ("champion", True): "as far as a sound retrain goes",
}


def show(value: float | None, unit: str) -> str:
    """Print a value in its unit: 1,234, 12.3 %, 0.123 or 12.3x."""
    if value is None:
        return "–"
    if unit == "share":
        return "any" if 0 < value < 1e-12 else f"{value:.1%}"
    if unit == "difference":
        return f"{round(value, 3) + 0.0:+.3f}"  # no "-0.000"
    return {"count": "{:,.0f}", "factor": "{:,.1f}x", "spreads": "{:.1f} spreads"}.get(unit, "{:.3f}").format(value)
