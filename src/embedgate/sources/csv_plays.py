"""Read playlists from `.csv` with one row per play, without holding the text of each cell in memory."""

from __future__ import annotations

import csv
import re
from array import array
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from embedgate.errors import ArtifactUnreadable
from embedgate.sources.plays import CodedColumn, Times, playlists_of_plays, times_of_text
from embedgate.sources.validation import check_columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

    from embedgate.material.playlists import Playlists
    from embedgate.sources.columns import PlaylistColumns

_ROWS = 50_000
_ROLES = ("playlist_id", "track", "playlist_name", "artist")
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
"""What the error handler "surrogateescape" makes of bytes that are not UTF-8."""


def read_csv(path: Path, columns: PlaylistColumns) -> Playlists:
    """Read playlists from UTF-8 text with a header, cells separated by commas, and one row per play.

    An empty cell is missing. Times are numbers, or dates in ISO 8601. See `playlists_of_plays`.

    Raises:
        ArtifactInvalid: if a column or a cell is missing, or a time is malformed.
        ArtifactUnreadable: if a row has another number of cells than the header, or the text is malformed.
    """
    where = f"file {path}"
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        rows = _rows(file, where)
        header = next(rows, [])
        check_columns(header, where, columns, plays=True)
        places = {role: header.index(name) for role in _ROLES if (name := columns.named(role)) in header}
        coded = {role: _Numbers() for role in places}
        codes = {role: array("i") for role in places}
        time = columns.named("time")
        times: list[Times] = []
        first = 0
        while chunk := list(islice(rows, _ROWS)):
            cells = list(zip(*chunk, strict=True))
            for role, place in places.items():
                codes[role].extend(map(coded[role].__getitem__, cells[place]))
            if time:
                times.append(times_of_text(cells[header.index(time)], f"{where}: {time}", first))
            first += len(chunk)
    columns_of_text = {role: _coded(codes[role], coded[role], f"{where}: {columns.named(role)}") for role in places}
    return playlists_of_plays(columns_of_text, _joined(times, f"{where}: {time}") if time else None, where, columns)


def _rows(file: TextIO, where: str) -> Iterator[list[str]]:
    """Yield the header, then the rows with as many cells."""
    rows = csv.reader(file, strict=True)
    width = 0
    try:
        for row in rows:
            if len(row) == width or (row and not width):
                width = len(row)
                yield row
            elif row:
                raise ArtifactUnreadable(
                    f"{where}, line {rows.line_num} has {len(row)} cells, and the header has {width}. "
                    "It is incomplete, or a cell with a comma is not quoted"
                )
    except csv.Error as error:
        raise ArtifactUnreadable(
            f"{where}, line {rows.line_num} is not CSV: {error}. Quote cells that contain a comma, a quote or a line "
            "end, and double quotes within them"
        ) from error


class _Numbers(dict[str, int]):
    """The number of each text, assigned at its first look-up; that of a missing one is -1."""

    def __init__(self) -> None:
        super().__init__({"": -1})

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self) - 1
        return number


def _coded(codes: array[int], numbers: _Numbers, where: str) -> CodedColumn:
    texts = list(numbers)[1:]
    found = np.frombuffer(codes, dtype=np.int32) if codes else np.empty(0, dtype=np.int32)
    for code, text in enumerate(texts):
        if _NOT_UTF8.search(text):
            raise ArtifactUnreadable(
                f"{where} of row {int(np.argmax(found == code))} (counted from 0) is not UTF-8 ({text!a:.60}). "
                "Write the file as UTF-8"
            )
    return CodedColumn(found, texts)


def _joined(times: list[Times], where: str) -> Times | None:
    """Return the times of all rows; None if there is no row."""
    if not times:
        return None
    kinds = {each.are_dates for each in times}
    if len(kinds) > 1:
        row = next(row for row, each in enumerate(times) if each.are_dates != times[0].are_dates) * _ROWS
        raise ArtifactUnreadable(
            f"{where} contains numbers and dates (from row {row} on, counted from 0). Write all times as one of them"
        )
    return Times(np.concatenate([each.moments for each in times]), times[0].are_dates)
