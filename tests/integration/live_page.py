"""A page that contains only the interactive map, opened in a browser."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from playwright.sync_api import ConsoleMessage

from embedgate.report.figures.palette import CUSTOM_PROPERTIES
from embedgate.report.live_map import SCRIPT, STYLE, live_map
from embedgate.report.page import script_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Error, Locator, Page, Request

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PICTURE = f'<img alt="the picture" width="300" height="200" src="data:image/png;base64,{DOT}">'
NO_SCRIPTS = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
OWN_SCRIPT = f"{NO_SCRIPTS}; script-src '{script_hash(SCRIPT)}'"
SPY = """
window.addEventListener('unhandledrejection', () => { window.failed_ = true; });
window.frames_ = [];
window.labels_ = [];
const { fillText, fillRect } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillRect = function (...box) { window.labels_ = []; fillRect.apply(this, box); };
CanvasRenderingContext2D.prototype.fillText = function (name, x, y) {
  window.labels_.push([name.replace(/[\\u2068\\u2069]/g, ''), x, y, this.measureText(name).width]);
  fillText.call(this, name, x, y);
};
const { requestAnimationFrame: nextFrame, setTimeout: later } = window;
const pending = new Set();
function track(start, cancel, run) {
  const original = window[start], forget = window[cancel];
  window[start] = (callback, ...rest) => {
    const id = original((now) => { pending.delete(`${start} ${id}`); run(callback, now); }, ...rest);
    pending.add(`${start} ${id}`);
    return id;
  };
  window[cancel] = (id) => { pending.delete(`${start} ${id}`); forget(id); };
}
track('setTimeout', 'clearTimeout', (callback) => callback());
track('requestAnimationFrame', 'cancelAnimationFrame', (draw, now) => {
  const began = performance.now();
  draw(now);
  window.frames_.push([now, performance.now() - began]);
});
window.atRest_ = async () => {
  const deadline = performance.now() + 20_000;
  do {
    if (performance.now() > deadline) throw new Error(`not at rest: ${[...pending]}`);
    for (let frame = 0; frame < 2; frame += 1) await new Promise((done) => nextFrame(done));
    await new Promise((done) => later(done));
  } while (pending.size);
};
"""
"""Script that records the labels of the last drawing, start and duration of each frame, and pending callbacks."""


def page_of(payload: dict[str, Any], policy: str) -> str:
    """Return the HTML of a page with the interactive map of a payload."""
    return (
        f'<!doctype html><html lang="en" class="eg-page"><head><meta charset="utf-8"><title>map</title>'
        f'<meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<style>{CUSTOM_PROPERTIES}body{{background:var(--eg-paper);color:var(--eg-ink)}}{STYLE}</style></head>"
        f"<body><h1>Report</h1><h2>Map</h2>{live_map(payload, PICTURE)}<script>{SCRIPT}</script></body></html>"
    )


@dataclass
class Live:
    """An open page with the map of a payload, its logged messages and its requests."""

    page: Page
    data: dict[str, Any]
    url: str = ""
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, url: str, *, live: bool) -> None:
        """Open the page, and wait for the interactive map if `live` is set."""
        self.url = url
        self.page.on("console", self._log)
        self.page.on("pageerror", self._log)
        self.page.on("request", self._note_request)
        self.page.goto(url)
        if live:
            self.page.wait_for_selector(".eg-map-on")
            self.rest()

    def close(self) -> None:
        """Stop listening to the page, which other tests reuse."""
        self.page.remove_listener("console", self._log)
        self.page.remove_listener("pageerror", self._log)
        self.page.remove_listener("request", self._note_request)

    def _log(self, logged: ConsoleMessage | Error) -> None:
        self.console.append(logged.text if isinstance(logged, ConsoleMessage) else str(logged))

    def _note_request(self, request: Request) -> None:
        self.requests.append(request.url)

    @property
    def canvas(self) -> Locator:
        return self.page.locator(".eg-map-canvas")

    @property
    def panel(self) -> Locator:
        return self.page.locator(".eg-map-panel")

    @property
    def heading(self) -> Locator:
        return self.panel.locator("h3")

    @property
    def tooltip(self) -> Locator:
        return self.page.locator(".eg-map-tooltip-on")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def rest(self) -> None:
        """Wait until no frame and no timer of the page is pending."""
        self.page.evaluate("window.atRest_()")

    def announced(self) -> str:
        """Return the last announcement to screen readers."""
        self.rest()
        text: str = self.page.evaluate("document.querySelector('.eg-map-status').textContent")
        return text.replace("\u2068", "").replace("\u2069", "")

    def zoom(self) -> float:
        """Return the zoom factor, read from an announcement; requires that no track is at the crosshair."""
        self.canvas.press("+")
        announced = re.fullmatch(r"No track at the crosshair\. Zoom (.+)\.", self.announced())
        assert announced
        self.canvas.press("-")
        self.rest()
        return float(announced[1]) / 1.5

    def labels(self) -> list[list[Any]]:
        """Return the labels on the map: text, left, middle, width."""
        self.rest()
        found: list[list[Any]] = self.page.evaluate("window.labels_")
        return found

    def box(self) -> dict[Literal["x", "y", "width", "height"], float]:
        """Return the position and the size of the canvas in the window."""
        box = self.canvas.bounding_box()
        assert box is not None
        return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}

    def place(self, point: int) -> tuple[float, float]:
        """Return the position of a point in the window while the whole map is shown."""
        box = self.box()
        width, height = self.data["width"], self.data["height"]
        fit = min((box["width"] - 48) / width, (box["height"] - 48) / height)
        x = (self.data["x"][point] - width / 2) * fit + box["width"] / 2
        y = (self.data["y"][point] - height / 2) * fit + box["height"] / 2
        return box["x"] + x, box["y"] + y

    def isolated(self, wanted: Callable[[int], bool] = lambda _: True) -> int:
        """Return the wanted point that is farthest from all other points, so that the pointer hits only this one."""
        places = np.column_stack([self.data["x"], self.data["y"]]).astype(float)
        away = ((places[:, None] - places[None]) ** 2).sum(axis=2)
        np.fill_diagonal(away, np.inf)
        return max(filter(wanted, range(len(places))), key=lambda point: float(away[point].min()))

    def search(self, title: str) -> None:
        """Search for a title, and select the first result."""
        self.page.fill("#eg-map-search", title)
        self.page.keyboard.press("Enter")

    def name(self, entry: int) -> tuple[str, str]:
        """Return title and artist of an entry."""
        return self.data["title"][entry], self.data["artists"][self.data["artist"][entry]]

    def neighbours(self, point: int, model: dict[str, Any] | None = None) -> list[tuple[int, str]]:
        """Return entry and displayed similarity of the neighbours of a point."""
        columns = model or self.data
        ten = slice(10 * point, 10 * point + 10)
        pairs = zip(columns["neighbours"][ten], columns["similarities"][ten], strict=True)
        return [(entry, f"{similarity / 1000:.3f}") for entry, similarity in pairs if entry >= 0]

    def pixels(self, colour: str) -> int:
        """Return the number of pixels of the map that have a colour."""
        self.rest()
        red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
        count: int = self.page.evaluate(
            """([red, green, blue]) => {
              const canvas = document.querySelector('.eg-map-canvas');
              const copy = new OffscreenCanvas(canvas.width, canvas.height);
              const context = copy.getContext('2d', {willReadFrequently: true});
              context.drawImage(canvas, 0, 0);
              const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
              let found = 0;
              for (let at = 0; at < pixels.length; at += 4)
                if (pixels[at] === red && pixels[at + 1] === green && pixels[at + 2] === blue) found += 1;
              return found;
            }""",
            [red, green, blue],
        )
        return count
