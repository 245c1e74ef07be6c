"""The state of one gate run: settings, model, evidence, and the results so far."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from embedgate.engine import Engine
from embedgate.errors import UsageError
from embedgate.gate.judging import broken
from embedgate.gate.map_process import MapProcess
from embedgate.judgement.check_measures import CheckInput
from embedgate.judgement.checks import check_of, expected_ids
from embedgate.judgement.floor import missing_from_floor
from embedgate.judgement.history import champions_of, read
from embedgate.judgement.outcomes import WORST_FIRST, Result
from embedgate.judgement.verdict import Verdict, verdict_of
from embedgate.material.model import ModelUnderTest
from embedgate.material.pair import ModelPair
from embedgate.measures.comparison import Comparison
from embedgate.measures.evidence import Evidence
from embedgate.sources.reference import NO_CHAMPION
from embedgate.sources.resolve import LoadedModel, RunRecord, resolve, resolve_champion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from embedgate.gate.keeping import Kept
    from embedgate.gate.options import GateOptions
    from embedgate.material.space import EmbeddingSpace

_NEED_MAP = ("map.", "separation.map")


class GateSession:
    """The state of one gate run, kept under `GATE` in pytest's stash.

    Args:
        options: the options, complete.
        arguments: the command line, for the verdict.
        narrowed: whether the command line selects a part of the suite.

    Attributes:
        options: the options, complete.
        loaded: the run's artifacts; None before `load`, or if they are unavailable.
        champion: record and space of the model to compare with; None if there is none.
        error: kind and message of what kept the gate from its work; None if nothing did.
        given: results that the controller of a distributed run has evaluated, by check id; None elsewhere.
        results: results by check id, as reports come in.
        collected: ids of all checks that pytest collected.
        deselected: ids of checks that the user's selection took out.
        notes: what the terminal should mention (a figure that could not be drawn).
        verdict: the answer, once the run has ended.
        kept: what the history contained before, and this run's record, once it has ended.
        usage_error: what was found wrong with the config at the end.
        map_process: the process that lays the map out; None before it was started.
    """

    def __init__(self, options: GateOptions, arguments: tuple[str, ...] = (), *, narrowed: bool = False) -> None:
        self.options = options
        self._arguments = arguments
        self._narrowed = narrowed
        self.started = time.perf_counter()
        self.started_at = datetime.now(UTC)
        self.nonce = secrets.token_hex(16)
        self.loaded: LoadedModel | None = None
        self.champion: tuple[RunRecord, EmbeddingSpace] | None = None
        self.error: dict[str, str] | None = None
        self.given: Mapping[str, Result] | None = None
        self.results: dict[str, Result] = {}
        self.collected: set[str] = set()
        self.deselected: set[str] = set()
        self.notes: list[str] = []
        self.verdict: Verdict | None = None
        self.kept: Kept | None = None
        self.usage_error = ""
        self._no_champion = False  # the controller of a distributed run found none
        self.map_process: MapProcess | None = None

    # -- the model --

    def pin(self, pathspec: str) -> None:
        """Test exactly this run: the one that the controller of a distributed run resolved."""
        request = replace(self.options.request, run=pathspec, tag=None)
        self.options = replace(self.options, request=request)

    def pin_champion(self, pathspec: str) -> None:
        """Compare with exactly this run, or with none (""): what the controller of a distributed run found."""
        if pathspec:
            self.options = replace(self.options, champion=pathspec)
        self._no_champion = not pathspec

    def is_off(self, check_id: str) -> bool:
        """Whether the user switched a check off, by id or by comparing with nothing."""
        by_id = self.options.config.settings.of_check(check_id).severity == "off"
        return by_id or (check_of(check_id).family == "champion" and not self.compares)

    @property
    def compares(self) -> bool:
        """Whether the model is to be compared: `none` switches it off, and files have no champion by default."""
        options = self.options
        return options.champion != NO_CHAMPION and not (
            options.champion is None and options.request.vectors_file is not None
        )

    def load(self) -> None:
        """Load the models once.

        Raises:
            UsageError: if the request contradicts itself.
            UnavailableError: if a model is unavailable.
        """
        request, reference = self.options.request, self.options.champion
        self.loaded = resolve(request)
        if not self._no_champion:
            self.champion = resolve_champion(reference, request)
        if self.options.promote and reference == NO_CHAMPION:
            current = resolve_champion(None, request)
            if current is not None:
                raise UsageError(
                    f"--gate-champion=none with --gate-promote would replace the champion {current[0].pathspec} "
                    "without a comparison: leave --gate-champion out, or use `embedgate promote --reason`"
                )

    def fail(self, kind: str, message: str) -> None:
        """Note what keeps the gate from its work; the first cause stays."""
        if self.error is None:
            self.error = {"kind": kind, "message": message}

    @property
    def material(self) -> LoadedModel:
        """The run's artifacts; a worker of a distributed run loads them when they are first asked for.

        Raises:
            RuntimeError: if they are unavailable.
        """
        if self.loaded is None and self.given is not None:
            self.load()
        if self.loaded is None:
            raise RuntimeError("the model was not loaded")
        return self.loaded

    @cached_property
    def model(self) -> ModelUnderTest:
        """The model under test."""
        loaded = self.material
        return ModelUnderTest.configured(loaded.space, loaded.playlists, self.options.config.settings)

    @cached_property
    def evidence(self) -> Evidence:
        """Its measurements, each made when it is first asked for."""
        settings = self.options.config.settings
        return Evidence(self.model, settings.known_track_of, settings.duplicates.cosine, self.comparison)

    @cached_property
    def comparison(self) -> Comparison | None:
        """The model beside the champion; None if there is no champion."""
        model = self.model  # a worker loads both
        if self.champion is None:
            return None
        return Comparison(ModelPair(model, self.champion[1]), self.options.config.settings.duplicates.cosine)

    @cached_property
    def past_champions(self) -> list[tuple[str, dict[str, float]]]:
        """Name and values, by check id, of each run in the history that was champion, oldest first."""
        run = self.loaded.record.pathspec if self.loaded else ""
        flow = run.partition("/")[0]
        found = champions_of(read(self.options.history), flow)
        return [(each.run.pathspec, each.measures) for each in found if each.run and each.run.pathspec != run]

    # -- results --

    @cached_property
    def _engine(self) -> Engine:
        return Engine(CheckInput(self.evidence, self.options.config.settings, lambda: self.past_champions))

    def result_of(self, check_id: str) -> Result:
        """Return the result of a shipped check: the controller's in a worker, else the engine's.

        Raises:
            KeyError: if there is no such check.
        """
        return self._engine.result(check_id) if self.given is None else self.given[check_id]

    def evaluate(self) -> dict[str, Result]:
        """Evaluate every shipped check that is not off, for the workers of a distributed run."""
        self.begin_map(self._ids_to_evaluate)
        return {check_id: self._evaluated(check_id) for check_id in self._ids_to_evaluate}

    @property
    def _ids_to_evaluate(self) -> list[str]:
        return [each for each in expected_ids(self.options.config.settings) if not self.is_off(each)]

    def _evaluated(self, check_id: str) -> Result:
        try:
            return self._engine.result(check_id)
        except Exception as error:  # noqa: BLE001 - whatever a measure raises is the result of its check, and fails it
            return broken(check_id, check_of(check_id), f"{type(error).__name__}: {error}")

    def take(self, result: Result) -> None:
        """Keep a result; of two with one id, the worse."""
        before = self.results.get(result.id)
        if before is None or WORST_FIRST.index(result.outcome) < WORST_FIRST.index(before.outcome):
            self.results[result.id] = result

    # -- the map --

    def start_map_process(self) -> None:
        """Start the process that will lay the map out; it imports what it needs while the model is loaded."""
        self.map_process = MapProcess()

    def begin_map(self, wanted: Iterable[str]) -> None:
        """Lay the map out in that process, if a check needs it, and leave the process a core of its own."""
        if self.map_process is None or not any(each.startswith(_NEED_MAP) for each in wanted):
            return
        # a matrix product on all cores would wait, at every step, for the one that is taken
        one_core = threadpool_limits(1, user_api="blas")
        future = self.model.begin_map(self.map_process.lay_out)
        future.add_done_callback(lambda _: one_core.restore_original_limits())

    def stop_map_process(self) -> None:
        """End that process."""
        if self.map_process is not None:
            self.map_process.stop()

    # -- the verdict --

    def conclude(self) -> Verdict:
        """Fold the results into a verdict; a check that should have run and did not is `not_run`."""
        expected = list(expected_ids(self.options.config.settings))
        own = sorted(self.collected.union(self.results, self.deselected).difference(expected))
        results = [self.results.get(check_id) or _not_run(check_id) for check_id in expected + own]
        missing = missing_from_floor(results, has_champion=self.champion is not None)
        word = verdict_of(results)
        if word == "passed" and missing:
            word = "partial"
        config = self.options.config
        self.verdict = Verdict(
            word="failed" if self.error else word,
            results=results,
            run=self.loaded.record.as_json() if self.loaded else None,
            error=self.error,
            champion=self.champion_as_json(),
            config=config.shown,
            config_sha256=config.sha256,
            seconds=time.perf_counter() - self.started,
            missing=tuple(missing),
            nonce=self.nonce,
            started_at=self.started_at,
            finished_at=datetime.now(UTC),
            arguments=self._arguments,
        )
        return self.verdict

    def champion_as_json(self) -> dict[str, object] | None:
        """Return the champion as in verdict.json; None if there is none."""
        if self.champion is None:
            return None
        size = {"tracks": len(self.champion[1]), "dimensions": self.champion[1].dimensions}
        record = {**self.champion[0].as_json(), "vectors": size}
        itself = self.loaded is not None and self.loaded.record.pathspec == self.champion[0].pathspec
        return {**record, "is_the_tested_run": True} if itself else record

    def exit_status(self) -> int:
        """Return 0 for passed, and for partial if the user's own selection is all that narrowed the run; else 1."""
        verdict = self.verdict
        if verdict is None or verdict.word in ("failed", "inconclusive"):
            return 1
        if verdict.word == "passed":
            return 0
        missing = {result.id for result in verdict.results if result.outcome == "not_run"}
        selected_away = self.deselected | (missing - self.collected if self._narrowed else set())
        ran = len(missing) < len(verdict.results)
        as_selected = [
            replace(each, outcome="passed") if each.id in selected_away else each for each in verdict.results
        ]
        explained = missing <= selected_away and not missing_from_floor(
            as_selected, has_champion=self.champion is not None
        )
        return 0 if ran and missing and explained and not self.options.promote else 1


def _not_run(check_id: str) -> Result:
    check = check_of(check_id)
    return Result(id=check_id, outcome="not_run", severity=check.severity, unit=check.unit, message="did not run")
