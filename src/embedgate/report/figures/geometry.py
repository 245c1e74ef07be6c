"""Is every track somebody's neighbour, and is any track everybody's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.measures.geometry import k_occurrence
from embedgate.report.figures.canvas import (
    BLUE,
    INK,
    MUTED,
    PAPER,
    axes_at,
    bars,
    name_axes,
    paper,
    render,
    round_values,
    ticks,
    write,
)
from embedgate.report.figures.exhibit import Exhibit, counted, sentence, table, track_label
from embedgate.report.figures.lettering import SMALL, can_draw, drawable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence

_HUBS = 5
_BARS = 100
_FLOOR = 0.7  # a logarithmic axis has no zero


def exhibits(evidence: Evidence, _results: Sequence[CheckResult]) -> list[Exhibit]:
    """How often each track is among the nearest of another."""
    model = evidence.model
    title = "Hubs and tracks that nobody finds"
    n = len(model.tracks)
    if n < 2:
        return [sentence(title, f"{counted(n, 'usable vector')}: nobody has a neighbour.")]
    counts = k_occurrence(model)
    hubs = np.argsort(-counts, kind="stable")[:_HUBS].tolist()
    most, lost, k = int(counts.max()), int((counts == 0).sum()), model.neighbours.k
    figure = paper(290)
    axes = axes_at(figure, 60, 34, 740, 200)
    step = max(1, -(-(most + 1) // _BARS))
    edges = np.arange(0, most + 1 + step, step) - 0.5
    heights, _ = np.histogram(counts, edges)
    axes.set_yscale("log")
    bars(axes, edges[:-1], step * 0.9, np.maximum(heights - _FLOOR, 0), colour=BLUE, bottom=_FLOOR)
    axes.set_ylim(_FLOOR, max(10, 2.2 * heights.max()))
    axes.set_xlim(-0.5 - 0.01 * most, most * 1.02 + 1)
    decades = [10**power for power in range(8) if 10**power <= 2 * heights.max()]
    ticks(axes, "y", decades, [f"{decade:,}" for decade in decades])
    places = [place for place in round_values(0, most, 10) if place == int(place)]
    ticks(axes, "x", places, [f"{place:,.0f}" for place in places], grid=False)
    name_axes(axes, f"tracks that have it among their {k} nearest", "tracks (log scale)")
    axes.axvline(k, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    write(axes, k, 0.99, f" mean {k}", transform=axes.get_xaxis_transform(), va="top")
    names = [track_label(model, hub) for hub in hubs]
    _name_hubs(axes, names, counts[hubs])
    rows = [(model.tracks[hub], f"{counts[hub]:,}", f"{model.plays[hub]:,}") for hub in hubs]
    some_missing = not all(can_draw(name) for name in names)
    return [
        Exhibit(
            title,
            f"How many of {n:,} tracks are among the {k} nearest of how many others: {lost:,} of nobody, "
            f"the biggest hub of {most:,}.",
            png=render(figure),
            html=table(("biggest hubs", "neighbour of", "plays"), rows, numbers=(1, 2)) if some_missing else None,
        )
    ]


def _name_hubs(axes: Axes, names: Sequence[str], counts: NDArray[np.int64]) -> None:
    """List the biggest hubs in the empty corner, and mark where they stand."""
    there: dict[str, Any] = {
        "ha": "right", "va": "top", "size": SMALL, "transform": axes.transAxes,
        "bbox": {"facecolor": PAPER, "edgecolor": "none", "pad": 1.5},
    }  # fmt: skip
    write(axes, 1, 1, "▲ biggest hubs: neighbour of", color=MUTED, **there)
    for place, (name, count) in enumerate(zip(names, counts.tolist(), strict=True), start=1):
        line = f"{drawable(name, 330, SMALL)}  {count:,}"
        write(axes, 1, 1 - 0.085 * place, line, **there)
    axes.plot(counts, np.full(len(counts), 0.86), linestyle="none", marker="^", color=INK, markersize=4)
