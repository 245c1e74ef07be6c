"""Read the item catalogue: titles, artists and labels of tracks, joined to a model by key."""

from __future__ import annotations

import csv
import difflib
from functools import partial
from itertools import islice
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.errors import ArtifactInvalid, ArtifactUnreadable
from embedgate.material.metadata import TrackMetadata
from embedgate.sources.file_access import read_by_suffix
from embedgate.sources.files import json_rows
from embedgate.sources.float_keys import REASON, as_integer, is_float
from embedgate.sources.memory import is_frame, plain_cells
from embedgate.sources.validation import type_name
from embedgate.surrogates import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from embedgate.config.sections import CatalogueSettings

    Columns = Mapping[str, Sequence[Any]]

_EXAMPLE = '{"item_id": "...", "category": "..."}'
_SHOWN_KEYS = 3


def read_catalogue(
    path: Path, settings: CatalogueSettings, keys: Collection[str], sliced: Sequence[str] = ()
) -> TrackMetadata:
    """Read a catalogue from `.parquet`, `.csv` (with a header) or `.jsonl`; see `catalogue_from`.

    Raises:
        ArtifactMissing: if the file does not exist.
        ArtifactUnreadable: if it cannot be read.
        ArtifactInvalid: if a column is missing, a cell has the wrong type, or no key matches.
    """
    names = _wanted(settings, sliced)
    readers = {suffix: partial(read, names=names) for suffix, read in _READERS.items()}
    return _metadata(read_by_suffix(path, readers, "catalogue"), settings, keys, f"file {path}", sliced)


def catalogue_from(
    obj: object,
    settings: CatalogueSettings,
    keys: Collection[str],
    where: str = "the object given as catalogue",
    sliced: Sequence[str] = (),
) -> TrackMetadata:
    """Return what a catalogue says about some tracks.

    Args:
        obj: a pandas DataFrame with a row for each track.
        settings: `[catalogue]`, which names the columns.
        keys: the keys of the model and of the playlists; other tracks are left out.
        where: name of the object in messages.
        sliced: columns whose values are slices.

    Raises:
        ArtifactInvalid: if the object is something else, a column is missing, a cell has the wrong type, or no key
            matches.
    """
    if not is_frame(obj):
        raise ArtifactInvalid(f"{where} is a {type_name(obj)}. It must be a pandas DataFrame with a row per track")
    existing = [str(name) for name in obj.columns]
    names = _wanted(settings, sliced)
    _check_columns(existing, names, where)
    return _metadata({name: plain_cells(obj[name]) for name in names}, settings, keys, where, sliced)


def _wanted(settings: CatalogueSettings, sliced: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*settings.columns, *sliced)))


def _metadata(
    columns: Columns, settings: CatalogueSettings, keys: Collection[str], where: str, sliced: Sequence[str]
) -> TrackMetadata:
    given = columns[settings.key]
    names = _keys(given, settings.key, where)
    rows: dict[str, int] = {}
    for row, name in enumerate(names):
        if name not in keys:
            continue
        first = rows.setdefault(name, row)
        different = [each for each in columns if _labels(columns[each][first]) != _labels(columns[each][row])]
        if first != row and different:
            raise ArtifactInvalid(
                f"{where}: rows {first} and {row} (counted from 0) have the same {settings.key} {name!r} and a "
                f"different {different[0]}. Write one row per track; several labels of a track are a list"
            )
    if not rows:
        raise ArtifactInvalid(_no_match(given, names, keys, settings.key, where))

    def cells(column: str | None, read: Callable[[object], Any], needed: str) -> dict[str, Any]:
        found = {}
        for name, row in rows.items() if column else ():
            value = read(columns[column][row]) if column else None
            if value is _WRONG:
                cell = columns[column or ""][row]
                raise ArtifactInvalid(
                    f"{where}: {column} of {name!r} (row {row}, counted from 0) is a {type_name(cell)} "
                    f"({cell!r:.60}). It must be {needed}"
                )
            if value:
                found[name] = value
        return found

    return TrackMetadata(
        where,
        cells(settings.title, _text, "one title"),
        cells(settings.artist, _text, "one name"),
        cells(settings.label, _labels, "a label, or a list of labels") if settings.label else None,
        {column: cells(column, _labels, "a value, or a list of values") for column in sliced},
    )


_WRONG = object()
"""A cell of the wrong type."""


def _text(cell: object) -> object:
    """Return a cell as text; "" if it is missing."""
    if cell is None or (isinstance(cell, float | np.floating) and np.isnan(cell)):
        return ""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, float | np.floating):  # pandas turns integers into floats if one is missing
        return str(int(cell)) if cell.is_integer() else str(cell)
    return str(cell) if isinstance(cell, Integral) else _WRONG


