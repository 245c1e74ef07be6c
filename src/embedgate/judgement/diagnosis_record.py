"""The cause of several results: an entry of `diagnoses` in verdict.json."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic resolves the types of fields
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from pydantic import ConfigDict

SHOWN = 3
"""Examples of each side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One cause of several results. It never changes an outcome.

    Attributes:
        cause: id of the cause, such as "keys.shifted"; docs/verdict.md lists them.
        sentence: what is wrong, and the measurement that shows it, in one sentence.
        action: what to do.
        figures: the measured numbers, by name.
        examples: up to three values of each side, by what they are ("keys of the model"). The first of one side
            belongs to the first of the other if both sides have as many.
        explains: ids of the checks that fail, warn or are inconclusive for this cause.
    """

    cause: str
    sentence: str
    action: str
    figures: Mapping[str, float] = field(default_factory=dict)
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    explains: tuple[str, ...] = ()

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="ignore")

    def as_json(self) -> dict[str, Any]:
        """Return the diagnosis as in verdict.json."""
        return asdict(self)
