"""Do genres keep together: each against the rest, and pair by pair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.report.figures.canvas import (
    BLUE,
    CHANCE,
    INK,
    MUTED,
    PALE,
    RED,
    axes_at,
    headline,
    paper,
    render,
    ticks,
    write,
)
from embedgate.report.figures.exhibit import Exhibit, genres_to_show, sentence
from embedgate.report.figures.genre_pairs import held_against, pairs
from embedgate.report.figures.lettering import NORMAL, SMALL, drawable
from embedgate.slugs import unique_slugs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from embedgate.checks.bounds import Bound
    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence
    from embedgate.measures.separation import GenreScore, Separation

_MOST_GENRES = 30
_ROW = 34
_VIEWS = (("space", -0.17, "o"), ("map", 0.17, "D"))


def exhibits(evidence: Evidence, results: Sequence[CheckResult]) -> list[Exhibit]:
    """Each genre against the rest, and a matrix of pairs."""
    genres = evidence.model.tags.genres
    if not genres:
        says = "No genre is configured: [genres] says which words in playlist names make one."
        return [sentence("Genres against the rest", says)]
    scores = evidence.space_separation.genres
    if all(score.auc.value is None for score in scores):
        return [
            sentence(
                "Genres against the rest",
                f"No score to draw: {scores[0].auc.inconclusive or scores[0].auc.not_applicable}.",
            )
        ]
    bounds = {result.id: result.bound for result in results if result.bound is not None}
    shown = [_against_the_rest(evidence, bounds)]
    if len(genres_to_show(evidence.model.tags, 2)) > 1 and evidence.pair_scores:
        shown.append(pairs(evidence, bounds))
    return shown


def _against_the_rest(evidence: Evidence, bounds: Mapping[str, Bound]) -> Exhibit:
    """A row a genre: AUC with its interval and its critical value on the left, accuracy on the right."""
    views = (evidence.space_separation, evidence.map_separation)
    genres = genres_to_show(evidence.model.tags, _MOST_GENRES)
    slugs = unique_slugs(evidence.model.tags.genres)
    height = _ROW * len(genres)
    figure = paper(height + 96)
    left, right = axes_at(figure, 190, 36, 360, height), axes_at(figure, 590, 36, 190, height)
    headline(left, "AUC: genre against the rest", NORMAL)
    headline(right, "Share called by its name", NORMAL)
    lowest = 0.5
    for view, (where, shift, marker) in zip(views, _VIEWS, strict=True):
        for row, genre in enumerate(genres):
            score, slug = view.genres[genre], slugs[genre]
            bound = held_against(bounds, f"separation.{where}[{slug}]", score.auc)
            lowest = min(lowest, _row(left, right, score, bound, at=row + shift, marker=marker))
        _balanced(right, view, marker)
    for axes in (left, right):
        axes.set_ylim(len(genres) - 0.5, -0.5)
    ticks(left, "y", range(len(genres)), [""] * len(genres), grid=False)
    ticks(right, "y", range(len(genres)), [""] * len(genres), grid=False)
    for row, genre in enumerate(genres):
        score = views[0].genres[genre]
        there: dict[str, Any] = {"transform": left.get_yaxis_transform(), "ha": "right"}
        write(left, -0.03, row, drawable(score.genre, 165), va="bottom", **there)
        write(left, -0.03, row + 0.05, _counts(score, evidence, genre), va="top", size=SMALL, color=MUTED, **there)
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
        _caption(evidence, len(genres)),
        png=render(figure),
    )


def _row(left: Axes, right: Axes, score: GenreScore, bound: Bound | None, *, at: float, marker: str) -> float:
    """Draw one genre in one view; returns the lowest x that is drawn."""
    value = score.auc.value
    if value is None:
        return 1
    broken = bound is not None and not bound.holds(value)
    colour = PALE if score.auc.inconclusive else RED if broken else BLUE
    low, high = score.auc.interval or (value, value)
    left.plot([low, high], [at, at], color=colour, linewidth=1.8, linestyle="-", solid_capstyle="butt")
    left.plot([value], [at], color=colour, marker=marker, markersize=5.5, linestyle="none", clip_on=False)
    limit = bound.limit if bound is not None and np.isfinite(bound.limit) else low
    if bound is not None:
        left.plot([limit], [at], color=INK, marker="|", markersize=9, markeredgewidth=1.3, linestyle="none")
    right.plot([score.accuracy], [at], color=colour, marker=marker, markersize=5.5, linestyle="none", clip_on=False)
    return float(min(low, limit))


def _balanced(axes: Axes, view: Separation, marker: str) -> None:
    judged = sum(score.auc.value is not None for score in view.genres)
    if not judged or marker != "o":
        return
    axes.axvline(1 / judged, color=CHANCE, linewidth=1, linestyle=(0, (4, 3)))
    if view.accuracy.value is not None:
        axes.axvline(view.accuracy.value, color=PALE, linewidth=2.4, linestyle="-", zorder=0.8)


def _counts(score: GenreScore, evidence: Evidence, genre: int) -> str:
    n = f"n = {score.auc.n:,}"
    return n if score.auc.value is not None else f"{n}, {evidence.model.tags.artists[genre]:,} artists: too few"


def _caption(evidence: Evidence, shown: int) -> str:
    genres = len(evidence.model.tags.genres)
    parts = [
        (
            "Do the ten nearest tracks by other artists tell a genre from the rest: AUC 0.5 is chance, 1 is perfect, "
            "red does not reach its bound, grey is not judged, n is tracks in the space (at most 400 a genre)"
        )
    ]
    if evidence.space_separation.accuracy.value is not None:
        parts.append(f"balanced accuracy {evidence.space_separation.accuracy.value:.0%} in the space")
        if evidence.map_separation.accuracy.value is not None:
            parts[-1] += f" and {evidence.map_separation.accuracy.value:.0%} on the map"
    if evidence.map_separation.accuracy.inconclusive:
        parts.append(f"map not judged, {evidence.map_separation.accuracy.inconclusive}")
    if shown < genres:
        parts.append(f"{shown} of {genres} genres are shown, those that can be judged")
    return "; ".join(parts) + "."