def _labels(cell: object) -> object:
    """Return the distinct labels of a cell in their order; () if there is none."""
    listed = cell.tolist() if isinstance(cell, np.ndarray) else cell
    # lone surrogates have no UTF-8 encoding, and labels are part of the verdict
    texts = [replace_surrogates(_text(each)) for each in (listed if isinstance(listed, list | tuple) else [listed])]
    return _WRONG if _WRONG in texts else tuple(dict.fromkeys(filter(None, texts)))


def _keys(cells: Sequence[object], column: str, where: str) -> list[str]:
    """Return the keys as text; empty for a row without a key, which cannot be joined."""
    names = []
    for row, key in enumerate(cells):
        if key is None or (isinstance(key, float | np.floating) and np.isnan(key)):
            raise ArtifactInvalid(
                f"{where}: row {row} (counted from 0) has no {column} (None or NaN). Drop rows without a key"
            )
        if not isinstance(key, str | Real):
            raise ArtifactInvalid(
                f"{where}: {column} of row {row} (counted from 0) is a {type_name(key)} ({key!r:.60}). "
                "Keys must be strings or integers"
            )
        names.append(str(key))
    return names


def _no_match(cells: Sequence[object], names: Sequence[str], keys: Collection[str], column: str, where: str) -> str:
    """Return why no key of a catalogue matches, with keys of both sides."""
    ours = list(islice(keys, 100))
    message = (
        f"{where}: no {column} is the key of a track. {column} contains {_shown(names)}; keys of tracks are "
        f"{_shown(ours)}"
    )
    if any(isinstance(cell, float | np.floating) for cell in cells) or any(map(is_float, islice(names, 100))):
        if any(as_integer(name) in keys for name in names):
            return (
                f"{message}. {column} contains floats: {REASON}. "
                f'Write it as integers or as text, such as frame["{column}"].astype("Int64")'
            )
    elif any(map(is_float, ours)) and not set(names).isdisjoint(map(as_integer, keys)):
        return (
            f"{message}. The keys of tracks are floats: {REASON}. Write "
            "the tracks of the playlists as integers or as text, and train again"
        )
    return f"{message}. Set [catalogue] key to the column with the keys of the vectors"


def _shown(names: Sequence[str]) -> str:
    shown = [f"{name!r:.60}" for name in dict.fromkeys(islice(names, 100))][:_SHOWN_KEYS]
    return ", ".join(shown) or "no row"


def _check_columns(existing: Sequence[str], wanted: Iterable[str], where: str) -> None:
    missing = [name for name in wanted if name not in existing]
    if missing:
        near = difflib.get_close_matches(missing[0], existing, n=1)
        raise ArtifactInvalid(
            f"{where} has no column {' and no column '.join(map(repr, missing))}"
            f"{f' (did you mean {near[0]!r}?)' if near else ''}; "
            f"its columns are {', '.join(existing) or 'none at all'}. Correct the name in [catalogue] or [slices]"
        )
    repeated = [name for name in wanted if existing.count(name) > 1]
    if repeated:
        raise ArtifactInvalid(
            f"{where} has {existing.count(repeated[0])} columns named {repeated[0]!r}. Keep one of them"
        )


def _parquet(path: Path, names: Sequence[str]) -> Columns:
    from pyarrow import parquet  # noqa: PLC0415 - only these files need it

    with path.open("rb") as opened, parquet.ParquetFile(opened) as file:
        _check_columns(file.schema_arrow.names, names, f"file {path}")
        table = file.read(columns=list(names))
    return {name: table.column(name).to_pylist() for name in names}


def _csv(path: Path, names: Sequence[str]) -> Columns:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, strict=True)
        header = next(rows, [])
        _check_columns(header, names, f"file {path}")
        places = [header.index(name) for name in names]
        cells: list[list[str | None]] = [[] for _ in names]
        for row in rows:
            if not row:
                continue
            if len(row) != len(header):
                raise ArtifactUnreadable(
                    f"file {path}, line {rows.line_num} has {len(row)} cells, and the header has {len(header)}. "
                    "Quote cells that contain a comma"
                )
            for column, place in zip(cells, places, strict=True):
                column.append(row[place] or None)
    return dict(zip(names, cells, strict=True))


def _jsonl(path: Path, names: Sequence[str]) -> Columns:
    existing: dict[str, None] = {}
    cells: dict[str, list[Any]] = {name: [] for name in names}
    for row in json_rows(path, _EXAMPLE):
        existing |= dict.fromkeys(row)
        for name, column in cells.items():
            column.append(row.get(name))
    _check_columns(list(existing), names, f"file {path}")
    return cells


_READERS: dict[str, Callable[..., Columns]] = {".parquet": _parquet, ".csv": _csv, ".jsonl": _jsonl}
