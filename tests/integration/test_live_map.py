"""The interactive map in a browser, offline, with a content security policy that allows only its own script."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from embedgate.demo.tracks import load_tracks
from embedgate.judgement.result import CheckResult
from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.material.tsne_map import TrackMap
from embedgate.report.figures.palette import AMBER, PAPER, RED
from embedgate.report.live_map import map_payload, with_offending_tracks
from tests.integration.browsing import needs_browser
from tests.integration.live_page import NO_SCRIPTS, OWN_SCRIPT, SPY, Live, page_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from playwright.sync_api import Browser, Page

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
SELECT_A_TRACK = "Select a track"
_MOVES = 30
PAPERS = {"light": PAPER, "dark": "#17181c"}

pytestmark = needs_browser


def model_of(keys: Sequence[str], genres: Sequence[str], on_map: int, seed: int = 0) -> ModelUnderTest:
    """Return a model whose genres are clusters on a ring, in the space and on the map; one track in 12 is untagged.

    Args:
        keys: keys of the tracks.
        genres: genre of each track.
        on_map: number of tracks on the map.
        seed: seed of all random numbers.
    """
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
    """Return the same space with noise, without every fiftieth track, and with twenty additional tracks."""
    rng = np.random.default_rng(9)
    kept = [number for number in range(len(model.tracks)) if number % 50 != 3]
    keys = [model.tracks[number] for number in kept] + [f"Gone-Lost {number}" for number in range(20)]
    vectors = np.concatenate([model.unit[kept], model.unit[:20]])
    return EmbeddingSpace.of(keys, vectors + rng.standard_normal(vectors.shape) * 0.06)


@pytest.fixture(scope="module")
def demonstration() -> dict[str, Any]:
    """600 tracks of the catalogue, a champion, and two checks with offending tracks."""
    tracks = load_tracks()
    model = model_of([track.key for track in tracks], [track.genre for track in tracks], 600)
    assert model.map is not None
    keys = [model.tracks[track] for track in model.map.tracks]
    found = map_payload(model, champion_of(model))
    assert found is not None
    return with_offending_tracks(
        found,
        [
            CheckResult(
                id="champion.misplaced", outcome="warned", severity="warn", tracks=(keys[7], keys[500], "nobody's")
            ),
            CheckResult(id="duplicates.rate", outcome="warned", severity="warn", tracks=tuple(keys[7:200:40])),
        ],
    )


@pytest.fixture(scope="module")
def page_with(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A function that returns an offline page for browser options; tests with the same options share a page."""
    pages: dict[str, Page] = {}

    def page_with(**options: Any) -> Page:
        key = repr(sorted(options.items()))
        if key not in pages:
            context = browser.new_context(**options)
            context.set_offline(offline=True)
            pages[key] = context.new_page()
            pages[key].add_init_script(SPY)
        return pages[key]

    yield page_with
    for page in pages.values():
        page.context.close()


@pytest.fixture
def opened(page_with: Callable[..., Page], tmp_path: Path) -> Iterator[Callable[..., Live]]:
    """A function that opens the map of a payload without animations; pages may request nothing else."""
    lives: list[Live] = []

    def opened(payload: dict[str, Any], *, policy: str = OWN_SCRIPT, live: bool = True, **options: Any) -> Live:
        path = tmp_path / f"page-{len(lives)}.html"
        path.write_text(page_of(payload, policy), encoding="utf-8")
        options = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **options}
        page = page_with(**options)
        page.set_viewport_size(options["viewport"])
        page.emulate_media(media="null")
        page.mouse.move(0, 0)
        lives.append(Live(page, payload))
        lives[-1].open(path.as_uri(), live=live)
        return lives[-1]

    yield opened
    for live in lives:
        live.close()
        assert [url for url in live.requests if not url.startswith("data:")] == [live.url]


@pytest.fixture
def live(opened: Callable[..., Live], demonstration: dict[str, Any]) -> Iterator[Live]:
    """The open map of the demonstration, which may log nothing."""
    live = opened(demonstration)
    yield live
    assert live.console == []


# -- the static picture --


