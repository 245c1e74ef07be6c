"""Read verdict.json, and lower a verdict that its content does not support."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NoReturn

from pydantic import ValidationError

from embedgate.errors import UsageError
from embedgate.judgement.verdict import SCHEMA, VerdictOutcome, VerdictRecord, conclude

if TYPE_CHECKING:
    from pathlib import Path

_CLOCK_SKEW = timedelta(minutes=5)
_UNSETTLED = {
    "pending": "its promotion was started and not completed; run the gate again",
    "failed": "its promotion failed",
}
_WORST_FIRST: tuple[VerdictOutcome, ...] = ("failed", "inconclusive", "partial", "passed")
_REQUIRED = ("error", "run", "champion", "promoted", "checks", "config", "config_sha256", "seconds")


@dataclass(frozen=True, slots=True)
class VerdictFile:
    """A verdict.json that was read.

    Attributes:
        verdict: with the worst of the file's outcome, the outcome of its checks, and that of its promotion.
        notes: why the outcome differs from that in the file.
    """

    verdict: VerdictRecord
    notes: tuple[str, ...]

    def expected(self, run: str | None, max_age: timedelta | None, now: datetime) -> VerdictFile:
        """Return the same file, with the outcome `failed` if it belongs to another run or is too old.

        Args:
            run: FLOW/ID, an ID, or the path of the tested vectors; None accepts any run.
            max_age: maximum time since the gate run finished; None accepts any age.
            now: with a time zone.
        """
        reasons = []
        if run is not None and not _is_of(self.verdict, run):
            reasons.append(f"it belongs to {self.verdict.pathspec or 'no run'}, expected {run}")
        if max_age is not None:
            reasons += _too_old(self.verdict.finished_at, max_age, now)
        if not reasons:
            return self
        notes = (*self.notes, *(f"the verdict is rejected: {reason}" for reason in reasons))
        return VerdictFile(replace(self.verdict, outcome="failed", promoted=False), notes)


def read_verdict(path: Path) -> VerdictFile:
    """Read a verdict.json.

    Raises:
        UsageError: if it cannot be read, is incomplete, or is not a verdict of this schema; names the file.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"), parse_constant=_reject_constant)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not a verdict, or is incomplete: invalid JSON: {error}") from error
    if not isinstance(plain, dict) or "verdict" not in plain:
        raise UsageError(f"{path} is not a verdict: it has no key `verdict`")
    schema = plain.get("schema")
    if type(schema) is not int or schema != SCHEMA:
        raise UsageError(f"{path} has the schema {schema!r}: this version of embedgate reads schema {SCHEMA}")
    lacking = next((key for key in _REQUIRED if key not in plain), None)
    if lacking is not None:
        raise UsageError(f"{path} is not a verdict: {lacking}: Field required")
    try:
        return _supported(VerdictRecord.from_json(plain))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(f"{path} is not a verdict: {where}: {first['msg']}, not {first['input']!r:.80}") from None


def _supported(read: VerdictRecord) -> VerdictFile:
    """Lower the outcome to what checks, floor and promotion support."""
    has_champion = read.champion is not None
    supported, missing = conclude(read.checks, has_champion=has_champion, has_error=read.error is not None)
    if read.outcome == "passed" and read.run is None:
        supported = "failed"
    outcome = min(read.outcome, supported, key=_WORST_FIRST.index)
    notes = []
    if read.outcome == "passed" != outcome:
        notes.append(f"the file says passed, but its content is {outcome}: it was changed or assembled by hand")
    if outcome == "partial":
        notes += [f"not enough was judged for passed: {each}" for each in missing]
    if read.promotion in _UNSETTLED:
        notes.append(f"the verdict is rejected: {_UNSETTLED[read.promotion]}")
        outcome = "failed"
    return VerdictFile(replace(read, outcome=outcome, promoted=read.promoted and outcome == "passed"), tuple(notes))


def _is_of(verdict: VerdictRecord, run: str) -> bool:
    """Return whether a run was tested: by its pathspec, its id in its flow, or the path of its vectors."""
    pathspec = verdict.pathspec
    if not pathspec or run == pathspec:
        return bool(pathspec)
    if verdict.run is not None and verdict.run.get("source") == "files":
        return os.path.realpath(run) == os.path.realpath(pathspec)
    return run == pathspec.rpartition("/")[2]


def _too_old(finished_at: datetime | None, max_age: timedelta, now: datetime) -> list[str]:
    if finished_at is None:
        return ["it does not say when its run finished"]
    age = now - finished_at
    if age < -_CLOCK_SKEW:
        return [f"its run finished in the future ({finished_at.isoformat()}): compare the clocks of both machines"]
    whole = timedelta(seconds=int(age.total_seconds()))
    return [f"its run finished {whole} ago, expected at most {max_age}"] if age > max_age else []


def _reject_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")
