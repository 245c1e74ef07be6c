"""The CSV lists beside a verdict: their names, their columns, and how users' text stands in them."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Literal

from embedgate.atomic_write import write_atomically

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
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet may evaluate a cell that starts with one of these (OWASP, "CSV Injection")."""


def csv_beside(verdict: Path, what: List) -> Path:
    """Return the path of a list: `verdict.tracks.csv` beside `verdict.json`."""
    return verdict.with_name(f"{verdict.name.removesuffix('.json')}.{what}.csv")


def write_list(verdict: Path, what: List, rows: Iterable[Sequence[object]]) -> Path:
    """Write a list beside a verdict, the whole file or nothing.

    Args:
        verdict: path of the verdict; its folder is created if it is missing.
        what: which list.
        rows: one value a column of `COLUMNS[what]`. Strings are users' text, see `as_text`.

    Returns:
        The path of the list.

    Raises:
        OSError: if the file cannot be written.
    """
    path, text = csv_beside(verdict, what), io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS[what])
    writer.writerows([as_text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    write_atomically(path, text.getvalue())
    return path


def as_text(cell: str) -> str:
    """Return a cell that no spreadsheet evaluates: an apostrophe goes before `=`, `+`, `-`, `@`, tab and line end.

    A cell that already starts with an apostrophe gets one more if a formula follows it, so that `as_read` is exact.
    """
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA_STARTS) else cell


def as_read(cell: str) -> str:
    """Return the text that `as_text` was given."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA_STARTS) else cell
