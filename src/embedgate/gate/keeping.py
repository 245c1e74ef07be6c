"""Keeping the verdict: it goes into the history, and what was there before is read for the report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from embedgate.errors import HistoryUnusable
from embedgate.judgement.history import append, kept_verdict, survey
from embedgate.judgement.records import Record, VerdictRecord

if TYPE_CHECKING:
    from pathlib import Path

    from embedgate.judgement.verdict import Verdict

_NEWEST = 100
"""Records that a gate run reads: enough for any trend, and no gate gets slower year by year."""
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """What the history held before this run, and this run's own record.

    Attributes:
        earlier: the newest records before this run, oldest first.
        record: this run's.
        notes: what could not be read or kept; none of it changes the verdict.
    """

    earlier: tuple[Record, ...]
    record: VerdictRecord
    notes: tuple[str, ...]


def keep(verdict: Verdict, folder: Path) -> Kept:
    """Add a verdict to the history.

    Args:
        verdict: the answer, complete.
        folder: of the history; may be missing.
    """
    history = survey(folder, _NEWEST)
    notes = [f"history {folder}: {each}" for each in history.strange[:_NAMED]]
    if len(history.strange) > _NAMED:
        notes.append(f"history {folder}: and {len(history.strange) - _NAMED:,} more that are no records")
    content = {"at": datetime.now(UTC).isoformat(timespec="microseconds"), **kept_verdict(verdict.as_json())}
    try:
        append(folder, content)
    except HistoryUnusable as error:
        notes.append(f"{error}; the verdict stands, and the history does not have it")
    return Kept(history.records, VerdictRecord.model_validate(content), tuple(notes))
