"""Vector integrity: finite, non-zero, unique."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.space import row_checksums
from embedgate.measures.measurement import Measurement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedgate.material.space import EmbeddingSpace


def non_finite_rows(space: EmbeddingSpace) -> Measurement:
    """Count rows with a NaN or infinite component."""
    hint = "check for a diverged training (learning rate) or a join that left rows empty"
    return _count_rows(space, np.flatnonzero(~space.finite), len(space), "contain NaN or infinity", hint)


def zero_rows(space: EmbeddingSpace) -> Measurement:
    """Count all-zero rows: they have neither a direction nor neighbours."""
    hint = "check for tracks that were never trained, or rows that were allocated and never filled"
    rows = np.flatnonzero(space.finite & (space.norms == 0))
    return _count_rows(space, rows, len(space), "are all zero", hint)


def repeated_keys(space: EmbeddingSpace) -> Measurement:
    """Count keys that occur more than once; the most frequent are the worst."""
    repeated = [key for key, count in Counter(space.keys).most_common() if count > 1]
    return Measurement(
        value=float(len(repeated)),
        n=len(space),
        tracks=tuple(repeated),
        summary=f"{len(repeated):,} keys occur more than once",
        hint="a look-up returns one of several vectors: keep one row per key",
    )


def constant_dimensions(space: EmbeddingSpace) -> Measurement:
    """Count dimensions that have the same value in every finite row."""
    rows = space.vectors if space.finite.all() else space.vectors[space.finite]
    constant = int((rows == rows[:1]).all(axis=0).sum()) if len(rows) > 1 else 0
    return Measurement(
        value=float(constant),
        n=space.dimensions,
        summary=f"{constant:,} of {space.dimensions:,} dimensions are the same for every track",
        hint="check for padding, a mask, or dimensions that were not trained",
    )


def identical_rows(space: EmbeddingSpace) -> Measurement:
    """Count rows that are equal, bit by bit, to an earlier row of another key."""
    rows = np.flatnonzero(space.finite & (space.norms > 0))
    _, of_row, times = np.unique(row_checksums(space.vectors)[rows], return_inverse=True, return_counts=True)
    first: dict[bytes, int] = {}
    identical = [
        int(row)
        for row in rows[times[of_row] > 1]
        if space.keys[first.setdefault(space.vectors[row].tobytes(), int(row))] != space.keys[row]
    ]
    hint = "check for a default vector for unknown tracks, or rows that were written twice"
    return _count_rows(space, identical, len(rows), "are identical to that of another track", hint)


def _count_rows(
    space: EmbeddingSpace, rows: Sequence[int] | NDArray[np.intp], n: int, problem: str, hint: str
) -> Measurement:
    return Measurement(
        value=float(len(rows)),
        n=n,
        tracks=tuple(space.keys[row] for row in rows),
        summary=f"{len(rows):,} of {n:,} vectors {problem}",
        hint=hint,
    )
