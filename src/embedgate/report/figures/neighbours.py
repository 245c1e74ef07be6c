"""Who is near whom: known tracks with hits and trespassers, and the most played tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.known_tracks import needed_hits, neighbours_of
from embedgate.report.figures.exhibit import Cell, Exhibit, counted, items, sentence, side_by_side, table
from embedgate.report.figures.popularity import by_popularity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.judgement.outcomes import Result
    from embedgate.measures.evidence import Evidence
    from embedgate.measures.known_tracks import KnownTrackResult, Neighbour

_SHOWN_IN_FULL = 20
_SHOWN_NEIGHBOURS = 25
_SHOWN_LINES = 200
_MOST_PLAYED = 5
_TOP = 10


def exhibits(evidence: Evidence, _results: Sequence[Result]) -> list[Exhibit]:
    """Known tracks, the most played tracks, and the scores by popularity."""
    return [*_known(evidence), _most_played(evidence), by_popularity(evidence)]


def _known(evidence: Evidence) -> list[Exhibit]:
    """Every known track with its neighbours, broken ones first; from the 21st on a line each."""
    found = sorted(evidence.known_results.values(), key=lambda result: result.holds)
    if not found:
        says = "No known track is configured: [[known_tracks]] says who has to be near whom."
        return [sentence("Known tracks", says)]
    holding = sum(result.holds for result in found)
    shown, rest = found[:_SHOWN_IN_FULL], found[_SHOWN_IN_FULL:]
    exhibits = [
        Exhibit(
            "Known tracks",
            f"{holding} of {len(found)} known tracks hold: each table is a track with its nearest by cosine, "
            "what is expected among them and what must never be; broken ones come first.",
            html=side_by_side(_table(result) for result in shown),
        )
    ]
    if rest:
        lines = [_line(result) for result in rest[:_SHOWN_LINES]]
        more = len(rest) - len(lines)
        exhibits.append(
            Exhibit(
                "Known tracks, continued",
                f"The other {len(rest)} known tracks, hits among their nearest.",
                html=items([*lines, *([f"and {more:,} more"] if more else [])]),
            )
        )
    return exhibits


def _table(result: KnownTrackResult) -> str:
    heading = _line(result)
    if not result.neighbours:
        return items([heading, result.measurement.breach])
    neighbours = result.neighbours
    # what lies beyond the table's end is shown only where it counts
    far = [place for place, one in enumerate(neighbours) if place >= _SHOWN_NEIGHBOURS and _matters(one)]
    places = [*range(min(_SHOWN_NEIGHBOURS, len(neighbours))), *far[:_SHOWN_NEIGHBOURS]]
    rows = [
        (str(place + 1), neighbours[place].track, f"{neighbours[place].cosine:.3f}", _mark(neighbours[place]))
        for place in places
    ]
    return table(("rank", "nearest", "cosine", "hit"), rows, heading=heading, numbers=(0, 2))


def _line(result: KnownTrackResult) -> Cell:
    known = result.known
    hits, needed = int(result.measurement.value or 0), needed_hits(known)
    forbidden = sum(bool(one.forbidden) for one in result.neighbours)
    parts = []
    if known.expect and result.neighbours:
        parts.append(f"{hits} of {len(result.neighbours)} as expected, {needed} needed")
    if known.never and result.neighbours:
        parts.append(f"{forbidden} forbidden")
    if not result.neighbours:
        parts.append("has no neighbours")
    word = "✓ holds" if result.holds else "✗ broken"
    return Cell(f"{word}: {known.track[:120]} ({', '.join(parts)})", "ok" if result.holds else "bad")


def _matters(neighbour: Neighbour) -> bool:
    return bool(neighbour.expected or neighbour.forbidden)


def _mark(neighbour: Neighbour) -> str | Cell:
    if neighbour.forbidden:
        return Cell(f"✗ never {', '.join(neighbour.forbidden)}", "bad")
    if neighbour.expected:
        return Cell(f"✓ {', '.join(neighbour.expected)}", "ok")
    return ""


def _most_played(evidence: Evidence) -> Exhibit:
    """The nearest of the five most played tracks, for whoever knows the music."""
    model = evidence.model
    title = "Nearest of the most played tracks"
    if len(model.tracks) < 2:
        return sentence(title, f"{counted(len(model.tracks), 'usable vector')}: there is no neighbour to show.")
    most = np.argsort(-model.plays, kind="stable")[:_MOST_PLAYED]
    tables = []
    for track in most.tolist():
        rows = [
            (str(place), model.tracks[near], f"{cosine:.3f}", f"{model.plays[near]:,}")
            for place, (near, cosine) in enumerate(neighbours_of(model, track, _TOP), start=1)
        ]
        heading = f"{model.tracks[track][:120]} ({model.plays[track]:,} plays)"
        tables.append(table(("rank", "nearest", "cosine", "plays"), rows, heading=heading, numbers=(0, 2, 3)))
    return Exhibit(
        title,
        f"The nearest by cosine of the {len(most)} most played tracks, of {len(model.tracks):,} with a vector: "
        "would you play them together?",
        html=side_by_side(tables),
    )
