"""The model under test, and what is derived from it, each once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.catalogue import TrackCatalogue
from embedgate.material.genre_tags import GenreTags, tag_tracks
from embedgate.material.neighbours import NeighbourGraph, nearest_neighbours
from embedgate.material.space import EmbeddingSpace
from embedgate.material.tsne_map import TrackMap, lay_out, sample_for_map
from embedgate.progress import on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from embedgate.config import Settings
    from embedgate.material.playlists import Playlists

NEIGHBOURS = 10
_KNOWN_BY_KEY = ("tracks", "number_of", "playlist_track_numbers", "plays", "catalogue", "tags")
"""What follows from keys and playlists, whatever the vectors."""


@dataclass(frozen=True, eq=False)
class ModelUnderTest:
    """A space, the playlists it is judged by, and how to read them.

    *Track numbers* count the usable rows of the space (finite, not zero, first of their key), 0 to n - 1; all
    derived material and all measures speak in track numbers.

    Attributes:
        space: keys and vectors, as the model holds them.
        playlists: who was played together.
        held_out: whether the model was trained without these playlists.
        separator: between artist and title in a key; "" where keys have no artist.
        genres: words to look for in playlist names, by genre.
        map_tracks: how many tracks the map is to hold.
        min_support: playlists that have to name a track's genre; None lets the data decide.
    """

    space: EmbeddingSpace
    playlists: Playlists
    held_out: bool = False
    separator: str = ""
    genres: Mapping[str, Sequence[str]] = field(default_factory=dict)
    map_tracks: int = 1000
    min_support: int | None = None

    @classmethod
    def configured(cls, space: EmbeddingSpace, playlists: Playlists, settings: Settings) -> ModelUnderTest:
        """A model to be read as quality_checks.toml says."""
        return cls(
            space,
            playlists,
            held_out=settings.model.playlists_role == "held_out",
            separator=settings.model.track_separator,
            genres=settings.genres,
            map_tracks=settings.map.tracks,
            min_support=settings.tags.min_support,
        )

    @cached_property
    def tracks(self) -> tuple[str, ...]:
        """Key of each track."""
        keys = self.space.keys
        return tuple(keys[row] for row in self.space.usable)

    @cached_property
    def number_of(self) -> Mapping[str, int]:
        """Track number of each key that has a usable vector."""
        return {key: number for number, key in enumerate(self.tracks)}

    @property
    def unit(self) -> NDArray[np.float32]:
        """Unit vector of each track, shape (n, d)."""
        return self.space.unit

    @cached_property
    def playlist_track_numbers(self) -> NDArray[np.int32]:
        """Track number of each distinct track of the playlists, -1 where it has no usable vector."""
        found = (self.number_of.get(key, -1) for key in self.playlists.tracks)
        return np.fromiter(found, np.int32, len(self.playlists.tracks))

    @cached_property
    def plays(self) -> NDArray[np.int64]:
        """Plays of each track in the playlists, shape (n,)."""
        numbers = self.playlist_track_numbers
        inside = numbers >= 0
        counts = np.zeros(len(self.tracks), dtype=np.int64)
        counts[numbers[inside]] = self.playlists.play_counts[inside]
        return counts

    @cached_property
    def catalogue(self) -> TrackCatalogue:
        """Artist and title of each track."""
        return TrackCatalogue.of(self.tracks, self.playlists.artist_of, self.separator)

    @cached_property
    def neighbours(self) -> NeighbourGraph:
        """The ten nearest of each track by cosine, itself left out."""
        myself = np.arange(len(self.tracks), dtype=np.int32)
        return nearest_neighbours(
            self.unit,
            self.unit,
            min(NEIGHBOURS, max(1, len(self.tracks) - 1)),
            query_group=myself,
            item_group=myself,
            progress=on_terminal("neighbour graph"),
        )

    @cached_property
    def tags(self) -> GenreTags:
        """Genre of each track, from playlist names."""
        return tag_tracks(
            self.playlists,
            self.genres,
            self.playlist_track_numbers,
            self.catalogue.artist_codes,
            self.min_support,
        )

    def subset(self, tracks: NDArray[np.intp]) -> ModelUnderTest:
        """The same model with some of its tracks alone.

        Args:
            tracks: track numbers, ascending.
        """
        rows = self.space.usable[tracks]
        return replace(
            self, space=EmbeddingSpace.of([self.tracks[track] for track in tracks], self.space.vectors[rows])
        )

    def with_vectors(self, vectors: NDArray[np.floating]) -> ModelUnderTest:
        """The same tracks and playlists under other vectors.

        Args:
            vectors: usable ones, one a track, shape (n, e).
        """
        other = replace(self, space=EmbeddingSpace.of(self.tracks, vectors))
        for name in _KNOWN_BY_KEY:
            other.__dict__[name] = getattr(self, name)
        return other

    @cached_property
    def map(self) -> TrackMap | None:
        """The t-SNE map of the most played and the tagged tracks; None where there are too few."""
        if self._map_to_come:
            return self._map_to_come[0].result()
        sample = self._map_sample
        return lay_out(sample, self.unit[sample])

    def begin_map(
        self, lay_out: Callable[[NDArray[np.intp], NDArray[np.float32]], Future[TrackMap | None]]
    ) -> Future[TrackMap | None]:
        """Have the map laid out elsewhere, while this process measures; `map` waits for it.

        Args:
            lay_out: takes track numbers and unit vectors, and returns the map to come.
        """
        sample = self._map_sample
        future = lay_out(sample, self.unit[sample])
        self._map_to_come[:] = [future]
        return future

    @cached_property
    def _map_sample(self) -> NDArray[np.intp]:
        return sample_for_map(self.map_tracks, self.plays, self.tags, self.unit)

    @cached_property
    def _map_to_come(self) -> list[Future[TrackMap | None]]:
        return []
