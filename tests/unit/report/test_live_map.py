"""The live map's data are right, travel anywhere, and stand in the page as text."""

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
from embedgate.report.figures.canvas import pen
from embedgate.report.live_map import SCRIPT, STYLE, live_map, map_payload, with_blame
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
    """Unit vectors in the plane: the cosine of two is that of the angle between."""
    return [[np.cos(np.radians(angle)), np.sin(np.radians(angle))] for angle in degrees]


def model_of(
    keys: tuple[str, ...] = KEYS, on_map: tuple[int, ...] = ON_MAP, artists: tuple[str, ...] | None = None
) -> ModelUnderTest:
    """Tracks 10, 20, 30, ... degrees apart, with a map that is no t-SNE's: the answers are known."""
    angles = np.cumsum(10 * np.arange(len(keys)))
    credited = [[artists[0], *artists]] if artists else None
    playlists = Playlists.of(["u-rock"], [[keys[0], *keys]], artists=credited)
    model = ModelUnderTest(EmbeddingSpace.of(keys, at(*angles)), playlists, separator="-", genres={"rock": ["rock"]})
    places = np.array([[-1.0, 0.0], [3.0, 2.0], [1.0, 1.0]])[np.arange(len(on_map)) % 3]
    model.__dict__["map"] = TrackMap(np.array(on_map), places, 1.0, converged=True, perplexity=3)
    return model


def hostile_model() -> ModelUnderTest:
    """Every artist and every title has a hostile name."""
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


def test_points_lie_on_a_grid_with_y_downwards() -> None:
    """The longer side has 10,000 steps, and the map keeps its shape."""
    found = payload_of(model_of())

    assert (found["width"], found["height"]) == (10_000, 5_000)
    assert list(zip(found["x"], found["y"], strict=True)) == [(0, 5_000), (10_000, 0), (5_000, 2_500)]
    assert found["plays"] == [2, 1, 1]
    assert (found["genres"], found["genre"], found["vocabulary"]) == (["rock"], [0, 0, 0], 5)


def test_neighbours_are_those_of_the_space() -> None:
    """Of the whole vocabulary, nearest first; those that are not on the map come after the points."""
    found = payload_of(model_of())  # at 0, 10, 30, 60 and 100 degrees

    assert found["title"] == ["one", "two", "four", "three", "five"]
    assert [found["artists"][artist] for artist in found["artist"]] == ["A", "B", "C", "A", ""]
    assert rows(found["near"]) == [
        [1, 3, 2, 4, *[-1] * 6],
        [0, 3, 2, 4, *[-1] * 6],
        [3, 4, 1, 0, *[-1] * 6],
    ]
    cosine = [round(1000 * float(np.cos(np.radians(angle)))) for angle in (10, 30, 60, 100)]
    assert rows(found["alike"])[0] == [*cosine, *[0] * 6]
    assert (found["champion"], found["unknown"], found["gone"]) == (None, [], [])


def test_the_champions_neighbours_are_of_its_own_space() -> None:
    """Tracks that only it knows are among them; of what it does not know it has none."""
    champion = EmbeddingSpace.of(["C-four", "Z-lost", "A-one", "five"], at(0, 5, 25, 50))
    found = payload_of(model_of(), champion)

    assert found["title"][-1] == "lost"
    lost = len(found["title"]) - 1
    assert rows(found["champion"]["near"]) == [
        [lost, 2, 4, *[-1] * 7],
        [-1] * 10,
        [lost, 0, 4, *[-1] * 7],
    ]
    assert rows(found["champion"]["alike"])[2][:2] == [996, 906]
    assert (found["unknown"], found["gone"]) == ([1], [lost])


def test_a_champion_that_knows_none_of_the_tracks() -> None:
    """Then no point has a neighbour in it."""
    found = payload_of(model_of(), EmbeddingSpace.of(["Z-lost", "Y-gone"], at(0, 5)))

    assert found["unknown"] == [0, 1, 2]
    assert set(found["champion"]["near"]) == {-1}
    assert found["gone"] == []


@pytest.mark.parametrize("positions", [None, np.full((3, 2), np.nan)])
def test_no_map_no_payload(positions: Any) -> None:
    model = model_of()
    model.__dict__["map"] = positions if positions is None else TrackMap(np.array(ON_MAP), positions, 1.0, False, 3)

    assert map_payload(model) is None


def test_a_map_of_one_place_is_a_point() -> None:
    """No division by a map without extent."""
    model = model_of()
    model.__dict__["map"] = TrackMap(np.array(ON_MAP), np.ones((3, 2)), 1.0, True, 3)

    assert {*payload_of(model)["x"], *payload_of(model)["y"]} == {0}


def test_blame_names_points_the_worst_check_first() -> None:
    """Tracks that are not on the map are counted; checks that blame nobody, or hold, are left out."""
    results = [
        result("geometry.collapse", "passed", "A-one"),
        result("duplicates.rate", "warned", "C-four", "A-one", "C-four"),
        result("champion.blamed", "failed", "A-three", "B-two", "nobody's"),
        result("vocabulary.top", "failed"),
    ]
    payload = payload_of(model_of())
    found = with_blame(payload, results)

    assert found["checks"] == [
        {"id": "champion.blamed", "stops": True, "points": [1], "elsewhere": 2},
        {"id": "duplicates.rate", "stops": False, "points": [2, 0], "elsewhere": 0},
    ]
    assert payload["checks"] == []


def test_it_travels_as_json_and_as_bytes() -> None:
    """A test report is sent as plain values, and text as UTF-8; what was sent still takes blame and champion."""
    model = hostile_model()
    payload = payload_of(model, EmbeddingSpace.of(model.tracks, np.eye(len(model.tracks))))

    sent = json.loads(json.dumps(payload, ensure_ascii=False, allow_nan=False).encode("utf-8"))

    assert sent == payload
    assert with_blame(sent, [result("custom.own", "failed", model.tracks[8])])["checks"][0]["points"] == [8]


class Page(HTMLParser):
    """Elements, and what stands in the data block."""

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
        """What the script unpacks."""
        return json.loads(zlib.decompress(base64.b64decode(self.text)))


def test_hostile_names_come_through_the_page() -> None:
    """Whatever is in a name, the page has the elements it has without it, and the script reads the name."""
    model = hostile_model()
    found = with_blame(payload_of(model), [result(HOSTILE[0], "failed", model.tracks[0])])
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


def test_half_a_pair_does_not_break_the_page() -> None:
    """Data that did not come through `map_payload` are no danger either."""
    fragment = live_map({"title": ["\ud83d </script>"]}, "")

    assert Page(fragment.encode("utf-8").decode()).data == {"title": ["\ud83d </script>"]}


def test_the_script_stands_in_a_page_under_a_policy() -> None:
    """One function in strict mode that ends no element, builds no markup, evaluates nothing."""
    assert script_hash(SCRIPT) == "sha256-" + base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert SCRIPT.rstrip().endswith("})();")
    assert SCRIPT.count("'use strict'") == 1
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


def test_genres_have_the_colours_of_the_picture() -> None:
    """The twelve of the static map, in their order, in the light scheme."""
    light = STYLE[: STYLE.index("@media")]

    assert re.findall(r"--eg-map-genre-\d+: (#\w+)", light) == [pen(genre).colour for genre in range(12)]
