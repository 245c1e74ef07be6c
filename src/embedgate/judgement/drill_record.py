"""What a drill found: the content of `drill` in verdict.json."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

DrillOutcome = Literal["stopped", "warned", "missed"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the gate said of the model with a fault of one severity.

    Attributes:
        severity: of the fault.
        outcome: whether the gate stopped the model, only warned, or did neither.
        check: the check that did; "" if none did.
    """

    severity: float
    outcome: DrillOutcome
    check: str = ""


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """What the gate said of one fault, or of one harmless change.

    Attributes:
        id, name, accident, severity: of the fault.
        ladder: the severities, ascending. Not each is tried where the outcome follows from others.
        attempts: one a severity that was tried, ascending; empty if the model has no tracks that it could affect.
        gap: what slips through, and the bound that would stop it; "" if the mildest severity is stopped.
    """

    id: str
    name: str
    accident: str
    severity: str
    ladder: tuple[float, ...]
    attempts: tuple[Attempt, ...] = ()
    gap: str = ""

    @property
    def stopped_from(self) -> Attempt | None:
        """The mildest severity from which on every one that was tried is stopped; None if there is none."""
        found = None
        for attempt in reversed(self.attempts):
            if attempt.outcome != "stopped":
                break
            found = attempt
        return found

    def outcome_at(self, severity: float) -> tuple[DrillOutcome, bool]:
        """Return the outcome at a severity, and whether it was tried.

        Severities between the attempts: stopped above one that is stopped, else the outcome of the next higher one.
        """
        for attempt in self.attempts:
            if attempt.severity == severity:
                return attempt.outcome, True
        below = [attempt for attempt in self.attempts if attempt.severity < severity]
        above = [attempt for attempt in self.attempts if attempt.severity > severity]
        if below and below[-1].outcome == "stopped":
            return "stopped", False
        return (above[0].outcome if above else "missed"), False


@dataclass(frozen=True, slots=True)
class DrillRecord:
    """A drill.

    Attributes:
        faults: one a fault, in the order of the catalogue.
        harmless: one a harmless change.
        seconds: duration.
    """

    faults: tuple[FaultRecord, ...]
    harmless: tuple[FaultRecord, ...]
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the drill as in verdict.json."""
        return asdict(self)
