"""Figures of nearest neighbours: those of known tracks and of the most played tracks, and scores by popularity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.known_tracks import neighbours_of
from embedgate.report.figures.figure import Cell, Figure, bullet_list, note, side_by_side, table, text_figure
from embedgate.report.figures.labels import counted, key_label, one_line
from embedgate.report.figures.popularity import by_popularity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markupsafe import Markup

    from embedgate.judgement.result import CheckResult
    from embedgate.material.model import ModelUnderTest
    from embedgate.measures.evidence import Evidence
    from embedgate.measures.known_tracks import KnownTrackResult, Neighbour

_MAX_TABLES, _MAX_LINES = 20, 200
_MAX_NEIGHBOURS = 25
_MOST_PLAYED, _TOP = 5, 10
_MAX_NAME, _MAX_HEADING = 80, 120
_FULL_LIST = "verdict.neighbours.csv"


def figures(evidence: Evidence, _results: Sequence[CheckResult]) -> list[Figure]:
    """Show the neighbours of known tracks and of the most played tracks, and the scores by popularity."""
    return [*_known_tracks(evidence), _most_played(evidence), by_popularity(evidence)]


def _known_tracks(evidence: Evidence) -> Iterator[Figure]:
    """Show the first known tracks as tables, failed ones first, and the others as a list."""
    found = sorted(evidence.known_track_results.values(), key=lambda result: (result.passed, not result.applicable))
    if not found:
        text = "No known track is configured. Add [[known_tracks]] to the config to test the neighbours of a track."
        yield text_figure("Known tracks", text)
        return
    not_applicable = sum(not result.applicable for result in found)
    aside = f" ({not_applicable} not applicable)" if not_applicable else ""
    yield Figure(
        "Known tracks",
        f"{sum(result.passed for result in found)} of {len(found)} known tracks passed{aside}. Each table lists the "
        "nearest neighbours of a track by cosine similarity: ✓ is an expected neighbour, ✗ a forbidden one."
        + _how_to_compare(evidence),
        html=side_by_side(_known_track(result, evidence) for result in found[:_MAX_TABLES]),
    )
    others = found[_MAX_TABLES:]
    if others:
        more = len(others) - _MAX_LINES
        rest = note(f"{more:,} more in {_FULL_LIST}") if more > 0 else ""
        yield Figure(
            "Other known tracks",
            f"The other {len(others)} known tracks. {_FULL_LIST} contains their neighbours.",
            html=bullet_list(_heading(each, evidence.model) for each in others[:_MAX_LINES]) + rest,
        )


def _known_track(result: KnownTrackResult, evidence: Evidence) -> Markup:
    neighbours = result.neighbours
    if not neighbours:
        return bullet_list([_heading(result, evidence.model), result.measurement.breach])
    # beyond the end of the table, only neighbours that match an entry
    matching = (rank for rank, one in enumerate(neighbours) if rank >= _MAX_NEIGHBOURS and _match(one).text)
    ranks = [*range(min(_MAX_NEIGHBOURS, len(neighbours))), *matching][: 2 * _MAX_NEIGHBOURS]
    rows = [(one.track, one.cosine, _match(one)) for one in neighbours]
    more = len(neighbours) - len(ranks)
    return _table(
        evidence, result.known.track, rows, "match", heading=_heading(result, evidence.model), ranks=ranks
    ) + (note(f"{more:,} more in {_FULL_LIST}") if more else "")


def _heading(result: KnownTrackResult, model: ModelUnderTest) -> Cell:
    """Return outcome, track and counts."""
    known, neighbours = result.known, result.neighbours
    track = key_label(model, known.track)[:_MAX_HEADING]
    if not result.applicable:
        return Cell(f"not applicable: {track} ({result.measurement.not_applicable})", "n")
    facts = [] if neighbours else ["no neighbours"]
    if neighbours and known.expect:
        facts.append(
            f"{result.measurement.value or 0:.0f} of {len(neighbours)} expected, {result.required_hits} required"
        )
    if neighbours and known.never:
        facts.append(f"{sum(bool(one.forbidden) for one in neighbours)} forbidden")
    outcome = "✓ passed" if result.passed else "✗ failed"
    return Cell(f"{outcome}: {track} ({', '.join(facts)})", "ok" if result.passed else "bad")


def _match(neighbour: Neighbour) -> Cell:
    if neighbour.forbidden:
        return Cell(f"✗ never {', '.join(neighbour.forbidden)}", "bad")
    return Cell(f"✓ {', '.join(neighbour.expected)}", "ok") if neighbour.expected else Cell("")


def _most_played(evidence: Evidence) -> Figure:
    """Show the neighbours of the most played tracks, for readers who know the music."""
    model = evidence.model
    title = "Neighbours of the most played tracks"
    if len(model.tracks) < 2:
        return text_figure(title, f"No neighbour to show: {counted(len(model.tracks), 'usable vector')}.")
    tracks = np.argsort(-model.plays, kind="stable")[:_MOST_PLAYED].tolist()
    tables = []
    for track in tracks:
        found = neighbours_of(model, track, _TOP)
        rows = [(model.tracks[near], cosine, Cell(f"{model.plays[near]:,}", "n")) for near, cosine in found]
        heading = (
            f"{key_label(model, model.tracks[track])[:_MAX_HEADING]} ({counted(int(model.plays[track]), 'play')})"
        )
        tables.append(_table(evidence, model.tracks[track], rows, "plays", heading=heading, ranks=range(len(rows))))
    return Figure(
        title,
        f"The nearest neighbours by cosine similarity of the {len(tracks)} most played of {len(model.tracks):,} "
        f"tracks: would you play them together?{_how_to_compare(evidence)}",
        html=side_by_side(tables),
    )


def _how_to_compare(evidence: Evidence) -> str:
    return "" if evidence.comparison is None else " In the champion's column, ✓ is a neighbour in both models."


def _table(
    evidence: Evidence,
    track: str,
    neighbours: Sequence[tuple[str, float, Cell]],
    column: str,
    *,
    heading: str | Cell,
    ranks: Iterable[int],
) -> Markup:
    """Return a table of the neighbours of some ranks (from 0), beside those in the champion if there is one.

    A neighbour consists of a name, a cosine and one more cell; `column` is the heading of that cell's column.
    """
    names = {name for name, _, _ in neighbours}
    champion = evidence.champion_neighbours(track, len(neighbours))
    rows = []
    for rank in ranks:
        name, cosine, cell = neighbours[rank]
        row: list[str | Cell] = [
            str(rank + 1),
            key_label(evidence.model, name),
            Cell(f"{cosine:.3f}", "n", cosine),
            cell,
        ]
        if champion:
            before = champion[rank] if rank < len(champion) else ""
            shown = key_label(evidence.model, before)
            row.append(Cell(f"{one_line(shown, _MAX_NAME)} ✓", "ok") if before in names else shown)
        rows.append(row)
    head = ["rank", "neighbour", "cosine", column, *(["in the champion"] if champion else [])]
    numbers = (0, 2, 3) if column == "plays" else (0, 2)
    return table(head, rows, heading=heading, numbers=numbers, sortable=True)
