"""The static t-SNE map of the tracks, by genre."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patheffects import withStroke

from embedgate.report.figures.canvas import axes_at, new_figure, to_png
from embedgate.report.figures.figure import Figure, bullet_list, text_figure
from embedgate.report.figures.labels import counted, genres_to_show, track_label
from embedgate.report.figures.lettering import LARGE, SMALL, can_draw, drawable, width_of
from embedgate.report.figures.map_labels import most_played, place_labels
from embedgate.report.figures.palette import INK, MUTED, PALE, PAPER, RED, genre_style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from embedgate.judgement.result import CheckResult
    from embedgate.material.tsne_map import TrackMap
    from embedgate.measures.evidence import Evidence

_WIDE = 640
_TOP = 44
_MAX_IN_LEGEND = 30
_MAX_NAMES = 12
_MAX_NAME_WIDTH = 190  # CSS pixels


def figures(evidence: Evidence, _results: Sequence[CheckResult]) -> list[Figure]:
    """Draw the t-SNE map: genres by colour and marker, well-known tracks by name."""
    model, title = evidence.model, "Map of the tracks"
    layout, found = model.map, evidence.faithfulness
    if layout is None or found is None or not np.isfinite(layout.positions).all():
        there = counted(len(model.tracks), "usable vector")
        return [text_figure(title, f"Too few tracks have a distinct vector for a map: {there}.")]
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
    details = f"t-SNE, perplexity {layout.perplexity:.0f}; recall of the ten nearest neighbours {found.recall:.0%}"
    beside = 0.012 + (width_of(heading, LARGE) * 1.13 + 14) / _WIDE
    axes.text(beside, above, details, transform=axes.transAxes, color=MUTED)
    _legend(axes, evidence, codes, height)
    if found.problem:
        _warn(axes, found.problem)
    key = [] if found.problem else _label(axes, evidence, layout, codes)
    tagged = f"{shown:,} tagged with a genre" if model.tags.genres else "no genre is configured"
    reading = (
        f"Unreliable: {found.problem}." if found.problem
        else "Near tracks are similar; long distances and empty space mean nothing."
    )  # fmt: skip
    return [
        Figure(
            title,
            f"t-SNE of {len(layout.tracks):,} of {len(model.tracks):,} tracks ({tagged}), size by plays. {reading}",
            png=to_png(figure),
            html=bullet_list(key) if key else None,
        )
    ]


def _window(positions: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lower left and upper right corner of the axes; they are at least 0.62 times as high as wide."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    width = float(max(*(high - low), 1e-9))
    half = np.array([width, max(width * 0.62, float(high[1] - low[1]))]) / 2 + 0.025 * width
    return (low + high) / 2 - half, (low + high) / 2 + half


def _draw(axes: Axes, evidence: Evidence, layout: TrackMap, codes: NDArray[np.int16]) -> int:
    """Draw the untagged tracks, then each genre over them; return the number of tagged tracks."""
    plays = evidence.model.plays[layout.tracks]
    sizes = 6 + 62 * np.sqrt(plays / max(1, plays.max()))
    x, y = layout.positions.T
    untagged = codes < 0
    axes.scatter(x[untagged], y[untagged], s=sizes[untagged] * 0.7, color=PALE, alpha=0.55, linewidths=0, zorder=1)
    for code in np.unique(codes[~untagged]).tolist():
        own = np.flatnonzero(codes == code)
        colour, marker, _ = genre_style(code)
        axes.scatter(
            x[own], y[own], s=sizes[own], color=colour, marker=marker, alpha=0.85, linewidths=0.35,
            edgecolors=PAPER, zorder=2,
        )  # fmt: skip
    return int((~untagged).sum())


def _legend(axes: Axes, evidence: Evidence, codes: NDArray[np.int16], height: int) -> None:
    """List marker, name and count of each genre right of the map."""
    genres = evidence.model.tags.genres
    counts = np.bincount(codes[codes >= 0], minlength=len(genres))
    listed = genres_to_show(evidence.model.tags, _MAX_IN_LEGEND)
    rows = [(genres[code], int(counts[code]), *genre_style(code)[:2]) for code in listed]
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


def _label(axes: Axes, evidence: Evidence, layout: TrackMap, codes: NDArray[np.int16]) -> list[str]:
    """Name the most played tracks of each genre, or of each artist if there are no genres.

    Returns:
        Names that the font cannot draw, after the number drawn instead.
    """
    model = evidence.model
    low, scale = np.array([axes.get_xlim()[0], axes.get_ylim()[0]]), _WIDE / np.diff(axes.get_xlim())
    height = float(np.diff(axes.get_ylim())[0] * scale[0])
    groups = codes if (codes >= 0).any() else model.catalogue.artist_codes[layout.tracks]
    tracks = most_played(model.plays[layout.tracks], groups, _MAX_NAMES)
    names = [track_label(model, int(layout.tracks[track])) for track in tracks]
    texts = [
        drawable(name, _MAX_NAME_WIDTH, SMALL) if can_draw(name) else f"[{number}]"
        for number, name in enumerate(names, 1)
    ]
    labels = place_labels((layout.positions - low) * scale, tracks, texts, (_WIDE, height))
    text_of = dict(zip(tracks, texts, strict=True))
    halo = [withStroke(linewidth=2.6, foreground=PAPER)]
    for label in labels:
        there: dict[str, Any] = {"transform": axes.transAxes, "va": "center", "path_effects": halo, "zorder": 4}
        axes.text(label.left / _WIDE, label.middle / height, text_of[label.track], size=SMALL, **there)
    x, y = layout.positions[[label.track for label in labels]].T
    axes.scatter(x, y, s=49, facecolors="none", edgecolors=INK, linewidths=1, zorder=3)
    return [f"{text} {name}" for text, name in zip(texts, names, strict=True) if not can_draw(name)]


def _warn(axes: Axes, problem: str) -> None:
    """Write across the map why it is unreliable."""
    box = {"facecolor": PAPER, "edgecolor": RED, "linewidth": 1.8, "pad": 9}
    text = f"⚠ UNRELIABLE MAP\n{drawable(problem, 480, LARGE)}"
    where: dict[str, Any] = {
        "ha": "center",
        "va": "center",
        "transform": axes.transAxes,
        "rotation": 20,
        "zorder": 5,
        "bbox": box,
    }
    axes.text(0.5, 0.5, text, size=LARGE + 3, color=RED, weight="bold", linespacing=1.5, **where)
