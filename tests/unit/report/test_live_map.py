"""The data of the interactive map are correct, can be sent as JSON, and add no markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from embedgate.judgement.result import CheckResult, Outcome
from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.material.tsne_map import TrackMap
from embedgate.report.live_map import SCRIPT, STYLE, live_map, map_payload, with_offending_tracks
from embedgate.report.page import script_hash

KEYS = ("A-one", "B-two", "A-three", "C-four", "five")
ON_MAP = (0, 1, 3)
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "\"'><svg onload=alert(1)>",
    "&lt;b&gt; &amp;",
    "\u2028\u2029 lines",
    "米津玄師 レモン 🎸",
    "\\u003c and \\N{DASH}",
    "]]> --> ${1} {{7*7}}",
)
CHANGED = ("\ud83d half a pair", "\u202egnp.exe", "bell\x07\x00", "long " * 2_000)
NAMES = (*HOSTILE, *CHANGED)


def at(*degrees: float) -> list[list[float]]:
    """Return unit vectors in the plane by their angles."""
    return [[np.cos(np.radians(angle)), np.sin(np.radians(angle))] for angle in degrees]


def model_of(
    keys: tuple[str, ...] = KEYS, on_map: tuple[int, ...] = ON_MAP, artists: tuple[str, ...] | None = None
) -> ModelUnderTest:
    """Return a model of tracks that are 10, 20, 30, ... degrees apart, with a map of some rows instead of a t-SNE."""
    angles = np.cumsum(10 * np.arange(len(keys)))
    credited = [[artists[0], *artists]] if artists else None
    playlists = Playlists.of(["u-rock"], [[keys[0], *keys]], artists=credited)
    model = ModelUnderTest(EmbeddingSpace.of(keys, at(*angles)), playlists, separator="-", genres={"rock": ["rock"]})
    places = np.array([[-1.0, 0.0], [3.0, 2.0], [1.0, 1.0]])[np.arange(len(on_map)) % 3]
    tracks = np.array([model.number_of[keys[row]] for row in on_map])
    model.__dict__["map"] = TrackMap(tracks, places, 1.0, converged=True, perplexity=3)
    return model


def hostile_model() -> ModelUnderTest:
    """Return a model in which every artist and every title has a hostile name."""
    artists = tuple(f"{name} {place}" for place, name in enumerate(NAMES))
    keys = tuple(f"{artist}-{name}" for artist, name in zip(artists, NAMES, strict=True))
    return model_of(keys, tuple(range(len(keys))), artists)


def payload_of(model: ModelUnderTest, champion: EmbeddingSpace | None = None) -> dict[str, Any]:
    found = map_payload(model, champion)
    assert found is not None
    return found


def result(check: str, outcome: Outcome, *tracks: str) -> CheckResult:
    return CheckResult(id=check, outcome=outcome, severity="fail", tracks=tracks)


def rows(column: list[int]) -> list[list[int]]:
    return [column[start : start + 10] for start in range(0, len(column), 10)]


def test_points_are_scaled_to_a_grid_with_y_downwards() -> None:
    """The longer side has 10,000 units, and the aspect ratio is kept."""
    found = payload_of(model_of())

    assert (found["width"], found["height"]) == (10_000, 5_000)
    assert list(zip(found["x"], found["y"], strict=True)) == [(0, 5_000), (10_000, 0), (5_000, 2_500)]
    assert found["plays"] == [2, 1, 1]
    assert (found["genres"], found["genre"], found["vocabulary"]) == (["rock"], [0, 0, 0], 5)
    assert (found["genre_slots"], found["genre_markers"]) == ([0], ["o"])


def test_neighbours_are_those_in_the_embedding_space() -> None:
    """Neighbours come from the whole vocabulary; tracks that are not on the map follow the points."""
    found = payload_of(model_of())  # at 0, 10, 30, 60 and 100 degrees

    assert found["title"] == ["one", "two", "four", "three", "five"]
    assert [found["artists"][artist] for artist in found["artist"]] == ["A", "B", "C", "A", ""]
    assert rows(found["neighbours"]) == [
        [1, 3, 2, 4, *[-1] * 6],
        [0, 3, 2, 4, *[-1] * 6],
        [3, 4, 1, 0, *[-1] * 6],
    ]
    cosine = [round(1000 * float(np.cos(np.radians(angle)))) for angle in (10, 30, 60, 100)]
    assert rows(found["similarities"])[0] == [*cosine, *[0] * 6]
    assert (found["champion"], found["new"], found["removed"]) == (None, [], [])


def test_neighbours_in_the_champion_are_those_in_its_own_space() -> None:
    """Neighbours include tracks that only the champion has; a point that the champion lacks has none."""
    champion = EmbeddingSpace.of(["C-four", "Z-lost", "A-one", "five"], at(0, 5, 25, 50))
    found = payload_of(model_of(), champion)

    assert found["title"][-1] == "lost"
    lost = len(found["title"]) - 1
    assert rows(found["champion"]["neighbours"]) == [
        [lost, 2, 4, *[-1] * 7],
        [-1] * 10,
        [lost, 0, 4, *[-1] * 7],
    ]
    assert rows(found["champion"]["similarities"])[2][:2] == [996, 906]
    assert (found["new"], found["removed"]) == ([1], [lost])


def test_champion_without_shared_tracks_has_no_neighbours() -> None:
    found = payload_of(model_of(), EmbeddingSpace.of(["Z-lost", "Y-gone"], at(0, 5)))

    assert found["new"] == [0, 1, 2]
    assert set(found["champion"]["neighbours"]) == {-1}
    assert found["removed"] == []


@pytest.mark.parametrize("positions", [None, np.full((3, 2), np.nan)])
def test_model_without_a_map_has_no_payload(positions: Any) -> None:
    model = model_of()
    model.__dict__["map"] = positions if positions is None else TrackMap(np.array(ON_MAP), positions, 1.0, False, 3)

    assert map_payload(model) is None


def test_map_without_extent_is_a_point() -> None:
    model = model_of()
    model.__dict__["map"] = TrackMap(np.array(ON_MAP), np.ones((3, 2)), 1.0, True, 3)

    assert {*payload_of(model)["x"], *payload_of(model)["y"]} == {0}


def test_offending_tracks_become_points_of_their_check() -> None:
    """Failed checks come first, tracks that are not on the map are counted, and checks without tracks are omitted."""
    results = [
        result("geometry.collapse", "passed", "A-one"),
        result("duplicates.rate", "warned", "C-four", "A-one", "C-four"),
        result("champion.misplaced", "failed", "A-three", "B-two", "nobody's"),
        result("vocabulary.top", "failed"),
    ]
    payload = payload_of(model_of())
    found = with_offending_tracks(payload, results)

    assert found["checks"] == [
        {"id": "champion.misplaced", "fails_gate": True, "points": [1], "off_map": 2},
        {"id": "duplicates.rate", "fails_gate": False, "points": [2, 0], "off_map": 0},
    ]
    assert payload["checks"] == []


def test_payload_survives_json_and_utf8() -> None:
    """A worker sends the payload as JSON, and the controller then adds the offending tracks."""
    model = hostile_model()
    payload = payload_of(model, EmbeddingSpace.of(model.tracks, np.eye(len(model.tracks))))

    sent = json.loads(json.dumps(payload, ensure_ascii=False, allow_nan=False).encode("utf-8"))

    assert sent == payload
    marked = with_offending_tracks(sent, [result("custom.own", "failed", model.space.keys[8])])
    assert marked["checks"][0]["points"] == [8]


class Page(HTMLParser):
    """A parsed page: its elements and the content of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self._inside = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self._inside = tag == "script"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"

    @property
    def data(self) -> Any:
        """The data as the script decodes them."""
        return json.loads(zlib.decompress(base64.b64decode(self.text)))


