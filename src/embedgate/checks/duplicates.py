"""Duplicates: several keys for one recording."""

from __future__ import annotations

from embedgate.checks.bounds import at_most
from embedgate.checks.check import Check
from embedgate.measures import duplicates

CHECKS = (
    Check(
        id="duplicates.rate",
        question="What share of tracks are duplicates of another track?",
        measure=lambda evidence, _: duplicates.duplicate_rate(evidence.model, evidence.duplicates),
        own_direction="at_most",
        unit="share",
        headline=True,
    ),
    Check(
        id="duplicates.recall",
        question="Are duplicates among each other's ten nearest neighbours?",
        measure=lambda evidence, _: duplicates.duplicate_recall(evidence.model, evidence.duplicates),
        severity="warn",
        null=True,
        unit="share",
    ),
    Check(
        id="duplicates.identical_directions",
        question="How many tracks have the same direction as a different recording?",
        measure=lambda evidence, _: duplicates.identical_directions(evidence.model, evidence.duplicates),
        severity="warn",
        bound=at_most(0, "null", constant=True),
        unit="count",
    ),
)
