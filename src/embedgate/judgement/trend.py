"""How each measure went over the last gate runs of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedgate.judgement.checks import check_of
from embedgate.judgement.history import champions_of
from embedgate.judgement.records import KeptBound, KeptCheck, VerdictRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.judgement.records import Record

LAST = 20
"""Gate runs that a trend shows."""
LEAST = 3
"""Fewer points than this, the tested run's included, are no trend."""
_BROKEN = ("failed", "warned")
_SLIGHT = 0.02
"""Share of a value: a smaller move fills no picture, where there is no interval to tell how sure the value is."""
_ENOUGH = 0.5
"""Share of the tested run's measures that an earlier run must have: who tries one check out moves no window."""


@dataclass(frozen=True, slots=True)
class Point:
    """One measure in one gate run.

    Attributes:
        value: what was measured.
        broken: whether its bound was broken.
        champion: whether the run is, or once was, champion.
    """

    value: float
    broken: bool
    champion: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """One measure over the gate runs of a window, oldest first.

    Attributes:
        id: of the check.
        points: one a gate run; None where that run did not measure it.
        bound: of the latest of them.
        doubt: width of the latest one's 95 % interval; None where it has none.
    """

    id: str
    points: tuple[Point | None, ...]
    bound: KeptBound | None
    doubt: float | None = None

    @property
    def values(self) -> list[float]:
        """What was measured, without the gaps."""
        return [point.value for point in self.points if point is not None]

    @property
    def limit(self) -> float | None:
        """The bound's number; None where there is none, or none that is finite."""
        if self.bound is None:
            return None
        return self.bound.at_least if self.bound.at_least is not None else self.bound.at_most

    @property
    def sign(self) -> str:
        """On which side of it the values have to be."""
        return "≥" if self.bound is not None and self.bound.at_least is not None else "≤"

    @property
    def scale(self) -> tuple[float, float]:
        """What a picture should span: all values, and no less than the doubt in one, so that noise looks small."""
        low, high = min(self.values), max(self.values)
        least = self.doubt if self.doubt is not None else _SLIGHT * max(abs(low), abs(high))
        wider = max(least - (high - low), 0) / 2
        return low - wider, high + wider

    @property
    def moves(self) -> bool:
        """Whether it ever was anything else."""
        values = self.values
        return bool(values) and min(values) != max(values)


def alike(record: VerdictRecord, other: VerdictRecord) -> bool:
    """Whether two verdicts speak of one model: runs of one flow, or files tested with one config."""
    if record.run is None or other.run is None or record.flow != other.flow:
        return False
    return record.flow is not None or record.config == other.config


def window(records: Sequence[Record], latest: VerdictRecord, last: int = LAST) -> list[VerdictRecord]:
    """The last gate runs of the model that `latest` speaks of, oldest first, with `latest` at the end.

    Left out are runs that measured less than half of what `latest` did. A champion that has left the window
    stands before it: everything is compared with it.

    Args:
        records: the history before `latest`, oldest first.
        latest: the verdict that the trend leads to.
        last: how many gate runs, `latest` included.
    """
    same = [
        record
        for record in records
        if isinstance(record, VerdictRecord)
        and alike(record, latest)
        and len(latest.measures.keys() & record.measures.keys()) >= _ENOUGH * len(latest.measures)
    ]
    start = max(len(same) + 1 - last, 0)
    champion = latest.champion.pathspec if latest.champion else None
    gone = [record for record in same[:start] if record.run is not None and record.run.pathspec == champion]
    inside = any(record.run is not None and record.run.pathspec == champion for record in (*same[start:], latest))
    return [*(gone[-1:] if not inside else []), *same[start:], latest]


def trends(verdicts: Sequence[VerdictRecord], records: Sequence[Record]) -> list[Trend]:
    """Each measure of the latest verdict over all of them, in the order of its checks.

    Args:
        verdicts: a window, oldest first.
        records: the whole history, which knows who became champion.
    """
    latest = verdicts[-1]
    champions = {record.run.pathspec for record in champions_of(records, latest.flow or "") if record.run}
    if latest.champion is not None:
        champions.add(latest.champion.pathspec)
    if latest.promoted and latest.run is not None:
        champions.add(latest.run.pathspec)
    by_run = [
        (
            {check.id: check for check in record.checks},
            record.run is not None and record.run.pathspec in champions,
        )
        for record in verdicts
    ]
    found = []
    for check in latest.checks:
        points = tuple(_point(checks.get(check.id), champion=champion) for checks, champion in by_run)
        if any(points):
            found.append(Trend(check.id, points, check.bound, _width(check)))
    return found


def _width(check: KeptCheck) -> float | None:
    low, high = check.ci or (None, None)
    return None if low is None or high is None else high - low


def _point(check: KeptCheck | None, *, champion: bool) -> Point | None:
    if check is None or check.value is None:
        return None
    return Point(check.value, check.outcome in _BROKEN, champion)


def unit_of(check_id: str) -> str:
    """The unit of a check, as `show` takes it; of one that this version does not know, a number."""
    try:
        return check_of(check_id).unit
    except KeyError:
        return "number"
