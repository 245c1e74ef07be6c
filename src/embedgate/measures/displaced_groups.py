"""Groups of tracks that are displaced as a whole: genres, artists, and regions that nobody named.

A group that was left out of training is displaced as a whole, though no single track stands out. It is compared with
the variation between groups of the same comparison; see `cluster_variation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.cluster_variation import MIN_CLUSTERS, ClusterVariation, cluster_variation
from embedgate.measures.comparison import too_few_shared
from embedgate.measures.group_agreement import fits_its_playlists
from embedgate.measures.measurement import Measurement
from embedgate.measures.tolerance import A_FIFTH
from embedgate.measures.track_groups import TrackGroups, artists, genre_tracks, number_of_genres, regions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.measures.comparison import Comparison

_NO_WORSE = "; it only warns, since these tracks fit their playlists and keep their neighbours"
_CERTAIN = 0.01
_LEVEL = 0.05
_SURE = 0.001
"""Levels for all groups of a kind together: beyond the first the check warns, beyond the second it fails."""


def genre_displacement(found: Comparison, name: str | None) -> Measurement:
    """Return how much farther a genre is displaced than clusters of the champion's space, in standard deviations.

    Clusters that consist mostly of the genre are left out of the reference. The scale is the displacement that one
    genre reaches by chance in 5 % of comparisons; the interval adds the margin to the displacement that the farthest
    of all genres reaches.

    A genre that is half of the space only warns: the smaller rest does not show how far a training displaces a genre.
    So does a genre that is no worse; see `_is_no_worse`.
    """
    own = genre_tracks(found, name)
    if isinstance(own, Measurement):
        return own
    moved, variation, whole = found.displacement, found.displacement_variation(own), found.cluster_variation
    if moved is None or variation is None or whole is None:
        return too_few_shared(found)
    n = len(found.pair.shared)
    half = 2 * len(own) >= n or 2 * variation.groups <= whole.groups
    relative = found.relative_displacement[own]
    excess, critical = variation.excess(relative), variation.critical(1, _LEVEL)
    margin = variation.critical(number_of_genres(found), _LEVEL) - critical
    no_worse = excess > critical and _is_no_worse(found, own)
    return Measurement(
        value=excess,
        n=len(own),
        interval=(excess - margin, excess + margin),
        scale=critical,
        tracks=found.pair.new.keys(own[np.argsort(-moved.distance[own], kind="stable")]),
        summary=f"{name} is displaced {abs(excess):.1f} standard deviations "
        f"{'farther' if excess >= 0 else 'less'} than clusters of the same size ({_factor(relative, variation):.2f} "
        f"times as far as tracks of similar popularity; {variation.groups} clusters)"
        + (
            f"; it only warns, since {name} is {len(own) / n:.0%} of the shared tracks"
            if half
            else _NO_WORSE * no_worse
        ),
        hint=f"something about {name} alone has changed: check for playlists that were left out of training, or "
        "changed data",
        default_severity="warn" if half or no_worse else None,
    )


def artist_displacement(found: Comparison) -> Measurement:
    """Return how much farther the farthest artist is displaced than other artists, in standard deviations.

    Artists with at least twenty shared tracks are compared. With fewer than forty artists of five tracks, the
    reference is the variation between clusters. The scale is the displacement that the farthest of all artists
    reaches by chance in 5 % of comparisons (Bonferroni); the interval adds the margin to that of 0.1 %.
    """
    groups = artists(found)
    if isinstance(groups, Measurement):
        return groups
    variation = cluster_variation(found.relative_displacement, groups.labels)
    if variation is None or variation.groups < MIN_CLUSTERS:
        variation = found.cluster_variation
    return _farthest(found, groups, variation)


def region_displacement(found: Comparison) -> Measurement:
    """Return how much farther the farthest region is displaced than other regions, in standard deviations.

    See `Comparison.regions`. The reference is the variation between clusters. Scale and interval are those of
    `artist_displacement`.
    """
    groups = regions(found)
    return groups if isinstance(groups, Measurement) else _farthest(found, groups, found.cluster_variation)


def _farthest(found: Comparison, groups: TrackGroups, variation: ClusterVariation | None) -> Measurement:
    if found.displacement is None or variation is None:
        return too_few_shared(found)
    members, tests = groups.members, len(groups.members)
    excess = {group: variation.excess(found.relative_displacement[own]) for group, own in members.items()}
    ranked = sorted(excess, key=lambda group: (-excess[group], group))
    critical, sure = (variation.critical(tests, level) for level in (_LEVEL, _SURE))
    beyond = [group for group in ranked if excess[group] > critical]
    farthest = ranked[0]
    no_worse = bool(beyond) and all(_is_no_worse(found, members[each]) for each in beyond)
    factor = _factor(found.relative_displacement[members[farthest]], variation)
    return Measurement(
        value=excess[farthest],
        n=tests,
        interval=(excess[farthest] - (sure - critical), excess[farthest] + (sure - critical)),
        scale=critical,
        tracks=found.pair.new.keys(np.concatenate([members[group] for group in beyond or ranked[:1]])),
        summary=f"{groups.names[farthest]} ({len(members[farthest])} tracks) is displaced "
        f"{factor:.2f} times as far as tracks of similar popularity; {len(beyond)} of {tests} {groups.kind}s "
        f"{'is' if len(beyond) == 1 else 'are'} displaced farther than the others vary{_NO_WORSE * no_worse}",
        hint=f"check for playlists of this {groups.kind} that were left out of training, or changed data",
        default_severity="warn" if no_worse else None,
    )


def _factor(relative: NDArray[np.float64], variation: ClusterVariation) -> float:
    return float(np.exp(np.median(relative) - variation.centre))


def _is_no_worse(found: Comparison, own: NDArray[np.intp]) -> bool:
    """Return whether a displaced group fits its playlists, and keeps its neighbours as other tracks do.

    A training may displace a group as a whole, without harm. A group that was left out of training no longer fits its
    playlists; one that collapsed, or whose keys were permuted, no longer has its neighbours: certainly less than four
    fifths of those that tracks of similar popularity keep (ratio estimate, Cochran 1977, 6.4).
    """
    from scipy.special import stdtrit  # noqa: PLC0415 - heavy

    if not fits_its_playlists(found, own):
        return False
    kept, usual = found.overlap_beside_usual(own)
    difference = kept - (1 - A_FIFTH) * usual
    error = float(difference.std(ddof=1)) / len(kept) ** 0.5
    return bool(difference.mean() > stdtrit(len(kept) - 1, _CERTAIN) * error)
