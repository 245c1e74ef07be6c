"""The catalogue: real tracks by real artists, in ten genres."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

GENRES: tuple[str, ...] = (
    "rock",
    "metal",
    "pop",
    "rap",
    "rnb",
    "country",
    "electronic",
    "jazz",
    "classical",
    "latin",
)
SEPARATOR = "-"
_HEADER = "artist\ttitle"


@dataclass(frozen=True, slots=True)
class DemoTrack:
    """A track with artist and title as a streaming service writes them, and its genre."""

    artist: str
    title: str
    genre: str

    @property
    def key(self) -> str:
        """The key `<artist>-<title>` of playlists."""
        return f"{self.artist}{SEPARATOR}{self.title}"


def load_tracks(folder: Traversable | None = None) -> tuple[DemoTrack, ...]:
    """Read the catalogue, genre by genre, the most popular artists first, the tracks of an artist together.

    Args:
        folder: contains `<genre>.tsv` with the columns artist and title; None: the built-in catalogue.

    Raises:
        ValueError: if columns are missing, a cell is empty or a track is repeated; the message names file and line.
    """
    source = files("embedgate.demo") / "catalogue" if folder is None else folder
    tracks: list[DemoTrack] = []
    seen: set[str] = set()
    for genre in GENRES:
        name = f"{genre}.tsv"
        lines = (source / name).read_text(encoding="utf-8").splitlines()
        if lines[:1] != [_HEADER]:
            raise ValueError(f"{name}, line 1: the columns artist and title are required")
        for number, line in enumerate(lines[1:], 2):
            cells = line.split("\t")
            if len(cells) != 2 or not all(cell.strip() for cell in cells):
                raise ValueError(f"{name}, line {number}: artist and title are required, not {line!r}")
            track = DemoTrack(cells[0], cells[1], genre)
            if track.key in seen:
                raise ValueError(f"{name}, line {number}: {track.key!r} is repeated")
            seen.add(track.key)
            tracks.append(track)
    return tuple(tracks)
