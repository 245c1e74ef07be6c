"""Groups of shared tracks that the comparison tests as a whole: genres, artists, and regions that nobody named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from embedgate.measures.comparison import MIN_GROUP_TRACKS, too_few_shared
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.measures.neighbourhood import NO_ARTISTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from embedgate.measures.comparison import Comparison
    from embedgate.slices import Slice

_SHOWN = 3


@dataclass(frozen=True, slots=True, eq=False)
class TrackGroups:
    """The groups of one kind with at least twenty shared tracks.

    Attributes:
        kind: "artist" or "region".
        labels: group of each shared track, shape (n,).
        members: numbers of the tracks of each group, the most played first.
        names: what to call each group.
    """

    kind: Literal["artist", "region"]
    labels: NDArray[np.integer] = field(repr=False)
    members: Mapping[int, NDArray[np.intp]] = field(repr=False)
    names: Mapping[int, str] = field(repr=False)


def genre_tracks(found: Comparison, name: str | None) -> NDArray[np.intp] | Measurement:
    """Return the numbers of the tracks of a genre, or why the genre is not tested."""
    if name not in found.pair.candidate.tags.genres:
        return not_applicable("no genre is configured")
    if found.displacement is None:
        return too_few_shared(found)
    new = found.pair.new
    own = np.flatnonzero(new.tags.has(new.tags.genres.index(name)))
    if len(own) < MIN_GROUP_TRACKS or len(own) == len(new.tracks):
        return inconclusive(
            f"{len(own)} of {len(new.tracks)} shared tracks are tagged {name}: too few to compare", severity="warn"
        )
    return own


def slice_tracks(found: Comparison, slice_: Slice) -> NDArray[np.intp] | Measurement:
    """Return the numbers of the shared tracks of a slice, or why it is not tested."""
    if found.displacement is None:
        return too_few_shared(found)
    new = found.pair.new
    numbers = new.playlist_track_numbers[new.slice_members[slice_]]
    own = np.sort(numbers[numbers >= 0]).astype(np.intp)
    if len(own) < MIN_GROUP_TRACKS or len(own) == len(new.tracks):
        return inconclusive("too few or all of the shared tracks are of this slice", n=len(own), severity="warn")
    return own


def number_of_genres(found: Comparison) -> int:
    """Return the number of genres that are tested."""
    return int((found.pair.new.tags.tracks >= MIN_GROUP_TRACKS).sum())


def artists(found: Comparison) -> TrackGroups | Measurement:
    """Return the artists, or why none is tested."""
    if not found.pair.candidate.catalogue.has_artists:
        return not_applicable(NO_ARTISTS)
    if found.displacement is None:
        return too_few_shared(found)
    catalogue = found.pair.new.catalogue
    members = _members(found, catalogue.artist_codes)
    if not members:
        return not_applicable(f"no artist has {MIN_GROUP_TRACKS} shared tracks")
    names = {artist: catalogue.artists[int(tracks[0])] for artist, tracks in members.items()}
    return TrackGroups("artist", catalogue.artist_codes, members, names)


def regions(found: Comparison) -> TrackGroups | Measurement:
    """Return the regions of the champion's space, described by their best-known tracks, or why none is tested."""
    if found.displacement is None:
        return too_few_shared(found)
    members = _members(found, found.regions)
    if not members:
        return not_applicable(f"no region has {MIN_GROUP_TRACKS} shared tracks")
    names = {
        region: f"the region around {', '.join(found.pair.new.keys(tracks[:_SHOWN]))}"
        for region, tracks in members.items()
    }
    return TrackGroups("region", found.regions, members, names)


def _members(found: Comparison, labels: NDArray[np.integer]) -> dict[int, NDArray[np.intp]]:
    by_group = np.lexsort((-found.pair.new.plays, labels))
    groups = np.split(by_group, np.cumsum(np.bincount(labels))[:-1])
    return {group: tracks for group, tracks in enumerate(groups) if MIN_GROUP_TRACKS <= len(tracks) < len(labels)}
