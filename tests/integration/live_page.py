"""A page that holds nothing but the live map, opened in a browser: where its points are, what it shows and says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.report.live_map import SCRIPT
from embedgate.report.page import script_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PICTURE = f'<img alt="the picture" width="300" height="200" src="data:image/png;base64,{DOT}">'
POLICY = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src '{script_hash(SCRIPT)}'"
SPY = """
window.frames_ = []; window.labels_ = [];
const text = CanvasRenderingContext2D.prototype.fillText, rect = CanvasRenderingContext2D.prototype.fillRect;
CanvasRenderingContext2D.prototype.fillRect = function (...given) { window.labels_ = []; rect.apply(this, given); };
CanvasRenderingContext2D.prototype.fillText = function (name, x, y) {
  window.labels_.push([name.replace(/[\\u2068\\u2069]/g, ''), x, y, this.measureText(name).width]);
  text.call(this, name, x, y);
};
const later = window.requestAnimationFrame;
window.requestAnimationFrame = (draw) => later((now) => {
  const began = performance.now(); draw(now); window.frames_.push([now, performance.now() - began]);
});
"""
"""Notes the names of the last drawing, and when each was made and how long it took."""


@dataclass
class Live:
    """An opened map, and what the page logged and asked for."""

    page: Page
    data: dict[str, Any]
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def canvas(self) -> Locator:
        return self.page.locator(".eg-map-canvas")

    @property
    def panel(self) -> Locator:
        return self.page.locator(".eg-map-panel")

    @property
    def tip(self) -> Locator:
        return self.page.locator(".eg-map-tip-on")

    def told(self) -> str:
        """What is read out, once it is."""
        self.page.wait_for_timeout(500)
        text: str = self.page.evaluate("document.querySelector('.eg-map-told').textContent")
        return text.replace("\u2068", "").replace("\u2069", "")

    def settled(self) -> None:
        """Wait until everything has come to rest and is drawn."""
        self.page.wait_for_timeout(450)

    def labels(self) -> list[list[Any]]:
        """Names on the map: text, left, middle, width."""
        self.settled()
        found: list[list[Any]] = self.page.evaluate("window.labels_")
        return found

    def place(self, point: int) -> tuple[float, float]:
        """Where a point of the whole map is in the window."""
        box = self.canvas.bounding_box()
        assert box is not None
        width, height = self.data["width"], self.data["height"]
        fit = min((box["width"] - 48) / width, (box["height"] - 48) / height)
        x = (self.data["x"][point] - width / 2) * fit + box["width"] / 2
        y = (self.data["y"][point] - height / 2) * fit + box["height"] / 2
        return box["x"] + x, box["y"] + y

    def lonely(self, wanted: Callable[[int], bool] = lambda _: True) -> int:
        """The wanted point that is farthest from every other: what lies there is beyond doubt."""
        places = np.column_stack([self.data["x"], self.data["y"]]).astype(float)
        away = ((places[:, None] - places[None]) ** 2).sum(axis=2)
        np.fill_diagonal(away, np.inf)
        return max(filter(wanted, range(len(places))), key=lambda point: float(away[point].min()))

    def name(self, entry: int) -> tuple[str, str]:
        """Title and artist."""
        return self.data["title"][entry], self.data["artists"][self.data["artist"][entry]]

    def near(self, point: int, graph: dict[str, Any] | None = None) -> list[tuple[int, str]]:
        """Entry and similarity, as shown, of the neighbours."""
        given = graph or self.data
        ten = slice(10 * point, 10 * point + 10)
        pairs = zip(given["near"][ten], given["alike"][ten], strict=True)
        return [(entry, f"{alike / 1000:.3f}") for entry, alike in pairs if entry >= 0]

    def ink(self, colour: str) -> int:
        """How many pixels of the map have just this colour."""
        red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
        count: int = self.page.evaluate(
            """([red, green, blue]) => {
              const canvas = document.querySelector('.eg-map-canvas');
              const copy = new OffscreenCanvas(canvas.width, canvas.height);
              const pen = copy.getContext('2d', {willReadFrequently: true});
              pen.drawImage(canvas, 0, 0);
              const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data;
              let found = 0;
              for (let at = 0; at < pixels.length; at += 4)
                if (pixels[at] === red && pixels[at + 1] === green && pixels[at + 2] === blue) found += 1;
              return found;
            }""",
            [red, green, blue],
        )
        return count
