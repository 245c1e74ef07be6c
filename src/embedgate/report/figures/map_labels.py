"""Choose which tracks of the static map are named, and place their names."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from embedgate.report.figures.lettering import SMALL, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

HEIGHT = 14
"""CSS pixels of a line."""
_GAP = 8


class Label(NamedTuple):
    """A track, and where its name begins: CSS pixels from the lower left corner of the map."""

    track: int
    left: float
    middle: float


def most_played(plays: NDArray[np.integer], groups: NDArray[np.integer], most: int) -> list[int]:
    """Return the most played track of each group, then the second of each, and so on; group -1 is left out."""
    order = np.argsort(-plays, kind="stable")
    order = order[groups[order] >= 0]
    seen: Counter[int] = Counter()
    turns = []
    for group in groups[order].tolist():
        turns.append(seen[group])
        seen[group] += 1
    return [int(track) for track in order[np.argsort(turns, kind="stable")][:most]]


def place_labels(
    points: NDArray[np.float64], tracks: Sequence[int], names: Sequence[str], size: tuple[float, float]
) -> list[Label]:
    """Place names beside their tracks so that they are on the map, do not overlap and cover the fewest tracks.

    Args:
        points: all tracks, shape (m, 2), in CSS pixels.
        tracks: those to name.
        names: of each of `tracks`.
        size: width and height of the map.
    """
    labels: list[Label] = []
    taken: NDArray[np.float64] = np.empty((0, 4))
    for track, name in zip(tracks, names, strict=True):
        half = np.array([width_of(name, SMALL), HEIGHT]) / 2
        aside = half[0] + _GAP
        middles = points[track] + np.array([(aside, 0), (-aside, 0), (0, HEIGHT), (0, -HEIGHT)])
        low, high = middles - half, middles + half
        inside = ((low >= 0) & (high <= size)).all(axis=1)
        overlaps = ((low[:, None] < taken[:, 2:]) & (high[:, None] > taken[:, :2])).all(axis=2)
        covered = ((points > low[:, None]) & (points < high[:, None])).all(axis=2).sum(axis=1)
        free = np.flatnonzero(inside & (overlaps.sum(axis=1) == 0))
        if len(free):
            best = free[np.argmin(covered[free])]
            labels.append(Label(track, float(low[best, 0]), float(middles[best, 1])))
            taken = np.vstack([taken, [*low[best], *high[best]]])
    return labels
