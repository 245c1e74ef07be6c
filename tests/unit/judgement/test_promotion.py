"""Promotion: only `passed` promotes, and only on request."""

from __future__ import annotations

from typing import get_args

import pytest

from embedgate.judgement.promotion import Decision, decide
from embedgate.judgement.verdict import VerdictOutcome


@pytest.mark.parametrize("outcome", get_args(VerdictOutcome))
def test_no_tag_is_changed_without_a_request(outcome: VerdictOutcome) -> None:
    assert decide(outcome, requested=False) == Decision("leave")


@pytest.mark.parametrize(
    ("outcome", "action", "why_not"),
    [
        ("passed", "promote", ""),
        ("failed", "mark_failed", "the verdict is failed"),
        ("inconclusive", "mark_failed", "the verdict is inconclusive"),
        ("partial", "leave", "the verdict is partial"),
    ],
)
def test_run_is_promoted_marked_or_left_according_to_the_verdict(
    outcome: VerdictOutcome, action: str, why_not: str
) -> None:
    decision = decide(outcome, requested=True)

    assert decision.action == action
    assert decision.why_not.startswith(why_not)
    assert bool(decision.why_not) is bool(why_not)


def test_run_is_not_marked_after_an_error() -> None:
    """An interrupted gate run says nothing about quality."""
    decision = decide("failed", requested=True, error_kind="Interrupted")

    assert decision.action == "leave"
    assert "Interrupted" in decision.why_not


def test_run_is_not_promoted_if_something_other_than_a_check_failed() -> None:
    """The exit status is 1, and the tag must agree with it."""
    decision = decide("passed", requested=True, other_failure=True)

    assert decision.action == "leave"
    assert "something else failed" in decision.why_not
