"""What a verdict does to the tested run's tags, and what that does to the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from embedgate.errors import UnavailableError
from embedgate.judgement.promotion import decide

if TYPE_CHECKING:
    from embedgate.judgement.verdict import Verdict


def settle_tags(verdict: Verdict, pathspec: str | None, *, asked: bool, failed_beside: bool) -> tuple[Verdict, str]:
    """Promote the tested run, or mark it, as the verdict says.

    The verdict keeps the run's tags as they were when it was tested.

    Args:
        verdict: before anything was tagged.
        pathspec: the run that was tested; None where it could not be had.
        asked: whether `--gate-promote` was given.
        failed_beside: whether something other than a check failed in the same pytest run.

    Returns:
        The verdict, which says whether the run was promoted, and is `failed` where its tags could not be set as it
        says; and a sentence for the reader, empty where nobody asked.
    """
    kind = verdict.error["kind"] if verdict.error else None
    decision = decide(verdict.word, asked=asked, error_kind=kind, failed_beside=failed_beside)
    why_not = f"not promoted: {decision.why_not}" if decision.why_not else ""
    if decision.action == "leave" or pathspec is None:
        return verdict, why_not

    from embedgate.sources import tags  # noqa: PLC0415 - imports Metaflow

    try:
        if decision.action == "mark_failed":
            tags.mark(pathspec, passed=False)
            return verdict, f"{why_not}; {pathspec} is tagged {tags.FAILED!r}"
        champion = tags.promote(pathspec)
    except UnavailableError as error:
        failed = replace(verdict, word="failed", error={"kind": error.kind, "message": str(error)})
        return failed, f"not promoted: {error.kind}"
    if champion != pathspec:
        return verdict, f"not promoted: {champion} was promoted at the same time, and is champion now"
    return replace(verdict, promoted=True), f"promoted: {pathspec} is champion now"
