"""Records of the history: verdicts, manual promotions, and kinds that a later version adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, ConfigDict, TypeAdapter

from embedgate.judgement.verdict import VerdictRecord


@dataclass(frozen=True, kw_only=True)
class Record:
    """The fields of every record; of a record of an unknown kind, only these are read.

    Attributes:
        kind: "verdict", "promotion", or a kind that a later version adds.
        at: time of writing, in UTC.
    """

    kind: str
    at: AwareDatetime
    schema: Literal[1] = 1

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="ignore", populate_by_name=True)


@dataclass(frozen=True, kw_only=True)
class RecordedVerdict(VerdictRecord, Record):
    """A verdict of the history."""


@dataclass(frozen=True, kw_only=True)
class PromotionRecord(Record):
    """A run that was made champion manually.

    Attributes:
        run: its pathspec.
        reason: why it was promoted.
        by: the user who promoted it.
    """

    run: str
    reason: str = ""
    by: str = ""


_KINDS: dict[str, TypeAdapter[Any]] = {
    "verdict": TypeAdapter(RecordedVerdict),
    "promotion": TypeAdapter(PromotionRecord),
}
_OTHER = TypeAdapter(Record)
_OBJECT = TypeAdapter(dict[str, Any])


def parse(content: bytes) -> Record:
    """Read a record.

    Raises:
        pydantic.ValidationError: if it is not JSON, or lacks what a record of its kind must have.
    """
    return from_json(_OBJECT.validate_json(content))


def from_json(plain: dict[str, Any]) -> Record:
    """Read a record from JSON values.

    Raises:
        pydantic.ValidationError: if it lacks what a record of its kind must have.
    """
    kind = plain.get("kind")
    adapter = _KINDS.get(kind, _OTHER) if isinstance(kind, str) else _OTHER
    found: Record = adapter.validate_python({"schema": None, **plain})
    return found
