"""Are neighbours good for hits alone: two scores by how often a track is played."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.report.figures.canvas import (
    BLUE,
    CHANCE,
    MUTED,
    axes_at,
    bare,
    headline,
    name_axes,
    paper,
    render,
    round_values,
    ticks,
    write,
)
from embedgate.report.figures.exhibit import Exhibit, compact, sentence
from embedgate.report.figures.lettering import NORMAL, SMALL, drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from embedgate.measures.evidence import Evidence
    from embedgate.measures.neighbourhood import Stratified


def by_popularity(evidence: Evidence) -> Exhibit:
    """Same-artist share and co-listening AUC by plays, with what chance gives."""
    same, together = evidence.same_artist, evidence.co_listening
    title = "Neighbours by popularity"
    if not same.strata and not together.strata:
        return sentence(
            title, f"Nothing to compare: {same.measurement.inconclusive}; {together.measurement.inconclusive}."
        )
    figure = paper(262)
    left, right = axes_at(figure, 52, 52, 330, 130), axes_at(figure, 466, 52, 334, 130)
    headline(left, "Neighbours by the same artist", NORMAL)
    headline(right, "Co-listening: AUC", NORMAL)
    panel(left, same, _chance_of_artists(same), percent=True)
    panel(right, together, 0.5, percent=False)
    says = [found.measurement.summary or found.measurement.inconclusive for found in (same, together)]
    return Exhibit(
        title,
        "By plays of a track, in bins that double; n counts tracks on the left, and on the right pairs of one "
        f"playlist by their less played track: {says[0]}; {says[1]}.",
        png=render(figure),
    )


def panel(axes: Axes, found: Stratified, chance: float, *, percent: bool) -> None:
    """Draw a score by plays of a track, and what chance gives; in words why there is none."""
    slices = found.strata
    if not slices:
        bare(axes)
        write(axes, 0, 0.5, drawable(found.measurement.inconclusive, 320, SMALL), color=MUTED, size=SMALL)
        return
    at = list(range(len(slices)))
    scores = [one.score for one in slices]
    axes.plot(at, scores, color=BLUE, marker="o", markersize=4.5, linewidth=1.4, linestyle="-")
    axes.axhline(chance, color=CHANCE, linewidth=1, linestyle=(0, (4, 3)))
    write(axes, max(len(at), 3) - 0.5, chance, "chance", size=SMALL, color=MUTED, ha="right", va="bottom")
    ticks(axes, "x", at, [f"{one.low:,}" for one in slices], grid=False)
    low, high = (0.0, max(*scores, 2 * chance, 0.01)) if percent else (min(*scores, 0.45), 1.0)
    values = round_values(low, high) if percent else [tenth / 10 for tenth in range(11) if tenth / 10 >= low]
    ticks(axes, "y", values, [f"{value:.3g}" if not percent else f"{value * 100:.3g}%" for value in values])
    axes.set_ylim(low - 0.04 * (high - low), high + 0.12 * (high - low))
    axes.set_xlim(-0.5, max(len(at), 3) - 0.5)
    feet = axes.get_xaxis_transform()
    for place, one in zip(at, slices, strict=True):
        size = SMALL if len(at) <= 8 else 5.5
        write(axes, place, -0.19, compact(one.n), size=size, color=MUTED, ha="center", va="top", transform=feet)
    write(axes, -0.02, -0.19, "n", size=SMALL, color=MUTED, ha="right", va="top", transform=axes.transAxes)
    name_axes(axes, "plays of a track, from")
    axes.xaxis.labelpad = 20


def _chance_of_artists(same: Stratified) -> float:
    """Share that chance gives: the lift is the share of all tracks over it."""
    n = sum(one.n for one in same.strata)
    lift = same.measurement.value
    return sum(one.score * one.n for one in same.strata) / n / lift if n and lift else 0.0
