"""Figures of duplicates: how similar versions of a recording are, and the largest groups of duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.report.figures import canvas
from embedgate.report.figures.figure import Cell, Figure, note, table, text_figure
from embedgate.report.figures.labels import counted, key_label, one_line
from embedgate.report.figures.palette import BLUE, INK, PALE
from embedgate.report.templating import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup
    from numpy.typing import NDArray

    from embedgate.judgement.result import CheckResult
    from embedgate.material.model import ModelUnderTest
    from embedgate.measures.duplicates import DuplicateCluster, Duplicates
    from embedgate.measures.evidence import Evidence

_MAX_CLUSTERS, _MAX_KEYS = 25, 20
_FULL_LIST = "verdict.duplicates.csv"
_BIN_WIDTH = 0.025


def figures(evidence: Evidence, _results: Sequence[CheckResult]) -> list[Figure]:
    """Draw the cosines of pairs with one title, and list the largest groups of duplicates."""
    return [_cosines(evidence.duplicates), _clusters(evidence.model, evidence.duplicates)]


def _cosines(found: Duplicates) -> Figure:
    title = "Similarity of versions"
    n = len(found.cosines)
    if not n:
        return text_figure(title, "No two tracks are versions of one recording by artist and title.")
    cosines = np.clip(found.cosines.astype(np.float64), -1, 1)
    edges = _edges(float(cosines.min()), found.cosine)
    is_duplicate = cosines >= found.cosine
    duplicates, others = (np.histogram(cosines[some], edges)[0] for some in (is_duplicate, ~is_duplicate))
    low, top = float(edges[0]), int((duplicates + others).max())
    figure = canvas.new_figure(240)
    axes = canvas.axes_at(figure, 60, 40, 740, 146)
    axes.set_xlim(low, 1)
    axes.set_ylim(0, top * 1.32)
    width = np.diff(edges) * 0.92
    canvas.draw_bars(axes, edges[:-1], width, others, colour=PALE)
    canvas.draw_bars(axes, edges[:-1], width, duplicates, colour=BLUE, bottom=others)
    axes.axvline(found.cosine, color=INK, linewidth=1, linestyle="--")
    side = "right" if found.cosine > (low + 1) / 2 else "left"
    text = f" bound {found.cosine:g}: {is_duplicate.sum():,} of {n:,} pairs are duplicates "
    axes.text(found.cosine, top * 1.3, text, ha=side, va="top")
    canvas.set_ticks(axes, "x", canvas.round_values(low, 1, 8), "{:.3g}", grid=False)
    canvas.count_ticks(axes, "y", top, 3)
    axes.set_xlabel("cosine similarity to the most played version")
    canvas.label_y(axes, "pairs")
    return Figure(
        title,
        f"Cosine similarity of {counted(n, 'pair')} of tracks with the same artist and title. Pairs at or above "
        f"{found.cosine:g} (blue) count as duplicates, the others (grey) do not.",
        png=canvas.to_png(figure),
    )


def _edges(lowest: float, bound: float) -> NDArray[np.float64]:
    """Return edges of bars, one of which is the bound."""
    bars = max(3, int(np.ceil((bound - min(lowest, bound)) / _BIN_WIDTH)))
    below = bound - _BIN_WIDTH * np.arange(bars, 0, -1)
    above = np.linspace(bound, 1, max(1, round((1 - bound) / _BIN_WIDTH)) + 1 if bound < 1 else 1)
    return np.concatenate([below, above])


def _clusters(model: ModelUnderTest, found: Duplicates) -> Figure:
    title = "Largest groups of duplicates"
    if not found.clusters:
        return text_figure(title, f"No two tracks with one title have a cosine similarity of {found.cosine:g}.")
    plays = {cluster: int(model.plays[list(cluster.tracks)].sum()) for cluster in found.clusters}
    ordered = sorted(found.clusters, key=lambda cluster: (-len(cluster.tracks), -plays[cluster]))
    shown = ordered[:_MAX_CLUSTERS]
    rows = [
        (
            Cell(key_label(model, model.tracks[cluster.tracks[0]]), details=_keys(model, cluster)),
            f"{len(cluster.tracks):,}",
            Cell(f"{cluster.diameter:.3f}", "n", cluster.diameter),
            f"{plays[cluster]:,}",
        )
        for cluster in shown
    ]
    more = len(ordered) - len(shown)
    return Figure(
        title,
        f"{len(shown)} of {counted(len(ordered), 'recording')} with several keys, ordered by keys and plays. Expand "
        "one to see its keys and their cosine similarity to the key to keep, which is the most played. The lowest "
        "cosine is that of any two keys.",
        html=table(("recording", "keys", "lowest cosine", "plays"), rows, numbers=(1, 2, 3), sortable=True)
        + (note(f"{counted(more, 'recording')} more in {_FULL_LIST}") if more else ""),
    )


def _keys(model: ModelUnderTest, cluster: DuplicateCluster) -> Markup:
    """Return the keys of a recording, the most played first, with their similarity to it."""
    kept = cluster.tracks[0]
    keys = [
        (
            one_line(key_label(model, model.tracks[track])),
            None if track == kept else f"{float(model.unit[track] @ model.unit[kept]):.3f}",
            counted(int(model.plays[track]), "play"),
        )
        for track in cluster.tracks[:_MAX_KEYS]
    ]
    more = len(cluster.tracks) - len(keys)
    return render("figures/keys.html.jinja", keys=keys) + (
        note(f"{counted(more, 'key')} more in {_FULL_LIST}") if more else ""
    )
