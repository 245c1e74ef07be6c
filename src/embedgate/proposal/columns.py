"""The columns of playlists and catalogues: what they are is decided by their cells, then by their names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from embedgate.errors import ArtifactInvalid
from embedgate.sources.columns import OPTIONAL, REQUIRED
from embedgate.sources.plays import times_of_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    Table = Mapping[str, Sequence[object]]
    """The cells of each column, None for a missing one."""

_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_HINTS: Final = {
    "track": ("track", "item", "product", "song", "movie", "article", "sku", "asin", "uri", "key"),
    "playlist_id": ("playlist", "session", "basket", "order", "cart", "visit", "list", "user", "customer", "id"),
    "playlist_name": ("name", "title"),
    "artist": ("artist", "brand", "author", "writer", "band", "director", "maker", "manufacturer", "vendor"),
    "time": ("time", "timestamp", "datetime", "date", "ts", "at", "position", "pos"),
    "title": ("title", "name"),
    "label": ("category", "genre", "label", "categories", "type", "class", "department"),
}
"""Words in the names of columns by role, the most likely first."""
_OTHER_ROLES: Final = {*REQUIRED, *OPTIONAL} - {"track_sequence"}
_ENTRIES = 50  # of a list that are examined


@dataclass(frozen=True)
class PlaylistChoice:
    """The columns of playlists.

    Attributes:
        given: `[model.columns]`: the names that differ from the default.
        per_play: whether a row is a play.
        track: the column with the tracks.
        share: of its cells that are keys of the vectors.
        others: further columns that contain keys.
    """

    given: dict[str, str]
    per_play: bool
    track: str
    share: float
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class CatalogueChoice:
    """The columns of a catalogue: `key`, and those of `title`, `artist` and `label` that exist."""

    key: str
    columns: dict[str, str] = field(default_factory=dict)


def playlist_columns(table: Table, keys: Collection[str]) -> PlaylistChoice | None:
    """Return the columns of a table of playlists or plays; None if no column contains keys of the vectors.

    Args:
        table: some of the rows.
        keys: of the vectors.
    """
    tracks = [name for name in table if name not in _OTHER_ROLES]
    lists = {name: share for name in tracks if _is_list(table[name]) and (share := _key_share(table[name], keys))}
    single = {
        name: share for name in tracks if not _is_list(table[name]) and (share := _key_share(table[name], keys))
    }
    found = lists or {name: share for name, share in single.items() if _repeats(table[name])}
    if not found:
        return None
    per_play = not lists
    default = "track" if per_play else "track_sequence"
    mean_length = {name: 0.0 if per_play else _mean_length(table[name]) for name in found}
    track = default
    if found.get(default, 0) < max(found.values()) / 2:
        track = min(found, key=lambda name: (_rank("track", name), -found[name], -mean_length[name]))
    given = {} if track == default else {default: track}
    rest = [name for name in table if name != track]
    playlist_id = _playlist_id(table, rest, track, per_play=per_play)
    if playlist_id is None:
        return None
    if playlist_id != "playlist_id":
        given["playlist_id"] = playlist_id
    rest.remove(playlist_id)
    name = _best("playlist_name", (each for each in rest if _is_text(table[each])))
    if name and _words_per_cell(table[name]) and (not per_play or _depends_on(table, name, playlist_id)):
        given["playlist_name"] = name
        rest.remove(name)
    if per_play:
        time = _best("time", (each for each in rest if _is_time(table[each])))
        if time:
            given["time"] = time
        artist = _best("artist", (each for each in rest if _is_text(table[each]) and _depends_on(table, each, track)))
    else:
        artist = _best("artist", (each for each in rest if _is_list(table[each]) and each not in lists))
    role = "artist" if per_play else "artist_sequence"
    if artist and artist != role:
        given[role] = artist
    if per_play and given:
        given = {"playlist_id": playlist_id, "track": track} | given
    others = tuple(each for each in found if each not in (track, *given.values()))
    return PlaylistChoice(given, per_play, track, found[track], others)


def catalogue_columns(table: Table, keys: Collection[str]) -> CatalogueChoice | None:
    """Return the columns of a table with a row per track; None if no column has the keys, or nothing else is known.

    Args:
        table: some of the rows.
        keys: of the vectors and of the playlists.
    """
    shares = {
        name: share
        for name in table
        if not _is_list(table[name]) and not _repeats(table[name]) and (share := _key_share(table[name], keys))
    }
    if not shares:
        return None
    key = max(shares, key=lambda name: (shares[name], -_rank("track", name)))
    rest = [name for name in table if name != key]
    columns: dict[str, str] = {}
    for role in ("label", "artist", "title"):
        fits = (
            each
            for each in rest
            if each not in columns.values()
            and (_is_text(table[each]) or (role == "label" and _is_list(table[each])))
            and (role == "title" or _repeats(table[each]))
        )
        found = _best(role, fits)
        if found:
            columns[role] = found
    return CatalogueChoice(key, dict(reversed(columns.items()))) if columns else None


def _playlist_id(table: Table, rest: Sequence[str], track: str, *, per_play: bool) -> str | None:
    """Return the column that identifies playlists; of a row per play, its values repeat with several tracks each."""
    if "playlist_id" in rest:
        return "playlist_id"
    fits = [
        name
        for name in rest
        if not _is_list(table[name])
        and all(isinstance(cell, str | int | np.integer) for cell in table[name])
        and (not per_play or (_repeats(table[name]) and not _depends_on(table, name, track)))
    ]
    distinct = {name: len(set(table[name])) for name in fits}
    named = [name for name in fits if _rank("playlist_id", name) < len(_HINTS["playlist_id"])]
    if named:
        return min(named, key=lambda name: (_rank("playlist_id", name), -distinct[name]))
    return max(fits, key=lambda name: distinct[name], default=None)


def _best(role: str, names: object) -> str | None:
    """Return the column whose name says that it has a role; None if none does."""
    found = [name for name in names if _rank(role, name) < len(_HINTS[role])]  # type: ignore[attr-defined]
    return min(found, key=lambda name: _rank(role, name), default=None)


def _rank(role: str, name: str) -> int:
    """Return the place of the first hint that is a word of a column's name; the number of hints if none is."""
    words = {word.lower() for word in _WORDS.findall(name)}
    words |= {word.removesuffix("s") for word in words}
    hints = _HINTS[role]
    return next((place for place, hint in enumerate(hints) if hint in words), len(hints))


