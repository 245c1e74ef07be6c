"""What a measure returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from embedgate.statistics import Interval, Null


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A number, how sure it is, and who is to blame; no word yet on whether it is good.

    Attributes:
        value: the estimate; None where there is none, and `inconclusive` or `not_applicable` tells why.
        n: how many observations it rests on (tracks, pairs, playlists: `summary` names them).
        interval: 95 % interval of the estimate.
        null: what chance gives, where chance is a yardstick.
        scale: what a band is a share of, where it is one: the champion's lead over chance, or a critical value.
        tracks: track keys to blame, worst first.
        summary: one sentence, what the value is, for a reader in a hurry.
        hint: what to look at if the bound is broken.
        inconclusive: why there is too little data to judge, whatever the bound ("" where there is enough).
        not_applicable: which data do not exist (artists, genres, known tracks, test columns), so that there is
            nothing to judge ("" where they exist).
        default_severity: the severity where `inconclusive` is set, unless the user sets one; None: that of the check.
        no_baseline: why there is nothing to compare with ("" where there is).
        breach: a rule that is broken whatever the bound says ("" where none is).
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
    """Return a measurement for which there is too little data: `inconclusive`.

    Args:
        why: one sentence, what there is too little of.
        n: how many observations there are.
        severity: "warn" where the data contain such a thing, and too little of it is normal (a rare genre).
    """
    return Measurement(value=None, n=n, summary="", inconclusive=why, default_severity=severity)


def not_applicable(why: str, *, n: int = 0) -> Measurement:
    """Return a measurement whose data do not exist (no artists, no genres, no test columns): nothing to judge.

    Args:
        why: one sentence, which data do not exist.
        n: how many observations there are.
    """
    return Measurement(value=None, n=n, summary="", not_applicable=why)


def no_baseline(why: str) -> Measurement:
    """A measurement that compares, where there is nothing to compare with."""
    return Measurement(value=None, n=0, summary="", no_baseline=why)
