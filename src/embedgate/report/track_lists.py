"""The CSV files beside a verdict: duplicates, and neighbours of known tracks."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from embedgate.judgement.csv_lists import write_list

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from embedgate.measures.evidence import Evidence
    from embedgate.measures.known_tracks import KnownTrackResult

_SEPARATOR = "; "


def write_duplicates(evidence: Evidence, verdict: Path) -> None:
    """Write `verdict.duplicates.csv`: for each track of a cluster, the track to keep in its place, and its plays.

    Raises:
        OSError: if the file cannot be written.
    """
    model = evidence.model
    rows = (
        (number, model.tracks[track], model.tracks[cluster.tracks[0]], int(model.plays[track]))
        for number, cluster in enumerate(evidence.duplicates.clusters, 1)
        for track in cluster.tracks
    )
    write_list(verdict, "duplicates", rows)


def write_neighbours(evidence: Evidence, verdict: Path) -> None:
    """Write `verdict.neighbours.csv`: a row for each neighbour of a known track, nearest first.

    `known` is the slug of its check, `expected` and `forbidden` are the entries that a neighbour matches, and
    `champion_rank` is its rank among as many nearest neighbours in the champion; empty if it is not among them.

    Raises:
        OSError: if the file cannot be written.
    """
    known = evidence.known_track_results.items()
    rows = ((slug, *row) for slug, result in known for row in _neighbour_rows(evidence, result))
    write_list(verdict, "neighbours", rows)


def _neighbour_rows(evidence: Evidence, result: KnownTrackResult) -> Iterator[tuple[object, ...]]:
    model, track = evidence.model, result.known.track
    before = evidence.champion_neighbours(track, len(result.neighbours))
    champion_rank = {name: rank for rank, name in enumerate(before, 1)}
    for rank, near in enumerate(result.neighbours, 1):
        yield (
            track,
            rank,
            near.track,
            Decimal(f"{near.cosine:.6f}"),  # `csv_cell` would put an apostrophe before a minus sign in text
            int(model.plays[model.number_of[near.track]]),
            _SEPARATOR.join(near.expected),
            _SEPARATOR.join(near.forbidden),
            champion_rank.get(near.track, ""),
        )
