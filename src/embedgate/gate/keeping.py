"""The history of a gate run: its verdict is recorded, and earlier records are read for the report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from embedgate.errors import HistoryUnusable
from embedgate.judgement.history import append, kept_verdict, rewrite, survey
from embedgate.judgement.records import Record, VerdictRecord

if TYPE_CHECKING:
    from pathlib import Path

    from embedgate.judgement.verdict import Verdict

_NEWEST = 100
"""Records that a gate run reads: enough for any trend, and no gate gets slower year by year."""
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """What the history contained before this run, and this run's own record.

    Attributes:
        earlier: the newest records before this run, oldest first.
        record: this run's.
        notes: what could not be read or recorded.
        is_recorded: whether this run's record was written.
    """

    earlier: tuple[Record, ...]
    record: VerdictRecord
    notes: tuple[str, ...]
    is_recorded: bool


class Keeper:
    """Adds one verdict to a history.

    Args:
        folder: of the history; may be missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._at = ""
        self._path: Path | None = None

    def keep(self, verdict: Verdict) -> Kept:
        """Record a verdict, and read what was there before."""
        history = survey(self._folder, _NEWEST)
        notes = [f"history {self._folder}: {each}" for each in history.strange[:_NAMED]]
        if len(history.strange) > _NAMED:
            notes.append(f"history {self._folder}: and {len(history.strange) - _NAMED:,} more that are no records")
        self._at = datetime.now(UTC).isoformat(timespec="microseconds")
        content = self._content(verdict)
        try:
            self._path = append(self._folder, content)
        except HistoryUnusable as error:
            notes.append(f"{error}; the verdict stands, and the history does not have it")
        record = VerdictRecord.model_validate(content)
        return Kept(history.records, record, tuple(notes), is_recorded=self._path is not None)

    def complete(self, verdict: Verdict) -> None:
        """Bring the record up to date, if there is one.

        Raises:
            OSError: if it cannot be written.
        """
        if self._path is not None:
            rewrite(self._path, self._content(verdict))

    def _content(self, verdict: Verdict) -> dict[str, object]:
        return {"at": self._at, **kept_verdict(verdict.as_json())}
