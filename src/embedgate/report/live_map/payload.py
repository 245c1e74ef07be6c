"""What the live map shows, as plain values that a test report can carry.

Tracks are *entries*: the points of the map come first, then the neighbours that are not on it. Columns instead of
records, numbers instead of names: a neighbour is the number of its entry, a similarity is in thousandths, and a
coordinate in ten-thousandths of the map's longer side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.material.catalogue import TrackCatalogue
from embedgate.material.neighbours import nearest_neighbours
from embedgate.report.figures.labels import one_line
from embedgate.report.result_groups import problems
from embedgate.surrogates import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from embedgate.judgement.result import CheckResult
    from embedgate.material.model import ModelUnderTest
    from embedgate.material.neighbours import NeighbourGraph
    from embedgate.material.space import EmbeddingSpace

GRID = 10_000
NEIGHBOURS = 10
LONGEST = 160
"""Characters of a name that travel: more than a reader takes in."""

Payload = dict[str, Any]


def map_payload(
    model: ModelUnderTest, champion: EmbeddingSpace | None = None, *, objection: str = ""
) -> Payload | None:
    """Collect what the live map shows; None where there is no map.

    The neighbours are those in the space, among all tracks of the vocabulary, not those on the map; the champion's
    are of its own space, among all of its tracks.

    Args:
        model: the model under test.
        champion: the model in production.
        objection: why nothing should be read off the map.

    Returns:
        Plain values: `width` and `height` of the map; of each point `x`, `y` (downwards), `plays` and `genre` (its
        number in `genres`, -1 for none); of each entry `title` and `artist` (its number in `artists`); `near` and
        `alike`, ten neighbours a point, the nearest first, -1 where there are fewer; `champion`, the same in the
        champion, or None; `unknown`, points that the champion does not know; `gone`, entries that only the champion
        knows; `vocabulary`, how many tracks there are; `objection`; `checks`, see `with_blame`; and `keys` of the
        points, which do not reach the page.
    """
    layout = model.map
    if layout is None or not np.isfinite(layout.positions).all():
        return None
    entries = _Entries([model.tracks[track] for track in layout.tracks])
    everyone = np.arange(len(model.tracks), dtype=np.int32)
    found = nearest_neighbours(
        model.unit[layout.tracks],
        model.unit,
        NEIGHBOURS,
        query_group=everyone[layout.tracks],
        item_group=everyone,
    )
    near, alike = entries.take(found, model.tracks)
    beside, unknown = (None, []) if champion is None else _in_champion(entries, champion)
    names = TrackCatalogue.of(entries.keys, model.playlists.artist_of, model.separator)
    artists: dict[str, int] = {}
    low, high = layout.positions.min(axis=0), layout.positions.max(axis=0)
    places = np.rint((layout.positions - low) * (GRID / max(float((high - low).max()), 1e-9))).astype(int)
    width, height = places.max(axis=0).tolist()
    return {
        "width": width,
        "height": height,
        "x": places[:, 0].tolist(),
        "y": (height - places[:, 1]).tolist(),
        "plays": model.plays[layout.tracks].tolist(),
        "genre": model.tags.codes[layout.tracks].tolist(),
        "genres": [one_line(genre, LONGEST) for genre in model.tags.genres],
        "title": [one_line(title, LONGEST) for title in names.titles],
        "artist": [artists.setdefault(one_line(artist, LONGEST), len(artists)) for artist in names.artists],
        "artists": list(artists),
        "near": near,
        "alike": alike,
        "champion": beside,
        "unknown": unknown,
        "gone": [entry for entry, key in enumerate(entries.keys) if key not in model.number_of],
        "vocabulary": len(model.tracks),
        "objection": one_line(objection, 400),
        "checks": [],
        "keys": replace_surrogates(entries.keys[: len(places)]),
    }


def with_blame(payload: Payload, results: Sequence[CheckResult]) -> Payload:
    """The payload with the tracks that checks blame, the check that matters most first.

    Args:
        payload: of `map_payload`.
        results: of all checks, wherever they were run.

    Returns:
        A payload whose `checks` hold `id`, whether it `stops` the gate, `points` to blame, the worst first, and
        `elsewhere`, how many blamed tracks are not on the map.
    """
    point_of: dict[str, int] = {}
    for point, key in enumerate(payload["keys"]):
        point_of.setdefault(key, point)
    checks = []
    for result in problems(results):
        blamed = list(dict.fromkeys(replace_surrogates(result.tracks)))
        points = [point_of[key] for key in blamed if key in point_of]
        if blamed:
            checks.append(
                {
                    "id": one_line(result.id, LONGEST),
                    "stops": result.fails_gate,
                    "points": points,
                    "elsewhere": len(blamed) - len(points),
                }
            )
    return {**payload, "checks": checks}


class _Entries:
    """Keys of the points, and of the neighbours beside them as they are met."""

    def __init__(self, points: Sequence[str]) -> None:
        self.keys = list(points)
        self.points = len(points)
        self._entry_of = {key: entry for entry, key in enumerate(points)}

    def take(self, found: NeighbourGraph, names: Sequence[str]) -> tuple[list[int], list[int]]:
        """Entry and similarity in thousandths of ten neighbours a point, row by row."""
        near = np.full((len(found.indices), NEIGHBOURS), -1, dtype=np.int64)
        alike = np.zeros((len(found.indices), NEIGHBOURS), dtype=np.int64)
        for row, column in zip(*np.nonzero(found.indices >= 0), strict=True):
            near[row, column] = self._entry(names[found.indices[row, column]])
            alike[row, column] = round(1000 * float(found.similarities[row, column]))
        return near.ravel().tolist(), alike.ravel().tolist()

    def _entry(self, key: str) -> int:
        entry = self._entry_of.setdefault(key, len(self.keys))
        if entry == len(self.keys):
            self.keys.append(key)
        return entry


def _in_champion(entries: _Entries, champion: EmbeddingSpace) -> tuple[Mapping[str, list[int]], list[int]]:
    """Neighbours of the points in the champion's space, and the points that it does not know."""
    names = [champion.keys[row] for row in champion.usable]
    number_of = {key: number for number, key in enumerate(names)}
    numbers: NDArray[np.int32] = np.array(
        [number_of.get(key, -1) for key in entries.keys[: entries.points]], dtype=np.int32
    )
    known = numbers >= 0
    near, alike = np.full((len(numbers), NEIGHBOURS), -1), np.zeros((len(numbers), NEIGHBOURS), dtype=int)
    if known.any():
        found = nearest_neighbours(
            champion.unit[numbers[known]],
            champion.unit,
            NEIGHBOURS,
            query_group=numbers[known],
            item_group=np.arange(len(names), dtype=np.int32),
        )
        taken = entries.take(found, names)
        near[known], alike[known] = (np.reshape(column, (-1, NEIGHBOURS)) for column in taken)
    return {"near": near.ravel().tolist(), "alike": alike.ravel().tolist()}, np.flatnonzero(~known).tolist()
