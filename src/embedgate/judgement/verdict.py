"""The content of verdict.json: the outcome of a gate run, and everything that it is based on."""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003 - pydantic resolves the types of fields
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StrictBool, StrictFloat, TypeAdapter

from embedgate.atomic_write import write_atomically
from embedgate.errors import GateFailed
from embedgate.judgement.csv_lists import write_list
from embedgate.judgement.diagnosis_record import Diagnosis  # noqa: TC001 - pydantic resolves the types of fields
from embedgate.judgement.drill_record import DrillRecord  # noqa: TC001 - pydantic resolves the types of fields
from embedgate.judgement.floor import missing_from_floor
from embedgate.judgement.result import MAX_TRACKS, CheckResult, ParsedResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from embedgate.material.space import EmbeddingSpace
    from embedgate.sources.records import RunRecord

VerdictOutcome = Literal["passed", "failed", "inconclusive", "partial"]
SCHEMA = 1
_VERSIONS_OF = (
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


def outcome_of(results: Iterable[CheckResult]) -> VerdictOutcome:
    """Return the verdict on results, regardless of the floor; `partial` without any result."""
    found = list(results)
    if any(result.outcome in ("failed", "error") for result in found):
        return "failed"
    if any(result.fails_gate for result in found):
        return "inconclusive"
    if not found or any(result.outcome == "not_run" for result in found):
        return "partial"
    return "passed"


def conclude(
    results: Sequence[CheckResult], *, has_champion: bool, has_error: bool = False
) -> tuple[VerdictOutcome, tuple[str, ...]]:
    """Return the verdict on all results of a gate run, and a sentence for each part of the floor that is missing.

    Args:
        results: one per check, including those that did not run.
        has_champion: whether the model was compared with a champion.
        has_error: whether something other than a check failed.
    """
    missing = tuple(missing_from_floor(results, has_champion=has_champion))
    outcome = outcome_of(results)
    if has_error:
        return "failed", missing
    return ("partial" if missing and outcome == "passed" else outcome), missing


@dataclass(frozen=True, kw_only=True)
class VerdictRecord:
    """The content of verdict.json.

    Attributes:
        outcome: passed, failed, inconclusive or partial; in verdict.json `verdict`.
        checks: one result per check, in the order of the checks.
        run: the tested run; None if it is unavailable.
        error: kind and message of the error that kept the gate from completing; None if there was none.
        champion: the model that was compared with; None if there was none.
        promoted: whether the tested run became the champion.
        promotion: the state of the promotion; None if the run was not to be promoted.
        missing: a sentence for each part of the floor that was not judged.
        config, config_sha256: the config file that was used.
        seconds: duration of the gate run.
        nonce: a random number of this gate run, in hexadecimal.
        started_at, finished_at: when the gate run started, and when its verdict was reached; with a time zone.
        arguments: the command line.
        diagnoses: causes of results that did not pass, the one that explains the most failures first.
        drill: which faults the gate would catch; None if no drill was requested.
        sampled: numbers of sampled `queries` and of all `tracks`, and the `seed`; None if all tracks are queries.
    """

    outcome: Annotated[VerdictOutcome, Field(alias="verdict")]
    checks: tuple[ParsedResult, ...] = ()
    run: Mapping[str, Any] | None = None
    error: Mapping[str, str] | None = None
    champion: Mapping[str, Any] | None = None
    promoted: StrictBool = False
    promotion: Literal["pending", "done", "failed"] | None = None
    missing: tuple[str, ...] = ()
    config: str | None = None
    config_sha256: str | None = None
    seconds: StrictFloat = 0.0
    nonce: str | None = None
    started_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    arguments: tuple[str, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    drill: DrillRecord | None = None
    sampled: Mapping[str, int] | None = None

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="ignore", populate_by_name=True)

    @property
    def pathspec(self) -> str:
        """The tested run, `Flow/123`, or the vectors file; "" if there is none."""
        return _pathspec(self.run)

    @property
    def champion_pathspec(self) -> str:
        """The champion's run or vectors file; "" if there is none."""
        return _pathspec(self.champion)

    @property
    def flow(self) -> str | None:
        """The flow of the tested run, or the registered model of a version; None for files and without a run."""
        is_run = self.run is not None and self.run.get("source") not in ("files", "memory")
        return self.pathspec.rpartition("/")[0] if is_run else None

    @property
    def values(self) -> dict[str, float]:
        """The value of each check that has one, by check id."""
        return {check.id: check.value for check in self.checks if check.value is not None}

    @property
    def is_below_floor(self) -> bool:
        """Whether every check ran, and only the floor keeps the verdict from `passed`."""
        ran = all(check.outcome != "not_run" for check in self.checks)
        return self.outcome == "partial" and bool(self.missing) and ran

    def identity(self) -> dict[str, object]:
        """Return what identifies the verdict in the record of a champion; the history has the whole verdict."""
        return {
            "verdict": self.outcome,
            "nonce": self.nonce,
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "config": self.config,
            "config_sha256": self.config_sha256,
        }

    @property
    def explained(self) -> frozenset[str]:
        """Ids of the checks that a diagnosis explains."""
        return frozenset(check_id for diagnosis in self.diagnoses for check_id in diagnosis.explains)

    def raise_for_failure(self) -> None:
        """Raise unless the verdict is `passed`.

        Raises:
            GateFailed: names the outcome, the error, the causes, the failed checks with their messages, and what was
                not judged.
        """
        if self.outcome == "passed":
            return
        reasons = [f"{self.error['kind']}: {self.error['message']}"] if self.error else []
        reasons += [f"{each.sentence} {each.action}" for each in self.diagnoses]
        reasons += [f"{check.id} {check.outcome}: {check.message}" for check in self.checks if check.fails_gate]
        raise GateFailed("\n".join([f"the verdict is {self.outcome}", *(reasons or self.missing)]))

    def as_json(self, most_tracks: int = MAX_TRACKS) -> dict[str, Any]:
        """Return the verdict as docs/verdict.md describes it, schema 1.

        Args:
            most_tracks: how many offending tracks of a check are kept.
        """
        return {
            "schema": SCHEMA,
            "verdict": self.outcome,
            "error": self.error,
            "run": self.run,
            "champion": self.champion,
            "promoted": self.promoted,
            "promotion": self.promotion,
            "missing": list(self.missing),
            "diagnoses": [diagnosis.as_json() for diagnosis in self.diagnoses],
            "checks": [check.as_json(most_tracks) for check in self.checks],
            "config": self.config,
            "config_sha256": self.config_sha256,
            "versions": _versions(),
            "seconds": round(self.seconds, 3),
            "nonce": self.nonce,
            "started_at": self.started_at.isoformat() if self.started_at else None,
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "arguments": list(self.arguments),
            **({"drill": self.drill.as_json()} if self.drill is not None else {}),
            **({"sampled": dict(self.sampled)} if self.sampled is not None else {}),
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> VerdictRecord:
        """Read what `as_json` wrote. Unknown keys are ignored.

        Raises:
            pydantic.ValidationError: if a key is missing or has the wrong type.
        """
        return _SCHEMA.validate_python(plain)

    def write(self, path: Path) -> None:
        """Write verdict.json, the whole file or nothing.

        Raises:
            OSError: if it cannot be written.
        """
        write_atomically(path, json.dumps(self.as_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n")

    def write_tracks(self, verdict: Path) -> None:
        """Write all offending tracks into a CSV file, if a check has more of them than verdict.json lists.

        Args:
            verdict: path of verdict.json; the CSV file goes beside it.

        Raises:
            OSError: if the file cannot be written.
        """
        long = [check for check in self.checks if len(check.tracks) > MAX_TRACKS]
        if long:
            rows = ((each.id, rank, track) for each in long for rank, track in enumerate(each.tracks, 1))
            write_list(verdict, "tracks", rows)


_SCHEMA = TypeAdapter(VerdictRecord)


def champion_as_json(champion: RunRecord, space: EmbeddingSpace, tested: RunRecord | None) -> dict[str, object]:
    """Return a champion as in verdict.json.

    Args:
        champion: the record of the champion.
        space: its vectors.
        tested: the record of the model under test; None if it is unavailable.
    """
    size = {"tracks": len(space), "dimensions": space.dimensions}
    record = {**champion.as_json(), "vectors": size}
    itself = tested is not None and champion.source != "memory" and tested.pathspec == champion.pathspec
    return {**record, "is_the_tested_run": True} if itself else record


def _pathspec(run: Mapping[str, Any] | None) -> str:
    return str(run.get("pathspec") or "") if run else ""


def _versions() -> dict[str, str]:
    found = {}
    for name in _VERSIONS_OF:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
