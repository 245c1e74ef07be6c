"""Figures of retrieval: hit rate of the next track by the number of neighbours, and the table of slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.measures.retrieval import NO_TARGETS
from embedgate.report.figures import canvas
from embedgate.report.figures.figure import Figure, text_figure
from embedgate.report.figures.labels import counted, percent
from embedgate.report.figures.lettering import SMALL
from embedgate.report.figures.palette import BLUE, CHANCE, INK, MUTED, RED
from embedgate.report.figures.slices import slices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence

_MAX_K, _K = 100, 10


def figures(evidence: Evidence, results: Sequence[CheckResult]) -> list[Figure]:
    """Draw the hit rate, and show the slices."""
    return [*_hit_rate(evidence, results), *slices(evidence, results)]


def _hit_rate(evidence: Evidence, results: Sequence[CheckResult]) -> list[Figure]:
    """Draw the hit rate at 1 to 100 with chance level, popularity baseline, and the bound at 10."""
    title = "Next-track retrieval"
    candidates = len(evidence.model.tracks) - 1
    if candidates < 1:
        return [text_figure(title, f"Nothing to retrieve: {counted(candidates + 1, 'usable vector')}.")]
    found = evidence.next_track
    if found is None:
        return [text_figure(title, f"Nothing to retrieve: {NO_TARGETS}.")]
    n = len(found.ranks)
    if not n:
        return [text_figure(title, "No playlist has a next track to retrieve.")]
    most = min(_MAX_K, candidates)
    k = np.arange(1, most + 1)
    at_rank = np.bincount(np.clip(found.ranks, 0, most + 1), minlength=most + 2)[1 : most + 1]
    rates, chance, popularity = np.cumsum(at_rank) / n, k / candidates, float(found.popularity_hits.mean())
    top = max(float(rates[-1]), popularity, float(chance[-1]), 0.01) * 1.1
    ten = min(_K, most)
    figure = canvas.new_figure(330)
    axes = canvas.axes_at(figure, 60, 40, 580, 220)
    axes.set_xscale("log")
    axes.set_xlim(1, most)
    axes.set_ylim(0, top)
    axes.plot(k, rates, color=BLUE, linewidth=2)
    axes.plot(k, chance, "--", color=CHANCE, linewidth=1.2)
    axes.plot(ten, rates[ten - 1], "o", color=BLUE, markersize=6)
    _draw_bound(axes, results)
    ks = [value for value in (1, 2, 5, 10, 20, 50, 100) if value <= most]
    canvas.set_ticks(axes, "x", ks, grid=False)
    canvas.set_ticks(axes, "y", canvas.round_values(0, top), percent)
    playlists = "held-out targets" if found.held_out else "training playlists"
    axes.set_xlabel("k, number of nearest neighbours (log scale)")
    canvas.label_y(axes, f"hit rate at k, {playlists}")
    labels = [
        (float(rates[-1]), f"model\n{rates[ten - 1]:.1%} at {ten}", BLUE),
        (float(chance[-1]), f"chance\n{chance[ten - 1]:.2%} at {ten}", MUTED),
    ]
    if candidates >= _K:
        axes.plot(_K, popularity, "D", color=INK)
        labels.append((popularity, f"◆ popularity baseline\n{popularity:.1%} at {_K}", INK))
    for height, text, colour in _without_overlaps(labels, top * 0.17):
        style: dict[str, Any] = {"transform": axes.transAxes, "va": "center", "linespacing": 1.3}
        axes.text(1.02, height / top, text, color=colour, **style)
    target = " The target is the last track of each playlist." if found.derived else ""
    in_sample = "" if found.held_out else " The model was trained on these playlists, which inflates its hit rate."
    return [
        Figure(
            title,
            f"Share of {n:,} playlists whose next track is among the k nearest neighbours of the last one, out of "
            f"{candidates + 1:,} tracks. The popularity baseline recommends the ten most played tracks.{target}"
            f"{in_sample}",
            png=canvas.to_png(figure),
        )
    ]


def _draw_bound(axes: Axes, results: Sequence[CheckResult]) -> None:
    for result in results:
        if result.id == "retrieval.hit_rate" and result.bound is not None:
            limit = result.bound.limit
            axes.plot(_K, limit, "_", color=RED, markersize=16, markeredgewidth=2)
            axes.text(_K * 1.12, limit, "bound", color=RED, va="center", size=SMALL)


def _without_overlaps(labels: Sequence[tuple[float, str, str]], distance: float) -> list[tuple[float, str, str]]:
    """Move labels up until none overlap, from the lowest to the highest."""
    placed = []
    lowest = distance / 2
    for height, text, colour in sorted(labels):
        placed.append((max(height, lowest), text, colour))
        lowest = placed[-1][0] + distance
    return placed
