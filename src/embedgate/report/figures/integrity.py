"""Figures of vector integrity: an example vector, and the distribution of the norms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.report.figures import canvas
from embedgate.report.figures.figure import Cell, Figure, table, text_figure
from embedgate.report.figures.labels import TIMES, counted, three_digits
from embedgate.report.figures.palette import BLUE, INK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedgate.judgement.result import CheckResult
    from embedgate.material.model import ModelUnderTest
    from embedgate.material.space import EmbeddingSpace
    from embedgate.measures.evidence import Evidence

_SHOWN_NUMBERS = 10
_BARS = 50
_LOG_SCALE_FROM = 100
"""Ratio of the longest to the shortest vector from which a linear axis would put most vectors into one bar."""


def figures(evidence: Evidence, _results: Sequence[CheckResult]) -> list[Figure]:
    """Show the vector of the most played track, and a histogram of norms."""
    return [_example(evidence.model), _norms(evidence.model.space)]


def _example(model: ModelUnderTest) -> Figure:
    space = model.space
    if len(model.tracks):
        number = int(np.argmax(model.plays))
        row, which, plays = int(space.usable[number]), "most played track", f"{model.plays[number]:,}"
    else:
        row, which, plays = 0, "first track", "unknown, because no vector is usable"
    numbers = " ".join(f"{value:.3f}" for value in space.vectors[row, :_SHOWN_NUMBERS].tolist())
    more = space.dimensions - _SHOWN_NUMBERS
    facts: list[tuple[str, str | Cell]] = [
        ("vectors", f"{len(space):,} {TIMES} {space.dimensions} dimensions, {space.vectors.dtype}"),
        ("usable", f"{len(model.tracks):,} (finite, non-zero, unique key)"),
        (which, space.keys[row]),
        ("plays", plays),
        ("norm", f"{space.norms[row]:.4f}"),
        ("first numbers", Cell(f"{numbers} … and {more:,} more" if more > 0 else numbers, "code")),
    ]
    return Figure(
        "Example vector",
        f"The {which}, one of {counted(len(space), 'vector')}.",
        html=table(("property", "value"), facts),
    )


def _norms(space: EmbeddingSpace) -> Figure:
    title = "Norms of the vectors"
    norms = space.norms[np.isfinite(space.norms) & (space.norms > 0)].astype(np.float64)
    if not len(norms):
        return text_figure(title, "No norm can be drawn: all vectors are zero or contain NaN or infinity.")
    edges, log_scale = _edges(norms)
    counts, _ = np.histogram(norms, edges)
    low, median, high, top = float(norms.min()), float(np.median(norms)), float(norms.max()), int(counts.max())
    figure = canvas.new_figure(236)
    axes = canvas.axes_at(figure, 60, 34, 726, 150)
    canvas.draw_bars(axes, edges[:-1], np.diff(edges) * 0.94, counts, colour=BLUE)
    if log_scale:
        axes.set_xscale("log")
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, top * 1.2)
    values = sorted({low, median, high}) if log_scale else canvas.round_values(edges[0], edges[-1], 8)
    canvas.set_ticks(axes, "x", values, three_digits, grid=False)
    canvas.count_ticks(axes, "y", top, 3)
    axes.axvline(median, color=INK, linewidth=1, linestyle="--")
    side = "right" if median > (edges[0] + edges[-1]) / 2 and not log_scale else "left"
    axes.text(median, top * 1.04, f" median {three_digits(median)} ", ha=side, va="bottom")
    axes.set_xlabel("Euclidean norm" + (" (log scale)" if log_scale else ""))
    canvas.label_y(axes, "tracks")
    excluded = len(space) - len(norms)
    return Figure(
        title,
        f"Euclidean norms of {counted(len(norms), 'vector')}, from {three_digits(low)} to {three_digits(high)}."
        + (f" Excluded: {excluded:,} that are zero or not finite." if excluded else ""),
        png=canvas.to_png(figure),
    )


def _edges(norms: NDArray[np.float64]) -> tuple[NDArray[np.float64], bool]:
    """Return the edges of the bars, and whether their scale is logarithmic; equal norms are in one narrow bar."""
    low, high = float(norms.min()), float(norms.max())
    if high <= low * (1 + 1e-4):
        return np.linspace(low * 0.9, high * 1.1, _BARS + 2), False
    if high > low * _LOG_SCALE_FROM:
        return np.geomspace(low, high, _BARS + 1), True
    return np.linspace(low, high, _BARS + 1), False
