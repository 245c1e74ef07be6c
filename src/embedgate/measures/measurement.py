"""The result of a measure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from embedgate.statistics import Interval, Null


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """An estimate, its uncertainty and the offending tracks, before any bound is applied.

    Attributes:
        value: the estimate; None if `inconclusive`, `not_applicable` or `no_baseline` says why there is none.
        n: number of observations (tracks, pairs, playlists: `summary` names them).
        interval: 95 % interval of the estimate.
        null: permutation baseline, if the measure has a chance level.
        scale: unit of a champion's band: the champion's lead over chance, or a critical value.
        tracks: keys of the offending tracks, worst first.
        summary: one sentence that states the value.
        hint: likely cause if the bound is broken.
        inconclusive: why there is too little data for any bound ("" if there is enough).
        not_applicable: which data do not exist (artists, genres, known tracks, test columns; "" if they do).
        default_severity: severity of the result, unless configured; None: that of the check.
        no_baseline: why there is nothing to compare with ("" if there is).
        breach: a rule that is broken, whatever the bound is ("" if none is broken).
    """

    value: float | None
    n: int
    summary: str
    interval: Interval | None = None
    null: Null | None = field(default=None, repr=False)
    scale: float | None = None
    tracks: tuple[str, ...] = field(default=(), repr=False)
    hint: str = ""
    inconclusive: str = ""
    not_applicable: str = ""
    default_severity: Literal["warn"] | None = None
    no_baseline: str = ""
    breach: str = ""


def inconclusive(why: str, *, n: int = 0, severity: Literal["warn"] | None = None) -> Measurement:
    """Return a measurement that has too little data.

    Args:
        why: one sentence that states which data are too few.
        n: number of observations.
        severity: "warn" if this is normal (a rare genre); None: the severity of the check.
    """
    return Measurement(value=None, n=n, summary="", inconclusive=why, default_severity=severity)


def not_applicable(why: str, *, n: int = 0) -> Measurement:
    """Return a measurement whose data do not exist (no artists, no genres, no test columns).

    Args:
        why: one sentence that states which data do not exist.
        n: number of observations.
    """
    return Measurement(value=None, n=n, summary="", not_applicable=why)


def no_baseline(why: str) -> Measurement:
    """Return a measurement of a comparison that has nothing to compare with."""
    return Measurement(value=None, n=0, summary="", no_baseline=why)
