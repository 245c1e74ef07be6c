"""Figures of the report: one module for each family of checks, and the drawing functions that they share."""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence
    from embedgate.report.figures.figure import Figure

STYLE = (files(__name__) / "figures.css").read_text(encoding="utf-8")
"""Style sheet of tables, lists and trends."""
_MODULES = {
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


def figures_of(family: str, evidence: Evidence, results: Sequence[CheckResult]) -> list[Figure]:
    """Draw the figures of a family of checks; none for a family without figures.

    Importing this module does not import matplotlib; calling this function does.

    Args:
        family: first part of a check's id.
        evidence: the measurements of the model.
        results: of all checks; their bounds and outcomes are drawn.
    """
    if family not in _MODULES:
        return []
    from embedgate.report.figures.canvas import style  # noqa: PLC0415 - imports matplotlib

    draw: Callable[[Evidence, Sequence[CheckResult]], list[Figure]]
    draw = import_module(f"{__name__}.{_MODULES[family]}").figures
    with style():
        return draw(evidence, results)