def test_interactive_map_replaces_the_image_except_in_print(live: Live) -> None:
    picture = live.page.get_by_alt_text("the picture")

    expect(live.canvas).to_be_visible()
    expect(picture).to_be_hidden()
    live.page.emulate_media(media="print")
    expect(picture).to_be_visible()
    expect(live.canvas).to_be_hidden()


def test_image_stays_without_scripts(opened: Callable[..., Live], demonstration: dict[str, Any]) -> None:
    """Scripts are disabled, or forbidden by a content security policy."""
    without = opened(demonstration, live=False, java_script_enabled=False)
    forbidden = opened(demonstration, live=False, policy=NO_SCRIPTS)

    for live in (without, forbidden):
        assert live.page.get_by_alt_text("the picture").is_visible()
        assert live.page.locator(".eg-map-app").count() == 0
    assert without.console == []
    assert len(forbidden.console) == 1
    assert "Content Security Policy" in forbidden.console[0]


def test_image_stays_if_the_data_are_invalid(opened: Callable[..., Live], demonstration: dict[str, Any]) -> None:
    live = opened({**demonstration, "x": None}, live=False)
    live.page.wait_for_function("() => window.failed_")

    assert live.page.get_by_alt_text("the picture").is_visible()
    assert live.page.locator(".eg-map-app").count() == 0
    assert len(live.console) == 1


# -- pan, zoom and hover --


def test_tooltip_describes_the_hovered_track(live: Live) -> None:
    """The tooltip shows title, artist, genre and plays. There is no tooltip without a track."""
    point = live.isolated()
    title, artist = live.name(point)
    genre = live.data["genres"][live.data["genre"][point]]

    live.page.mouse.move(*live.place(point))
    shown = live.tooltip.inner_text().split("\n")

    assert shown[:2] == [title, artist]
    assert genre in " ".join(shown)
    assert f"{live.data['plays'][point]} play" in " ".join(shown)
    live.page.mouse.move(live.box()["x"] + 3, live.box()["y"] + 3)
    expect(live.tooltip).to_have_count(0)


def positions(labels: list[list[Any]]) -> dict[str, tuple[float, float]]:
    return {name: (x, y) for name, x, y, _ in labels}


def test_wheel_zooms_at_the_pointer(live: Live) -> None:
    """The track under the pointer stays there. When the whole map is shown, the wheel scrolls the page again."""
    point = live.isolated()
    live.page.mouse.move(*live.place(point))
    tooltip = live.tooltip.inner_text()

    for _ in range(6):
        live.page.mouse.wheel(0, -120)
    expect(live.button("Zoom out")).to_be_enabled()
    live.rest()
    assert live.tooltip.inner_text() == tooltip
    for _ in range(7):
        live.page.mouse.wheel(0, 120)
    expect(live.button("Zoom out")).to_be_disabled()
    live.page.mouse.wheel(0, 120)
    live.page.wait_for_function("() => scrollY > 0")
    live.page.mouse.move(*live.place(point))
    expect(live.tooltip).to_have_text(tooltip.replace("\n", ""))


def test_wheel_scrolls_a_page_that_is_being_scrolled(
    opened: Callable[..., Live], demonstration: dict[str, Any]
) -> None:
    """If scrolling moves the map under the pointer, scrolling continues; a moment later, the wheel zooms."""
    live = opened(demonstration, viewport={"width": 1280, "height": 500})
    live.page.evaluate("() => { window.clock_ = 0; performance.now = () => window.clock_; }")
    live.page.mouse.move(400, 300)

    live.page.mouse.wheel(0, 100)
    live.page.wait_for_function("() => scrollY === 100")
    live.page.mouse.wheel(0, -60)
    live.page.wait_for_function("() => scrollY === 40")
    expect(live.button("Zoom out")).to_be_disabled()

    live.page.evaluate("window.clock_ = 1000")
    live.page.mouse.wheel(0, -60)
    expect(live.button("Zoom out")).to_be_enabled()
    assert live.page.evaluate("scrollY") == 40


def test_dragging_pans_the_map(live: Live) -> None:
    """All labels move as far as the pointer, and a drag is not a click."""
    live.button("Zoom in").click()
    live.button("Zoom in").click()
    before = positions(live.labels())
    live.page.evaluate("() => { window.setTimeout = () => 0; }")  # labels are placed again when the map is at rest

    live.page.mouse.move(640, 450)
    live.page.mouse.down()
    live.page.mouse.move(600, 420, steps=4)
    live.page.mouse.up()

    assert len(before) > 5
    after = positions(live.labels())
    for name, (x, y) in before.items():
        assert after[name] == pytest.approx((x - 40, y - 30), abs=1)
    expect(live.heading).to_have_text(SELECT_A_TRACK)


