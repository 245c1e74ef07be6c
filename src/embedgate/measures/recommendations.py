"""Coverage and diversity of recommended lists: the ten nearest neighbours of the tracks that listeners played last.

Hubs and antihubs ask every track for its neighbours. Listeners ask with the tracks that they play, so popular tracks
ask more often. The reference are the playlists: as many tracks as were recommended, drawn from the playlist of the
query.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.measures.retrieval import NO_TARGETS
from embedgate.measures.tolerance import A_FIFTH
from embedgate.statistics import CONFIDENCE, SEED, linear_mean_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest
    from embedgate.measures.retrieval import NextTrack
    from embedgate.statistics import Interval

LEAST = 1 - A_FIFTH
"""Smallest share of the reference."""
_MIN_LISTS = 100
_GROUPS = 40  # of the jackknife


@dataclass(frozen=True, eq=False)
class RecommendedLists:
    """Lists of recommended tracks, and as many tracks of the playlist of each query.

    Attributes:
        model: the model.
        queries: track number of each query, shape (m,).
        recommended: its nearest neighbours, -1 beyond the length of the list, shape (m, k).
        played: tracks of its playlist, likewise.
    """

    model: ModelUnderTest = field(repr=False)
    queries: NDArray[np.int32] = field(repr=False)
    recommended: NDArray[np.int32] = field(repr=False)
    played: NDArray[np.int32] = field(repr=False)

    @classmethod
    def of(cls, found: NextTrack) -> RecommendedLists:
        """Recommend tracks for the queries of next-track retrieval that have a vector."""
        known = found.queries >= 0
        queries = found.queries[known]
        near = found.model.neighbours_of(queries).indices
        played = _drawn(found.model, found.playlist[known], queries, near.shape[1])
        some = (played >= 0).any(axis=1)
        recommended = np.where(played >= 0, near, -1)
        return cls(found.model, queries[some], recommended[some], played[some])

    def __len__(self) -> int:
        return len(self.queries)

    def coverage(self, lists: NDArray[np.int32]) -> float:
        """Return the share of all tracks that are in a list (catalogue coverage, Ge, Delgado and Jannach 2010)."""
        return len(np.unique(lists[lists >= 0])) / len(self.model.tracks)

    def coverage_interval(self, lists: NDArray[np.int32]) -> Interval:
        """Return the interval of the coverage, each group of lists left out in turn (jackknife, Wolter 2007, 4.2)."""
        from scipy.special import stdtrit  # noqa: PLC0415 - heavy

        group = np.random.default_rng(SEED).permutation(len(lists)) % _GROUPS
        groups = np.broadcast_to(group[:, None], lists.shape)[lists >= 0]
        tracks, place = np.unique(lists[lists >= 0], return_inverse=True)
        first, last = np.full(len(tracks), _GROUPS), np.full(len(tracks), -1)
        np.minimum.at(first, place.ravel(), groups)
        np.maximum.at(last, place.ravel(), groups)
        # a track whose lists are all of one group is not covered without this group
        lost = np.bincount(first[first == last], minlength=_GROUPS) / len(self.model.tracks)
        error = float(((_GROUPS - 1) / _GROUPS * ((lost - lost.mean()) ** 2).sum()) ** 0.5)
        margin = -float(stdtrit(_GROUPS - 1, (1 - CONFIDENCE) / 2)) * error
        value = self.coverage(lists)
        return max(0.0, value - margin), min(1.0, value + margin)

    @cached_property
    def _codes(self) -> tuple[str, NDArray[np.integer]] | None:
        """What tracks of a list differ in, and its number for each track, -1 if unknown, shape (n,)."""
        if self.model.catalogue.has_artists:
            return "artists", self.model.catalogue.artist_codes
        if (self.model.tags.codes >= 0).any():
            return "genres", self.model.tags.codes
        return None

    @property
    def differ_in(self) -> str:
        """What tracks of a list differ in; "" if neither artists nor genres are known."""
        return self._codes[0] if self._codes else ""

    def diversity(self, lists: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the share of pairs of each list that differ, NaN without a pair, shape (m,).

        One minus the intra-list similarity (Ziegler et al. 2005), where two tracks of one artist are similar.
        """
        codes = np.append(self._codes[1] if self._codes else np.full(len(self.model.tracks), -1), -1)[lists]
        left, right = np.triu_indices(lists.shape[1], 1)
        known = (codes[:, left] >= 0) & (codes[:, right] >= 0)
        differ = known & (codes[:, left] != codes[:, right])
        pairs = known.sum(axis=1)
        shares = np.full(len(lists), np.nan)
        shares[pairs > 0] = differ.sum(axis=1)[pairs > 0] / pairs[pairs > 0]
        return shares


