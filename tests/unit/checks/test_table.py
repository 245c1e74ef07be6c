"""docs/checks.md is what the list of checks says."""

from __future__ import annotations

from pathlib import Path

from embedgate.checks.table import table

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_is_up_to_date() -> None:
    """`python -m embedgate.checks.table > docs/checks.md` has been run."""
    assert (ROOT / "docs" / "checks.md").read_text(encoding="utf-8") == table()
