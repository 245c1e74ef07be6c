"""The report in a browser: interactive map, content security policy, accessibility, print."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import embedgate
from embedgate.testing import sample
from tests.conftest import SAMPLE_CONFIG, SampleFiles, write_sample
from tests.integration.browsing import needs_browser, settle, unfold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.integration.forked_gate import ForkedGate

ROOT = Path(__file__).resolve().parents[2]
CONFIG = SAMPLE_CONFIG.replace("at_most = 0.05", "at_most = 0.0")
PLANTED = (
    "<script>window.ran = 'script'</script>",
    "<svg onload=\"window.ran = 'svg'\"></svg>",
    "<img src=x onerror=\"window.ran = 'img'\">",
    "<iframe srcdoc=\"<script>parent.ran = 'iframe'</script>\"></iframe>",
    "<a id=planted href=\"javascript:window.ran = 'link'\">link</a>",
    '<base href="https://example.invalid/"><img src="https://example.invalid/x.png">',
    '<style>body{background:url("https://example.invalid/y.png")}</style>',
)
"""Markup that runs code or sends a request if it is not escaped."""
MARKUP = (
    "\"'><svg onload=window.ran=1>",
    "</script><script>window.ran=1</script>",
    "<img src=x onerror=window.ran=1>",
)

pytestmark = needs_browser


def with_champion(folder: Path) -> tuple[SampleFiles, str]:
    """Write a sample that contains a recording twice, and a champion that differs slightly."""
    sound = sample()
    vectors = np.array(sound.vectors)
    vectors[1] = vectors[0] + 0.01  # equal vectors would share a point on the map
    keys = [sound.keys[0], f"{sound.keys[0]} - Remaster", *sound.keys[2:]]
    sequences = [[keys[1] if key == sound.keys[1] else key for key in tracks] for tracks in sound.sequences]
    files = write_sample(replace(sound, keys=keys, vectors=vectors, sequences=sequences), folder, CONFIG)
    noise = np.random.default_rng(4).standard_normal(vectors.shape) * 0.02 * np.abs(vectors).mean()
    np.savez(folder / "champion.npz", keys=np.array(keys[:-3]), vectors=(vectors + noise)[:-3])
    return files, f"--gate-champion={folder / 'champion.npz'}"


def run_gate(forked: ForkedGate, folder: Path, *more: str, **prepared: Any) -> tuple[Path, str]:
    """Run the gate; return the report and the output."""
    files, champion = with_champion(folder)
    ended = forked(folder, str(ROOT / "quality_checks"), "-q", *files.arguments, champion, *more, **prepared)
    return folder / "report.html", ended.output


@pytest.fixture(scope="module")
def report(forked: ForkedGate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a model with a champion and offending tracks."""
    written, output = run_gate(forked, tmp_path_factory.mktemp("page"))
    assert "content security policy" not in output
    return written


