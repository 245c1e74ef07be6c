"""The history: a folder of records, one JSON file each. A new record never replaces another."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from embedgate.atomic_write import write_atomically
from embedgate.errors import HistoryUnusable
from embedgate.judgement.records import PromotionRecord, Record, RecordedVerdict, parse
from embedgate.record_files import (
    OWN_IGNORE,
    PARTIAL,
    champion_number,
    create_folder,
    is_being_written,
    is_partial_record,
    remove_abandoned,
    write_new,
)
from embedgate.slugs import slug

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embedgate.judgement.verdict import VerdictRecord

MAX_TRACKS = 10
"""Offending tracks of a check that the history keeps; verdict.json lists more."""


@dataclass(frozen=True, slots=True)
class History:
    """The content of a history folder.

    Attributes:
        records: oldest first.
        unreadable: a sentence for each entry of the folder that is not a record or cannot be read, with its name.
    """

    records: tuple[Record, ...] = ()
    unreadable: tuple[str, ...] = ()


def append(folder: Path, record: Mapping[str, object]) -> Path:
    """Add a record, in a file whose name sorts by time.

    Args:
        folder: created if it is missing, with a `.gitignore` that excludes it from version control.
        record: JSON values with a `kind`; `schema` and `at` (now) are added if they are missing.

    Returns:
        The file.

    Raises:
        HistoryUnusable: if the folder cannot be created or written to.
    """
    at = datetime.now(UTC)
    text = _text({"at": at.isoformat(timespec="microseconds"), **record})
    name = f"{at:%Y%m%dT%H%M%S.%fZ}-{record['kind']}-{_run_slug(record)}"
    try:
        create_folder(folder)
        remove_abandoned(folder)
        path = folder / f"{name}-{secrets.token_hex(4)}.json"
        write_new(path, text.encode("utf-8", "replace"), has_unique_name=True)
    except OSError as error:
        raise HistoryUnusable(f"the history cannot be written to {folder}: {error.strerror or error}") from error
    return path


def rewrite(path: Path, record: Mapping[str, object]) -> None:
    """Replace a record that this process has added, the whole file or nothing.

    Args:
        path: what `append` returned.
        record: JSON values, as for `append`.

    Raises:
        OSError: if it cannot be written; the earlier record stays.
    """
    write_atomically(path, _text(record))


def verdict_as_record(verdict: VerdictRecord) -> dict[str, object]:
    """Return a verdict as a record, with fewer offending tracks."""
    return {**verdict.as_json(MAX_TRACKS), "kind": "verdict"}


def read(folder: Path, newest: int | None = None) -> History:
    """Read a history folder.

    Args:
        folder: may be missing.
        newest: read at most this many files, the newest.
    """
    try:
        found = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return History()
    except OSError as error:
        return History(unreadable=(f"{folder} cannot be read: {error.strerror or error}",))
    files = [entry for entry in found if _may_be_record(entry)]
    records: list[Record] = []
    unreadable = [f"{each.name} is not a record" for each in found if not _may_be_record(each) and not _is_own(each)]
    for entry in files[-newest:] if newest else files:
        try:
            records.append(parse(Path(entry).read_bytes()))
        except OSError as error:
            unreadable.append(f"{entry.name} cannot be read: {error.strerror or error}")
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            unreadable.append(f"{entry.name} is not a record: {f'{where}: ' if where else ''}{first['msg']}")
    return History(tuple(sorted(records, key=lambda record: record.at)), tuple(unreadable))


def champions_of(records: Sequence[Record], flow: str) -> list[RecordedVerdict]:
    """Return the verdicts of a flow's past champions, one per run, in the order in which they became champion.

    A run became champion with its verdict (`promoted`), or by a promotion record. Of several verdicts on a run the
    one that promoted it counts, else the last that is not partial, else the last.
    """
    became: dict[str, datetime] = {}
    verdicts: dict[str, RecordedVerdict] = {}
    for record in records:
        if isinstance(record, PromotionRecord):
            became[record.run] = record.at
        elif isinstance(record, RecordedVerdict) and record.run is not None and record.flow == flow:
            run = record.pathspec
            if record.promoted:
                became[run] = record.at
            if run not in verdicts or _weight(record) >= _weight(verdicts[run]):
                verdicts[run] = record
    return [verdicts[run] for run in sorted(became, key=became.__getitem__) if run in verdicts]


def past_champions(folder: Path, run: str) -> list[tuple[str, Mapping[str, float]]]:
    """Return name and values, by check id, of each past champion of a run's flow, oldest first, without the run.

    Args:
        folder: of the history; may be missing.
        run: pathspec of the tested run.
    """
    found = champions_of(read(folder).records, run.rpartition("/")[0])
    return [(each.pathspec, each.values) for each in found if each.pathspec != run]


def values_of(records: Sequence[Record], run: str) -> Mapping[str, float]:
    """Return the values of a run, by check id, from the verdict that promoted it, else the last complete one."""
    verdicts = [each for each in records if isinstance(each, RecordedVerdict) and each.run and each.pathspec == run]
    # `max` returns the first of equals, here the last verdict
    return max(reversed(verdicts), key=_weight).values if verdicts else {}


def _weight(record: RecordedVerdict) -> int:
    return 2 if record.promoted else int(record.outcome != "partial")


def _text(record: Mapping[str, object]) -> str:
    return json.dumps({"schema": 1, **record}, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def _run_slug(record: Mapping[str, object]) -> str:
    run = record.get("run")
    pathspec = run.get("pathspec") if isinstance(run, dict) else run
    return slug(str(pathspec)) if pathspec else "no-run"


def _may_be_record(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    return name.endswith(".json") and not name.startswith(".") and champion_number(name) is None


def _is_own(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is our `.gitignore`, a partial record, or the record of a champion."""
    if entry.name == OWN_IGNORE or champion_number(entry.name) is not None or is_partial_record(entry):
        return True
    return entry.name.startswith(".") and entry.name.endswith(PARTIAL) and is_being_written(entry)
