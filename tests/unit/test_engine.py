"""The engine: each check is evaluated once, and an exception becomes the outcome `error`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from embedgate.checks.registry import BY_ID, check_ids
from embedgate.config.settings import Settings
from embedgate.engine import Engine, evidence_of, is_off, off, unfinished
from embedgate.judgement.result import CheckResult
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.measurement import Measurement
from embedgate.testing import sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedgate.measures.evidence import Evidence

CHECK = "geometry.hubness"
CONFIG: dict[str, Any] = {
    "model": {"track_separator": "-"},
    "genres": {"rock": ("rock",), "R&B": ("rnb",)},
    "known_tracks": ({"track": "Rock Artist 00-Song 00", "expect": ("artist:Rock Artist 00",), "min_hits": 3},),
}
SETTINGS = Settings.model_validate(CONFIG)
TWO_GENRES = Settings.model_validate({**CONFIG, "genres": {"rock": ("rock",), "rap": ("rap",)}})


@pytest.fixture(scope="module")
def measured() -> Evidence:
    """Evidence of the sound sample without a champion."""
    return evidence_of(sample().space(), sample().playlists(), SETTINGS)


@pytest.fixture(scope="module")
def engine(measured: Evidence) -> Engine:
    return Engine(measured, SETTINGS)


@pytest.fixture
def measure_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Measurement]], None]:
    """A function that replaces the measure of `geometry.hubness`."""
    return lambda measure: monkeypatch.setitem(BY_ID, CHECK, replace(BY_ID[CHECK], measure=measure))


def test_every_id_has_a_result(engine: Engine) -> None:
    results = engine.evaluate()

    assert [result.id for result in results] == list(check_ids(SETTINGS))
    assert all(result.outcome != "error" for result in results), engine.errors
    assert all(result.message or result.outcome in ("passed", "no_baseline") for result in results)
    assert engine.errors == {}


def test_check_is_measured_once(measured: Evidence, measure_with: Any) -> None:
    subjects: list[object] = []

    def measure(_: Evidence, subject: object) -> Measurement:
        subjects.append(subject)
        return Measurement(value=1.0, n=1, summary="measured")

    measure_with(measure)
    engine = Engine(measured, SETTINGS)

    assert engine.result(CHECK) is engine.result(CHECK)
    assert engine.evaluate([CHECK, CHECK]) == [engine.result(CHECK)] * 2
    assert subjects == [None]


def test_measure_that_raises_is_an_error(measured: Evidence, measure_with: Any) -> None:
    error = ZeroDivisionError("no tracks")

    def measure(*_: object) -> Measurement:
        raise error

    measure_with(measure)
    engine = Engine(measured, SETTINGS)

    result = engine.result(CHECK)

    assert (result.outcome, result.severity, result.fails_gate) == ("error", "warn", True)
    assert result.message == "ZeroDivisionError: no tracks"
    assert engine.errors == {CHECK: error}
    assert engine.result("geometry.antihubs").outcome == "no_baseline"


def test_check_that_is_off_is_not_measured(measured: Evidence, measure_with: Any) -> None:
    def measure(*_: object) -> Measurement:
        raise AssertionError("measured")

    measure_with(measure)
    settings = Settings.model_validate({**CONFIG, "checks": {"geometry": {"severity": "off"}}})
    engine = Engine(measured, settings)

    result = engine.result(CHECK)

    assert (result.outcome, result.severity, result.message) == ("off", "off", "switched off in [checks]")
    assert engine.errors == {}


def test_champion_checks_are_off_if_nothing_is_compared(measured: Evidence) -> None:
    result = Engine(measured, SETTINGS, compares=False).result("champion.lost")

    assert (result.outcome, result.unit) == ("off", "share")
    assert result.message == "there is no champion to compare with"


def test_champion_checks_have_no_baseline_without_a_champion(engine: Engine) -> None:
    outcomes = {engine.result(each).outcome for each in check_ids(SETTINGS) if each.startswith("champion.")}

    assert outcomes == {"no_baseline"}


def test_champion_without_a_shared_track_is_no_error() -> None:
    """Nothing can be compared, and the champion excuses nothing."""
    made = sample()
    other = EmbeddingSpace.of([f"SKU-{key}" for key in made.keys], made.vectors)
    measured = evidence_of(other, made.playlists(), SETTINGS, made.space())

    results = Engine(measured, SETTINGS).evaluate()

    assert [result.id for result in results if result.outcome == "error"] == []
    assert measured.champion is None
    assert measured.champion_neighbours(made.keys[0], 10) == []


def test_champion_checks_compare_with_the_champion() -> None:
    space, playlists = sample().space(), sample().playlists()
    engine = Engine(evidence_of(space, playlists, SETTINGS, champion=space), SETTINGS)

    assert engine.result("champion.match_auc").value == 1
    assert engine.result("champion.lost").outcome == "passed"


@pytest.mark.parametrize(("champion_separates", "outcome"), [(False, "warned"), (True, "failed")])
def test_genre_at_chance_level_only_warns_if_the_champion_is_no_better(
    *, champion_separates: bool, outcome: str
) -> None:
    given, rng = sample(), np.random.default_rng(0)
    shuffled = EmbeddingSpace.of(given.keys, rng.permutation(given.vectors))
    champion = given.space() if champion_separates else shuffled
    engine = Engine(evidence_of(shuffled, given.playlists(), TWO_GENRES, champion=champion), TWO_GENRES)

    result = engine.result("separation.space[rock]")

    assert result.outcome == outcome
    assert ("the champion is not certainly better" in result.message) is not champion_separates


def test_genre_at_chance_level_fails_without_a_champion() -> None:
    given = sample()
    shuffled = EmbeddingSpace.of(given.keys, np.random.default_rng(0).permutation(given.vectors))

    engine = Engine(evidence_of(shuffled, given.playlists(), TWO_GENRES), TWO_GENRES)

    assert engine.result("separation.space[rock]").outcome == "failed"


def test_bound_of_a_known_track_comes_from_its_settings(engine: Engine) -> None:
    result = engine.result("neighbours.known[rock-artist-00-song-00]")

    assert result.bound is not None
    assert (result.bound.kind, result.bound.limit, result.bound.source) == ("at_least", 3, "user")


def test_measurement_of_a_check_that_is_off_is_available(measured: Evidence) -> None:
    """Calibration measures such checks too."""
    settings = Settings.model_validate({**CONFIG, "checks": {CHECK: {"severity": "off"}}})

    assert Engine(measured, settings).measurement(CHECK).value is not None


@pytest.mark.parametrize("check_id", ["geometry.hubnes", "separation.space[jazz]"])
def test_unknown_id_is_a_key_error(engine: Engine, check_id: str) -> None:
    for look_up in (engine.result, engine.measurement):
        with pytest.raises(KeyError):
            look_up(check_id)


def test_result_has_the_duration_of_its_evaluation(engine: Engine) -> None:
    assert engine.result("neighbours.co_listening").seconds > 0


@pytest.mark.parametrize(
    ("checks", "compares", "expected"),
    [({}, True, False), ({}, False, True), ({"champion": {"severity": "off"}}, True, True)],
)
def test_champion_check_is_off_by_severity_or_without_a_champion(
    *, checks: dict[str, Any], compares: bool, expected: bool
) -> None:
    settings = Settings.model_validate({"checks": checks})

    assert is_off("champion.lost", settings, compares=compares) is expected
    assert not is_off("geometry.hubness", settings, compares=compares)


def test_results_without_a_measurement_have_unit_and_default_severity() -> None:
    assert off("duplicates.rate", SETTINGS).unit == "share"
    found = unfinished("separation.space[rock]", "not_run", "did not run")
    assert (found.outcome, found.severity, found.message, found.unit) == ("not_run", "fail", "did not run", "number")


def numbers_of(result: CheckResult) -> list[float]:
    """Return value, interval and limit."""
    found = [result.value, *(result.interval or ()), result.bound and result.bound.limit]
    return [number for number in found if number is not None]


def test_order_of_rows_and_playlists_changes_no_result() -> None:
    """The queries, pairs and tracks that are drawn depend on the content alone."""
    given, rng = sample(playlists=400), np.random.default_rng(3)
    noise = 0.2 * rng.standard_normal((2, *given.vectors.shape))

    def results(order: np.random.Generator | None) -> list[CheckResult]:
        def reordered(rows: int) -> list[int]:
            return list(range(rows)) if order is None else order.permutation(rows).tolist()

        spaces = []
        for added in noise:
            rows = reordered(len(given.keys))
            spaces.append(EmbeddingSpace.of([given.keys[row] for row in rows], (given.vectors + added)[rows]))
        frames = reordered(len(given.sequences))
        tracks = [given.sequences[row] for row in frames]
        playlists = Playlists.of(
            [given.playlist_ids[row] for row in frames],
            tracks,
            test_x=[sequence[:-1] for sequence in tracks],
            test_y=[sequence[-1] for sequence in tracks],
        )
        evidence = evidence_of(spaces[0], playlists, SETTINGS, champion=spaces[1])
        return Engine(evidence, SETTINGS).evaluate()

    expected = results(None)

    assert sum(one.value is not None for one in expected) >= 40
    for order in (1, 2):
        for one, other in zip(results(np.random.default_rng(order)), expected, strict=True):
            assert (one.outcome, one.tracks, one.message) == (other.outcome, other.tracks, other.message)
            assert numbers_of(one) == pytest.approx(numbers_of(other), rel=1e-6)
