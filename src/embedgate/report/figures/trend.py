"""Figure of the history: a sparkline of each measure that changed over the last gate runs."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from embedgate.checks.units import show
from embedgate.judgement.result import unit_of
from embedgate.report.figures.figure import Figure, text_figure
from embedgate.report.figures.labels import counted, one_line
from embedgate.report.figures.palette import BLUE, CHANCE, INK, PAPER, RED
from embedgate.report.templating import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.judgement.records import RecordedVerdict
    from embedgate.judgement.trend import Point, Trend

MAX_LINES = 48
WIDTH, HEIGHT = 184, 46
"""Size of a sparkline in CSS pixels."""
_MAX_UNCHANGED = 12
_MARGIN = 7
_DENSITY, _OVERSAMPLING = 2, 3
"""Pixels of the picture per CSS pixel, and drawn pixels per pixel: Pillow's lines are not anti-aliased."""
_SCALE = _DENSITY * _OVERSAMPLING
_COLOURS = 32
_MAX_BOUND_DISTANCE = 3
"""In ranges of the values: a bound that is farther away would flatten the line and is not drawn."""
_HOW_TO_READ = (
    "Each line has its own scale, at least as wide as the confidence interval, and ends with the tested run, whose "
    "value and bound are above the line. Diamond: a run that is or was champion. Red square: a run that broke its "
    "bound. Dashed line: today's bound, unless it is far from the values."
)


def figures(trends: Sequence[Trend], verdicts: Sequence[RecordedVerdict]) -> list[Figure]:
    """Draw the measures that changed, and name those that did not.

    Args:
        trends: all measures.
        verdicts: of the same gate runs, oldest first.
    """
    title = "Trends over the last gate runs"
    changed = [trend for trend in trends if trend.varies]
    if not changed:
        return [text_figure(title, f"{_span(verdicts)}: no measure has changed.")]
    shown = _most_relevant(changed)
    caption = [f"{_span(verdicts)}. {_HOW_TO_READ}"]
    if len(shown) < len(changed):
        caption.append(f"Not shown: {counted(len(changed) - len(shown), 'measure')} that changed less with this run.")
    unchanged = [trend.id for trend in trends if not trend.varies]
    if unchanged:
        more = len(unchanged) - _MAX_UNCHANGED
        names = ", ".join(unchanged[:_MAX_UNCHANGED])
        caption.append(f"Unchanged: {names}{f' and {more} more' if more > 0 else ''}.")
    html = render("figures/trends.html.jinja", lines=list(map(_line, shown)), width=WIDTH, height=HEIGHT)
    return [Figure(title, " ".join(caption), html=html)]


def sparkline(trend: Trend) -> bytes:
    """Draw one measure as PNG, with Pillow alone because a page has dozens of them."""
    points, (low, high), bound = trend.points, trend.scale, trend.limit
    reach = _MAX_BOUND_DISTANCE * (high - low)
    bound = bound if bound is not None and low - reach <= bound <= high + reach else None
    if bound is not None:
        low, high = min(low, bound), max(high, bound)
    step = (WIDTH - 2 * _MARGIN) / max(len(points) - 1, 1)

    def at(place: int, value: float) -> tuple[float, float]:
        share = (value - low) / (high - low) if high > low else 0.5
        return (_MARGIN + place * step) * _SCALE, (_MARGIN + (HEIGHT - 2 * _MARGIN) * (1 - share)) * _SCALE

    image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), PAPER)
    draw = ImageDraw.Draw(image)
    if bound is not None:
        _draw_dashes(draw, at(0, bound)[1])
    measured = [(at(place, point.value), point) for place, point in enumerate(points) if point is not None]
    draw.line([position for position, _ in measured], fill=BLUE, width=round(1.6 * _SCALE), joint="curve")
    for position, point in measured:
        _draw_point(draw, position, point, latest=point is points[-1])
    image = image.reduce(_OVERSAMPLING).quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", compress_level=6)
    return buffer.getvalue()


def _span(verdicts: Sequence[RecordedVerdict]) -> str:
    first, last = verdicts[0].at, verdicts[-1].at
    days = f"{first:%Y-%m-%d}" if first.date() == last.date() else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
    return f"{len(verdicts)} gate runs, {days}"


def _most_relevant(changed: list[Trend]) -> list[Trend]:
    """Return the trends whose bound is broken, then those that changed most, up to `MAX_LINES`."""
    kept = sorted(range(len(changed)), key=lambda number: _relevance(changed[number]), reverse=True)[:MAX_LINES]
    return [changed[number] for number in sorted(kept)]


def _relevance(trend: Trend) -> tuple[bool, float]:
    """Return whether the bound is broken now, and the size of the last change."""
    latest, values = trend.points[-1], trend.values
    return latest is not None and latest.broken, abs(values[-1] - values[-2]) / (max(values) - min(values))


def _line(trend: Trend) -> dict[str, object]:
    """Return the variables of one measure in the template."""
    unit, limit, latest = unit_of(trend.id), trend.limit, trend.points[-1]
    name, low, high = one_line(trend.id), show(min(trend.values), unit), show(max(trend.values), unit)
    return {
        "name": name,
        "value": show(latest.value if latest is not None else None, unit),
        "broken": latest is not None and latest.broken,
        "bound": "" if limit is None else f"{trend.sign} {show(limit, unit)}",
        "text": f"{name} over {len(trend.values)} gate runs: {low} to {high}",
        "png": base64.b64encode(sparkline(trend)).decode("ascii"),
    }


def _draw_dashes(draw: ImageDraw.ImageDraw, y: float) -> None:
    for left in range(_MARGIN, WIDTH - _MARGIN, 8):
        right = min(left + 4, WIDTH - _MARGIN)
        draw.line([(left * _SCALE, y), (right * _SCALE, y)], fill=CHANCE, width=_SCALE)


def _draw_point(draw: ImageDraw.ImageDraw, at: tuple[float, float], point: Point, *, latest: bool) -> None:
    """Draw a red square for a broken bound, else a dot; inside a diamond for a champion."""
    x, y = at
    if point.champion:
        reach = 5.5 * _SCALE
        corners = [(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)]
        draw.polygon(corners, fill=PAPER, outline=INK, width=round(1.2 * _SCALE))
    reach = (3.2 if latest else 2.6 if point.broken else 1.8) * _SCALE
    box = (x - reach, y - reach, x + reach, y + reach)
    if point.broken:
        draw.rectangle(box, fill=RED)
    else:
        draw.ellipse(box, fill=BLUE)
