"""`verdict.neighbours.csv`: who is near each known track, and what was expected."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from embedgate.judgement.csv_lists import write_list

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from embedgate.measures.evidence import Evidence
    from embedgate.measures.known_tracks import KnownTrackResult

_AND = "; "


def write_neighbours(evidence: Evidence, verdict: Path) -> None:
    """Write one row a neighbour of a known track, nearest first.

    `known` is the slug of its check, `expected` and `forbidden` name the entries that a neighbour meets, and
    `champion_rank` is its place among as many nearest in the champion; empty where it has none there.

    Raises:
        OSError: if the file cannot be written.
    """
    known = evidence.known_track_results.items()
    write_list(verdict, "neighbours", ((slug, *row) for slug, result in known for row in _rows(evidence, result)))


def _rows(evidence: Evidence, result: KnownTrackResult) -> Iterator[tuple[object, ...]]:
    model, track = evidence.model, result.known.track
    before = evidence.champion_neighbours(track, len(result.neighbours))
    champion_rank = {name: rank for rank, name in enumerate(before, 1)}
    for rank, near in enumerate(result.neighbours, 1):
        yield (
            track,
            rank,
            near.track,
            Decimal(f"{near.cosine:.6f}"),  # a number: as text, a minus sign would be escaped
            int(model.plays[model.number_of[near.track]]),
            _AND.join(near.expected),
            _AND.join(near.forbidden),
            champion_rank.get(near.track, ""),
        )
