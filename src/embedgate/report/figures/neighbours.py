"""Who is near whom: known tracks with hits and trespassers, and the most played tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.known_tracks import neighbours_of
from embedgate.report.figures.exhibit import (
    Cell,
    Exhibit,
    counted,
    items,
    note,
    one_line,
    sentence,
    side_by_side,
    table,
)
from embedgate.report.figures.popularity import by_popularity

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence
    from embedgate.measures.known_tracks import KnownTrackResult, Neighbour

_SHOWN_IN_FULL = 20
_SHOWN_NEIGHBOURS = 25
_SHOWN_LINES = 200
_MOST_PLAYED = 5
_TOP = 10
_LONGEST = 80
_IN_CHAMPION = "in the champion"
_WHOLE = "the whole list: verdict.neighbours.csv"


def exhibits(evidence: Evidence, _results: Sequence[CheckResult]) -> list[Exhibit]:
    """Known tracks, the most played tracks, and the scores by popularity."""
    return [*_known(evidence), _most_played(evidence), by_popularity(evidence)]


def _known(evidence: Evidence) -> list[Exhibit]:
    """Every known track with its neighbours, broken ones first; from the 21st on a line each."""
    found = sorted(evidence.known_track_results.values(), key=lambda result: (result.passed, not result.applicable))
    if not found:
        says = "No known track is configured: [[known_tracks]] says who has to be near whom."
        return [sentence("Known tracks", says)]
    holding = sum(result.passed for result in found)
    unjudged = sum(not result.applicable for result in found)
    apart = f" ({unjudged} not applicable)" if unjudged else ""
    shown, rest = found[:_SHOWN_IN_FULL], found[_SHOWN_IN_FULL:]
    exhibits = [
        Exhibit(
            "Known tracks",
            f"{holding} of {len(found)} known tracks hold{apart}: each table is a track with its nearest by cosine, "
            f"what is expected among them and what must never be; broken ones come first.{_told(evidence)}",
            html=side_by_side(
                _table(result, evidence.champion_neighbours(result.known.track, len(result.neighbours)))
                for result in shown
            ),
        )
    ]
    if rest:
        lines = [_line(result) for result in rest[:_SHOWN_LINES]]
        more = len(rest) - len(lines)
        exhibits.append(
            Exhibit(
                "Known tracks, continued",
                f"The other {len(rest)} known tracks, hits among their nearest; verdict.neighbours.csv lists them.",
                html=items(lines) + (note(f"and {more:,} more; {_WHOLE}") if more else ""),
            )
        )
    return exhibits


def _table(result: KnownTrackResult, champions: Sequence[str]) -> str:
    heading = _line(result)
    if not result.neighbours:
        return items([heading, result.measurement.breach])
    neighbours = result.neighbours
    # what lies beyond the table's end is shown only where it counts
    far = [place for place, one in enumerate(neighbours) if place >= _SHOWN_NEIGHBOURS and _matters(one)]
    places = [*range(min(_SHOWN_NEIGHBOURS, len(neighbours))), *far[:_SHOWN_NEIGHBOURS]]
    rows = [
        (
            str(place + 1),
            neighbours[place].track,
            _cosine(neighbours[place].cosine),
            _mark(neighbours[place]),
            *_beside(champions, place, {one.track for one in neighbours}),
        )
        for place in places
    ]
    head = ("rank", "nearest", "cosine", "hit", *((_IN_CHAMPION,) if champions else ()))
    more = len(neighbours) - len(places)
    rest = note(f"and {more:,} more; {_WHOLE}") if more else ""
    return table(head, rows, heading=heading, numbers=(0, 2), sortable=True) + rest


def _cosine(value: float) -> Cell:
    return Cell(f"{value:.3f}", "n", value)


def _told(evidence: Evidence) -> str:
    """How to read the champion's column, where there is one."""
    return "" if evidence.comparison is None else " Of the champion's nearest, ✓ marks those that still are."


def _beside(champions: Sequence[str], place: int, now: Collection[str]) -> tuple[str | Cell, ...]:
    """The champion's neighbour of one rank, in the colour of a hit where it still is a neighbour."""
    if not champions:
        return ()
    if place >= len(champions):
        return ("",)
    name = champions[place]
    return (Cell(f"{one_line(name, _LONGEST)} ✓", "ok") if name in now else name,)


def _line(result: KnownTrackResult) -> Cell:
    known = result.known
    hits, needed = int(result.measurement.value or 0), result.required_hits
    forbidden = sum(bool(one.forbidden) for one in result.neighbours)
    parts = []
    if known.expect and result.neighbours:
        parts.append(f"{hits} of {len(result.neighbours)} as expected, {needed} needed")
    if known.never and result.neighbours:
        parts.append(f"{forbidden} forbidden")
    if not result.neighbours:
        parts.append("has no neighbours")
    word = "✓ holds" if result.passed else "✗ broken"
    if not result.applicable:
        return Cell(f"not applicable: {known.track[:120]} (no neighbour has a genre)", "n")
    return Cell(f"{word}: {known.track[:120]} ({', '.join(parts)})", "ok" if result.passed else "bad")


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
        found = neighbours_of(model, track, _TOP)
        champions = evidence.champion_neighbours(model.tracks[track], len(found))
        now = {model.tracks[near] for near, _ in found}
        rows = [
            (
                str(rank + 1),
                model.tracks[near],
                _cosine(cosine),
                f"{model.plays[near]:,}",
                *_beside(champions, rank, now),
            )
            for rank, (near, cosine) in enumerate(found)
        ]
        heading = f"{model.tracks[track][:120]} ({model.plays[track]:,} plays)"
        head = ("rank", "nearest", "cosine", "plays", *((_IN_CHAMPION,) if champions else ()))
        tables.append(table(head, rows, heading=heading, numbers=(0, 2, 3), sortable=True))
    return Exhibit(
        title,
        f"The nearest by cosine of the {len(most)} most played tracks, of {len(model.tracks):,} with a vector: "
        f"would you play them together?{_told(evidence)}",
        html=side_by_side(tables),
    )
