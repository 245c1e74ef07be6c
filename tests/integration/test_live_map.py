"""The live map in a real browser, offline, under a policy that allows its script and nothing else."""

from __future__ import annotations

import json
import math
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from embedgate.demo.tracks import load_tracks
from embedgate.judgement.result import CheckResult
from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.material.tsne_map import TrackMap
from embedgate.report.live_map import SCRIPT, STYLE, live_map, map_payload, with_blame
from tests.integration.browsing import needs_browser
from tests.integration.live_page import PICTURE, POLICY, SPY, Live

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from playwright.sync_api import Browser

HOSTILE = (
    "\"'><svg onload=window.__pwned=1>",
    "</script><script>window.__pwned=2</script>",
    "<img src=x onerror=window.__pwned=3>",
    "<!--<script>",
    "javascript:window.__pwned=4",
    "${window.__pwned=5}{{constructor.constructor('window.__pwned=6')()}}",
    "__proto__",
    "\u202egnp.exe \u2067 \u05d0\u05d1\u05d2 \u0645\u0648\u0633\u064a\u0642\u0649",
    "bell\x07 nul\x00 escape\x1b[31m",
    "half a pair \ud83d",
    "long " * 1_000,
    "W" * 3_000,
    "\u2028\u2029 曲 🎵",
    "Z\u0351\u036b\u0343a\u0334\u0327l\u034cg\u0360o" * 20,
)

pytestmark = needs_browser


def model_of(keys: Sequence[str], genres: Sequence[str], on_map: int, seed: int = 0) -> ModelUnderTest:
    """Genres are clouds, in the space and on the map, which holds every so-manieth track; the last are untagged."""
    rng = np.random.default_rng(seed)
    names = list(dict.fromkeys(genres))
    codes = np.array([names.index(genre) for genre in genres])
    centres = rng.standard_normal((len(names), 12)) * 1.2
    vectors = centres[codes] + rng.standard_normal((len(keys), 12)) * 0.6
    angles = 2 * np.pi * np.arange(len(names)) / len(names)
    places = 30 * np.column_stack([np.cos(angles), np.sin(angles)])[codes] + rng.standard_normal((len(keys), 2)) * 5
    tagged = [
        [key for place, key in enumerate(keys) if genres[place] == name and place % 12 for _ in range(1 + place % 9)]
        for name in names
    ]
    playlists = Playlists.of([f"u-{name}" for name in names] + ["u-all"], [*tagged, list(keys)])
    model = ModelUnderTest(
        EmbeddingSpace.of(keys, vectors),
        playlists,
        separator="-",
        genres={name: [name] for name in names},
        min_support=1,
    )
    tracks = np.unique(np.linspace(0, len(keys) - 1, on_map).astype(np.intp))
    model.__dict__["map"] = TrackMap(tracks, places[tracks], 1.0, converged=True, perplexity=30)
    return model


def champion_of(model: ModelUnderTest) -> EmbeddingSpace:
    """The same space with noise; it lacks every fiftieth track, and knows twenty that are gone."""
    rng = np.random.default_rng(9)
    kept = [number for number in range(len(model.tracks)) if number % 50 != 3]
    keys = [model.tracks[number] for number in kept] + [f"Gone-Lost {number}" for number in range(20)]
    vectors = np.concatenate([model.unit[kept], model.unit[:20]])
    return EmbeddingSpace.of(keys, vectors + rng.standard_normal(vectors.shape) * 0.06)


