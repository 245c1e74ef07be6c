"""Regression over past champions."""

from __future__ import annotations

import pytest

from embedgate.checks.registry import check_of
from embedgate.measures import retrieval
from embedgate.measures.evidence import Evidence
from embedgate.measures.past_champions import regression


def hit_rate(evidence: Evidence) -> tuple[float, float]:
    """Return the model's hit rate and its chance level."""
    found = retrieval.hit_rate(evidence.next_track)
    assert found.value is not None
    assert found.null is not None
    return found.value, found.null.median


def test_regression_is_a_share_of_the_best_lead_over_chance(evidence: Evidence) -> None:
    """A champion had twice the lead, so half of it is lost."""
    value, chance = hit_rate(evidence)
    best = chance + 2 * (value - chance)
    found = regression(evidence, [("F/1", {"retrieval.hit_rate": best})])

    assert found.value == pytest.approx(0.5)
    assert found.n == 1
    assert (
        found.summary == f"of all 1 past champions, F/1 had the best retrieval.hit_rate: {best:.3f}, now {value:.3f}"
    )
    assert "--gate-champion=F/1" in found.hint


def test_regression_is_relative_to_the_best_champion(evidence: Evidence) -> None:
    """If each of ten champions lost a little, the model is compared with the first."""
    value, chance = hit_rate(evidence)
    slow = [(f"F/{run}", {"retrieval.hit_rate": chance + (value - chance) * (2 - run / 10)}) for run in range(10)]

    assert regression(evidence, slow).value == pytest.approx(0.5)
    assert regression(evidence, slow[::-1]).value == pytest.approx(0.5)
    assert regression(evidence, slow[-1:]).value == pytest.approx(1 - 1 / 1.1)
    assert "F/0 had the best" in regression(evidence, slow).summary


def test_hint_says_who_lost_the_lead(evidence: Evidence) -> None:
    """A lead that this model lost at once is not said to have been lost by many retrains."""
    value, chance = hit_rate(evidence)
    lead = value - chance
    slow = [(f"F/{run}", {"retrieval.hit_rate": chance + lead * (2 - run / 10)}) for run in range(10)]
    at_once = [(name, {"retrieval.hit_rate": chance + 2 * lead}) for name, _ in slow]
    recovered = [*slow, ("F/10", {"retrieval.hit_rate": value / 2})]

    assert f"the champions before it lost {0.9 * lead:.3f} of it, this model {0.1 * lead:.3f}: " in (
        regression(evidence, slow).hint
    )
    assert "this model alone lost most of it: " in regression(evidence, at_once).hint
    assert "this model 0.000: " in regression(evidence, recovered).hint


def test_largest_loss_is_reported(evidence: Evidence) -> None:
    """Each measure is compared with its own best champion."""
    value, chance = hit_rate(evidence)
    accuracy = evidence.space_separation.accuracy.value
    assert accuracy is not None
    champions = [
        ("F/1", {"separation.accuracy": accuracy, "retrieval.hit_rate": value}),
        ("F/2", {"separation.accuracy": accuracy * 0.9, "retrieval.hit_rate": chance + (value - chance) * 1.25}),
    ]
    found = regression(evidence, champions)

    assert found.value == pytest.approx(0.2)
    assert found.n == 2
    assert "F/2 had the best retrieval.hit_rate" in found.summary


def test_model_as_good_as_the_best_has_no_regression(evidence: Evidence) -> None:
    """A better model has a negative regression."""
    value, chance = hit_rate(evidence)

    assert regression(evidence, [("F/1", {"retrieval.hit_rate": value})]).value == 0
    better = regression(evidence, [("F/1", {"retrieval.hit_rate": (value + chance) / 2})])
    assert better.value == pytest.approx(-1)


def test_shuffled_model_loses_the_whole_lead(evidence: Evidence, shuffled: Evidence) -> None:
    """The shuffled model is outside the band, the sound model within."""
    values = {
        "retrieval.hit_rate": hit_rate(evidence)[0],
        "neighbours.co_listening": evidence.co_listening.measurement.value or 0,
        "separation.accuracy": evidence.space_separation.accuracy.value or 0,
        "retrieval.ndcg": retrieval.ndcg(evidence.next_track).value or 0,
    }
    lost, kept = regression(shuffled, [("F/1", values)]), regression(evidence, [("F/1", values)])
    band = check_of("champion.regression").band
    assert band is not None
    bound = band.bound(lost, None)
    assert bound is not None

    assert (kept.value, kept.n, lost.n) == (0, 4, 4)
    assert lost.value == pytest.approx(1, abs=0.2)
    assert bound.holds(0)
    assert not bound.holds(lost.value or 0)


@pytest.mark.parametrize(
    ("champions", "reason"),
    [
        ([], "contains no champion yet"),
        ([("F/1", {})], "no comparable value of a champion"),
        ([("F/1", {"vocabulary.size": 9.0, "custom.mine": 1.0})], "no comparable value of a champion"),
        ([("F/1", {"retrieval.hit_rate": 0.01})], "no comparable value of a champion"),
    ],
)
def test_no_comparable_champion_is_no_baseline(
    evidence: Evidence, champions: list[tuple[str, dict[str, float]]], reason: str
) -> None:
    """There is no history, it has values of other checks only, or the champion is at chance level."""
    found = regression(evidence, champions)

    assert found.value is None
    assert reason in found.no_baseline
