"""Apply a decision on promotion to the tested model, and record the result in the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from embedgate.errors import UnavailableError, UsageError
from embedgate.sources.resolve import NO_CHAMPION, find_champion, keep, mark_failed, promote

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from embedgate.judgement.promotion import Decision
    from embedgate.judgement.verdict import VerdictRecord
    from embedgate.sources.records import Promotion, Request, RunRecord


def champion_to_replace(reference: str | None, request: Request, compared: RunRecord | None) -> RunRecord | None:
    """Return the champion that a promotion replaces; None if there is none.

    Args:
        reference: of the champion, as given.
        request: the model to test.
        compared: the champion that the model is compared with.

    Raises:
        UsageError: if the comparison is turned off, and there is a champion.
        UnavailableError: if it is unknown whether there is one.
    """
    if reference is None:
        return compared
    current = find_champion(request)
    if current is not None and reference == NO_CHAMPION:
        raise UsageError(
            f"--gate-champion=none with --gate-promote would replace the champion {current.pathspec} "
            "without a comparison: leave --gate-champion out, or use `embedgate promote --reason`"
        )
    return current


def settle_promotion(
    verdict: VerdictRecord, promotion: Promotion | None, decision: Decision, files: Sequence[Path] = ()
) -> tuple[VerdictRecord, str]:
    """Promote the tested model, or tag the run `quality:failed`, as decided.

    The verdict keeps the run's tags as they were when it was tested. Files have no tags.

    Args:
        verdict: before anything was promoted.
        promotion: the model that was tested; None if it is unavailable.
        decision: what to do.
        files: verdict and report, which are stored with the model before it is promoted or tagged, if its source
            stores files.

    Returns:
        The verdict, `failed` if the promotion failed; and a note for the user, empty if no promotion was requested.
    """
    why_not = f"not promoted: {decision.why_not}" if decision.why_not else ""
    if decision.action == "leave" or promotion is None:
        return verdict, why_not
    pathspec = promotion.model.pathspec
    if decision.action == "mark_failed":
        try:
            kept = keep(promotion.model, files)
            tag = mark_failed(promotion.model)
        except UnavailableError as error:
            return replace(verdict, outcome="failed", error={"kind": error.kind, "message": str(error)}), why_not
        return verdict, "; ".join(filter(None, (why_not, tag and f"{pathspec} is tagged {tag!r}", kept)))
    try:
        keep(promotion.model, files)
        champion = promote(replace(promotion, verdict=verdict.identity()))
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
