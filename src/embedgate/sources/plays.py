"""Build playlists from data with one row per play: a frame, or columns of other files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.errors import ArtifactInvalid
from embedgate.material.playlists import MISSING, Playlists
from embedgate.sources.columns import LAST
from embedgate.sources.validation import type_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from embedgate.sources.columns import PlaylistColumns


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class CodedColumn:
    """The text in a column.

    Attributes:
        codes: number of the text of each row in `texts`, -1 if it is missing, shape (n,).
        texts: the distinct texts, in the order of their first rows.
    """

    codes: NDArray[np.integer]
    texts: list[str]


@dataclass(frozen=True)
class Times:
    """A column with times.

    Attributes:
        moments: finite numbers, or microseconds since 1970 in UTC, shape (n,).
        are_dates: whether they are dates.
    """

    moments: NDArray[np.number]
    are_dates: bool


def playlists_of_plays(
    coded: dict[str, CodedColumn], times: Times | None, where: str, columns: PlaylistColumns
) -> Playlists:
    """Group plays into playlists, in the order of their first rows.

    The plays of a playlist are in the order of their times, equal ones in that of their rows; without times, all are.

    Args:
        coded: the columns by role: `playlist_id` and `track`, and optionally `artist` and `playlist_name`. A playlist
            has the first name of its plays, and a track the first artist.
        times: the time of each play; None if no column has it.
        where: name of the data in messages.
        columns: names of the columns, and what is held out.

    Raises:
        ArtifactInvalid: if there is no play, an id or a track is missing, or the held-out time is not one.
    """
    owner, track = coded["playlist_id"], coded["track"]
    if not len(owner.codes):
        raise ArtifactInvalid(f"{where} has no rows. Write one row per play")
    for role, column in (("playlist_id", owner), ("track", track)):
        if column.codes.min() < 0:
            row = int(np.argmax(column.codes < 0))
            raise ArtifactInvalid(
                f"{where}: row {row} (counted from 0) has no {columns.named(role)}. Drop rows without one, or add it"
            )
    by_playlist = (owner.codes,) if times is None else (times.moments, owner.codes)
    order = np.lexsort(by_playlist)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owner.codes, minlength=len(owner.texts)))])
    played = track.codes[order]
    by_first_play, _ = _firsts(played, np.ones(len(played), bool))
    number = np.empty(len(track.texts), dtype=np.int32)
    number[by_first_play] = np.arange(len(by_first_play))
    artist_of = _first_texts(track, coded.get("artist"), order)
    names = _first_texts(owner, coded["playlist_name"], order) if "playlist_name" in coded else None
    playlists = Playlists(
        tuple(owner.texts),
        tuple(track.texts[each] for each in by_first_play.tolist()),
        number[played],
        offsets.astype(np.int64),
        artist_of,
        names=None if names is None else tuple(names.get(name, "") for name in owner.texts),
    )
    return _held_out(playlists, times, order, where, columns)


def playlists_of_frame(frame: pd.DataFrame, where: str, columns: PlaylistColumns) -> Playlists:
    """Return playlists from a frame with one row per play; see `playlists_of_plays`.

    Keys are strings or integers; times are numbers, dates, or text of numbers or in ISO 8601.

    Raises:
        ArtifactInvalid: as `playlists_of_plays`, or if a cell has the wrong type.
    """
    roles = ("playlist_id", "track", "playlist_name", "artist")
    named = {role: columns.named(role) for role in roles if columns.named(role) in frame.columns}
    coded = {role: _coded(frame[name], f"{where}: {name}") for role, name in named.items()}
    time = columns.named("time")
    return playlists_of_plays(coded, _times_of(frame[time], f"{where}: {time}") if time else None, where, columns)


def times_of_text(cells: Sequence[str], where: str, first_row: int = 0) -> Times:
    """Return times that are text: numbers, or dates in ISO 8601, in UTC unless they say otherwise.

    Args:
        cells: the text; "" is missing.
        where: name of the column in messages.
        first_row: the row of the first cell, for messages.

    Raises:
        ArtifactInvalid: if a cell is missing, or is neither a number nor a date.
    """
    numbers = _numbers(cells)
    if numbers is not None:
        return Times(numbers, are_dates=False)
    if _numbers(cells[:1]) is not None:  # the first cell says what they are
        wrong = next(row for row, cell in enumerate(cells) if _numbers([cell]) is None)
    else:
        # pandas 2.2 reads a date without a time zone in the time zone of the one before
        dates = list(map(_date, cells))
        if None not in dates:
            return Times(np.array(dates, dtype=np.int64), are_dates=True)
        wrong = dates.index(None)
    raise ArtifactInvalid(
        f"{where} of row {first_row + wrong} (counted from 0) is "
        f"{f'{cells[wrong]!r:.60}' if cells[wrong] else 'missing'}. Times must be all numbers, or all dates such as "
        "2026-01-31T12:00:00Z"
    )


def _numbers(cells: Sequence[str]) -> NDArray[np.number] | None:
    """Return text as finite numbers; None if a cell is something else."""
    for dtype in (np.int64, np.float64):  # an integer beyond 2**53 is no float64
        try:
            numbers = np.array(cells, dtype=dtype)
        except (ValueError, OverflowError):
            continue
        return numbers if np.isfinite(numbers).all() else None
    return None


def _date(text: str) -> int | None:
    """Return a date in microseconds since 1970; None if the text is something else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


