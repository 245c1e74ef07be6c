"""docs/errors.md: every invalid input is rejected as documented."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import pytest

from tests.integration.bad_inputs import page, run_all
from tests.integration.forked_gate import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.integration.bad_inputs import Row
    from tests.integration.tiny_runs import Datastore

MINIMUM = 100
REGENERATE = "python -m tests.integration.bad_inputs > docs/errors.md"


@pytest.fixture(scope="module")
def rows(datastore: Datastore) -> Mapping[str, Sequence[Row]]:
    """The result of every invalid input, by section."""
    return run_all(datastore)


def test_every_invalid_input_has_the_expected_exit_status_verdict_and_message(
    rows: Mapping[str, Sequence[Row]],
) -> None:
    violations = [
        f"{section}, {row.shown}: {violation}"
        for section, those in rows.items()
        for row in those
        for violation in row.violations
    ]

    assert not violations, "\n".join(violations)


def test_at_least_a_hundred_invalid_inputs_are_listed_once(rows: Mapping[str, Sequence[Row]]) -> None:
    shown = [(section, row.shown) for section, those in rows.items() for row in those]

    assert len(shown) == len(set(shown)) >= MINIMUM


def test_page_is_up_to_date(rows: Mapping[str, Sequence[Row]]) -> None:
    committed = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    diff = difflib.unified_diff(
        committed.splitlines(), page(rows).splitlines(), "docs/errors.md", "generated", lineterm=""
    )
    changed = "\n".join(diff)

    assert not changed, f"docs/errors.md is out of date; run `{REGENERATE}`:\n{changed}"
