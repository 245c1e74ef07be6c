"""Read a verdict.json back, and believe no more of it than its checks bear out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from embedgate.config import Severity  # noqa: TC001 - pydantic reads it
from embedgate.errors import UsageError
from embedgate.judgement.bounds import Bound, Source
from embedgate.judgement.checks import check_of
from embedgate.judgement.outcomes import Outcome, Result
from embedgate.judgement.verdict import SCHEMA, Verdict, Word, verdict_of

if TYPE_CHECKING:
    from pathlib import Path

_WORST_FIRST: tuple[Word, ...] = ("failed", "inconclusive", "partial", "passed")


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)  # keys are only ever added to a schema


class _Bound(_Part):
    at_least: float | None = None
    at_most: float | None = None
    source: Annotated[Source, Field(alias="from")]
    constant: bool = False

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if len(self.model_fields_set & {"at_least", "at_most"}) != 1:
            raise ValueError("needs at_least or at_most")
        return self

    def bound(self) -> Bound:
        kind: Literal["at_least", "at_most"] = "at_least" if "at_least" in self.model_fields_set else "at_most"
        limit = self.at_least if kind == "at_least" else self.at_most
        return Bound(kind, float("nan") if limit is None else limit, self.source, self.constant)


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


def read_verdict(path: Path) -> tuple[Verdict, str]:
    """Read a verdict.

    Returns:
        The verdict, and where the file contradicts itself, how: its word is then the worse of what it says and of
        what its checks come to.

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


def _believed(file: _File) -> tuple[Verdict, str]:
    results = [check.result() for check in file.checks]
    borne_out: Word = "failed" if file.error else verdict_of(results)
    if file.verdict == "passed" and file.run is None:
        borne_out = "failed"
    word = min(file.verdict, borne_out, key=_WORST_FIRST.index)
    note = ""
    if file.verdict == "passed" != word:
        note = f"the file says passed, and holds what makes it {word}: it was changed, or put together wrongly"
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
    return verdict, note


def _unit(check_id: str) -> str:
    """The unit to print a value in; a check that a newer version has is printed as a number."""
    try:
        return check_of(check_id).unit
    except KeyError:
        return "number"


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")