def test_buttons_zoom_and_reset_the_view(live: Live) -> None:
    whole = live.labels()

    live.button("Zoom in").click()
    assert live.zoom() == pytest.approx(1.5, abs=0.05)
    live.button("Zoom out").click()
    assert live.labels() == whole
    for _ in range(3):
        live.button("Zoom in").click()
    live.button("Reset the view").click()
    assert live.labels() == whole


def test_double_click_zooms_in(live: Live) -> None:
    box = live.box()

    live.page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    assert live.zoom() == pytest.approx(2, abs=0.05)


def test_keys_zoom_pan_and_reset_the_view(live: Live) -> None:
    whole = live.labels()
    for _ in range(10):
        live.page.keyboard.press("Tab")
        if live.page.evaluate("document.activeElement.tagName") == "CANVAS":
            break
    expect(live.page.locator(".eg-map-crosshair")).to_be_visible()

    live.page.keyboard.press("+")
    assert live.announced() == "No track at the crosshair. Zoom 1.5."
    live.page.keyboard.press("-")
    assert live.labels() == whole
    live.page.keyboard.press("+")
    live.page.keyboard.press("+")
    before = positions(live.labels())
    live.page.evaluate("() => { window.setTimeout = () => 0; }")  # labels are placed again when the map is at rest
    live.page.keyboard.press("ArrowLeft")
    live.page.keyboard.press("ArrowUp")
    after = positions(live.labels())
    for name, (x, y) in before.items():
        assert after[name] == pytest.approx((x + 60, y + 60), abs=1)
    live.page.keyboard.press("ArrowRight")
    live.page.keyboard.press("ArrowDown")
    assert positions(live.labels()) == before
    live.page.keyboard.press("0")
    assert live.labels() == whole


def test_enter_selects_the_track_at_the_crosshair(live: Live) -> None:
    """The track has the tooltip and is announced. In the centre of the ring of genres there is no track."""
    live.canvas.focus()
    for _ in range(3):
        live.page.keyboard.press("+")
    assert live.announced() == "No track at the crosshair. Zoom 3.4."
    live.page.keyboard.press("Enter")
    assert live.announced() == "No track at the crosshair."
    for _ in range(20):
        if live.tooltip.count():
            break
        live.page.keyboard.press("ArrowLeft")
    title = live.tooltip.inner_text().split("\n")[0]
    artist = live.name(live.data["title"].index(title))[1]

    assert live.announced().startswith(f"{artist} – {title}, ")
    live.page.keyboard.press("Enter")
    expect(live.heading).to_have_text(title)
    assert live.announced().startswith(f"{artist} – {title}: ")
    live.page.keyboard.press("Escape")
    expect(live.heading).to_have_text(SELECT_A_TRACK)
    assert live.announced() == "Selection cleared."


def test_labels_do_not_overlap(live: Live) -> None:
    """Zooming in shows more labels; no label covers another one or the edge of the map."""
    counts = []
    box = live.box()
    for _ in range(6):
        labels = live.labels()
        counts.append(len(labels))
        for place, (name, x, y, width) in enumerate(labels):
            assert 0 <= x <= x + width <= box["width"], name
            assert 6 <= y <= box["height"] - 6, name
            for other, left, middle, wide in labels[:place]:
                assert x >= left + wide or left >= x + width or abs(y - middle) >= 12, (name, other)
        live.button("Zoom in").click()

    assert 6 <= counts[0] <= 12
    assert max(counts) >= 1.5 * counts[0]


@pytest.mark.parametrize(("motion", "fewest", "most"), [("reduce", 1, 2), ("no-preference", 3, 1_000)])
def test_zoom_is_animated_unless_reduced_motion_is_preferred(
    opened: Callable[..., Live], demonstration: dict[str, Any], motion: str, fewest: int, most: int
) -> None:
    live = opened(demonstration, reduced_motion=motion)
    live.page.evaluate("window.frames_ = []")

    live.button("Zoom in").click()
    live.rest()

    assert fewest <= live.page.evaluate("window.frames_.length") <= most
    assert live.zoom() == pytest.approx(1.5, abs=0.05)


