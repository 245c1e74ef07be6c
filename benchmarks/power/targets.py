"""The targets of the benchmark, and whether recorded candidates meet them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embedgate.statistics import binomial_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Line = dict[str, Any]


def stopped(line: Line) -> bool:
    """Return whether a candidate fails the gate."""
    return bool(line["failed"])


def stopped_by_the_comparison(line: Line) -> bool:
    """Return whether a candidate fails a comparison with the champion."""
    return any(check.startswith("champion.") for check in line["failed"])


def noticed(line: Line) -> bool:
    """Return whether a candidate fails the gate, or a check warns that does not warn for a sound retrain."""
    return bool(line["failed"] or set(line["warned"]) - set(line["usual"]))


def stopped_and_named(line: Line) -> bool:
    """Return whether a candidate fails a check that lists the affected tracks."""
    return bool(line["failed"]) and bool(line["named"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A share of faulty candidates that has to be reached.

    Attributes:
        text: what is promised.
        kinds: beginnings or ends of the names of faults.
        holds: whether a candidate counts.
        share: smallest share of candidates.
    """

    text: str
    kinds: tuple[str, ...]
    holds: Callable[[Line], bool]
    share: float

    def of(self, lines: Sequence[Line]) -> list[Line]:
        """Return the candidates to which the target applies; an invisible fault is left out."""
        return [
            line
            for line in lines
            if line["harmful"]
            and line["visible"] is not False
            and any(line["kind"].startswith(kind) or line["kind"].endswith(kind) for kind in self.kinds)
        ]


TARGETS = (
    Target(
        text="keys shuffled or mixed from another run, 2 % or more: stopped",
        kinds=("% of the keys shuffled", "% of another run", "all keys shuffled"),
        holds=stopped,
        share=0.95,
    ),
    Target(
        text="a genre or an artist untrained or scrambled: stopped and named",
        kinds=("untrained", "scrambled"),
        holds=stopped_and_named,
        share=0.95,
    ),
    Target(
        text="one epoch, rank 2, no signal, plays or most played tracks lost, NaN, zero: stopped",
        kinds=("one epoch", "rank 2", "no signal", "5 % of plays lost", "20 of the 100 most", "1 % NaN", "1 % zero"),
        holds=stopped,
        share=0.99,
    ),
    Target(
        text="half the epochs, a fifth of the lead lost, hubs: stopped or warned",
        kinds=("half the epochs", "a fifth of the lead lost", "worse retrain", "hubs"),
        holds=noticed,
        share=0.90,
    ),
)
MOST_STOPPED = 0.01
"""Largest share of harmless candidates that may be stopped."""
MOST_IN_STRATUM = 0.03
"""The same within a stratum of worlds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A target and the candidates that it applies to.

    Attributes:
        text: what is promised.
        lines: candidates.
        holds: whether a candidate counts.
        share: limit of the share of candidates.
        at_most: whether the limit is an upper one.
    """

    text: str
    lines: Sequence[Line]
    holds: Callable[[Line], bool]
    share: float
    at_most: bool

    @property
    def found(self) -> str:
        """The share of candidates that count."""
        return f"{sum(map(self.holds, self.lines)) / len(self.lines):.1%}" if self.lines else "–"

    def markdown(self) -> str:
        """Return the row with its interval and whether the target is met."""
        count, n = sum(map(self.holds, self.lines)), len(self.lines)
        if not n:
            return f"| {self.text} | 0 | – | – | – | – |"
        low, high = binomial_interval(count, n)
        sign, met = ("<=", count <= self.share * n) if self.at_most else (">=", count >= self.share * n)
        interval = f"{low:.1%} to {high:.1%}"
        return f"| {self.text} | {n} | {self.found} | {interval} | {sign} {self.share:.0%} | {_verdict(met)} |"


def rows(lines: Sequence[Line], strata: Sequence[str]) -> list[Row]:
    """Return a row for each target that is a share of candidates."""
    harmless = [line for line in lines if not line["harmful"]]

    def at_most(text: str, of: Sequence[Line], holds: Callable[[Line], bool], share: float) -> Row:
        return Row(text=f"harmless candidates{text}", lines=of, holds=holds, share=share, at_most=True)

    return [
        at_most(": stopped", harmless, stopped, MOST_STOPPED),
        at_most(": stopped by the comparison", harmless, stopped_by_the_comparison, MOST_STOPPED),
        *(
            at_most(
                f", {name}: stopped", [line for line in harmless if name in line["strata"]], stopped, MOST_IN_STRATUM
            )
            for name in strata
        ),
        *(
            Row(text=each.text, lines=each.of(lines), holds=each.holds, share=each.share, at_most=False)
            for each in TARGETS
        ),
    ]


def precision(lines: Sequence[Line]) -> str:
    """Return the row of the precision of the tracks that `champion.misplaced` lists."""
    named = [line["precision"] for line in TARGETS[0].of(lines) if line["precision"] is not None]
    mean = sum(named) / max(1, len(named))
    return (
        f"| tracks that `champion.misplaced` lists: mean precision | {len(named)} | {mean:.3f} | – | >= 0.95 | "
        f"{_verdict(mean >= 0.95)} |"
    )


def _verdict(met: object) -> str:
    return "met" if met else "not met"
