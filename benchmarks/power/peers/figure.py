"""The figure of recorded answers: false alarms against detection, with exact intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.power.peers.table import alarms, detectors_of, faulty, harmless
from embedgate.report.figures.palette import CHANCE, GRID, INK, genre_style
from embedgate.statistics import binomial_interval

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.power.peers.table import Line

_TICKS = ([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])


def draw(lines: Sequence[Line], path: Path) -> None:
    """Write a PNG with a point per detector."""
    from matplotlib.figure import Figure

    answers = [line for line in lines if "detector" in line]
    figure = Figure(figsize=(5.5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=CHANCE, linestyle="--", linewidth=1, label="alarms independent of faults")
    for number, detector in enumerate(detectors_of(answers)):
        false, found = (alarms(of, detector) for of in (harmless(answers), faulty(answers)))
        if not (false[1] and found[1]):
            continue
        style, x, y = genre_style(number), false[0] / false[1], found[0] / found[1]
        axes.plot(binomial_interval(*false), [y, y], color=style.colour, linewidth=1.5)
        axes.plot([x, x], binomial_interval(*found), color=style.colour, linewidth=1.5)
        # smaller and smaller, so that points in the same place remain visible
        size = 13 - 2.5 * number
        axes.plot(
            [x],
            [y],
            style.marker,
            color=style.colour,
            markersize=size,
            linestyle="none",
            label=detector,
            clip_on=False,
        )
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xticks(*_TICKS, fontsize=8)
    axes.set_yticks(*_TICKS, fontsize=8)
    axes.set_xlabel("harmless candidates that are stopped", color=INK, fontsize=9)
    axes.set_ylabel("candidates with a visible fault that are stopped", color=INK, fontsize=9)
    axes.set_title("False alarms and detection, with exact 95 % intervals; best: top left", fontsize=9, loc="left")
    axes.grid(color=GRID, linewidth=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=8, loc="lower right", frameon=False)
    figure.savefig(path, dpi=140)
