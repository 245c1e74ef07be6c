"""Figure of the vocabulary: which tracks have a vector, by popularity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.vocabulary import coverage_by_popularity
from embedgate.report.figures import canvas
from embedgate.report.figures.figure import Figure
from embedgate.report.figures.labels import compact, span
from embedgate.report.figures.lettering import SMALL
from embedgate.report.figures.palette import BLUE, MUTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence

_LIGHT_BLUE = "#9ecae1"
_TINY = 5.5


def figures(evidence: Evidence, _results: Sequence[CheckResult]) -> list[Figure]:
    """Draw the share of tracks and of plays that are covered, in bins of plays that double."""
    bins = coverage_by_popularity(evidence.model)
    tracks = np.array([(one.covered_tracks, one.tracks) for one in bins], dtype=np.float64)
    plays = np.array([(one.covered_plays, one.plays) for one in bins], dtype=np.float64)
    at = np.arange(len(bins))
    size = SMALL if len(bins) <= 10 else _TINY
    figure = canvas.new_figure(310)
    axes = canvas.axes_at(figure, 60, 46, 740, 170)
    axes.set_xlim(-0.6, max(len(bins), 4) - 0.4)
    axes.set_ylim(0, 1.14)
    for counts, shift, colour in ((tracks, -0.2, BLUE), (plays, 0.2, _LIGHT_BLUE)):
        shares = counts[:, 0] / counts[:, 1]
        canvas.draw_bars(axes, at + shift - 0.19, 0.38, shares, colour=colour)
        for x, share in zip((at + shift).tolist(), shares.tolist(), strict=True):
            axes.text(x, share + 0.02, _whole_percent(share), size=size, ha="center")
    canvas.set_ticks(axes, "y", [0, 0.5, 1], "{:.0%}")
    canvas.set_ticks(
        axes, "x", at.tolist(), lambda place: span(bins[int(place)].low, bins[int(place)].high), grid=False
    )
    canvas.label_y(axes, "share with a vector")
    below, inside = axes.get_xaxis_transform(), axes.transAxes
    for place, one in enumerate(bins):
        counts_text = f"{compact(one.tracks)} tracks\n{compact(one.plays)} plays"
        axes.text(place, -0.17, counts_text, size=size, color=MUTED, ha="center", va="top", transform=below)
    axes.text(0.5, -0.42, "plays of a track", transform=inside, color=MUTED, ha="center", va="top")
    for x, colour, label in ((0.66, BLUE, "share of tracks"), (0.85, _LIGHT_BLUE, "share of plays")):
        axes.text(x, 1.09, "■", transform=inside, color=colour, ha="right", va="bottom")
        axes.text(x + 0.01, 1.09, label, transform=inside, va="bottom")
    covered_tracks, all_tracks = tracks.sum(axis=0)
    covered_plays, all_plays = plays.sum(axis=0)
    return [
        Figure(
            "Vocabulary coverage by popularity",
            "Share of the playlists' tracks that have a vector, and of their plays, by plays of a track. In total: "
            f"{covered_tracks:,.0f} of {all_tracks:,.0f} tracks and {covered_plays:,.0f} of {all_plays:,.0f} plays.",
            png=canvas.to_png(figure),
        )
    ]


def _whole_percent(share: float) -> str:
    """Return a share in whole per cent; 0 and 100 only if none or all are covered."""
    if 0 < share < 0.005:
        return "<1"
    if 0.995 <= share < 1:
        return ">99"
    return f"{share * 100:.0f}"
