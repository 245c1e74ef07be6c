"""The declaration of a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from embedgate.checks.units import RANGE_OF, UNBOUNDED, Unit
from embedgate.measures.measurement import not_applicable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from embedgate.checks.bands import Band
    from embedgate.checks.bounds import Bound, Direction
    from embedgate.config.sections import Severity
    from embedgate.measures.evidence import Evidence
    from embedgate.measures.measurement import Measurement
    from embedgate.slices import Slice

Per = Literal["model", "genre", "pair", "known", "slice"]
CUSTOM = "custom"
"""Family of the user's own checks."""


def _no_measure(_evidence: Evidence, _subject: object) -> Measurement:
    raise TypeError("a custom check has no measure of its own: call gate_judge() with a measurement")


def _no_bound(_evidence: Evidence, _subject: object) -> Bound | None:
    return None


def by_slice(
    measured: Callable[[Evidence], Mapping[Slice, Measurement]],
) -> Callable[[Evidence, Slice | None], Measurement]:
    """Return a measure of one slice; not applicable without a slice."""
    return lambda evidence, slice_: (
        not_applicable("there is no slice") if slice_ is None else measured(evidence)[slice_]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check: its question, its measure, and its default bound and severity.

    Attributes:
        id: `<family>.<name>`; a check that is repeated over genres, pairs, known tracks or slices adds a slug in
            brackets.
        question: what the check answers, for docs and report.
        measure: return the measurement of a model, given its evidence and what the check is repeated over (None for
            a check of the whole model, and where there is nothing to repeat over).
        per: what the check is repeated over.
        severity: the default severity.
        severity_held_out: the default severity if the playlists were held out of training; None: `severity`.
        severity_calibrated: the default severity if the band was calibrated on retrains.
        bound: a documented constant; a configured bound replaces it.
        subject_bound: return the bound that a known track configures, or that follows from the evidence.
        bound_in_words: for docs, a bound that follows from the evidence.
        own_direction: the direction of a configured bound; None: that of `bound` or `band`, else "at_least".
        own_range: smallest and largest value of the measure; None: those of the unit.
        band: how far a retrain may differ from the champion, for a check that compares with it.
        null: whether the measurement has a chance level.
        unit: how the value is printed.
        needs_map: whether the measure needs the t-SNE map.
        certain: whether a default bound is broken only if the whole interval is beyond it. Of many repetitions, a few
            estimates are beyond their bounds by chance.
        champion_excuses: whether a value beyond the default bound only warns if the champion is not certainly better.
        headline: whether the report shows this check for its family if nothing failed.
    """

    id: str
    question: str
    measure: Callable[[Evidence, Any], Measurement] = _no_measure
    per: Per = "model"
    severity: Severity = "fail"
    severity_held_out: Severity | None = None
    severity_calibrated: Severity = "fail"
    bound: Bound | None = None
    subject_bound: Callable[[Evidence, Any], Bound | None] = _no_bound
    bound_in_words: str = ""
    own_direction: Direction | None = None
    own_range: tuple[float, float] | None = None
    band: Band | None = None
    null: bool = False
    unit: Unit = "number"
    needs_map: bool = False
    certain: bool = False
    champion_excuses: bool = False
    headline: bool = False

    @property
    def family(self) -> str:
        """The part of the id before the first dot."""
        return self.id.partition(".")[0]

    @property
    def direction(self) -> Direction | None:
        """The direction of a configured bound; None for a custom check, which takes either."""
        if self.family == CUSTOM:
            return None
        default = self.bound or self.band
        return self.own_direction or (default.kind if default is not None else "at_least")

    @property
    def range(self) -> tuple[float, float]:
        """The smallest and the largest value that the measure can have."""
        return self.own_range or (UNBOUNDED if self.family == CUSTOM else RANGE_OF[self.unit])

    def clipped(self, limit: float) -> float:
        """Return the number in the measure's range that is nearest to a limit."""
        low, high = self.range
        return min(max(limit, low), high)

    def default_severity(self, *, held_out: bool) -> Severity:
        """Return the default severity for playlists that were, or were not, held out of training."""
        return self.severity_held_out if held_out and self.severity_held_out else self.severity
