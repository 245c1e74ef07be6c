"""Tables of the report are sorted by their heads: by mouse, by keyboard, and by what a number is worth."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from markupsafe import Markup

from embedgate.report.figures.figure import Cell, table
from embedgate.testing import sample
from tests.conftest import SAMPLE_CONFIG, write_sample
from tests.integration.browsing import needs_browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = (files("embedgate.report") / "sorting.js").read_text(encoding="utf-8")
HEAD = ("track", "plays", "cosine", "hit")
ROWS = (
    ("Track 10", "1,234", Cell("0.500", "n", 0.50049), "✓ artist"),
    ("track 9", "—", "—", ""),
    ("Émile", "987", Cell("0.500", "n", 0.49951), "✗ never"),
    ("Zoë", "20", Cell("-0.100", "n", -0.1), ""),
    ("Track 2", "20", "", "✓ artist"),
)
MADE = ["Track 10", "track 9", "Émile", "Zoë", "Track 2"]

pytestmark = needs_browser


@contextmanager
def shown(browser: Browser, fragment: str) -> Iterator[Page]:
    """A page with a fragment, and the script that sorts."""
    page = browser.new_page()
    page.set_content(f'<!DOCTYPE html><html lang="en"><body>{fragment}<script>{SCRIPT}</script></body></html>')
    yield page
    page.close()


def names(page: Page) -> list[str]:
    """The heads of the rows of the first table, from the top."""
    return [text.strip() for text in page.locator(".eg-sortable").first.locator("tbody th").all_inner_texts()]


def sorted_heads(page: Page) -> list[Locator]:
    """The heads that tell of an order."""
    return page.locator("th[aria-sort]").all()


@pytest.mark.parametrize(
    ("column", "turn", "order"),
    [
        # names upwards at first, numbers in them by value, accents and capitals beside their letters
        ("track", 1, ["Émile", "Track 2", "track 9", "Track 10", "Zoë"]),
        ("track", 2, ["Zoë", "Track 10", "track 9", "Track 2", "Émile"]),
        # numbers downwards at first, what is missing last either way, ties as they were
        ("plays", 1, ["Track 10", "Émile", "Zoë", "Track 2", "track 9"]),
        ("plays", 2, ["Zoë", "Track 2", "Émile", "Track 10", "track 9"]),
        # by the number itself where the text shows a rounded one
        ("cosine", 1, ["Track 10", "Émile", "Zoë", "track 9", "Track 2"]),
        ("cosine", 2, ["Zoë", "Émile", "Track 10", "track 9", "Track 2"]),
        ("hit", 1, ["Track 10", "Track 2", "Émile", "track 9", "Zoë"]),
        ("hit", 2, ["Émile", "Track 10", "Track 2", "track 9", "Zoë"]),
        ("cosine", 3, MADE),
        ("track", 3, MADE),
    ],
)
def test_a_click_sorts(browser: Browser, column: str, turn: int, order: list[str]) -> None:
    """The first click sorts, the second turns round, the third restores."""
    with shown(browser, table(HEAD, ROWS, numbers=(1, 2), sortable=True)) as page:
        for _ in range(turn):
            page.get_by_role("button", name=column, exact=True).click()

        assert names(page) == order


def test_ties_keep_the_order_of_the_column_before(browser: Browser) -> None:
    """Who sorts by one column and then by another has the first within the second."""
    with shown(browser, table(HEAD, ROWS, numbers=(1, 2), sortable=True)) as page:
        page.get_by_role("button", name="track").click()
        page.get_by_role("button", name="plays").click()

        assert names(page) == ["Track 10", "Émile", "Track 2", "Zoë", "track 9"]


def test_the_sorted_column_says_so(browser: Browser) -> None:
    """One head at a time has `aria-sort`; a table that did not ask has no buttons, nor has one without scripts."""
    asked, other = table(HEAD, ROWS, numbers=(1, 2), sortable=True), table(HEAD, ROWS, numbers=(1, 2))
    with shown(browser, asked + other) as page:
        assert page.get_by_role("button").all_inner_texts() == list(HEAD)
        assert page.locator("[aria-sort]").count() == 0
        said = []
        for name in ("plays", "plays", "track", "track", "track"):
            page.get_by_role("button", name=name).click()
            said.append([(each.inner_text(), each.get_attribute("aria-sort")) for each in sorted_heads(page)])
    assert said == [
        [("plays", "descending")],
        [("plays", "ascending")],
        [("track", "ascending")],
        [("track", "descending")],
        [],
    ]
    assert "<button" not in asked


def test_a_table_without_rows_can_be_clicked(browser: Browser) -> None:
    with shown(browser, table(HEAD, (), sortable=True)) as page:
        page.get_by_role("button", name="track").click()

        assert names(page) == []


def test_what_is_open_goes_with_its_row(browser: Browser) -> None:
    """A recording is sorted by its own name, not by its keys, and stays open where it goes."""
    rows = [(Cell(name, details=Markup("<ul><li>{}</li></ul>").format(inside)), plays) for name, inside, plays in
            (("b", "first", "1"), ("a", "zzz", "3"), ("ab", "aaa", "2"))]  # fmt: skip
    with shown(browser, table(("recording", "plays"), rows, numbers=(1,), sortable=True)) as page:
        page.locator("summary", has_text="ab").click()
        page.get_by_role("button", name="recording").click()

        assert page.locator("summary").all_inner_texts() == ["a", "ab", "b"]
        opened = page.locator("tr", has=page.locator("details[open]"))
        assert opened.locator("li:visible").all_inner_texts() == ["aaa"]
        assert opened.locator("td").all_inner_texts() == ["2"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a model that has two recordings under two keys each."""
    folder = tmp_path_factory.mktemp("sorting")
    sound = sample()
    vectors = np.array(sound.vectors)
    vectors[1], vectors[3] = vectors[0], vectors[2]
    keys = [f"{sound.keys[at - 1]} - Remaster" if at in (1, 3) else key for at, key in enumerate(sound.keys)]
    new = dict(zip(sound.keys, keys, strict=True))
    sequences = [[new[key] for key in tracks] for tracks in sound.sequences]
    given = write_sample(replace(sound, keys=keys, vectors=vectors, sequences=sequences), folder, SAMPLE_CONFIG)
    command = [sys.executable, "-m", "pytest", str(ROOT / "quality_checks"), "-q", *given.arguments]
    subprocess.run(command, cwd=folder, check=False, capture_output=True)
    return folder / "report.html"


