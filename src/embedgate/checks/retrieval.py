"""Next-track retrieval."""

from __future__ import annotations

from embedgate.checks.bounds import at_least
from embedgate.checks.check import Check, by_slice
from embedgate.measures import retrieval

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
)
