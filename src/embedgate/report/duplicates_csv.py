"""duplicates.csv: which key of a recording to keep."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from embedgate.measures.evidence import Evidence


def write_duplicates(evidence: Evidence, path: Path) -> None:
    """Write cluster, track, keep (the track to keep in its place) and plays, one row a track of a cluster."""
    model = evidence.model
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        writer = csv.writer(file)
        writer.writerow(["cluster", "track", "keep", "plays"])
        for number, cluster in enumerate(evidence.duplicates.clusters, 1):
            keep = model.tracks[cluster.tracks[0]]
            writer.writerows((number, model.tracks[track], keep, int(model.plays[track])) for track in cluster.tracks)