def test_fingers_pinch_and_tap(opened: Callable[..., Live], demonstration: dict[str, Any]) -> None:
    """Two fingers zoom, and a tap selects. One finger scrolls the page if the whole map is shown, else it pans."""
    live = opened(demonstration, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    point = live.isolated()

    expect(live.canvas).to_have_css("touch-action", "pan-y")
    live.page.touchscreen.tap(*live.place(point))
    expect(live.heading).to_have_text(live.name(point)[0])
    live.button("Clear the selection").click()
    live.page.evaluate("scrollTo(0, 0)")
    box = live.box()
    touch = live.page.context.new_cdp_session(live.page)
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def fingers(kind: str, apart: float) -> None:
        ends = [{"x": middle[0] + sign * apart, "y": middle[1], "id": place} for place, sign in enumerate((-1, 1))]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": ends if kind != "touchEnd" else []})

    fingers("touchStart", 30)
    for apart in (33, 36, 39, 42):
        fingers("touchMove", apart)
    fingers("touchEnd", 0)
    assert live.zoom() == pytest.approx(42 / 33, abs=0.1)
    expect(live.canvas).to_have_css("touch-action", "none")
    assert live.console == []


# -- selection and neighbours --


def listed(live: Live, model: str) -> list[list[str]]:
    """Return the rows of a list in the panel: title, artist, notes, similarity."""
    cells = ", ".join(f".eg-map-{cell}" for cell in ("title", "artist", "note", "shared", "similarity"))
    return [row.locator(cells).all_inner_texts() for row in live.panel.locator(f".eg-map-{model} li").all()]


def expected(live: Live, point: int, model: dict[str, Any], other: dict[str, Any]) -> list[list[str]]:
    shared = {entry for entry, _ in live.neighbours(point, other)}
    rows = []
    for entry, similarity in live.neighbours(point, model):
        notes = ["in both"] if entry in shared else []
        if entry in live.data["removed"]:
            notes.append("not in this model")
        elif entry >= len(live.data["x"]):
            notes.append("not on the map")
        rows.append([*filter(None, live.name(entry)), *notes, similarity])
    return rows


def test_click_shows_the_neighbours_in_both_models(live: Live) -> None:
    """There are ten per model, with notes for tracks in both or not on the map; lines connect tracks on the map."""
    new = set(live.data["new"])
    point = live.isolated(lambda each: each not in new)
    dashed = live.pixels(AMBER)
    own, champion = live.data, live.data["champion"]

    live.page.mouse.click(*live.place(point))

    expect(live.heading).to_have_text(live.name(point)[0])
    assert listed(live, "candidate") == expected(live, point, own, champion)
    assert listed(live, "champion") == expected(live, point, champion, own)
    assert len(listed(live, "candidate")) == 10
    expect(live.panel).to_contain_text("in both")
    expect(live.panel).to_contain_text("not on the map")
    on_map = [live.name(entry)[0] for entry, _ in live.neighbours(point) if entry < len(own["x"])]
    assert live.panel.locator(".eg-map-candidate button .eg-map-title").all_inner_texts() == on_map
    assert live.pixels(AMBER) > dashed
    assert f"{len(on_map)} of them on the map" in live.announced()


def test_click_on_an_empty_place_clears_the_selection(live: Live) -> None:
    live.page.mouse.click(*live.place(live.isolated()))
    expect(live.heading).not_to_have_text(SELECT_A_TRACK)

    live.page.mouse.click(live.box()["x"] + 3, live.box()["y"] + 3)

    expect(live.heading).to_have_text(SELECT_A_TRACK)


def test_panel_of_a_track_that_is_not_in_the_champion(live: Live) -> None:
    """A sentence replaces the list of neighbours in the champion."""
    live.search(live.name(live.data["new"][0])[0])

    expect(live.panel.locator(".eg-map-champion p")).to_have_text("This track is not in the champion.")
    expect(live.panel.locator(".eg-map-candidate li")).to_have_count(10)
    assert "not in the champion" in live.announced()


def test_neighbour_is_selected_by_keyboard(live: Live) -> None:
    """The focus moves to the heading of the selected track, and to the map when the selection is cleared."""
    live.page.mouse.click(*live.place(live.isolated()))
    first = live.panel.locator(".eg-map-list button").first
    title = first.locator(".eg-map-title").inner_text()

    first.focus()
    expect(live.tooltip).to_contain_text(title)
    live.page.keyboard.press("Enter")
    expect(live.heading).to_have_text(title)
    expect(live.heading).to_be_focused()
    live.page.keyboard.press("Escape")
    expect(live.heading).to_have_text(SELECT_A_TRACK)
    expect(live.canvas).to_be_focused()


def test_panel_has_one_list_without_a_champion(opened: Callable[..., Live], demonstration: dict[str, Any]) -> None:
    live = opened({**demonstration, "champion": None, "new": [], "removed": [], "checks": []})

    live.panel.locator(".eg-map-list button").first.click()

    expect(live.panel.locator("h4")).to_have_text(["Nearest neighbours"])
    expect(live.panel).not_to_contain_text("hampion")
    expect(live.page.locator(".eg-map-app")).to_contain_text("No check has offending tracks.")
    assert live.console == []


def test_map_zooms_to_the_search_result(live: Live) -> None:
    """The map shows the track, whose neighbours are nearby, and its neighbours; the track is labelled."""
    places = np.column_stack([live.data["x"], live.data["y"]])
    near = np.reshape(live.data["neighbours"], (-1, 10))[: len(places)]
    on_map = (near >= 0) & (near < len(places))
    extent = np.ptp(places[np.where(on_map, near, np.arange(len(places))[:, None])], axis=1).max(axis=1)
    title = live.name(int(np.where(on_map.sum(axis=1) >= 5, extent, np.inf).argmin()))[0]

    live.search(title)

    assert any(title[:20] in name for name, *_ in live.labels())
    expect(live.button("Zoom out")).to_be_enabled()
    live.button("Reset the view").click()
    expect(live.button("Zoom out")).to_be_disabled()
    live.button("Zoom to neighbours").click()
    expect(live.button("Zoom out")).to_be_enabled()


# -- search --


def test_search_is_a_combobox(live: Live) -> None:
    """It follows the ARIA Authoring Practices: arrows move in the list, Enter selects, Escape clears the input."""
    box = live.page.get_by_role("combobox", name="Search for a track or an artist")
    found = live.page.get_by_role("listbox", name="Tracks found")
    options = found.get_by_role("option")

    box.focus()
    live.page.keyboard.type("beyonce")  # written Beyoncé
    expect(box).to_have_attribute("aria-expanded", "true")
    assert box.get_attribute("aria-controls") == found.get_attribute("id")
    assert 1 < options.count() <= 12
    assert set(options.locator(".eg-map-artist").all_inner_texts()) == {"Beyoncé"}
    assert "tracks found" in live.announced()
    live.page.keyboard.press("ArrowDown")
    live.page.keyboard.press("ArrowDown")
    second = options.nth(1)
    assert box.get_attribute("aria-activedescendant") == second.get_attribute("id")
    expect(second).to_have_attribute("aria-selected", "true")
    expect(live.tooltip).to_have_count(1)
    live.page.keyboard.press("ArrowUp")
    live.page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    title = options.last.locator(".eg-map-title").inner_text()
    live.page.keyboard.press("Enter")
    expect(live.heading).to_have_text(title)
    expect(box).to_have_value("")
    expect(box).to_have_attribute("aria-expanded", "false")
    live.page.keyboard.type("beyonce")
    live.page.keyboard.press("Escape")
    expect(box).to_have_value("")
    expect(options.filter(visible=True)).to_have_count(0)
    expect(live.heading).to_have_text(title)
    live.page.keyboard.press("Escape")
    expect(live.heading).to_have_text(SELECT_A_TRACK)


def test_search_finds_words_of_title_and_artist_in_any_order(live: Live) -> None:
    point = next(each for each in range(len(live.data["x"])) if " " in live.name(each)[0] and live.name(each)[1])
    title, artist = live.name(point)

    live.page.fill("#eg-map-search", f"{title.split()[0]} {artist.upper()}")

    assert title in live.page.locator("[role=option] .eg-map-title").all_inner_texts()
    live.page.locator("[role=option]").first.click()
    expect(live.panel.locator(".eg-map-candidate li")).to_have_count(10)


def test_search_without_a_result_reports_it(live: Live) -> None:
    live.page.fill("#eg-map-search", "qqqqq")

    expect(live.page.locator("[role=option]")).to_have_count(0)
    expect(live.page.get_by_text("No track on the map matches.")).to_be_visible()
    expect(live.page.locator("#eg-map-search")).to_have_attribute("aria-expanded", "false")
    assert live.announced() == "0 tracks found."


# -- genres and checks --


def test_hidden_genres_are_not_drawn_and_have_no_tooltip(live: Live) -> None:
    """One genre, all genres, and untagged tracks can be hidden."""
    point = live.isolated(lambda each: live.data["genre"][each] >= 0)
    genre = live.data["genres"][live.data["genre"][point]]
    boxes = live.page.locator(".eg-map-legend input")
    assert boxes.count() == len(live.data["genres"]) + 1

    live.page.get_by_role("checkbox", name=genre).uncheck()
    assert live.announced() == f"{genre} hidden; {boxes.count() - 1} of {boxes.count()} genres shown."
    live.page.mouse.move(*live.place(point))
    expect(live.tooltip).to_have_count(0)
    live.button("Hide all genres").click()
    assert live.labels() == []
    blank = live.pixels(PAPER)
    live.page.get_by_role("checkbox", name="untagged").check()
    assert live.pixels(PAPER) < blank
    untagged = live.isolated(lambda each: live.data["genre"][each] < 0)
    live.page.mouse.move(*live.place(untagged))
    expect(live.tooltip).to_contain_text("untagged")
    live.button("Show all genres").click()
    assert all(box.is_checked() for box in boxes.all())
    live.page.mouse.move(*live.place(point))
    expect(live.tooltip).to_contain_text(genre)


def test_offending_tracks_are_marked(live: Live) -> None:
    """Tracks of one check or of all checks are marked; the panel of a selected track lists its failed checks."""
    first, second = live.data["checks"]
    assert (first["id"], second["id"]) == ("champion.misplaced", "duplicates.rate")
    choice = live.page.get_by_role("combobox", name="Check", exact=True)
    toggle = live.page.get_by_role("checkbox", name="Mark offending tracks")
    options = ["all checks (6)", "champion.misplaced (2)", "duplicates.rate (5)"]
    assert choice.locator("option").all_inner_texts() == options
    assert live.pixels(RED) == 0

    toggle.check()
    assert live.pixels(RED) > 50
    expect(live.panel.locator(".eg-map-list li")).to_have_count(6)
    assert live.announced() == "Offending tracks of all checks: 6 tracks marked on the map."
    choice.select_option("champion.misplaced (2)")
    expect(live.heading).to_have_text("Offending tracks of champion.misplaced")
    expect(live.panel).to_contain_text("2 on the map, 1 not on the map; worst first.")
    titles = [live.name(point)[0] for point in first["points"]]
    assert live.panel.locator(".eg-map-title").all_inner_texts() == titles
    assert len(live.labels()) == len(titles)
    live.panel.locator(".eg-map-list button").first.click()
    expect(live.panel.locator("code")).to_have_text(["champion.misplaced", "duplicates.rate"])
    assert "offending track of champion.misplaced, duplicates.rate" in live.announced()
    live.page.keyboard.press("Escape")
    live.page.keyboard.press("Escape")
    expect(toggle).not_to_be_checked()
    assert live.announced() == "Marks removed."
    assert live.pixels(RED) == 0


def test_offending_tracks_of_the_first_failed_check_are_marked_initially(
    opened: Callable[..., Live], demonstration: dict[str, Any]
) -> None:
    """The check must fail the gate and have offending tracks on the map. The marks can be switched off."""
    warned, failed = demonstration["checks"]
    off_map = {**failed, "id": "custom.nowhere", "fails_gate": True, "points": []}
    live = opened({**demonstration, "checks": [off_map, {**failed, "fails_gate": True}, warned]})
    toggle = live.page.get_by_role("checkbox", name="Mark offending tracks")

    expect(toggle).to_be_checked()
    expect(live.heading).to_have_text("Offending tracks of duplicates.rate")
    assert live.pixels(RED) > 50
    toggle.uncheck()
    assert live.pixels(RED) == 0
    expect(live.heading).to_have_text(SELECT_A_TRACK)


def test_unreliable_map_has_a_warning_and_no_labels(
    opened: Callable[..., Live], demonstration: dict[str, Any]
) -> None:
    live = opened({**demonstration, "problem": "the map is not faithful: it keeps 20% of the ten nearest"})

    expect(live.page.locator(".eg-map-warning")).to_contain_text("Unreliable map: the map is not faithful")
    assert live.labels() == []


# -- sizes, names, numbers of points --


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize(("scheme", "other"), [("light", "dark"), ("dark", "light")])
def test_map_fits_every_screen(
    opened: Callable[..., Live], demonstration: dict[str, Any], width: int, scheme: str, other: Any
) -> None:
    """Nothing is wider than the page, all controls are large enough, and the colours follow the scheme."""
    live = opened(demonstration, viewport={"width": width, "height": 800}, color_scheme=scheme)
    live.search(live.name(live.isolated())[0])

    assert live.page.evaluate("document.documentElement.scrollWidth") <= width
    assert (
        live.page.locator(".eg-map-app :is(button, input, select)")
        .filter(visible=True)
        .evaluate_all(
            """all => all.map(control => control.getBoundingClientRect())
          .filter(({ left, right, height }) => left < 0 || right < left + 10 || height < 14).length"""
        )
        == 0
    )
    assert live.pixels(PAPERS[scheme]) > 10_000
    live.page.emulate_media(color_scheme=other)
    assert live.pixels(PAPERS[other]) > 10_000
    live.page.set_viewport_size({"width": 500, "height": 800})
    live.rest()
    assert live.canvas.evaluate("one => one.width === one.getBoundingClientRect().width")
    assert live.console == []


def hostile_payload() -> dict[str, Any]:
    """Return a payload of hundreds of tracks with hostile artists, titles, genres and check ids."""
    keys = [
        f"{HOSTILE[number % len(HOSTILE)]} {number}-{HOSTILE[number // 7 % len(HOSTILE)]}" for number in range(700)
    ]
    genres = [HOSTILE[number % 7] for number in range(700)]
    model = model_of(keys, genres, 560)
    found = map_payload(model, champion_of(model), problem=HOSTILE[0])
    assert found is not None
    offending = tuple(model.tracks[1::9])
    return with_offending_tracks(
        found,
        [CheckResult(id=f"custom.{name}", outcome="failed", severity="fail", tracks=offending) for name in HOSTILE],
    )


def test_hostile_names_are_shown_as_text(opened: Callable[..., Live]) -> None:
    """Tooltips, search results, panel, legend and checks show all names; no name runs code or widens the page."""
    live = opened(hostile_payload())
    live.page.get_by_role("checkbox", name="Mark offending tracks").check()
    live.page.mouse.move(0, 0)
    for name in HOSTILE[:7]:
        live.page.fill("#eg-map-search", name)
        live.page.keyboard.press("ArrowDown")
        expect(live.page.locator("[role=option]").first).to_contain_text(name)
        live.page.keyboard.press("Enter")
        expect(live.panel.locator(".eg-map-candidate li")).to_have_count(10)
        for row in live.panel.locator(".eg-map-list button").all()[:4]:
            row.hover()
            expect(live.tooltip).to_have_count(1)
        live.panel.locator(".eg-map-list button").first.click()
    offending = live.data["checks"][0]["points"][0]
    live.search(live.name(offending)[0])
    live.page.keyboard.press("Escape")
    live.button("Reset the view").click()
    for point in range(0, 560, 40):
        live.page.mouse.move(*live.place(point))
    live.rest()

    assert live.page.evaluate("window.__pwned") is None
    assert live.page.locator(".eg-map-app :is(svg, img, script, iframe, b, style, a)").count() == 0
    assert live.page.locator("script").count() == 2
    assert live.page.evaluate("document.documentElement.scrollWidth") <= 1280
    expect(live.page.locator(".eg-map-warning")).to_contain_text("<svg onload=")
    live.page.set_viewport_size({"width": 390, "height": 800})
    live.rest()
    assert live.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert live.console == []


@pytest.fixture(scope="module")
def five_thousand() -> dict[str, Any]:
    """A payload with 5,000 points of sixteen genres, a champion, and 500 offending tracks."""
    genres = [f"genre {number}" for number in range(16)]
    keys = [f"Artist {number % 900}-Song {number}" for number in range(9_000)]
    model = model_of(keys, [genres[number % 16] for number in range(9_000)], 5_000)
    found = map_payload(model, champion_of(model))
    assert found is not None
    return with_offending_tracks(
        found, [CheckResult(id="champion.misplaced", outcome="warned", severity="warn", tracks=tuple(keys[:4_000:8]))]
    )


def test_at_most_one_frame_per_pointer_move_is_drawn(
    opened: Callable[..., Live], five_thousand: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    """5,000 points are not drawn more often than the pointer moves. Durations are added as JUnit properties."""
    live = opened(five_thousand, reduced_motion="no-preference")
    durations: dict[str, list[float]] = {}

    def measured(name: str) -> None:
        live.rest()
        frames = live.page.evaluate("window.frames_.splice(0)")
        durations[name] = sorted(spent for _, spent in frames)
        durations[f"{name}, from frame to frame"] = sorted(then - now for (now, _), (then, _) in pairwise(frames))

    live.page.evaluate("window.frames_ = []")
    live.page.mouse.move(*live.place(live.isolated()))
    live.page.mouse.wheel(0, -200)
    measured("zooming")
    live.page.mouse.move(450, 400)
    live.page.mouse.down()
    for step in range(_MOVES):
        live.page.mouse.move(450 - 6 * step, 400 - 2 * (step % 20))
    live.page.mouse.up()
    measured("panning")
    for step in range(_MOVES):
        live.page.mouse.move(200 + 12 * step, 300 + 6 * step)
    measured("hovering")
    live.search(live.name(live.isolated())[0])
    measured("selecting")

    for name, spent in durations.items():
        figures = f"{len(spent)} frames, median {spent[len(spent) // 2]:.1f} ms, longest {spent[-1]:.1f} ms"
        request.node.user_properties.append((name, figures))
    request.node.user_properties.append(("data, bytes", len(json.dumps(five_thousand))))
    # the move to the start, pressing and releasing the button draw a frame each; in a pause, names are placed again
    assert 0 < len(durations["panning"]) <= 2 * (_MOVES + 3)
    assert 0 < len(durations["hovering"]) <= _MOVES + 2
    assert live.console == []


def test_five_thousand_points_are_marked_and_hidden(
    opened: Callable[..., Live], five_thousand: dict[str, Any]
) -> None:
    """Neighbours, offending tracks and genres work as on a small map."""
    live = opened(five_thousand)
    title = live.name(live.isolated())[0]
    live.search(title)
    expect(live.heading).to_have_text(title)
    expect(live.panel.locator(".eg-map-candidate li")).to_have_count(10)
    expect(live.panel.locator(".eg-map-champion li")).to_have_count(10)

    live.page.keyboard.press("Escape")
    live.page.get_by_role("checkbox", name="Mark offending tracks").check()
    expect(live.heading).to_have_text("Offending tracks of all checks")
    marked = len(five_thousand["checks"][0]["points"])
    assert 50 < marked < 500
    expect(live.panel).to_contain_text(
        f"{marked} on the map, {500 - marked} not on the map; worst first. The first 50 are listed."
    )
    assert live.pixels(RED) > 50

    drawn = live.pixels(PAPER)
    live.button("Hide all genres").click()
    assert live.pixels(PAPER) > drawn
    assert live.console == []


def test_map_of_a_single_point_is_shown(opened: Callable[..., Live]) -> None:
    """The map has no extent, no neighbours and no genres."""
    model = ModelUnderTest(EmbeddingSpace.of(["only"], [[1.0, 0.0]]), Playlists.of(["u-x"], [["only"]]))
    model.__dict__["map"] = TrackMap(np.array([0]), np.zeros((1, 2)), 1.0, converged=True, perplexity=1)
    found = map_payload(model)
    assert found is not None
    live = opened(found)

    live.panel.locator("button").first.click()

    expect(live.panel).to_contain_text("No neighbours.")
    assert live.console == []