def test_the_report_is_sorted_by_keyboard(browser: Browser, report: Path) -> None:
    """Offline and under the page's policy: the head is reached, pressed, keeps the focus, and nothing is logged."""
    page = browser.new_page()
    page.context.set_offline(offline=True)
    console: list[str] = []
    page.on("console", lambda message: console.append(message.text))
    page.on("pageerror", lambda error: console.append(str(error)))
    page.goto(report.as_uri())
    page.eval_on_selector_all("details:has(.eg-sortable)", "all => all.forEach(one => one.open = true)")
    tables = page.locator(".eg-sortable")
    known = tables.filter(has=page.locator("caption", has_text="passed: Rock Artist 00-Song 00"))
    nearest = known.locator("tbody td:nth-child(2)")
    made = nearest.all_inner_texts()
    before = known.locator("thead").bounding_box()

    page.locator(".eg-sort", has_text="rank").first.focus()
    page.keyboard.press("Tab")
    seen = {}
    for key in ("Enter", "Space", "Enter"):
        page.keyboard.press(key)
        seen[str(page.evaluate("document.activeElement.parentElement.ariaSort"))] = nearest.all_inner_texts()

    assert page.evaluate("document.activeElement.textContent") == "neighbour"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert len(made) == 10
    assert seen["ascending"] == sorted(made)
    assert seen["descending"] == sorted(made, reverse=True)
    assert seen["None"] == made
    after = known.locator("thead").bounding_box()
    assert before is not None
    assert after is not None
    assert (after["width"], after["height"]) == (before["width"], before["height"])
    assert tables.filter(has_text="lowest cosine").locator("summary").count() == 2
    assert console == []
    page.close()


def test_plain_heads_stand_without_scripts(browser: Browser, report: Path) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(report.as_uri())

    assert page.locator(".eg-sortable").count() >= 7
    assert page.locator(".eg-sort").count() == 0
    page.close()
