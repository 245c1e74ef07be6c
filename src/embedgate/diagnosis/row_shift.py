"""Find by how many rows the keys of a model are shifted against its vectors.

Tracks that should be close, because they share a playlist or are neighbours in the champion, are closer than random
pairs of similar popularity only if their vectors are their own. Each shift of up to a thousand rows is tried on a few
hundred pairs, and the best ones on all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.neighbourhood import playlist_pairs
from embedgate.statistics import SEED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest
    from embedgate.material.pair import ModelPair

_MAX_SHIFT = 1_000
_SCREENED, _KEPT = 200, 5  # pairs of the first round, and shifts of the second
_MIN_PAIRS = 100
_MAX_PAIRS = 4_000
_MAX_NEIGHBOUR_TRACKS = 2_000
_SURE = 6.0  # standard errors: some ten thousand shifts are tried
_WINDOWS = (1, 2, 4, 8, 16)  # a row that is missing in the middle shifts the last rows only
_STARTS, _REFINEMENTS = 33, 2  # first rows that are tried at once, and how often between fewer
_FROM_START = 0.02  # a shift that starts within the first rows starts at the first


@dataclass(frozen=True, slots=True, eq=False)
class RowShift:
    """A shift of the vectors against the keys.

    Attributes:
        rows: the vector of a key is this many rows below it, above it if negative.
        first: number of the first shifted row among the usable rows, in the order of the export.
        tracks: numbers of the tracks in the shifted rows, ascending.
        vectors: usable vectors, each with its key again, by track number, shape (n, d).
    """

    rows: int
    first: int
    tracks: NDArray[np.intp] = field(repr=False)
    vectors: NDArray[np.float32] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Pairs of rows that should be close, each with a third row that need not be close to the first.

    Attributes:
        rows: row numbers of first, second and unrelated track, shape (m, 3).
    """

    rows: NDArray[np.intp]

    def contrast(
        self, unit: NDArray[np.float32], by_row: NDArray[np.intp], shift: int, start: int
    ) -> NDArray[np.float64]:
        """Return by how much each pair is closer than its unrelated track if rows from `start` on are shifted back.

        Args:
            unit: unit vectors by track number, shape (n, d).
            by_row: track number of each row, shape (n,).
            shift: number of rows.
            start: the first shifted row.
        """
        size = len(by_row) - start
        moved = np.where(self.rows >= start, start + (self.rows - start + shift) % size, self.rows)
        first, second, other = (unit[by_row[moved[:, side]]] for side in range(3))
        return np.asarray(np.einsum("md,md->m", first, second - other, dtype=np.float64))


def find_shift(model: ModelUnderTest, pair: ModelPair | None) -> RowShift | None:
    """Return the shift after which tracks that should be close are certainly closer; None if there is none.

    Args:
        model: the model under test.
        pair: the model beside its champion, whose neighbours should be close; None to use the playlists alone.
    """
    by_row = np.argsort(model.space.usable)  # track number of each usable row
    row_of = np.argsort(by_row)
    for window in _WINDOWS:
        start = len(by_row) - len(by_row) // window
        for pairs in _pairs(model, pair, by_row[start:], row_of):
            shift = _best_shift(model.unit, by_row, pairs, start)
            if shift:
                everywhere = next(iter(_pairs(model, pair, by_row, row_of)), pairs) if start else pairs
                first = _first_row(model.unit, by_row, everywhere, shift)
                vectors = _restored(model, by_row, shift, first)
                return RowShift(shift, first, np.sort(by_row[first:]), vectors)
    return None


