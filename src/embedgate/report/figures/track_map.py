"""The map of the tracks, by genre."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patheffects import withStroke

from embedgate.report.figures.canvas import axes_at, new_figure, pen, to_png
from embedgate.report.figures.figure import Figure, bullet_list, text_figure
from embedgate.report.figures.labels import counted, genres_to_show, track_label
from embedgate.report.figures.lettering import LARGE, SMALL, drawable, width_of
from embedgate.report.figures.map_labels import Label, place_labels
from embedgate.report.figures.palette import INK, MUTED, PALE, PAPER, RED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from embedgate.judgement.result import CheckResult
    from embedgate.material.tsne_map import TrackMap
    from embedgate.measures.evidence import Evidence

_WIDE = 640
_TOP = 44
_MOST_IN_LEGEND = 30


def figures(evidence: Evidence, _results: Sequence[CheckResult]) -> list[Figure]:
    """The t-SNE map, genres by colour and shape, well-known tracks by name."""
    model, title = evidence.model, "Map of the tracks"
    layout, found = model.map, evidence.faithfulness
    if layout is None or found is None or not np.isfinite(layout.positions).all():
        there = counted(len(model.tracks), "usable vector")
        return [text_figure(title, f"Too few tracks with a vector of their own for a map, of {there}.")]
    codes = model.tags.codes[layout.tracks]
    low, high = _window(layout.positions)
    height = round(_WIDE * (high[1] - low[1]) / (high[0] - low[0]))
    figure = new_figure(height + _TOP + 8)
    axes = axes_at(figure, 4, _TOP, _WIDE, height)
    axes.set_axis_off()
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    shown = _draw(axes, evidence, layout, codes)
    heading = f"{len(layout.tracks):,} tracks, trustworthiness {found.trustworthiness:.2f}"
    above = 1 + 18 / height
    axes.text(0.012, above, heading, transform=axes.transAxes, size=LARGE, weight="bold")
    kept = f"t-SNE, perplexity {layout.perplexity:.0f}; keeps {found.recall:.0%} of the ten nearest"
    beside = 0.012 + (width_of(heading, LARGE) * 1.13 + 14) / _WIDE
    axes.text(beside, above, kept, transform=axes.transAxes, color=MUTED)
    _legend(axes, evidence, codes, height)
    labels = _label(axes, evidence, layout, codes) if not found.problem else []
    if found.problem:
        _warn(axes, found.problem)
    tagged = f"{shown:,} bear a genre" if model.tags.genres else "no genre is configured"
    return [
        Figure(
            title,
            f"t-SNE of {len(layout.tracks):,} of {len(model.tracks):,} tracks ({tagged}), size by plays; near means "
            f"alike, far apart and empty space mean nothing{_doubt(found.problem)}.",
            png=to_png(figure),
            html=_key([label for label in labels if label.number]),
        )
    ]


def _window(positions: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower left and upper right corner of what is shown: as wide as a map that is wider than high, else square."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    width = float(max(*(high - low), 1e-9))
    half = np.array([width, max(width * 0.62, float(high[1] - low[1]))]) / 2 + 0.025 * width
    return (low + high) / 2 - half, (low + high) / 2 + half


def _draw(axes: Axes, evidence: Evidence, layout: TrackMap, codes: NDArray[np.int16]) -> int:
    """Draw the untagged below, then each genre, the most played last; returns how many are tagged."""
    plays = evidence.model.plays[layout.tracks]
    sizes = 6 + 62 * np.sqrt(plays / max(1, plays.max()))
    x, y = layout.positions.T
    bare_ = codes < 0
    axes.scatter(x[bare_], y[bare_], s=sizes[bare_] * 0.7, color=PALE, alpha=0.55, linewidths=0, zorder=1)
    for code in np.unique(codes[~bare_]).tolist():
        own = np.flatnonzero(codes == code)
        colour, marker = pen(code)
        axes.scatter(
            x[own], y[own], s=sizes[own], color=colour, marker=marker, alpha=0.85, linewidths=0.35,
            edgecolors=PAPER, zorder=2,
        )  # fmt: skip
    return int((~bare_).sum())


def _legend(axes: Axes, evidence: Evidence, codes: NDArray[np.int16], height: int) -> None:
    """Name, shape and count of each genre on the map, right of it."""
    genres = evidence.model.tags.genres
    counts = np.bincount(codes[codes >= 0], minlength=len(genres))
    listed = genres_to_show(evidence.model.tags, _MOST_IN_LEGEND)
    rows = [(genres[code], int(counts[code]), *pen(code)) for code in listed]
    rows.append(("untagged", int((codes < 0).sum()), PALE, "o"))
    step = min(20, 0.94 * height / (len(rows) + 1)) / height
    top, over = 1 - 12 / height, axes.transAxes
    left = (_WIDE + 16) / _WIDE
    for place, (name, count, colour, marker) in enumerate(rows):
        y = top - place * step
        axes.plot([left], [y], marker=marker, color=colour, markersize=6, linestyle="none", transform=over,
                  clip_on=False)  # fmt: skip
        axes.text(left + 0.02, y, drawable(name, 108, SMALL + 0.5), size=SMALL + 0.5, va="center", transform=over)
        count_text = f"{count:,}"
        axes.text(810 / _WIDE, y, count_text, size=SMALL, color=MUTED, ha="right", va="center", transform=over)
    if len(genres) > len(listed):
        y = top - len(rows) * step
        more = f"and {counted(len(genres) - len(listed), 'genre')} more"
        axes.text(left, y, more, size=SMALL, color=MUTED, va="center", transform=over)


def _label(axes: Axes, evidence: Evidence, layout: TrackMap, codes: NDArray[np.int16]) -> list[Label]:
    """Name well-known tracks where there is room."""
    model = evidence.model
    low, scale = np.array([axes.get_xlim()[0], axes.get_ylim()[0]]), _WIDE / np.diff(axes.get_xlim())
    height = float(np.diff(axes.get_ylim())[0] * scale[0])
    names = [track_label(model, int(track)) for track in layout.tracks]
    points = (layout.positions - low) * scale
    labels = place_labels(
        points,
        plays=model.plays[layout.tracks],
        groups=codes,
        artists=model.catalogue.artist_codes[layout.tracks],
        names=names,
        size=(_WIDE, height),
    )
    halo = [withStroke(linewidth=2.6, foreground=PAPER)]
    for label in labels:
        there: dict[str, Any] = {"transform": axes.transAxes, "va": "center", "path_effects": halo, "zorder": 4}
        axes.text(label.left / _WIDE, label.middle / height, label.text, size=SMALL, **there)
        axes.plot([label.x / _WIDE], [label.y / height], marker="o", markersize=7, markerfacecolor="none", color=INK,
                  markeredgewidth=1, linestyle="none", transform=axes.transAxes, zorder=3)  # fmt: skip
    return labels


def _warn(axes: Axes, objection: str) -> None:
    """Write across the whole map that nothing is to be read off it."""
    box = {"facecolor": PAPER, "edgecolor": RED, "linewidth": 1.8, "pad": 9}
    text = f"⚠ NOT TO BE READ\n{drawable(objection, 480, LARGE)}"
    where: dict[str, Any] = {
        "ha": "center",
        "va": "center",
        "transform": axes.transAxes,
        "rotation": 20,
        "zorder": 5,
        "bbox": box,
    }
    axes.text(0.5, 0.5, text, size=LARGE + 3, color=RED, weight="bold", linespacing=1.5, **where)


def _doubt(objection: str) -> str:
    return f"; nothing is to be read off it, {objection}" if objection else ""


def _key(labels: Sequence[Label]) -> Markup | None:
    """Names that the picture's font cannot show, by the number it shows instead."""
    return bullet_list(f"{label.number}: {label.name}" for label in labels) if labels else None
