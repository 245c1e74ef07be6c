"""Validation of vectors and playlists from artifacts and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.errors import ArtifactInvalid, MaterialError
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

REQUIRED = ("playlist_id", "track_sequence")
OPTIONAL = ("artist_sequence", "track_test_x", "track_test_y")
_CONTAINERS = frozenset({list, dict, set, frozenset, np.ndarray})
"""Types of values that are no key: a track, an artist or a playlist is named by one string or integer."""


def space_from(obj: object, where: str) -> EmbeddingSpace:
    """Take keys and vectors out of a gensim `KeyedVectors`, or out of a model that has them as `.wv`.

    Args:
        obj: the object; what gensim 3 pickled is understood too.
        where: what the object is, for messages: "artifact 'final_vectors' of run F/1".

    Raises:
        ArtifactInvalid: if the object is something else, or its keys and vectors do not fit together.
    """
    keyed_vectors = getattr(obj, "wv", obj)
    # A pickle of gensim 3 brings the old names along. gensim 4 hides them behind properties that raise, and
    # renames them only in files that it loads itself: here they are read from the instance.
    old = getattr(keyed_vectors, "__dict__", {})
    keys = getattr(keyed_vectors, "index_to_key", old.get("index2word", old.get("index2entity")))
    vectors = getattr(keyed_vectors, "vectors", old.get("syn0"))
    if keys is None or vectors is None:
        raise ArtifactInvalid(
            f"{where} is a {type_name(obj)}. It must be gensim KeyedVectors, or a model that has them as .wv"
        )
    return space_of(list(keys), vectors, where)


def space_of(keys: Sequence[object], vectors: Any, where: str) -> EmbeddingSpace:  # noqa: ANN401 - see EmbeddingSpace
    """Validate keys and vectors.

    Args:
        keys: one a row.
        vectors: a matrix; the values are passed on as they are.
        where: what contains them, for messages.

    Raises:
        ArtifactInvalid: if they do not fit together, or a row has no key.
    """
    types = set(map(type, keys))
    if types & _CONTAINERS:
        row = next(row for row, key in enumerate(keys) if type(key) in _CONTAINERS)
        raise ArtifactInvalid(
            f"{where}: the key of row {row} (counted from 0) is a {type_name(keys[row])} "
            f"({_short(repr(keys[row]))}). Keys must be strings or integers"
        )
    without_key = sum(map(_is_missing, keys)) if types - {str, int} else 0
    if without_key:
        raise ArtifactInvalid(
            f"{where}: {without_key:,} of {len(keys):,} rows have no key (None or NaN). "
            "Drop these rows, or give each row its key"
        )
    try:
        return EmbeddingSpace.of(keys, vectors)
    except MaterialError as error:
        raise ArtifactInvalid(f"{where}: {error}") from error


def playlists_from(frame: Any, where: str) -> Playlists:  # noqa: ANN401 - a pickle may hold anything
    """Take playlists out of a pandas frame.

    Args:
        frame: with the columns `playlist_id` and `track_sequence`, and optionally `artist_sequence`,
            `track_test_x` and `track_test_y`.
        where: what the frame is, for messages.

    Raises:
        ArtifactInvalid: if it is no frame, a column is missing, or a cell is not what it must be.
    """
    if not (hasattr(frame, "columns") and hasattr(frame, "iloc")):
        raise ArtifactInvalid(f"{where} is a {type_name(frame)}. It must be a pandas DataFrame")
    there = [str(name) for name in frame.columns]
    check_columns(there, where)
    columns = {}
    for name in (*REQUIRED, *OPTIONAL):
        if name in there:
            # pandas knows several ways to say "missing"; as objects, all of them become None
            column = frame[name].astype(object)
            columns[name] = column.where(column.notna(), None).tolist()
    return playlists_of(columns, where)


def playlists_of(columns: Mapping[str, Sequence[Any]], where: str) -> Playlists:
    """Validate playlists given column by column; a cell that is missing is None.

    Args:
        columns: the cells of each column; those that are not known are left alone.
        where: what holds them, for messages.

    Raises:
        ArtifactInvalid: if a column is missing, or a cell is not what it must be.
    """
    check_columns(columns, where)
    ids = columns["playlist_id"]
    if not len(ids):
        raise ArtifactInvalid(f"{where} has no rows. Write one row a playlist")
    for row, playlist in enumerate(ids):
        if type(playlist) in _CONTAINERS:
            raise ArtifactInvalid(
                f"{where}: playlist_id of row {row} (counted from 0) is a {type_name(playlist)} "
                f"({_short(repr(playlist))}). Give each playlist a string as its id"
            )
        if _is_missing(playlist):
            raise ArtifactInvalid(
                f"{where}: row {row} (counted from 0) has no playlist_id (None or NaN). Give each playlist an id"
            )

    tracks = _sequences(columns, "track_sequence", where)
    artists = test_x = test_y = None
    if "artist_sequence" in columns:
        unknown = [[None] * len(sequence) for sequence in tracks]
        artists = _sequences(columns, "artist_sequence", where, if_missing=unknown)
    if "track_test_x" in columns:
        test_x = _sequences(columns, "track_test_x", where, if_missing=[[]] * len(ids))
        test_y = columns["track_test_y"]
        for row, cell in enumerate(test_y):
            if type(cell) in _CONTAINERS or isinstance(cell, tuple):
                raise ArtifactInvalid(_wrong_cell(columns, "track_test_y", row, where, "one track key"))
    try:
        return Playlists.of(ids, tracks, artists=artists, test_x=test_x, test_y=test_y)
    except MaterialError as error:
        raise ArtifactInvalid(f"{where}: {error}") from error


def type_name(obj: object) -> str:
    """Name the type of an object as a user would import it: `pandas.DataFrame`, `dict`."""
    kind = type(obj)
    package = kind.__module__.partition(".")[0]
    return kind.__qualname__ if package == "builtins" else f"{package}.{kind.__qualname__}"


def check_columns(there: Iterable[str], where: str) -> None:
    """Check that a table has the columns of playlists.

    Args:
        there: its columns.
        where: what the table is, for messages.

    Raises:
        ArtifactInvalid: if a column is missing, or there twice.
    """
    names = list(there)
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise ArtifactInvalid(
            f"{where} has no column {' and no column '.join(map(repr, missing))}; "
            f"its columns are {', '.join(names) or 'none at all'}. Rename or add the column"
        )
    repeated = [name for name in (*REQUIRED, *OPTIONAL) if names.count(name) > 1]
    if repeated:
        raise ArtifactInvalid(
            f"{where} has {names.count(repeated[0])} columns named {repeated[0]!r}. Keep one of them"
        )
    halves = [name for name in ("track_test_x", "track_test_y") if name in names]
    if len(halves) == 1:
        raise ArtifactInvalid(
            f"{where} has the column {halves[0]!r} alone. Next-track retrieval needs both track_test_x "
            "(the tracks that are given) and track_test_y (the held-out target): add the other, or drop this one"
        )


def _sequences(
    columns: Mapping[str, Sequence[Any]],
    name: str,
    where: str,
    if_missing: Sequence[Sequence[object]] | None = None,
) -> list[Sequence[object]]:
    cells: list[Sequence[object]] = []
    for row, cell in enumerate(columns[name]):
        sequence = cell.tolist() if isinstance(cell, np.ndarray) and cell.ndim == 1 else cell
        if sequence is None and if_missing is not None:
            sequence = if_missing[row]
        if not isinstance(sequence, list | tuple):
            raise ArtifactInvalid(_wrong_cell(columns, name, row, where, "a list with one entry a track"))
        if not _CONTAINERS.isdisjoint(map(type, sequence)):
            raise ArtifactInvalid(_nested(columns, name, row, where))
        cells.append(sequence)
    return cells


def _wrong_cell(columns: Mapping[str, Sequence[Any]], name: str, row: int, where: str, needed: str) -> str:
    cell = columns[name][row]
    shown = "missing" if cell is None else f"a {type_name(cell)} ({_short(repr(cell))})"
    return f"{_cell(columns, name, row, where)} is {shown}. It must be {needed}"


def _nested(columns: Mapping[str, Sequence[Any]], name: str, row: int, where: str) -> str:
    entry = next(entry for entry in columns[name][row] if type(entry) in _CONTAINERS)
    what = "artist name" if name == "artist_sequence" else "track key"
    return (
        f"{_cell(columns, name, row, where)} has a {type_name(entry)} ({_short(repr(entry))}) as an entry. "
        f"It must be a flat list: each entry one {what}, a string or an integer"
    )


def _cell(columns: Mapping[str, Sequence[Any]], name: str, row: int, where: str) -> str:
    return f"{where}: {name} of playlist {_short(repr(columns['playlist_id'][row]))} (row {row}, counted from 0)"


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float | np.floating) and bool(np.isnan(value)))


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
