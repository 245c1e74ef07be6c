"""The comparison with the model in production."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from embedgate.checks.bands import Band
from embedgate.checks.check import Check
from embedgate.checks.units import UNBOUNDED
from embedgate.measures import champion, displaced_groups, group_agreement
from embedgate.measures.measurement import Measurement, no_baseline
from embedgate.measures.past_champions import regression
from embedgate.measures.tolerance import A_FIFTH, LOST, MISPLACED, NEW_DUPLICATES, REPRODUCED

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedgate.measures.comparison import Comparison
    from embedgate.measures.evidence import Evidence
    from embedgate.slices import Slice


def _compared(measure: Callable[[Comparison], Measurement]) -> Callable[[Evidence, None], Measurement]:
    return _compared_by_genre(lambda comparison, _: measure(comparison))


def _compared_by_genre(
    measure: Callable[[Comparison, str | None], Measurement],
) -> Callable[[Evidence, str | None], Measurement]:
    def measured(evidence: Evidence, genre: str | None) -> Measurement:
        if evidence.comparison is None:
            return no_baseline("there is no champion yet")
        return measure(evidence.comparison, genre)

    return measured


def _compared_by_slice(
    measure: Callable[[Comparison, Slice], Measurement],
) -> Callable[[Evidence, Slice], Measurement]:
    def measured(evidence: Evidence, slice_: Slice) -> Measurement:
        if evidence.comparison is None:
            return no_baseline("there is no champion yet")
        return evidence.comparison.warned_if_hardly_trained(measure(evidence.comparison, slice_))

    return measured


def _warned_if_hardly_trained(
    measure: Callable[[Comparison, str | None], Measurement],
) -> Callable[[Evidence, str | None], Measurement]:
    """Return a measure that only warns if the champion is hardly trained."""
    return _compared_by_genre(
        lambda comparison, genre: comparison.warned_if_hardly_trained(measure(comparison, genre))
    )


def _paired(name: str) -> Callable[[Evidence, None], Measurement]:
    return _compared(lambda comparison: champion.difference(comparison, name))


CHECKS = (
    Check(
        id="champion.match_auc",
        question="Is a track closer to its position in the champion than unrelated tracks are?",
        measure=_warned_if_hardly_trained(lambda comparison, _: champion.match_auc(comparison)),
        band=Band(kind="at_least", limit=REPRODUCED, unchanged=1),
        headline=True,
    ),
    Check(
        id="champion.misplaced",
        question="How many tracks have left the neighbourhood that they have in the champion?",
        measure=_warned_if_hardly_trained(lambda comparison, _: champion.misplaced(comparison)),
        band=Band(kind="at_most", limit=MISPLACED, share_of="n", min_limit=2),
        unit="count",
    ),
    Check(
        id="champion.lost",
        question="What share of plays belongs to tracks that have a vector only in the champion?",
        measure=_compared(champion.lost),
        band=Band(kind="at_most", limit=LOST),
        unit="share",
    ),
    Check(
        id="champion.churn",
        question="What share of plays belongs to tracks that only one of the two models has?",
        measure=_compared(champion.churn),
        severity="warn",
        severity_calibrated="warn",
        band=Band(kind="at_most", limit=None, min_limit=NEW_DUPLICATES),
        unit="share",
    ),
    Check(
        id="champion.overlap",
        question="What share of the ten nearest neighbours is the same as in the champion?",
        measure=_compared(lambda comparison: champion.overlap(comparison).measurement),
        severity="warn",
        severity_calibrated="warn",
        band=Band(kind="at_least", limit=None, unchanged=1),
        unit="share",
    ),
    Check(
        id="champion.genre_displacement",
        question="Is a genre displaced farther than clusters of the same size?",
        measure=_warned_if_hardly_trained(displaced_groups.genre_displacement),
        per="genre",
        band=Band(kind="at_most", limit=1, share_of="critical"),
        unit="deviations",
    ),
    Check(
        id="champion.artist_displacement",
        question="Is an artist displaced farther than other artists?",
        measure=_warned_if_hardly_trained(lambda comparison, _: displaced_groups.artist_displacement(comparison)),
        band=Band(kind="at_most", limit=1, share_of="critical"),
        unit="deviations",
    ),
    Check(
        id="champion.region_displacement",
        question="Is a region of the space displaced farther than other regions?",
        measure=_warned_if_hardly_trained(lambda comparison, _: displaced_groups.region_displacement(comparison)),
        band=Band(kind="at_most", limit=1, share_of="critical"),
        unit="deviations",
    ),
    Check(
        id="champion.genre_agreement",
        question="Do the tracks of a genre fit their playlists worse than in the champion?",
        measure=_warned_if_hardly_trained(group_agreement.genre_agreement),
        per="genre",
        band=Band(kind="at_most", limit=A_FIFTH),
        own_range=UNBOUNDED,
        unit="share",
    ),
    Check(
        id="champion.artist_agreement",
        question="Do the tracks of an artist fit their playlists worse than in the champion?",
        measure=_warned_if_hardly_trained(lambda comparison, _: group_agreement.artist_agreement(comparison)),
        band=Band(kind="at_most", limit=A_FIFTH),
        own_range=UNBOUNDED,
        unit="share",
    ),
    Check(
        id="champion.region_agreement",
        question="Do the tracks of a region of the space fit their playlists worse than in the champion?",
        measure=_warned_if_hardly_trained(lambda comparison, _: group_agreement.region_agreement(comparison)),
        band=Band(kind="at_most", limit=A_FIFTH),
        own_range=UNBOUNDED,
        unit="share",
    ),
    Check(
        id="champion.genre_accuracy",
        question="Are fewer tracks of a genre classified correctly than in the champion?",
        measure=_compared_by_genre(champion.genre_accuracy),
        per="genre",
        severity="warn",
        band=Band(kind="at_least", limit=-A_FIFTH, share_of="scale"),
        unit="difference",
    ),
    Check(
        id="champion.accuracy",
        question="Are fewer tracks classified correctly than in the champion?",
        measure=_paired("accuracy"),
        band=Band(kind="at_least", limit=-A_FIFTH, share_of="scale"),
        unit="difference",
    ),
    Check(
        id="champion.same_artist",
        question="Do fewer neighbours share an artist than in the champion?",
        measure=_paired("same_artist"),
        band=Band(kind="at_least", limit=-A_FIFTH, share_of="scale"),
        unit="difference",
    ),
    Check(
        id="champion.co_listening",
        question="Are tracks of one playlist farther apart than in the champion?",
        measure=_paired("co_listening"),
        band=Band(kind="at_least", limit=-A_FIFTH, share_of="scale"),
        unit="difference",
    ),
    Check(
        id="champion.hit_rate",
        question="Is the next track retrieved less often than in the champion?",
        measure=_paired("hit_rate"),
        band=Band(kind="at_least", limit=-A_FIFTH, share_of="scale"),
        unit="difference",
    ),
    Check(
        id="champion.slice",
        question="Is the next track retrieved less often than in the champion if it is of this slice?",
        measure=_compared_by_slice(champion.slice_hit_rate),
        per="slice",
        band=Band(kind="at_least", limit=-A_FIFTH, share_of="scale"),
        certain=True,
        unit="difference",
    ),
    Check(
        id="champion.slice_agreement",
        question="Do the tracks of this slice fit their playlists worse than in the champion?",
        measure=_compared_by_slice(group_agreement.slice_agreement),
        per="slice",
        band=Band(kind="at_most", limit=A_FIFTH),
        own_range=UNBOUNDED,
        certain=True,
        unit="share",
    ),
    Check(
        id="champion.ndcg",
        question="Does the next track rank lower than in the champion?",
        measure=_paired("ndcg"),
        severity="warn",
        band=Band(kind="at_least", limit=-A_FIFTH, share_of="scale"),
        unit="difference",
    ),
    Check(
        id="champion.new_duplicates",
        question="What share of tracks are new duplicates?",
        measure=_compared(champion.new_duplicates),
        band=Band(kind="at_most", limit=NEW_DUPLICATES),
        unit="share",
    ),
    Check(
        id="champion.mean_cosine",
        question="By how much has the mean cosine risen since the champion?",
        measure=_compared(champion.mean_cosine),
        band=Band(kind="at_most", limit=A_FIFTH),
        own_range=(-2, 2),
        unit="difference",
    ),
    Check(
        id="champion.effective_rank",
        question="Is the effective rank lower than in the champion?",
        measure=_compared(champion.effective_rank),
        band=Band(kind="at_least", limit=1 - A_FIFTH, unchanged=1),
        own_range=(0, inf),
    ),
    Check(
        id="champion.regression",
        question="How much of its lead over chance has a measure lost since the best past champion?",
        measure=lambda evidence, _: regression(evidence, evidence.past_champions()),
        severity="warn",
        severity_calibrated="warn",
        band=Band(kind="at_most", limit=A_FIFTH),
        own_range=UNBOUNDED,
        unit="share",
    ),
)
