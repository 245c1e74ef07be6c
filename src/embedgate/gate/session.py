"""What a gate run knows: settings, model, evidence, and the results so far."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from threadpoolctl import threadpool_limits

from embedgate.errors import UnavailableError
from embedgate.gate.map_process import start_map_process
from embedgate.gate.promoting import settle_tags
from embedgate.judgement.against_champion import judged
from embedgate.judgement.checks import check_of, expected_ids
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
    from concurrent.futures import ProcessPoolExecutor

    from embedgate.gate.keeping import Kept
    from embedgate.gate.options import GateOptions
    from embedgate.material.space import EmbeddingSpace


class GateSession:
    """The state of one gate run, kept under `GATE` in pytest's stash.

    Attributes:
        options: what was typed, complete.
        loaded: the run's artifacts; None until `load`, or where they cannot be had.
        champion: record and space of the model to compare with; None where there is none.
        error: kind and message of what kept the gate from its work; None where nothing did.
        results: results by check id, as reports come in.
        collected: ids of all checks that pytest found.
        deselected: ids of checks that the user's selection took out.
        notes: what the terminal should mention (a figure that could not be drawn).
        verdict: the answer, once the run has ended.
        kept: what the history held before, and now holds of this run, once it has ended.
        figures: those of each family, as HTML, once they were drawn.
        live_map: what the live map shows; None where there is none.
        usage_error: what was found wrong with the config at the end.
    """

    def __init__(self, options: GateOptions) -> None:
        self.options = options
        self.started = time.perf_counter()
        self.loaded: LoadedModel | None = None
        self.champion: tuple[RunRecord, EmbeddingSpace] | None = None
        self.error: dict[str, str] | None = None
        self.results: dict[str, Result] = {}
        self.collected: set[str] = set()
        self.deselected: set[str] = set()
        self.notes: list[str] = []
        self.verdict: Verdict | None = None
        self.kept: Kept | None = None
        self.figures: dict[str, str] = {}
        self.live_map: dict[str, Any] | None = None
        self.usage_error = ""
        self._sought = False  # a champion, by another process, in vain
        self._map_maker: ProcessPoolExecutor | None = None

    def pin(self, pathspec: str) -> None:
        """Test exactly this run: the one that the controller of a distributed run resolved."""
        request = replace(self.options.request, run=pathspec, tag=None)
        self.options = replace(self.options, request=request)

    def pin_champion(self, pathspec: str) -> None:
        """Compare with exactly this run, or with none (""): what the controller of a distributed run found."""
        if pathspec:
            self.options = replace(self.options, champion=pathspec)
        self._sought = not pathspec

    def is_off(self, check_id: str) -> bool:
        """Whether the user switched a check off, by name or by comparing with nothing."""
        by_name = self.options.config.settings.of_check(check_id).severity == "off"
        return by_name or (check_of(check_id).family == "champion" and not self.compares)

    @property
    def compares(self) -> bool:
        """Whether there is to be a comparison: `none` switches it off, and with files nothing is the default."""
        options = self.options
        return options.champion != NO_CHAMPION and not (
            options.champion is None and options.request.vectors_file is not None
        )

    def load(self) -> None:
        """Fetch the models once; what cannot be had becomes `error`, what was asked wrongly is raised."""
        try:
            self.loaded = resolve(self.options.request)
            if not self._sought:
                self.champion = resolve_champion(self.options.champion, self.options.request)
        except UnavailableError as error:
            self.fail(error.kind, str(error))

    def fail(self, kind: str, message: str) -> None:
        """Note what keeps the gate from its work; the first cause stays."""
        if self.error is None:
            self.error = {"kind": kind, "message": message}

    @cached_property
    def model(self) -> ModelUnderTest:
        """The model under test."""
        if self.loaded is None:
            raise RuntimeError("the model was not loaded")
        return ModelUnderTest.configured(self.loaded.space, self.loaded.playlists, self.options.config.settings)

    @cached_property
    def evidence(self) -> Evidence:
        """Its measurements, each made when it is first asked for."""
        settings = self.options.config.settings
        return Evidence(self.model, settings.known_track_of, settings.duplicates.cosine, self.comparison)

    @cached_property
    def comparison(self) -> Comparison | None:
        """The model beside the champion; None where there is none."""
        if self.champion is None:
            return None
        return Comparison(ModelPair(self.model, self.champion[1]), self.options.config.settings.duplicates.cosine)

    @cached_property
    def past_champions(self) -> list[tuple[str, dict[str, float]]]:
        """Name and values, by check id, of each run in the history that was champion, the oldest first."""
        run = self.loaded.record.pathspec if self.loaded else ""
        flow = run.partition("/")[0]
        found = champions_of(read(self.options.history), flow)
        return [(each.run.pathspec, each.measures) for each in found if each.run and each.run.pathspec != run]

    def start_map_maker(self) -> None:
        """Start the process that will lay the map out; it imports what it needs while the model is fetched."""
        self._map_maker = start_map_process()

    def begin_map(self) -> None:
        """Let that process lay the map out now, and leave it a core of its own meanwhile."""
        if self._map_maker is None:
            return
        # a matrix product on all cores would wait, at every step, for the one that is taken
        one_core = threadpool_limits(1, user_api="blas")
        future = self.model.begin_map(self._map_maker)
        future.add_done_callback(lambda _: one_core.restore_original_limits())
        # no second map will be asked for: the process ends while this one goes on
        self._map_maker.shutdown(wait=False)

    def stop_map_maker(self) -> None:
        """End that process; what it has not begun is dropped."""
        if self._map_maker is not None:
            self._map_maker.shutdown(wait=True, cancel_futures=True)

    def take(self, result: Result) -> None:
        """Keep a result; of two with one id, the worse."""
        before = self.results.get(result.id)
        if before is None or WORST_FIRST.index(result.outcome) < WORST_FIRST.index(before.outcome):
            self.results[result.id] = result

    def results_to_draw(self, family: str) -> list[Result]:
        """What became of the checks of a family, for its figures.

        A figure is drawn with the first check of its family, and in every worker that has one: what the champion's
        figures show of all of its checks is judged for them here, and costs little beside the measuring.
        """
        if family != "champion" or self.comparison is None:
            return list(self.results.values())
        return judged(self.comparison, self.options.config.settings, wanted=lambda each: not self.is_off(each))

    def conclude(self) -> Verdict:
        """Fold the results into a verdict; what should have run and did not stands in it as not_run."""
        expected = list(expected_ids(self.options.config.settings))
        own = sorted(self.collected.union(self.results, self.deselected).difference(expected))
        results = [self.results.get(check_id) or _not_run(check_id) for check_id in expected + own]
        config = self.options.config
        self.verdict = Verdict(
            word="failed" if self.error else verdict_of(results),
            results=results,
            run=self.loaded.record.as_json() if self.loaded else None,
            error=self.error,
            champion=self.champion_as_json(),
            config=config.shown,
            config_sha256=config.sha256,
            seconds=time.perf_counter() - self.started,
        )
        return self.verdict

    def settle_tags(self, verdict: Verdict, *, failed_beside: bool) -> Verdict:
        """Promote or mark the tested run as the verdict says; the verdict tells what came of it."""
        pathspec = self.loaded.record.pathspec if self.loaded else None
        self.verdict, said = settle_tags(verdict, pathspec, asked=self.options.promote, failed_beside=failed_beside)
        if said:
            self.notes.append(said)
        return self.verdict

    def champion_as_json(self) -> dict[str, object] | None:
        """The champion as verdict.json shows it; None where there is none."""
        if self.champion is None:
            return None
        size = {"tracks": len(self.champion[1]), "dimensions": self.champion[1].dimensions}
        record = {**self.champion[0].as_json(), "vectors": size}
        itself = self.loaded is not None and self.loaded.record.pathspec == self.champion[0].pathspec
        return {**record, "is_the_tested_run": True} if itself else record

    def exit_status(self) -> int:
        """0 for passed; 0 for partial only where the user's own selection is all that narrowed the run."""
        verdict = self.verdict
        if verdict is None or verdict.word in ("failed", "inconclusive"):
            return 1
        if verdict.word == "passed":
            return 0
        missing = {result.id for result in verdict.results if result.outcome == "not_run"}
        chosen_away = all(each in self.deselected or each not in self.collected for each in missing)
        ran = len(missing) < len(verdict.results)
        return 0 if ran and chosen_away and not self.options.promote else 1


def _not_run(check_id: str) -> Result:
    check = check_of(check_id)
    return Result(id=check_id, outcome="not_run", severity=check.severity, unit=check.unit, message="did not run")
