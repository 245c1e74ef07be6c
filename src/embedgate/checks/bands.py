"""Retrain bands: how far a sound retrain may differ from the champion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import stdev
from typing import TYPE_CHECKING, Literal

from embedgate.checks.bounds import Bound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.measures.measurement import Measurement

_FLOOR = 0.75
"""A calibrated limit is at least this share of the distance from `unchanged` to the default limit."""
_MIN_PAST = 10
"""Past champions that narrow a band: as many as five retrains have pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A default band; calibration on the user's own retrains replaces it, and past champions narrow it.

    Attributes:
        kind: the side of the limit on which sound retrains are.
        limit: the number; None if only calibration gives one.
        share_of: the quantity that `limit` is a share of: none, the measurement's `scale` (a lead over chance, or a
            critical value), or its `n`.
        min_limit: the lowest limit of an upper bound.
        unchanged: the value of a model that is compared with itself.
    """

    kind: Literal["at_least", "at_most"]
    limit: float | None
    share_of: Literal["", "scale", "critical", "n"] = ""
    min_limit: float = 0.0
    unchanged: float = 0.0

    def bound(self, measurement: Measurement, calibrated: float | None, past: Sequence[float] = ()) -> Bound | None:
        """Return the bound of one measurement; None if there is no limit.

        Args:
            measurement: whose scale the default limit is a share of.
            calibrated: limit from the user's own retrains.
            past: values of past champions, each compared with the champion before it. With at least ten of them, a
                default limit that is wider than their variation is narrowed.
        """
        if calibrated is not None:
            return Bound(self.kind, calibrated, "champion")
        if self.limit is None:
            return None
        scale = measurement.scale or 0.0
        whole = {"": 1.0, "scale": scale, "critical": scale, "n": float(measurement.n)}[self.share_of]
        limit = self.limit * whole
        default = Bound(
            self.kind, max(limit, self.min_limit) if self.kind == "at_most" else limit, "champion", constant=True
        )
        if len(past) >= _MIN_PAST:
            narrowed = Bound(self.kind, self._limit_beyond(past, default.limit), "champion", from_history=True)
            return narrowed if narrowed.stricter_than(default) else default
        return default

    def worse(self, measurement: Measurement, bound: Bound) -> bool:
        """Return whether a value within the default band is nevertheless worse than that of the champion.

        The whole interval of the difference has to be worse, and the estimate beyond half of the tolerated loss: with
        many observations, a negligible difference is significant too.
        """
        default = self.share_of == "scale" and (bound.constant or bound.from_history)
        if not default or measurement.value is None or measurement.interval is None:
            return False
        none, half = replace(bound, limit=self.unchanged), replace(bound, limit=(self.unchanged + bound.limit) / 2)
        return none.surely_broken(measurement.interval) and not half.holds(measurement.value)

    def calibrated(self, retrains: Sequence[Measurement]) -> float | None:
        """Return the limit that retrains of the same data show; None if none of them could be measured.

        Args:
            retrains: the check's measurement on pairs of retrains, each pair in both orders.
        """
        values = [found.value for found in retrains if found.value is not None]
        if not values:
            return None
        defaults = [bound.limit for found in retrains if (bound := self.bound(found, None)) is not None]
        return self._limit_beyond(values, sum(defaults) / len(defaults) if defaults else None)

    def _limit_beyond(self, values: Sequence[float], default: float | None) -> float:
        """Return the limit that sound retrains with these values show.

        It is the farthest retrain plus three standard deviations, and at least three quarters of the default, since a
        few retrains do not show all random variation.
        """
        away = -1.0 if self.kind == "at_least" else 1.0
        farthest = max(away * (value - self.unchanged) for value in values)
        reach = farthest + 3 * (stdev(values) if len(values) > 1 else 0.0)
        if default is not None:
            reach = max(reach, away * (default - self.unchanged) * _FLOOR)
        limit = self.unchanged + away * max(reach, 0.0)
        return max(limit, self.min_limit) if self.kind == "at_most" else limit
