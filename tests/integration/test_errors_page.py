"""docs/errors.md shows what the gate says to bad input: every row is tried, and the page is what comes of it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import pytest

from tests.integration.bad_inputs import page, tried
from tests.integration.forked_gate import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.integration.bad_inputs import Row
    from tests.integration.tiny_runs import Datastore

MINIMUM = 100
REGENERATE = "python -m tests.integration.bad_inputs > docs/errors.md"


@pytest.fixture(scope="module")
def rows(datastore: Datastore) -> Mapping[str, Sequence[Row]]:
    """What came of every bad input, by section."""
    return tried(datastore)


def test_every_bad_input_ends_as_the_contract_says(rows: Mapping[str, Sequence[Row]]) -> None:
    """Each has the exit status, the verdict and the message of its class, and no traceback."""
    objections = [
        f"{section}, {row.shown}: {objection}"
        for section, those in rows.items()
        for row in those
        for objection in row.objections
    ]

    assert not objections, "\n".join(objections)


def test_there_are_enough_bad_inputs(rows: Mapping[str, Sequence[Row]]) -> None:
    """No input is listed twice, and there are at least a hundred."""
    shown = [(section, row.shown) for section, those in rows.items() for row in those]

    assert len(shown) == len(set(shown)) >= MINIMUM


def test_page_is_up_to_date(rows: Mapping[str, Sequence[Row]]) -> None:
    """The committed page is what a new run generates."""
    committed = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    diff = difflib.unified_diff(
        committed.splitlines(), page(rows).splitlines(), "docs/errors.md", "generated", lineterm=""
    )
    changed = "\n".join(diff)

    assert not changed, f"docs/errors.md is out of date; run `{REGENERATE}`:\n{changed}"
