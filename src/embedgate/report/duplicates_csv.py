"""`verdict.duplicates.csv`: which key of a recording to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.judgement.csv_lists import write_list

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from embedgate.measures.evidence import Evidence


def write_duplicates(evidence: Evidence, verdict: Path) -> None:
    """Write cluster, track, keep (the track to keep in its place) and plays, one row a track of a cluster.

    Raises:
        OSError: if the file cannot be written.
    """
    write_list(verdict, "duplicates", _rows(evidence))


def _rows(evidence: Evidence) -> Iterator[tuple[object, ...]]:
    model = evidence.model
    for number, cluster in enumerate(evidence.duplicates.clusters, 1):
        keep = model.tracks[cluster.tracks[0]]
        for track in cluster.tracks:
            yield number, model.tracks[track], keep, int(model.plays[track])
