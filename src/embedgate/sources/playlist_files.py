"""Playlists from files: parquet, or JSON lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from embedgate.errors import ArtifactUnreadable
from embedgate.sources.file_access import called, read_by_suffix
from embedgate.sources.validation import OPTIONAL, REQUIRED, check_columns, playlists_of, type_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from embedgate.material.playlists import Playlists

_EXAMPLE = '{"playlist_id": "...", "track_sequence": ["...", "..."]}'


def read_playlists(path: Path) -> Playlists:
    """Read playlists from `.parquet`, or from `.jsonl`: one object per line, its keys the columns.

    Raises:
        ArtifactMissing: if the file does not exist.
        ArtifactUnreadable: if it cannot be read.
        ArtifactInvalid: if its content has the wrong type or shape.
    """
    return read_by_suffix(path, _READERS, "playlists")


def _parquet(path: Path) -> Playlists:
    from pyarrow import parquet  # noqa: PLC0415 - only these files need it

    # An open file, since pyarrow reads columns from the names of the folders of a path (`key=value`)
    with path.open("rb") as opened, parquet.ParquetFile(opened) as file:
        names = file.schema_arrow.names
        check_columns(names, called(path))
        table = file.read(columns=[name for name in (*REQUIRED, *OPTIONAL) if name in names])
    return playlists_of({name: table.column(name).to_pylist() for name in table.column_names}, called(path))


def _jsonl(path: Path) -> Playlists:
    records: list[dict[str, Any]] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            where = f"{called(path)}, line {number}"
            try:
                record = json.loads(line.decode("utf-8-sig"), parse_constant=_constant)
            except (ValueError, RecursionError) as error:
                raise ArtifactUnreadable(
                    f"{where} is not JSON: {error}. Write one object per line, as UTF-8: {_EXAMPLE}"
                ) from error
            if not isinstance(record, dict):
                raise ArtifactUnreadable(f"{where} is a {type_name(record)}, not an object. Write {_EXAMPLE}")
            records.append(record)
    names = dict.fromkeys(name for record in records for name in record)
    return playlists_of({name: [record.get(name) for record in records] for name in names}, called(path))


def _constant(name: str) -> None:
    """Accept NaN, which Python's json writes for a missing cell of a frame; JSON itself has no such constant."""
    if name != "NaN":
        raise ValueError(f"{name} is not a JSON value")


_READERS: dict[str, Callable[[Path], Playlists]] = {".parquet": _parquet, ".jsonl": _jsonl}
