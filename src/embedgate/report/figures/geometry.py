"""Figure of the geometry: how often each track is a nearest neighbour (k-occurrence)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.model import neighbours_of_each
from embedgate.measures.hubs import k_occurrence
from embedgate.report.figures import canvas
from embedgate.report.figures.figure import Figure, table, text_figure
from embedgate.report.figures.labels import counted, key_label
from embedgate.report.figures.palette import BLUE, INK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence

_HUBS = 5
_MAX_BARS = 100
_FLOOR = 0.7
"""Lower end of the logarithmic axis, which has no zero."""


def figures(evidence: Evidence, _results: Sequence[CheckResult]) -> list[Figure]:
    """Draw a histogram of k-occurrence above a table of the largest hubs."""
    model = evidence.model
    title = "Hubs and antihubs"
    n = len(model.tracks)
    if n < 2:
        return [text_figure(title, f"{counted(n, 'usable vector')}: no track has a neighbour.")]
    counts = k_occurrence(model)
    most, antihubs, k = int(counts.max()), int((counts == 0).sum()), neighbours_of_each(n)
    queries, complete = len(model.queries.tracks), model.queries.complete
    mean = k * queries / n
    step = -(-(most + 1) // _MAX_BARS)
    edges = np.arange(0, most + 1 + step, step) - 0.5
    heights, _ = np.histogram(counts, edges)
    figure = canvas.new_figure(290)
    axes = canvas.axes_at(figure, 60, 34, 740, 200)
    axes.set_yscale("log")
    axes.set_xlim(-0.5 - 0.01 * most, most * 1.02 + 1)
    axes.set_ylim(_FLOOR, max(10, 2.2 * heights.max()))
    canvas.draw_bars(axes, edges[:-1], step * 0.9, np.maximum(heights - _FLOOR, 0), colour=BLUE, bottom=_FLOOR)
    decades = [10**power for power in range(8) if 10**power <= 2 * heights.max()]
    canvas.set_ticks(axes, "y", decades, "{:,}")
    canvas.count_ticks(axes, "x", most, 10, grid=False)
    axes.set_xlabel(f"{'' if complete else 'sampled '}tracks that have it among their {k} nearest neighbours")
    canvas.label_y(axes, "tracks (log scale)")
    axes.axvline(mean, color=INK, linewidth=1, linestyle="--")
    axes.text(mean, 0.99, f" mean {mean:.3g}", transform=axes.get_xaxis_transform(), va="top")
    hubs = np.argsort(-counts, kind="stable")[:_HUBS].tolist()
    rows = [(key_label(model, model.tracks[hub]), f"{counts[hub]:,}", f"{model.plays[hub]:,}") for hub in hubs]
    return [
        Figure(
            title,
            f"How many of the {n:,} tracks are among the {k} nearest neighbours of how many "
            f"{'others' if complete else f'of {queries:,} sampled tracks'}. {antihubs:,} are neighbours of none"
            f"{' (antihubs)' if complete else ' of these'}. The table lists the largest hubs.",
            png=canvas.to_png(figure),
            html=table(("largest hubs", "neighbour of", "plays"), rows, numbers=(1, 2)),
        )
    ]
