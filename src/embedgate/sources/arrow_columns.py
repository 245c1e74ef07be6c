"""Read playlists from Arrow columns, without a Python object per play.

Millions of plays as Python strings take gigabytes. Here, a column of lists becomes offsets and numbers into the
distinct strings. Columns of other types, and cells that may be wrong, are left to the validation cell by cell, which
names them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.material.playlists import MISSING, Playlists

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from embedgate.sources.columns import PlaylistColumns

    Columns = Mapping[str, "pa.ChunkedArray"]


@dataclass(frozen=True, slots=True, eq=False)
class _Words:
    """Strings as numbers.

    Attributes:
        numbers: of each string in `distinct`, MISSING if it is null, int32, shape (m,).
        distinct: the distinct strings.
    """

    numbers: NDArray[np.int32]
    distinct: Sequence[str]


@dataclass(frozen=True, slots=True, eq=False)
class _Lists:
    """Lists of strings.

    Attributes:
        words: the entries of all lists, one list after the other.
        lengths: of each list, 0 if it is null, shape (p,).
        valid: whether each list is not null, shape (p,).
    """

    words: _Words
    lengths: NDArray[np.int64]
    valid: NDArray[np.bool_]


def arrow_frame(frame: pd.DataFrame, names: PlaylistColumns) -> Columns | None:
    """Return the columns of a pandas DataFrame; None if the tracks are not stored in Arrow."""
    tracks = names.named("track_sequence")
    if not hasattr(frame[tracks].array, "__arrow_array__") or frame[tracks].dtype == object:
        return None
    import pyarrow as pa  # noqa: PLC0415 - heavy

    found = {}
    for name in names.read:
        if name in frame.columns:
            try:
                column = pa.array(frame[name], from_pandas=True)
            except (ValueError, TypeError, NotImplementedError):  # cells of several types: validated one by one
                return None
            found[name] = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    return found


def playlists_of_arrow(columns: Columns, names: PlaylistColumns) -> Playlists | None:
    """Return the playlists of Arrow columns that contain all required ones.

    Equal to `validation.playlists_of` on the cells of the columns.

    Returns:
        None if a column is not one of strings or integers, or of lists of them, or a value that is required is null.
    """
    plain = _plain(columns, names)
    ids, tracks = columns[names.named("playlist_id")], _lists(columns[names.named("track_sequence")])
    if not plain or tracks is None or ids.null_count or not len(ids):
        return None
    if not tracks.valid.all() or not len(tracks.words.numbers) or (tracks.words.numbers == MISSING).any():
        return None
    artist_of: Mapping[str, str] = {}
    played, distinct = tracks.words.numbers, tracks.words.distinct
    order = _by_first(played, len(distinct))
    if names.named("artist_sequence") in columns:
        artists = _lists(columns[names.named("artist_sequence")])
        if artists is None or (artists.lengths != tracks.lengths)[artists.valid].any():
            return None
        artist_of = _first_artists(tracks, artists)
    queries = targets = None
    given, target = names.named("track_test_x"), names.named("track_test_y")
    if given in columns:
        before, after = _lists(columns[given]), _words(columns[target])
        if before is None or after is None:
            return None
        last = np.where(before.lengths > 0, np.cumsum(before.lengths) - 1, -1)
        queries = np.append(before.words.numbers, np.int32(MISSING))[last]
        targets = after.numbers
        number = {word: place for place, word in enumerate(distinct)}
        joined = [played]
        for numbers, words in ((queries, before.words.distinct), (targets, after.distinct)):
            of_word = np.fromiter((number.setdefault(word, len(number)) for word in words), np.int32, len(words))
            joined.append(np.append(of_word, np.int32(MISSING))[numbers])
        _, queries, targets = joined
        distinct = list(number)
        known = np.concatenate(joined)
        order = _by_first(known[known != MISSING], len(distinct))
    place = np.full(len(distinct) + 1, MISSING, dtype=np.int32)  # the last is that of MISSING
    place[order] = np.arange(len(order))
    titles = names.named("playlist_name")
    return Playlists(
        tuple(ids.cast("large_string").to_pylist()),
        tuple(distinct[number] for number in order.tolist()),
        place[played],
        np.concatenate([[0], np.cumsum(tracks.lengths)]),
        artist_of,
        None if queries is None else place[queries],
        None if targets is None else place[targets],
        None if not titles else tuple(title or "" for title in columns[titles].cast("large_string").to_pylist()),
    )


def _plain(columns: Columns, names: PlaylistColumns) -> bool:
    """Return whether the columns of single values are strings or integers."""
    single = (names.named(role) for role in ("playlist_id", "playlist_name", "track_test_y"))
    return all(_is_word(columns[name].type) for name in single if name in columns)


def _is_word(kind: Any) -> bool:  # noqa: ANN401 - a type of pyarrow
    from pyarrow import types  # noqa: PLC0415 - heavy

    if types.is_dictionary(kind):
        kind = kind.value_type
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_integer(kind))


def _words(column: pa.ChunkedArray) -> _Words | None:
    """Return strings or integers as numbers; None if the column has another type."""
    from pyarrow import types  # noqa: PLC0415 - heavy

    if not _is_word(column.type):
        return None
    encoded = column if types.is_dictionary(column.type) else column.dictionary_encode()
    encoded = encoded.unify_dictionaries()
    if not encoded.num_chunks:
        return _Words(np.empty(0, np.int32), [])
    values = encoded.chunk(0).dictionary.cast("large_string").to_pylist()
    number: dict[str, int] = {}  # a dictionary may contain null, and a word twice
    of_value = [MISSING if value is None else number.setdefault(value, len(number)) for value in values]
    indices = [chunk.indices.cast("int32").fill_null(len(values)).to_numpy() for chunk in encoded.chunks]
    return _Words(np.array([*of_value, MISSING], dtype=np.int32)[np.concatenate(indices)], list(number))


def _lists(column: pa.ChunkedArray) -> _Lists | None:
    """Return lists of strings or integers; None if the column has another type."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
        return None
    # `flatten` leaves null lists out, and respects the slice that a chunk is
    entries = pa.chunked_array([chunk.flatten() for chunk in column.chunks], column.type.value_type)
    words = _words(entries)
    if words is None:
        return None
    lengths = pa.compute.list_value_length(column).fill_null(0).to_numpy()
    return _Lists(words, lengths.astype(np.int64), column.is_valid().to_numpy())


def _by_first(numbers: NDArray[np.int32], size: int) -> NDArray[np.intp]:
    """Return the distinct numbers in the order of their first occurrence."""
    first = np.full(size, len(numbers), dtype=np.int64)
    first[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)  # the last assignment is that of the first occurrence
    found = np.flatnonzero(first < len(numbers))
    return found[np.argsort(first[found], kind="stable")]


def _first_artists(tracks: _Lists, artists: _Lists) -> dict[str, str]:
    """Return the artist of each track in its first play with an artist."""
    credited = np.full(len(tracks.words.numbers), MISSING, dtype=np.int32)
    credited[np.repeat(artists.valid, tracks.lengths)] = artists.words.numbers
    known = credited != MISSING
    artist = np.full(len(tracks.words.distinct), MISSING, dtype=np.int32)
    artist[tracks.words.numbers[known][::-1]] = credited[known][::-1]
    named = np.flatnonzero(artist != MISSING)
    track_names, artist_names = tracks.words.distinct, artists.words.distinct
    return {track_names[track]: artist_names[artist[track]] for track in named.tolist()}
