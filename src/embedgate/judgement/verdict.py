"""From all outcomes to one verdict, and the file that carries it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Literal

from embedgate.atomic_write import write_atomically
from embedgate.judgement.lists import write_list
from embedgate.judgement.outcomes import MOST_TRACKS, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

Word = Literal["passed", "failed", "inconclusive", "partial"]
Promotion = Literal["pending", "done", "failed"]
SCHEMA = 1
_SPOKEN_OF = (
    "embedgate",
    "gensim",
    "matplotlib",
    "metaflow",
    "numpy",
    "openTSNE",
    "pandas",
    "pytest",
    "pytest-html",
    "scikit-learn",
    "scipy",
)


def verdict_of(results: Iterable[Result]) -> Word:
    """Fold outcomes into a verdict: an incomplete run cannot pass, and no check at all is partial."""
    outcomes = list(results)
    if any(result.outcome in ("failed", "error") for result in outcomes):
        return "failed"
    if any(result.stops for result in outcomes):
        return "inconclusive"
    if not outcomes or any(result.outcome == "not_run" for result in outcomes):
        return "partial"
    return "passed"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The gate's answer, with all that it rests on.

    Attributes:
        word: passed, failed, inconclusive or partial.
        results: one a check, in the order of the checks.
        run: the tested run as verdict.json shows it; None where it could not be had.
        error: kind and message of what kept the gate from its work.
        config, config_sha256: the config file that was used.
        seconds: how long the gate took.
        champion: the model that was compared with, as verdict.json shows it; None if there was none.
        promoted: whether the tested run became the champion.
        promotion: how far a promotion got; None if there was none to be made.
        missing: what the floor lacks, a sentence each; empty if the floor is reached.
        nonce: a random number of this gate run, in hexadecimal.
        started_at, finished_at: when the gate run started, and when its verdict was reached; aware.
        arguments: the command line.
    """

    word: Word
    results: Sequence[Result]
    run: Mapping[str, object] | None
    error: Mapping[str, str] | None = None
    config: str | None = None
    config_sha256: str | None = None
    seconds: float = 0.0
    champion: Mapping[str, object] | None = None
    promoted: bool = field(default=False)
    promotion: Promotion | None = None
    missing: Sequence[str] = ()
    nonce: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    arguments: Sequence[str] = ()

    @property
    def is_below_floor(self) -> bool:
        """Whether every check ran, and the floor alone keeps the verdict from `passed`."""
        ran = all(result.outcome != "not_run" for result in self.results)
        return self.word == "partial" and bool(self.missing) and ran

    def as_json(self) -> dict[str, object]:
        """The verdict as docs/verdict.md describes it, schema 1."""
        return {
            "schema": SCHEMA,
            "verdict": self.word,
            "error": self.error,
            "run": self.run,
            "champion": self.champion,
            "promoted": self.promoted,
            "promotion": self.promotion,
            "missing": list(self.missing),
            "checks": [result_as_json(result) for result in self.results],
            "config": self.config,
            "config_sha256": self.config_sha256,
            "versions": _versions(),
            "seconds": round(self.seconds, 3),
            "nonce": self.nonce,
            "started_at": self.started_at.isoformat() if self.started_at else None,
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "arguments": list(self.arguments),
        }

    def write(self, path: Path) -> None:
        """Write verdict.json whole or not at all.

        Raises:
            OSError: if it cannot be written.
        """
        write_atomically(path, json.dumps(self.as_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n")

    def write_tracks(self, verdict: Path) -> None:
        """Write the offending tracks of each check that has more of them than verdict.json shows, if any has.

        Args:
            verdict: path of the verdict, beside which the list goes.

        Raises:
            OSError: if the file cannot be written.
        """
        long = [result for result in self.results if len(result.tracks) > MOST_TRACKS]
        if long:
            rows = ((each.id, rank, track) for each in long for rank, track in enumerate(each.tracks, 1))
            write_list(verdict, "tracks", rows)


def result_as_json(result: Result) -> dict[str, object]:
    """One check as verdict.json has it."""
    return {
        "id": result.id,
        "outcome": result.outcome,
        "severity": result.severity,
        "value": _finite(result.value),
        "ci": [_finite(end) for end in result.interval] if result.interval else None,
        "bound": result.bound.as_json() if result.bound else None,
        "n": result.n,
        "seconds": round(result.seconds, 3),
        "message": result.message,
        "tracks": list(result.tracks[:MOST_TRACKS]),
    }


def _finite(value: float | None) -> float | None:
    """JSON has no NaN and no infinity."""
    return value if value is not None and math.isfinite(value) else None


def _versions() -> dict[str, str]:
    found = {}
    for name in _SPOKEN_OF:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
