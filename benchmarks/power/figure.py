"""The figure of recorded candidates: which share of each kind is stopped, with exact intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.power.targets import noticed, stopped
from embedgate.report.figures.palette import AMBER, GRID, INK, MUTED, RED
from embedgate.statistics import binomial_interval

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Line = dict[str, Any]


def draw(lines: Sequence[Line], path: Path) -> None:
    """Write a PNG.

    Args:
        lines: candidates with their usual warnings; see `table.with_usual_warnings`.
        path: of the PNG.
    """
    from matplotlib.figure import Figure

    seen = [line for line in lines if line["visible"] is not False]
    kinds = sorted({line["kind"] for line in seen}, key=lambda kind: _rank(seen, kind))
    figure = Figure(figsize=(8, 0.3 * len(kinds) + 1), layout="constrained")
    axes = figure.subplots()
    for row, kind in enumerate(kinds):
        of_kind = [line for line in seen if line["kind"] == kind]
        for holds, colour, height in ((noticed, AMBER, row + 0.14), (stopped, RED, row - 0.14)):
            count = sum(map(holds, of_kind))
            axes.plot(binomial_interval(count, len(of_kind)), [height] * 2, color=colour, linewidth=1.5)
            axes.plot([count / len(of_kind)], [height], "o", color=colour, markersize=4)
    axes.set_yticks(range(len(kinds)), [f"{kind} ({_count(seen, kind)})" for kind in kinds], color=INK, fontsize=8)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"], fontsize=8)
    harmless = sum(not _is_harmful(seen, kind) for kind in kinds)
    axes.axhline(harmless - 0.5, color=MUTED, linewidth=0.8)
    axes.set_ylim(-0.7, len(kinds) - 0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color=GRID, linewidth=0.3)
    axes.set_title(
        "Share of candidates that the gate stops (red), or stops or warns about (amber)", fontsize=9, loc="left"
    )
    axes.set_xlabel("below the line: harmless candidates; with exact 95 % intervals", fontsize=8, loc="left")
    figure.savefig(path, dpi=140)


def _rank(lines: Sequence[Line], kind: str) -> tuple[bool, float, str]:
    """Sort harmless kinds first, then faults by the share that is stopped."""
    of_kind = [line for line in lines if line["kind"] == kind]
    return _is_harmful(lines, kind), sum(map(stopped, of_kind)) / len(of_kind), kind


def _is_harmful(lines: Sequence[Line], kind: str) -> bool:
    return any(line["harmful"] for line in lines if line["kind"] == kind)


def _count(lines: Sequence[Line], kind: str) -> int:
    return sum(line["kind"] == kind for line in lines)
