"""Artist and title of each track."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.titles import Title, fold, parse_title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class TrackCatalogue:
    """Artist and title of n tracks.

    Attributes:
        keys: n track keys.
        artists: n artist names as written; "" where none is known.
        titles: n titles as written; the whole key where there is no artist to take off.
    """

    keys: tuple[str, ...]
    artists: tuple[str, ...] = field(repr=False)
    titles: tuple[str, ...] = field(repr=False)

    @classmethod
    def of(cls, keys: Sequence[str], artist_of: Mapping[str, str], separator: str) -> TrackCatalogue:
        """Take keys of the form `<artist><separator><title>` apart.

        An artist that the playlists name wins: names may hold the separator themselves (`JAY-Z-99 Problems`).
        Without a separator the keys have no artist but the one the playlists name, and are titles as a whole.
        """
        artists, titles = [], []
        for key in keys:
            artist = artist_of.get(key, "")
            title = key
            if separator:
                if artist and key.startswith(artist + separator):
                    title = key[len(artist) + len(separator) :]
                elif separator in key:
                    head, _, title = key.partition(separator)
                    artist = artist or head
            artists.append(artist)
            titles.append(title)
        return cls(tuple(keys), tuple(artists), tuple(titles))

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def artist_codes(self) -> NDArray[np.int32]:
        """A number for each track's artist, shape (n,); a track without artist has a number of its own."""
        number: dict[str, int] = {}
        folded = {artist: fold(artist) for artist in set(self.artists)}
        # NUL cannot come out of fold: the name of a track without artist never meets an artist's
        names = (folded[artist] or f"\0{row}" for row, artist in enumerate(self.artists))
        return np.fromiter((number.setdefault(name, len(number)) for name in names), np.int32, len(self))

    @cached_property
    def has_artists(self) -> bool:
        """Whether any artist is known, and at least one has two tracks."""
        if not any(self.artists):
            return False
        return bool((np.bincount(self.artist_codes) > 1).any())

    @cached_property
    def parsed(self) -> tuple[Title, ...]:
        """Canonical song and version of each title."""
        return tuple(map(parse_title, self.titles))
