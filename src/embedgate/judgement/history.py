"""What the gate said before: a folder of records, one JSON file each, only ever added to.

A record is a verdict, or a promotion by hand. Files are made under a name of their own, whole or not at all, so
that any number of gates may write at once and a reader never meets half a file.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from embedgate.atomic_write import write_atomically
from embedgate.errors import HistoryUnusable
from embedgate.judgement.records import PromotionRecord, Record, VerdictRecord, parse
from embedgate.slugs import slug

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_TRACKS = 10
"""Tracks to blame that are kept of a check: the verdict itself has more, the history has to stay small."""
_OWN_IGNORE = ".gitignore"
_PARTIAL = ".partial"
_PARTIAL_RECORD = re.compile(r"\.\d{8}T\d{6}\.\d{6}Z-.*\.partial", re.DOTALL)
_A_WRITER_NEEDS = 60.0
"""Seconds, generously."""


@dataclass(frozen=True, slots=True)
class History:
    """What was found in the folder.

    Attributes:
        records: oldest first.
        strange: a sentence for each thing in the folder that is no record or cannot be read, with its name.
    """

    records: tuple[Record, ...] = ()
    strange: tuple[str, ...] = ()


def append(folder: Path, record: Mapping[str, object]) -> Path:
    """Keep a record under a name of its own, which sorts by time.

    Args:
        folder: is made where it is missing, with a `.gitignore` that keeps it out of version control.
        record: plain JSON values with a `kind`; `schema` and `at` (now) are added where they are missing.

    Returns:
        The file.

    Raises:
        HistoryUnusable: if the folder cannot be made or written to.
    """
    at = datetime.now(UTC)
    text = _text({"at": at.isoformat(timespec="microseconds"), **record})
    name = f"{at:%Y%m%dT%H%M%S.%fZ}-{record['kind']}-{_run_slug(record)}"
    try:
        _make(folder)
        _remove_abandoned(folder)
        return _write(folder, name, text.encode("utf-8", "replace"))
    except OSError as error:
        raise HistoryUnusable(f"the history cannot be kept in {folder}: {error.strerror or error}") from error


def rewrite(path: Path, record: Mapping[str, object]) -> None:
    """Replace a record that this process has appended, whole or not at all.

    Args:
        path: what `append` returned.
        record: plain JSON values, as for `append`.

    Raises:
        OSError: if it cannot be written; the earlier record stays.
    """
    write_atomically(path, _text(record))


def _text(record: Mapping[str, object]) -> str:
    return json.dumps({"schema": 1, **record}, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def kept_verdict(verdict: Mapping[str, Any]) -> dict[str, object]:
    """The record of a verdict, from the content of its verdict.json: lists of tracks are cut."""
    checks = [{**check, "tracks": check["tracks"][:MOST_TRACKS]} for check in verdict["checks"]]
    return {**verdict, "kind": "verdict", "checks": checks}


def read(folder: Path) -> list[Record]:
    """All records of a folder, oldest first; none where there is no folder.

    Whoever speaks to a reader takes `survey`, which also names what could not be read.
    """
    return list(survey(folder).records)


def survey(folder: Path, newest: int | None = None) -> History:
    """Read a folder, and name what in it is no record or cannot be read.

    Args:
        folder: may be missing: no history yet.
        newest: read no more than this many files, the newest.
    """
    try:
        found = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return History()
    except OSError as error:
        return History(strange=(f"{folder} cannot be read: {error.strerror or error}",))
    files = [entry for entry in found if _may_be_record(entry)]
    records: list[Record] = []
    strange = [f"{entry.name} is no record" for entry in found if not _may_be_record(entry) and not _is_own(entry)]
    for entry in files[-newest:] if newest else files:
        try:
            records.append(parse(Path(entry).read_bytes()))
        except OSError as error:
            strange.append(f"{entry.name} cannot be read: {error.strerror or error}")
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            strange.append(f"{entry.name} is no record: {f'{where}: ' if where else ''}{first['msg']}")
    return History(tuple(sorted(records, key=lambda record: record.at)), tuple(strange))


def champions_of(records: Sequence[Record], flow: str) -> list[VerdictRecord]:
    """The verdicts of a flow's runs that became champion, oldest champion first, one a run.

    A run became champion with its verdict (`promoted`), or by a promotion record that names it; of a run with
    several verdicts the one that promoted it counts, else the last that is not partial, else the last.
    """
    became: dict[str, datetime] = {}
    verdicts: dict[str, VerdictRecord] = {}
    for record in records:
        if isinstance(record, PromotionRecord):
            became[record.run] = record.at
        elif isinstance(record, VerdictRecord) and record.run is not None and record.flow == flow:
            run = record.run.pathspec
            if record.promoted:
                became[run] = record.at
            if run not in verdicts or _weight(record) >= _weight(verdicts[run]):
                verdicts[run] = record
    return [verdicts[run] for run in sorted(became, key=became.__getitem__) if run in verdicts]


def measures_of(records: Sequence[Record], run: str) -> Mapping[str, float]:
    """What was measured of a run, by check id: in the verdict that promoted it, else the last that is not partial."""
    verdicts = [each for each in records if isinstance(each, VerdictRecord) and each.run and each.run.pathspec == run]
    # of several that weigh the same, `max` takes the first it meets: the last
    return max(reversed(verdicts), key=_weight).measures if verdicts else {}


def _weight(record: VerdictRecord) -> int:
    return 2 if record.promoted else int(record.verdict != "partial")


def _run_slug(record: Mapping[str, object]) -> str:
    run = record.get("run")
    pathspec = run.get("pathspec") if isinstance(run, Mapping) else run
    return slug(str(pathspec)) if pathspec else "no-run"


def _make(folder: Path) -> None:
    """Make the folder; one that is there already is the user's, and gets no `.gitignore`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        if folder.is_dir():
            return
        raise
    (folder / _OWN_IGNORE).write_text("*\n", encoding="utf-8")


def _write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / f"{name}-{secrets.token_hex(4)}.json"
    partial = folder / f".{path.name}{_PARTIAL}"
    try:
        with partial.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(partial)  # never overwrites, unlike a rename
        except FileExistsError:
            raise
        except OSError:  # a file system without links; the random end of the name keeps it apart from all others
            partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _may_be_record(entry: os.DirEntry[str]) -> bool:
    return entry.name.endswith(".json") and not entry.name.startswith(".")


def _remove_abandoned(folder: Path) -> None:
    """Remove the partial records of writers that were killed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if _is_partial_record(entry) and not _is_being_written(entry):
                Path(entry).unlink(missing_ok=True)


def _is_own(entry: os.DirEntry[str]) -> bool:
    """Whether it is our `.gitignore`, or a record that is being written or was when its writer was killed."""
    if entry.name == _OWN_IGNORE or _is_partial_record(entry):
        return True
    return entry.name.startswith(".") and entry.name.endswith(_PARTIAL) and _is_being_written(entry)


def _is_partial_record(entry: os.DirEntry[str]) -> bool:
    return _PARTIAL_RECORD.fullmatch(entry.name) is not None and entry.is_file(follow_symlinks=False)


def _is_being_written(entry: os.DirEntry[str]) -> bool:
    try:
        return time.time() - entry.stat().st_mtime < _A_WRITER_NEEDS
    except FileNotFoundError:
        return True  # it has got its name meanwhile
