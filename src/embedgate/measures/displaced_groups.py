"""Groups of tracks that are displaced as a whole: genres, artists, and regions that nobody named.

A group that was left out of training is displaced as a whole, though no single track stands out. It is compared with
the variation between groups of the same comparison; see `cluster_variation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.cluster_variation import MIN_CLUSTERS, ClusterVariation, cluster_variation
from embedgate.measures.comparison import MIN_GROUP_TRACKS, too_few_shared
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.measures.neighbourhood import NO_ARTISTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedgate.measures.comparison import Comparison

_LEVEL = 0.05
_SURE = 0.001
"""Levels for all groups of a kind together: beyond the first the check warns, beyond the second it fails."""
_SHOWN = 3


def genre_displacement(found: Comparison, name: str | None) -> Measurement:
    """Return how much farther a genre is displaced than clusters of the champion's space, in standard deviations.

    Clusters that consist mostly of the genre are left out of the reference. The scale is the displacement that one
    genre reaches by chance in 5 % of comparisons; the interval adds the margin to the displacement that the farthest
    of all genres reaches.
    """
    if name not in found.pair.candidate.tags.genres:
        return not_applicable("no genre is configured")
    moved = found.displacement
    if moved is None:
        return too_few_shared(found)
    new = found.pair.new
    own = np.flatnonzero(new.tags.codes == new.tags.genres.index(name))
    n = len(own)
    if n < MIN_GROUP_TRACKS or n == len(new.tracks):
        return inconclusive(
            f"{n} of {len(new.tracks)} shared tracks are tagged {name}: too few to compare", severity="warn"
        )
    variation = found.variation_without(own)
    if variation is None:
        return too_few_shared(found)
    relative = found.relative_displacement[own]
    excess, critical = variation.excess(relative), variation.critical(1, _LEVEL)
    margin = variation.critical(int((new.tags.tracks >= MIN_GROUP_TRACKS).sum()), _LEVEL) - critical
    return Measurement(
        value=excess,
        n=n,
        interval=(excess - margin, excess + margin),
        scale=critical,
        tracks=new.keys(own[np.argsort(-moved.distance[own], kind="stable")]),
        summary=f"{name} is displaced {abs(excess):.1f} standard deviations "
        f"{'farther' if excess >= 0 else 'less'} than clusters of the same size ({_factor(relative, variation):.2f} "
        f"times as far as tracks of similar popularity; {variation.groups} clusters)",
        hint=f"something about {name} alone has changed: check for playlists that were left out of training, or "
        "changed data",
        default_severity=found.displacement_severity,
    )


def artist_displacement(found: Comparison) -> Measurement:
    """Return how much farther the farthest artist is displaced than other artists, in standard deviations.

    Artists with at least twenty shared tracks are compared. With fewer than forty artists of five tracks, the
    reference is the variation between clusters. The scale is the displacement that the farthest of all artists
    reaches by chance in 5 % of comparisons (Bonferroni); the interval adds the margin to that of 0.1 %.
    """
    if not found.pair.candidate.catalogue.has_artists:
        return not_applicable(NO_ARTISTS)
    if found.displacement is None:
        return too_few_shared(found)
    catalogue = found.pair.new.catalogue
    codes = catalogue.artist_codes
    variation = cluster_variation(found.relative_displacement, codes)
    if variation is None or variation.groups < MIN_CLUSTERS:
        variation = found.cluster_variation

    def named(artist: int, _tracks: NDArray[np.intp]) -> str:
        return catalogue.artists[int(np.flatnonzero(codes == artist)[0])]

    return _farthest(found, codes, variation, "artist", named)


def region_displacement(found: Comparison) -> Measurement:
    """Return how much farther the farthest region is displaced than other regions, in standard deviations.

    Regions are the clusters of the champion's space; see `Comparison.clusters`. Scale and interval are those of
    `artist_displacement`.
    """
    if found.displacement is None:
        return too_few_shared(found)
    new = found.pair.new

    def around(_region: int, tracks: NDArray[np.intp]) -> str:
        known = tracks[np.argsort(-new.plays[tracks], kind="stable")[:_SHOWN]]
        return f"the region around {', '.join(new.keys(known))}"

    return _farthest(found, found.clusters, found.cluster_variation, "region", around)


def _farthest(
    found: Comparison,
    labels: NDArray[np.integer],
    variation: ClusterVariation | None,
    kind: str,
    describe: Callable[[int, NDArray[np.intp]], str],
) -> Measurement:
    """Test the groups of at least twenty tracks, and report the farthest."""
    moved, new = found.displacement, found.pair.new
    if moved is None or variation is None:
        return too_few_shared(found)
    sizes = np.bincount(labels)
    eligible = np.flatnonzero((sizes >= MIN_GROUP_TRACKS) & (sizes < len(new.tracks)))
    if not len(eligible):
        return not_applicable(f"no {kind} has {MIN_GROUP_TRACKS} shared tracks")
    members = {int(group): np.flatnonzero(labels == group) for group in eligible}
    excess = {group: variation.excess(found.relative_displacement[own]) for group, own in members.items()}
    ranked = sorted(excess, key=lambda group: (-excess[group], group))
    critical, sure = (variation.critical(len(eligible), level) for level in (_LEVEL, _SURE))
    beyond = [group for group in ranked if excess[group] > critical]
    tracks = np.concatenate([members[group][_by_plays(new.plays[members[group]])] for group in beyond or ranked[:1]])
    farthest = ranked[0]
    factor = _factor(found.relative_displacement[members[farthest]], variation)
    return Measurement(
        value=excess[farthest],
        n=len(eligible),
        interval=(excess[farthest] - (sure - critical), excess[farthest] + (sure - critical)),
        scale=critical,
        tracks=new.keys(tracks),
        summary=f"{describe(farthest, members[farthest])} ({sizes[farthest]} tracks) is displaced "
        f"{factor:.2f} times as far as tracks of similar popularity; {len(beyond)} of {len(eligible)} {kind}s "
        f"{'is' if len(beyond) == 1 else 'are'} displaced farther than the others vary",
        hint=f"check for playlists of this {kind} that were left out of training, or changed data",
        default_severity=found.displacement_severity,
    )


def _by_plays(plays: NDArray[np.int64]) -> NDArray[np.intp]:
    return np.argsort(-plays, kind="stable")


def _factor(relative: NDArray[np.float64], variation: ClusterVariation) -> float:
    return float(np.exp(np.median(relative) - variation.centre))
