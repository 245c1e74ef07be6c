"""The data of the live map: the points of the map with their neighbours in the embedding space.

Data are columns of integers. Tracks are numbered as *entries*: the points of the map first, then the neighbours that
are not on the map. A neighbour is the number of its entry, a similarity is in thousandths, a coordinate in
ten-thousandths of the map's longer side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.material.neighbours import nearest_neighbours
from embedgate.report.figures.labels import one_line
from embedgate.report.figures.palette import genre_style
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
MAX_NAME_LENGTH = 160
"""Characters of a name; longer names are cut."""

Payload = dict[str, Any]


def map_payload(
    model: ModelUnderTest, champion: EmbeddingSpace | None = None, *, problem: str = ""
) -> Payload | None:
    """Collect the data of the live map.

    Neighbours are searched in the embedding space among all tracks of the model, on the map or not, and in the
    champion among all its tracks.

    Args:
        model: the model under test.
        champion: vectors of the champion.
        problem: why the map is unreliable; empty if it is reliable.

    Returns:
        None if the model has no map, else plain values:

        - `width` and `height` of the map;
        - of each point: `x`, `y` (downwards), `plays`, and `genre`, its number in `genres` or -1;
        - of each genre: `genres` (name), `genre_slots` (colour `--eg-genre-<slot>`) and `genre_markers`;
        - of each entry: `title`, and `artist`, its number in `artists`;
        - `neighbours` and `similarities`: ten of each point, nearest first, padded with -1;
        - `champion`: None, or the `neighbours` and `similarities` in the champion;
        - `new`: points that are not in the champion; `removed`: entries that are only in the champion;
        - `vocabulary`: number of tracks of the model; `problem`;
        - `checks`: see `with_offending_tracks`; `keys` of the points, which are not written to the page.
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
    own = entries.columns(found, model.tracks)
    of_champion, new = (None, []) if champion is None else _in_champion(entries, champion)
    names = model.names_of(entries.keys)
    artists: dict[str, int] = {}
    low, high = layout.positions.min(axis=0), layout.positions.max(axis=0)
    places = np.rint((layout.positions - low) * (GRID / max(float((high - low).max()), 1e-9))).astype(int)
    width, height = places.max(axis=0).tolist()
    styles = [genre_style(genre) for genre in range(len(model.tags.genres))]
    return {
        "width": width,
        "height": height,
        "x": places[:, 0].tolist(),
        "y": (height - places[:, 1]).tolist(),
        "plays": model.plays[layout.tracks].tolist(),
        "genre": model.tags.codes[layout.tracks].tolist(),
        "genres": [one_line(genre, MAX_NAME_LENGTH) for genre in model.tags.genres],
        "genre_slots": [style.slot for style in styles],
        "genre_markers": [style.marker for style in styles],
        "title": [one_line(title, MAX_NAME_LENGTH) for title in names.titles],
        "artist": [artists.setdefault(one_line(artist, MAX_NAME_LENGTH), len(artists)) for artist in names.artists],
        "artists": list(artists),
        **own,
        "champion": of_champion,
        "new": new,
        "removed": [entry for entry, key in enumerate(entries.keys) if key not in model.number_of],
        "vocabulary": len(model.tracks),
        "problem": one_line(problem, 400),
        "checks": [],
        "keys": replace_surrogates(entries.keys[: len(places)]),
    }


def with_offending_tracks(payload: Payload, results: Sequence[CheckResult]) -> Payload:
    """Return the payload with the offending tracks of checks, the most important check first.

    Args:
        payload: of `map_payload`.
        results: of all checks.

    Returns:
        A payload whose `checks` have an `id`, whether the check `fails_gate`, the offending `points`, worst first,
        and `off_map`, the number of offending tracks that are not on the map.
    """
    point_of: dict[str, int] = {}
    for point, key in enumerate(payload["keys"]):
        point_of.setdefault(key, point)
    checks = []
    for result in problems(results):
        tracks = list(dict.fromkeys(replace_surrogates(result.tracks)))
        points = [point_of[key] for key in tracks if key in point_of]
        if tracks:
            checks.append(
                {
                    "id": one_line(result.id, MAX_NAME_LENGTH),
                    "fails_gate": result.fails_gate,
                    "points": points,
                    "off_map": len(tracks) - len(points),
                }
            )
    return {**payload, "checks": checks}


class _Entries:
    """Keys of the entries: the points, then each neighbour that is not a point, in the order of their first use."""

    def __init__(self, points: Sequence[str]) -> None:
        self.keys = list(points)
        self.points = len(points)
        self._entry_of = {key: entry for entry, key in enumerate(points)}

    def columns(self, found: NeighbourGraph, names: Sequence[str]) -> dict[str, list[int]]:
        """Return entries and similarities of ten neighbours a row.

        Args:
            found: neighbours of each row, -1 where there are fewer than ten.
            names: key of each number in `found`.
        """
        neighbours = np.full((len(found.indices), NEIGHBOURS), -1)
        similarities = np.zeros((len(found.indices), NEIGHBOURS), dtype=int)
        for row, column in zip(*np.nonzero(found.indices >= 0), strict=True):
            neighbours[row, column] = self._entry(names[found.indices[row, column]])
            similarities[row, column] = round(1000 * float(found.similarities[row, column]))
        return {"neighbours": neighbours.ravel().tolist(), "similarities": similarities.ravel().tolist()}

    def _entry(self, key: str) -> int:
        entry = self._entry_of.setdefault(key, len(self.keys))
        if entry == len(self.keys):
            self.keys.append(key)
        return entry


def _in_champion(entries: _Entries, champion: EmbeddingSpace) -> tuple[Mapping[str, list[int]], list[int]]:
    """Return the neighbours of the points in the champion, and the points that are not in it."""
    names = [champion.keys[row] for row in champion.usable]
    number_of = {key: number for number, key in enumerate(names)}
    numbers: NDArray[np.int32] = np.array(
        [number_of.get(key, -1) for key in entries.keys[: entries.points]], dtype=np.int32
    )
    known = numbers >= 0
    columns = {
        "neighbours": np.full((len(numbers), NEIGHBOURS), -1),
        "similarities": np.zeros((len(numbers), NEIGHBOURS), dtype=int),
    }
    if known.any():
        found = nearest_neighbours(
            champion.unit[numbers[known]],
            champion.unit,
            NEIGHBOURS,
            query_group=numbers[known],
            item_group=np.arange(len(names), dtype=np.int32),
        )
        for name, column in entries.columns(found, names).items():
            columns[name][known] = np.reshape(column, (-1, NEIGHBOURS))
    return {name: column.ravel().tolist() for name, column in columns.items()}, np.flatnonzero(~known).tolist()