def _entries(cell: object) -> list[object]:
    if isinstance(cell, np.ndarray):
        cell = cell[:_ENTRIES].tolist()
    return list(cell[:_ENTRIES]) if isinstance(cell, list | tuple) else [cell]


def _key_share(cells: Sequence[object], keys: Collection[str]) -> float:
    entries = [entry for cell in cells for entry in _entries(cell) if isinstance(entry, str | int | np.integer)]
    return sum(str(entry) in keys for entry in entries) / max(1, len(entries))


def _is_list(cells: Sequence[object]) -> bool:
    return any(isinstance(cell, list | tuple | np.ndarray) for cell in cells)


def _mean_length(cells: Sequence[object]) -> float:
    return float(np.mean([len(cell) for cell in cells if isinstance(cell, list | tuple | np.ndarray)]))


def _is_text(cells: Sequence[object]) -> bool:
    present = [cell for cell in cells if cell is not None]
    return bool(present) and all(isinstance(cell, str) for cell in present)


def _words_per_cell(cells: Sequence[object]) -> bool:
    """Return whether most cells contain letters: a name, and not a number."""
    return sum(any(map(str.isalpha, str(cell))) for cell in cells) > len(cells) / 2


def _repeats(cells: Sequence[object]) -> bool:
    plain = [str(cell) for cell in cells if cell is not None]
    return len(set(plain)) < len(plain)


def _depends_on(table: Table, name: str, key: str) -> bool:
    """Return whether each value of a column has one value of another one."""
    pairs = {(str(one), str(other)) for one, other in zip(table[key], table[name], strict=True)}
    return len(pairs) == len({one for one, _ in pairs})


def _is_time(cells: Sequence[object]) -> bool:
    if any(cell is None or isinstance(cell, bool) for cell in cells):
        return False
    try:
        times_of_text(list(map(str, cells)), "")
    except ArtifactInvalid:
        return False
    return True
