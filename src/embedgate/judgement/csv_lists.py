"""The CSV lists beside a verdict: their names and columns."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Literal

from embedgate.atomic_write import write_atomically
from embedgate.sanitize import csv_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

List = Literal["tracks", "duplicates", "neighbours"]
COLUMNS: dict[List, tuple[str, ...]] = {
    "tracks": ("check", "rank", "track"),
    "duplicates": ("cluster", "track", "keep", "plays"),
    "neighbours": (
        "known",
        "track",
        "rank",
        "neighbour",
        "cosine",
        "plays",
        "expected",
        "forbidden",
        "champion_rank",
    ),
}


def csv_beside(verdict: Path, what: List) -> Path:
    """Return the path of a list: `verdict.tracks.csv` beside `verdict.json`."""
    return verdict.with_name(f"{verdict.name.removesuffix('.json')}.{what}.csv")


def write_list(verdict: Path, what: List, rows: Iterable[Sequence[object]]) -> Path:
    """Write a list beside a verdict, the whole file or nothing.

    Args:
        verdict: path of the verdict; its folder is created if it is missing.
        what: which list.
        rows: one value per column of `COLUMNS[what]`. Strings are users' text, see `csv_cell`.

    Returns:
        The path of the list.

    Raises:
        OSError: if the file cannot be written.
    """
    path, text = csv_beside(verdict, what), io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS[what])
    writer.writerows([csv_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    write_atomically(path, text.getvalue())
    return path
