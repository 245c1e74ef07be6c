"""Vocabulary: the tracks that people play have a vector."""

from __future__ import annotations

from embedgate.checks.bounds import at_least, at_most
from embedgate.checks.check import Check
from embedgate.measures import vocabulary

MIN_PLAYS, MIN_PLAYLISTS = 0.01, 0.10

CHECKS = (
    Check(
        id="vocabulary.size",
        question="How many tracks have a vector?",
        measure=lambda evidence, _: vocabulary.size(evidence.model.space),
        unit="count",
    ),
    Check(
        id="vocabulary.coverage",
        question="What share of plays belongs to tracks that have a vector?",
        measure=lambda evidence, _: vocabulary.play_coverage(evidence.model),
        bound=at_least(MIN_PLAYS, "null", constant=True),
        unit="share",
        headline=True,
    ),
    Check(
        id="vocabulary.playlists",
        question="What share of playlists contain a track that has a vector?",
        measure=lambda evidence, _: vocabulary.playlist_coverage(evidence.model),
        bound=at_least(MIN_PLAYLISTS, "null", constant=True),
        unit="share",
    ),
    Check(
        id="vocabulary.top",
        question="How many of the most played tracks have no vector?",
        measure=lambda evidence, _: vocabulary.top_tracks_missing(evidence.model, evidence.top_tracks),
        severity_held_out="warn",
        bound=at_most(0, "null", constant=True),
        unit="count",
    ),
)
