"""Small multiples: every measure that moves, over the last gate runs, with its bound and the champions."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from embedgate.checks.units import show
from embedgate.judgement.result import unit_of
from embedgate.report.figures.exhibit import Exhibit, counted, escaped, sentence
from embedgate.report.figures.sparkline import HEIGHT, WIDTH, sparkline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.judgement.records import RecordedVerdict
    from embedgate.judgement.trend import Trend

TITLE = "Over the last gate runs"
MOST_LINES = 48
_STILL_NAMED = 12
_HOW_TO_READ = (
    "Each line has a scale of its own, no narrower than the value's interval, and ends with the tested run, whose "
    "value and bound stand above it. A diamond is a run that is, or was, champion; a red square one that broke its "
    "bound; the dashed line is the bound of today, where it is near."
)
STYLE = f"""
.eg-trends{{display:grid;grid-template-columns:repeat(auto-fill,minmax({WIDTH}px,1fr));gap:14px 16px;margin:8px 0;
align-items:end}}
.eg-trends div{{font:12px/1.35 system-ui,sans-serif;color:var(--eg-muted);min-width:0}}
.eg-trends code{{display:block;font:12px/1.35 system-ui,sans-serif;color:var(--eg-ink);overflow-wrap:anywhere}}
.eg-trends b{{color:var(--eg-ink);margin-right:8px}}.eg-trends b.eg-bad{{color:var(--eg-bad)}}
.eg-trends img{{margin-top:2px}}
"""


def exhibits(trends: Sequence[Trend], verdicts: Sequence[RecordedVerdict]) -> list[Exhibit]:
    """Draw the measures that move; those that never did are named.

    Args:
        trends: every measure over the window.
        verdicts: the window, oldest first.
    """
    moving = [trend for trend in trends if trend.varies]
    if not moving:
        return [sentence(TITLE, f"{_span(verdicts)}: no measure has moved.")]
    shown = _most_telling(moving)
    says = [f"{_span(verdicts)}. {_HOW_TO_READ}"]
    if len(shown) < len(moving):
        says.append(f"{counted(len(moving) - len(shown), 'measure')} that moved less with this run: not shown.")
    still = [trend.id for trend in trends if not trend.varies]
    if still:
        more = len(still) - _STILL_NAMED
        says.append(f"Unmoved: {', '.join(still[:_STILL_NAMED])}{f' and {more} more' if more > 0 else ''}.")
    lines = "".join(map(_line, shown))
    return [Exhibit(TITLE, " ".join(says), html=f'<div class="eg-trends">{lines}</div>')]


def _span(verdicts: Sequence[RecordedVerdict]) -> str:
    first, last = verdicts[0].at, verdicts[-1].at
    days = f"{first:%Y-%m-%d}" if first.date() == last.date() else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
    return f"{len(verdicts)} gate runs, {days}"


def _most_telling(moving: list[Trend]) -> list[Trend]:
    """All where there is room, else what is broken or moved most with this run, in the order of the checks."""
    if len(moving) <= MOST_LINES:
        return moving
    kept = set(sorted(range(len(moving)), key=lambda number: _calm(moving[number]))[:MOST_LINES])
    return [trend for number, trend in enumerate(moving) if number in kept]


def _calm(trend: Trend) -> tuple[bool, float]:
    latest, values = trend.points[-1], trend.values
    return not (latest is not None and latest.broken), -abs(values[-1] - values[-2]) / (max(values) - min(values))


def _line(trend: Trend) -> str:
    """One measure: id, value, bound, picture."""
    unit, limit, latest = unit_of(trend.id), trend.limit, trend.points[-1]
    name = escaped(trend.id)
    broken = ' class="eg-bad"' if latest is not None and latest.broken else ""
    value = show(latest.value if latest is not None else None, unit)
    told = "" if limit is None else f"{trend.sign} {show(limit, unit)}"
    low, high = show(min(trend.values), unit), show(max(trend.values), unit)
    alternative = f"{name} over {len(trend.values)} gate runs: {low} to {high}"
    data = base64.b64encode(sparkline(trend)).decode("ascii")
    picture = f'<img alt="{alternative}" title="{alternative}" width="{WIDTH}" height="{HEIGHT}" '
    return (
        f"<div><code>{name}</code><b{broken}>{escaped(value)}</b>{escaped(told)}"
        f'{picture}src="data:image/png;base64,{data}"></div>'
    )
