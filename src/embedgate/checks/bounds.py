"""A bound: a limit, its direction and its source."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedgate.statistics import Interval

Direction = Literal["at_least", "at_most"]
Source = Literal["user", "null", "champion"]
_FLAGS = ("constant", "from_history", "looser_than_chance")


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit that a value has to meet.

    Attributes:
        kind: "at_least" or "at_most".
        limit: the number; a value equal to it meets the bound.
        source: where the limit comes from: the user's config, a null (chance level, or a constant), or the champion.
        constant: whether it is a documented constant rather than estimated from this model or calibrated.
        from_history: whether it is a default that the differences between past champions have narrowed.
        looser_than_chance: whether the user configured it, and the default bound is stricter.
    """

    kind: Direction
    limit: float
    source: Source
    constant: bool = False
    from_history: bool = False
    looser_than_chance: bool = False

    @property
    def origin(self) -> str:
        """Where the limit comes from, in words."""
        if self.source == "champion":
            default = "retrain band of past champions" if self.from_history else "calibrated on retrains"
            return "default retrain band" if self.constant else default
        if self.source == "null":
            return "default" if self.constant else "chance level"
        return "configured"

    def holds(self, value: float) -> bool:
        """Return whether a value meets the bound; NaN never does."""
        return value >= self.limit if self.kind == "at_least" else value <= self.limit

    def surely_broken(self, interval: Interval) -> bool:
        """Return whether no value of an interval meets the bound."""
        low, high = interval
        return not self.holds(high if self.kind == "at_least" else low)

    def stricter_than(self, other: Bound) -> bool:
        """Return whether some value that meets the other bound does not meet this one."""
        return self.kind == other.kind and not self.holds(other.limit)

    def as_json(self) -> dict[str, object]:
        """Return the bound as in verdict.json; JSON has no infinity, which becomes null."""
        plain: dict[str, object] = {self.kind: self.limit if isfinite(self.limit) else None, "from": self.source}
        flags = {name: True for name in _FLAGS if getattr(self, name)}
        return {**plain, **flags}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Bound:
        """Read what `as_json` wrote; a limit of null becomes NaN, which no value meets.

        Raises:
            ValueError: if it is not a bound.
        """
        kinds: list[Direction] = [kind for kind in ("at_least", "at_most") if kind in plain]
        if len(kinds) != 1 or "from" not in plain:
            raise ValueError("a bound needs `from`, and either at_least or at_most")
        limit = plain[kinds[0]]
        flags = {name: plain.get(name, False) for name in _FLAGS}
        if type(limit) not in (int, float, type(None)) or plain["from"] not in get_args(Source):
            raise ValueError("a bound needs a number, and `from` user, null or champion")
        if not all(isinstance(flag, bool) for flag in flags.values()):
            raise ValueError(f"{', '.join(f'`{name}`' for name in _FLAGS)} of a bound are true or false")
        return cls(kinds[0], nan if limit is None else limit, plain["from"], **flags)


def at_least(limit: float, source: Source, *, constant: bool = False) -> Bound:
    """Return a lower bound."""
    return Bound("at_least", float(limit), source, constant)


def at_most(limit: float, source: Source, *, constant: bool = False) -> Bound:
    """Return an upper bound."""
    return Bound("at_most", float(limit), source, constant)