@pytest.fixture(scope="module")
def demonstration() -> dict[str, Any]:
    """600 tracks of the catalogue, a champion, and two checks that blame."""
    tracks = load_tracks()
    model = model_of([track.key for track in tracks], [track.genre for track in tracks], 600)
    assert model.map is not None
    keys = [model.tracks[track] for track in model.map.tracks]
    found = map_payload(model, champion_of(model))
    assert found is not None
    return with_blame(
        found,
        [
            CheckResult(
                id="champion.blamed", outcome="warned", severity="warn", tracks=(keys[7], keys[500], "nobody's")
            ),
            CheckResult(id="duplicates.rate", outcome="warned", severity="warn", tracks=tuple(keys[7:200:40])),
        ],
    )


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Live]]:
    """Open pages of a payload; at the end none may have logged or fetched anything."""
    lives: list[Live] = []

    def open_(payload: dict[str, Any], *, policy: str = POLICY, script: str = SCRIPT, **how: Any) -> Live:
        path = tmp_path / f"page-{len(lives)}.html"
        path.write_text(
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>map</title>'
            f'<meta name="viewport" content="width=device-width">'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{STYLE}</style></head>'
            f"<body><h1>Report</h1><h2>Map</h2>{live_map(payload, PICTURE)}<script>{script}</script></body></html>",
            encoding="utf-8",
        )
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **how})
        context.set_offline(True)
        page = context.new_page()
        page.add_init_script(SPY)
        live = Live(page, payload)
        page.on("console", lambda message: live.console.append(message.text))
        page.on("pageerror", lambda error: live.console.append(str(error)))
        page.on("request", lambda request: live.requests.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_timeout(250)
        lives.append(live)
        return live

    yield open_
    for live in lives:
        assert [url for url in live.requests if not url.startswith(("file:", "data:"))] == []
        assert len([url for url in live.requests if url.startswith("file:")]) == 1
        live.page.context.close()


@pytest.fixture
def live(opened: Callable[..., Live], demonstration: dict[str, Any]) -> Iterator[Live]:
    """The demonstration, whose console has to stay empty."""
    live = opened(demonstration)
    yield live
    assert live.console == []


# -- the picture, and what takes its place --


def test_the_live_map_takes_the_place_of_the_picture(live: Live) -> None:
    """On paper the picture is back."""
    picture = live.page.locator("img[alt='the picture']")

    assert live.canvas.is_visible()
    assert not picture.is_visible()
    live.page.emulate_media(media="print")
    assert picture.is_visible()
    assert not live.canvas.is_visible()


def test_without_script_the_picture_stands(opened: Callable[..., Live], demonstration: dict[str, Any]) -> None:
    """No JavaScript, a policy that forbids it, a script that breaks on what it reads: the picture is there."""
    without = opened(demonstration, java_script_enabled=False)
    forbidden = opened(demonstration, policy="default-src 'none'; img-src data:; style-src 'unsafe-inline'")
    broken = opened({**demonstration, "x": None})

    for live in (without, forbidden, broken):
        assert live.page.locator("img[alt='the picture']").is_visible()
        assert live.page.locator(".eg-map-app").count() == 0
    assert len(forbidden.console) == 1
    assert "Content Security Policy" in forbidden.console[0]


# -- looking around --


def test_hovering_tells_who_it_is(live: Live) -> None:
    """Title, artist, genre and plays, and nothing where there is nothing."""
    point = live.lonely()
    title, artist = live.name(point)
    genre = live.data["genres"][live.data["genre"][point]]

    live.page.mouse.move(*live.place(point))
    shown = live.tip.inner_text().split("\n")

    assert shown[:2] == [title, artist]
    assert genre in " ".join(shown)
    assert f"{live.data['plays'][point]} play" in " ".join(shown)
    box = live.canvas.bounding_box()
    assert box is not None
    live.page.mouse.move(box["x"] + 3, box["y"] + 3)
    assert live.tip.count() == 0


def stretched(before: list[list[Any]], after: list[list[Any]]) -> float:
    """By how much the names that both show lie farther apart: each may have changed sides, so take the median."""
    first, second = ({name: (x, y) for name, x, y, _ in labels} for labels in (before, after))
    pairs = combinations(sorted(first.keys() & second.keys()), 2)
    ratios = [
        math.dist(*(second[name] for name in pair)) / apart
        for pair in pairs
        if (apart := math.dist(*(first[name] for name in pair))) > 60
    ]
    assert ratios
    return float(np.median(ratios))


def test_the_wheel_zooms_where_the_pointer_is(live: Live) -> None:
    """What is under the pointer stays under it; all the way out, the page scrolls again."""
    point = live.lonely()
    live.page.mouse.move(*live.place(point))
    before = live.tip.inner_text()
    for _ in range(6):
        live.page.mouse.wheel(0, -120)

    assert live.tip.inner_text() == before
    live.settled()
    title = live.name(point)[0]
    x, y = live.place(point)
    box = live.canvas.bounding_box()
    assert box is not None
    named = [label for label in live.labels() if title[:20] in label[0]]
    assert not named or math.dist((x - box["x"], y - box["y"]), named[0][1:3]) < 330
    assert live.page.locator("button[aria-label='Zoom out']").is_enabled()
    for _ in range(12):
        live.page.mouse.wheel(0, 120)
        live.page.wait_for_timeout(30)
    assert live.page.locator("button[aria-label='Zoom out']").is_disabled()
    live.page.mouse.move(*live.place(point))
    assert live.tip.inner_text() == before


def test_scrolling_the_page_past_the_map_is_not_caught(opened: Callable[..., Live], demonstration: Any) -> None:
    """Who scrolls on keeps scrolling though the map comes under the pointer."""
    live = opened(demonstration, viewport={"width": 1280, "height": 500})
    live.page.mouse.move(400, 300)
    live.page.mouse.wheel(0, 100)
    live.page.wait_for_timeout(100)
    live.page.mouse.wheel(0, -60)
    live.page.wait_for_timeout(100)

    assert live.page.evaluate("scrollY") == 40
    assert live.page.locator("button[aria-label='Zoom out']").is_disabled()


def test_dragging_moves_the_map(live: Live) -> None:
    """By as much as the pointer goes; a drag is no click, and the names go with it."""
    live.page.click("button[aria-label='Zoom in']")
    live.settled()
    live.page.click("button[aria-label='Zoom in']")
    before = {name: (x, y) for name, x, y, _ in live.labels()}
    x, y = live.place(live.lonely())
    live.page.mouse.move(640, 450)
    live.page.mouse.down()
    live.page.mouse.move(600, 420, steps=4)
    moved = {name: (x, y) for name, x, y, _ in live.page.evaluate("window.labels_")}
    live.page.mouse.up()

    assert len(before) > 5
    for name, (x, y) in before.items():
        assert moved[name] == pytest.approx((x - 40, y - 30), abs=1.5)
    assert live.panel.locator("h3").inner_text() == "Choose a track"


def test_buttons_zoom_and_reset(live: Live) -> None:
    """Plus and minus by half, reset to the whole map."""
    whole = live.labels()
    live.page.click("button[aria-label='Zoom in']")
    assert stretched(whole, live.labels()) == pytest.approx(1.5, abs=0.35)
    live.page.click("button[aria-label='Zoom out']")
    assert live.labels() == whole
    for _ in range(3):
        live.page.click("button[aria-label='Zoom in']")
        live.settled()
    live.page.click("button[aria-label='Reset the view']")
    assert live.labels() == whole


def test_keys_zoom_move_and_reset(live: Live) -> None:
    """+, -, arrows, 0; the cross in the middle is the pointer, and what is there is told."""
    whole = live.labels()
    live.page.keyboard.press("Tab")
    while live.page.evaluate("document.activeElement.tagName") != "CANVAS":
        live.page.keyboard.press("Tab")
    assert live.page.locator(".eg-map-cross").is_visible()
    live.page.keyboard.press("+")
    assert stretched(whole, live.labels()) == pytest.approx(1.5, abs=0.35)
    live.page.keyboard.press("+")
    before = {name: (x, y) for name, x, y, _ in live.labels()}
    live.page.keyboard.press("ArrowLeft")
    live.page.keyboard.press("ArrowUp")
    after = {name: (x, y) for name, x, y, _ in live.labels()}
    shifts = [(after[name][0] - x, after[name][1] - y) for name, (x, y) in before.items() if name in after]
    assert any(shift == pytest.approx((60, 60), abs=1) for shift in shifts)
    live.page.keyboard.press("-")
    live.settled()
    live.page.keyboard.press("0")
    assert live.labels() == whole
    for key in ("+", "+", "+", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"):
        live.page.keyboard.press(key)
        live.settled()
    told = live.told()
    assert "play" in told or "No track at the cross" in told


def test_a_track_is_chosen_with_the_keyboard_alone(live: Live) -> None:
    """Enter chooses what is at the cross."""
    live.canvas.focus()
    title = ""
    for key in ("+", *["ArrowLeft"] * 12):
        live.page.keyboard.press(key)
        live.settled()
        if live.tip.count():
            title = live.tip.inner_text().split("\n")[0]
            break
    assert title
    live.page.keyboard.press("Enter")
    assert live.panel.locator("h3").inner_text() == title
    assert live.told().startswith(f"{live.name(live.data['title'].index(title))[1]}")
    live.page.keyboard.press("Escape")
    assert live.panel.locator("h3").inner_text() == "Choose a track"


def test_names_do_not_overlap_and_become_more(live: Live) -> None:
    """Few at first, more the nearer, never one over another or over the edge."""
    counts = []
    box = live.canvas.bounding_box()
    assert box is not None
    for _ in range(6):
        labels = live.labels()
        counts.append(len(labels))
        for place, (name, x, y, width) in enumerate(labels):
            assert 0 <= x <= x + width <= box["width"], name
            assert 6 <= y <= box["height"] - 6, name
            for other, left, middle, wide in labels[:place]:
                assert x >= left + wide or left >= x + width or abs(y - middle) >= 12, (name, other)
        live.page.click("button[aria-label='Zoom in']")

    assert 6 <= counts[0] <= 12
    assert max(counts) >= 1.5 * counts[0]


def test_reduced_motion_is_respected(opened: Callable[..., Live], demonstration: dict[str, Any]) -> None:
    """Then a zoom is one step."""
    live = opened(demonstration, reduced_motion="reduce")
    whole = live.labels()
    live.page.evaluate("window.frames_ = []")
    live.page.click("button[aria-label='Zoom in']")
    live.settled()
    calm = live.page.evaluate("window.frames_.length")
    lively = opened(demonstration)
    lively.settled()
    lively.page.evaluate("window.frames_ = []")
    lively.page.click("button[aria-label='Zoom in']")
    lively.settled()

    assert calm <= 2 < lively.page.evaluate("window.frames_.length")
    assert stretched(whole, live.labels()) == pytest.approx(1.5, abs=0.35)


def test_fingers_pinch_and_tap(opened: Callable[..., Live], demonstration: dict[str, Any]) -> None:
    """Two fingers zoom, one chooses; one finger moves the page as long as the whole map is shown."""
    live = opened(demonstration, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    whole = live.labels()
    assert live.canvas.evaluate("one => getComputedStyle(one).touchAction") == "pan-y"
    x, y = live.place(live.lonely())
    live.page.touchscreen.tap(x, y)
    assert live.panel.locator("h3").inner_text() == live.name(live.lonely())[0]
    live.page.locator("button[aria-label='Clear the choice']").click()
    live.page.evaluate("scrollTo(0, 0)")
    box = live.canvas.bounding_box()
    assert box is not None
    touch = live.page.context.new_cdp_session(live.page)
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def fingers(kind: str, apart: float) -> None:
        ends = [{"x": middle[0] + sign * apart, "y": middle[1], "id": place} for place, sign in enumerate((-1, 1))]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": ends if kind != "touchEnd" else []})

    fingers("touchStart", 30)
    for apart in (33, 36, 39, 42):
        fingers("touchMove", apart)
    fingers("touchEnd", 0)
    assert stretched(whole, live.labels()) == pytest.approx(1.4, abs=0.35)
    assert live.canvas.evaluate("one => getComputedStyle(one).touchAction") == "none"
    assert live.console == []


# -- choosing --


def listed(live: Live, kind: str) -> list[list[str]]:
    """Rows of a column: title, artist and notes, similarity."""
    cells = ", ".join(f".eg-map-{cell}" for cell in ("title", "artist", "note", "both", "alike"))
    return [row.locator(cells).all_inner_texts() for row in live.panel.locator(f".eg-map-{kind} li").all()]


def expected(live: Live, point: int, graph: dict[str, Any], other: dict[str, Any]) -> list[list[str]]:
    beside = {entry for entry, _ in live.near(point, other)}
    rows = []
    for entry, alike in live.near(point, graph):
        notes = ["in both"] if entry in beside else []
        if entry in live.data["gone"]:
            notes.append("not in this model")
        elif entry >= len(live.data["x"]):
            notes.append("not on the map")
        rows.append([*filter(None, live.name(entry)), *notes, alike])
    return rows


def test_a_click_shows_the_neighbours_in_the_space(live: Live) -> None:
    """The candidate's ten and the champion's ten, what is in both, what is not on the map, and the lines."""
    unknown = set(live.data["unknown"])
    point = live.lonely(lambda each: each not in unknown)
    before = live.ink("#b36b00")
    live.page.mouse.click(*live.place(point))
    own, rival = live.data, live.data["champion"]

    assert live.panel.locator("h3").inner_text() == live.name(point)[0]
    assert listed(live, "own") == expected(live, point, own, rival)
    assert listed(live, "rival") == expected(live, point, rival, own)
    assert len(listed(live, "own")) == 10
    text = live.panel.inner_text()
    assert "in both" in text
    assert "not on the map" in text
    onto = [live.name(entry)[0] for entry, _ in live.near(point) if entry < len(own["x"])]
    assert live.panel.locator(".eg-map-own button .eg-map-title").all_inner_texts() == onto
    live.settled()
    assert live.ink("#b36b00") > before
    assert f"{len(onto)} of them on the map" in live.told()


def test_a_track_that_the_champion_lacks_says_so(live: Live) -> None:
    """No list, and no neighbours of nobody."""
    title = live.name(live.data["unknown"][0])[0]
    live.page.fill("#eg-map-search", title)
    live.page.keyboard.press("Enter")

    assert live.panel.locator(".eg-map-rival p").inner_text() == "The champion does not know this track."
    assert live.panel.locator(".eg-map-own li").count() == 10


def test_a_neighbour_is_a_button_that_chooses_it(live: Live) -> None:
    """With the keyboard too: the focus goes to the name of what was chosen."""
    live.page.mouse.click(*live.place(live.lonely()))
    first = live.panel.locator(".eg-map-list button").first
    title = first.locator(".eg-map-title").inner_text()
    first.focus()
    live.page.keyboard.press("Enter")

    assert live.panel.locator("h3").inner_text() == title
    assert live.page.evaluate("document.activeElement.tagName") == "H3"
    live.page.keyboard.press("Escape")
    assert live.panel.locator("h3").inner_text() == "Choose a track"
    assert live.page.evaluate("document.activeElement.tagName") == "CANVAS"


def test_without_a_champion_there_is_one_list(opened: Callable[..., Live], demonstration: dict[str, Any]) -> None:
    live = opened({**demonstration, "champion": None, "unknown": [], "gone": [], "checks": []})
    live.panel.locator(".eg-map-list button").first.click()

    assert live.panel.locator("h4").all_inner_texts() == ["Nearest in the space"]
    assert "hampion" not in live.panel.inner_text()
    assert "No check blames a track." in live.page.inner_text(".eg-map-app")
    assert live.console == []


def test_what_is_chosen_by_name_comes_into_view(live: Live) -> None:
    """Its neighbourhood fills the map, and its name is on it."""
    title = live.name(live.lonely())[0]
    live.page.fill("#eg-map-search", title)
    live.page.keyboard.press("Enter")

    assert any(title[:20] in name for name, *_ in live.labels())
    assert live.page.locator("button[aria-label='Zoom out']").is_enabled()


# -- searching --


def test_the_search_is_a_combobox(live: Live) -> None:
    """As WAI-ARIA has it: the focus stays in the box, arrows go through the list, Enter takes, Escape leaves."""
    box = live.page.get_by_role("combobox", name="Find a track or an artist")
    box.focus()
    live.page.keyboard.type("beyonce")  # written Beyoncé
    found = live.page.get_by_role("listbox", name="Tracks found")
    options = found.get_by_role("option")

    assert box.get_attribute("aria-expanded") == "true"
    assert box.get_attribute("aria-controls") == found.get_attribute("id")
    assert 1 < options.count() <= 12
    assert set(options.locator(".eg-map-artist").all_inner_texts()) == {"Beyoncé"}
    assert "tracks found" in live.told()
    live.page.keyboard.press("ArrowDown")
    live.page.keyboard.press("ArrowDown")
    second = options.nth(1)
    assert box.get_attribute("aria-activedescendant") == second.get_attribute("id")
    assert second.get_attribute("aria-selected") == "true"
    assert live.tip.count() == 1
    live.page.keyboard.press("ArrowUp")
    live.page.keyboard.press("ArrowUp")
    assert options.last.get_attribute("aria-selected") == "true"
    title = options.last.locator(".eg-map-title").inner_text()
    live.page.keyboard.press("Enter")
    assert live.panel.locator("h3").inner_text() == title
    assert (box.input_value(), box.get_attribute("aria-expanded")) == ("", "false")
    live.page.keyboard.type("beyonce")
    live.page.keyboard.press("Escape")
    assert (box.input_value(), options.filter(visible=True).count()) == ("", 0)
    assert live.panel.locator("h3").inner_text() == title
    live.page.keyboard.press("Escape")
    assert live.panel.locator("h3").inner_text() == "Choose a track"


def test_search_finds_words_in_any_order_and_says_when_it_finds_none(live: Live) -> None:
    """Artist and title together; a click takes a hit."""
    point = next(each for each in range(len(live.data["x"])) if " " in live.name(each)[0] and live.name(each)[1])
    title, artist = live.name(point)
    live.page.fill("#eg-map-search", f"{title.split()[0]} {artist.upper()}")
    assert title in live.page.locator("[role=option] .eg-map-title").all_inner_texts()
    live.page.locator("[role=option]").first.click()
    assert live.panel.locator(".eg-map-own li").count() == 10
    live.page.fill("#eg-map-search", "qqqqq")
    assert live.page.locator("[role=option]").count() == 0
    assert live.page.get_by_text("No track on the map has that in its name.").is_visible()
    assert live.page.locator("#eg-map-search").get_attribute("aria-expanded") == "false"


# -- genres and checks --


def test_genres_are_switched_by_checkboxes(live: Live) -> None:
    """One off, all off, the untagged too: what is off is neither drawn nor found by the pointer."""
    point = live.lonely(lambda each: live.data["genre"][each] >= 0)
    genre = live.data["genres"][live.data["genre"][point]]
    boxes = live.page.locator(".eg-map-legend input")
    assert boxes.count() == len(live.data["genres"]) + 1

    live.page.get_by_role("checkbox", name=genre).uncheck()
    assert live.told().startswith(f"{genre} hidden")
    live.page.mouse.move(*live.place(point))
    assert live.tip.count() == 0
    live.page.get_by_role("button", name="No genre").click()
    assert live.labels() == []
    bare = live.ink("#ffffff")
    live.page.get_by_role("checkbox", name="untagged").check()
    live.settled()
    assert live.ink("#ffffff") < bare
    untagged = live.lonely(lambda each: live.data["genre"][each] < 0)
    live.page.mouse.move(*live.place(untagged))
    assert "untagged" in live.tip.inner_text()
    live.page.get_by_role("button", name="All genres").click()
    assert all(box.is_checked() for box in boxes.all())
    live.page.mouse.move(*live.place(point))
    assert genre in live.tip.inner_text()


def test_blamed_tracks_are_marked(live: Live) -> None:
    """By one check or any, with the checks named where a track is shown."""
    first, second = live.data["checks"]
    assert (first["id"], second["id"]) == ("champion.blamed", "duplicates.rate")
    assert live.ink("#c1121f") == 0
    choice = live.page.get_by_role("combobox", name="Check", exact=True)
    offered = ["any check (6)", "champion.blamed (2)", "duplicates.rate (5)"]
    assert choice.locator("option").all_inner_texts() == offered

    live.page.get_by_role("checkbox", name="Mark blamed tracks").check()
    live.settled()
    assert live.ink("#c1121f") > 50
    assert live.panel.locator(".eg-map-list li").count() == 6
    choice.select_option("champion.blamed (2)")
    assert live.panel.locator("h3").inner_text() == "Blamed by champion.blamed"
    assert "2 on the map, and 1 that are not on it" in live.panel.inner_text()
    titles = [live.name(point)[0] for point in first["points"]]
    assert live.panel.locator(".eg-map-title").all_inner_texts() == titles
    live.panel.locator(".eg-map-list button").first.click()
    assert live.panel.locator("code").all_inner_texts() == ["champion.blamed", "duplicates.rate"]
    assert "blamed by champion.blamed, duplicates.rate" in live.told()
    live.page.keyboard.press("Escape")
    live.page.keyboard.press("Escape")
    assert not live.page.get_by_role("checkbox", name="Mark blamed tracks").is_checked()
    live.settled()
    assert live.ink("#c1121f") == 0


def test_a_model_that_is_stopped_shows_whom_to_blame(
    opened: Callable[..., Live], demonstration: dict[str, Any]
) -> None:
    """Of the first check that stops it and blames tracks of the map, without a click, until they are switched off."""
    warns, stops = demonstration["checks"]
    nowhere = {**stops, "id": "custom.nowhere", "stops": True, "points": []}
    live = opened({**demonstration, "checks": [nowhere, {**stops, "stops": True}, warns]})
    marks = live.page.get_by_role("checkbox", name="Mark blamed tracks")

    assert marks.is_checked()
    assert live.panel.locator("h3").inner_text() == "Blamed by duplicates.rate"
    assert live.ink("#c1121f") > 50
    marks.uncheck()
    live.settled()
    assert live.ink("#c1121f") == 0
    assert live.panel.locator("h3").inner_text() == "Choose a track"


def test_a_map_that_is_not_faithful_says_so(opened: Callable[..., Live], demonstration: dict[str, Any]) -> None:
    """Across the map, and no name is on it."""
    live = opened({**demonstration, "objection": "the map is not faithful: it keeps 20% of the ten nearest"})

    assert "Not to be read: the map is not faithful" in live.page.inner_text(".eg-map-objection")
    assert live.labels() == []


# -- every size, every name, every number --


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_screen(
    opened: Callable[..., Live], demonstration: dict[str, Any], width: int, scheme: str
) -> None:
    """Nothing is wider than the page, everything can be reached, and the paper follows the scheme."""
    live = opened(demonstration, viewport={"width": width, "height": 800}, color_scheme=scheme)
    live.page.fill("#eg-map-search", live.name(live.lonely())[0])
    live.page.keyboard.press("Enter")
    live.settled()

    assert live.page.evaluate("document.documentElement.scrollWidth") <= width
    for control in live.page.locator(".eg-map-app :is(button, input, select)").filter(visible=True).all():
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= 14
        assert box["x"] >= 0
    assert live.ink({"light": "#ffffff", "dark": "#17181c"}[scheme]) > 10_000
    other = {"light": "dark", "dark": "light"}[scheme]
    live.page.emulate_media(color_scheme=other)  # type: ignore[arg-type]
    live.settled()
    assert live.ink({"light": "#ffffff", "dark": "#17181c"}[other]) > 10_000
    live.page.set_viewport_size({"width": 500, "height": 800})
    live.settled()
    assert live.canvas.evaluate("one => one.width === one.getBoundingClientRect().width")
    assert live.console == []


def hostile_payload() -> dict[str, Any]:
    """Hundreds of tracks whose artists, titles, genres and checks have hostile names."""
    keys = [
        f"{HOSTILE[number % len(HOSTILE)]} {number}-{HOSTILE[number // 7 % len(HOSTILE)]}" for number in range(700)
    ]
    genres = [HOSTILE[number % 7] for number in range(700)]
    model = model_of(keys, genres, 560)
    found = map_payload(model, champion_of(model), objection=HOSTILE[0])
    assert found is not None
    blamed = tuple(model.tracks[1::9])
    return with_blame(
        {**found, "objection": ""},
        [CheckResult(id=f"custom.{name}", outcome="failed", severity="fail", tracks=blamed) for name in HOSTILE],
    )


def test_hostile_names_run_nothing(opened: Callable[..., Live]) -> None:
    """Every name is shown by hovering, searching, choosing and blaming, and none is more than text."""
    live = opened({**hostile_payload(), "objection": HOSTILE[0]})
    live.page.get_by_role("checkbox", name="Mark blamed tracks").check()
    for name in HOSTILE[:7]:
        live.page.fill("#eg-map-search", name)
        live.page.keyboard.press("ArrowDown")
        assert name in live.page.locator("[role=option]").first.inner_text()
        live.page.keyboard.press("Enter")
        assert live.panel.locator(".eg-map-own li").count() == 10
        assert "Blamed by" in live.panel.inner_text() or live.panel.locator(".eg-map-blamed").count() == 0
        for row in live.panel.locator(".eg-map-list button").all():
            row.hover()
        live.panel.locator(".eg-map-list button").first.click()
    for point in range(0, 560, 40):
        live.page.mouse.move(*live.place(point))
    live.settled()

    assert live.page.evaluate("window.__pwned") is None
    assert live.page.locator(".eg-map-app :is(svg, img, script, iframe, b, style, a)").count() == 0
    assert live.page.locator("script").count() == 2
    assert live.page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert "<svg onload=" in live.page.inner_text(".eg-map-objection")
    live.page.set_viewport_size({"width": 390, "height": 800})
    live.settled()
    assert live.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert live.console == []


@pytest.fixture(scope="module")
def five_thousand() -> dict[str, Any]:
    """Points of sixteen genres, beside a champion, five hundred of them blamed."""
    genres = [f"genre {number}" for number in range(16)]
    keys = [f"Artist {number % 900}-Song {number}" for number in range(9_000)]
    model = model_of(keys, [genres[number % 16] for number in range(9_000)], 5_000)
    found = map_payload(model, champion_of(model))
    assert found is not None
    return with_blame(
        found, [CheckResult(id="champion.misplaced", outcome="warned", severity="warn", tracks=tuple(keys[:4_000:8]))]
    )


def test_five_thousand_points_are_fluid(
    opened: Callable[..., Live], five_thousand: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    """Moving, zooming, hovering and choosing stay quick; the figures are kept with the test."""
    live = opened(five_thousand)
    live.settled()
    times: dict[str, list[float]] = {}

    def measured(name: str) -> None:
        frames = live.page.evaluate("window.frames_.splice(0)")
        times[name] = sorted(spent for _, spent in frames)
        times[f"{name}, from frame to frame"] = sorted(then - now for (now, _), (then, _) in pairwise(frames))

    measured("opening")
    live.page.mouse.move(*live.place(live.lonely()))
    live.page.mouse.wheel(0, -200)
    live.settled()
    measured("zooming")
    live.page.mouse.move(450, 400)
    live.page.mouse.down()
    for step in range(60):
        live.page.mouse.move(450 - 3 * step, 400 - 2 * (step % 20))
    live.page.mouse.up()
    measured("moving")
    for step in range(60):
        live.page.mouse.move(200 + 6 * step, 300 + 3 * step)
    measured("hovering")
    title = live.name(live.lonely())[0]
    live.page.fill("#eg-map-search", title)
    live.page.keyboard.press("Enter")
    live.settled()
    measured("choosing")

    for name, spent in times.items():
        if spent:
            figures = f"{len(spent)} frames, median {spent[len(spent) // 2]:.1f} ms, longest {spent[-1]:.1f} ms"
            request.node.user_properties.append((name, figures))
    request.node.user_properties.append(("data, bytes", len(json.dumps(five_thousand))))
    assert live.panel.locator("h3").inner_text() == title
    assert live.console == []


def test_five_thousand_points_are_marked_and_switched(
    opened: Callable[..., Live], five_thousand: dict[str, Any]
) -> None:
    """Neighbours beside the champion's, marks of blame and genres, as on a small map."""
    live = opened(five_thousand)
    title = live.name(live.lonely())[0]
    live.page.fill("#eg-map-search", title)
    live.page.keyboard.press("Enter")
    assert live.panel.locator("h3").inner_text() == title
    assert live.panel.locator(".eg-map-own li").count() == 10
    assert live.panel.locator(".eg-map-rival li").count() == 10

    live.page.keyboard.press("Escape")
    live.page.get_by_role("checkbox", name="Mark blamed tracks").check()
    live.settled()
    assert live.panel.locator("h3").inner_text() == "Blamed by any check"
    assert live.ink("#c1121f") > 50

    everything = live.ink("#ffffff")
    live.page.get_by_role("button", name="No genre").click()
    live.settled()
    assert live.ink("#ffffff") > everything
    assert live.console == []


def test_a_map_of_one_point(opened: Callable[..., Live]) -> None:
    """No neighbour, no extent, no genre: nothing breaks."""
    model = ModelUnderTest(EmbeddingSpace.of(["only"], [[1.0, 0.0]]), Playlists.of(["u-x"], [["only"]]))
    model.__dict__["map"] = TrackMap(np.array([0]), np.zeros((1, 2)), 1.0, converged=True, perplexity=1)
    found = map_payload(model)
    assert found is not None
    live = opened(found)
    live.panel.locator("button").first.click()

    assert "No neighbours." in live.panel.inner_text()
    assert live.console == []
