"""The table of slices: the worst first, and marks of what fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from embedgate.checks.bounds import at_least
from embedgate.judgement.result import CheckResult, Outcome
from embedgate.material.model import ModelUnderTest
from embedgate.measures.evidence import Evidence
from embedgate.report.figures.slices import slices
from embedgate.slices import Slice

HOSTILE = "<script>alert(1)</script>"
SLICES = tuple(Slice("value", "kind", value) for value in ("good", HOSTILE, "unsure"))


def result(name: str, outcome: Outcome, value: float | None) -> CheckResult:
    """Return the result of retrieval in a slice."""
    return CheckResult(
        id=f"retrieval.slice[kind={name}]", outcome=outcome, severity="fail", value=value,
        interval=(0.01, 0.5), bound=at_least(0.1, "null"), n=1_234, unit="share",
    )  # fmt: skip


def shown(model: ModelUnderTest, *results: CheckResult) -> str:
    """Return the HTML of the table."""
    (figure,) = slices(Evidence(replace(model, slices=SLICES), {}, 0.95), results)
    return str(figure.html)


def test_worst_slice_is_first_and_marked(model: ModelUnderTest) -> None:
    html = shown(
        model,
        result("good", "passed", 0.4),
        result("script-alert-1-script", "failed", 0.05),
        result("unsure", "inconclusive", 0.09),
    )

    assert html.index("script&gt;") < html.index("kind = unsure") < html.index("kind = good")
    assert HOSTILE not in html
    assert "5.0% \u2717" in html
    assert "9.0% ?" in html
    assert "1,234" in html


def test_slice_with_the_smallest_lead_is_first_if_all_pass(model: ModelUnderTest) -> None:
    html = shown(model, result("good", "passed", 0.4), result("unsure", "passed", 0.2))

    assert html.index("kind = unsure") < html.index("kind = good")


@pytest.mark.parametrize("results", [(), (result("good", "inconclusive", None),)])
def test_without_a_value_there_is_no_table(model: ModelUnderTest, results: tuple[CheckResult, ...]) -> None:
    assert list(slices(Evidence(replace(model, slices=SLICES), {}, 0.95), results)) == []
