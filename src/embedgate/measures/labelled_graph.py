"""Neighbour graphs of the tagged tracks, in the space and on the map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.genre_tags import MIN_TRACKS
from embedgate.material.neighbours import neighbour_graph
from embedgate.measures.map_faithfulness import map_neighbours
from embedgate.statistics import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.genre_tags import GenreTags
    from embedgate.material.model import ModelUnderTest

K = 10
_MAX_PER_GENRE, _MAX_TAGGED = 400, 8_000
"""Tagged tracks drawn of each genre, and of all: each of 20 genres has 400, each of 300 has 26."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledGraph:
    """Tagged tracks and their nearest tagged neighbours by other artists.

    Attributes:
        tracks: m track numbers.
        labels: genre of each, int16, shape (m,).
        artists: artist of each, 0 to a - 1, shape (m,).
        near: places (0 to m - 1) of the nearest neighbours, shape (m, k).
    """

    tracks: NDArray[np.intp]
    labels: NDArray[np.int16] = field(repr=False)
    artists: NDArray[np.intp] = field(repr=False)
    near: NDArray[np.int32] = field(repr=False)

    @classmethod
    def of(
        cls, tracks: NDArray[np.intp], labels: NDArray[np.int16], artists: NDArray[np.int32], near: NDArray[np.int32]
    ) -> LabelledGraph | None:
        """Return a graph with artists renumbered; None if a track has fewer than k others by other artists."""
        if (near < 0).any():
            return None
        return cls(tracks, labels, np.unique_inverse(artists).inverse_indices, near)


def space_graph(model: ModelUnderTest) -> LabelledGraph | None:
    """Draw up to 400 tracks of each genre and 8,000 in all, with a fixed seed; neighbours are by cosine."""
    rng = np.random.default_rng(SEED)
    tags = model.tags
    eligible = eligible_genres(tags)
    most = tracks_per_genre(len(eligible))
    drawn = [np.sort(rng.permutation(np.flatnonzero(tags.codes == genre))[:most]) for genre in eligible]
    return subspace_graph(model, np.concatenate(drawn), tags.codes) if drawn else None


def subspace_graph(
    model: ModelUnderTest, tracks: NDArray[np.intp], labels: NDArray[np.int16]
) -> LabelledGraph | None:
    """Return the graph of some tracks, by cosine.

    Args:
        model: n tracks.
        tracks: m track numbers.
        labels: label of each of the n tracks, shape (n,).
    """
    artists = model.catalogue.artist_codes[tracks]
    return LabelledGraph.of(tracks, labels[tracks], artists, neighbour_graph(model.unit[tracks], K, artists).indices)


def map_graph(model: ModelUnderTest) -> LabelledGraph | None:
    """Return the graph of the tagged tracks on the map, by distance in the plane."""
    layout, tags = model.map, model.tags
    if layout is None:
        return None
    here = np.isin(tags.codes[layout.tracks], eligible_genres(tags))
    if not here.any():
        return None
    tracks, positions = layout.tracks[here], layout.positions[here].astype(np.float32)
    artists = model.catalogue.artist_codes[tracks]
    return LabelledGraph.of(tracks, tags.codes[tracks], artists, map_neighbours(positions, K, artists))


def tracks_per_genre(genres: int) -> int:
    """Return how many tracks are drawn of each of so many genres."""
    return min(_MAX_PER_GENRE, max(MIN_TRACKS, _MAX_TAGGED // max(1, genres)))


def eligible_genres(tags: GenreTags) -> list[int]:
    """Return the numbers of the genres that have enough tracks and artists to be judged."""
    return [genre for genre in range(len(tags.genres)) if tags.has_enough_tracks(genre)]


def too_few_tags(tags: GenreTags, genre: int) -> str:
    """Say why a genre cannot be judged."""
    return (
        f"{tags.genres[genre]} has {tags.tracks[genre]:,} tagged tracks of {tags.artists[genre]:,} artists: too few"
    )


def no_graph(tags: GenreTags) -> str:
    """Say why there is no graph."""
    return "no genre has enough tagged tracks by enough artists" if tags.genres else "no genre is configured"
