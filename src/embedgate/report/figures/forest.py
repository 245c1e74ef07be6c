"""A row a value: the value, its interval, the bound it is held against, and numbers beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.report.figures.canvas import (
    AMBER,
    BLUE,
    CHANCE,
    INK,
    MUTED,
    PALE,
    RED,
    axes_at,
    paper,
    render,
    round_values,
    ticks,
    write,
)
from embedgate.report.figures.lettering import SMALL, drawable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes

    from embedgate.judgement.result import Outcome

_PEN: dict[str, tuple[str, str]] = {"passed": (BLUE, "o"), "warned": (AMBER, "D"), "failed": (RED, "s")}
_UNJUDGED = (CHANCE, "o")
_ROW = 27
_LEFT, _WIDTH = 178, 350
_COLUMNS = (612, 682, 806)
"""CSS pixels from the left at which columns of numbers end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One value, in the units of the axis.

    Attributes:
        label: what it is; users' text.
        outcome: gives colour and shape.
        value: None where there is none, and only the numbers are shown.
        interval: of the value.
        limit: of its bound.
        cells: three columns of numbers.
    """

    label: str
    outcome: Outcome
    value: float | None
    interval: tuple[float, float] | None
    limit: float | None
    cells: tuple[str, str, str]


def forest(
    rows: Sequence[Row],
    *,
    rest: tuple[float, str],
    head: tuple[str, str, str],
    tick: Callable[[float], str],
    farthest: tuple[float, float],
) -> bytes:
    """Draw rows below each other on one axis.

    Args:
        rows: one at least.
        rest: where nothing differs, and what to call that.
        head: names of the columns of numbers.
        tick: writes a value of the axis.
        farthest: ends of the axis at most; what lies beyond stands at its end.
    """
    height = _ROW * len(rows)
    figure = paper(height + 92)
    axes = axes_at(figure, _LEFT, 30, _WIDTH, height)
    low, high = _ends(rows, rest[0], farthest)
    axes.set_xlim(low, high)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    ticks(axes, "y", [], [], grid=False)
    places = round_values(low, high, 6)
    ticks(axes, "x", places, [tick(place) for place in places])
    axes.axvline(rest[0], color=CHANCE, linewidth=1, linestyle=(0, (4, 3)))
    above: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "size": SMALL, "color": MUTED, "va": "bottom"}
    near_columns = (rest[0] - low) / (high - low) > 0.8
    write(axes, rest[0], 1 + 4 / height, rest[1], ha="right" if near_columns else "center", **above)
    for name, end in zip(head, _COLUMNS, strict=True):
        write(axes, _across(axes, end), 1 + 4 / height, name, ha="right", **above)
    for at, row in enumerate(rows):
        write(axes, _across(axes, _LEFT - 10), at, drawable(row.label, _LEFT - 16), ha="right", va="center")
        for text, end in zip(row.cells, _COLUMNS, strict=True):
            colour = _pen(row)[0] if end == _COLUMNS[-1] and row.outcome in ("warned", "failed") else INK
            write(axes, _across(axes, end), at, text, ha="right", va="center", color=colour)
        _draw(axes, row, at, low, high)
    legend = "● holds    ◆ warned    ■ failed    ─ 95% interval    | bound"
    write(axes, 0, -38 / height, legend, transform=axes.transAxes, size=SMALL, color=MUTED, va="top")
    return render(figure)


def _draw(axes: Axes, row: Row, at: int, low: float, high: float) -> None:
    if row.value is None:
        return
    colour, marker = _pen(row)
    if row.interval is not None:
        ends = np.clip(row.interval, low, high)
        axes.plot(ends, [at, at], color=colour, linewidth=1.8, linestyle="-", solid_capstyle="butt")
    value = float(np.clip(row.value, low, high))
    axes.plot([value], [at], color=colour, marker=marker, markersize=6, linestyle="none", clip_on=False)
    if row.limit is not None and low <= row.limit <= high:
        axes.plot([row.limit], [at], color=INK, marker="|", markersize=9, markeredgewidth=1.3, linestyle="none")


def _pen(row: Row) -> tuple[str, str]:
    return (PALE, "o") if row.outcome == "inconclusive" else _PEN.get(row.outcome, _UNJUDGED)


def _ends(rows: Sequence[Row], rest: float, farthest: tuple[float, float]) -> tuple[float, float]:
    """From the lowest to the highest that is drawn, with a little air."""
    drawn = [rest]
    for row in rows:
        if row.value is not None:
            drawn += [row.value, *(row.interval or ()), *([row.limit] if row.limit is not None else ())]
    finite = np.clip([place for place in drawn if np.isfinite(place)], *farthest)
    low, high = float(finite.min()), float(finite.max())
    air = 0.06 * max(high - low, 0.1 * (farthest[1] - farthest[0]))
    return low - air, high + air


def _across(axes: Axes, pixels: float) -> float:
    """CSS pixels from the left of the picture, in the units of the axis."""
    low, high = axes.get_xlim()
    return float(low + (pixels - _LEFT) / _WIDTH * (high - low))
