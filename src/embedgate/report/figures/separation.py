"""Do genres keep together: each against the rest, and pair by pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.report.figures.canvas import (
    BLUE,
    CHANCE,
    INK,
    MUTED,
    NORMAL,
    PALE,
    RED,
    SMALL,
    axes_at,
    drawable,
    headline,
    paper,
    render,
    ticks,
    write,
)
from embedgate.report.figures.exhibit import Exhibit, sentence
from embedgate.report.figures.genre_pairs import pairs
from embedgate.slugs import unique_slugs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from embedgate.judgement.outcomes import Result
    from embedgate.measures.evidence import Evidence
    from embedgate.measures.measurement import Measurement
    from embedgate.measures.separation import GenreScore, Separation

MOST_GENRES = 30
_ROW = 34
_VIEWS = (("space", -0.17, "o"), ("map", 0.17, "D"))


def exhibits(evidence: Evidence, results: Sequence[Result]) -> list[Exhibit]:
    """Each genre against the rest, and a matrix of pairs."""
    genres = evidence.model.tags.genres
    if not genres:
        says = "No genre is configured: [genres] says which words in playlist names make one."
        return [sentence("Genres against the rest", says)]
    scores = evidence.in_space.genres
    if all(score.auc.value is None for score in scores):
        return [sentence("Genres against the rest", f"Nothing to draw: {scores[0].auc.lacks}.")]
    limits = {result.id: result.bound.limit for result in results if result.bound is not None}
    return [_against_the_rest(evidence, limits), *([pairs(evidence, limits)] if len(genres) > 1 else [])]


def _against_the_rest(evidence: Evidence, limits: Mapping[str, float]) -> Exhibit:
    """A row a genre: AUC with its interval and its critical value on the left, accuracy on the right."""
    views = (evidence.in_space, evidence.on_map)
    slugs = unique_slugs(evidence.model.tags.genres)[:MOST_GENRES]
    names = [score.genre for score in views[0].genres[:MOST_GENRES]]
    height = _ROW * len(names)
    figure = paper(height + 96)
    left, right = axes_at(figure, 190, 36, 360, height), axes_at(figure, 590, 36, 190, height)
    headline(left, "AUC: genre against the rest", NORMAL)
    headline(right, "Share called by its name", NORMAL)
    lowest = 0.5
    for view, (where, shift, marker) in zip(views, _VIEWS, strict=True):
        for row, (score, slug) in enumerate(zip(view.genres[:MOST_GENRES], slugs, strict=True)):
            limit = limits.get(f"separation.{where}[{slug}]", _critical(score.auc))
            lowest = min(lowest, _row(left, right, score, limit, row + shift, marker))
        _balanced(right, view, marker)
    for axes in (left, right):
        axes.set_ylim(len(names) - 0.5, -0.5)
    ticks(left, "y", range(len(names)), [""] * len(names), grid=False)
    ticks(right, "y", range(len(names)), [""] * len(names), grid=False)
    for row, score in enumerate(views[0].genres[:MOST_GENRES]):
        there = {"transform": left.get_yaxis_transform(), "ha": "right"}
        write(left, -0.03, row, drawable(names[row], 165), va="bottom", **there)
        write(left, -0.03, row + 0.05, _counts(score, evidence, row), va="top", size=SMALL, color=MUTED, **there)
    left.set_xlim(max(0, np.floor(lowest * 10) / 10 - 0.02), 1.01)
    right.set_xlim(-0.02, 1.02)
    tenths = [tenth / 10 for tenth in range(11) if tenth / 10 >= left.get_xlim()[0]]
    ticks(left, "x", tenths, [f"{tenth:.1f}" for tenth in tenths])
    ticks(right, "x", [0, 0.5, 1], ["0%", "50%", "100%"])
    legend = "● in the space    ◆ on the map    ─ 95% interval    | least that beats chance, or the bound"
    write(left, -0.5, -34 / height, legend, transform=left.transAxes, size=SMALL, color=MUTED, va="top")
    line = "┆ chance    ┃ mean of the genres"
    write(right, 0, -34 / height, line, transform=right.transAxes, size=SMALL, color=MUTED, va="top")
    return Exhibit(
        "Genres against the rest",
        _caption(evidence, len(names)),
        png=render(figure),
    )


def _row(
    left: Axes, right: Axes, score: GenreScore, limit: float | None, at: float, marker: str
) -> float:
    """Draw one genre in one view; returns the lowest x that is drawn."""
    value = score.auc.value
    if value is None:
        return 1
    below = limit is not None and value < limit
    colour = PALE if score.auc.lacks else RED if below else BLUE
    low, high = score.auc.interval or (value, value)
    left.plot([low, high], [at, at], color=colour, linewidth=1.8, linestyle="-", solid_capstyle="butt")
    left.plot([value], [at], color=colour, marker=marker, markersize=5.5, linestyle="none")
    if limit is not None and np.isfinite(limit):
        left.plot([limit], [at], color=INK, marker="|", markersize=9, markeredgewidth=1.3, linestyle="none")
    right.plot([score.accuracy], [at], color=colour, marker=marker, markersize=5.5, linestyle="none")
    shown_limit = limit if limit is not None and np.isfinite(limit) else low
    return float(min(low, shown_limit))


def _balanced(axes: Axes, view: Separation, marker: str) -> None:
    judged = sum(score.auc.value is not None for score in view.genres)
    if not judged or marker != "o":
        return
    axes.axvline(1 / judged, color=CHANCE, linewidth=1, linestyle=(0, (4, 3)))
    if view.accuracy.value is not None:
        axes.axvline(view.accuracy.value, color=PALE, linewidth=2.4, linestyle="-", zorder=0.8)


def _critical(auc: Measurement) -> float | None:
    return auc.null.critical if auc.null is not None and not auc.null.lacks else None


def _counts(score: GenreScore, evidence: Evidence, genre: int) -> str:
    n = f"n = {score.auc.n:,}"
    return n if score.auc.value is not None else f"{n}, {evidence.model.tags.artists[genre]:,} artists: too few"


def _caption(evidence: Evidence, shown: int) -> str:
    genres = len(evidence.model.tags.genres)
    parts = [
        "Do the ten nearest tracks by other artists tell a genre from the rest: AUC 0.5 is chance, 1 is perfect, "
        "red does not reach its bound, grey is not judged, n is tracks in the space (at most 400 a genre)"
    ]
    if evidence.in_space.accuracy.value is not None:
        parts.append(f"balanced accuracy {evidence.in_space.accuracy.value:.0%} in the space")
        if evidence.on_map.accuracy.value is not None:
            parts[-1] += f" and {evidence.on_map.accuracy.value:.0%} on the map"
    if evidence.on_map.accuracy.lacks:
        parts.append(f"map not judged, {evidence.on_map.accuracy.lacks}")
    if shown < genres:
        parts.append(f"the first {shown} of {genres} genres")
    return "; ".join(parts) + "."
