"""Tables of the report can be sorted by column, with mouse or keyboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from markupsafe import Markup
from playwright.sync_api import expect

from embedgate.report.figures.figure import Cell, table
from embedgate.report.page import SORTING
from embedgate.testing import sample
from tests.conftest import SAMPLE_CONFIG, write_sample
from tests.integration.browsing import needs_browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.integration.forked_gate import ForkedGate

ROOT = Path(__file__).resolve().parents[2]
HEAD = ("track", "plays", "cosine", "hit")
ROWS = (
    ("Track 10", "1,234", Cell("0.500", "n", 0.50049), "✓ artist"),
    ("track 9", "—", "—", ""),
    ("Émile", "987", Cell("0.500", "n", 0.49951), "✗ never"),
    ("Zoë", "20", Cell("-0.100", "n", -0.1), ""),
    ("Track 2", "20", "", "✓ artist"),
)
ORIGINAL = ["Track 10", "track 9", "Émile", "Zoë", "Track 2"]
TABLE = table(HEAD, ROWS, numbers=(1, 2), sortable=True)

pytestmark = needs_browser


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page whose content each test replaces."""
    page = browser.new_page()
    yield page
    page.close()


def show(page: Page, fragment: str) -> None:
    """Load a page with a fragment and the sorting script."""
    page.set_content(f'<!DOCTYPE html><html lang="en"><body>{fragment}<script>{SORTING}</script></body></html>')


def sort(page: Page, column: str) -> None:
    page.get_by_role("button", name=column, exact=True).click()


def order(page: Page) -> list[str]:
    """Return the row headers of the first table."""
    return [text.strip() for text in page.locator(".eg-sortable").first.locator("tbody th").all_inner_texts()]


@pytest.mark.parametrize(
    ("column", "clicks", "expected"),
    [
        # names: ascending first, numbers in names by value, accents and case ignored
        ("track", 1, ["Émile", "Track 2", "track 9", "Track 10", "Zoë"]),
        ("track", 2, ["Zoë", "Track 10", "track 9", "Track 2", "Émile"]),
        # numbers: descending first, missing numbers always last, ties in their original order
        ("plays", 1, ["Track 10", "Émile", "Zoë", "Track 2", "track 9"]),
        ("plays", 2, ["Zoë", "Track 2", "Émile", "Track 10", "track 9"]),
        # rounded numbers: sorted by the exact number
        ("cosine", 1, ["Track 10", "Émile", "Zoë", "track 9", "Track 2"]),
        ("cosine", 2, ["Zoë", "Émile", "Track 10", "track 9", "Track 2"]),
        ("hit", 1, ["Track 10", "Track 2", "Émile", "track 9", "Zoë"]),
        ("hit", 2, ["Émile", "Track 10", "Track 2", "track 9", "Zoë"]),
        ("cosine", 3, ORIGINAL),
        ("track", 3, ORIGINAL),
    ],
)
def test_clicks_sort_reverse_and_restore_a_table(page: Page, column: str, clicks: int, expected: list[str]) -> None:
    show(page, TABLE)

    for _ in range(clicks):
        sort(page, column)

    assert order(page) == expected


def test_ties_keep_the_order_of_the_previous_sort(page: Page) -> None:
    show(page, TABLE)

    sort(page, "track")
    sort(page, "plays")

    assert order(page) == ["Track 10", "Émile", "Track 2", "Zoë", "track 9"]


def test_only_the_sorted_column_has_aria_sort(page: Page) -> None:
    """Tables that are not sortable have no buttons."""
    show(page, TABLE + table(HEAD, ROWS, numbers=(1, 2)))
    assert page.get_by_role("button").all_inner_texts() == list(HEAD)
    assert page.locator("[aria-sort]").count() == 0

    states = []
    for name in ("plays", "plays", "track", "track", "track"):
        sort(page, name)
        headers = page.locator("th[aria-sort]").all()
        states.append([(each.inner_text(), each.get_attribute("aria-sort")) for each in headers])

    assert states == [
        [("plays", "descending")],
        [("plays", "ascending")],
        [("track", "ascending")],
        [("track", "descending")],
        [],
    ]


def test_empty_table_can_be_sorted(page: Page) -> None:
    show(page, table(HEAD, (), sortable=True))

    sort(page, "track")

    assert order(page) == []
    expect(page.locator("[aria-sort]")).to_have_text("track")


def test_open_details_stay_open_in_their_row(page: Page) -> None:
    """Rows are sorted by name, not by the details below the name."""
    rows = [(Cell(name, details=Markup("<ul><li>{}</li></ul>").format(inside)), plays) for name, inside, plays in
            (("b", "first", "1"), ("a", "zzz", "3"), ("ab", "aaa", "2"))]  # fmt: skip
    show(page, table(("recording", "plays"), rows, numbers=(1,), sortable=True))

    page.locator("summary", has_text="ab").click()
    sort(page, "recording")

    assert page.locator("summary").all_inner_texts() == ["a", "ab", "b"]
    opened = page.locator("tr", has=page.locator("details[open]"))
    assert opened.locator("li:visible").all_inner_texts() == ["aaa"]
    assert opened.locator("td").all_inner_texts() == ["2"]


@pytest.fixture(scope="module")
def report(forked: ForkedGate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a model in which two recordings have two keys each."""
    folder = tmp_path_factory.mktemp("sorting")
    sound = sample()
    vectors = np.array(sound.vectors)
    vectors[1], vectors[3] = vectors[0], vectors[2]
    keys = [f"{sound.keys[at - 1]} - Remaster" if at in (1, 3) else key for at, key in enumerate(sound.keys)]
    new = dict(zip(sound.keys, keys, strict=True))
    sequences = [[new[key] for key in tracks] for tracks in sound.sequences]
    given = write_sample(replace(sound, keys=keys, vectors=vectors, sequences=sequences), folder, SAMPLE_CONFIG)
    forked(folder, str(ROOT / "quality_checks"), *given.arguments)
    return folder / "report.html"


def test_table_of_a_report_is_sorted_by_keyboard(browser: Browser, report: Path) -> None:
    """Column headers are buttons that keep the focus. The policy allows the script, and nothing is logged."""
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
    original = nearest.all_inner_texts()
    before = known.locator("thead").bounding_box()

    page.locator(".eg-sort", has_text="rank").first.focus()
    page.keyboard.press("Tab")
    seen = {}
    for key in ("Enter", "Space", "Enter"):
        page.keyboard.press(key)
        seen[str(page.evaluate("document.activeElement.parentElement.ariaSort"))] = nearest.all_inner_texts()

    assert page.evaluate("document.activeElement.textContent") == "neighbour"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert len(original) == 10
    assert seen["ascending"] == sorted(original)
    assert seen["descending"] == sorted(original, reverse=True)
    assert seen["None"] == original
    after = known.locator("thead").bounding_box()
    assert before is not None
    assert after is not None
    assert (after["width"], after["height"]) == (before["width"], before["height"])
    assert tables.filter(has_text="lowest cosine").locator("summary").count() == 2
    assert console == []
    page.close()


def test_report_without_scripts_has_plain_headers(browser: Browser, report: Path) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(report.as_uri())

    assert page.locator(".eg-sortable").count() >= 7
    assert page.locator(".eg-sort").count() == 0
    page.close()
