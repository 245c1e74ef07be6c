"""Read a verdict.json back, and believe no more of it than its checks bear out."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from embedgate.config import Severity  # noqa: TC001 - pydantic reads it
from embedgate.errors import UsageError
from embedgate.judgement.bounds import Bound, Source
from embedgate.judgement.checks import check_of
from embedgate.judgement.floor import missing_from_floor
from embedgate.judgement.outcomes import Outcome, Result
from embedgate.judgement.verdict import SCHEMA, Verdict, Word, verdict_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Moment = Annotated[AwareDatetime, Field(strict=False)]

_CLOCKS_DIFFER = timedelta(minutes=5)
_UNSETTLED = {
    "pending": "its promotion was begun and not finished; run the gate again",
    "failed": "its promotion failed",
}
_WORST_FIRST: tuple[Word, ...] = ("failed", "inconclusive", "partial", "passed")


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)  # keys are only ever added to a schema


class _Bound(_Part):
    at_least: float | None = None
    at_most: float | None = None
    source: Annotated[Source, Field(alias="from")]
    constant: bool = False
    looser_than_chance: bool = False

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if len(self.model_fields_set & {"at_least", "at_most"}) != 1:
            raise ValueError("needs at_least or at_most")
        return self

    def bound(self) -> Bound:
        kind: Literal["at_least", "at_most"] = "at_least" if "at_least" in self.model_fields_set else "at_most"
        limit = self.at_least if kind == "at_least" else self.at_most
        number = float("nan") if limit is None else limit
        return Bound(kind, number, self.source, self.constant, self.looser_than_chance)


class _Check(_Part):
    id: str = Field(min_length=1)
    outcome: Outcome
    severity: Severity
    value: float | None
    ci: Annotated[tuple[float | None, float | None], Field(strict=False)] | None
    bound: _Bound | None
    n: int
    seconds: float
    message: str
    tracks: Annotated[tuple[str, ...], Field(strict=False)]

    def result(self) -> Result:
        nan = float("nan")
        low, high = self.ci or (None, None)
        return Result(
            id=self.id,
            outcome=self.outcome,
            severity=self.severity,
            value=self.value,
            interval=(nan if low is None else low, nan if high is None else high) if self.ci else None,
            n=self.n,
            bound=self.bound.bound() if self.bound else None,
            unit=_unit(self.id),
            message=self.message,
            tracks=self.tracks,
            seconds=self.seconds,
        )


class _Error(_Part):
    kind: str
    message: str


class _File(_Part):
    verdict: Word
    error: _Error | None
    run: dict[str, Any] | None
    champion: dict[str, Any] | None
    promoted: bool
    checks: Annotated[tuple[_Check, ...], Field(strict=False)]
    config: str | None
    config_sha256: str | None
    seconds: float
    # files of earlier versions do not have these
    nonce: str | None = None
    started_at: Moment | None = None
    finished_at: Moment | None = None
    arguments: Annotated[tuple[str, ...], Field(strict=False)] = ()
    promotion: Literal["pending", "done", "failed"] | None = None


@dataclass(frozen=True, slots=True)
class VerdictFile:
    """A verdict that was read, and what the file says of its run.

    Attributes:
        verdict: its word is the worst of what the file says, of what its checks come to, and of its promotion.
        notes: where that is not what the file says, why.
        nonce: tells this run from others; None in files of earlier versions, as are the times.
        started_at: when the run started.
        finished_at: when the run finished.
        arguments: what pytest was called with.
    """

    verdict: Verdict
    notes: tuple[str, ...]
    nonce: str | None
    started_at: datetime | None
    finished_at: datetime | None
    arguments: tuple[str, ...]

    def expected(self, run: str | None, max_age: timedelta | None, now: datetime) -> VerdictFile:
        """Return the same file, `failed` if it is not of the run that is expected, or too old.

        Args:
            run: FLOW/ID, an ID, or the path of the vectors that were tested; None where any will do.
            max_age: since the run finished; None where any will do.
            now: with a time zone.
        """
        reasons = []
        if run is not None and not _is_of(self.verdict.run, run):
            tested = self.verdict.run["pathspec"] if self.verdict.run else "no run"
            reasons.append(f"it is of {tested}, and {run} is expected")
        if max_age is not None:
            reasons += _too_old(self.finished_at, max_age, now)
        if not reasons:
            return self
        notes = (*self.notes, *(f"the verdict is rejected: {reason}" for reason in reasons))
        return replace(self, verdict=replace(self.verdict, word="failed", promoted=False), notes=notes)


def read_verdict(path: Path) -> VerdictFile:
    """Read a verdict.

    Raises:
        UsageError: if it cannot be read, is half a file, or is no verdict of this schema; names the file.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no verdict, or half of one: not valid JSON: {error}") from error
    if not isinstance(plain, dict) or "verdict" not in plain:
        raise UsageError(f"{path} is no verdict: it has no key `verdict`")
    schema = plain.get("schema")
    if type(schema) is not int or schema != SCHEMA:
        raise UsageError(f"{path} has the schema {schema!r}: this embedgate reads {SCHEMA}")
    try:
        file = _File.model_validate(plain)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(f"{path} is no verdict: {where}: {first['msg']}, not {first['input']!r:.80}") from None
    return _believed(file)


def _believed(file: _File) -> VerdictFile:
    results = [check.result() for check in file.checks]
    borne_out: Word = "failed" if file.error else verdict_of(results)
    if file.verdict == "passed" and file.run is None:
        borne_out = "failed"
    below = missing_from_floor(results, has_champion=file.champion is not None)
    if below and borne_out == "passed":
        borne_out = "partial"
    word = min(file.verdict, borne_out, key=_WORST_FIRST.index)
    notes = []
    if file.verdict == "passed" != word:
        notes.append(f"the file says passed, and holds what makes it {word}: it was changed, or put together wrongly")
    if word == "partial":
        notes += [f"not enough was judged for passed: {each}" for each in below]
    if file.promotion in _UNSETTLED:
        notes.append(f"the verdict is rejected: {_UNSETTLED[file.promotion]}")
        word = "failed"
    verdict = Verdict(
        word=word,
        results=results,
        run=file.run,
        error=file.error.model_dump() if file.error else None,
        config=file.config,
        config_sha256=file.config_sha256,
        seconds=file.seconds,
        champion=file.champion,
        promoted=file.promoted and word == "passed",
    )
    return VerdictFile(verdict, tuple(notes), file.nonce, file.started_at, file.finished_at, file.arguments)


def _is_of(tested: Mapping[str, object] | None, run: str) -> bool:
    """Whether a run was tested: by its pathspec, its id in its flow, or the path of its vectors."""
    pathspec = str(tested["pathspec"]) if tested else ""
    if not pathspec or run == pathspec:
        return bool(pathspec)
    if tested is not None and tested.get("source") == "files":
        return os.path.realpath(run) == os.path.realpath(pathspec)
    return run == pathspec.rpartition("/")[2]


def _too_old(finished_at: datetime | None, max_age: timedelta, now: datetime) -> list[str]:
    if finished_at is None:
        return ["it does not say when its run finished"]
    age = now - finished_at
    if age < -_CLOCKS_DIFFER:
        return [f"its run finished in the future ({finished_at.isoformat()}): compare the clocks of both machines"]
    whole = timedelta(seconds=int(age.total_seconds()))
    return [f"its run finished {whole} ago, and at most {max_age} is allowed"] if age > max_age else []


def _unit(check_id: str) -> str:
    """The unit to print a value in; a check that a newer version has is printed as a number."""
    try:
        return check_of(check_id).unit
    except KeyError:
        return "number"


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")
