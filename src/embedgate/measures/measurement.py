"""What a measure returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embedgate.statistics import Interval, Null


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A number, how sure it is, and who is to blame; no word yet on whether it is good.

    Attributes:
        value: the estimate; None where nothing can be said, and `lacks` tells why.
        n: how many observations it rests on (tracks, pairs, playlists: `says` names them).
        interval: 95 % interval of the estimate.
        null: what chance gives, where chance is a yardstick.
        scale: what a band is a share of, where it is one: the champion's lead over chance.
        tracks: track keys to blame, worst first.
        says: one sentence, what the value is, for a reader in a hurry.
        hint: what to look at if the bound is broken.
        lacks: why there can be no judgement, even though the user may own a bound ("" where there can).
        by_nature: the data have no such thing (no artists, no genres): what lacks then is worth a `warn`.
        no_baseline: why there is nothing to compare with ("" where there is).
        breach: a rule that is broken whatever the bound says ("" where none is).
    """

    value: float | None
    n: int
    says: str
    interval: Interval | None = None
    null: Null | None = field(default=None, repr=False)
    scale: float | None = None
    tracks: tuple[str, ...] = field(default=(), repr=False)
    hint: str = ""
    lacks: str = ""
    by_nature: bool = False
    no_baseline: str = ""
    breach: str = ""


def lacking(why: str, *, n: int = 0, by_nature: bool = False) -> Measurement:
    """A measurement that could not be made, and why."""
    return Measurement(value=None, n=n, says="", lacks=why, by_nature=by_nature)


def without_baseline(why: str) -> Measurement:
    """A measurement that compares, where there is nothing to compare with."""
    return Measurement(value=None, n=0, says="", no_baseline=why)
