"""Playlists from files: parquet, or a JSON object a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from embedgate.errors import ArtifactUnreadable
from embedgate.sources.artifacts import OPTIONAL, REQUIRED, playlists_of, type_name
from embedgate.sources.reading import called, read_by_suffix

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from embedgate.material.playlists import Playlists


def read_playlists(path: Path) -> Playlists:
    """Read playlists from `.parquet`, or from `.jsonl`: one object a line, its keys the columns.

    Raises:
        ArtifactMissing: if the file is not there.
        ArtifactUnreadable: if it cannot be read.
        ArtifactInvalid: if it was read and is not what it must be.
    """
    return read_by_suffix(path, _READERS, "playlists")


def _read_parquet(path: Path) -> Playlists:
    from pyarrow import parquet  # noqa: PLC0415 - only these files need it

    there = parquet.read_schema(path).names
    table = parquet.read_table(path, columns=[name for name in (*REQUIRED, *OPTIONAL) if name in there])
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    # Columns that are not read still belong into the message that says which are there
    return playlists_of({**dict.fromkeys(there, ()), **columns}, called(path))


def _read_jsonl(path: Path) -> Playlists:
    records: list[dict[str, Any]] = []
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except json.JSONDecodeError as error:
                raise ArtifactUnreadable(f"{called(path)}, line {number} is not JSON: {error}") from error
            if not isinstance(record, dict):
                raise ArtifactUnreadable(
                    f"{called(path)}, line {number} is a {type_name(record)}, where an object is needed"
                )
            records.append(record)
    names = dict.fromkeys(name for record in records for name in record)
    return playlists_of({name: [record.get(name) for record in records] for name in names}, called(path))


_READERS: dict[str, Callable[[Path], Playlists]] = {".parquet": _read_parquet, ".jsonl": _read_jsonl}