def test_hostile_names_are_data_in_the_page() -> None:
    """Names add no element and no attribute, and are decoded without a change."""
    model = hostile_model()
    found = with_offending_tracks(payload_of(model), [result(HOSTILE[0], "failed", model.tracks[0])])
    fragment = live_map(found, "<img alt='the picture'>")
    page = Page(fragment)
    read = page.data

    assert page.tags == ["div", "div", "img", "script"]
    assert page.attributes == {"class", "id", "alt", "type"}
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", page.text)
    assert read == {name: value for name, value in found.items() if name != "keys"}
    assert read["checks"][0]["id"] == HOSTILE[0]
    for written, shown in zip(HOSTILE, read["title"], strict=False):
        assert shown == " ".join(written.split())
    assert [read["artists"][artist] for artist in read["artist"]][2] == f"{HOSTILE[2]} 2"
    half, turned, bell, long = read["title"][len(HOSTILE) :]
    assert (half, turned, bell) == ("\ufffd half a pair", "gnp.exe", "bell")
    assert len(long) == 160


def test_unpaired_surrogate_does_not_break_the_page() -> None:
    """`map_payload` replaces surrogates, but other data may contain them."""
    fragment = live_map({"title": ["\ud83d </script>"]}, "")

    assert Page(fragment.encode("utf-8").decode()).data == {"title": ["\ud83d </script>"]}


def test_script_is_safe_inside_a_page() -> None:
    """The script cannot end its element, insert or evaluate text as markup or code, or send a request."""
    assert script_hash(SCRIPT) == "sha256-" + base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert "\r" not in SCRIPT
    for word in (
        "</script",
        "<!--",
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "Function(",
    ):
        assert word not in SCRIPT
    for word in ("fetch(", "XMLHttpRequest", "import(", "http:", "https:", "url("):
        assert word not in SCRIPT + STYLE
    assert "</style" not in STYLE
    assert len(SCRIPT.encode()) < 60_000
