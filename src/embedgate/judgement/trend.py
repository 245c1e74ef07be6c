"""Trends of measures over the last gate runs of a model."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from embedgate.judgement.history import champions_of
from embedgate.judgement.records import RecordedVerdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.checks.bounds import Bound
    from embedgate.judgement.records import Record
    from embedgate.judgement.result import CheckResult

LAST = 20
"""Number of gate runs that a trend shows."""
MIN_POINTS = 3
"""Minimum number of points of a trend, including that of the tested run."""
_BROKEN = ("failed", "warned")
_MIN_RANGE = 0.02
"""Minimum range of the scale, as a share of the value, if the value has no interval."""
_MIN_COMMON = 0.5
"""Share of the tested run's measures that an earlier run must have, so that a run of a few checks is left out."""


@dataclass(frozen=True, slots=True)
class Point:
    """One measure in one gate run.

    Attributes:
        value: the measured value.
        broken: whether its bound was broken.
        champion: whether the run is, or was, champion.
    """

    value: float
    broken: bool
    champion: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """One measure over several gate runs, oldest first.

    Attributes:
        id: of the check.
        points: one per gate run; None if that run did not measure it.
        bound: of the latest gate run.
        width: width of the latest 95 % interval; None if there is none.
    """

    id: str
    points: tuple[Point | None, ...]
    bound: Bound | None
    width: float | None = None

    @property
    def values(self) -> list[float]:
        """The measured values."""
        return [point.value for point in self.points if point is not None]

    @property
    def limit(self) -> float | None:
        """The limit of the bound; None if there is no finite one."""
        return None if self.bound is None or isnan(self.bound.limit) else self.bound.limit

    @property
    def sign(self) -> str:
        """The direction of the bound."""
        return "≥" if self.bound is not None and self.bound.kind == "at_least" else "≤"

    @property
    def scale(self) -> tuple[float, float]:
        """The range that a plot spans: all values, and at least the width of the interval."""
        low, high = min(self.values), max(self.values)
        minimum = self.width if self.width is not None else _MIN_RANGE * max(abs(low), abs(high))
        margin = max(minimum - (high - low), 0) / 2
        return low - margin, high + margin

    @property
    def varies(self) -> bool:
        """Whether any two values differ."""
        values = self.values
        return bool(values) and min(values) != max(values)


def same_model(record: RecordedVerdict, other: RecordedVerdict) -> bool:
    """Return whether two verdicts are on the same model: runs of one flow, or files tested with one config."""
    if record.run is None or other.run is None or record.flow != other.flow:
        return False
    return record.flow is not None or record.config == other.config


def window(records: Sequence[Record], latest: RecordedVerdict, last: int = LAST) -> list[RecordedVerdict]:
    """Return the last gate runs of the model of `latest`, oldest first, with `latest` at the end.

    Runs with less than half of the measures of `latest` are left out. If the champion is older than the window, it
    comes first, since the later runs are compared with it.

    Args:
        records: the history before `latest`, oldest first.
        latest: the verdict at which the trend ends.
        last: number of gate runs, `latest` included.
    """
    same = [
        record
        for record in records
        if isinstance(record, RecordedVerdict)
        and same_model(record, latest)
        and len(latest.values.keys() & record.values.keys()) >= _MIN_COMMON * len(latest.values)
    ]
    start = max(len(same) + 1 - last, 0)
    champion = latest.champion_pathspec
    older = [record for record in same[:start] if champion and record.pathspec == champion]
    inside = any(champion and record.pathspec == champion for record in (*same[start:], latest))
    return [*(older[-1:] if not inside else []), *same[start:], latest]


def trends(verdicts: Sequence[RecordedVerdict], records: Sequence[Record]) -> list[Trend]:
    """Return the trend of each measure of the latest verdict, in the order of its checks.

    Args:
        verdicts: a window, oldest first.
        records: the whole history, which contains the promotions.
    """
    latest = verdicts[-1]
    champions = {record.pathspec for record in champions_of(records, latest.flow or "")}
    champions.add(latest.champion_pathspec)
    if latest.promoted:
        champions.add(latest.pathspec)
    champions.discard("")
    by_run = [({check.id: check for check in record.checks}, record.pathspec in champions) for record in verdicts]
    found = []
    for check in latest.checks:
        points = tuple(_point(checks.get(check.id), champion=champion) for checks, champion in by_run)
        if any(points):
            found.append(Trend(check.id, points, check.bound, _width(check)))
    return found


def _width(check: CheckResult) -> float | None:
    low, high = check.interval or (float("nan"),) * 2
    return None if isnan(high - low) else high - low


def _point(check: CheckResult | None, *, champion: bool) -> Point | None:
    if check is None or check.value is None:
        return None
    return Point(check.value, check.outcome in _BROKEN, champion)
