"""Only `passed` promotes, and only where somebody asked for it."""

from __future__ import annotations

import pytest

from embedgate.judgement.promotion import Decision, decide
from embedgate.judgement.verdict import VerdictOutcome

WORDS: tuple[VerdictOutcome, ...] = ("passed", "failed", "inconclusive", "partial")


@pytest.mark.parametrize("word", WORDS)
def test_nobody_asked(word: VerdictOutcome) -> None:
    """Without `--gate-promote` no tag is touched, and nothing is said."""
    assert decide(word, asked=False) == Decision("leave")


@pytest.mark.parametrize(
    ("word", "action", "why_not"),
    [
        ("passed", "promote", ""),
        ("failed", "mark_failed", "the verdict is failed"),
        ("inconclusive", "mark_failed", "the verdict is inconclusive"),
        ("partial", "leave", "the verdict is partial"),
    ],
)
def test_the_verdict_decides(word: VerdictOutcome, action: str, why_not: str) -> None:
    """A judged run is promoted or marked; one that was judged in part is neither."""
    decision = decide(word, asked=True)

    assert decision.action == action
    assert decision.why_not.startswith(why_not)
    assert bool(decision.why_not) is bool(why_not)


def test_a_gate_that_was_kept_from_its_work_has_judged_nobody() -> None:
    """An interrupted run is not marked as if its quality had been found wanting."""
    decision = decide("failed", asked=True, error_kind="Interrupted")

    assert decision.action == "leave"
    assert "Interrupted" in decision.why_not


def test_a_failure_beside_the_checks_promotes_nobody() -> None:
    """The exit status says no, so the tag must not say yes."""
    decision = decide("passed", asked=True, failed_beside=True)

    assert decision.action == "leave"
    assert "something else failed" in decision.why_not
