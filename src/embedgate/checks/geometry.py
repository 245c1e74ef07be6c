"""Geometry of the space: collapse, rank, hubs, norms."""

from __future__ import annotations

from math import inf

from embedgate.checks.bounds import at_most
from embedgate.checks.check import Check
from embedgate.checks.units import UNBOUNDED
from embedgate.measures import geometry, hubs
from embedgate.measures.tolerance import COLLAPSED

CHECKS = (
    Check(
        id="geometry.collapse",
        question="Do the vectors point in different directions?",
        measure=lambda evidence, _: geometry.collapse(evidence.model),
        bound=at_most(COLLAPSED, "null", constant=True),
        champion_excuses=True,
        own_range=(-1, 1),
        headline=True,
    ),
    Check(
        id="geometry.effective_rank",
        question="How many dimensions are effectively used?",
        measure=lambda evidence, _: geometry.effective_rank(evidence.model),
        severity="warn",
        own_range=(0, inf),
    ),
    Check(
        id="geometry.hubness",
        question="Are a few tracks neighbours of many others?",
        measure=lambda evidence, _: hubs.hubness(evidence.model),
        severity="warn",
        own_direction="at_most",
        own_range=UNBOUNDED,
    ),
    Check(
        id="geometry.antihubs",
        question="What share of tracks are not a nearest neighbour of any track?",
        measure=lambda evidence, _: hubs.antihubs(evidence.model),
        severity="warn",
        own_direction="at_most",
        unit="share",
    ),
    Check(
        id="geometry.norm_popularity",
        question="Is the norm of a vector correlated with the plays of its track?",
        measure=lambda evidence, _: geometry.norm_popularity_correlation(evidence.model),
        severity="warn",
        own_direction="at_most",
        own_range=(-1, 1),
    ),
)
