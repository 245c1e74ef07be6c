"""Apply a decision on promotion to the tags of the tested run, and record the result in the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from embedgate.errors import UnavailableError, UsageError
from embedgate.sources.resolve import NO_CHAMPION, resolve_champion

if TYPE_CHECKING:
    from embedgate.judgement.promotion import Decision
    from embedgate.judgement.verdict import VerdictRecord
    from embedgate.sources.records import Request


def refuse_without_comparison(reference: str | None, request: Request) -> None:
    """Reject a promotion that would replace a champion without a comparison.

    Args:
        reference: of the champion, as given.
        request: the model to test.

    Raises:
        UsageError: if the comparison is turned off, and there is a champion.
        UnavailableError: if it is unknown whether there is one.
    """
    current = resolve_champion(None, request) if reference == NO_CHAMPION else None
    if current is not None:
        raise UsageError(
            f"--gate-champion=none with --gate-promote would replace the champion {current[0].pathspec} "
            "without a comparison: leave --gate-champion out, or use `embedgate promote --reason`"
        )


def settle_tags(verdict: VerdictRecord, pathspec: str | None, decision: Decision) -> tuple[VerdictRecord, str]:
    """Promote the tested run, or tag it `quality:failed`, as decided.

    The verdict keeps the run's tags as they were when it was tested.

    Args:
        verdict: before anything was tagged.
        pathspec: the run that was tested; None if it is unavailable.
        decision: what to do.

    Returns:
        The verdict, `failed` if the tags could not be set; and a note for the user, empty if no promotion was
        requested.
    """
    why_not = f"not promoted: {decision.why_not}" if decision.why_not else ""
    if decision.action == "leave" or pathspec is None:
        return verdict, why_not

    from embedgate.sources import champion_tag  # noqa: PLC0415 - imports Metaflow

    if decision.action == "mark_failed":
        try:
            champion_tag.mark(pathspec, passed=False)
        except UnavailableError as error:
            return replace(verdict, outcome="failed", error={"kind": error.kind, "message": str(error)}), why_not
        return verdict, f"{why_not}; {pathspec} is tagged {champion_tag.FAILED!r}"
    try:
        champion = champion_tag.promote(pathspec)
    except UnavailableError as error:
        return promotion_failed(verdict, f"{error.kind}: {error}"), f"not promoted: {error.kind}"
    if champion != pathspec:
        overtaken = f"{champion} was promoted at the same time, and is the champion now"
        return replace(verdict, promotion=None), f"not promoted: {overtaken}"
    return replace(verdict, promoted=True, promotion="done"), f"promoted: {pathspec} is the champion now"


def promotion_failed(verdict: VerdictRecord, why: str) -> VerdictRecord:
    """Return the verdict of a gate run whose promotion failed; an earlier error is kept."""
    error = verdict.error or {"kind": "promotion", "message": why}
    return replace(verdict, outcome="failed", promotion="failed", error=error)
