"""Nearest neighbours: known tracks, artists and playlists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.checks.bounds import Bound, at_least
from embedgate.checks.check import Check, by_slice
from embedgate.measures import known_tracks
from embedgate.measures.measurement import Measurement, not_applicable

if TYPE_CHECKING:
    from embedgate.measures.evidence import Evidence


def _known_track(evidence: Evidence, slug: str | None) -> Measurement:
    if slug is None:
        return not_applicable("no known track is configured")
    return evidence.known_track_results[slug].measurement


def _required_hits(evidence: Evidence, slug: str | None) -> Bound | None:
    return None if slug is None else at_least(evidence.known_track_results[slug].required_hits, "user")


CHECKS = (
    Check(
        id="neighbours.known",
        question="Does a known track have the expected neighbours?",
        measure=_known_track,
        per="known",
        subject_bound=_required_hits,
        unit="count",
    ),
    Check(
        id="neighbours.known_rate",
        question="What share of the known tracks have the expected neighbours?",
        measure=lambda evidence, _: known_tracks.known_rate(list(evidence.known_track_results.values())),
        severity="warn",
        unit="share",
    ),
    Check(
        id="neighbours.same_artist",
        question="Do nearest neighbours share an artist more often than chance?",
        measure=lambda evidence, _: evidence.same_artist.measurement,
        null=True,
        champion_excuses=True,
        unit="factor",
    ),
    Check(
        id="neighbours.co_listening",
        question="Are tracks of one playlist closer than random pairs of the same popularity?",
        measure=lambda evidence, _: evidence.co_listening.measurement,
        null=True,
        headline=True,
    ),
    Check(
        id="neighbours.slice",
        question="Are tracks of one playlist closer than random pairs, for the tracks of this slice?",
        measure=by_slice(lambda evidence: evidence.slices.co_listening),
        per="slice",
        null=True,
        champion_excuses=True,
    ),
)
