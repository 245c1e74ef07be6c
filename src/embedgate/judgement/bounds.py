"""A bound: at least or at most, and whose."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from embedgate.config import CheckSettings
    from embedgate.measures.measurement import Measurement
    from embedgate.statistics import Interval

Source = Literal["user", "null", "champion"]


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit that a value has to hold.

    Attributes:
        kind: "at_least" or "at_most".
        limit: the number; the value may equal it.
        source: who set it: the user, a null (what chance or a faultless model gives), or the champion.
        constant: whether it is a documented constant, not computed from this model's null or calibrated.
    """

    kind: Literal["at_least", "at_most"]
    limit: float
    source: Source
    constant: bool = False

    def holds(self, value: float) -> bool:
        """Whether a value is on the right side; NaN never is."""
        return value >= self.limit if self.kind == "at_least" else value <= self.limit

    def surely_broken(self, interval: Interval) -> bool:
        """Whether a whole interval is on the wrong side."""
        low, high = interval
        return not self.holds(high if self.kind == "at_least" else low)

    def as_json(self) -> dict[str, object]:
        """As verdict.json has it; JSON has no infinity, which stands as null."""
        plain: dict[str, object] = {self.kind: self.limit if isfinite(self.limit) else None, "from": self.source}
        return {**plain, "constant": True} if self.constant else plain


def at_least(limit: float, source: Source, *, constant: bool = False) -> Bound:
    """A lower bound."""
    return Bound("at_least", float(limit), source, constant)


def at_most(limit: float, source: Source, *, constant: bool = False) -> Bound:
    """An upper bound."""
    return Bound("at_most", float(limit), source, constant)


def bound_for(
    measurement: Measurement, user: CheckSettings, constant: Bound | None, band: Bound | None = None
) -> Bound | None:
    """Choose the bound: the user's number, else the champion's band, the null's critical value, the constant."""
    if user.at_least is not None:
        return at_least(user.at_least, "user")
    if user.at_most is not None:
        return at_most(user.at_most, "user")
    if band is not None:
        return band
    if measurement.null is not None and not measurement.null.lacks:
        return at_least(measurement.null.critical, "null")
    return constant
