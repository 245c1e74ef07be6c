"""One module a family of figures; each returns pictures and tables, none decides anything."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence
    from embedgate.report.figures.exhibit import Exhibit

    Draw = Callable[[Evidence, Sequence[CheckResult]], list[Exhibit]]

_MODULE_OF = {
    "integrity": "integrity",
    "vocabulary": "vocabulary",
    "neighbours": "neighbours",
    "retrieval": "retrieval",
    "duplicates": "duplicates",
    "separation": "separation",
    "map": "track_map",
    "geometry": "geometry",
    "champion": "champion",
}
"""A module is imported, and matplotlib with it, when its figures are asked for."""


def exhibits_of(family: str, evidence: Evidence, results: Sequence[CheckResult]) -> list[Exhibit]:
    """Draw what there is to see of a family of checks; nothing for a family that has no figures.

    Args:
        family: what stands before the first dot of a check's id.
        evidence: every measurement of the model.
        results: what became of the family's checks: their bounds are drawn in, where there are any.
    """
    if family not in _MODULE_OF:
        return []
    draw: Draw = import_module(f"{__name__}.{_MODULE_OF[family]}").exhibits
    return draw(evidence, results)
