"""Next-track retrieval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.checks.bounds import at_least
from embedgate.checks.check import Check, by_slice
from embedgate.measures import recommendations, retrieval
from embedgate.measures.recommendations import LEAST

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedgate.checks.bounds import Bound
    from embedgate.measures.evidence import Evidence
    from embedgate.measures.measurement import Measurement
    from embedgate.measures.recommendations import RecommendedLists


def _of_champion(evidence: Evidence, measure: Callable[[RecommendedLists | None], Measurement]) -> Bound | None:
    """Return four fifths of the champion's value as a bound; None without it."""
    value = None if evidence.champion is None else measure(evidence.champion.recommended).value
    return None if value is None else at_least(LEAST * value, "champion", constant=True)


def _least_coverage(evidence: Evidence, _: None) -> Bound | None:
    """Return the bound from the champion, else from the playlists."""
    reference = recommendations.catalogue_coverage(evidence.recommended).scale
    default = None if reference is None else at_least(LEAST * reference, "null", constant=True)
    return _of_champion(evidence, recommendations.catalogue_coverage) or default


def _least_diversity(evidence: Evidence, _: None) -> Bound | None:
    return _of_champion(evidence, recommendations.diversity)


CHECKS = (
    Check(
        id="retrieval.hit_rate",
        question="Is the next track among the ten nearest neighbours of the last one?",
        measure=lambda evidence, _: retrieval.hit_rate(evidence.next_track),
        null=True,
        champion_excuses=True,
        unit="share",
        headline=True,
    ),
    Check(
        id="retrieval.ndcg",
        question="Does the next track rank high among the ten nearest neighbours?",
        measure=lambda evidence, _: retrieval.ndcg(evidence.next_track),
        severity="warn",
        null=True,
    ),
    Check(
        id="retrieval.slice",
        question="Is the next track among the ten nearest neighbours if it is of this slice?",
        measure=by_slice(lambda evidence: evidence.slices.retrieval),
        per="slice",
        null=True,
        champion_excuses=True,
        unit="share",
    ),
    Check(
        id="retrieval.popularity",
        question="Does next-track retrieval beat the popularity baseline?",
        measure=lambda evidence, _: retrieval.gain_over_popularity(evidence.next_track),
        severity="warn",
        bound=at_least(0, "null", constant=True),
        own_range=(-1, 1),
        unit="share",
    ),
    Check(
        id="retrieval.catalogue_coverage",
        question="What share of the tracks is in a recommended list?",
        measure=lambda evidence, _: recommendations.catalogue_coverage(evidence.recommended),
        severity="warn",
        subject_bound=_least_coverage,
        bound_in_words=f"champion: >= {LEAST:.0%} of its value; without one, default: >= {LEAST:.0%} of that of as "
        "many tracks of the playlists",
        certain=True,
        unit="share",
    ),
    Check(
        id="retrieval.diversity",
        question="How often do two tracks of a recommended list have different artists?",
        measure=lambda evidence, _: recommendations.diversity(evidence.recommended),
        severity="warn",
        subject_bound=_least_diversity,
        bound_in_words=f"champion: >= {LEAST:.0%} of its value",
        certain=True,
        unit="share",
    ),
)
