"""Figures of genre separation: each genre against the rest, and pairs of genres as a matrix."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from embedgate.checks.bounds import at_least
from embedgate.measures.genre_pairs import MAX_PAIRS
from embedgate.report.figures import canvas
from embedgate.report.figures.figure import Figure, text_figure
from embedgate.report.figures.labels import genres_to_show
from embedgate.report.figures.lettering import SMALL, drawable, width_of
from embedgate.report.figures.palette import BLUE, CHANCE, INK, MUTED, PALE, PAPER, RED
from embedgate.slugs import unique_slugs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from embedgate.checks.bounds import Bound
    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence
    from embedgate.measures.measurement import Measurement
    from embedgate.measures.separation import GenreScore

_MAX_GENRES, _MAX_PAIR_GENRES = 30, 20
_ROW_HEIGHT = 34
_NOT_MEASURED = 2.0
_LARGE_CELL = 44
"""CSS pixels."""
_SHADES = LinearSegmentedColormap.from_list("shades", ["#f4f8fc", "#c6dbef", "#6baed6", "#155a9c"]).with_extremes(
    bad="#f1f1f1", over=PAPER
)
_NAME_WIDTH = 130
"""CSS pixels along a slanted name."""
_TITLE = "Each genre against the rest"


def figures(evidence: Evidence, results: Sequence[CheckResult]) -> list[Figure]:
    """Draw the scores of each genre against the rest, and of each pair of genres."""
    tags = evidence.model.tags
    if not tags.genres:
        text = (
            "No genre is configured. Add [genres] to the config, words in playlist names for each genre, or "
            "[catalogue], a column of labels."
        )
        return [text_figure(_TITLE, text)]
    scores = evidence.space_separation.genres
    if all(score.auc.value is None for score in scores):
        why = scores[0].auc.inconclusive or scores[0].auc.not_applicable
        return [text_figure(_TITLE, f"No score to draw: {why}.")]
    bounds = {result.id: result.bound for result in results if result.bound is not None}
    shown = [_against_the_rest(evidence, bounds)]
    if len(genres_to_show(tags, 2)) > 1 and evidence.pair_scores:
        shown.append(_pairs(evidence, bounds))
    return shown


def _against_the_rest(evidence: Evidence, bounds: Mapping[str, Bound]) -> Figure:
    """Draw a row for each genre: AUC with interval and bound on the left, accuracy on the right."""
    tags, space = evidence.model.tags, evidence.space_separation
    genres, slugs = genres_to_show(tags, _MAX_GENRES), unique_slugs(tags.genres)
    height = _ROW_HEIGHT * len(genres)
    figure = canvas.new_figure(height + 96)
    left = canvas.axes_at(figure, 190, 36, 360, height)
    right = canvas.axes_at(figure, 590, 36, 190, height)
    left.set_title("AUC: genre against the rest")
    right.set_title("Classified correctly (kNN)")
    lowest = 0.5
    for view, name, shift, marker in ((space, "space", -0.17, "o"), (evidence.map_separation, "map", 0.17, "D")):
        for row, genre in enumerate(genres):
            score = view.genres[genre]
            bound = _bound(bounds, f"separation.{name}[{slugs[genre]}]", score.auc)
            lowest = min(lowest, _draw_score((left, right), score, bound, y=row + shift, marker=marker))
    judged = sum(score.auc.value is not None for score in space.genres)
    right.axvline(1 / judged, color=CHANCE, linewidth=1, linestyle="--")
    if space.accuracy.value is not None:
        right.axvline(space.accuracy.value, color=PALE, linewidth=2.4, zorder=0.8)
    for axes in (left, right):
        axes.set_ylim(len(genres) - 0.5, -0.5)
        canvas.set_ticks(axes, "y", [])
    names: dict[str, Any] = {"transform": left.get_yaxis_transform(), "ha": "right"}
    for row, genre in enumerate(genres):
        auc = space.genres[genre].auc
        n = f"n = {auc.n:,}" + ("" if auc.value is not None else f", {tags.artists[genre]:,} artists: too few")
        left.text(-0.03, row, drawable(tags.genres[genre], 165), va="bottom", **names)
        left.text(-0.03, row + 0.05, n, va="top", size=SMALL, color=MUTED, **names)
    left.set_xlim(max(0, np.floor(lowest * 10) / 10 - 0.02), 1.01)
    right.set_xlim(-0.02, 1.02)
    tenths = [tenth / 10 for tenth in range(11) if tenth / 10 >= left.get_xlim()[0]]
    canvas.set_ticks(left, "x", tenths, "{:.1f}")
    canvas.set_ticks(right, "x", [0, 0.5, 1], "{:.0%}")
    for axes, x, legend in (
        (left, -0.5, "● in the space    ◆ on the map    ─ 95% interval    | bound"),
        (right, 0, "┆ chance    ┃ mean of the genres"),
    ):
        style: dict[str, Any] = {"transform": axes.transAxes, "size": SMALL, "color": MUTED, "va": "top"}
        axes.text(x, -34 / height, legend, **style)
    return Figure(_TITLE, _caption(evidence, len(genres)), png=canvas.to_png(figure))


def _draw_score(panels: tuple[Axes, Axes], score: GenreScore, bound: Bound | None, *, y: float, marker: str) -> float:
    """Draw AUC and accuracy of a genre in one view; return the lowest AUC drawn."""
    value, (left, right) = score.auc.value, panels
    if value is None:
        return 1.0
    colour = PALE if score.auc.inconclusive else RED if bound is not None and not bound.holds(value) else BLUE
    low, high = score.auc.interval or (value, value)
    left.plot([low, high], [y, y], color=colour)
    left.plot(value, y, marker, color=colour, clip_on=False)
    right.plot(score.accuracy, y, marker, color=colour, clip_on=False)
    if bound is None:
        return low
    limit = bound.limit if np.isfinite(bound.limit) else low
    left.plot(limit, y, "|", color=INK, markersize=9, markeredgewidth=1.3)
    return min(low, limit)


def _caption(evidence: Evidence, shown: int) -> str:
    accuracy, on_map = evidence.space_separation.accuracy.value, evidence.map_separation.accuracy
    genres = len(evidence.model.tags.genres)
    caption = (
        "How well the ten nearest neighbours by other artists distinguish a genre from the rest: AUC 0.5 is chance, "
        "1 is perfect. Red breaks its bound, grey is not judged, and n is the number of tracks, at most 400 a genre."
    )
    if accuracy is not None:
        beside = f" and {on_map.value:.0%} on the map" if on_map.value is not None else ""
        caption += f" Balanced accuracy is {accuracy:.0%} in the space{beside}."
    if on_map.inconclusive:
        caption += f" The map is not judged: {on_map.inconclusive}."
    if shown < genres:
        caption += f" Shown: {shown} of {genres} genres, those with enough tracks."
    return caption


def _pairs(evidence: Evidence, bounds: Mapping[str, Bound]) -> Figure:
    """Draw AUC below the diagonal and balanced accuracy above it."""
    names = evidence.model.tags.genres
    pairs = comb(len(names), 2)
    genres = _genres_of_pairs(evidence, all_measured=pairs <= MAX_PAIRS)
    n, index, slugs = len(genres), {genre: place for place, genre in enumerate(genres)}, unique_slugs(names)
    shown = [score for score in evidence.pair_scores if score.first in index and score.second in index]
    cell = min(62, 600 // max(1, n))
    below = round(0.6 * max(width_of(drawable(genre, _NAME_WIDTH)) for genre in genres))
    figure = canvas.new_figure(cell * n + 34 + below)
    axes = canvas.axes_at(figure, 190, 12, cell * n, cell * n)
    scores, broken = np.full((n, n), _NOT_MEASURED), 0
    for score in shown:
        column, row, auc = index[score.first], index[score.second], score.auc.value
        scores[row, column], scores[column, row] = (np.nan, np.nan) if auc is None else (auc, score.accuracy)
        if auc is not None:
            first, second = (slugs[names.index(genre)] for genre in (score.first, score.second))
            bound = _bound(bounds, f"separation.pair[{first}~{second}]", score.auc)
            breaks = bound is not None and not bound.holds(auc)
            broken += breaks
            _write_score(axes, (column, row), auc, f"{auc:.2f}", cell, breaks=breaks)
            _write_score(axes, (row, column), score.accuracy, f"{score.accuracy:.0%}", cell, breaks=breaks)
    axes.imshow(scores, _SHADES, vmin=0.5, vmax=1, extent=(0, n, n, 0), interpolation="nearest", aspect="auto")
    axes.set_axis_off()
    axes.set(xlim=(0, n), ylim=(n, 0))
    axes.hlines(range(n + 1), 0, n, colors=PAPER, linewidth=1.6)
    axes.vlines(range(n + 1), 0, n, colors=PAPER, linewidth=1.6)
    for place, genre in enumerate(genres):
        name = drawable(genre, _NAME_WIDTH)
        axes.text(-0.12, place + 0.5, drawable(genre, 170), ha="right", va="center")
        axes.text(place + 0.6, n + 0.12, name, ha="right", va="top", rotation=35, rotation_mode="anchor")
    caption = (
        "How well two genres are distinguished in the space, among their tracks alone: AUC below the diagonal (0.5 "
        "is chance), balanced accuracy above it (50% is chance)."
    )
    if broken:
        caption += f" Pairs that break their bound (red frame): {broken}."
    if np.isnan(scores).any():
        caption += " Grey pairs have too few tracks."
    if pairs > MAX_PAIRS:
        caption += f" Only the {MAX_PAIRS} hardest of {pairs:,} pairs are measured; other cells are white."
    if n < len(names):
        which = "with enough tracks" if pairs <= MAX_PAIRS else "of the least separated pairs"
        caption += f" Shown: {n} of {len(names)} genres, those {which}."
    return Figure("Pairs of genres", caption, png=canvas.to_png(figure))


def _genres_of_pairs(evidence: Evidence, *, all_measured: bool) -> list[str]:
    """Return genres to show, in the order of the config; if there are too many, those of the pairs of lowest AUC."""
    names = evidence.model.tags.genres
    if all_measured:
        return [names[genre] for genre in genres_to_show(evidence.model.tags, _MAX_PAIR_GENRES)]
    scored = [pair for pair in evidence.pair_scores if pair.auc.value is not None]
    scored.sort(key=lambda pair: pair.auc.value or 0)
    hardest = list(dict.fromkeys(genre for pair in scored for genre in (pair.first, pair.second)))
    return sorted(hardest[:_MAX_PAIR_GENRES], key=names.index)


def _write_score(axes: Axes, at: tuple[int, int], score: float, text: str, cell: int, *, breaks: bool) -> None:
    """Write a score, dark on light or light on dark; mark a broken bound with a frame and, if it fits, a cross."""
    x, y = at
    if breaks:
        axes.add_patch(Rectangle((x + 0.06, y + 0.06), 0.88, 0.88, fill=False, edgecolor=RED, linewidth=1.8))
        text = f"✗ {text}" if cell >= _LARGE_CELL else text
    luminance = np.dot([0.2126, 0.7152, 0.0722], np.power(_SHADES(2 * score - 1)[:3], 2.2))
    size, colour = SMALL + 1 if cell >= _LARGE_CELL else SMALL - 1.5, PAPER if luminance < 0.2 else INK
    axes.text(x + 0.5, y + 0.5, text, size=size, color=colour, ha="center", va="center")


def _bound(bounds: Mapping[str, Bound], check_id: str, auc: Measurement) -> Bound | None:
    """Return the bound of a check; without one, the chance level of its measurement if there is one."""
    if check_id in bounds:
        return bounds[check_id]
    if auc.null is None or auc.null.inconclusive or not np.isfinite(auc.null.critical):
        return None
    return at_least(auc.null.critical, "null")
