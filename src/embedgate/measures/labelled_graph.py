"""Tagged tracks and who is near them: in the space, and on the map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.genre_tags import MIN_TRACKS
from embedgate.material.neighbours import nearest_neighbours
from embedgate.measures.map_faithfulness import map_neighbours
from embedgate.statistics import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.genre_tags import GenreTags
    from embedgate.material.model import ModelUnderTest

K = 10
_MOST_PER_GENRE, _MOST_TAGGED = 400, 8_000
"""Tagged tracks drawn of each genre, and of all: twenty genres have 400 each, of 300 each has 26."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledGraph:
    """Tagged tracks and their nearest tagged tracks by other artists.

    Attributes:
        tracks: m track numbers.
        labels: genre of each, int16, shape (m,).
        artists: artist of each, 0 to a - 1, shape (m,).
        near: places (0 to m - 1) of the nearest, the same artist left out, shape (m, k).
    """

    tracks: NDArray[np.intp]
    labels: NDArray[np.int16] = field(repr=False)
    artists: NDArray[np.intp] = field(repr=False)
    near: NDArray[np.int32] = field(repr=False)


def space_graph(model: ModelUnderTest) -> LabelledGraph | None:
    """Draw up to 400 tracks of each genre and 8,000 in all, with a fixed seed, and find their nearest by cosine."""
    rng = np.random.default_rng(SEED)
    tags = model.tags
    judged = eligible_genres(tags)
    most = tracks_per_genre(len(judged))
    drawn = [np.sort(rng.permutation(np.flatnonzero(tags.codes == genre))[:most]) for genre in judged]
    if not drawn:
        return None
    tracks = np.concatenate(drawn)
    unit, artists = model.unit[tracks], model.catalogue.artist_codes[tracks]
    graph = nearest_neighbours(unit, unit, K, query_group=artists, item_group=artists)
    return _tagged(tracks, tags, artists, graph.indices)


def tracks_per_genre(genres: int) -> int:
    """Return how many tracks of each of so many genres are drawn: 400, and fewer of many genres."""
    return min(_MOST_PER_GENRE, max(MIN_TRACKS, _MOST_TAGGED // max(1, genres)))


def map_graph(model: ModelUnderTest) -> LabelledGraph | None:
    """Take the tagged tracks of the map and find their nearest in the plane."""
    layout = model.map
    if layout is None:
        return None
    tags = model.tags
    here = np.isin(tags.codes[layout.tracks], eligible_genres(tags))
    if not here.any():
        return None
    tracks, positions = layout.tracks[here], layout.positions[here].astype(np.float32)
    artists = model.catalogue.artist_codes[tracks]
    return _tagged(tracks, tags, artists, map_neighbours(positions, positions, K, artists, artists))


def eligible_genres(tags: GenreTags) -> list[int]:
    """Numbers of the genres that have tracks and artists enough."""
    return [genre for genre in range(len(tags.genres)) if tags.has_enough_tracks(genre)]


def _tagged(
    tracks: NDArray[np.intp], tags: GenreTags, artists: NDArray[np.int32], near: NDArray[np.int32]
) -> LabelledGraph | None:
    """Number the artists anew; None where some track has fewer than k others by other artists."""
    if (near < 0).any():
        return None
    return LabelledGraph(tracks, tags.codes[tracks], np.unique_inverse(artists).inverse_indices, near)


def too_few_tags(tags: GenreTags, genre: int) -> str:
    """Say that a genre cannot be judged."""
    return (
        f"{tags.genres[genre]} is borne by {tags.tracks[genre]:,} tracks of {tags.artists[genre]:,} artists: "
        "too few to say"
    )


def no_view(tags: GenreTags) -> str:
    """Say why there is nothing to look at."""
    if not tags.genres:
        return "no genre is configured"
    return "no genre has enough tagged tracks by enough artists"
