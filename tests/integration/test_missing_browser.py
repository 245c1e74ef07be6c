"""Without a browser, browser tests fail in CI and are skipped elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.forked_gate import ForkedGate

BROWSER_TEST = """
from tests.integration.browsing import launched, needs_browser

@needs_browser
def test_page():
    with launched():
        pass
"""


@pytest.mark.parametrize(
    ("environment", "status", "expected"),
    [
        ({"CI": "true"}, 1, ("1 failed", "No Chromium or Google Chrome on PATH: install one")),
        ({}, 0, ("1 skipped", "no chromium and no google-chrome is installed")),
    ],
    ids=["in CI", "elsewhere"],
)
def test_missing_browser_is_reported(
    forked: ForkedGate, tmp_path: Path, environment: dict[str, str], status: int, expected: tuple[str, ...]
) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_page.py").write_text(BROWSER_TEST, encoding="utf-8")

    ended = forked(folder, "-rs", environment={"PATH": str(tmp_path), **environment})

    assert ended.status == status, ended.output
    for text in expected:
        assert text in ended.output
