"""Add the verdict of a gate run to the history, and read the earlier records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from embedgate.errors import HistoryUnusable
from embedgate.judgement.history import append, read, rewrite, verdict_as_record
from embedgate.judgement.records import Record, RecordedVerdict, from_json

if TYPE_CHECKING:
    from pathlib import Path

    from embedgate.judgement.verdict import VerdictRecord

_NEWEST = 100
"""Number of records that a gate run reads at most, so that its duration does not grow with the history."""
_MAX_NOTES = 3


@dataclass(frozen=True, slots=True)
class Recorded:
    """The record of one gate run, and the earlier ones.

    Attributes:
        earlier: the newest records before this gate run, oldest first.
        record: the record of this gate run.
        notes: what could not be read or written.
        is_written: whether the record was written.
    """

    earlier: tuple[Record, ...]
    record: RecordedVerdict
    notes: tuple[str, ...]
    is_written: bool


class Recorder:
    """Adds one verdict to a history.

    Args:
        folder: of the history; may be missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._at = datetime.now(UTC)
        self._path: Path | None = None

    def add(self, verdict: VerdictRecord) -> Recorded:
        """Add a verdict, and read the existing records."""
        history = read(self._folder, _NEWEST)
        notes = [f"history {self._folder}: {each}" for each in history.unreadable[:_MAX_NOTES]]
        if len(history.unreadable) > _MAX_NOTES:
            notes.append(f"history {self._folder}: {len(history.unreadable) - _MAX_NOTES:,} more are not records")
        self._at = datetime.now(UTC)
        content = self._content(verdict)
        try:
            self._path = append(self._folder, content)
        except HistoryUnusable as error:
            notes.append(f"{error}; the verdict is valid, but not in the history")
        record = cast("RecordedVerdict", from_json({"schema": 1, **content}))
        return Recorded(history.records, record, tuple(notes), is_written=self._path is not None)

    def update(self, verdict: VerdictRecord) -> None:
        """Update the record, if it was written.

        Raises:
            OSError: if it cannot be written.
        """
        if self._path is not None:
            rewrite(self._path, self._content(verdict))

    def _content(self, verdict: VerdictRecord) -> dict[str, object]:
        return {"at": self._at.isoformat(timespec="microseconds"), **verdict_as_record(verdict)}
