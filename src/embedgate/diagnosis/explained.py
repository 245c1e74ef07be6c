"""Which results a cause explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from embedgate.judgement.result import CheckResult

BROKEN = ("failed", "warned")
"""Outcomes of a value that does not meet its bound."""
TROUBLED = (*BROKEN, "inconclusive")
"""Outcomes that a cause can explain."""


def explained(
    results: Sequence[CheckResult], checks: Collection[str], outcomes: Collection[str] = TROUBLED
) -> tuple[str, ...]:
    """Return the ids of results with some of the outcomes.

    Args:
        results: of the gate run.
        checks: ids without their slugs, or families.
        outcomes: the outcomes that the cause leads to.
    """
    return tuple(
        result.id
        for result in results
        if result.outcome in outcomes and (result.family in checks or result.id.partition("[")[0] in checks)
    )
