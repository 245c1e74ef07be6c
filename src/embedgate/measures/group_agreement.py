"""Groups of tracks that fit their playlists worse than in the champion: genres, slices, artists, unnamed regions.

A track fits its playlists if it is closer to their other tracks than to unrelated ones; see `pair_agreement`. A group
is compared with itself in the champion, so that a group which any training learns badly is not reported; displacement
alone cannot tell such a group from one that was left out of training.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.measurement import Measurement, not_applicable
from embedgate.measures.tolerance import A_FIFTH, CHANCE_AUC
from embedgate.measures.track_groups import (
    TrackGroups,
    artists,
    genre_tracks,
    number_of_genres,
    regions,
    slice_tracks,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.measures.cluster_variation import ClusterVariation
    from embedgate.measures.comparison import Comparison
    from embedgate.slices import Slice

_LEVEL = 0.05
"""Level of the intervals, for all groups of a kind together, as of all comparisons. A check fails only if the whole
interval is beyond a fifth, so that a sound retrain, which loses nothing, fails far less often."""
_LEAD_LEVEL = 0.01
"""Level at which a group must have a lead in the champion, to be judged."""
_MIN_KNOWN = 5
_HINT = "check whether {} was left out of training, or its vectors belong to other keys"


@dataclass(frozen=True, slots=True)
class _Loss:
    """Share of the lead over chance that a group has lost.

    Attributes:
        value: the share; 1 if the tracks fit their playlists no better than chance, negative if they fit better.
        margin: half of the width of the interval.
        new, old: mean agreement of the group in candidate and champion, 0.5 at chance level.
        tracks: numbers of the tracks, those that lost most first.
    """

    value: float
    margin: float
    new: float
    old: float
    tracks: NDArray[np.intp] = field(repr=False)


def genre_agreement(found: Comparison, name: str | None) -> Measurement:
    """Return the share of its lead over chance that the agreement of a genre with its playlists has lost.

    The interval is of all tested genres together (Bonferroni).
    """
    own = genre_tracks(found, name)
    if isinstance(own, Measurement):
        return own
    return _agreement(found, own, number_of_genres(found), str(name))


def slice_agreement(found: Comparison, slice_: Slice) -> Measurement:
    """Return the share of its lead over chance that the agreement of a slice with its playlists has lost.

    The interval is of all slices together (Bonferroni).
    """
    own = slice_tracks(found, slice_)
    if isinstance(own, Measurement):
        return own
    return _agreement(found, own, len(found.pair.candidate.slices), slice_.name)


def _agreement(found: Comparison, own: NDArray[np.intp], tests: int, name: str) -> Measurement:
    loss = _loss(found, own, tests, found.agreement_variation(own))
    if loss is None:
        return _no_lead(f"the tracks of {name}")
    return Measurement(
        value=loss.value,
        n=len(own),
        interval=(loss.value - loss.margin, loss.value + loss.margin),
        tracks=found.pair.new.keys(loss.tracks),
        summary=_summary(f"the tracks of {name}", loss),
        hint=_HINT.format(name),
    )


def artist_agreement(found: Comparison) -> Measurement:
    """Return the largest share of its lead over chance that the agreement of an artist has lost; see `_largest`."""
    return _largest(found, artists(found))


def region_agreement(found: Comparison) -> Measurement:
    """Return the largest share of its lead over chance that the agreement of a region has lost; see `_largest`."""
    return _largest(found, regions(found))


def _largest(found: Comparison, groups: TrackGroups | Measurement) -> Measurement:
    """Return the loss of the group that has certainly lost most: the one whose interval begins highest.

    The intervals are of all tested groups together (Bonferroni). A group that has lost more than a fifth is left out
    of the variation that it is compared with.
    """
    if isinstance(groups, Measurement):
        return groups
    tests, variation = len(groups.members), found.agreement_variation()
    losses = {group: _loss(found, own, tests, variation) for group, own in groups.members.items()}
    for group, loss in losses.items():
        if loss is not None and loss.value > A_FIFTH:
            own = groups.members[group]
            losses[group] = _loss(found, own, tests, found.agreement_variation(own))
    known = {group: loss for group, loss in losses.items() if loss is not None}
    if not known:
        return _no_lead(f"the tracks of any {groups.kind}")
    ranked = sorted(known, key=lambda group: (known[group].margin - known[group].value, group))
    first, worst = ranked[0], known[ranked[0]]
    beyond = [group for group in ranked if known[group].value - known[group].margin > A_FIFTH]
    return Measurement(
        value=worst.value,
        n=len(known),
        interval=(worst.value - worst.margin, worst.value + worst.margin),
        tracks=found.pair.new.keys(np.concatenate([known[group].tracks for group in beyond or ranked[:1]])),
        summary=_summary(f"{groups.names[first]} ({len(worst.tracks)} tracks)", worst)
        + f"; {len(beyond)} of {len(known)} {groups.kind}s have certainly lost more than {A_FIFTH:.0%} of the lead",
        hint=_HINT.format(f"this {groups.kind}"),
    )


def fits_its_playlists(found: Comparison, own: NDArray[np.intp]) -> bool:
    """Return whether a group has certainly lost less than a fifth of its lead over chance."""
    loss = _loss(found, own, 1, found.agreement_variation(own))
    return loss is not None and loss.value + loss.margin < A_FIFTH


def _loss(found: Comparison, own: NDArray[np.intp], tests: int, variation: ClusterVariation | None) -> _Loss | None:
    """Return the loss of a group; None if its lead in the champion is not certainly above zero.

    The interval contains the error of a ratio estimate over tracks (Cochran 1977, Sampling techniques, 6.4), and the
    variation between clusters of the space, since a training displaces neighbours together.
    """
    from scipy.special import stdtrit  # noqa: PLC0415 - heavy

    known = own[~np.isnan(found.agreement_loss[own])]
    n = len(known)
    if variation is None or n < _MIN_KNOWN:
        return None
    leads, lost = found.pair_agreement[1][known] - CHANCE_AUC, found.agreement_loss[known]
    quantile, lead_quantile = (-float(stdtrit(n - 1, level / tests / 2)) / n**0.5 for level in (_LEVEL, _LEAD_LEVEL))
    lead = float(leads.mean())
    if lead <= lead_quantile * float(leads.std(ddof=1)):
        return None
    value = float(lost.mean()) / lead
    within = quantile * float((lost - value * leads).std(ddof=1))
    between = variation.critical(tests, _LEVEL / 2) * variation.spread
    return _Loss(
        value,
        float(np.hypot(within, between)) / lead,
        CHANCE_AUC + (1 - value) * lead,
        CHANCE_AUC + lead,
        known[np.argsort(-lost, kind="stable")],
    )


def _no_lead(who: str) -> Measurement:
    return not_applicable(f"it is not certain that {who} fit their playlists better than chance in the champion")


def _summary(who: str, loss: _Loss) -> str:
    change = "lost" if loss.value >= 0 else "gained"
    return (
        f"{who} are closer to the tracks of their playlists than to others {loss.new:.1%} of the time, "
        f"{loss.old:.1%} in the champion: {abs(loss.value):.0%} of the lead over chance {change}"
    )
