"""What the candidates need to know about a world: its training, its tracks, and playlists of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from dataclasses import Field

    import pandas as pd
    from numpy.typing import NDArray

USER_SEPARATOR = "-"
"""Ends the user in the name of a playlist."""
Algorithm = Literal["skip-gram", "cbow", "ppmi-svd"]
LARGEST = 1_000_000
"""Maximum of plays times epochs, so that a model trains in seconds."""


@dataclass(frozen=True, eq=False)
class Playlists:
    """Playlists of a world.

    Attributes:
        tracks: track numbers of each playlist, in order.
        names: `<user>-<name>`.
    """

    tracks: list[NDArray[np.intp]] = field(repr=False)
    names: list[str] = field(repr=False)

    def __len__(self) -> int:
        return len(self.tracks)

    def take(self, which: NDArray[np.integer] | slice) -> Playlists:
        """Return the chosen playlists."""
        chosen = np.arange(len(self))[which]
        return Playlists([self.tracks[number] for number in chosen], [self.names[number] for number in chosen])

    def __add__(self, other: Playlists) -> Playlists:
        return Playlists([*self.tracks, *other.tracks], [*self.names, *other.names])

    def frame(self, keys: Sequence[str], *, tested: bool) -> pd.DataFrame:
        """Return the playlists as embedgate reads them, with test columns if `tested`."""
        import pandas as pd

        of_track = np.array(keys, dtype=object)
        rows = pd.DataFrame(
            {"playlist_id": self.names, "track_sequence": [of_track[tracks].tolist() for tracks in self.tracks]}
        )
        if tested:
            rows["track_test_x"] = [tracks[:-1] for tracks in rows["track_sequence"]]
            rows["track_test_y"] = [tracks[-1] for tracks in rows["track_sequence"]]
        return rows


class Catalogue(Protocol):
    """The tracks of a world, and its playlists."""

    @property
    def keys(self) -> Sequence[str]:
        """Key of each track."""

    @property
    def genre_of(self) -> NDArray[np.integer]:
        """Genre of each track, -1 if it has none, shape (n,)."""

    @property
    def artist_of(self) -> NDArray[np.integer]:
        """Artist of each track, shape (n,); a track without an artist has a number of its own."""

    def playlists(self, count: int, period: int = 0) -> Playlists:
        """Return playlists; the champion is trained on those of period 0, and later ones are newer."""

    def unseen(self, count: int) -> Playlists:
        """Return at most `count` playlists that did not train the champion."""

    def frame(self, playlists: Playlists) -> pd.DataFrame:
        """Return playlists as embedgate reads them."""

    def config(self) -> dict[str, object]:
        """Return the content of quality_checks.toml."""


class World(Protocol):
    """A data set and the parameters of the training on it."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def seed(self) -> int:
        """Seed of all random numbers."""

    @property
    def lists(self) -> int:
        """Number of playlists of the champion."""

    @property
    def algorithm(self) -> Algorithm:
        """Algorithm of the training."""

    @property
    def dimensions(self) -> int:
        """Number of dimensions."""

    @property
    def epochs(self) -> int:
        """Number of epochs."""

    @property
    def min_count(self) -> int:
        """Number of plays that the vocabulary requires."""

    def catalogue(self) -> Catalogue:
        """Return the tracks."""
