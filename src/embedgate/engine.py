"""The engine evaluates checks. pytest, the Python API, calibration and benchmarks get all results from it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from embedgate.checks.registry import cases, check_ids, check_of, subject_of
from embedgate.judgement.judge import judge, judge_beside_champion
from embedgate.judgement.result import CheckResult
from embedgate.material.model import ModelUnderTest
from embedgate.material.pair import ModelPair
from embedgate.measures.comparison import Comparison
from embedgate.measures.evidence import Evidence, no_past_champions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embedgate.config.settings import Settings
    from embedgate.material.metadata import TrackMetadata
    from embedgate.material.playlists import Playlists
    from embedgate.material.space import EmbeddingSpace
    from embedgate.measures.evidence import PastChampions
    from embedgate.measures.measurement import Measurement

NOTHING_TO_COMPARE = "there is no champion to compare with"


def evidence_of(
    space: EmbeddingSpace,
    playlists: Playlists,
    settings: Settings,
    champion: EmbeddingSpace | None = None,
    past_champions: PastChampions = no_past_champions,
    *,
    metadata: TrackMetadata | None = None,
) -> Evidence:
    """Return the evidence of a model, including the comparison with the champion if there is one.

    Args:
        space: keys and vectors of the model under test.
        playlists: the playlists on which both models are evaluated.
        settings: quality_checks.toml.
        champion: keys and vectors of the champion.
        past_champions: return name and values, by check id, of each past champion, oldest first.
        metadata: what the item catalogue says about the tracks.
    """
    model = ModelUnderTest.configured(space, playlists, settings, metadata)
    return evidence_for(model, settings, champion, past_champions)


def evidence_for(
    model: ModelUnderTest,
    settings: Settings,
    champion: EmbeddingSpace | None = None,
    past_champions: PastChampions = no_past_champions,
) -> Evidence:
    """Return the evidence of a model that was read as the settings configure it; see `evidence_of`."""
    comparison = None
    if champion is not None:
        comparison = Comparison(ModelPair(model, champion), settings.duplicates.cosine)
    return Evidence(
        model,
        settings.known_track_of,
        settings.duplicates.cosine,
        comparison,
        settings.vocabulary.top,
        past_champions,
    )


class Engine:
    """Evaluates the checks of one model, each at most once.

    Args:
        evidence: the shared measurements of the model.
        settings: quality_checks.toml.
        compares: whether the model is compared with a champion; if not, the champion checks are off.

    Attributes:
        errors: exceptions that measures raised, by check id.
    """

    def __init__(self, evidence: Evidence, settings: Settings, *, compares: bool = True) -> None:
        self._evidence = evidence
        self._settings = settings
        self._compares = compares
        self._results: dict[str, CheckResult] = {}
        self.errors: dict[str, Exception] = {}

    def evaluate(self, ids: Iterable[str] | None = None) -> list[CheckResult]:
        """Return the results of some checks, by default of all.

        Raises:
            KeyError: if there is no such check.
        """
        return [self.result(check_id) for check_id in (check_ids(self._settings) if ids is None else ids)]

    def result(self, check_id: str) -> CheckResult:
        """Return the result of a check; a second call returns the same one.

        Any exception that a measure raises becomes the outcome `error`.

        Args:
            check_id: the id with its slug, such as `separation.space[rock]`.

        Raises:
            KeyError: if there is no such check.
        """
        if check_id not in self._results:
            self._results[check_id] = self._evaluate(check_id)
        return self._results[check_id]

    def measurement(self, check_id: str) -> Measurement:
        """Return the measurement of a check, whatever its severity.

        Raises:
            KeyError: if there is no such check.
        """
        return check_of(check_id).measure(self._evidence, subject_of(check_id, self._settings))

    def _evaluate(self, check_id: str) -> CheckResult:
        if is_off(check_id, self._settings, compares=self._compares):
            return off(check_id, self._settings)
        started, check = time.perf_counter(), check_of(check_id)
        subject = subject_of(check_id, self._settings)
        try:
            measurement = check.measure(self._evidence, subject)
            bound = check.subject_bound(self._evidence, subject)
            past = self._evidence.values_of_past_champions(check_id) if check.band else ()
            result = judge(check_id, check, measurement, self._settings, subject_bound=bound, past=past)
            if result.outcome == "failed" and check.champion_excuses and self._evidence.champion is not None:
                of_champion = check.measure(self._evidence.champion, subject)
                result = judge_beside_champion(result, of_champion, len(cases(check.per, self._settings)))
        except Exception as error:  # noqa: BLE001 - a measure that raises fails its check and must not lose the verdict
            self.errors[check_id] = error
            result = unfinished(check_id, "error", f"{type(error).__name__}: {error}")
        return replace(result, seconds=time.perf_counter() - started)


def is_off(check_id: str, settings: Settings, *, compares: bool) -> bool:
    """Return whether a check is switched off, in `[checks]` or because nothing is compared with a champion."""
    by_id = settings.of_check(check_id).severity == "off"
    return by_id or (check_of(check_id).family == "champion" and not compares)


def off(check_id: str, settings: Settings, no_champion: str = NOTHING_TO_COMPARE) -> CheckResult:
    """Return the result of a check that is switched off.

    Args:
        check_id: the id with its slug.
        settings: quality_checks.toml.
        no_champion: why nothing is compared with a champion.
    """
    by_id = settings.of_check(check_id).severity == "off"
    return CheckResult(
        id=check_id,
        outcome="off",
        severity="off",
        unit=check_of(check_id).unit,
        message="switched off in [checks]" if by_id else no_champion,
    )


def unfinished(check_id: str, outcome: Literal["error", "not_run"], message: str) -> CheckResult:
    """Return the result of a check that did not run, or could not be completed."""
    check = check_of(check_id)
    return CheckResult(id=check_id, outcome=outcome, severity=check.severity, unit=check.unit, message=message)
