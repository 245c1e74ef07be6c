"""The trend of each measure over the last gate runs: bars beside each check, and a figure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from embedgate.checks.units import show
from embedgate.judgement.records import RecordedVerdict
from embedgate.judgement.result import unit_of
from embedgate.judgement.trend import MIN_POINTS, trends, window
from embedgate.report.templating import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from embedgate.judgement.records import Record
    from embedgate.judgement.trend import Point, Trend
    from embedgate.report.figures.figure import Figure

_LOWEST, _TALLEST = 2, 16
"""Heights of bars in CSS pixels."""
_SPELLED_OUT = 5


@dataclass(frozen=True, slots=True)
class Trends:
    """The trends in the report; empty if the history is too short.

    Attributes:
        bars: of each check, by id.
        figures: the figure.
    """

    bars: Mapping[str, Markup] = field(default_factory=dict)
    figures: Sequence[Figure] = ()


def draw_trends(history: Sequence[Record]) -> Trends:
    """Draw the trend of each measure of the latest verdict; nothing before the third gate run of a model.

    Args:
        history: records, oldest first; the last one is the verdict that is reported.
    """
    latest = history[-1] if history else None
    if not isinstance(latest, RecordedVerdict):
        return Trends()
    verdicts = window(history[:-1], latest)
    if len(verdicts) < MIN_POINTS:
        return Trends()
    from embedgate.report.figures import trend as trend_figure  # noqa: PLC0415 - imports Pillow

    found = trends(verdicts, history)
    return Trends({each.id: trend_bars(each) for each in found}, trend_figure.figures(found, verdicts))


def trend_bars(trend: Trend) -> Markup:
    """Draw a bar for each gate run; a gap where a run did not measure it."""
    values, unit = trend.values, unit_of(trend.id)
    latest = ", ".join(show(value, unit) for value in values[-_SPELLED_OUT:])
    return render(
        "trend_bars.html.jinja",
        text=f"the last {min(len(values), _SPELLED_OUT)} of {len(values)}: {latest}",
        bars=[_bar(point, *trend.scale) for point in trend.points],
    )


def _bar(point: Point | None, low: float, high: float) -> tuple[str, int]:
    """Return kind and height."""
    if point is None:
        return "gap", 0
    share = (point.value - low) / (high - low) if high > low else 0.5
    kind = "broken" if point.broken else "champion" if point.champion else "run"
    return kind, round(_LOWEST + (_TALLEST - _LOWEST) * share)
