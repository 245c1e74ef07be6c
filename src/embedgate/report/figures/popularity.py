"""Scores by popularity: a panel for any score, and the figure of the neighbourhood scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.report.figures import canvas
from embedgate.report.figures.figure import Figure, text_figure
from embedgate.report.figures.labels import compact, percent
from embedgate.report.figures.lettering import SMALL, drawable
from embedgate.report.figures.palette import BLUE, CHANCE, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from embedgate.measures.evidence import Evidence
    from embedgate.measures.neighbourhood import Stratified

_TINY = 5.5


def by_popularity(evidence: Evidence) -> Figure:
    """Draw same-artist share and co-listening AUC by plays, with the chance level of each."""
    title = "Neighbour quality by popularity"
    same, together = evidence.same_artist, evidence.co_listening
    texts = [found.measurement.summary or found.measurement.inconclusive for found in (same, together)]
    if not same.strata and not together.strata:
        return text_figure(title, f"Nothing to draw: {'; '.join(texts)}.")
    figure = canvas.new_figure(262)
    left, right = canvas.axes_at(figure, 52, 52, 330, 130), canvas.axes_at(figure, 466, 52, 334, 130)
    left.set_title("Neighbours by the same artist")
    right.set_title("Co-listening: AUC")
    draw_by_popularity(left, same, _same_artist_chance(same), is_share=True)
    draw_by_popularity(right, together, 0.5, is_share=False)
    return Figure(
        title,
        "Scores by plays of a track; n counts tracks on the left, and on the right pairs from one playlist, by their "
        f"less played track. Overall: {'; '.join(texts)}.",
        png=canvas.to_png(figure),
    )


def draw_by_popularity(axes: Axes, found: Stratified, chance: float, *, is_share: bool) -> None:
    """Draw a score by plays with its chance level; write the reason if there is no score."""
    bins = found.strata
    if not bins:
        axes.set_axis_off()
        axes.text(0, 0.5, drawable(found.measurement.inconclusive, 320, SMALL), color=MUTED, size=SMALL)
        return
    at, scores, right = list(range(len(bins))), [one.score for one in bins], max(len(bins), 3) - 0.5
    axes.plot(at, scores, "o-", color=BLUE, linewidth=1.4, markersize=4.5)
    axes.axhline(chance, color=CHANCE, linewidth=1, linestyle="--")
    axes.text(right, chance, "chance", size=SMALL, color=MUTED, ha="right", va="bottom")
    low, high = (0.0, max(*scores, 2 * chance, 0.01)) if is_share else (min(*scores, 0.45), 1.0)
    values = canvas.round_values(low, high) if is_share else [tenth / 10 for tenth in range(11) if tenth / 10 >= low]
    canvas.set_ticks(axes, "y", values, percent if is_share else "{:.3g}")
    canvas.set_ticks(axes, "x", at, lambda place: f"{bins[int(place)].low:,}", grid=False)
    axes.set_xlim(-0.5, right)
    axes.set_ylim(low - 0.04 * (high - low), high + 0.12 * (high - low))
    size, below = SMALL if len(bins) <= 8 else _TINY, axes.get_xaxis_transform()
    for place, one in enumerate(bins):
        axes.text(place, -0.19, compact(one.n), size=size, color=MUTED, ha="center", va="top", transform=below)
    axes.text(-0.02, -0.19, "n", size=SMALL, color=MUTED, ha="right", va="top", transform=axes.transAxes)
    axes.set_xlabel("plays of a track, from", labelpad=20)


def _same_artist_chance(same: Stratified) -> float:
    """Return the share at chance level: the share of all tracks divided by the lift."""
    n = sum(one.n for one in same.strata)
    lift = same.measurement.value
    return sum(one.score * one.n for one in same.strata) / n / lift if n and lift else 0.0
