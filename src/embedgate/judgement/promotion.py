"""Whether the tested run becomes champion, is marked, or is left as it is: only `passed` promotes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from embedgate.judgement.verdict import VerdictOutcome

Action = Literal["promote", "mark_failed", "leave"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done with the tested run's tags.

    Attributes:
        action: make it champion; mark it `quality:failed`; or leave its tags alone.
        why_not: why it is not promoted; empty where it is, or where nobody asked for it.
    """

    action: Action
    why_not: str = ""


def decide(
    outcome: VerdictOutcome,
    *,
    asked: bool,
    error_kind: str | None = None,
    other_failure: bool = False,
) -> Decision:
    """Decide by the verdict.

    A run is marked `quality:failed` where its quality was judged and did not suffice. Where something else stopped
    the gate (an interruption, a module of checks that cannot be imported), its mark stays as it was.

    Args:
        outcome: of the verdict.
        asked: whether `--gate-promote` was given.
        error_kind: what kept the gate from its work.
        other_failure: whether something other than a check failed in the same pytest run.
    """
    if not asked:
        return Decision("leave")
    if error_kind is not None:
        return Decision("leave", f"what stopped the gate is not the run's quality ({error_kind})")
    if outcome == "partial":
        return Decision("leave", "the verdict is partial, and an incomplete run cannot pass")
    if outcome != "passed":
        return Decision("mark_failed", f"the verdict is {outcome}")
    if other_failure:
        return Decision("leave", "every check holds, but something else failed in this pytest run")
    return Decision("promote")
