"""How far tracks have moved, above what strangers are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.report.figures.canvas import (
    BLUE,
    INK,
    MUTED,
    PALE,
    RED,
    axes_at,
    bars,
    name_axes,
    paper,
    render,
    ticks,
    write,
)
from embedgate.report.figures.exhibit import Exhibit, counted, figure_of, sentence
from embedgate.report.figures.lettering import NORMAL, SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from embedgate.measures.comparison import Comparison
    from embedgate.measures.displacement import Displacement

TITLE = "How far tracks have moved since the champion"
_NEAREST = 0.01
_ALWAYS = (0.08, 1.6)
"""Distances that the axis spans at least, so that one report can be held against another."""
_CELLS_A_DECADE = 36
_SHARE_BELOW = 0.55
"""Height of the strangers, of that of the tracks."""
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


def how_far(found: Comparison) -> Exhibit:
    """Two histograms back to back: each shared track and its old place, and pairs of strangers."""
    shared = len(found.pair.shared)
    if found.displacement is None:
        return sentence(TITLE, f"{shared:,} tracks are in both models: too few to say how far they have moved.")
    distance, strangers = found.displacement.distance, found.displacement.random_pairs
    broken = np.zeros(shared, bool)
    broken[found.misplaced] = True
    figure = paper(282)
    axes = axes_at(figure, 30, 12, 770, 218)
    edges = _edges(distance, strangers)
    tallest = _draw(axes, edges, *(_heights(those, edges) for those in (distance, distance[broken], strangers)))
    middle, apart = float(np.median(distance)), float(np.median(strangers))
    for at, heading, count, up in (
        (middle, "median of the tracks", f"n = {shared:,}", True),
        (apart, "median of strangers", f"n = {len(strangers):,} pairs", False),
    ):
        _name_median(axes, max(at, _NEAREST), f"{heading}: {figure_of(at)}, {count}", tallest, up=up)
    if found.misplaced.size:
        _mark(axes, np.maximum(distance[broken], _NEAREST), tallest)
    return Exhibit(
        TITLE,
        "Above the line, how far each track lies from where the champion has it, as a share of how far it lies from "
        f"strangers: near 0 it has stayed, at 1 it is no nearer than any other track is. "
        f"{_says(found, found.displacement)} Below the line, pairs of strangers, to another scale.",
        png=render(figure),
    )


def _says(found: Comparison, moved: Displacement) -> str:
    count = len(found.misplaced)
    recognised = f"A track is nearer to its old place than a stranger is {moved.match_auc.mean():.1%} of the time"
    if not count:
        return f"{recognised}; none stands out from the others."
    who = f"{counted(count, 'track')} that moved farther than a retrain moves them"
    return f"{recognised}. Red, with a triangle: {who}."


def _edges(distance: NDArray[np.float64], strangers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges of cells that are even in the logarithm, over all that there is."""
    least = max(_NEAREST, min(_ALWAYS[0], float(distance.min())))
    most = max(_ALWAYS[1], float(distance.max()), float(strangers.max()))
    low, high = np.floor(np.log10(least) * 10) / 10, np.ceil(np.log10(most) * 10) / 10
    return np.asarray(np.logspace(low, high, round((high - low) * _CELLS_A_DECADE) + 1))


def _heights(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0].astype(float)


def _draw(
    axes: Axes,
    edges: NDArray[np.float64],
    every: NDArray[np.float64],
    broken: NDArray[np.float64],
    strangers: NDArray[np.float64],
) -> float:
    """Draw both histograms, and return the height of the tallest bar."""
    tallest = float(every.max())
    axes.set_xscale("log")
    axes.set_xlim(edges[0] * 0.98, edges[-1] * 1.02)
    axes.set_ylim(-_SHARE_BELOW * 1.25 * tallest, 1.25 * tallest)
    width = np.diff(edges) * 0.92
    below = strangers / max(1.0, strangers.max()) * _SHARE_BELOW * tallest
    bars(axes, edges[:-1], width, every - broken, colour=BLUE)
    bars(axes, edges[:-1], width, broken, colour=RED, bottom=every - broken)
    bars(axes, edges[:-1], width, below, colour=PALE, bottom=-below)
    axes.axhline(0, color=INK, linewidth=0.8)
    shown = [place for place in _TICKS if edges[0] <= place <= edges[-1]]
    ticks(axes, "x", shown, [f"≤ {place:g}" if place == _NEAREST else f"{place:g}" for place in shown])
    ticks(axes, "y", [], [], grid=False)
    name_axes(axes, "distance to the old place, 1 = as far as strangers (log scale)")
    corner: dict[str, Any] = {"transform": axes.transAxes, "size": NORMAL, "ha": "right"}
    write(axes, 0.995, 0.97, "tracks", va="top", weight="bold", color=BLUE, **corner)
    write(axes, 0.995, 0.03, "strangers", va="bottom", weight="bold", color=MUTED, **corner)
    return tallest


def _name_median(axes: Axes, at: float, text: str, tallest: float, *, up: bool) -> None:
    end = (1.08 if up else -1.08 * _SHARE_BELOW) * tallest
    axes.plot([at, at], [0, end], color=INK, linewidth=1, linestyle=(0, (4, 3)))
    write(axes, at, end, f" {text} ", size=SMALL, ha=_side(axes, at), va="bottom" if up else "top")


def _mark(axes: Axes, at: NDArray[np.float64], tallest: float) -> None:
    """A triangle a track: one bar among thousands could not be seen."""
    axes.plot(at, np.full(len(at), 0.42 * tallest), linestyle="none", marker="v", markersize=4, color=RED, alpha=0.7)
    farthest = float(at.max())
    text = f"{counted(len(at), 'track')} farther than a retrain moves them"
    write(axes, farthest, 0.5 * tallest, text, size=SMALL, color=RED, ha=_side(axes, farthest), va="bottom")


def _side(axes: Axes, at: float) -> str:
    """On which side of a place there is room for a text."""
    low, high = np.log10(axes.get_xlim())
    return "right" if (np.log10(at) - low) / (high - low) > 0.6 else "left"
