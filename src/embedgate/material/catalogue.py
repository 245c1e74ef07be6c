"""Artist and title of each track."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.folding import fold
from embedgate.material.metadata import TrackMetadata
from embedgate.material.titles import parse_title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from embedgate.material.titles import Versions


@dataclass(frozen=True, eq=False)
class TrackCatalogue:
    """Artist and title of n tracks.

    Attributes:
        keys: n track keys.
        artists: n artist names as written; "" if unknown.
        titles: n titles as written; the whole key if it contains no artist.
        versions: whose words for versions the titles contain; see `titles.parse_title`.
    """

    keys: tuple[str, ...]
    artists: tuple[str, ...] = field(repr=False)
    titles: tuple[str, ...] = field(repr=False)
    versions: Versions = "music"

    @classmethod
    def of(
        cls,
        keys: Sequence[str],
        artist_of: Mapping[str, str],
        separator: str,
        versions: Versions = "music",
        metadata: TrackMetadata | None = None,
    ) -> TrackCatalogue:
        """Split keys of the form `<artist><separator><title>`.

        Artists and titles from the item catalogue take precedence, then artists from the playlists, since names may
        contain the separator (`JAY-Z-99 Problems`). With an empty separator, whole keys are titles.
        """
        known = metadata or TrackMetadata("")
        artists, titles = [], []
        for key in keys:
            artist = known.artists.get(key) or artist_of.get(key, "")
            title = key
            if separator:
                if artist and key.startswith(artist + separator):
                    title = key[len(artist) + len(separator) :]
                elif separator in key:
                    head, _, title = key.partition(separator)
                    artist = artist or head
            artists.append(artist)
            titles.append(known.titles.get(key, title))
        return cls(tuple(keys), tuple(artists), tuple(titles), versions)

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def folded_artists(self) -> tuple[str, ...]:
        """Artist of each track, folded for comparison; see `folding.fold`."""
        folded = {artist: fold(artist) for artist in set(self.artists)}
        return tuple(folded[artist] for artist in self.artists)

    @cached_property
    def artist_codes(self) -> NDArray[np.int32]:
        """Number of each track's artist, shape (n,); each track without an artist has its own number."""
        number: dict[str, int] = {}
        # fold never returns NUL, so this name of a track without an artist differs from all artists
        names = (artist or f"\0{row}" for row, artist in enumerate(self.folded_artists))
        return np.fromiter((number.setdefault(name, len(number)) for name in names), np.int32, len(self))

    @cached_property
    def has_artists(self) -> bool:
        """Whether any artist is known, and at least one has two tracks."""
        return any(self.artists) and bool((np.bincount(self.artist_codes) > 1).any())

    @cached_property
    def recordings(self) -> NDArray[np.int32]:
        """Number of each track's recording: its artist, song and version, shape (n,).

        The parsed titles are not kept: they would fill as much memory as the vectors.
        """
        number: dict[tuple[str, str, str], int] = {}
        titles = (parse_title(title, self.versions) for title in self.titles)
        names = ((artist, each.song, each.version) for artist, each in zip(self.folded_artists, titles, strict=True))
        return np.fromiter((number.setdefault(name, len(number)) for name in names), np.int32, len(self))
