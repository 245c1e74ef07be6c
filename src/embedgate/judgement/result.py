"""The result of a check. Its one schema serves verdict.json, the history, JUnit properties and pytest-xdist."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StrictFloat, StrictInt, TypeAdapter

from embedgate.checks.bounds import Bound
from embedgate.checks.registry import check_of
from embedgate.config.sections import Severity  # noqa: TC001 - pydantic resolves it

Outcome = Literal[
    "passed", "warned", "failed", "inconclusive", "not_applicable", "no_baseline", "off", "error", "not_run"
]
WORST_FIRST: tuple[Outcome, ...] = (
    "error",
    "failed",
    "inconclusive",
    "warned",
    "not_run",
    "no_baseline",
    "off",
    "not_applicable",
    "passed",
)
"""Outcomes in the order in which a reader should see them."""
MAX_TRACKS = 50
"""Offending tracks of a check that verdict.json lists; the CSV beside it lists all."""


def _interval(plain: Any) -> Any:  # noqa: ANN401 - whatever the file contains
    """Turn an infinite end, which JSON writes as null, into NaN."""
    return tuple(math.nan if end is None else end for end in plain) if isinstance(plain, list | tuple) else plain


def _bound(plain: Any) -> Any:  # noqa: ANN401 - likewise
    return Bound.from_json(plain) if isinstance(plain, Mapping) else plain


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The result of one check.

    Attributes:
        id: the check's id, with its slug.
        outcome: see docs/verdict.md.
        severity: the effect of a broken bound: "fail" the gate, or "warn".
        value: the measured value; None if there is none.
        interval: 95 % interval of the value, in verdict.json `ci`; None if there is none.
        bound: what the value was compared with; None if there is none.
        n: number of observations.
        seconds: duration of the evaluation.
        message: what was measured, what was expected, and what to do.
        tracks: all offending tracks, worst first.
        unit: how value and bound are printed; not in verdict.json.
    """

    id: Annotated[str, Field(min_length=1)]
    outcome: Outcome
    severity: Severity
    value: StrictFloat | None = None
    interval: Annotated[tuple[StrictFloat, StrictFloat] | None, Field(alias="ci"), BeforeValidator(_interval)] = None
    bound: Annotated[Bound | None, BeforeValidator(_bound)] = None
    n: StrictInt = 0
    seconds: StrictFloat = 0.0
    message: str = ""
    tracks: tuple[str, ...] = ()
    unit: Annotated[str, Field(exclude=True)] = "number"

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="ignore", populate_by_name=True)

    @property
    def fails_gate(self) -> bool:
        """Whether this result alone fails the gate."""
        return self.outcome in ("failed", "error") or (self.outcome == "inconclusive" and self.severity == "fail")

    @property
    def family(self) -> str:
        """The part of the id before the first dot."""
        return self.id.partition(".")[0]

    def as_json(self, most_tracks: int | None = MAX_TRACKS) -> dict[str, Any]:
        """Return the result as in verdict.json.

        Args:
            most_tracks: how many offending tracks are kept; None keeps all.
        """
        return {
            "id": self.id,
            "outcome": self.outcome,
            "severity": self.severity,
            "value": _finite(self.value),
            "ci": [_finite(end) for end in self.interval] if self.interval else None,
            "bound": self.bound.as_json() if self.bound else None,
            "n": self.n,
            "seconds": round(self.seconds, 3),
            "message": self.message,
            "tracks": list(self.tracks[:most_tracks]),
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> CheckResult:
        """Read what `as_json` wrote. Unknown keys are ignored; the unit is that of the check.

        Raises:
            pydantic.ValidationError: if a key is missing or has the wrong type.
        """
        return _SCHEMA.validate_python(plain)


def _with_unit(plain: Any) -> Any:  # noqa: ANN401 - likewise
    return {**plain, "unit": unit_of(str(plain.get("id")))} if isinstance(plain, Mapping) else plain


ParsedResult = Annotated[CheckResult, BeforeValidator(_with_unit)]
"""A result as pydantic reads it from JSON values."""
_SCHEMA: TypeAdapter[CheckResult] = TypeAdapter(ParsedResult)


def unit_of(check_id: str) -> str:
    """Return the unit of a check; "number" for a check that this version does not know."""
    try:
        return check_of(check_id).unit
    except KeyError:
        return "number"


def _finite(value: float | None) -> float | None:
    """Return None in place of NaN and infinity, which JSON does not have."""
    return value if value is not None and math.isfinite(value) else None
