"""Neighbour graphs of the tagged tracks, in the space and on the map, and the statistics of their genres."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.genre_tags import MIN_TRACKS, UNTAGGED
from embedgate.material.neighbours import neighbour_graph
from embedgate.measures.genre_counts import GenreCounts, count_genres, count_members
from embedgate.measures.map_faithfulness import map_neighbours
from embedgate.measures.tolerance import CHANCE_AUC
from embedgate.statistics import (
    PERMUTATIONS,
    SEED,
    Interval,
    Null,
    auc_of_counts,
    bootstrap_weights,
    labelings,
    percentile_interval,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.genre_tags import GenreTags
    from embedgate.material.model import ModelUnderTest

K = 10
LEVEL = 0.01
"""A random space passes the test of one genre once in a hundred times, and a test of the whole space once in a
thousand times. A sound genre of few artists would often fail a stricter test."""
MIN_LABELINGS = 1_000
_MAX_PER_GENRE, _MAX_TAGGED = 400, 8_000
"""Tagged tracks drawn per genre, and in total: 400 for each of 20 genres, 26 for each of 300."""


@dataclass(frozen=True, eq=False)
class LabelledGraph:
    """Tagged tracks and their nearest tagged neighbours by other artists.

    Attributes:
        tracks: m track numbers.
        labels: genre of each, int16, shape (m,).
        genres: number of genres, g.
        artists: artist of each, 0 to a - 1, shape (m,).
        near: places (0 to m - 1) of the nearest neighbours, shape (m, k).
        members: whether each track has each genre, shape (m, g); None if each has one. `labels` is then the first.
    """

    tracks: NDArray[np.intp]
    labels: NDArray[np.int16] = field(repr=False)
    genres: int
    artists: NDArray[np.intp] = field(repr=False)
    near: NDArray[np.int32] = field(repr=False)
    members: NDArray[np.bool_] | None = field(repr=False, default=None)

    def has(self, genre: int) -> NDArray[np.bool_]:
        """Return whether each track has a genre, shape (m,)."""
        return np.asarray(self.labels == genre if self.members is None else self.members[:, genre])

    @cached_property
    def counts(self) -> GenreCounts:
        """Genres among the neighbours of each track."""
        if self.members is not None:
            return count_members(self.near, self.labels, self.members)
        return count_genres(self.near, self.labels, self.genres)

    @cached_property
    def artist_genres(self) -> NDArray[np.intp]:
        """Most frequent genre of each artist's tracks, shape (a,); ties go to the first."""
        artists = int(self.artists.max()) + 1
        votes = np.bincount(self.artists * self.genres + self.labels, minlength=artists * self.genres)
        return np.asarray(votes.reshape(artists, self.genres).argmax(axis=1))

    @cached_property
    def artist_members(self) -> NDArray[np.bool_]:
        """Whether at least half of an artist's tracks have a genre, else the most frequent genre, shape (a, g)."""
        members = np.eye(self.genres, dtype=np.bool_)[self.labels] if self.members is None else self.members
        votes = np.zeros((int(self.artists.max()) + 1, self.genres), dtype=np.int64)
        np.add.at(votes, self.artists, members)
        found = 2 * votes >= np.bincount(self.artists)[:, None]
        without = ~found.any(axis=1)
        found[without, votes[without].argmax(axis=1)] = True
        return np.asarray(found)

    def artists_with(self, genre: int) -> NDArray[np.bool_]:
        """Return whether each artist has a genre in permutations, shape (a,)."""
        return np.asarray(self.artist_genres == genre if self.members is None else self.artist_members[:, genre])

    @cached_property
    def artist_kinds(self) -> NDArray[np.intp]:
        """Number of each artist's combination of genres, shape (a,)."""
        if self.members is None:
            return self.artist_genres
        return np.unique(self.artist_members, axis=0, return_inverse=True)[1].ravel()

    def auc_interval(self, genre: int) -> Interval | None:
        """Bootstrap a genre's AUC over artists: histograms add up, so all samples are one matrix product."""
        artists, cells = len(self.artist_genres), self.counts.k + 1
        cell = self.artists * cells + self.counts.of(genre)
        own = self.has(genre)
        inside, outside = (
            np.bincount(cell[rows], minlength=artists * cells).reshape(artists, cells).astype(np.float32)
            for rows in (own, ~own)
        )
        weights = bootstrap_weights(artists)
        return percentile_interval(auc_of_counts(weights @ inside, weights @ outside))

    def permuted_scores(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return AUCs, shape (permutations, g), and balanced accuracies with genres permuted over artists."""
        rng = np.random.default_rng(SEED)
        auc, accuracy = np.empty((PERMUTATIONS, self.genres)), np.empty(PERMUTATIONS)
        for draw in range(PERMUTATIONS):
            counts = self._permuted_counts(rng)
            auc[draw], accuracy[draw] = counts.auc(), np.nanmean(counts.accuracy())
        # AUCs of the baseline may be below chance, since neighbours by the same artist are left out
        return np.fmax(auc, CHANCE_AUC), accuracy

    def _permuted_counts(self, rng: np.random.Generator) -> GenreCounts:
        if self.members is None:
            return count_genres(self.near, rng.permutation(self.artist_genres)[self.artists], self.genres)
        return count_members(self.near, self.labels, rng.permutation(self.artist_members)[self.artists])

    def permuted_auc_of_two(self) -> NDArray[np.float64]:
        """Return AUCs of two genres permuted over artists, all at once, shape (permutations,)."""
        rng = np.random.default_rng(SEED)
        first = np.broadcast_to(self.artist_genres == 0, (PERMUTATIONS, len(self.artist_genres)))
        labels = rng.permuted(first, axis=1)[:, self.artists]
        width = self.near.shape[1] + 1
        counts = np.zeros(labels.shape, dtype=np.int32)
        for place in range(width - 1):
            counts += labels[:, self.near[:, place]]
        cells = np.arange(PERMUTATIONS, dtype=np.int32)[:, None] * width + counts
        all_, own = (
            np.bincount(some, minlength=PERMUTATIONS * width).reshape(-1, width)
            for some in (cells.ravel(), cells[labels])
        )
        return np.fmax(auc_of_counts(own, all_ - own), CHANCE_AUC)


def baseline(scores: NDArray[np.float64], artist_labels: NDArray[np.generic]) -> Null:
    """Return a permutation baseline; inconclusive if the artists' labels have too few distinct permutations."""
    ways = labelings(np.asarray(artist_labels, dtype=np.intp))
    few = f"the artists' genres have only {ways:,.0f} distinct permutations: a test requires {MIN_LABELINGS:,}"
    return Null(scores, LEVEL, few if ways < MIN_LABELINGS else "")


def space_graph(model: ModelUnderTest) -> LabelledGraph | None:
    """Draw up to 400 tracks of each genre and 8,000 in all, with a fixed seed; neighbours are by cosine."""
    rng = np.random.default_rng(SEED)
    tags = model.tags
    eligible = eligible_genres(tags)
    most = tracks_per_genre(len(eligible))
    drawn = [np.sort(rng.permutation(np.flatnonzero(tags.has(genre)))[:most]) for genre in eligible]
    if not drawn:
        return None
    tracks = np.array(list(dict.fromkeys(np.concatenate(drawn).tolist())), dtype=np.intp)
    return subspace_graph(model, tracks, *_eligible_labels(tags))


def subspace_graph(
    model: ModelUnderTest,
    tracks: NDArray[np.intp],
    labels: NDArray[np.int16],
    genres: int,
    members: NDArray[np.bool_] | None = None,
) -> LabelledGraph | None:
    """Return the graph of some tracks, by cosine.

    Args:
        model: a model of n tracks.
        tracks: m track numbers.
        labels: label of each of the n tracks, shape (n,).
        genres: number of labels.
        members: whether each track has each label, shape (n, genres); None if each has one.
    """
    artists = model.catalogue.artist_codes[tracks].astype(np.intp)
    near = neighbour_graph(model.unit[tracks], K, artists).indices
    return _graph(LabelledGraph(tracks, labels[tracks], genres, artists, near, _rows(members, tracks)))


def map_graph(model: ModelUnderTest) -> LabelledGraph | None:
    """Return the graph of the tagged tracks on the map, by distance in the plane."""
    layout, tags = model.map, model.tags
    if layout is None:
        return None
    labels, genres, members = _eligible_labels(tags)
    here = np.isin(labels[layout.tracks], eligible_genres(tags))
    if not here.any():
        return None
    tracks, positions = layout.tracks[here], layout.positions[here].astype(np.float32)
    artists = model.catalogue.artist_codes[tracks].astype(np.intp)
    near = map_neighbours(positions, K, artists)
    return _graph(LabelledGraph(tracks, labels[tracks], genres, artists, near, _rows(members, tracks)))


def _graph(found: LabelledGraph) -> LabelledGraph | None:
    """Renumber the artists; return None if a track has fewer than k neighbours by other artists."""
    if (found.near < 0).any():
        return None
    return replace(found, artists=np.unique_inverse(found.artists).inverse_indices)


def _rows(members: NDArray[np.bool_] | None, tracks: NDArray[np.intp]) -> NDArray[np.bool_] | None:
    return None if members is None else members[tracks]


def _eligible_labels(tags: GenreTags) -> tuple[NDArray[np.int16], int, NDArray[np.bool_] | None]:
    """Return the first judged genre of each track, the number of genres, and `members` if a track has several."""
    if tags.members is None:
        return tags.codes, len(tags.genres), None
    members = tags.members.copy()
    members[:, np.setdiff1d(np.arange(len(tags.genres)), eligible_genres(tags))] = False
    first = np.where(members.any(axis=1), members.argmax(axis=1), UNTAGGED)
    named = (tags.codes >= 0) & members[np.arange(len(members)), tags.codes]
    return np.where(named, tags.codes, first).astype(np.int16), len(tags.genres), members


def tracks_per_genre(genres: int) -> int:
    """Return how many tracks are drawn from each genre."""
    return min(_MAX_PER_GENRE, max(MIN_TRACKS, _MAX_TAGGED // max(1, genres)))


def eligible_genres(tags: GenreTags) -> list[int]:
    """Return the numbers of the genres that have enough tracks and artists to be judged."""
    return [genre for genre in range(len(tags.genres)) if tags.has_enough_tracks(genre)]


def too_few_tags(tags: GenreTags, genre: int) -> str:
    """Return why a genre cannot be judged."""
    name, tracks, artists = tags.genres[genre], tags.tracks[genre], tags.artists[genre]
    if tags.source:
        return f"{name} has {tracks:,} tracks of {artists:,} artists with a vector: too few"
    named = tags.named[genre]
    found = f"{named:,} playlist names contain its words" if named else "no playlist name contains its words"
    return f"{name} has {tracks:,} tracks of {artists:,} artists: too few ({found})"


def no_graph(tags: GenreTags) -> str:
    """Return why there is no graph."""
    return "no genre has enough tagged tracks by enough artists" if tags.genres else "no genre is configured"
