"""The engine gives the result of any shipped check, each evaluated once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from embedgate.checks.registry import CHECKS, check_ids
from embedgate.config import Settings
from embedgate.engine import Engine
from embedgate.judgement import check_measures
from embedgate.judgement.check_measures import CheckInput
from embedgate.measures import champion
from embedgate.measures.evidence import Evidence
from embedgate.measures.measurement import no_baseline
from embedgate.testing import sample, sample_model

if TYPE_CHECKING:
    from embedgate.measures.measurement import Measurement

SETTINGS = Settings.model_validate(
    {
        "genres": {"rock": ("rock",), "R&B": ("rnb",)},
        "known_tracks": ({"track": "Rock Artist 00-Song 00", "expect": ("artist:Rock Artist 00",), "min_hits": 3},),
    }
)


@pytest.fixture(scope="module")
def engine() -> Engine:
    evidence = Evidence(sample_model(sample()), SETTINGS.known_track_of, SETTINGS.duplicates.cosine)
    return Engine(CheckInput(evidence, SETTINGS, list))


def test_every_expected_id_has_a_result(engine: Engine) -> None:
    """A check without a measure would be an error in every gate run."""
    for check_id in check_ids(SETTINGS):
        result = engine.result(check_id)
        assert result.id == check_id
        assert result.message or result.outcome in ("passed", "no_baseline")


def test_every_check_is_measured_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second question gets the first answer, and measures nothing."""
    asked: Counter[str] = Counter()

    def counted(check_id: str, *_: object) -> Measurement:
        asked[check_id] += 1
        return no_baseline("counted")

    monkeypatch.setattr("embedgate.engine.measure", counted)
    fresh = Engine(engine._given)
    assert fresh.result("geometry.hubness") is fresh.result("geometry.hubness")
    assert asked == {"geometry.hubness": 1}


def test_champion_checks_have_no_baseline_without_a_champion(engine: Engine) -> None:
    outcomes = {engine.result(each).outcome for each in check_ids(SETTINGS) if each.startswith("champion.")}

    assert outcomes == {"no_baseline"}


def test_known_track_brings_its_own_bound(engine: Engine) -> None:
    result = engine.result("neighbours.known[rock-artist-00-song-00]")

    assert result.bound is not None
    assert (result.bound.kind, result.bound.limit, result.bound.source) == ("at_least", 3, "user")


def test_unknown_id_is_a_key_error(engine: Engine) -> None:
    for check_id in ("geometry.hubnes", "separation.space[jazz]"):
        with pytest.raises(KeyError):
            engine.result(check_id)


def test_every_registered_check_has_a_measure() -> None:
    compared = set(champion.MEASURES)

    assert {check.id for check in CHECKS} == compared | set(check_measures._MEASURES)
