"""The names of the columns of playlists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUIRED = ("playlist_id", "track_sequence")
OPTIONAL = ("playlist_name", "artist_sequence", "track_test_x", "track_test_y")
_ONLY_IF_GIVEN = frozenset({"playlist_name"})
"""Columns without a default name: a column `playlist_name` that is not configured is ignored, as all others are."""


@dataclass(frozen=True, slots=True)
class PlaylistColumns:
    """The names of the columns of playlists: those that are given, else the defaults.

    Attributes:
        given: the name in the data, by default name; a column that is given must exist.
    """

    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must exist."""
        return tuple(dict.fromkeys([*map(self.named, REQUIRED), *self.given.values()]))

    @property
    def read(self) -> tuple[str, ...]:
        """Names of the columns that are read if they exist."""
        names = (self.named(role) for role in (*REQUIRED, *OPTIONAL))
        return tuple(dict.fromkeys(name for name in names if name))

    def named(self, role: str) -> str:
        """Return the name of a column in the data, by its default name; "" if it is read only where it is given."""
        return self.given.get(role, "" if role in _ONLY_IF_GIVEN else role)


DEFAULT_COLUMNS = PlaylistColumns()
