"""How far a plain retrain may be from its champion: the limits of the champion's checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from embedgate.judgement.bounds import Bound

if TYPE_CHECKING:
    from embedgate.measures.measurement import Measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A default band, found on retrains of two data sets; calibration puts the user's own in its place.

    Attributes:
        kind: on which side of the limit a sound retrain lies.
        limit: the number; None where only calibration can tell.
        of: what the number is a share of: nothing, the measurement's `scale`, or its `n`.
        least: the limit is never nearer than this.
    """

    kind: Literal["at_least", "at_most"]
    limit: float | None
    of: Literal["", "scale", "n"] = ""
    least: float = 0.0

    def bound(self, measurement: Measurement, calibrated: float | None) -> Bound | None:
        """The limit for one measurement; None where there is none."""
        if calibrated is not None:
            return Bound(self.kind, calibrated, "champion")
        if self.limit is None:
            return None
        whole = {"": 1.0, "scale": measurement.scale or 0.0, "n": float(measurement.n)}[self.of]
        limit = self.limit * whole
        return Bound(
            self.kind, max(limit, self.least) if self.kind == "at_most" else limit, "champion", constant=True
        )
