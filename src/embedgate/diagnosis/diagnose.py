"""Find the causes of all results that did not pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from embedgate.diagnosis.alignment import collapsed, shifted, shuffled, untrained
from embedgate.diagnosis.keys import other_playlists, other_spelling, other_type
from embedgate.diagnosis.missing_group import group_missing
from embedgate.diagnosis.playlist_data import too_few_playlists, untagged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from embedgate.judgement.diagnosis_record import Diagnosis
    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence

    Cause = Callable[[Evidence, Sequence[CheckResult]], Diagnosis | None]

CAUSES: tuple[tuple[Cause, ...], ...] = (
    (other_type, other_spelling, other_playlists, group_missing, too_few_playlists),
    (collapsed, shifted, shuffled, untrained),
    (untagged,),
)
"""The causes. Of each group, only the first that is found is reported: it leads to the others."""


class Diagnoses(NamedTuple):
    """The causes that were found.

    Attributes:
        found: the cause that explains the most results that fail the gate first, then the most results.
        failures: causes that could not be tested, and why.
    """

    found: tuple[Diagnosis, ...]
    failures: tuple[str, ...]


def diagnose(evidence: Evidence, results: Sequence[CheckResult]) -> Diagnoses:
    """Return the causes of the results that failed, warned or are inconclusive.

    Nothing is measured if there are no such results. A cause never changes an outcome. One that cannot be tested is
    listed and left out.

    Args:
        evidence: of the model under test.
        results: of the gate run.
    """
    found: list[Diagnosis] = []
    failures = []
    for group in CAUSES:
        for cause in group:
            try:
                diagnosis = cause(evidence, results)
            except Exception as error:  # noqa: BLE001 - a diagnosis that fails must not lose the verdict
                failures.append(f"the cause {cause.__name__!r} could not be tested: {type(error).__name__}: {error}")
                continue
            if diagnosis is not None:
                found.append(diagnosis)
                break
    failed = {result.id for result in results if result.fails_gate}
    found.sort(key=lambda each: (-len(failed.intersection(each.explains)), -len(each.explains)))
    return Diagnoses(tuple(found), tuple(failures))
