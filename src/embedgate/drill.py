"""The drill: inject faults into the model under test, and see which of them the gate stops.

Each fault is tried at its worst severity first. If that is stopped, the mildest severity that is stopped is found by
bisection; if not, every severity is tried, since a gate may stop a mild fault and miss a severe one. The t-SNE map is
left out: it costs more than all other checks, and separation in the space is measured beside it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from embedgate.checks.registry import check_ids, check_of
from embedgate.engine import Engine, evidence_of, is_off
from embedgate.faults import FAULTS, HARMLESS
from embedgate.judgement.drill_record import Attempt, DrillRecord, FaultRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from embedgate.config import Settings
    from embedgate.faults import Fault
    from embedgate.judgement.result import CheckResult
    from embedgate.material.playlists import Playlists
    from embedgate.material.space import EmbeddingSpace
    from embedgate.measures.evidence import Evidence

_FIRST = ("integrity", "vocabulary", "champion", "neighbours", "retrieval")
"""Families in the order in which they are tried: what is cheap first, and of the rest what names tracks."""
_CLEAR = 2.0
"""A bound can close a gap if the value of the faulty model is this many half intervals from that of the sound one."""


class Drill:
    """Faults of one model, judged with the user's own bounds.

    Args:
        evidence: the measurements of the model under test.
        playlists: its playlists.
        settings: quality_checks.toml.
        champion: keys and vectors of the champion; None if there is none.
        results: the results of the model under test.
    """

    def __init__(
        self,
        evidence: Evidence,
        playlists: Playlists,
        settings: Settings,
        champion: EmbeddingSpace | None,
        results: Iterable[CheckResult],
    ) -> None:
        self._model = evidence.model
        self._playlists = playlists
        self._settings = settings
        self._champion = champion
        self._past_champions = evidence.past_champions
        self._sound: Mapping[str, CheckResult] = {result.id: result for result in results}
        wanted = [each for each in check_ids(settings) if self._is_wanted(each)]
        self._ids = sorted(wanted, key=lambda each: _rank(check_of(each).family))

    def run(self, progress: Callable[[float], object] = lambda _: None) -> DrillRecord:
        """Try all faults and harmless changes.

        Args:
            progress: called with the completed share.
        """
        started, found = time.perf_counter(), []
        everything = (*FAULTS, *HARMLESS)
        for number, fault in enumerate(everything, 1):
            found.append(self._try(fault))
            progress(number / len(everything))
        faults, harmless = tuple(found[: len(FAULTS)]), tuple(found[len(FAULTS) :])
        return DrillRecord(faults, harmless, time.perf_counter() - started)

    def _is_wanted(self, check_id: str) -> bool:
        """Return whether the drill evaluates a check: one that the model under test passes, and without the map."""
        sound = self._sound.get(check_id)
        return (
            not check_of(check_id).needs_map
            and not is_off(check_id, self._settings, compares=self._champion is not None)
            and (sound is None or not sound.fails_gate)
        )

    def _try(self, fault: Fault) -> FaultRecord:
        tried: dict[float, Attempt] = {}
        gap: tuple[float, list[CheckResult]] | None = None

        def attempt(severity: float) -> bool | None:
            nonlocal gap
            faulty = fault.inject(self._model, severity)
            if faulty is None:
                return None
            results = self._evaluate(faulty.space)
            tried[severity] = _attempt(severity, results)
            stopped = tried[severity].outcome == "stopped"
            if not stopped and (gap is None or severity > gap[0]):
                gap = severity, results
            return stopped

        ladder = fault.ladder
        worst = attempt(ladder[-1])
        if worst:
            low, high = -1, len(ladder) - 1  # the mildest severity that is stopped is above low, and at most high
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if attempt(ladder[middle]) else (middle, high)
        elif worst is not None:
            for severity in ladder[:-1]:
                attempt(severity)
        return FaultRecord(
            fault.id,
            fault.name,
            fault.accident,
            fault.severity,
            ladder,
            tuple(tried[severity] for severity in sorted(tried)),
            self._gap(tried[gap[0]], gap[1]) if gap is not None and fault in FAULTS else "",
        )

    def _evaluate(self, space: EmbeddingSpace) -> list[CheckResult]:
        """Evaluate checks until one fails the gate."""
        evidence = evidence_of(space, self._playlists, self._settings, self._champion, self._past_champions)
        engine = Engine(evidence, self._settings, compares=self._champion is not None)
        results = []
        for check_id in self._ids:
            results.append(engine.result(check_id))
            if results[-1].fails_gate:
                break
        return results

    def _gap(self, attempt: Attempt, results: list[CheckResult]) -> str:
        """Say which setting would have stopped a faulty model."""
        if attempt.outcome == "warned":
            return f'[checks."{attempt.check}"] severity = "fail" would stop it'
        found = max(((self._clearness(result), result) for result in results), key=lambda pair: pair[0], default=None)
        if found is None or found[0] < _CLEAR:
            return "no bound of a check would stop it without stopping the model itself"
        faulty = found[1]
        sound, kind = self._sound[faulty.id], check_of(faulty.id).direction or "at_least"
        limit = ((sound.value or 0.0) + (faulty.value or 0.0)) / 2
        severity = "" if faulty.severity == "fail" else ' with severity = "fail"'
        return f'[checks."{faulty.id}"] {kind} = {limit:.3g}{severity} would stop it'

    def _clearness(self, faulty: CheckResult) -> float:
        """Return how many half intervals a value is worse than that of the sound model; 0 without an interval."""
        sound = self._sound.get(faulty.id)
        if sound is None or sound.value is None or sound.interval is None or faulty.value is None:
            return 0.0
        worse = sound.value - faulty.value
        if check_of(faulty.id).direction == "at_most":
            worse = -worse
        half = (sound.interval[1] - sound.interval[0]) / 2
        return worse / half if half > 0 else 0.0


def _rank(family: str) -> int:
    return _FIRST.index(family) if family in _FIRST else len(_FIRST)


def _attempt(severity: float, results: list[CheckResult]) -> Attempt:
    if results and results[-1].fails_gate:
        return Attempt(severity, "stopped", results[-1].id)
    warned = next((result.id for result in results if result.outcome == "warned"), "")
    return Attempt(severity, "warned" if warned else "missed", warned)
