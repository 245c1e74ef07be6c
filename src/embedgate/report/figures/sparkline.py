"""A small line: one measure over some gate runs, drawn with Pillow alone, for there are dozens on a page."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageDraw

from embedgate.report.figures import palette

if TYPE_CHECKING:
    from embedgate.judgement.trend import Point, Trend

WIDTH, HEIGHT = 184, 46
"""CSS pixels."""
_MARGIN = 7
_DENSITY, _SMOOTH = 2, 3
"""Pixels kept for a CSS pixel, and drawn for each of those: Pillow's own lines have stairs."""
_FINE = _DENSITY * _SMOOTH
_COLOURS = 32
_FAR = 3
"""A bound further off than this many times the span of the values would flatten them: it is not drawn."""

_At = tuple[float, float]


class _Scale(NamedTuple):
    low: float
    high: float
    step: float

    def at(self, place: int, value: float) -> _At:
        """Where a value stands, in fine pixels."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return (_MARGIN + place * self.step) * _FINE, (_MARGIN + (HEIGHT - 2 * _MARGIN) * (1 - share)) * _FINE


def sparkline(trend: Trend) -> bytes:
    """Draw one measure as PNG, its bound as a dashed line where it is near enough."""
    points, bound = trend.points, trend.limit
    low, high = trend.scale
    far = _FAR * (high - low)
    drawn = bound if bound is not None and low - far <= bound <= high + far else None
    if drawn is not None:
        low, high = min(low, drawn), max(high, drawn)
    scale = _Scale(low, high, (WIDTH - 2 * _MARGIN) / max(len(points) - 1, 1))
    image = Image.new("RGB", (WIDTH * _FINE, HEIGHT * _FINE), palette.PAPER)
    draw = ImageDraw.Draw(image)
    if drawn is not None:
        _dashes(draw, scale.at(0, drawn)[1])
    there = [(scale.at(place, point.value), point) for place, point in enumerate(points) if point is not None]
    draw.line([at for at, _ in there], fill=palette.BLUE, width=round(1.6 * _FINE), joint="curve")
    for at, point in there:
        _mark(draw, at, point, latest=point is points[-1])
    small = image.reduce(_SMOOTH).quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, format="PNG", compress_level=6)
    return buffer.getvalue()


def _dashes(draw: ImageDraw.ImageDraw, y: float) -> None:
    for left in range(_MARGIN, WIDTH - _MARGIN, 8):
        right = min(left + 4, WIDTH - _MARGIN)
        draw.line([(left * _FINE, y), (right * _FINE, y)], fill=palette.CHANCE, width=_FINE)


def _mark(draw: ImageDraw.ImageDraw, at: _At, point: Point, *, latest: bool) -> None:
    """Mark a broken bound with a red square, a champion with a diamond, any other run with a dot."""
    x, y = at
    colour = palette.RED if point.broken else palette.BLUE
    if point.champion:
        reach = 5.5 * _FINE
        corners = [(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)]
        draw.polygon(corners, fill=palette.PAPER, outline=palette.INK, width=round(1.2 * _FINE))
    reach = (3.2 if latest else 2.6 if point.broken else 1.8) * _FINE
    box = (x - reach, y - reach, x + reach, y + reach)
    if point.broken:
        draw.rectangle(box, fill=colour)
    else:
        draw.ellipse(box, fill=colour)
