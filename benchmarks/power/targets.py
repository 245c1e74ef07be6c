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
        kinds=("half the epochs", "a fifth of the lead lost", "hubs"),
        holds=noticed,
        share=0.90,
    ),
)
MOST_STOPPED = 0.01
"""Largest share of harmless candidates that may be stopped."""
MOST_IN_STRATUM = 0.03
"""The same within a stratum of worlds."""


def targets(lines: Sequence[Line], strata: Sequence[str]) -> list[str]:
    """Return a row of a Markdown table for each target."""
    harmless = [line for line in lines if not line["harmful"]]
    rows = [
        _row("harmless candidates: stopped", harmless, stopped, MOST_STOPPED, at_most=True),
        _row(
            "harmless candidates: stopped by the comparison",
            harmless,
            stopped_by_the_comparison,
            MOST_STOPPED,
            at_most=True,
        ),
        *(
            _row(
                f"harmless candidates, {name}: stopped",
                [line for line in harmless if name in line["strata"]],
                stopped,
                MOST_IN_STRATUM,
                at_most=True,
            )
            for name in strata
        ),
        *(_row(each.text, each.of(lines), each.holds, each.share, at_most=False) for each in TARGETS),
    ]
    named = [line["precision"] for line in TARGETS[0].of(lines) if line["precision"] is not None]
    precision = sum(named) / max(1, len(named))
    rows.append(
        f"| tracks that `champion.misplaced` lists: mean precision | {len(named)} | {precision:.3f} | – | >= 0.95 | "
        f"{_verdict(precision >= 0.95)} |"
    )
    return rows


def _row(text: str, lines: Sequence[Line], holds: Callable[[Line], bool], share: float, *, at_most: bool) -> str:
    count = sum(map(holds, lines))
    if not lines:
        return f"| {text} | 0 | – | – | – | – |"
    low, high = binomial_interval(count, len(lines))
    found = count / len(lines)
    sign, met = ("<=", found <= share) if at_most else (">=", found >= share)
    return f"| {text} | {len(lines)} | {found:.1%} | {low:.1%} to {high:.1%} | {sign} {share:.0%} | {_verdict(met)} |"


def _verdict(met: object) -> str:
    return "met" if met else "not met"
