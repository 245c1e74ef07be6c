"""How far down the list the next track stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.report.figures.canvas import (
    BLUE,
    CHANCE,
    INK,
    MUTED,
    RED,
    axes_at,
    name_axes,
    paper,
    render,
    round_values,
    ticks,
    write,
)
from embedgate.report.figures.exhibit import Exhibit, counted, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence

_MOST = 100
_K = 10


def exhibits(evidence: Evidence, results: Sequence[CheckResult]) -> list[Exhibit]:
    """Hit rate at 1 to 100, with chance, the charts and the bound at 10."""
    title = "Finding the next track"
    others = len(evidence.model.tracks) - 1
    if others < 1:
        return [sentence(title, f"{counted(others + 1, 'usable vector')}: there is nothing to find.")]
    found = evidence.next_track
    if found is None:
        return [sentence(title, "The playlists have no track_test_x and track_test_y: no next track to foretell.")]
    n = len(found.ranks)
    if not n:
        return [sentence(title, "No playlist has a next track to foretell.")]
    most = min(_MOST, others)
    ks = np.arange(1, most + 1)
    placed = np.bincount(np.clip(found.ranks, 0, most + 1), minlength=most + 2)[1 : most + 1]
    rates = np.cumsum(placed) / n
    chance = ks / others
    popular = float(found.popularity_hits.mean())
    figure = paper(330)
    axes = axes_at(figure, 60, 40, 600, 220)
    axes.set_xscale("log")
    axes.plot(ks, rates, color=BLUE, linewidth=2, linestyle="-", marker="none")
    axes.plot(ks, chance, color=CHANCE, linewidth=1.2, linestyle=(0, (4, 3)), marker="none")
    top = max(float(rates[-1]), popular, float(chance[-1]), 0.01) * 1.1
    at_ten = min(_K, most)
    axes.plot([at_ten], [rates[at_ten - 1]], color=BLUE, marker="o", markersize=6)
    _bound(axes, results)
    axes.set_xlim(1, most)
    axes.set_ylim(0, top)
    places = [k for k in (1, 2, 5, 10, 20, 50, 100) if k <= most]
    ticks(axes, "x", places, [str(k) for k in places], grid=False)
    heights = round_values(0, top, 5)
    ticks(axes, "y", heights, [f"{height * 100:.3g}%" for height in heights])
    where = "held out of training" if found.held_out else "in-sample"
    name_axes(axes, "k, nearest tracks looked at (log scale)", f"next track among them, {where}")
    labels = [
        (float(rates[-1]), f"the space\n{rates[at_ten - 1]:.1%} at {at_ten}", BLUE),
        (float(chance[-1]), f"chance\n{chance[at_ten - 1]:.2%} at {at_ten}", MUTED),
    ]
    if others >= _K:
        axes.plot([_K], [popular], color=INK, marker="D", markersize=5.5, linestyle="none")
        labels.append((popular, f"◆ the charts at 10\n{popular:.1%}", INK))
    for height, (text, colour) in _apart(labels, top * 0.17):
        write(axes, 1.02, height / top, text, transform=axes.transAxes, color=colour, va="center", linespacing=1.3)
    note = "" if found.held_out else "; in-sample: the model was trained on these playlists"
    return [
        Exhibit(
            title,
            f"Share of {n:,} playlists whose last track has the next one among its k nearest, of "
            f"{others + 1:,} tracks; the charts recommend the ten most played to everybody{note}.",
            png=render(figure),
        )
    ]


def _bound(axes: Axes, results: Sequence[CheckResult]) -> None:
    """What the hit rate at 10 was held against."""
    for result in results:
        if result.id == "retrieval.hit_rate" and result.bound is not None:
            axes.plot([_K], [result.bound.limit], color=RED, marker="_", markersize=16, markeredgewidth=2)
            write(axes, _K * 1.12, result.bound.limit, "bound", color=RED, va="center", size=7.5)


def _apart(labels: list[tuple[float, str, str]], distance: float) -> list[tuple[float, tuple[str, str]]]:
    """Move labels up until none stands on another, the lowest first."""
    placed: list[tuple[float, tuple[str, str]]] = []
    least = distance / 2
    for height, text, colour in sorted(labels):
        at = max(height, least)
        placed.append((at, (text, colour)))
        least = at + distance
    return placed
