"""Separation of genres, in the space and on the map."""

from __future__ import annotations

from embedgate.checks.bounds import at_least
from embedgate.checks.check import Check
from embedgate.measures import separation

_ABOVE_ZERO = 5e-324
"""The smallest positive float."""

CHECKS = (
    Check(
        id="separation.tag_coverage",
        question="What share of tracks have a genre that can be judged?",
        measure=lambda evidence, _: separation.tag_coverage(evidence.model),
        bound=at_least(_ABOVE_ZERO, "null", constant=True),
        unit="share",
    ),
    Check(
        id="separation.space",
        question="Is a genre separated from the others in the space?",
        measure=lambda evidence, genre: evidence.space_separation.auc_of(genre),
        per="genre",
        null=True,
        champion_excuses=True,
    ),
    Check(
        id="separation.map",
        question="Is a genre separated from the others on the map?",
        measure=lambda evidence, genre: evidence.map_separation.auc_of(genre),
        per="genre",
        null=True,
        needs_map=True,
        champion_excuses=True,
    ),
    Check(
        id="separation.pair",
        question="Are two genres separated from each other?",
        measure=lambda evidence, pair: evidence.pair_auc(pair),
        per="pair",
        severity="warn",
        null=True,
    ),
    Check(
        id="separation.accuracy",
        question="What share of tracks do the nearest neighbours classify correctly?",
        measure=lambda evidence, _: evidence.space_separation.accuracy,
        severity="warn",
        null=True,
        unit="share",
        headline=True,
    ),
    Check(
        id="separation.silhouette",
        question="How compact are the genres?",
        measure=lambda evidence, _: evidence.space_separation.silhouette,
        severity="warn",
        own_range=(-1, 1),
    ),
)
