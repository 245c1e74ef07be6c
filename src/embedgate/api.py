"""The Python API: evaluate a model, and show, save or enforce the verdict."""

from __future__ import annotations

import difflib
import json
import os
import warnings
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from embedgate.atomic_write import write_atomically
from embedgate.checks.config_errors import reject_config_errors
from embedgate.checks.item_catalogue import join_catalogue
from embedgate.config.file import Config, load_config, settings_of
from embedgate.config.settings import Settings
from embedgate.diagnosis.diagnose import diagnose
from embedgate.engine import Engine, evidence_of
from embedgate.errors import UsageError
from embedgate.fault_drill import run_drill
from embedgate.judgement.history import past_champions
from embedgate.judgement.verdict import VerdictRecord, champion_as_json, conclude
from embedgate.output_files import REPORT, VERDICT, Output, check_outputs
from embedgate.paths import typed_path
from embedgate.sources.columns import PlaylistColumns
from embedgate.sources.memory import playlists_from, vectors_from
from embedgate.sources.records import LoadedModel, RunRecord

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping
    from os import PathLike
    from pathlib import Path

    import pandas as pd
    from metaflow.cards import Markdown

    from embedgate.judgement.diagnosis_record import Diagnosis
    from embedgate.judgement.drill_record import DrillRecord
    from embedgate.judgement.result import CheckResult
    from embedgate.judgement.verdict import VerdictOutcome
    from embedgate.material.space import EmbeddingSpace
    from embedgate.measures.evidence import Evidence

_IN_MEMORY = RunRecord(source="memory", pathspec="in memory")


def evaluate(
    vectors: object,
    playlists: object = None,
    *,
    config: str | PathLike[str] | Mapping[str, object] | None = None,
    champion: object = None,
    catalogue: object = None,
) -> Verdict:
    """Evaluate a model with the checks that `pytest quality_checks` runs.

    Nothing is written and nothing is promoted.

    Args:
        vectors: a gensim `KeyedVectors` or a model with `.wv`, a pandas frame indexed by key, a mapping from key to
            vector, a pair of n keys and an array of shape (n, d), or the return value of `load_run` or `load_files`.
        playlists: a pandas frame with `playlist_id` and `track_sequence` (optionally `artist_sequence`,
            `track_test_x`, `track_test_y`), or with the columns of `[model.columns]`; a list of lists of keys; None
            if `vectors` was loaded with playlists.
        config: path of a quality_checks.toml, or its content as a mapping; None for the defaults.
        champion: vectors to compare with, in any form that `vectors` may have; None if there is no champion.
        catalogue: a pandas frame with a row per track, or the path of a file, with the columns that `[catalogue]` of
            the config names; None to read `[catalogue] source`.

    Raises:
        UsageError: if playlists are missing, or the config is wrong.
        UnavailableError: if vectors or playlists do not have the expected type or shape.
    """
    started_at = datetime.now(UTC)
    found = _config(config)
    settings = found.settings
    if catalogue is not None and settings.catalogue is None:
        raise UsageError(
            "the config has no [catalogue], which names the columns of the catalogue: set at least `key`"
        )
    tested = _model(vectors, playlists, PlaylistColumns(settings.model.columns.given))
    tested, found = join_catalogue(tested, found, catalogue)
    settings = found.settings
    compared = _champion(champion)
    run = tested.record.pathspec
    history = typed_path(settings.history.folder, "[history] folder")
    evidence = evidence_of(
        tested.space,
        tested.playlists,
        settings,
        compared[1] if compared else None,
        lambda: past_champions(history, run) if tested.record.is_run else (),
        metadata=tested.metadata,
    )
    return verdict_on(evidence, tested.record, compared, found, compares=compared is not None, started_at=started_at)


