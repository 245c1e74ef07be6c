"""The model under test, and the values derived from it, each computed once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.catalogue import TrackCatalogue
from embedgate.material.genre_tags import GenreTags, tag_all_tracks, tag_tracks
from embedgate.material.labels import label_tracks
from embedgate.material.neighbours import NeighbourGraph, NeighbourSearch
from embedgate.material.query_sample import QuerySample, draw_queries
from embedgate.material.slices import slice_members
from embedgate.material.space import EmbeddingSpace
from embedgate.material.tsne_map import TrackMap, lay_out, sample_for_map
from embedgate.progress import on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from embedgate.config.settings import Settings
    from embedgate.material.metadata import TrackMetadata
    from embedgate.material.playlists import Playlists
    from embedgate.material.titles import Versions
    from embedgate.slices import Slice

NEIGHBOURS = 10
_INDEPENDENT_OF_VECTORS = (
    "tracks",
    "number_of",
    "playlist_track_numbers",
    "distinct_plays",
    "plays",
    "catalogue",
    "tags",
    "queries",
    "slice_members",
)


def neighbours_of_each(tracks: int) -> int:
    """Return the number of neighbours of each track in a graph of so many tracks."""
    return min(NEIGHBOURS, max(1, tracks - 1))


@dataclass(frozen=True, eq=False)
class ModelUnderTest:
    """A space, the playlists on which it is evaluated, and how to read them.

    *Track numbers* count the usable rows of the space (finite, not zero, first of their key) in the order of their
    keys, 0 to n - 1. All derived values and all measures use track numbers.

    Attributes:
        space: keys and vectors, as the model contains them.
        playlists: tracks that were played together.
        held_out: whether the playlists were held out of training.
        separator: between artist and title in a key; "" if keys have no artist.
        genres: words to look for in playlist names, by genre.
        map_tracks: number of tracks on the map.
        min_support: number of playlists that must name a track's genre; None: derived from the data.
        versions: whose words for versions titles contain; see `titles.parse_title`.
        user_separator: between user and name in a playlist id; "" if ids have no user.
        metadata: what the item catalogue says about the tracks; None if none is configured.
        query_budget: the most tracks whose neighbours are searched for a sample; None: all tracks. See `queries`.
        sampling_seed: of the sample.
        slices: for which measures are repeated; see `slice_members`.
    """

    space: EmbeddingSpace
    playlists: Playlists
    held_out: bool = False
    separator: str = ""
    genres: Mapping[str, Sequence[str]] = field(default_factory=dict)
    map_tracks: int = 1000
    min_support: int | None = None
    versions: Versions = "music"
    user_separator: str = ""
    metadata: TrackMetadata | None = None
    query_budget: int | None = None
    sampling_seed: int = 0
    slices: tuple[Slice, ...] = ()

    @classmethod
    def configured(
        cls,
        space: EmbeddingSpace,
        playlists: Playlists,
        settings: Settings,
        metadata: TrackMetadata | None = None,
    ) -> ModelUnderTest:
        """Return a model that is read as quality_checks.toml configures it."""
        return cls(
            space,
            playlists,
            held_out=settings.model.playlists_role == "held_out",
            separator=settings.model.track_separator,
            genres=settings.genres,
            map_tracks=settings.map.tracks,
            min_support=settings.tags.min_support,
            versions=settings.duplicates.versions,
            user_separator=settings.model.columns.user_separator,
            metadata=metadata,
            query_budget=settings.sampling.queries,
            sampling_seed=settings.sampling.seed,
            slices=tuple(settings.slice_of.values()),
        )

    @property
    def targets_held_out(self) -> bool:
        """Whether the targets of next-track retrieval were held out of training."""
        return self.held_out or self.playlists.targets_held_out

    @cached_property
    def tracks(self) -> tuple[str, ...]:
        """Key of each track."""
        return tuple(self.space.keys[row] for row in self.space.usable)

    @cached_property
    def number_of(self) -> Mapping[str, int]:
        """Track number of each key that has a usable vector."""
        return {key: number for number, key in enumerate(self.tracks)}

    def keys(self, tracks: Iterable[int] | NDArray[np.integer]) -> tuple[str, ...]:
        """Return the keys of track numbers."""
        return tuple(self.tracks[track] for track in tracks)

    @property
    def unit(self) -> NDArray[np.float32]:
        """Unit vector of each track, shape (n, d)."""
        return self.space.unit

    @cached_property
    def playlist_track_numbers(self) -> NDArray[np.int32]:
        """Track number of each distinct track of the playlists, -1 if it has no usable vector."""
        found = (self.number_of.get(key, -1) for key in self.playlists.tracks)
        return np.fromiter(found, np.int32, len(self.playlists.tracks))

    @cached_property
    def distinct_plays(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Playlist and track number of each distinct track of each playlist; see `Playlists.distinct_plays`."""
        return self.playlists.distinct_plays(self.playlist_track_numbers)

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
        return self.names_of(self.tracks)

    def names_of(self, keys: Sequence[str]) -> TrackCatalogue:
        """Return artist and title of any keys."""
        return TrackCatalogue.of(keys, self.playlists.artist_of, self.separator, self.versions, self.metadata)

    @cached_property
    def queries(self) -> QuerySample:
        """The tracks whose neighbours the measures use: all, or a sample of a vocabulary larger than the budget."""
        return draw_queries(self.tracks, self.plays, self.query_budget, self.sampling_seed)

    @cached_property
    def neighbours(self) -> NeighbourGraph:
        """The ten nearest neighbours of each track by cosine; of a large vocabulary, use `neighbours_of`."""
        return self._search.of(np.arange(len(self.tracks)))

    def neighbours_of(self, tracks: NDArray[np.integer]) -> NeighbourGraph:
        """Return the ten nearest neighbours of some tracks among all tracks, by cosine, in the order of `tracks`.

        If all tracks are queries, the neighbours of all are searched at once.
        """
        return self.neighbours.rows(tracks) if self.queries.complete else self._search.of(tracks)

    def use_neighbours(self, graph: NeighbourGraph, tracks: NDArray[np.integer]) -> None:
        """Set the neighbours of distinct tracks that were searched elsewhere, such as in the shards of a flow.

        Raises:
            ValueError: if it is not a graph of so many tracks.
        """
        expected = len(tracks), neighbours_of_each(len(self.tracks))
        if graph.indices.shape != expected or graph.similarities.shape != expected:
            raise ValueError(f"a neighbour graph of shape {graph.indices.shape} for tracks of shape {expected}")
        self._search.add(tracks, graph)

    @cached_property
    def _search(self) -> NeighbourSearch:
        return NeighbourSearch(self.unit, neighbours_of_each(len(self.tracks)), on_terminal("nearest neighbours"))

    @cached_property
    def tags(self) -> GenreTags:
        """Genre of each track, from the labels of the catalogue, else from playlist names."""
        artists = self.catalogue.artist_codes
        if self.metadata is not None and self.metadata.labels is not None:
            source, labels = self.metadata.source, self.metadata.labels
            return label_tracks(self.tracks, labels, list(self.genres), artists, source)
        numbers = self.playlist_track_numbers
        return tag_tracks(
            self.playlists, self.genres, numbers, artists, self.min_support, user_separator=self.user_separator
        )

    @cached_property
    def slice_members(self) -> Mapping[Slice, NDArray[np.bool_]]:
        """Whether each track of the playlists is in each slice, shape (t,) each.

        A genre from playlist names has the tracks that `tags` has, and those without a vector by the same rule.
        """
        genres: dict[str, NDArray[np.bool_]] = {}
        if any(each.kind == "genre" for each in self.slices):
            codes = tag_all_tracks(self.playlists, self.genres, self.tags.support, user_separator=self.user_separator)
            genres = {genre: codes == number for number, genre in enumerate(self.genres)}
        return slice_members(self.slices, self.playlists, self.metadata, genres)

    def subset(self, tracks: NDArray[np.intp]) -> ModelUnderTest:
        """Return the model restricted to some of its tracks.

        Args:
            tracks: track numbers, ascending.
        """
        vectors = self.space.vectors[self.space.usable[tracks]]
        vectors.flags.writeable = False
        return replace(self, space=EmbeddingSpace.of(self.keys(tracks), vectors))

    def with_vectors(self, vectors: NDArray[np.floating]) -> ModelUnderTest:
        """Return the same tracks and playlists with other vectors.

        Args:
            vectors: usable vectors, one per track, shape (n, e).
        """
        return self.with_space(EmbeddingSpace.of(self.tracks, vectors))

    def with_space(self, space: EmbeddingSpace) -> ModelUnderTest:
        """Return the same tracks and playlists in another space, whose usable rows are those of the tracks."""
        other = replace(self, space=space)
        for name in _INDEPENDENT_OF_VECTORS:
            other.__dict__[name] = getattr(self, name)
        return other

    @cached_property
    def map(self) -> TrackMap | None:
        """The t-SNE map of tagged and popular tracks; None if there are too few."""
        if self._pending_map:
            return self._pending_map[0].result()
        sample = self._map_sample
        return lay_out(sample, self.unit[sample])

    def begin_map(
        self, lay_out: Callable[[NDArray[np.intp], NDArray[np.float32]], Future[TrackMap | None]]
    ) -> Future[TrackMap | None]:
        """Start to compute the map in another process; `map` waits for it.

        Args:
            lay_out: function that takes track numbers and unit vectors, and returns the future map.
        """
        sample = self._map_sample
        future = lay_out(sample, self.unit[sample])
        self._pending_map[:] = [future]
        return future

    @cached_property
    def _map_sample(self) -> NDArray[np.intp]:
        return sample_for_map(self.map_tracks, self.plays, self.tags, self.unit)

    @cached_property
    def _pending_map(self) -> list[Future[TrackMap | None]]:
        return []