def _best_shift(unit: NDArray[np.float32], by_row: NDArray[np.intp], pairs: _Pairs, start: int) -> int:
    """Return the shift with which the pairs are closest; 0 if none is certainly better than none."""
    few = _Pairs(pairs.rows[:_SCREENED])
    most = min(_MAX_SHIFT, (len(by_row) - start) // 2)
    shifts = [shift for shift in range(-most, most + 1) if shift]
    if not shifts:
        return 0
    rough = [float(few.contrast(unit, by_row, shift, start).mean()) for shift in shifts]
    candidates = [shifts[place] for place in np.argsort(rough)[::-1][:_KEPT]]
    fine = {shift: pairs.contrast(unit, by_row, shift, start) for shift in candidates}
    best = max(candidates, key=lambda shift: float(fine[shift].mean()))
    gain = fine[best] - pairs.contrast(unit, by_row, 0, start)
    error = float(gain.std()) / len(gain) ** 0.5
    return best if gain.mean() > _SURE * error and fine[best].mean() > 0 else 0


def _first_row(unit: NDArray[np.float32], by_row: NDArray[np.intp], pairs: _Pairs, shift: int) -> int:
    """Return the row from which on shifting the vectors back brings the pairs closest."""
    low, high = 0, len(by_row) - 2 * abs(shift)
    best = 0
    for _ in range(_REFINEMENTS):
        starts = np.unique(np.linspace(low, max(low, high), _STARTS).astype(int)).tolist()
        best = max(starts, key=lambda start: float(pairs.contrast(unit, by_row, shift, start).mean()))
        step = (high - low) // (_STARTS - 1) + 1
        low, high = max(low, best - step), min(high, best + step)
    return best if best > _FROM_START * len(by_row) else 0


def _restored(model: ModelUnderTest, by_row: NDArray[np.intp], shift: int, first: int) -> NDArray[np.float32]:
    """Return the vectors by track number, each with the key that it belongs to."""
    source = by_row.copy()
    source[first:] = np.roll(by_row[first:], -shift)
    vectors = np.empty_like(model.space.vectors, shape=model.unit.shape)
    vectors[by_row] = model.space.vectors[model.space.usable[source]]
    return vectors


def _pairs(
    model: ModelUnderTest, pair: ModelPair | None, tracks: NDArray[np.intp], row_of: NDArray[np.intp]
) -> Iterable[_Pairs]:
    """Yield pairs among some tracks, of the champion and of the playlists, as far as there are enough.

    Args:
        model: the model under test.
        pair: the model beside its champion; None without a champion.
        tracks: track numbers.
        row_of: row of each track, shape (n,).
    """
    if pair is not None:
        shared, numbers = np.intersect1d(pair.shared, tracks, return_indices=True)[:2]
        drawn = np.sort(np.random.default_rng(SEED).permutation(len(shared))[:_MAX_NEIGHBOUR_TRACKS])
        if len(drawn) >= _MIN_PAIRS:
            near = _nearest(pair.old.unit[numbers[drawn]])
            rows = row_of[shared[drawn]]
            yield _with_unrelated(np.column_stack([rows, rows[near]]), model.plays[shared[drawn[near]]])
    within = np.zeros(len(model.tracks), dtype=bool)
    within[tracks] = True
    found = playlist_pairs(model, within)[0][:_MAX_PAIRS]
    if len(found) >= _MIN_PAIRS:
        yield _with_unrelated(row_of[found], model.plays[found[:, 1]])


def _nearest(unit: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the nearest neighbour of each vector, shape (m,)."""
    similarity = unit @ unit.T
    np.fill_diagonal(similarity, -np.inf)
    return np.asarray(similarity.argmax(axis=1))


def _with_unrelated(rows: NDArray[np.intp], plays: NDArray[np.integer]) -> _Pairs:
    """Add to each pair the second track of another pair that is played similarly often; pairs in random order.

    Args:
        rows: row numbers of both tracks, shape (m, 2).
        plays: plays of the second track, shape (m,).
    """
    drawn = np.random.default_rng(SEED).permutation(len(rows))
    rows = rows[drawn]
    order = np.argsort(plays[drawn], kind="stable")
    other = np.empty(len(rows), dtype=rows.dtype)
    other[order] = np.roll(rows[order, 1], 1)
    return _Pairs(np.column_stack([rows, other]))