def catalogue_coverage(found: RecommendedLists | None) -> Measurement:
    """Return the share of all tracks that are recommended at least once; `scale` is that of the playlists."""
    if found is None or len(found) < _MIN_LISTS:
        return _too_few(found)
    value, reference = found.coverage(found.recommended), found.coverage(found.played)
    return Measurement(
        value=value,
        n=len(found),
        interval=found.coverage_interval(found.recommended),
        scale=reference,
        summary=f"{len(found):,} recommended lists contain {value:.1%} of all tracks, and lists of as many tracks of "
        f"the playlists {reference:.1%}",
        hint="few tracks are recommended for many others: check hubness and collapse, then the training",
    )


def diversity(found: RecommendedLists | None) -> Measurement:
    """Return the share of pairs of a list that are by different artists, or of different genres without artists."""
    if found is None or len(found) < _MIN_LISTS:
        return _too_few(found)
    if not found.differ_in:
        return not_applicable("the tracks have neither artists nor genres")
    recommended, played = found.diversity(found.recommended), found.diversity(found.played)
    both = ~np.isnan(recommended) & ~np.isnan(played)
    n = int(both.sum())
    if n < _MIN_LISTS:
        return inconclusive(f"{n} lists have two tracks with {found.differ_in}: too few", n=n, severity="warn")
    value = float(recommended[both].mean())
    return Measurement(
        value=value,
        n=n,
        interval=linear_mean_interval(recommended[both], found.queries[both]),
        summary=f"two tracks of a recommended list have different {found.differ_in} {value:.1%} of the time, and two "
        f"of a playlist {played[both].mean():.1%}",
        hint="recommended lists have become more uniform: check the weight of artist or genre in the training data",
    )


def _drawn(
    model: ModelUnderTest, playlists: NDArray[np.intp], queries: NDArray[np.int32], most: int
) -> NDArray[np.int32]:
    """Draw up to `most` tracks with a vector from each playlist, without its query; -1 fills the rest.

    Args:
        model: the model.
        playlists: m distinct playlist numbers.
        queries: track number of the query of each, shape (m,).
        most: number of tracks.
    """
    place = np.full(len(model.playlists), -1)
    place[playlists] = np.arange(len(playlists))
    playlist, track = model.distinct_plays
    kept = place[playlist] >= 0
    row, track = place[playlist[kept]], track[kept]
    kept = track != queries[row]
    row, track = row[kept], track[kept]
    by_row = np.argsort(row, kind="stable")  # so that the draw does not depend on the order of the playlists
    row, track = row[by_row], track[by_row]
    order = np.lexsort((np.random.default_rng(SEED).random(len(row)), row))
    row, track = row[order], track[order]
    counts = np.bincount(row, minlength=len(playlists))
    rank = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    drawn = np.full((len(playlists), most), -1, dtype=np.int32)
    drawn[row[rank < most], rank[rank < most]] = track[rank < most]
    return drawn


def _too_few(found: RecommendedLists | None) -> Measurement:
    if found is None:
        return not_applicable(NO_TARGETS)
    why = f"{len(found)} playlists have a query with a vector and another track: {_MIN_LISTS} are required"
    return inconclusive(why, n=len(found), severity="warn")
