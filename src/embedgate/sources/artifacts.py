"""Objects as flows and files hold them become material, or an error that says what they are instead."""

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
            f"{where} is a {type_name(obj)}, where gensim KeyedVectors, or a model that has them as .wv, is needed"
        )
    return space_of(list(keys), vectors, where)


def space_of(keys: Sequence[object], vectors: Any, where: str) -> EmbeddingSpace:  # noqa: ANN401 - see EmbeddingSpace
    """Validate keys and vectors.

    Args:
        keys: one a row.
        vectors: a matrix; the values are passed on as they are.
        where: what holds them, for messages.

    Raises:
        ArtifactInvalid: if they do not fit together, or a row has no key.
    """
    without_key = sum(key is None for key in keys)
    if without_key:
        raise ArtifactInvalid(f"{where}: {without_key:,} of {len(keys):,} rows have no key (None)")
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
        raise ArtifactInvalid(f"{where} is a {type_name(frame)}, where a pandas DataFrame is needed")
    there = [str(name) for name in frame.columns]
    _check_columns(there, where)
    columns = {}
    for name in (*REQUIRED, *OPTIONAL):
        if there.count(name) > 1:
            raise ArtifactInvalid(f"{where} has {there.count(name)} columns of the name {name!r}")
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
    _check_columns(columns, where)
    ids = columns["playlist_id"]
    if not len(ids):
        raise ArtifactInvalid(f"{where} has its columns, but not a single row: no playlist")
    for row, playlist in enumerate(ids):
        if playlist is None:
            raise ArtifactInvalid(f"{where}: row {row} (counted from 0) has no playlist_id")

    tracks = _sequences(columns, "track_sequence", where)
    artists = test_x = test_y = None
    if "artist_sequence" in columns:
        unknown = [[None] * len(sequence) for sequence in tracks]
        artists = _sequences(columns, "artist_sequence", where, if_missing=unknown)
    if "track_test_x" in columns:
        test_x = _sequences(columns, "track_test_x", where, if_missing=[[]] * len(ids))
        test_y = columns["track_test_y"]
        for row, cell in enumerate(test_y):
            if isinstance(cell, list | tuple | set | dict | np.ndarray):
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


def _check_columns(there: Iterable[str], where: str) -> None:
    names = list(there)
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise ArtifactInvalid(
            f"{where} has no column {' and no column '.join(map(repr, missing))}; "
            f"its columns are {', '.join(names) or 'none at all'}"
        )
    halves = [name for name in ("track_test_x", "track_test_y") if name in names]
    if len(halves) == 1:
        raise ArtifactInvalid(
            f"{where} has the column {halves[0]!r} without its other half: "
            "track_test_x (the tracks that are given) and track_test_y (the one to be foretold) belong together"
        )


def _sequences(
    columns: Mapping[str, Sequence[Any]],
    name: str,
    where: str,
    if_missing: Sequence[Sequence[object]] | None = None,
) -> list[Sequence[object]]:
    cells: list[Sequence[object]] = []
    for row, cell in enumerate(columns[name]):
        if isinstance(cell, np.ndarray) and cell.ndim == 1:
            cells.append(cell.tolist())
        elif isinstance(cell, list | tuple):
            cells.append(cell)
        elif cell is None and if_missing is not None:
            cells.append(if_missing[row])
        else:
            raise ArtifactInvalid(_wrong_cell(columns, name, row, where, "a list with one entry a track"))
    return cells


def _wrong_cell(columns: Mapping[str, Sequence[Any]], name: str, row: int, where: str, needed: str) -> str:
    cell, playlist = columns[name][row], columns["playlist_id"][row]
    shown = "missing" if cell is None else f"a {type_name(cell)} ({_short(repr(cell))})"
    return f"{where}: {name} of playlist {playlist!r} (row {row}, counted from 0) is {shown}, not {needed}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