def verdict_on(
    evidence: Evidence,
    tested: RunRecord,
    champion: tuple[RunRecord, EmbeddingSpace] | None,
    config: Config,
    *,
    compares: bool,
    started_at: datetime,
) -> Verdict:
    """Evaluate all checks on the evidence of a model, and conclude.

    Args:
        evidence: of the model and its champion, read as the config says.
        tested: where the model came from.
        champion: record and space of the champion; None if there is none.
        config: quality_checks.toml.
        compares: whether the model is compared with a champion; if not, the champion checks are off.
        started_at: when the gate run started.
    """
    results = tuple(Engine(evidence, config.settings, compares=compares).evaluate())
    causes = diagnose(evidence, results)
    for failure in causes.failures:
        warnings.warn(failure, RuntimeWarning, stacklevel=3)
    outcome, missing = conclude(results, has_champion=champion is not None)
    finished_at = datetime.now(UTC)
    record = VerdictRecord(
        outcome=outcome,
        checks=results,
        run=tested.as_json(),
        champion=None if champion is None else champion_as_json(*champion, tested),
        missing=missing,
        diagnoses=causes.found,
        config=config.shown,
        config_sha256=config.sha256,
        seconds=max(0.0, (finished_at - started_at).total_seconds()),
        nonce=token_hex(16),
        started_at=started_at,
        finished_at=finished_at,
        sampled=evidence.sampled,
    )
    return Verdict(record, evidence)


def drill(
    vectors: object,
    playlists: object = None,
    *,
    config: str | PathLike[str] | Mapping[str, object] | None = None,
    champion: object = None,
    catalogue: object = None,
) -> Verdict:
    """Evaluate a model, then inject faults into it and report which of them would fail the gate.

    The arguments and the outcome are those of `evaluate`; `drill` of the verdict has the result of the drill.

    Raises:
        UsageError: if playlists are missing, or the config is wrong.
        UnavailableError: if vectors or playlists do not have the expected type or shape.
    """
    verdict = evaluate(vectors, playlists, config=config, champion=champion, catalogue=catalogue)
    settings, model = _config(config).settings, verdict._evidence.model  # noqa: SLF001 - same module
    if settings.has_labels:
        settings = settings.labelled(model.genres)
    if settings.awaits_slices:
        settings = settings.sliced(each for each in model.slices if each.kind not in ("popularity", "genre"))
    found = run_drill(verdict._evidence, settings, verdict.checks)  # noqa: SLF001 - same module
    return replace(verdict, record=replace(verdict.record, drill=found))


