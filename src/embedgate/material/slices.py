"""Slices: which values of a catalogue column are slices, and the tracks of each slice.

Slices contain all tracks of the playlists, whether they have a vector or not.
"""

from __future__ import annotations

from collections import Counter
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.genre_tags import MIN_TRACKS
from embedgate.slices import HEAD, MIDDLE, QUARTERS, TAIL, Slice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from embedgate.material.metadata import TrackMetadata
    from embedgate.material.playlists import Playlists

MAX_VALUES = 20
"""Values of a column that are slices of their own: the most played. More numbers than these are cut into quarters."""
_THIRDS = (HEAD, MIDDLE, TAIL)


def slices_of_column(column: str, cells: Mapping[str, tuple[str, ...]], playlists: Playlists) -> tuple[Slice, ...]:
    """Return the slices of a column of the catalogue.

    A value of at least ten tracks is a slice, at most the twenty most played; the tracks of all other values are one
    slice, and those without a value another. A column of numbers with more than twenty values is cut into quarters.

    Args:
        column: its name.
        cells: values by key, of tracks that are played or have a vector.
        playlists: which tracks are played, and how often.
    """
    counts = Counter(value for values in cells.values() for value in values)
    without = sum(track not in cells for track in playlists.tracks)
    missing = [Slice("missing", column, "no value")] if without >= MIN_TRACKS else []
    if len(counts) > MAX_VALUES and all(map(_is_number, counts)):
        return (*(Slice("quarter", column, quarter) for quarter in QUARTERS), *missing)
    plays: Counter[str] = Counter()
    for track, number in zip(playlists.tracks, playlists.play_counts.tolist(), strict=True):
        for value in cells.get(track, ()):
            plays[value] += number
    frequent = [value for value, tracks in counts.items() if tracks >= MIN_TRACKS]
    judged = sorted(frequent, key=lambda value: (-plays[value], value))[:MAX_VALUES]
    if judged and len(judged) < len(counts):
        missing.insert(0, Slice("others", column, "other values"))
    return (*(Slice("value", column, value) for value in sorted(judged)), *missing)


def popularity_thirds(plays: NDArray[np.integer]) -> NDArray[np.intp]:
    """Return the third of all plays that each track belongs to: 0 the most played tracks, 2 the least played.

    Equally played tracks belong to one third, that of their middle.

    Args:
        plays: of each track, shape (t,).
    """
    counts, inverse, tracks = np.unique(plays, return_inverse=True, return_counts=True)
    total = (counts * tracks)[::-1]
    middle = (np.cumsum(total) - total / 2)[::-1] / max(1, int(total.sum()))
    third = np.minimum((3 * middle).astype(np.intp), 2)
    third[counts == 0] = 2
    return np.asarray(third[inverse.ravel()])


def slice_members(
    slices: Sequence[Slice],
    playlists: Playlists,
    metadata: TrackMetadata | None,
    genres: Mapping[str, NDArray[np.bool_]],
) -> dict[Slice, NDArray[np.bool_]]:
    """Return whether each of the t tracks of the playlists is in each slice, shape (t,) each.

    Args:
        slices: which slices.
        playlists: p playlists of t tracks.
        metadata: what the item catalogue says about the tracks; its `columns` contain those of the slices.
        genres: tracks of each genre from playlist names, shape (t,) each.
    """
    thirds = popularity_thirds(playlists.play_counts)
    members: dict[Slice, NDArray[np.bool_]] = {}
    for column in dict.fromkeys(each.column for each in slices):
        own = [each for each in slices if each.column == column]
        for each in own:
            if each.kind == "popularity":
                members[each] = thirds == _THIRDS.index(each.value)
            elif each.kind == "genre":
                members[each] = genres[each.value]
        rest = [each for each in own if each not in members]
        if rest and metadata is not None:
            members |= _of_column(rest, playlists.tracks, metadata.columns.get(column, {}))
    return {each: members[each] for each in slices if each in members}


def _of_column(
    slices: Sequence[Slice], tracks: Sequence[str], cells: Mapping[str, tuple[str, ...]]
) -> dict[Slice, NDArray[np.bool_]]:
    values = [cells.get(track, ()) for track in tracks]
    known = np.fromiter(map(bool, values), np.bool_, len(tracks))
    named: dict[str, NDArray[np.bool_]] = {
        each.value: np.zeros(len(tracks), dtype=np.bool_) for each in slices if each.kind == "value"
    }
    for number, listed in enumerate(values):
        for value in listed:
            if value in named:
                named[value][number] = True
    members: dict[Slice, NDArray[np.bool_]] = {}
    quarter = _quarters(values, known) if any(each.kind == "quarter" for each in slices) else None
    for each in slices:
        if each.kind == "value":
            members[each] = named[each.value]
        elif each.kind == "missing":
            members[each] = ~known
        elif quarter is not None:
            members[each] = known & (quarter == QUARTERS.index(each.value))
        else:
            members[each] = known & ~np.any([np.zeros(len(tracks), np.bool_), *named.values()], axis=0)
    return members


def _quarters(values: Sequence[tuple[str, ...]], known: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the quarter of each track by its number, 0 to 3; equal numbers are in one quarter."""
    numbers = np.fromiter((float(listed[0]) if listed else np.nan for listed in values), np.float64, len(values))
    if not known.any():
        return np.zeros(len(values), dtype=np.intp)
    edges = np.quantile(numbers[known], [0.25, 0.5, 0.75])
    return np.searchsorted(edges, numbers)


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False
