"""How the measures went over the last gate runs: a cell a check in the table, and the figure below it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from embedgate.checks.units import show
from embedgate.judgement.result import unit_of
from embedgate.judgement.trend import LEAST, Trend, trends, window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.judgement.records import Record, RecordedVerdict
    from embedgate.report.figures.figure import Figure

_TALLEST, _LOWEST = 16, 2
"""CSS pixels."""
_TOLD = 5
_STYLE = f"""
.eg-bars{{display:inline-flex;align-items:flex-end;gap:1px;height:{_TALLEST}px}}
.eg-bars i{{width:3px;background:var(--eg-past)}}.eg-bars i:last-child{{background:var(--eg-near)}}
.eg-bars i.eg-champion{{background:var(--eg-ink)}}.eg-bars i.eg-broke{{background:var(--eg-bad)}}
"""


@dataclass(frozen=True, slots=True)
class OverTime:
    """What the report shows of the history: nothing, where it is too short.

    Attributes:
        cells: a safe fragment of HTML by check id.
        exhibits: the figure.
        style: what their classes look like.
        note: why there is none, where it could not be drawn.
    """

    cells: dict[str, str] = field(default_factory=dict)
    exhibits: list[Figure] = field(default_factory=list)
    style: str = ""
    note: str = ""


def over_time(earlier: Sequence[Record], latest: RecordedVerdict) -> OverTime:
    """Tell how each measure of a verdict went; nothing before the third gate run of a model.

    Args:
        earlier: the history before this verdict, oldest first.
        latest: the verdict, as it is kept.
    """
    verdicts = window(earlier, latest)
    if len(verdicts) < LEAST:
        return OverTime()
    from embedgate.report.figures import trend  # noqa: PLC0415 - a report with a history only

    try:
        found = trends(verdicts, [*earlier, latest])
        cells = {each.id: cell(each) for each in found}
        return OverTime(cells, trend.figures(found, verdicts), _STYLE)
    except Exception as error:  # noqa: BLE001 - a picture of the past must not hide the verdict of today
        return OverTime(note=f"the history could not be drawn: {type(error).__name__}: {error}")


def cell(trend: Trend) -> str:
    """Bars, one a gate run, from the lowest value to the highest; gaps where a run did not measure it."""
    values = trend.values
    (low, high), unit = trend.scale, unit_of(trend.id)
    told = ", ".join(show(value, unit) for value in values[-_TOLD:])
    says = f"the last {min(len(values), _TOLD)} of {len(values)}: {told}"
    bars = []
    for point in trend.points:
        if point is None:
            bars.append("<i></i>")
            continue
        share = (point.value - low) / (high - low) if high > low else 0.5
        kind = ' class="eg-broke"' if point.broken else ' class="eg-champion"' if point.champion else ""
        bars.append(f'<i{kind} style="height:{_LOWEST + (_TALLEST - _LOWEST) * share:.0f}px"></i>')
    label = f'role="img" aria-label="{escape(says)}" title="{escape(says)}"'
    return f'<span class="eg-bars" {label}>{"".join(bars)}</span>'