@contextmanager
def opened(
    browser: Browser, report: Path, *, live: bool = True, **options: Any
) -> Iterator[tuple[Page, list[str], list[str]]]:
    """Open a report, and wait for the interactive map if `live` is set; yield page, messages and requests."""
    page = browser.new_page(**options)
    console: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: console.append(message.text))
    page.on("pageerror", lambda error: console.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    # a request that the policy blocks is reported but not sent
    page.on("requestfailed", lambda failed: requests.remove(failed.url) if failed.failure == "csp" else None)
    page.goto(report.as_uri())
    if live:
        page.wait_for_selector(".eg-map-on")
        settle(page)
    yield page, console, requests
    page.close()


def test_interactive_map_finds_tracks_and_shows_their_neighbours(browser: Browser, report: Path) -> None:
    """It also shows neighbours in the champion and offending tracks; nothing is requested or logged."""
    with opened(browser, report) as (page, console, requests):
        page.fill("#eg-map-search", "Rap Artist 01")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        panel = page.locator(".eg-map-panel")
        assert "Rap Artist 01" in panel.inner_text()
        assert panel.locator("li").count() == 10 + 10
        first = panel.locator("li button").first
        title = first.locator(".eg-map-title").inner_text()
        first.click()
        assert panel.locator("h3").inner_text() == title
        page.keyboard.press("Escape")
        page.get_by_role("checkbox", name=re.compile("^Mark")).check()
        assert "Remaster" in panel.inner_text()
        assert not page.locator(".eg-map-static").is_visible()
        opening = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
        assert console == []
        assert requests == [report.as_uri()]
    # printed with `pytest -s`
    sys.stdout.write(f"report of {report.stat().st_size:,} bytes opens in {opening:.0f} ms\n")
    assert report.stat().st_size < 2_000_000


@pytest.mark.parametrize("policy", ["", "script-src 'none'"])
def test_report_without_scripts_shows_the_static_map(
    browser: Browser, report: Path, tmp_path: Path, policy: str
) -> None:
    """Scripts are disabled, or forbidden by a server; verdict, checks and figures are still shown."""
    page_without = tmp_path / "report.html"
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else ""
    page_without.write_text(report.read_text(encoding="utf-8").replace("<head>", f"<head>{meta}"), encoding="utf-8")
    with opened(browser, page_without, live=False, java_script_enabled=bool(policy)) as (page, _console, _requests):
        assert page.locator(".eg-map-static img").first.is_visible()
        assert page.locator(".eg-map-app").count() == 0
        assert page.locator(".eg-verdict").is_visible()
        page.click(".eg-family > summary:has-text('retrieval')")
        assert page.locator(".eg-family[open] .eg-checks").last.is_visible()
        assert page.locator(".eg-family[open] .eg-figure img").last.is_visible()


def test_policy_blocks_planted_markup(browser: Browser, report: Path, tmp_path: Path) -> None:
    """Unescaped markup in a finished page runs and requests nothing, and the interactive map works."""
    planted = tmp_path / "planted.html"
    text = report.read_text(encoding="utf-8")
    assert text.count('<section class="eg"') == 1
    planted.write_text(
        text.replace('<section class="eg"', f'{"".join(PLANTED)}<section class="eg"'), encoding="utf-8"
    )
    with opened(browser, planted) as (page, console, requests):
        page.evaluate("document.getElementById('planted').click()")
        page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", "".join(PLANTED))
        settle(page)
        assert page.evaluate("window.ran") is None
        assert [url for url in requests if not url.startswith(("file:", "about:", "data:"))] == []
        assert len([message for message in console if "Content Security Policy" in message]) >= 5
        assert page.locator(".eg-map-app").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_report_has_no_serious_accessibility_violation(
    browser: Browser, report: Path, scheme: str, width: int
) -> None:
    """Every row is unfolded, and the markup of pytest-html is included."""
    options: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    with opened(browser, report, **options) as (page, _console, _requests):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        unfold(page)
        assert serious_violations(page) == {}


def serious_violations(page: Page) -> dict[str, list[Any]]:
    """Return the serious and critical violations that axe finds: rules and the first elements."""
    from axe_playwright_python.sync_playwright import Axe

    return {
        each["id"]: [node["target"] for node in each["nodes"]][:3]
        for each in Axe().run(page).response["violations"]
        if each["impact"] in ("serious", "critical")
    }


@pytest.fixture(scope="module")
def standalone_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page that the Python API writes for the same model."""
    folder = tmp_path_factory.mktemp("api")
    files, _ = with_champion(folder)
    tested = embedgate.load_files(files.vectors, files.playlists)
    champion = embedgate.load_files(folder / "champion.npz", files.playlists)
    page = folder / "page.html"
    embedgate.evaluate(tested, config=files.config, champion=champion).to_html(page)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_standalone_page_is_interactive_and_accessible(browser: Browser, standalone_page: Path, scheme: str) -> None:
    """Nothing is requested or logged, because the policy allows the scripts of the page."""
    options: dict[str, Any] = {"viewport": {"width": 390, "height": 900}, "color_scheme": scheme}
    with opened(browser, standalone_page, **options) as (page, console, requests):
        page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.locator(".eg-sortable .eg-sort").count() > 0
        assert page.locator(".eg-figure img").count() > 0
        assert serious_violations(page) == {}
        assert (console, requests) == ([], [standalone_page.as_uri()])


def test_policy_of_the_standalone_page_blocks_planted_markup(
    browser: Browser, standalone_page: Path, tmp_path: Path
) -> None:
    planted = tmp_path / "planted.html"
    text = standalone_page.read_text(encoding="utf-8")
    planted.write_text(text.replace("<body>", f"<body>{''.join(PLANTED)}"), encoding="utf-8")
    with opened(browser, planted) as (page, console, requests):
        page.evaluate("document.getElementById('planted').click()")
        settle(page)
        assert page.evaluate("window.ran") is None
        assert [url for url in requests if not url.startswith(("file:", "about:", "data:"))] == []
        assert len([message for message in console if "Content Security Policy" in message]) >= 5


def test_printed_report_fits_a4_and_has_no_controls(browser: Browser, report: Path) -> None:
    """No table is cut off, and the static map replaces the interactive map."""
    with opened(browser, report, viewport={"width": 720, "height": 1000}) as (page, _console, _requests):
        page.emulate_media(media="print")
        wide = "all => all.filter(one => one.getBoundingClientRect().right > 720).length"
        assert page.eval_on_selector_all(".eg-checks", wide) == 0
        assert page.locator(".eg-map-static img").first.is_visible()
        assert not page.locator(".eg-map-app").is_visible()
        assert not page.locator("#show_all_details").is_visible()
        assert page.pdf()[:5] == b"%PDF-"


def test_rows_of_tests_can_be_opened_by_keyboard(browser: Browser, report: Path) -> None:
    """The first cell of a row works like a button, and keeps the focus."""
    with opened(browser, report) as (page, console, _requests):
        page.click(".eg-tests > summary")
        cell = page.locator(".collapsible .col-result.collapsed").first
        name = cell.locator("xpath=..").get_attribute("data-id")
        cell.focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.parentElement.dataset.id") == name
        assert "collapsed" not in (page.evaluate("document.activeElement.className") or "")
        assert page.get_by_label(re.compile("Passed")).is_checked()
        assert console == []


def test_table_of_tests_is_open_only_if_a_test_that_is_no_check_failed(
    browser: Browser, forked: ForkedGate, tmp_path: Path
) -> None:
    """Failed checks are reported above the table."""
    suite = tmp_path / "quality_checks"
    suite.mkdir()
    beside = suite / "test_beside.py"
    shown = []
    for says in ("pass", "assert False, 'reported here'"):
        beside.write_text(f"def test_beside():\n    {says}\n", encoding="utf-8")
        written, _output = run_gate(forked, tmp_path, str(suite), without_map_process=True)
        with opened(browser, written, live=False) as (page, _console, _requests):
            settle(page)
            shown.append((page.locator("#results-table").is_visible(), page.locator(".log:visible").count() > 0))

    assert shown == [(False, False), (True, True)]


def test_report_of_a_distributed_run_has_the_interactive_map(
    browser: Browser, forked: ForkedGate, tmp_path: Path
) -> None:
    written, output = run_gate(forked, tmp_path, "-n", "2")
    assert "content security policy" not in output
    with opened(browser, written) as (page, console, _requests):
        assert page.locator(".eg-map-app").is_visible()
        assert console == []


def test_hostile_names_in_a_distributed_run_are_shown_as_text(
    browser: Browser, forked: ForkedGate, tmp_path: Path
) -> None:
    """All tracks, artists and playlists, and the folder, have hostile names; some contain a lone surrogate."""
    sound = sample()
    artists = sorted({key.partition("-")[0] for key in sound.keys})
    new = {artist: f"{MARKUP[number % 3]} {number}" for number, artist in enumerate(artists)}

    def renamed(key: str) -> str:
        artist, _, title = key.partition("-")
        return f"{new[artist]}-{MARKUP[len(title) % 3]} {title} \ud83d"

    given = replace(
        sound,
        keys=[renamed(key) for key in sound.keys],
        playlist_ids=[f"{MARKUP[number % 3]}-{name}" for number, name in enumerate(sound.playlist_ids)],
        sequences=[[renamed(key) for key in tracks] for tracks in sound.sequences],
        artists=[[new[artist] for artist in artists] for artists in sound.artists],
    )
    files = write_sample(given, tmp_path / "<img src=x onerror=window.ran=1>", SAMPLE_CONFIG)
    ended = forked(tmp_path, str(ROOT / "quality_checks"), "-q", "-n", "2", *files.arguments)
    assert "INTERNALERROR" not in ended.output
    with opened(browser, tmp_path / "report.html") as (page, console, requests):
        page.fill("#eg-map-search", "svg onload")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        for row in page.locator(".eg-map-panel .eg-map-list button").all():
            row.hover()
        unfold(page)
        assert "<svg onload=" in page.inner_text(".eg-map-panel")
        assert page.evaluate("window.ran") is None
        assert page.locator(".eg svg, iframe, [onload], [onerror]").count() == 0
        assert console == []
        assert requests == [(tmp_path / "report.html").as_uri()]
