"""The model beside the one in production: what moved, what broke, what was lost, what got worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.measures.champion import lost, overlap
from embedgate.report.figures.canvas import axes_at, headline, paper, render
from embedgate.report.figures.displacement import how_far
from embedgate.report.figures.exhibit import Cell, Exhibit, counted, sentence, side_by_side, table
from embedgate.report.figures.lettering import NORMAL
from embedgate.report.figures.paired import differences, genres_moved
from embedgate.report.figures.popularity import panel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from embedgate.judgement.result import CheckResult
    from embedgate.measures.comparison import Comparison
    from embedgate.measures.evidence import Evidence

_TITLE = "The champion"
_MOST_TRACKS = 20
_NEAREST = 5


def exhibits(evidence: Evidence, results: Sequence[CheckResult]) -> list[Exhibit]:
    """All that a comparison shows; a sentence where there is no champion."""
    found = evidence.comparison
    if found is None:
        return [sentence(_TITLE, "There is no champion yet, so nothing was compared.")]
    if not len(found.pair.shared):
        return [sentence(_TITLE, "No track is in both models, so nothing can be compared: are keys written alike?")]
    shown = [how_far(found), *_broken(found), *_lost(found), *genres_moved(found, results)]
    return [*shown, *differences(found, results), _overlap(found)]


def _broken(found: Comparison) -> Iterator[Exhibit]:
    """The tracks that lie among strangers: whom the champion has near them, and who is near them now."""
    if not len(found.misplaced):
        return
    new, old = found.pair.new, found.pair.old
    tables = []
    for track in found.misplaced[:_MOST_TRACKS].tolist():
        before, now = (
            [near for near in model.neighbours.indices[track, :_NEAREST].tolist() if near >= 0]
            for model in (old, new)
        )
        rows = [
            (str(rank), _name(new.tracks[one], one in now), _name(new.tracks[two], two in before))
            for rank, (one, two) in enumerate(zip(before, now, strict=True), start=1)
        ]
        heading = Cell(f"{new.tracks[track][:120]} ({counted(int(new.plays[track]), 'play')})", "bad")
        tables.append(table(("rank", "nearest in the champion", "nearest now"), rows, heading=heading, numbers=(0,)))
    count = len(found.misplaced)
    more = f", of whom the {len(tables)} farthest are shown" if len(tables) < count else ", the farthest first"
    yield Exhibit(
        "Tracks that fell out of their neighbourhood",
        f"{counted(count, 'track')}{more}: the {_NEAREST} nearest in the champion beside those of now, among the "
        "tracks that both models have; blue is who stayed. Neighbours that have nothing to do with a track tell that "
        "its vector belongs to another key.",
        html=side_by_side(tables),
    )


def _name(track: str, stayed: bool) -> str | Cell:
    return Cell(track, "ok") if stayed else track


def _lost(found: Comparison) -> Iterator[Exhibit]:
    """Tracks of the champion that are played and have no vector now, the most played first."""
    gone = lost(found)
    if not gone.tracks:
        return
    plays = found.pair.champion_plays
    rows = [(track, f"{plays[track]:,}") for track in gone.tracks[:_MOST_TRACKS]]
    half = -(-len(rows) // 2)
    halves = [part for part in (rows[:half], rows[half:]) if part]
    shown = f" The {len(rows)} most played are shown." if len(rows) < len(gone.tracks) else ""
    yield Exhibit(
        "Tracks lost since the champion",
        f"{gone.summary}.{shown}",
        html=side_by_side(table(("track without a vector", "plays"), part, numbers=(1,)) for part in halves),
    )


def _overlap(found: Comparison) -> Exhibit:
    """How many of ten neighbours stay, by how often a track is played."""
    title = "Neighbours that stayed"
    kept = overlap(found)
    if not kept.strata:
        return sentence(title, f"Nothing to draw: {kept.measurement.inconclusive}.")
    figure = paper(250, 460)
    axes = axes_at(figure, 52, 40, 390, 130)
    headline(axes, "Share of the ten nearest that the champion has too", NORMAL)
    panel(axes, kept, 10 / (len(found.pair.shared) - 1), percent=True)
    return Exhibit(
        title,
        f"By plays of a track, in bins that double; n counts tracks. {kept.measurement.summary}. A retrain "
        "gives rare tracks other neighbours; what is played often keeps them.",
        png=render(figure),
        width=460,
    )
