"""The installed browser, in which tests open reports."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_browser = pytest.mark.skipif(
    _PROGRAM is None and "CI" not in os.environ, reason="no chromium and no google-chrome is installed"
)


@contextmanager
def launched() -> Iterator[Browser]:
    """Launch the browser; at most one may run in a process."""
    from playwright.sync_api import sync_playwright

    if _PROGRAM is None:
        pytest.fail("No Chromium or Google Chrome on PATH: install one, for example the package `chromium`.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_PROGRAM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


def settle(page: Page) -> None:
    """Wait until all images have loaded or failed, and pending frames and tasks have run."""
    page.wait_for_function("() => [...document.images].every(image => image.complete)")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestIdleCallback(() => setTimeout(done))))")


def unfold(page: Page) -> None:
    """Open every <details> of a report and each row of pytest-html's table."""
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    page.click("#show_all_details")
    page.wait_for_function("() => document.querySelectorAll('.extras-row.hidden').length === 0")
    settle(page)
