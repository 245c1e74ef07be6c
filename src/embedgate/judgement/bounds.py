"""A bound: at least or at most, and whose."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from embedgate.config import CheckSettings
    from embedgate.measures.measurement import Measurement

Source = Literal["user", "null", "champion"]


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit that a value has to hold.

    Attributes:
        kind: "at_least" or "at_most".
        limit: the number; the value may equal it.
        source: who set it: the user, a null (what chance or a faultless model gives), or the champion.
        constant: whether it is a documented constant, not computed from this model's null.
    """

    kind: Literal["at_least", "at_most"]
    limit: float
    source: Source
    constant: bool = False

    def holds(self, value: float) -> bool:
        """Whether a value is on the right side; NaN never is."""
        return value >= self.limit if self.kind == "at_least" else value <= self.limit

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


def bound_for(measurement: Measurement, user: CheckSettings, constant: Bound | None) -> Bound | None:
    """Choose the bound: the user's number, else the null's critical value, else the documented constant."""
    if user.at_least is not None:
        return at_least(user.at_least, "user")
    if user.at_most is not None:
        return at_most(user.at_most, "user")
    if measurement.null is not None and not measurement.null.lacks:
        return at_least(measurement.null.critical, "null")
    return constant
