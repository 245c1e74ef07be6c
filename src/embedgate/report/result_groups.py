"""Group check results by family and by cause, problems first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedgate.checks.registry import CHECKS
from embedgate.judgement.result import WORST_FIRST

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from embedgate.judgement.result import CheckResult, Outcome

_PROBLEMS = WORST_FIRST[:4]
_NOT_JUDGED = ("no_baseline", "off", "not_applicable")
_FAMILY_OUTCOME_ORDER = sorted(WORST_FIRST, key=lambda outcome: outcome in _NOT_JUDGED)
_HEADLINES = {check.id for check in CHECKS if check.headline}


def problems(results: Sequence[CheckResult]) -> list[CheckResult]:
    """Return errors, failed, inconclusive and warned checks: those that fail the gate first, then by outcome."""
    found = [result for result in results if result.outcome in _PROBLEMS]
    return sorted(found, key=lambda result: (not result.fails_gate, _PROBLEMS.index(result.outcome)))


def needs_action(result: CheckResult) -> bool:
    """Return whether a check fails the gate or warns."""
    return result.fails_gate or result.outcome == "warned"


def by_cause(results: Sequence[CheckResult], explained: Collection[str] = ()) -> list[list[CheckResult]]:
    """Group checks without a value by family, outcome and message; every other check forms its own group.

    Args:
        results: in the order of the groups.
        explained: ids of checks that a diagnosis explains; those without a value are grouped by outcome.
    """
    groups: dict[object, list[CheckResult]] = {}
    for result in results:
        cause: object = (result.family, result.outcome, result.fails_gate, result.message)
        if result.id in explained:
            cause = (result.outcome, result.fails_gate)
        has_group = result.value is None and (not result.tracks or result.id in explained)
        groups.setdefault(cause if has_group else result.id, []).append(result)
    return list(groups.values())


def not_applicable(results: Sequence[CheckResult]) -> list[list[CheckResult]]:
    """Group the checks whose data do not exist, in the order of the checks."""
    return by_cause([result for result in results if result.outcome == "not_applicable"])


@dataclass(frozen=True, slots=True)
class Family:
    """The checks whose ids start with the same word.

    Attributes:
        name: that word.
        results: one per check, problems first.
    """

    name: str
    results: Sequence[CheckResult]

    @property
    def flagged(self) -> list[CheckResult]:
        """The checks that fail the gate or warn; the first of `results`."""
        return [result for result in self.results if needs_action(result)]

    @property
    def outcome(self) -> Outcome:
        """The worst outcome. Checks that were not judged count only if none was judged."""
        return min((result.outcome for result in self.results), key=_FAMILY_OUTCOME_ORDER.index)

    @property
    def key_check(self) -> CheckResult:
        """The worst check. In a family without problems: the one that represents it, else one with a bound."""
        if needs_action(self.results[0]):
            return self.results[0]
        return min(
            self.results,
            key=lambda result: (result.value is None, result.id not in _HEADLINES, result.bound is None),
        )


def by_family(results: Sequence[CheckResult]) -> list[Family]:
    """Group results by family: families that fail the gate first, then those that warn."""
    of_family: dict[str, list[CheckResult]] = {}
    for result in results:
        of_family.setdefault(result.family, []).append(result)
    families = [
        Family(name, sorted(those, key=lambda result: (_rank(result), WORST_FIRST.index(result.outcome))))
        for name, those in of_family.items()
    ]
    return sorted(families, key=lambda family: _rank(family.results[0]))


def _rank(result: CheckResult) -> int:
    return 0 if result.fails_gate else 1 if needs_action(result) else 2
