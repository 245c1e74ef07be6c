"""Validate keys, vectors and playlist columns, whatever their source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.errors import ArtifactInvalid, MaterialError
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.sources.columns import DEFAULT_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from embedgate.sources.columns import PlaylistColumns

_CONTAINERS = frozenset({list, dict, set, frozenset, np.ndarray})
"""Types that are not a key: a track, an artist and a playlist are each identified by one string or integer."""


def space_of(keys: Sequence[object], vectors: Any, where: str) -> EmbeddingSpace:  # noqa: ANN401 - see EmbeddingSpace
    """Validate keys and a matrix with one row per key; its values are not checked.

    Messages begin with `where`: "artifact 'final_vectors' of run F/1".

    Raises:
        ArtifactInvalid: if their numbers differ, the vectors are not a matrix of numbers, or a row has no key.
    """
    types = set(map(type, keys))
    if types & _CONTAINERS:
        row = next(row for row, key in enumerate(keys) if type(key) in _CONTAINERS)
        raise ArtifactInvalid(
            f"{where}: the key of row {row} (counted from 0) is {_described(keys[row])}. "
            "Keys must be strings or integers"
        )
    without_key = sum(map(_is_missing, keys)) if types - {str, int} else 0
    if without_key:
        raise ArtifactInvalid(
            f"{where}: {without_key:,} of {len(keys):,} rows have no key (None or NaN). "
            "Drop these rows, or add the missing keys"
        )
    try:
        return EmbeddingSpace.of(keys, vectors)
    except MaterialError as error:
        raise ArtifactInvalid(f"{where}: {error}") from error


def playlists_of(
    columns: Mapping[str, Sequence[Any]], where: str, names: PlaylistColumns = DEFAULT_COLUMNS
) -> Playlists:
    """Validate playlists given as the cells of each column, None for a missing cell; other columns are ignored.

    Raises:
        ArtifactInvalid: if a column is missing, or a cell has the wrong type.
    """
    check_columns(columns, where, names)
    table = _Table(columns, where, names)
    ids = columns[table.id]
    if not len(ids):
        raise ArtifactInvalid(f"{where} has no rows. Write one row per playlist")
    for row, playlist in enumerate(ids):
        if type(playlist) in _CONTAINERS:
            raise ArtifactInvalid(
                f"{where}: {table.id} of row {row} (counted from 0) is {_described(playlist)}. "
                "Give each playlist a string as its id"
            )
        if _is_missing(playlist):
            raise ArtifactInvalid(
                f"{where}: row {row} (counted from 0) has no {table.id} (None or NaN). Give each playlist an id"
            )
    tracks = table.sequences("track_sequence")
    artists = test_x = test_y = titles = None
    if names.named("artist_sequence") in columns:
        unknown = [[None] * len(sequence) for sequence in tracks]
        artists = table.sequences("artist_sequence", if_missing=unknown)
    if names.named("track_test_x") in columns:
        test_x = table.sequences("track_test_x", if_missing=[[]] * len(ids))
        test_y = table.single("track_test_y", "one track key")
    if names.named("playlist_name"):
        titles = table.single("playlist_name", "one name")
    try:
        return Playlists.of(ids, tracks, names=titles, artists=artists, test_x=test_x, test_y=test_y)
    except MaterialError as error:
        raise ArtifactInvalid(f"{where}: {error}") from error


def check_columns(
    columns: Iterable[str], where: str, expected: PlaylistColumns = DEFAULT_COLUMNS, *, plays: bool = False
) -> None:
    """Check that a table has the columns of playlists, or of plays.

    Raises:
        ArtifactInvalid: if a column is missing or repeated, or a setting does not apply.
    """
    names = list(columns)
    misplaced = expected.misplaced(plays=plays)
    if misplaced:
        row, other = ("play", "playlist") if plays else ("playlist", "play")
        raise ArtifactInvalid(
            f"{where} has one row per {row}, and [model.columns] {misplaced} is for one row per {other}. "
            f"Remove the setting; the columns are {', '.join(names) or 'none at all'}"
        )
    missing = [name for name in (expected.required_of_plays if plays else expected.required) if name not in names]
    if missing:
        advice = "Rename or add the column"
        if any(name in expected.given.values() for name in missing):
            advice = "Correct the name in [model.columns]"
        elif plays or "track_sequence" in missing:
            advice += ", or set its name in [model.columns]" + ("" if plays else ": `track`, if a row is one play")
        raise ArtifactInvalid(
            f"{where} has no column {' and no column '.join(map(repr, missing))}; "
            f"its columns are {', '.join(names) or 'none at all'}. {advice}"
        )
    repeated = [name for name in (expected.read_of_plays if plays else expected.read) if names.count(name) > 1]
    if repeated:
        raise ArtifactInvalid(
            f"{where} has {names.count(repeated[0])} columns named {repeated[0]!r}. Keep one of them"
        )
    given, target = expected.named("track_test_x"), expected.named("track_test_y")
    halves = [name for name in (given, target) if name in names]
    if len(halves) == 1 and not plays:
        raise ArtifactInvalid(
            f"{where} has the column {halves[0]!r} alone. Next-track retrieval needs both {given} "
            f"(the given tracks) and {target} (the held-out target): add the other, or drop this one"
        )


def type_name(obj: object) -> str:
    """Return the type of an object as a user would import it: `pandas.DataFrame`, `dict`."""
    kind = type(obj)
    package = kind.__module__.partition(".")[0]
    return kind.__qualname__ if package == "builtins" else f"{package}.{kind.__qualname__}"


class _Table:
    """The columns of playlists, by default name, with errors that contain the name in the data."""

    def __init__(self, columns: Mapping[str, Sequence[Any]], where: str, names: PlaylistColumns) -> None:
        self._columns, self._where, self._names = columns, where, names
        self.id = names.named("playlist_id")

    def single(self, role: str, needed: str) -> Sequence[object]:
        """Return a column whose cells are single values."""
        cells = self._columns[self._names.named(role)]
        for row, cell in enumerate(cells):
            if type(cell) in _CONTAINERS or isinstance(cell, tuple):
                raise self._wrong_cell(role, row, needed)
        return cells

    def sequences(self, role: str, if_missing: Sequence[Sequence[object]] | None = None) -> list[Sequence[object]]:
        """Return a column whose cells are lists."""
        cells: list[Sequence[object]] = []
        for row, cell in enumerate(self._columns[self._names.named(role)]):
            sequence = cell.tolist() if isinstance(cell, np.ndarray) and cell.ndim == 1 else cell
            if sequence is None and if_missing is not None:
                sequence = if_missing[row]
            if not isinstance(sequence, list | tuple):
                raise self._wrong_cell(role, row, "a list with one entry per track")
            if not _CONTAINERS.isdisjoint(map(type, sequence)):
                nested = next(entry for entry in sequence if type(entry) in _CONTAINERS)
                what = "artist name" if role == "artist_sequence" else "track key"
                raise ArtifactInvalid(
                    f"{self._cell(role, row)} has {_described(nested)} as an entry. "
                    f"It must be a flat list: each entry one {what}, a string or an integer"
                )
            cells.append(sequence)
        return cells

    def _wrong_cell(self, role: str, row: int, needed: str) -> ArtifactInvalid:
        cell = self._columns[self._names.named(role)][row]
        shown = "missing" if cell is None else _described(cell)
        return ArtifactInvalid(f"{self._cell(role, row)} is {shown}. It must be {needed}")

    def _cell(self, role: str, row: int) -> str:
        playlist = _short(self._columns[self.id][row])
        return f"{self._where}: {self._names.named(role)} of playlist {playlist} (row {row}, counted from 0)"


def _described(value: object) -> str:
    return f"a {type_name(value)} ({_short(value)})"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float | np.floating) and bool(np.isnan(value)))
