"""A vector to look at, and how long they all are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.report.figures.canvas import (
    BLUE,
    INK,
    axes_at,
    bars,
    name_axes,
    paper,
    render,
    round_values,
    ticks,
    write,
)
from embedgate.report.figures.exhibit import TIMES, Cell, Exhibit, counted, figure_of, sentence, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedgate.judgement.result import CheckResult
    from embedgate.material.space import EmbeddingSpace
    from embedgate.measures.evidence import Evidence

_SHOWN_NUMBERS = 12
_BARS = 50
_WIDE = 100  # longest over shortest, from which a linear axis shows one bar


def exhibits(evidence: Evidence, _results: Sequence[CheckResult]) -> list[Exhibit]:
    """The most played track's vector, and a histogram of lengths."""
    return [_example(evidence), _norms(evidence.model.space)]


def _example(evidence: Evidence) -> Exhibit:
    model = evidence.model
    space = model.space
    number = int(np.argmax(model.plays)) if len(model.tracks) else None
    row = int(space.usable[number]) if number is not None else 0
    plays = f"{model.plays[number]:,}" if number is not None else "not looked up: no vector is usable"
    numbers = [f"{value:.3f}" for value in space.vectors[row, :_SHOWN_NUMBERS].tolist()]
    more = space.dimensions - len(numbers)
    facts: list[tuple[str, str | Cell]] = [
        ("vectors", f"{len(space):,} {TIMES} {space.dimensions} dimensions, {space.vectors.dtype}"),
        ("usable", f"{len(model.tracks):,} (finite, not zero, first of their key)"),
        ("most played track" if number is not None else "first track", space.keys[row]),
        ("plays", plays),
        ("length (norm)", f"{space.norms[row]:.4f}"),
        ("first numbers", Cell(" ".join(numbers) + (f" … and {more:,} more" if more > 0 else ""), "code")),
    ]
    return Exhibit(
        "A vector to look at",
        f"The space holds {counted(len(space), 'vector')} of {space.dimensions} numbers; "
        "the most played track as an example.",
        html=table(("what", "value"), facts),
    )


def _norms(space: EmbeddingSpace) -> Exhibit:
    title = "How long the vectors are"
    lengths = space.norms[np.isfinite(space.norms) & (space.norms > 0)].astype(np.float64)
    if not len(lengths):
        return sentence(title, "No vector has a length: all are zero, or hold NaN or infinity.")
    left_out = len(space) - len(lengths)
    edges, wide = _edges(lengths)
    counts, _ = np.histogram(lengths, edges)
    figure = paper(236)
    axes = axes_at(figure, 60, 34, 726, 150)
    bars(axes, edges[:-1], np.diff(edges) * 0.94, counts, colour=BLUE)
    if wide:
        axes.set_xscale("log")
    axes.set_xlim(edges[0], edges[-1])
    low, middle, high = float(lengths.min()), float(np.median(lengths)), float(lengths.max())
    places = sorted({low, middle, high} if wide else {*round_values(edges[0], edges[-1], 8)})
    ticks(axes, "x", places, [figure_of(place) for place in places], grid=False)
    top = int(counts.max())
    heights = [height for height in round_values(0, top, 3) if height == int(height)]
    ticks(axes, "y", heights, [f"{height:,.0f}" for height in heights])
    axes.axvline(middle, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    beyond = middle > (edges[0] + edges[-1]) / 2 and not wide
    write(axes, middle, top * 1.04, f" median {figure_of(middle)} ", ha="right" if beyond else "left", va="bottom")
    axes.set_ylim(0, top * 1.2)
    name_axes(axes, "Euclidean length of a vector" + (" (log scale)" if wide else ""), "tracks")
    return Exhibit(
        title,
        f"Euclidean length of {counted(len(lengths), 'vector')}, {figure_of(low)} to {figure_of(high)}"
        + (f"; {left_out:,} that are zero or not finite are left out." if left_out else "."),
        png=render(figure),
    )


def _edges(lengths: NDArray[np.float64]) -> tuple[NDArray[np.float64], bool]:
    """Edges of the bars, and whether they grow by a factor; one narrow bar where all lengths are alike."""
    low, high = float(lengths.min()), float(lengths.max())
    if high <= low * (1 + 1e-4):
        return np.linspace(low * 0.9, high * 1.1, _BARS + 2), False
    if high > low * _WIDE:
        return np.geomspace(low, high, _BARS + 1), True
    return np.linspace(low, high, _BARS + 1), False
