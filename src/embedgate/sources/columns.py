"""The names of the columns of playlists, and whether a row is a playlist or a play."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

REQUIRED = ("playlist_id", "track_sequence")
OPTIONAL = ("playlist_name", "artist_sequence", "track_test_x", "track_test_y")
PER_PLAY = ("track", "artist", "time", "hold_out")
"""Settings of playlists with one row per play."""
LAST = "last"
"""The value of `hold_out` that holds out the last play of each playlist."""
_PER_PLAYLIST = ("track_sequence", "artist_sequence", "track_test_x", "track_test_y")
_ONLY_IF_GIVEN = frozenset({"playlist_name", "time"})
"""Columns without a default name: a column `playlist_name` that is not configured is ignored, as all others are."""


@dataclass(frozen=True, slots=True)
class PlaylistColumns:
    """The names of the columns of playlists: those that are given, else the defaults.

    Attributes:
        given: the name in the data, by default name; a column that is given must exist. `hold_out` is no column, but
            what is held out of each playlist: "last", or a point in time as it may be in the column `time`.
    """

    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must exist where a row is a playlist."""
        return self._required(REQUIRED)

    @property
    def read(self) -> tuple[str, ...]:
        """Names of the columns that are read if they exist where a row is a playlist."""
        return self._read(*REQUIRED, *OPTIONAL)

    @property
    def required_of_plays(self) -> tuple[str, ...]:
        """Names of the columns that must exist where a row is a play."""
        return self._required(("playlist_id", "track"))

    @property
    def read_of_plays(self) -> tuple[str, ...]:
        """Names of the columns that are read if they exist where a row is a play."""
        return self._read("playlist_id", "track", "playlist_name", "artist", "time")

    @property
    def hold_out(self) -> str:
        """What is held out of each playlist; "" for nothing."""
        return self.given.get("hold_out", "")

    def named(self, role: str) -> str:
        """Return the name of a column in the data, by its default name; "" if it is read only where it is given."""
        return self.given.get(role, "" if role in _ONLY_IF_GIVEN else role)

    def are_plays(self, existing: Collection[str]) -> bool:
        """Return whether a row of data with these columns is a play, by the settings or by the columns."""
        if any(role in self.given for role in ("track", *_PER_PLAYLIST)):
            return "track" in self.given
        return self.named("track_sequence") not in existing and self.named("track") in existing

    def misplaced(self, *, plays: bool) -> str:
        """Return a setting that does not apply if a row is a play, or is a playlist; "" if there is none."""
        return next((role for role in (_PER_PLAYLIST if plays else PER_PLAY) if role in self.given), "")

    def _required(self, roles: tuple[str, ...]) -> tuple[str, ...]:
        given = (name for role, name in self.given.items() if role != "hold_out")
        return tuple(dict.fromkeys([*map(self.named, roles), *given]))

    def _read(self, *roles: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(filter(None, map(self.named, roles))))


DEFAULT_COLUMNS = PlaylistColumns()