@dataclass(frozen=True, eq=False)
class Verdict:
    """The verdict on a model. Notebooks show it as HTML.

    Attributes:
        record: the content of verdict.json.
    """

    record: VerdictRecord
    _evidence: Evidence = field(repr=False)

    @property
    def outcome(self) -> VerdictOutcome:
        """The outcome: passed, failed, inconclusive or partial."""
        return self.record.outcome

    @property
    def passed(self) -> bool:
        """Whether the outcome is `passed`: the model may be promoted."""
        return self.outcome == "passed"

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """The result of each check."""
        return self.record.checks

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        """The results that fail the gate."""
        return tuple(check for check in self.checks if check.fails_gate)

    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """Causes of the results that failed, warned or are inconclusive, the most important first."""
        return self.record.diagnoses

    @property
    def drill(self) -> DrillRecord | None:
        """Which faults would fail the gate; None unless the verdict is that of `embedgate.drill`."""
        return self.record.drill

    def __getitem__(self, check_id: str) -> CheckResult:
        """Return the result of a check.

        Raises:
            KeyError: if there is no such check; names the nearest id.
        """
        by_id = {check.id: check for check in self.checks}
        if check_id not in by_id:
            near = difflib.get_close_matches(check_id, by_id, n=1)
            raise KeyError(f"no check {check_id!r}{f'; did you mean {near[0]!r}?' if near else ''}")
        return by_id[check_id]

    def __repr__(self) -> str:
        """Return outcome and failures in one line."""
        failed = f", failed: {', '.join(check.id for check in self.failures)}" if self.failures else ""
        return f"<Verdict {self.outcome}: {len(self.checks)} checks{failed}>"

    def _repr_html_(self) -> str:
        from embedgate.report.html import notebook  # noqa: PLC0415 - only a notebook needs it

        return notebook(self.record)

    def raise_for_failure(self) -> None:
        """Raise unless the verdict is `passed`.

        Raises:
            GateFailed: names the outcome, the causes, the failed checks with their messages, and what was not judged.
        """
        self.record.raise_for_failure()

    def to_frame(self) -> pd.DataFrame:
        """Return one row per check, indexed by id.

        The columns are outcome, severity, value, ci_low, ci_high, bound, bound_from, n and message.
        """
        import pandas as pd  # noqa: PLC0415 - heavy

        rows = [
            {
                "id": check.id,
                "outcome": check.outcome,
                "severity": check.severity,
                "value": check.value,
                "ci_low": check.interval[0] if check.interval else None,
                "ci_high": check.interval[1] if check.interval else None,
                "bound": check.bound.limit if check.bound else None,
                "bound_from": check.bound.source if check.bound else None,
                "n": check.n,
                "message": check.message,
            }
            for check in self.checks
        ]
        return pd.DataFrame(rows).set_index("id").astype({"value": float, "ci_low": float, "ci_high": float})

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """Return the content of verdict.json; with a path, also write it to a file.

        Raises:
            UsageError: if the path is a file that embedgate did not write.
            OSError: if the file cannot be written.
        """
        if path is not None:
            self.record.write(_claim(path, "to_json", VERDICT))
        return json.dumps(self.record.as_json(), ensure_ascii=False, indent=1, allow_nan=False)

    def to_html(self, path: str | PathLike[str] | None = None) -> str:
        """Return the report as a self-contained HTML page; with a path, also write it to a file.

        Raises:
            UsageError: if the path is a file that embedgate did not write.
            OSError: if the file cannot be written.
        """
        from embedgate.report.html import render  # noqa: PLC0415 - imports matplotlib
        from embedgate.report.page import standalone  # noqa: PLC0415 - likewise

        page = standalone(render(self.record, self._evidence).html)
        if path is not None:
            write_atomically(_claim(path, "to_html", REPORT), page)
        return page

    def to_card(self) -> Markdown:
        """Return the report as a component of a Metaflow card: `current.card.append(verdict.to_card())`."""
        from metaflow.cards import Markdown  # noqa: PLC0415 - only a Metaflow step needs it

        from embedgate.report.page import framed  # noqa: PLC0415 - imports matplotlib

        return Markdown(framed(self.to_html()))


def _config(given: str | PathLike[str] | Mapping[str, Any] | None) -> Config:
    if given is None:
        return Config(Settings())
    if isinstance(given, str | os.PathLike):
        return reject_config_errors(load_config(typed_path(os.fspath(given), "config"), os.fspath(given)))
    return reject_config_errors(Config(settings_of(given, "config"), shown="config"))


def _model(vectors: object, playlists: object, columns: PlaylistColumns) -> LoadedModel:
    loaded = vectors if isinstance(vectors, LoadedModel) else None
    if playlists is None:
        if loaded is None:
            raise UsageError("evaluate() needs playlists: pass a frame, or lists of keys")
        if columns.given.items() - loaded.columns.given.items():
            raise UsageError(
                f"the model was loaded without the columns of the config: pass columns={dict(columns.given)!r} to "
                "load_run() or load_files()"
            )
        return loaded
    record = loaded.record if loaded else _IN_MEMORY
    played = playlists_from(playlists, names=columns)
    return LoadedModel(record, loaded.space if loaded else vectors_from(vectors), played, columns)


def _champion(given: object) -> tuple[RunRecord, EmbeddingSpace] | None:
    if given is None:
        return None
    if isinstance(given, LoadedModel):
        return given.record, given.space
    return _IN_MEMORY, vectors_from(given)


def _claim(path: str | PathLike[str], source: str, ours: re.Pattern[bytes]) -> Path:
    """Return the path if a file may be written there."""
    claimed = typed_path(os.fspath(path), source)
    check_outputs([Output(source, claimed, ours)], [])
    return claimed