def _held_out(
    playlists: Playlists, times: Times | None, order: NDArray[np.intp], where: str, columns: PlaylistColumns
) -> Playlists:
    """Return the playlists with a target each: the last play, or the first one at the held-out time or after it."""
    if not columns.hold_out:
        return playlists
    queries, targets = playlists.last_two
    if columns.hold_out != LAST:
        if times is None:
            raise ArtifactInvalid(f"{where}: a time is held out, and no column has times. Set [model.columns] time")
        early = times.moments[order] < _moment(columns.hold_out, times, f"{where}: [model.columns] hold_out")
        before = np.bincount(playlists.playlist_of_play[early], minlength=len(playlists))
        target = playlists.offsets[:-1] + before
        queries, targets = np.full((2, len(playlists)), MISSING, dtype=np.int32)
        split = np.flatnonzero((before > 0) & (target < playlists.offsets[1:]))
        split = split[playlists.plays[target[split] - 1] != playlists.plays[target[split]]]
        queries[split], targets[split] = playlists.plays[target[split] - 1], playlists.plays[target[split]]
    return replace(playlists, queries=queries, targets=targets, targets_held_out=True)


def _moment(text: str, times: Times, where: str) -> NDArray[np.number]:
    """Return a point in time, shape (1,)."""
    try:
        found = times_of_text([text], where)
    except ArtifactInvalid as error:
        raise ArtifactInvalid(f'{where} = "{text}" is neither "last" nor a number nor a date') from error
    if found.are_dates != times.are_dates:
        kinds = ("a date", "numbers") if found.are_dates else ("a number", "dates")
        raise ArtifactInvalid(f'{where} = "{text}" is {kinds[0]}, and the times are {kinds[1]}. Write it as they are')
    return found.moments[:1]


def _first_texts(of: CodedColumn, column: CodedColumn | None, order: NDArray[np.intp]) -> dict[str, str]:
    """Return the first text of a column for each text of another, where there is one."""
    if column is None:
        return {}
    codes = column.codes[order]
    values, rows = _firsts(of.codes[order], codes >= 0)
    return {of.texts[value]: column.texts[codes[row]] for value, row in zip(values, rows, strict=True)}


def _firsts(codes: NDArray[np.integer], valid: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the codes of the valid rows and their first rows, by first row."""
    rows = np.flatnonzero(valid)
    first = np.full(int(codes.max(initial=-1)) + 1, len(codes), dtype=np.intp)
    first[codes[rows[::-1]]] = rows[::-1]  # of several rows of a code, the last that is written is the first
    found = np.flatnonzero(first < len(codes))
    found = found[np.argsort(first[found])]
    return found, first[found]


def _coded(column: pd.Series[Any], where: str) -> CodedColumn:
    import pandas as pd  # noqa: PLC0415 - the frame's own module

    try:
        codes, distinct = pd.factorize(column)
        values = distinct.tolist()
    except Exception:  # a list has no hash; the exceptions of pandas and pyarrow have no common base class
        values = column.tolist()
        _check_keys(values, values, where)
        raise
    _check_keys(values, column, where)
    number = {text: code for code, text in enumerate(dict.fromkeys(map(str, values)))}
    if len(number) < len(values):  # 7 and "7" are the same key
        codes = np.array([*(number[str(value)] for value in values), -1])[codes]
    return CodedColumn(codes, list(number))


def _check_keys(values: Sequence[object], column: Sequence[object] | pd.Series[Any], where: str) -> None:
    wrong = next((value for value in values if not _is_key(value)), None)
    if wrong is not None:
        row = next((row for row, cell in enumerate(column) if type(cell) is type(wrong)), None)
        at = "" if row is None else f" of row {row} (counted from 0)"
        raise ArtifactInvalid(
            f"{where}{at} is a {type_name(wrong)} ({wrong!r:.60}). It must be a string or an integer"
        )


def _is_key(value: object) -> bool:
    return value is None or (isinstance(value, str | Real) and not isinstance(value, bool | np.bool_))


def _times_of(column: pd.Series[Any], where: str) -> Times:
    kind = getattr(column.dtype, "kind", "O")
    missing = np.flatnonzero(column.isna())
    if len(missing) or kind == "b":
        what = "missing (None or NaN)" if len(missing) else "a bool"
        row = missing[0] if len(missing) else 0
        raise ArtifactInvalid(f"{where} of row {row} (counted from 0) is {what}. Every play needs a time")
    if kind == "M":
        import pandas as pd  # noqa: PLC0415 - the frame's own module

        return Times(_microseconds(pd.to_datetime(column, utc=True)), are_dates=True)
    if kind in "iuf":
        numbers = column.to_numpy()
        if not np.isfinite(numbers).all():
            row = int(np.argmin(np.isfinite(numbers)))
            raise ArtifactInvalid(f"{where} of row {row} (counted from 0) is {numbers[row]}. Write a finite number")
        return Times(numbers, are_dates=False)
    return times_of_text(list(map(str, column)), where)


def _microseconds(dates: pd.Series[Any]) -> NDArray[np.int64]:
    return np.asarray(dates.dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64))
