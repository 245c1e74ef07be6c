"""Which tracks of the map bear their name, and where there is room for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from embedgate.report.figures.lettering import SMALL, can_draw, drawable, width_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_MOST = 12
_TRIES = 300
_HEIGHT = 14  # CSS pixels of a line
_GAP = 8
_LONGEST = 190
_COVERED, _COVERED_AT_WORST = 7, 15  # tracks under a name

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Label:
    """A name on the map, all in CSS pixels from its lower left corner.

    Attributes:
        name: in full.
        text: as drawn.
        number: what is drawn in place of a name that the font does not have; 0 where the name is drawn.
        x, y: the track.
        left, middle: where the text begins.
    """

    name: str
    text: str
    number: int
    x: float
    y: float
    left: float
    middle: float


def place_labels(
    points: NDArray[np.float64],
    *,
    plays: NDArray[np.integer],
    groups: NDArray[np.integer],
    artists: NDArray[np.integer],
    names: Sequence[str],
    size: tuple[float, float],
) -> list[Label]:
    """Name the most played track of each genre in turn, then the next, where there is room for a name.

    Each genre has its share of the names, an artist one. A genre that came off with none may cover more tracks.

    Args:
        points: tracks, shape (m, 2), in pixels.
        plays: of each track, shape (m,).
        groups: genre of each, -1 for none, shape (m,).
        artists: of each, shape (m,).
        names: m names.
        size: width and height of the map.
    """
    placed: list[Label] = []
    taken: list[Box] = []  # by names, and by the tracks they belong to
    named: Counter[int] = Counter()
    met: set[int] = set()
    share = -(-_MOST // max(1, len(np.unique(groups[groups >= 0]))))
    order = list(islice(_in_turn(plays, groups), _TRIES))
    for covered, most in ((_COVERED, share), (_COVERED_AT_WORST, 1)):
        for track in order:
            group, artist = int(groups[track]), int(artists[track])
            if len(placed) == _MOST or named[group] >= most or artist in met:
                continue
            name = names[track]
            number = 0 if can_draw(name) else 1 + sum(label.number > 0 for label in placed)
            text = f"[{number}]" if number else drawable(name, _LONGEST, SMALL)
            x, y = map(float, points[track])
            box = _room(x, y, width_of(text, SMALL), taken=taken, points=points, size=size, most=covered)
            if box is not None:
                taken += [box, (x - 5, y - 5, x + 5, y + 5)]
                named[group] += 1
                met.add(artist)
                placed.append(Label(name, text, number, x, y, box[0], (box[1] + box[3]) / 2))
    return placed


def _in_turn(plays: NDArray[np.integer], groups: NDArray[np.integer]) -> Iterator[int]:
    """The most played of each genre, the biggest hit first, then the second of each; without genres, all."""
    order = np.argsort(-plays, kind="stable")
    if (groups >= 0).any():
        order = order[groups[order] >= 0]
    seen: Counter[int] = Counter()
    turn = np.empty(len(order), dtype=np.int64)
    for place, group in enumerate(groups[order].tolist()):
        turn[place] = seen[group]
        seen[group] += 1
    yield from order[np.argsort(turn, kind="stable")].tolist()


def _room(
    x: float,
    y: float,
    width: float,
    *,
    taken: Sequence[Box],
    points: NDArray[np.float64],
    size: tuple[float, float],
    most: int,
) -> Box | None:
    """A box for a text around a point: inside the map, clear of other names, over the fewest tracks."""
    best, fewest = None, most + 1
    up = _GAP + _HEIGHT / 2
    for left, middle in (
        (x + _GAP, y),
        (x - _GAP - width, y),
        (x - width / 2, y + up),
        (x - width / 2, y - up),
        (x, y + up),
        (x, y - up),
        (x - width, y + up),
        (x - width, y - up),
    ):
        box = (left, middle - _HEIGHT / 2, left + width, middle + _HEIGHT / 2)
        inside = box[0] >= 2 and box[1] >= 2 and box[2] <= size[0] - 2 and box[3] <= size[1] - 2
        if not inside or any(_overlap(box, other) for other in taken):
            continue
        low, high = np.array(box[:2]) - 3, np.array(box[2:]) + 3
        covered = int(((points > low) & (points < high)).all(axis=1).sum())
        if covered < fewest:
            best, fewest = box, covered
    return best


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
