"""Figures of the comparison with the champion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.measures.champion import lost, overlap
from embedgate.report.figures import canvas
from embedgate.report.figures.figure import Cell, Figure, side_by_side, table, text_figure
from embedgate.report.figures.forest import differences, genre_displacement
from embedgate.report.figures.labels import counted, key_label, three_digits
from embedgate.report.figures.lettering import SMALL
from embedgate.report.figures.palette import BLUE, INK, MUTED, PALE, RED
from embedgate.report.figures.popularity import draw_by_popularity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from embedgate.judgement.result import CheckResult
    from embedgate.measures.comparison import Comparison
    from embedgate.measures.evidence import Evidence

_TITLE = "Comparison with the champion"
_MAX_TRACKS = 20
_NEIGHBOURS = 5
_SMALLEST = 0.01
_ALWAYS_SHOWN = (0.08, 1.6)
"""Distances that every report shows, so that reports can be compared."""
_BINS_PER_DECADE = 36
_DEPTH = 0.55
"""Height of the lower histogram, relative to the upper one."""
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


def figures(evidence: Evidence, results: Sequence[CheckResult]) -> list[Figure]:
    """Show which tracks and genres moved, which tracks were lost, and how each measure changed."""
    found = evidence.comparison
    if found is None:
        return [text_figure(_TITLE, "There is no champion yet, so nothing was compared.")]
    if not len(found.pair.shared):
        return [text_figure(_TITLE, "The two models share no track: check whether their keys have the same format.")]
    by_id = {result.id: result for result in results}
    return [
        _displacement(found),
        *_misplaced(found),
        *_lost(found),
        *genre_displacement(found, by_id),
        *differences(found, by_id),
        _overlap(found),
    ]


def _displacement(found: Comparison) -> Figure:
    """Draw two histograms back to back: displacement of shared tracks, and distance of random pairs."""
    title = "Displacement of tracks since the champion"
    shared, moved = len(found.pair.shared), found.displacement
    if moved is None:
        return text_figure(title, f"The models share {shared:,} tracks: too few to measure displacement.")
    distance, random_pairs = (np.maximum(values, _SMALLEST) for values in (moved.distance, moved.random_pairs))
    misplaced = distance[found.misplaced]
    edges = _edges(min(_ALWAYS_SHOWN[0], distance.min()), max(_ALWAYS_SHOWN[1], distance.max(), random_pairs.max()))
    tracks, red, pairs = (
        np.histogram(values.clip(edges[0], edges[-1]), edges)[0].astype(float)
        for values in (distance, misplaced, random_pairs)
    )
    top = float(tracks.max())
    pairs *= _DEPTH * top / max(1.0, pairs.max())
    figure = canvas.new_figure(282)
    axes = canvas.axes_at(figure, 30, 12, 770, 218)
    axes.set_xscale("log")
    axes.set_xlim(edges[0] * 0.98, edges[-1] * 1.02)
    axes.set_ylim(-1.25 * _DEPTH * top, 1.25 * top)
    for heights, bottom, colour in ((tracks - red, 0, BLUE), (red, tracks - red, RED), (pairs, -pairs, PALE)):
        canvas.draw_bars(axes, edges[:-1], np.diff(edges) * 0.92, heights, colour=colour, bottom=bottom)
    axes.axhline(0, color=INK, linewidth=0.8)
    ticks = [value for value in _TICKS if edges[0] <= value <= edges[-1]]
    canvas.set_ticks(axes, "x", ticks, lambda value: f"≤ {value:g}" if value == _SMALLEST else f"{value:g}")
    canvas.set_ticks(axes, "y", [])
    axes.set_xlabel("distance from the old position, 1 = distance of random pairs (log scale)")
    corner: dict[str, Any] = {"transform": axes.transAxes, "weight": "bold"}
    axes.text(0.995, 0.97, "tracks", ha="right", va="top", color=BLUE, **corner)
    axes.text(0.005, 0.03, "random pairs", va="bottom", color=MUTED, **corner)
    for values, n, end in (
        (moved.distance, f"{shared:,}", 1.08 * top),
        (moved.random_pairs, f"{len(random_pairs):,} pairs", -1.08 * _DEPTH * top),
    ):
        median = float(np.median(values))
        at = max(median, _SMALLEST)
        axes.plot([at, at], [0, end], "--", color=INK, linewidth=1)
        _label(axes, at, end, f"median {three_digits(median)}, n = {n}")
    moved_text = "No track moved farther than retraining explains."
    if len(misplaced):
        # one track in a histogram of thousands is invisible
        axes.plot(misplaced, [0.42 * top] * len(misplaced), "v", color=RED, markersize=4, alpha=0.7)
        _label(axes, float(misplaced.max()), 0.5 * top, counted(len(misplaced), "misplaced track"), color=RED)
        moved_text = (
            f"Red, with a triangle: {counted(len(misplaced), 'track')} that moved farther than retraining explains."
        )
    return Figure(
        title,
        "Distance of each track from its position in the champion (above the line), relative to random pairs of "
        "tracks (below it, on another scale): 0 is unchanged, 1 is unrelated. A track is nearer to its old position "
        f"than a random track is {moved.match_auc.mean():.1%} of the time. {moved_text}",
        png=canvas.to_png(figure),
    )


def _edges(least: float, most: float) -> NDArray[np.float64]:
    """Return edges of bins of equal width on a logarithmic scale."""
    low, high = np.floor(np.log10(least) * 10) / 10, np.ceil(np.log10(most) * 10) / 10
    return np.asarray(np.logspace(low, high, round((high - low) * _BINS_PER_DECADE) + 1))


def _label(axes: Axes, x: float, y: float, text: str, color: str = INK) -> None:
    """Write text beside a position, on the side with more room."""
    low, high = np.log10(axes.get_xlim())
    side = "right" if (np.log10(x) - low) / (high - low) > 0.6 else "left"
    axes.text(x, y, f" {text} ", size=SMALL, color=color, ha=side, va="bottom" if y > 0 else "top")


def _misplaced(found: Comparison) -> Iterator[Figure]:
    """Show the misplaced tracks with their neighbours in both models."""
    count = len(found.misplaced)
    if not count:
        return
    old, new = found.pair.old, found.pair.new
    tables = []
    for track in found.misplaced[:_MAX_TRACKS].tolist():
        before, now = (
            [near for near in model.neighbours_of(np.array([track])).indices[0, :_NEIGHBOURS].tolist() if near >= 0]
            for model in (old, new)
        )
        both = set(before) & set(now)
        columns = (
            [Cell(key_label(new, new.tracks[near]), "ok" if near in both else "") for near in each]
            for each in (before, now)
        )
        rows = [(str(rank), *cells) for rank, cells in enumerate(zip(*columns, strict=True), start=1)]
        heading = Cell(f"{key_label(new, new.tracks[track])[:120]} ({counted(int(new.plays[track]), 'play')})", "bad")
        head = ("rank", "neighbour in the champion", "neighbour now")
        tables.append(table(head, rows, heading=heading, numbers=(0,)))
    shown = f" The {len(tables)} farthest are shown." if len(tables) < count else ""
    yield Figure(
        "Misplaced tracks",
        f"{counted(count, 'track')}, the farthest first, with the {_NEIGHBOURS} nearest neighbours in each model; "
        f"those in both are blue.{shown} If the neighbours are unrelated to the track, its vector may belong to "
        "another key.",
        html=side_by_side(tables),
    )


def _lost(found: Comparison) -> Iterator[Figure]:
    """List the tracks of the playlists that have a vector in the champion only, the most played first."""
    gone = lost(found)
    if not gone.tracks:
        return
    plays = found.pair.champion_plays
    rows = [(key_label(found.pair.candidate, track), f"{plays[track]:,}") for track in gone.tracks[:_MAX_TRACKS]]
    half = -(-len(rows) // 2)
    halves = [part for part in (rows[:half], rows[half:]) if part]
    shown = f" The {len(rows)} most played are shown." if len(rows) < len(gone.tracks) else ""
    yield Figure(
        "Lost tracks",
        f"{gone.summary}.{shown}",
        html=side_by_side(table(("track without a vector", "plays"), part, numbers=(1,)) for part in halves),
    )


def _overlap(found: Comparison) -> Figure:
    """Draw the share of nearest neighbours that both models have, by popularity."""
    title = "Neighbour overlap with the champion"
    kept = overlap(found)
    if not kept.strata:
        return text_figure(title, f"Nothing to draw: {kept.measurement.inconclusive}.")
    width = 460
    figure = canvas.new_figure(250, width)
    axes = canvas.axes_at(figure, 52, 40, 390, 130)
    axes.set_title("Share of the ten nearest neighbours in both models")
    draw_by_popularity(axes, kept, 10 / (len(found.pair.shared) - 1), is_share=True)
    return Figure(
        title,
        f"By plays of a track; n is the number of tracks. Overall: {kept.measurement.summary}. Retraining changes "
        "the neighbours of rare tracks more than those of popular tracks.",
        png=canvas.to_png(figure),
        width=width,
    )
