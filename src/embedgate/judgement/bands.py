"""How far a plain retrain may be from its champion: the limits of the champion's checks."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import stdev
from typing import TYPE_CHECKING, Literal

from embedgate.judgement.bounds import Bound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.measures.measurement import Measurement

_FLOOR = 0.75
"""A calibrated limit is at least this share of the default's way from a model that is compared with itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A default band, found on retrains of two data sets; calibration puts the user's own in its place.

    Attributes:
        kind: on which side of the limit a sound retrain lies.
        limit: the number; None where only calibration can tell.
        of: what the number is a share of: nothing, the measurement's `scale` (a lead over chance, or a critical
            value), or its `n`.
        least: the limit is never nearer than this.
        rest: what a model gives that is compared with itself.
    """

    kind: Literal["at_least", "at_most"]
    limit: float | None
    of: Literal["", "scale", "critical", "n"] = ""
    least: float = 0.0
    rest: float = 0.0

    def bound(self, measurement: Measurement, calibrated: float | None) -> Bound | None:
        """The limit for one measurement; None where there is none."""
        if calibrated is not None:
            return Bound(self.kind, calibrated, "champion")
        if self.limit is None:
            return None
        scale = measurement.scale or 0.0
        whole = {"": 1.0, "scale": scale, "critical": scale, "n": float(measurement.n)}[self.of]
        limit = self.limit * whole
        return Bound(
            self.kind, max(limit, self.least) if self.kind == "at_most" else limit, "champion", constant=True
        )

    def calibrated(self, retrains: Sequence[Measurement]) -> float | None:
        """The limit that retrains of the same data call for; None where none of them could be measured.

        As far as the farthest retrain went, and three standard deviations beyond; where there is a default, at least
        three quarters as far, since a few retrains do not show all that chance does.

        Args:
            retrains: the check's measurement on pairs of retrains, each pair in both orders.
        """
        values = [found.value for found in retrains if found.value is not None]
        if not values:
            return None
        away = -1.0 if self.kind == "at_least" else 1.0
        farthest = max(away * (value - self.rest) for value in values)
        reach = farthest + 3 * (stdev(values) if len(values) > 1 else 0.0)
        defaults = [bound.limit for found in retrains if (bound := self.bound(found, None)) is not None]
        if defaults:
            reach = max(reach, sum(away * (limit - self.rest) for limit in defaults) / len(defaults) * _FLOOR)
        limit = self.rest + away * max(reach, 0.0)
        return max(limit, self.least) if self.kind == "at_most" else limit
