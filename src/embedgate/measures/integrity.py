"""Is every vector a vector: finite, not zero, one a key, no two alike."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.measurement import Measurement

if TYPE_CHECKING:
    from embedgate.material.space import EmbeddingSpace


def non_finite_rows(space: EmbeddingSpace) -> Measurement:
    """Count rows that hold a NaN or an infinite number."""
    broken = np.flatnonzero(~space.finite)
    return Measurement(
        value=float(len(broken)),
        n=len(space),
        tracks=tuple(space.keys[row] for row in broken),
        summary=f"{len(broken):,} of {len(space):,} vectors hold NaN or infinity",
        hint="look for a diverged training (learning rate) or a join that left rows unfilled",
    )


def zero_rows(space: EmbeddingSpace) -> Measurement:
    """Count rows whose every number is zero: they have no direction and no neighbours."""
    broken = np.flatnonzero(space.finite & (space.norms == 0))
    return Measurement(
        value=float(len(broken)),
        n=len(space),
        tracks=tuple(space.keys[row] for row in broken),
        summary=f"{len(broken):,} of {len(space):,} vectors are all zero",
        hint="look for tracks that were never trained, or rows that were allocated and never filled",
    )


def repeated_keys(space: EmbeddingSpace) -> Measurement:
    """Count keys that stand in the model more than once."""
    repeated = [(key, count) for key, count in Counter(space.keys).items() if count > 1]
    repeated.sort(key=lambda pair: -pair[1])
    return Measurement(
        value=float(len(repeated)),
        n=len(space),
        tracks=tuple(key for key, _ in repeated),
        summary=f"{len(repeated):,} keys stand in the model more than once",
        hint="which of the rows answers a look-up is a matter of luck: keep one row a key",
    )


def constant_dimensions(space: EmbeddingSpace) -> Measurement:
    """Count dimensions that have the same value in every finite row, and so tell no two tracks apart."""
    rows = space.vectors[space.finite]
    constant = int((rows == rows[:1]).all(axis=0).sum()) if len(rows) > 1 else 0
    return Measurement(
        value=float(constant),
        n=space.dimensions,
        summary=f"{constant:,} of {space.dimensions:,} dimensions are the same for every track",
        hint="look for padding, a mask, or a model that did not learn",
    )


def identical_rows(space: EmbeddingSpace) -> Measurement:
    """Count rows that equal an earlier row of another key, number by number."""
    rows = np.flatnonzero(space.finite & (space.norms > 0))
    seen: dict[bytes, int] = {}
    copies: list[int] = []
    for row in rows:
        first = seen.setdefault(space.vectors[row].tobytes(), int(row))
        if space.keys[first] != space.keys[row]:
            copies.append(int(row))
    return Measurement(
        value=float(len(copies)),
        n=len(rows),
        tracks=tuple(space.keys[row] for row in copies),
        summary=f"{len(copies):,} of {len(rows):,} vectors equal that of another track, number by number",
        hint="look for a default vector for unknown tracks, or rows written twice",
    )
