"""Vocabulary: the tracks that people play have a vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.checks.bounds import at_least, at_most
from embedgate.checks.check import Check, by_slice
from embedgate.measures import vocabulary
from embedgate.measures.slices import LEAST_OF_OTHERS

if TYPE_CHECKING:
    from embedgate.checks.bounds import Bound
    from embedgate.measures.evidence import Evidence
    from embedgate.slices import Slice

MIN_PLAYS, MIN_PLAYLISTS = 0.01, 0.10


def _least_coverage(evidence: Evidence, slice_: Slice | None) -> Bound | None:
    """Return the bound of a slice: a share of the coverage of equally played tracks."""
    expected = None if slice_ is None else evidence.slices.coverage[slice_].scale
    return None if expected is None else at_least(LEAST_OF_OTHERS * expected, "null", constant=True)


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
    Check(
        id="vocabulary.slice",
        question="Do the tracks of this slice have a vector as often as others with as many plays?",
        measure=by_slice(lambda evidence: evidence.slices.coverage),
        per="slice",
        severity="warn",
        subject_bound=_least_coverage,
        bound_in_words=f"default: >= {LEAST_OF_OTHERS:.0%} of the coverage of other tracks with as many plays",
        certain=True,
        unit="share",
    ),
)
