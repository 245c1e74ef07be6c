"""The floor: checks that have to be judged at severity `fail` before a verdict can be `passed`."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from embedgate.checks.registry import check_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from embedgate.checks.bounds import Bound
    from embedgate.judgement.result import CheckResult

REQUIRED = ("integrity.finite", "vocabulary.coverage")
"""Each of these checks has to be judged."""
ONE_OF = ("neighbours.known", "neighbours.co_listening", "retrieval.hit_rate")
"""One of these checks has to be judged: they distinguish a model from random vectors."""
_JUDGED = ("passed", "warned", "failed")


def missing_from_floor(results: Iterable[CheckResult], *, has_champion: bool) -> list[str]:
    """Return a sentence for each part of the floor that was not judged; none if the floor was reached.

    A check counts as judged if its severity is `fail`, its outcome is passed, warned or failed, and its bound is not
    a configured one that is looser than the chance level or that every value meets.

    Args:
        results: of the whole run; results of checks that did not run may be left out.
        has_champion: whether the run was compared with a champion; then one `champion.*` check has to be judged.
    """
    by_check: dict[str, list[CheckResult]] = {}
    for result in results:
        by_check.setdefault(result.id.partition("[")[0], []).append(result)
    champion = [check_id for check_id in by_check if check_id.startswith("champion.")]
    missing = [
        f"{check_id} was not judged at severity fail: {_why_not(by_check.get(check_id, []))}"
        for check_id in REQUIRED
        if not _judged(by_check.get(check_id, []))
    ]
    if not any(_judged(by_check.get(check_id, [])) for check_id in ONE_OF):
        whys = "; ".join(f"{check_id}: {_why_not(by_check.get(check_id, []))}" for check_id in ONE_OF)
        missing.append(f"none of {', '.join(ONE_OF)} was judged at severity fail ({whys})")
    if has_champion and not any(_judged(by_check[check_id]) for check_id in champion):
        missing.append("no champion.* check was judged at severity fail, and there is a champion")
    return missing


def _judged(results: Sequence[CheckResult]) -> bool:
    return any(_why_not([result]) == "" for result in results)


def _why_not(results: Sequence[CheckResult]) -> str:
    """Return why the first of these results does not count; "" if it does."""
    if not results:
        return "not run"
    result = results[0]
    if result.outcome not in _JUDGED:
        return result.outcome.replace("_", " ")
    if result.severity != "fail":
        return f"severity {result.severity}"
    bound = result.bound
    if bound is None or bound.source != "user":
        return ""
    if bound.looser_than_chance:
        return f"its bound, {bound.kind} {bound.limit:g}, is looser than chance"
    return f"every value meets its bound, {bound.kind} {bound.limit:g}" if _always_met(bound, result) else ""


def _always_met(bound: Bound, result: CheckResult) -> bool:
    """Return whether a bound is at the end of the measure's range, or at the number of all tracks."""
    if not isfinite(bound.limit):
        return True
    check = check_of(result.id)
    low, high = check.range
    if bound.kind == "at_least":
        return bound.limit <= low
    return bound.limit >= (result.n if check.unit == "count" else high)
