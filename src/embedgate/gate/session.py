"""The state of one gate run: settings, model, results."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from embedgate.checks.item_catalogue import join_catalogue
from embedgate.checks.registry import check_ids, check_of
from embedgate.diagnosis.diagnose import diagnose
from embedgate.engine import NOTHING_TO_COMPARE, Engine, evidence_of, is_off, unfinished
from embedgate.gate.map_process import MapProcess
from embedgate.gate.promotion import champion_to_replace
from embedgate.judgement.floor import missing_from_floor
from embedgate.judgement.history import past_champions
from embedgate.judgement.result import WORST_FIRST, CheckResult
from embedgate.judgement.verdict import VerdictRecord, champion_as_json, conclude
from embedgate.slices import Slice
from embedgate.sources.records import Promotion
from embedgate.sources.resolve import NO_CHAMPION, resolve, resolve_champion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from embedgate.config.settings import Settings
    from embedgate.gate.options import GateOptions
    from embedgate.judgement.diagnosis_record import Diagnosis
    from embedgate.judgement.recorder import Recorded
    from embedgate.material.metadata import TrackMetadata
    from embedgate.material.model import ModelUnderTest
    from embedgate.material.space import EmbeddingSpace
    from embedgate.measures.comparison import Comparison
    from embedgate.measures.evidence import Evidence
    from embedgate.sources.records import LoadedModel, RunRecord

SWITCHED_OFF = "switched off by --gate-champion=none"


class GateSession:
    """The state of one gate run, kept under `GATE` in pytest's stash.

    Args:
        options: complete and valid.
        arguments: the command line, for the verdict.
        narrowed: whether the command line selects a part of the suite.

    Attributes:
        options: as given, with the runs that a controller resolved.
        loaded: the model under test; None before `load`, or if it is unavailable.
        champion: record and space of the champion; None if there is none.
        error: kind and message of the error that kept the gate from completing; None if there was none.
        controller_results: in a distributed run, the controller's results by check id; None otherwise.
        results: results by check id, as test reports arrive.
        collected: ids of all checks that pytest collected.
        deselected: ids of checks that the user's selection deselected.
        notes: sentences for terminal and report, such as a figure that could not be drawn.
        verdict: the verdict, once the run has ended.
        recorded: this run's record and the earlier ones, once it has ended.
        usage_error: an error in the config that was found at the end of the run.
        map_process: the process that computes the map; None if no check needs it, and before it was started.
    """

    def __init__(self, options: GateOptions, arguments: tuple[str, ...] = (), *, narrowed: bool = False) -> None:
        self.options = options
        self._arguments = arguments
        self._narrowed = narrowed
        self._started = time.perf_counter()
        self._started_at = datetime.now(UTC)
        self._nonce = secrets.token_hex(16)
        self.loaded: LoadedModel | None = None
        self.champion: tuple[RunRecord, EmbeddingSpace] | None = None
        self.error: dict[str, str] | None = None
        self.controller_results: Mapping[str, CheckResult] | None = None
        self.results: dict[str, CheckResult] = {}
        self.collected: set[str] = set()
        self.deselected: set[str] = set()
        self.notes: list[str] = []
        self.verdict: VerdictRecord | None = None
        self.recorded: Recorded | None = None
        self.usage_error = ""
        self.map_process: MapProcess | None = None
        self._replaced: RunRecord | None = None
        self._has_no_champion = False  # set in workers, if the controller found none

    @property
    def settings(self) -> Settings:
        """quality_checks.toml."""
        return self.options.config.settings

    # -- the model --

    def pin(self, pathspec: str) -> None:
        """Test the run that the controller of a distributed run resolved."""
        request = replace(self.options.request, run=pathspec, tag=None)
        self.options = replace(self.options, request=request)

    def pin_champion(self, pathspec: str) -> None:
        """Compare with the run that the controller of a distributed run resolved, or with none ("")."""
        if pathspec:
            self.options = replace(self.options, champion=pathspec)
        self._has_no_champion = not pathspec

    def pin_labels(self, labels: Sequence[str]) -> None:
        """Judge the labels of the catalogue that the controller of a distributed run judges."""
        self._configure(self.settings.labelled(labels))

    def pin_slices(self, slices: Sequence[Sequence[str]]) -> None:
        """Judge the slices of the catalogue that the controller of a distributed run judges."""
        self._configure(self.settings.sliced(map(Slice._make, slices)))

    def _configure(self, settings: Settings) -> None:
        self.options = replace(self.options, config=replace(self.options.config, settings=settings))

    @property
    def compares(self) -> bool:
        """Whether the model is compared with a champion: not with `--gate-champion=none`, nor files without one."""
        options = self.options
        if options.champion is None and options.request.vectors_file is not None:
            return self.champion is not None
        return options.champion != NO_CHAMPION

    @property
    def no_champion(self) -> str:
        """Why nothing is compared with a champion: the user switched it off, or there is none."""
        return SWITCHED_OFF if self.options.champion == NO_CHAMPION else NOTHING_TO_COMPARE

    def is_off(self, check_id: str) -> bool:
        """Return whether a check is switched off."""
        return is_off(check_id, self.settings, compares=self.compares)

    def load(self) -> None:
        """Load the model under test and the champion.

        Raises:
            UsageError: if the options contradict each other.
            UnavailableError: if a model is unavailable.
        """
        request, reference = self.options.request, self.options.champion
        loaded = resolve(request)
        self.loaded, config = join_catalogue(loaded, self.options.config, folder=self.options.folder)
        self.options = replace(self.options, config=config)
        if not self._has_no_champion:
            self.champion = resolve_champion(reference, request)
        if self.options.promote:
            compared = self.champion[0] if self.champion else None
            self._replaced = champion_to_replace(reference, request, compared)

    def fail(self, kind: str, message: str) -> None:
        """Record an error that keeps the gate from completing, unless one is already recorded."""
        if self.error is None:
            self.error = {"kind": kind, "message": message}

    @property
    def material(self) -> LoadedModel:
        """The model under test; a worker of a distributed run loads it when a custom check first needs it.

        Raises:
            RuntimeError: if it is unavailable.
        """
        if self.loaded is None and self.controller_results is not None:
            self.load()
        if self.loaded is None:
            raise RuntimeError("the model was not loaded")
        return self.loaded

    @property
    def catalogue(self) -> TrackMetadata | None:
        """What the item catalogue says about the tracks; None without a catalogue, or before the model is loaded."""
        return self.loaded.metadata if self.loaded is not None else None

    @cached_property
    def evidence(self) -> Evidence:
        """The shared measurements, each computed when it is first used."""
        loaded = self.material
        champion = self.champion[1] if self.champion else None
        return evidence_of(
            loaded.space,
            loaded.playlists,
            self.settings,
            champion,
            lambda: self.past_champions,
            metadata=loaded.metadata,
        )

    @property
    def model(self) -> ModelUnderTest:
        """The model under test."""
        return self.evidence.model

    @property
    def comparison(self) -> Comparison | None:
        """The comparison with the champion; None if there is no champion."""
        return self.evidence.comparison

    @cached_property
    def past_champions(self) -> Sequence[tuple[str, Mapping[str, float]]]:
        """Name and values, by check id, of each past champion in the history, oldest first."""
        return past_champions(self.options.history, self.loaded.record.pathspec) if self.loaded else ()

    # -- results --

    @cached_property
    def engine(self) -> Engine:
        """The engine of this run."""
        return Engine(self.evidence, self.settings, compares=self.compares)

    def result_of(self, check_id: str) -> CheckResult:
        """Return the result of a shipped check: the controller's in a worker, else the engine's.

        Raises:
            KeyError: if there is no such check.
        """
        return self.engine.result(check_id) if self.controller_results is None else self.controller_results[check_id]

    def evaluate(self) -> dict[str, CheckResult]:
        """Evaluate every shipped check that is not off, for the workers of a distributed run."""
        wanted = [each for each in check_ids(self.settings) if not self.is_off(each)]
        self.begin_map(wanted)
        return {result.id: result for result in self.engine.evaluate(wanted)}

    def add_result(self, result: CheckResult) -> None:
        """Add a result; of two results with the same id, keep the worse."""
        before = self.results.get(result.id)
        if before is None or WORST_FIRST.index(result.outcome) < WORST_FIRST.index(before.outcome):
            self.results[result.id] = result

    # -- the map --

    def start_map_process(self) -> None:
        """Start the process that computes the map, if a check needs it; it can import while the model is loaded."""
        if any(check_of(each).needs_map and not self.is_off(each) for each in check_ids(self.settings)):
            self.map_process = MapProcess()

    def begin_map(self, wanted: Iterable[str]) -> None:
        """Compute the map in its process, if a check needs it, and leave one core to the process."""
        if self.map_process is None or not any(check_of(each).needs_map for each in wanted):
            return
        # matrix products on all cores would wait for the core that the process occupies
        one_core = threadpool_limits(1, user_api="blas")
        future = self.model.begin_map(self.map_process.lay_out)
        future.add_done_callback(lambda _: one_core.restore_original_limits())

    def stop_map_process(self) -> None:
        """Stop the process that computes the map."""
        if self.map_process is not None:
            self.map_process.stop()

    # -- the verdict --

    @property
    def promotion(self) -> Promotion | None:
        """The model under test as one that may become champion; None if it is unavailable."""
        if self.loaded is None:
            return None
        return Promotion(model=self.loaded.record, replaces=self._replaced, history=self.options.history)

    def conclude(self) -> VerdictRecord:
        """Conclude the run; a check that should have run but did not is `not_run`."""
        expected = list(check_ids(self.settings))
        custom = sorted(self.collected.union(self.results, self.deselected).difference(expected))
        results = tuple(
            self.results.get(each) or unfinished(each, "not_run", "did not run") for each in expected + custom
        )
        outcome, missing = conclude(results, has_champion=self.champion is not None, has_error=self.error is not None)
        config = self.options.config
        self.verdict = VerdictRecord(
            diagnoses=self._diagnoses(results),
            outcome=outcome,
            checks=results,
            run=self.loaded.record.as_json() if self.loaded else None,
            error=self.error,
            champion=self.champion_as_json(),
            config=config.shown,
            config_sha256=config.sha256,
            seconds=time.perf_counter() - self._started,
            missing=missing,
            nonce=self._nonce,
            started_at=self._started_at,
            finished_at=datetime.now(UTC),
            arguments=self._arguments,
            sampled=self.evidence.sampled if self.loaded else None,
        )
        return self.verdict

    def _diagnoses(self, results: Sequence[CheckResult]) -> tuple[Diagnosis, ...]:
        """Return the causes of results that did not pass; none of a run that did not complete."""
        if self.loaded is None or self.error is not None:
            return ()
        found = diagnose(self.evidence, results)
        self.notes.extend(found.failures)
        return found.found

    def champion_as_json(self) -> dict[str, object] | None:
        """Return the champion as in verdict.json; None if there is none."""
        if self.champion is None:
            return None
        return champion_as_json(*self.champion, self.loaded.record if self.loaded else None)

    def exit_status(self) -> int:
        """Return 0 for passed, and for partial if only the user's selection narrowed the run; else 1."""
        verdict = self.verdict
        if verdict is None or verdict.outcome in ("failed", "inconclusive"):
            return 1
        if verdict.outcome == "passed":
            return 0
        not_run = {result.id for result in verdict.checks if result.outcome == "not_run"}
        deselected = self.deselected | (not_run - self.collected if self._narrowed else set())
        ran = len(not_run) < len(verdict.checks)
        as_if_run = [replace(each, outcome="passed") if each.id in deselected else each for each in verdict.checks]
        explained = not_run <= deselected and not missing_from_floor(
            as_if_run, has_champion=self.champion is not None
        )
        return 0 if ran and not_run and explained and not self.options.promote else 1
