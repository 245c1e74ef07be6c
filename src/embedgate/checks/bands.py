"""Retrain bands: how far a sound retrain may differ from the champion."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import stdev
from typing import TYPE_CHECKING, Literal

from embedgate.checks.bounds import Bound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.measures.measurement import Measurement

_FLOOR = 0.75
"""A calibrated limit is at least this share of the distance from `unchanged` to the default limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A default band; calibration on the user's own retrains replaces it.

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

    def bound(self, measurement: Measurement, calibrated: float | None) -> Bound | None:
        """Return the bound of one measurement; None if there is no limit."""
        if calibrated is not None:
            return Bound(self.kind, calibrated, "champion")
        if self.limit is None:
            return None
        scale = measurement.scale or 0.0
        whole = {"": 1.0, "scale": scale, "critical": scale, "n": float(measurement.n)}[self.share_of]
        limit = self.limit * whole
        return Bound(
            self.kind, max(limit, self.min_limit) if self.kind == "at_most" else limit, "champion", constant=True
        )

    def calibrated(self, retrains: Sequence[Measurement]) -> float | None:
        """Return the limit that retrains of the same data show; None if none of them could be measured.

        The limit is the farthest retrain plus three standard deviations, and at least three quarters of the default,
        since a few retrains do not show all random variation.

        Args:
            retrains: the check's measurement on pairs of retrains, each pair in both orders.
        """
        values = [found.value for found in retrains if found.value is not None]
        if not values:
            return None
        away = -1.0 if self.kind == "at_least" else 1.0
        farthest = max(away * (value - self.unchanged) for value in values)
        reach = farthest + 3 * (stdev(values) if len(values) > 1 else 0.0)
        defaults = [bound.limit for found in retrains if (bound := self.bound(found, None)) is not None]
        if defaults:
            reach = max(reach, sum(away * (limit - self.unchanged) for limit in defaults) / len(defaults) * _FLOOR)
        limit = self.unchanged + away * max(reach, 0.0)
        return max(limit, self.min_limit) if self.kind == "at_most" else limit
