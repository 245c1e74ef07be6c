"""The result of a drill: `drill` in verdict.json."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

DrillOutcome = Literal["failed", "warned", "missed"]
"""Whether the gate fails a faulty model, only warns, or does neither."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The model with a fault of one severity.

    Attributes:
        severity: of the fault.
        outcome: of the gate.
        check: the check that fails or warns; "" if none does.
    """

    severity: float
    outcome: DrillOutcome
    check: str = ""


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """One fault, or one harmless change, at several severities.

    Attributes:
        id, name, accident, severity, severities: see `embedgate.faults.Fault`.
        attempts: one per severity that was tried, ascending; empty if the model has no tracks that it could affect.
            Severities whose outcome follows from others are not tried.
        gap: the setting with which the highest severity that is missed would fail; "" if none is missed, or no bound
            separates it clearly.
    """

    id: str
    name: str
    accident: str
    severity: str
    severities: tuple[float, ...]
    attempts: tuple[Attempt, ...] = ()
    gap: str = ""

    @property
    def failed_from(self) -> Attempt | None:
        """The mildest severity from which on every attempt fails; None if there is none."""
        found = None
        for attempt in reversed(self.attempts):
            if attempt.outcome != "failed":
                break
            found = attempt
        return found

    @property
    def worst_missed(self) -> Attempt | None:
        """The attempt of the highest severity that does not fail the gate; None if all attempts do."""
        return next((attempt for attempt in reversed(self.attempts) if attempt.outcome != "failed"), None)

    def outcome_at(self, severity: float) -> DrillOutcome:
        """Return the outcome at a severity; if it was not tried, that of the next milder attempt.

        Not tried are severities worse than a failed one, and those milder than all attempts, which are missed.
        """
        below = [attempt for attempt in self.attempts if attempt.severity <= severity]
        if below:
            return below[-1].outcome
        return "missed"


@dataclass(frozen=True, slots=True)
class DrillRecord:
    """A drill.

    Attributes:
        faults: one per fault, in the order of the catalogue.
        harmless: one per harmless change.
        seconds: duration.
    """

    faults: tuple[FaultRecord, ...]
    harmless: tuple[FaultRecord, ...]
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the drill as in verdict.json."""
        return asdict(self)
