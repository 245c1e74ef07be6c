"""The history as lines of text: a table of gate runs, and the trend of each measure."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from embedgate.checks.units import show
from embedgate.judgement.records import PromotionRecord, RecordedVerdict
from embedgate.judgement.result import unit_of
from embedgate.judgement.trend import trends
from embedgate.report.text_table import aligned
from embedgate.report.wording import outcome_text
from embedgate.sanitize import terminal_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from embedgate.checks.bounds import Bound
    from embedgate.judgement.records import Record
    from embedgate.judgement.result import CheckResult
    from embedgate.judgement.trend import Trend

_BLOCKS = "▁▂▃▄▅▆▇█"
_NONE, _GAP = "-", "·"
_MAX_VALUES = 8


def table(records: Sequence[Record], check_ids: Sequence[str]) -> Iterator[str]:
    """Yield a line for each gate run and each manual promotion: time, run, verdict, champion, and the given checks.

    Args:
        records: oldest first; records of unknown kinds are left out.
        check_ids: one column each.
    """
    head = ("time (UTC)", "run", "verdict", "champion", *check_ids)
    yield from aligned([head, *_rows(records, check_ids)])


def _rows(records: Sequence[Record], check_ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for record in records:
        when = f"{record.at:%Y-%m-%d %H:%M}"
        if isinstance(record, PromotionRecord):
            reason = f"promoted by {record.by or 'hand'}: {record.reason}"
            yield (when, record.run, "", reason, *("" for _ in check_ids))
        elif isinstance(record, RecordedVerdict):
            run = record.pathspec or _NONE
            champion = "promoted" if record.promoted else record.champion_pathspec or _NONE
            checks = {check.id: check for check in record.checks}
            yield (when, run, record.outcome, champion, *(_check_text(checks.get(each)) for each in check_ids))


def _check_text(check: CheckResult | None) -> str:
    """Return value, bound, and the outcome unless it is passed."""
    if check is None:
        return _NONE
    bound = _bound_text(check.bound, check.unit)
    outcome = "" if check.outcome == "passed" else outcome_text(check.outcome)
    return " ".join(filter(None, (show(check.value, check.unit), bound and f"({bound})", outcome)))


def measures(verdicts: Sequence[RecordedVerdict], records: Sequence[Record], *, blocks: bool) -> Iterator[str]:
    """Yield a line for each measure: its trend, its latest value and its bound.

    Args:
        verdicts: the gate runs to show, oldest first.
        records: the whole history.
        blocks: draw the values as block characters, for a terminal that supports them; else print the last values.
    """
    found = trends(verdicts, records)
    width = max((len(terminal_line(trend.id)) for trend in found), default=0)
    for trend in found:
        unit, latest = unit_of(trend.id), trend.points[-1]
        value = show(latest.value if latest else None, unit)
        parts = (
            terminal_line(trend.id).ljust(width),
            *((sparkline(trend), value) if blocks else (last_values(trend),)),
            _bound_text(trend.bound, unit),
            "broken" if latest and latest.broken else "",
        )
        yield "  ".join(filter(None, parts))


def sparkline(trend: Trend) -> str:
    """Draw a measure as block characters, one per gate run."""
    low, high = trend.scale
    step = (high - low) / (len(_BLOCKS) - 1)
    return "".join(
        _GAP if point is None else _BLOCKS[round((point.value - low) / step) if step > 0 else len(_BLOCKS) // 2]
        for point in trend.points
    )


def last_values(trend: Trend) -> str:
    """Return the last values of a measure."""
    unit = unit_of(trend.id)
    return " ".join(_NONE if point is None else show(point.value, unit) for point in trend.points[-_MAX_VALUES:])


def _bound_text(bound: Bound | None, unit: str) -> str:
    if bound is None or isnan(bound.limit):
        return ""
    return f"{'>=' if bound.kind == 'at_least' else '<='} {show(bound.limit, unit)}"
