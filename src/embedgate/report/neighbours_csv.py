"""neighbours.csv: who is near each known track, and what was expected."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from embedgate.measures.evidence import Evidence
    from embedgate.measures.known_tracks import KnownTrackResult

_HEAD = ("known", "track", "rank", "neighbour", "cosine", "plays", "expected", "forbidden", "champion_rank")
_AND = "; "


def write_neighbours(evidence: Evidence, path: Path) -> None:
    """Write one row a neighbour of a known track, nearest first.

    `known` is the slug of its check, `expected` and `forbidden` name the entries that a neighbour meets, and
    `champion_rank` is its place among as many nearest in the champion; empty where it has none there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        writer = csv.writer(file)
        writer.writerow(_HEAD)
        for slug, result in evidence.known_results.items():
            writer.writerows((slug, *row) for row in _rows(evidence, result))


def _rows(evidence: Evidence, result: KnownTrackResult) -> Iterator[tuple[object, ...]]:
    model, track = evidence.model, result.known.track
    before = evidence.champions_nearest(track, len(result.neighbours))
    champion_rank = {name: rank for rank, name in enumerate(before, 1)}
    for rank, near in enumerate(result.neighbours, 1):
        yield (
            track,
            rank,
            near.track,
            f"{near.cosine:.6f}",
            int(model.plays[model.number_of[near.track]]),
            _AND.join(near.expected),
            _AND.join(near.forbidden),
            champion_rank.get(near.track, ""),
        )
