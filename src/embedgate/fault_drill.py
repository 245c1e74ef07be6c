"""The drill: inject faults into the model under test, and find which of them fail the gate.

The worst severity of each fault is tried first. If it fails the gate, the mildest severity that does is found by
bisection. If not, every severity is tried: a gate may fail a mild fault and miss a severe one.

Left out are checks that need the t-SNE map, which costs more than all others, and pairs of genres, of which there are
many; the space as a whole is measured by other checks too.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from embedgate.checks.registry import check_ids, check_of
from embedgate.engine import Engine, evidence_for, is_off
from embedgate.faults import FAULTS, HARMLESS
from embedgate.judgement.drill_record import Attempt, DrillRecord, FaultRecord
from embedgate.material.model import ModelUnderTest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from embedgate.config.settings import Settings
    from embedgate.faults import Fault
    from embedgate.judgement.result import CheckResult
    from embedgate.material.space import EmbeddingSpace
    from embedgate.measures.evidence import Evidence

_FIRST = ("integrity", "vocabulary", "champion", "neighbours", "retrieval")
"""Families that are tried before the others: cheap ones, and those that list tracks."""
_CLEAR = 2.0
"""A bound can close a gap if the faulty model's value is this many half intervals from that of the model itself."""


def run_drill(
    evidence: Evidence,
    settings: Settings,
    results: Iterable[CheckResult],
    progress: Callable[[float], object] = lambda _: None,
) -> DrillRecord:
    """Try all faults and harmless changes, with the bounds that the user configured.

    Args:
        evidence: the measurements of the model under test.
        settings: quality_checks.toml.
        results: the results of the model under test. A check that fails for it is left out.
        progress: called with the completed share.
    """
    drill = _Drill(evidence, settings, results)
    started, found = time.perf_counter(), []
    everything = (*FAULTS, *HARMLESS)
    for number, fault in enumerate(everything, 1):
        found.append(drill.try_fault(fault))
        progress(number / len(everything))
    return DrillRecord(tuple(found[: len(FAULTS)]), tuple(found[len(FAULTS) :]), time.perf_counter() - started)


class _Drill:
    def __init__(self, evidence: Evidence, settings: Settings, results: Iterable[CheckResult]) -> None:
        self._evidence, self._settings = evidence, settings
        self._champion = evidence.comparison.pair.champion if evidence.comparison else None
        self._unchanged = {result.id: result for result in results}
        wanted = [check_id for check_id in check_ids(settings) if self._is_tried(check_id)]
        self._ids = sorted(wanted, key=lambda check_id: _order(check_of(check_id).family))

    def try_fault(self, fault: Fault) -> FaultRecord:
        """Find the mildest severity of a fault that fails the gate."""
        attempts: dict[float, Attempt] = {}
        missed: dict[float, list[CheckResult]] = {}

        def fails(severity: float) -> bool:
            faulty = fault.inject(self._evidence.model, severity)
            if faulty is None:
                return False
            results = self._evaluate(faulty.space)
            attempts[severity] = self._attempt(severity, results)
            if attempts[severity].outcome != "failed":
                missed[severity] = results
            return attempts[severity].outcome == "failed"

        if fails(fault.severities[-1]):
            low, high = -1, len(fault.severities) - 1  # the mildest failed severity is above low, and at most high
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if fails(fault.severities[middle]) else (middle, high)
        elif attempts:
            for severity in fault.severities[:-1]:
                fails(severity)
        gap = self._gap(attempts[max(missed)], missed[max(missed)]) if missed and fault in FAULTS else ""
        return FaultRecord(
            fault.id,
            fault.name,
            fault.accident,
            fault.severity,
            fault.severities,
            tuple(attempts[severity] for severity in sorted(attempts)),
            gap,
        )

    def _is_tried(self, check_id: str) -> bool:
        check, unchanged = check_of(check_id), self._unchanged.get(check_id)
        return (
            not check.needs_map
            and check.per != "pair"
            and not is_off(check_id, self._settings, compares=self._champion is not None)
            and (unchanged is None or not unchanged.fails_gate)
        )

    def _evaluate(self, space: EmbeddingSpace) -> list[CheckResult]:
        """Evaluate checks until one fails the gate."""
        model = self._evidence.model
        if space.keys == model.tracks and len(space.usable) == len(space):
            faulty = model.with_vectors(space.vectors)  # shares what does not depend on vectors
        else:
            faulty = ModelUnderTest.configured(space, model.playlists, self._settings, model.metadata)
        evidence = evidence_for(faulty, self._settings, self._champion, self._evidence.past_champions)
        engine = Engine(evidence, self._settings, compares=self._champion is not None)
        results = []
        for check_id in self._ids:
            results.append(engine.result(check_id))
            if results[-1].fails_gate:
                break
        return results

    def _attempt(self, severity: float, results: list[CheckResult]) -> Attempt:
        """Return the outcome; a check that warns of the model itself is no evidence of the fault."""
        if results and results[-1].fails_gate:
            return Attempt(severity, "failed", results[-1].id)
        already = {each.id for each in self._unchanged.values() if each.outcome == "warned"}
        warned = next((each.id for each in results if each.outcome == "warned" and each.id not in already), "")
        return Attempt(severity, "warned" if warned else "missed", warned)

    def _gap(self, attempt: Attempt, results: list[CheckResult]) -> str:
        """Return the setting with which the gate would fail a model; "" if no bound separates it clearly."""
        if attempt.outcome == "warned":
            return f'[checks."{attempt.check}"] severity = "fail"'
        clearest = max(results, key=self._clearness, default=None)
        if clearest is None or self._clearness(clearest) < _CLEAR:
            return ""
        value, unchanged = clearest.value or 0.0, self._unchanged[clearest.id].value or 0.0
        setting = f'[checks."{clearest.id}"] {_direction(clearest)} = {(value + unchanged) / 2:.3g}'
        return setting if clearest.severity == "fail" else f'{setting}, severity = "fail"'

    def _clearness(self, faulty: CheckResult) -> float:
        """Return how many half intervals a value is worse than that of the model itself; 0 without an interval."""
        unchanged = self._unchanged.get(faulty.id)
        if unchanged is None or unchanged.value is None or unchanged.interval is None or faulty.value is None:
            return 0.0
        worse = unchanged.value - faulty.value
        half = (unchanged.interval[1] - unchanged.interval[0]) / 2
        return (worse if _direction(faulty) == "at_least" else -worse) / half if half > 0 else 0.0


def _order(family: str) -> int:
    return _FIRST.index(family) if family in _FIRST else len(_FIRST)


def _direction(result: CheckResult) -> str:
    return check_of(result.id).direction or "at_least"
