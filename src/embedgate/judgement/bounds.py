"""A bound: at least or at most, and whose."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
        looser_than_chance: whether the user set it, and chance (or the default) alone meets it.
    """

    kind: Literal["at_least", "at_most"]
    limit: float
    source: Source
    constant: bool = False
    looser_than_chance: bool = False

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
        flags = {name: True for name in ("constant", "looser_than_chance") if getattr(self, name)}
        return {**plain, **flags}

    def stricter_than(self, other: Bound) -> bool:
        """Whether some value that meets the other bound does not meet this one."""
        return self.kind == other.kind and not self.holds(other.limit)


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
    default = constant
    if measurement.null is not None and not measurement.null.inconclusive:
        default = at_least(measurement.null.critical, "null")
    own = at_least(user.at_least, "user") if user.at_least is not None else None
    own = at_most(user.at_most, "user") if user.at_most is not None else own
    if own is None:
        return band or default
    return replace(own, looser_than_chance=default is not None and default.stricter_than(own))
