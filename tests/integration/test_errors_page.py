"""docs/errors.md: every invalid input is rejected as documented."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import pytest

from tests.integration.bad_inputs import HEAD, SECTIONS, BadRuns, open_to_all, section
from tests.integration.forked_gate import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.forked_gate import ForkedGate
    from tests.integration.tiny_runs import Datastore

MINIMUM = 100
REGENERATE = "python -m tests.integration.bad_inputs > docs/errors.md"
OUT_OF_DATE = f"docs/errors.md is out of date; run `{REGENERATE}`:"


@pytest.fixture(scope="module")
def documented() -> list[str]:
    """The head of the page, followed by its sections."""
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    return re.split(r"^(?=## )", text, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def runs(forked: ForkedGate, datastore: Datastore) -> Iterator[BadRuns]:
    """Gate runs on invalid inputs."""
    with open_to_all() as folder, BadRuns(forked, folder, datastore) as started:
        yield started


@pytest.mark.parametrize("name", SECTIONS)
def test_every_invalid_input_of_a_section_is_rejected_as_documented(
    runs: BadRuns, documented: list[str], name: str
) -> None:
    """Exit status and verdict are as expected, and the page contains the messages."""
    rows = runs.rows(name)

    violations = [f"{row.shown}: {violation}" for row in rows for violation in row.violations]
    assert not violations, "\n".join(violations)
    (found,) = [text for text in documented if text.startswith(f"## {name}\n")]
    diff = difflib.unified_diff(
        found.rstrip().splitlines(),
        section(name, rows).rstrip().splitlines(),
        "docs/errors.md",
        "generated",
        lineterm="",
    )
    changed = "\n".join(diff)
    assert not changed, f"{OUT_OF_DATE}\n{changed}"


def test_page_consists_of_the_head_and_the_sections(documented: list[str]) -> None:
    head, *sections = documented

    assert head == f"{HEAD}\n", OUT_OF_DATE
    assert [text.partition("\n")[0] for text in sections] == [f"## {name}" for name in SECTIONS], OUT_OF_DATE


def test_at_least_a_hundred_invalid_inputs_are_listed_once() -> None:
    shown = [(name, bad.shown) for name, make in SECTIONS.items() for bad in make()]

    assert len(shown) == len(set(shown)) >= MINIMUM
