"""Every genre against every other, as a matrix."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from embedgate.checks.bounds import at_least
from embedgate.measures.genre_pairs import MAX_PAIRS
from embedgate.report.figures.canvas import INK, PAPER, RED, axes_at, bare, paper, render, write
from embedgate.report.figures.exhibit import Exhibit, genres_to_show
from embedgate.report.figures.lettering import SMALL, drawable, width_of
from embedgate.slugs import unique_slugs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from embedgate.checks.bounds import Bound
    from embedgate.measures.evidence import Evidence
    from embedgate.measures.genre_pairs import PairScore
    from embedgate.measures.measurement import Measurement

_MOST_GENRES = 20
_EMPTY = (0.945, 0.945, 0.945, 1.0)
_SHADES = LinearSegmentedColormap.from_list("shades", ["#f4f8fc", "#c6dbef", "#6baed6", "#155a9c"])
_LABEL = 130  # CSS pixels along a slanted name


def pairs(evidence: Evidence, bounds: Mapping[str, Bound]) -> Exhibit:
    """AUC below the diagonal, balanced accuracy above it.

    Args:
        evidence: every measurement.
        bounds: what each check's value was held against, by its id.
    """
    everyone = evidence.model.tags.genres
    of_all = comb(len(everyone), 2)
    if of_all > MAX_PAIRS:
        genres = _least_apart(evidence)
    else:
        genres = [everyone[genre] for genre in genres_to_show(evidence.model.tags, _MOST_GENRES)]
    number = {genre: place for place, genre in enumerate(genres)}
    shown = [score for score in evidence.pair_scores if score.first in number and score.second in number]
    slug_of = dict(zip(everyone, unique_slugs(everyone), strict=True))
    size = min(62, 600 // max(1, len(genres)))
    side = size * len(genres)
    foot = round(0.6 * max(width_of(drawable(genre, _LABEL)) for genre in genres))
    figure = paper(side + 34 + foot)
    axes = axes_at(figure, 190, 12, side, side)
    shades = np.ones((len(genres), len(genres), 4))
    axes.imshow(shades, extent=(0, len(genres), len(genres), 0), interpolation="nearest", aspect="auto")
    letters = SMALL + 1 if size >= 44 else SMALL - 1.5
    weak = 0
    for score in shown:
        upper, lower = number[score.first], number[score.second]
        slugs = f"{slug_of[score.first]}~{slug_of[score.second]}"
        below = _is_weak(score, held_against(bounds, f"separation.pair[{slugs}]", score.auc))
        weak += below
        value = score.auc.value
        if value is None:
            shades[lower, upper] = shades[upper, lower] = _EMPTY
            continue
        shades[lower, upper] = _shade(value)
        shades[upper, lower] = _shade(score.accuracy)
        _number(axes, upper, lower, f"{value:.2f}", shade=shades[lower, upper], size=letters, below=below)
        _number(axes, lower, upper, f"{score.accuracy:.0%}", shade=shades[upper, lower], size=letters, below=below)
    axes.images[0].set_data(shades)
    _frame(axes, genres)
    more = "" if len(genres) == len(everyone) else f"; {len(genres)} of {len(everyone)} genres"
    if of_all > MAX_PAIRS:
        more += f", those of the pairs that are told apart least; a white cell is none of the {MAX_PAIRS} hardest of "
        more += f"{of_all:,} pairs and was not measured"
    elif more:
        more += ", those that can be judged"
    broken = f"; the {weak} marked ✗ do not reach their bound" if weak else ""
    empty = "; a grey cell has too few tracks" if any(score.auc.value is None for score in shown) else ""
    return Exhibit(
        "Genres pair by pair",
        "In the space, among the tracks of two genres alone: AUC below the diagonal, balanced accuracy above it, "
        f"0.5 and 50% at chance{more}{broken}{empty}.",
        png=render(figure),
    )


def _least_apart(evidence: Evidence) -> list[str]:
    """Return the genres of the pairs with the lowest AUC, in the order of the config."""
    scored = sorted(
        (pair for pair in evidence.pair_scores if pair.auc.value is not None), key=lambda pair: pair.auc.value or 0
    )
    found = dict.fromkeys(genre for pair in scored for genre in (pair.first, pair.second))
    return sorted(list(found)[:_MOST_GENRES], key=evidence.model.tags.genres.index)


def held_against(bounds: Mapping[str, Bound], check_id: str, auc: Measurement) -> Bound | None:
    """The bound of a check that was made; else what beats chance, where that can be said."""
    if check_id in bounds:
        return bounds[check_id]
    if auc.null is None or auc.null.inconclusive or not np.isfinite(auc.null.critical):
        return None
    return at_least(auc.null.critical, "null")


def _is_weak(score: PairScore, bound: Bound | None) -> bool:
    return bound is not None and score.auc.value is not None and not bound.holds(score.auc.value)


def _shade(value: float) -> tuple[float, float, float, float]:
    return _SHADES(min(1.0, max(0.0, (value - 0.5) / 0.5)))


def _number(axes: Axes, x: int, y: int, text: str, *, shade: Sequence[float], size: float, below: bool) -> None:
    """Write into a cell, dark on light and light on dark; a red frame and a cross where the bound is missed."""
    if below:
        frame = Rectangle((x + 0.06, y + 0.06), 0.88, 0.88, fill=False, edgecolor=RED, linewidth=1.8)
        axes.add_patch(frame)
        text = f"✗ {text}"
    luminance = float(np.dot([0.2126, 0.7152, 0.0722], np.power(shade[:3], 2.2)))
    colour = PAPER if luminance < 0.2 else INK
    write(axes, x + 0.5, y + 0.5, text, size=size, color=colour, ha="center", va="center")


def _frame(axes: Axes, genres: Sequence[str]) -> None:
    bare(axes)
    n = len(genres)
    axes.set_xlim(0, n)
    axes.set_ylim(n, 0)
    axes.hlines(range(n + 1), 0, n, colors=PAPER, linewidth=1.6)
    axes.vlines(range(n + 1), 0, n, colors=PAPER, linewidth=1.6)
    for place, genre in enumerate(genres):
        write(axes, -0.12, place + 0.5, drawable(genre, 170), ha="right", va="center")
        slanted: dict[str, Any] = {"ha": "right", "va": "top", "rotation": 35, "rotation_mode": "anchor"}
        write(axes, place + 0.6, n + 0.12, drawable(genre, _LABEL), **slanted)
