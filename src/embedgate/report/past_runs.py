"""The history as lines of text: a table of gate runs, and each measure as a small line or in numbers."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from embedgate.checks.units import show
from embedgate.judgement.records import PromotionRecord, RecordedVerdict
from embedgate.judgement.result import unit_of
from embedgate.judgement.trend import trends
from embedgate.report.story import one_line, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from embedgate.checks.bounds import Bound
    from embedgate.judgement.records import Record
    from embedgate.judgement.result import CheckResult
    from embedgate.judgement.trend import Trend

_BLOCKS = "▁▂▃▄▅▆▇█"
_NONE, _GAP = "-", "·"
_MOST_NUMBERS = 8
"""Values that fit on a line where there are no blocks."""


def table(records: Sequence[Record], check_ids: Sequence[str]) -> Iterator[str]:
    """One line a gate run or promotion by hand: time, run, verdict, champion, and what was asked for of each check.

    Args:
        records: what to show, oldest first.
        check_ids: a column each.
    """
    head = ("time (UTC)", "run", "verdict", "champion", *map(one_line, check_ids))
    rows = [head, *(row for record in records if (row := _row(record, check_ids)))]
    widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(record: Record, check_ids: Sequence[str]) -> tuple[str, ...] | None:
    """The cells of a record; a record of an unknown kind has none."""
    when = f"{record.at:%Y-%m-%d %H:%M}"
    if isinstance(record, PromotionRecord):
        said = f"promoted by {record.by or 'hand'}: {record.reason}"
        return (when, one_line(record.run), "", one_line(said), *("" for _ in check_ids))
    if not isinstance(record, RecordedVerdict):
        return None
    run = record.pathspec or _NONE
    champion = "promoted" if record.promoted else record.champion_pathspec or _NONE
    checks = {check.id: check for check in record.checks}
    cells = (_told(checks.get(check_id)) for check_id in check_ids)
    return (when, one_line(run), one_line(record.outcome), one_line(champion), *cells)


def _told(check: CheckResult | None) -> str:
    """Value, bound, and the outcome where it is not passed."""
    if check is None:
        return _NONE
    unit = unit_of(check.id)
    bound = _bound(check.bound, unit)
    outcome = "" if check.outcome == "passed" else one_line(spoken(check.outcome))
    return " ".join(filter(None, (show(check.value, unit), bound and f"({bound})", outcome)))


def measures(verdicts: Sequence[RecordedVerdict], records: Sequence[Record], *, blocks: bool) -> Iterator[str]:
    """One line a measure: how it went over a window of gate runs, the latest value, its bound.

    Args:
        verdicts: the window, oldest first.
        records: the whole history.
        blocks: whether the reader can see block characters; else the last values stand there as numbers.
    """
    found = trends(verdicts, records)
    wide = max((len(one_line(trend.id)) for trend in found), default=0)
    for trend in found:
        unit = unit_of(trend.id)
        latest = trend.points[-1]
        value = show(latest.value if latest else None, unit)
        went = sparkline(trend) if blocks else numbers(trend)
        broken = "broken" if latest and latest.broken else ""
        parts = (one_line(trend.id).ljust(wide), went, value if blocks else "", _bound(trend.bound, unit), broken)
        yield "  ".join(filter(None, parts))


def sparkline(trend: Trend) -> str:
    """A measure as blocks, one a gate run."""
    low, high = trend.scale
    step = (high - low) / (len(_BLOCKS) - 1)
    return "".join(
        _GAP if point is None else _BLOCKS[round((point.value - low) / step) if step > 0 else len(_BLOCKS) // 2]
        for point in trend.points
    )


def numbers(trend: Trend) -> str:
    """The last values of a measure."""
    unit = unit_of(trend.id)
    return " ".join(_NONE if point is None else show(point.value, unit) for point in trend.points[-_MOST_NUMBERS:])


def _bound(bound: Bound | None, unit: str) -> str:
    if bound is None or isnan(bound.limit):
        return ""
    return f"{'>=' if bound.kind == 'at_least' else '<='} {show(bound.limit, unit)}"
