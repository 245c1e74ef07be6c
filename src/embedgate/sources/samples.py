"""The first rows of a table, to find out what its columns are, before all of it is read."""

from __future__ import annotations

import csv
from itertools import islice
from typing import TYPE_CHECKING

from embedgate.errors import ArtifactUnreadable
from embedgate.sources.file_access import read_by_suffix
from embedgate.sources.files import json_rows
from embedgate.sources.memory import plain_cells

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    Sample = dict[str, list[object]]

ROWS = 5_000


def sample_of_file(path: Path, role: str) -> Sample:
    """Return the first rows of a `.parquet`, `.csv` or `.jsonl`, by column; None for a missing cell.

    Args:
        path: of the file.
        role: "playlists" or "catalogue", for messages.

    Raises:
        ArtifactMissing: if the file does not exist.
        ArtifactUnreadable: if it cannot be read.
    """
    return read_by_suffix(path, _READERS, role)


def can_be_sampled(path: Path) -> bool:
    """Return whether a file has a suffix that rows can be read from; not so with an installed reader."""
    return path.name.lower().endswith(tuple(_READERS))


def sample_of_frame(frame: pd.DataFrame) -> Sample:
    """Return the first rows of a frame, likewise; of columns with the same name the last."""
    head = frame.head(ROWS)
    return {str(name): plain_cells(head.iloc[:, place]) for place, name in enumerate(head.columns)}


def _parquet(path: Path) -> Sample:
    from pyarrow import parquet  # noqa: PLC0415 - only these files need it

    with path.open("rb") as opened, parquet.ParquetFile(opened) as file:
        batch = next(file.iter_batches(batch_size=ROWS), None)
        names = file.schema_arrow.names
        return {name: [] if batch is None else batch.column(place).to_pylist() for place, name in enumerate(names)}


def _csv(path: Path) -> Sample:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        try:
            cells = [row for row in islice(rows, ROWS) if len(row) == len(header)]
        except csv.Error as error:
            raise ArtifactUnreadable(f"file {path}, line {rows.line_num} is not CSV: {error}") from error
    columns = zip(*cells, strict=True) if cells else ([] for _ in header)
    return {name: [cell or None for cell in column] for name, column in zip(header, columns, strict=True)}


def _jsonl(path: Path) -> Sample:
    rows = list(islice(json_rows(path, '{"playlist_id": "...", "track_sequence": ["...", "..."]}'), ROWS))
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


_READERS: dict[str, Callable[[Path], Sample]] = {".parquet": _parquet, ".csv": _csv, ".jsonl": _jsonl}
