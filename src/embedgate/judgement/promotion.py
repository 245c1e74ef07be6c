"""Decide whether the tested run becomes champion: only if the verdict is `passed`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from embedgate.judgement.verdict import VerdictOutcome

Action = Literal["promote", "mark_failed", "leave"]


@dataclass(frozen=True, slots=True)
class Decision:
    """How the tags of the tested run are changed.

    Attributes:
        action: make the run champion, tag it `quality:failed`, or leave its tags unchanged.
        why_not: why the run is not promoted; empty if it is, or if no promotion was requested.
    """

    action: Action
    why_not: str = ""


def decide(
    outcome: VerdictOutcome,
    *,
    requested: bool,
    error_kind: str | None = None,
    other_failure: bool = False,
) -> Decision:
    """Return the decision on a verdict.

    A run is tagged `quality:failed` if its checks failed or were inconclusive. After any other failure (an
    interruption, a module of checks that cannot be imported) its tags are left unchanged.

    Args:
        outcome: of the verdict.
        requested: whether `--gate-promote` was given.
        error_kind: kind of the verdict's error; None if there is none.
        other_failure: whether something other than a check failed in the same pytest run.
    """
    if not requested:
        return Decision("leave")
    if error_kind is not None:
        return Decision("leave", f"the gate run was not completed ({error_kind})")
    if outcome == "partial":
        return Decision("leave", "the verdict is partial, and an incomplete run cannot pass")
    if outcome != "passed":
        return Decision("mark_failed", f"the verdict is {outcome}")
    if other_failure:
        return Decision("leave", "every check passed, but something else failed in this pytest run")
    return Decision("promote")
