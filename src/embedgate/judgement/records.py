"""The records of the history as types: a verdict, a promotion by hand, and what a later version may add."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter


class _Kept(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=False)


class KeptBound(_Kept):
    """A bound as a record has it; `source` is who set it. A limit that is not finite is kept as None."""

    at_least: float | None = None
    at_most: float | None = None
    source: str = Field(default="", alias="from")


class KeptCheck(_Kept):
    """What is read of one check; the file says more: message, tracks to blame, seconds."""

    id: str
    outcome: str
    severity: str = "fail"
    value: float | None = None
    ci: tuple[float | None, float | None] | None = None
    bound: KeptBound | None = None
    n: int = 0


class KeptRun(_Kept):
    """Which run was tested, or was champion."""

    source: str = "metaflow"
    pathspec: str = ""

    @property
    def flow(self) -> str | None:
        """The flow of a Metaflow run; None for files."""
        return self.pathspec.partition("/")[0] if self.source == "metaflow" else None


class Record(_Kept):
    """What every record has; a record of a kind that this version does not know is no more than that.

    Attributes:
        kind: "verdict", "promotion", or what a later version has added.
        at: when it was written, in UTC.
    """

    kind: str
    at: AwareDatetime
    schema_: Literal[1] = Field(alias="schema")


class VerdictRecord(Record):
    """A verdict.json, kept."""

    kind: Literal["verdict"]
    verdict: str
    run: KeptRun | None = None
    champion: KeptRun | None = None
    promoted: bool = False
    checks: tuple[KeptCheck, ...] = ()
    config: str | None = None
    seconds: float = 0.0

    @property
    def flow(self) -> str | None:
        """The flow of the tested run; None for files, and where there was no run."""
        return self.run.flow if self.run else None

    @cached_property
    def measures(self) -> dict[str, float]:
        """The value of each check that has one, by its id."""
        return {check.id: check.value for check in self.checks if check.value is not None}


class PromotionRecord(Record):
    """A run that somebody made champion by hand, and why."""

    kind: Literal["promotion"]
    run: str
    reason: str = ""
    by: str = ""


def _kind_of(content: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    kind = content.get("kind") if isinstance(content, Mapping) else None
    return kind if kind in ("verdict", "promotion") else "other"


_ANY: TypeAdapter[Record] = TypeAdapter(
    Annotated[
        Annotated[VerdictRecord, Tag("verdict")]
        | Annotated[PromotionRecord, Tag("promotion")]
        | Annotated[Record, Tag("other")],
        Discriminator(_kind_of),
    ]
)


def parse(content: bytes) -> Record:
    """Read one record; of a verdict or a promotion, all that it must have.

    Raises:
        pydantic.ValidationError: if it is none.
    """
    return _ANY.validate_json(content)
