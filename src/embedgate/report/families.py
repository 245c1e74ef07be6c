"""Checks family by family: what a family's word is, and which of its checks says most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedgate.checks.registry import CHECKS
from embedgate.judgement.result import WORST_FIRST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.judgement.result import CheckResult, Outcome

_SILENT: tuple[Outcome, ...] = ("no_baseline", "off", "not_applicable")
_SPEAKS = (*(each for each in WORST_FIRST if each not in (*_SILENT, "passed")), "passed", *_SILENT)
_HEADLINES = {check.id for check in CHECKS if check.headline}


@dataclass(frozen=True, slots=True)
class Family:
    """The checks that have the first word of their ids in common.

    Attributes:
        name: that word.
        results: one a check, what is wrong first.
        wrong: those that stop the gate or warn; the first of `results`.
    """

    name: str
    results: Sequence[CheckResult]
    wrong: Sequence[CheckResult]

    @property
    def outcome(self) -> Outcome:
        """The worst outcome; a check that has no baseline, is off or not applicable leaves a family passed."""
        return min((result.outcome for result in self.results), key=_SPEAKS.index)

    @property
    def telling(self) -> CheckResult:
        """The worst check; where nothing is wrong, the one that stands for its family, else one with a bound."""
        if self.wrong:
            return self.wrong[0]
        return min(
            self.results,
            key=lambda result: (result.value is None, result.id not in _HEADLINES, result.bound is None),
        )


def by_family(results: Sequence[CheckResult]) -> list[Family]:
    """Every family, those with something that stops first, then those that warn; else in the order of the checks."""
    of_family: dict[str, list[CheckResult]] = {}
    for result in results:
        of_family.setdefault(result.family, []).append(result)
    found = []
    for name, those in of_family.items():
        ordered = sorted(those, key=_worst_first)
        found.append(Family(name, ordered, [result for result in ordered if is_wrong(result)]))
    return sorted(found, key=lambda family: _rank(family.results[0]))


def is_wrong(result: CheckResult) -> bool:
    """Whether a reader has to do something about it."""
    return result.fails_gate or result.outcome == "warned"


def _worst_first(result: CheckResult) -> tuple[int, int]:
    return _rank(result), WORST_FIRST.index(result.outcome)


def _rank(result: CheckResult) -> int:
    """What stops first, then what warns; the rest alike."""
    return 0 if result.fails_gate else 1 if is_wrong(result) else 2
