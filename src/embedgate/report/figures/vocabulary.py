"""Which tracks have a vector, by how often they are played."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.vocabulary import coverage_by_popularity
from embedgate.report.figures.canvas import BLUE, MUTED, axes_at, bars, name_axes, paper, render, ticks, write
from embedgate.report.figures.exhibit import Exhibit, compact, span
from embedgate.report.figures.lettering import SMALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence

_PALER = "#9ecae1"


def exhibits(evidence: Evidence, _results: Sequence[CheckResult]) -> list[Exhibit]:
    """Coverage of tracks and of plays in bins of plays that double."""
    slices = coverage_by_popularity(evidence.model)
    tracks = np.array([(one.covered_tracks, one.tracks) for one in slices], dtype=np.float64)
    plays = np.array([(one.covered_plays, one.plays) for one in slices], dtype=np.float64)
    at = np.arange(len(slices))
    figure = paper(310)
    axes = axes_at(figure, 60, 46, 740, 170)
    for counts, shift, colour in ((tracks, -0.2, BLUE), (plays, 0.2, _PALER)):
        share = counts[:, 0] / counts[:, 1]
        bars(axes, at + shift - 0.19, 0.38, share, colour=colour)
        for middle, value in zip((at + shift).tolist(), share.tolist(), strict=True):
            write(axes, middle, value + 0.02, _percent(value), size=_fitting(len(at)), ha="center")
    ticks(axes, "y", [0, 0.5, 1], ["0%", "50%", "100%"])
    ticks(axes, "x", at.tolist(), [span(one.low, one.high) for one in slices], grid=False)
    axes.set_ylim(0, 1.14)
    axes.set_xlim(-0.6, max(len(at), 4) - 0.4)
    name_axes(axes, y="have a vector")
    for x, colour, label in ((0.66, BLUE, "share of tracks"), (0.85, _PALER, "share of plays")):
        write(axes, x, 1.09, "■", transform=axes.transAxes, color=colour, ha="right", va="bottom")
        write(axes, x + 0.01, 1.09, label, transform=axes.transAxes, va="bottom")
    below = axes.get_xaxis_transform()
    size = _fitting(len(at))
    for place, one in enumerate(slices):
        counts_text = f"{compact(one.tracks)} tracks\n{compact(one.plays)} plays"
        write(axes, place, -0.17, counts_text, size=size, color=MUTED, ha="center", va="top", transform=below)
    write(axes, 0.5, -0.42, "plays of a track", transform=axes.transAxes, color=MUTED, ha="center", va="top")
    covered, all_plays = plays.sum(axis=0)
    inside, all_tracks = tracks.sum(axis=0)
    return [
        Exhibit(
            "Who has a vector",
            f"Share of tracks, and of their plays, that have a vector, by plays of a track in bins that double: "
            f"{inside:,.0f} of {all_tracks:,.0f} tracks and {covered:,.0f} of {all_plays:,.0f} plays in all.",
            png=render(figure),
        )
    ]


def _fitting(bins: int) -> float:
    return SMALL if bins <= 10 else 5.5


def _percent(share: float) -> str:
    """Whole per cent; 0 and 100 only where it is all or none."""
    if 0 < share < 0.005:
        return "<1"
    if 0.995 <= share < 1:
        return ">99"
    return f"{share * 100:.0f}"
