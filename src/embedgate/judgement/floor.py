"""The floor: the checks without which no verdict is `passed`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embedgate.judgement.outcomes import Result

_JUDGED = ("passed", "warned", "failed")
_ALWAYS = ("integrity.finite", "vocabulary.coverage")
_ONE_OF = ("neighbours.known", "neighbours.co_listening", "retrieval.hit_rate")


def missing_from_floor(results: Iterable[Result], *, has_champion: bool) -> list[str]:
    """Return what the floor lacks, a sentence each; empty if it is reached.

    Judged at severity `fail` must be `integrity.finite`, `vocabulary.coverage`, one of `neighbours.known`,
    `neighbours.co_listening` and `retrieval.hit_rate`, and, with a champion, one check of `champion`.

    Args:
        results: of all checks.
        has_champion: whether there is a champion.
    """
    judged = {each.id.partition("[")[0] for each in results if each.outcome in _JUDGED and each.severity == "fail"}
    missing = [f"{each} was not judged at severity fail." for each in _ALWAYS if each not in judged]
    if judged.isdisjoint(_ONE_OF):
        missing.append(f"None of {', '.join(_ONE_OF)} was judged at severity fail.")
    if has_champion and not any(each.startswith("champion.") for each in judged):
        missing.append("No check of the family champion was judged at severity fail.")
    return missing
