"""Copies of recordings: how near their vectors are, and the largest clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.report.figures.canvas import (
    BLUE,
    INK,
    PALE,
    axes_at,
    bars,
    name_axes,
    paper,
    render,
    round_values,
    ticks,
    write,
)
from embedgate.report.figures.exhibit import Cell, Exhibit, Fold, counted, escaped, note, sentence, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedgate.judgement.result import CheckResult
    from embedgate.measures.duplicates import DuplicateCluster, Duplicates
    from embedgate.measures.evidence import Evidence

_CLUSTERS = 25
_KEYS = 20
_WHOLE = "the whole list: verdict.duplicates.csv"
_STEP = 0.025


def exhibits(evidence: Evidence, _results: Sequence[CheckResult]) -> list[Exhibit]:
    """Cosines of copies by title, and the largest confirmed clusters."""
    found = evidence.duplicates
    return [_cosines(found), _clusters(evidence, found)]


def _cosines(found: Duplicates) -> Exhibit:
    title = "How near copies are"
    n = len(found.cosines)
    if not n:
        return sentence(title, "No two tracks are copies of one recording by artist and title.")
    cosines = np.clip(found.cosines.astype(np.float64), -1, 1)
    edges = _edges(float(cosines.min()), found.cosine)
    low = float(edges[0])
    near = cosines >= found.cosine
    counts = np.array([np.histogram(cosines[some], edges)[0] for some in (near, ~near)])
    top = int(counts.sum(axis=0).max())
    figure = paper(240)
    axes = axes_at(figure, 60, 40, 740, 146)
    width = np.diff(edges) * 0.92
    bars(axes, edges[:-1], width, counts[1], colour=PALE)
    bars(axes, edges[:-1], width, counts[0], colour=BLUE, bottom=counts[1])
    axes.axvline(found.cosine, color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.set_xlim(low, 1)
    axes.set_ylim(0, top * 1.32)
    right = found.cosine > (low + 1) / 2
    confirmed = f" bound {found.cosine:g}: {near.sum():,} of {n:,} pairs are copies "
    write(axes, found.cosine, top * 1.3, confirmed, ha="right" if right else "left", va="top")
    places = round_values(low, 1, 8)
    ticks(axes, "x", places, [f"{place:.3g}" for place in places], grid=False)
    heights = [height for height in round_values(0, top, 3) if height == int(height)]
    ticks(axes, "y", heights, [f"{height:,.0f}" for height in heights])
    name_axes(axes, "cosine of a copy and its most played twin", "pairs")
    return Exhibit(
        title,
        f"Cosine of {n:,} pairs that artist and title call one recording; blue reaches the bound of "
        f"{found.cosine:g}, grey does not and stays apart.",
        png=render(figure),
    )


def _edges(lowest: float, bound: float) -> NDArray[np.float64]:
    """Edges of the bars, one of them the bound."""
    bars = max(3, int(np.ceil((bound - min(lowest, bound)) / _STEP)))
    below = bound - _STEP * np.arange(bars, 0, -1)
    return np.concatenate([below, np.linspace(bound, 1, max(1, round((1 - bound) / _STEP)) + 1 if bound < 1 else 1)])


def _clusters(evidence: Evidence, found: Duplicates) -> Exhibit:
    title = "Largest clusters of copies"
    if not found.clusters:
        return sentence(title, f"No two tracks of one title reach a cosine of {found.cosine:g}.")
    shown = sorted(found.clusters, key=lambda cluster: -_plays(evidence, cluster))
    shown.sort(key=lambda cluster: -len(cluster.tracks))
    rows = [
        (
            Fold(evidence.model.tracks[cluster.tracks[0]], _keys(evidence, cluster)),
            f"{len(cluster.tracks):,}",
            Cell(f"{cluster.diameter:.3f}", "n", cluster.diameter),
            f"{_plays(evidence, cluster):,}",
        )
        for cluster in shown[:_CLUSTERS]
    ]
    more = len(shown) - len(rows)
    rest = note(f"and {counted(more, 'recording')} more; {_WHOLE}") if more > 0 else ""
    return Exhibit(
        title,
        f"{len(rows)} of {len(shown):,} recordings with several keys, the largest and then the most played first: "
        "open one to see its keys and how near each is to the one to keep. The lowest cosine is that of any two.",
        html=table(("recording", "keys", "lowest cosine", "plays"), rows, numbers=(1, 2, 3), sortable=True) + rest,
    )


def _keys(evidence: Evidence, cluster: DuplicateCluster) -> str:
    """The keys of a recording, the most played first, and how near each is to the one to keep."""
    model = evidence.model
    keep = cluster.tracks[0]
    lines = []
    for track in cluster.tracks[:_KEYS]:
        near = float(model.unit[track] @ model.unit[keep])
        said = '<span class="eg-ok">✓ keep</span>' if track == keep else f"<span>cosine {near:.3f}</span>"
        plays = counted(int(model.plays[track]), "play")
        lines.append(f"<li><span>{escaped(model.tracks[track])}</span>{said}<span>{plays}</span></li>")
    more = len(cluster.tracks) - len(lines)
    rest = note(f"and {counted(more, 'key')} more; {_WHOLE}") if more > 0 else ""
    return f'<ul class="eg-keys">{"".join(lines)}</ul>{rest}'


def _plays(evidence: Evidence, cluster: DuplicateCluster) -> int:
    return int(evidence.model.plays[list(cluster.tracks)].sum())
