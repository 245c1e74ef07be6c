"""The report in a real browser: it opens, shows everything, and runs nothing that is not its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from embedgate.testing import sample
from tests.conftest import SAMPLE_CONFIG, SampleFiles, write_sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FAMILIES = ("integrity", "vocabulary", "neighbours", "retrieval", "duplicates", "separation", "map", "geometry")
HOSTILE = (
    "\"'><svg onload=alert(1)>",
    "\\N{DASH} \\x41 \\",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "bell\x07 and escape\x1b[31m",
    "\u202egnp.exe",
    "曲 🎵 $x_1$",
    "long " * 600,
)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium or google-chrome is installed")


def run_gate(files: SampleFiles, folder: Path) -> Path:
    """Run the whole suite in a process of its own, and return the report."""
    subprocess.run(
        [sys.executable, "-m", "pytest", str(ROOT / "quality_checks"), "-q", *files.arguments],
        cwd=folder,
        check=False,
        capture_output=True,
    )
    return folder / "report.html"


@contextmanager
def opened(report: Path) -> Iterator[tuple[Page, dict[str, list[Any]]]]:
    """Open a report offline, every row unfolded; what it logs, asks for and runs is written down."""
    from playwright.sync_api import sync_playwright

    seen: dict[str, list[Any]] = {"console": [], "requests": [], "dialogs": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script("window.ran = []; window.alert = what => window.ran.push(String(what));")
        page.on("console", lambda message: seen["console"].append(message.text))
        page.on("pageerror", lambda error: seen["console"].append(str(error)))
        page.on("request", lambda request: seen["requests"].append(request.url))
        page.on("dialog", lambda dialog: seen["dialogs"].append(dialog.message))
        page.goto(report.as_uri())
        page.click("#show_all_details")
        page.wait_for_timeout(400)
        yield page, seen
        browser.close()


@pytest.fixture(scope="module")
def sound_report(sound: SampleFiles, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a sound model."""
    return run_gate(sound, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def hostile_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a model whose artists, tracks, playlists, users, genres and known tracks are hostile."""
    sound = sample()
    new = {f"Rock Artist {number:02}": HOSTILE[number % len(HOSTILE)] + f" {number}" for number in range(10)}

    def renamed(text: str) -> str:
        return next((text.replace(old, name) for old, name in new.items() if old in text), text)

    given = replace(
        sound,
        keys=[renamed(key) for key in sound.keys],
        playlist_ids=[f"{HOSTILE[number % len(HOSTILE)]}-{name}" for number, name in enumerate(sound.playlist_ids)],
        sequences=[[renamed(key) for key in tracks] for tracks in sound.sequences],
        artists=[[renamed(artist) for artist in artists] for artists in sound.artists],
    )
    known = "".join(
        f"[[known_tracks]]\ntrack = {_toml(renamed(f'Rock Artist {number:02}-Song 00'))}\n"
        f'expect = ["artist:nobody", {_toml("artist:" + new[f"Rock Artist {number:02}"])}]\nmin_hits = 10\n'
        for number in range(10)
    )
    missing = f"[[known_tracks]]\ntrack = {_toml(HOSTILE[0])}\nexpect = [{_toml('track:' + HOSTILE[2])}]\n"
    config = SAMPLE_CONFIG.replace("[map]", f"{known}{missing}[map]").replace(
        "[genres]", f'[genres]\n{_toml(HOSTILE[0])} = ["rock"]\n{_toml(HOSTILE[2])} = ["nothing"]'
    )
    folder = tmp_path_factory.mktemp("hostile")
    return run_gate(write_sample(given, folder, config), folder)


def _toml(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in escaped) + '"'


def test_a_sound_report_shows_everything(sound_report: Path) -> None:
    """Verdict, a figure by every family, all pictures whole, nothing logged, nothing fetched."""
    with opened(sound_report) as (page, seen):
        text = page.inner_text("body")
        assert page.inner_text(".eg-verdict strong").lower() == "passed"
        for family in FAMILIES:
            rows = page.locator("tbody.results-table-row", has=page.locator(f"td.col-testId:text('{family}.')"))
            assert rows.locator(".eg-figure").count() >= 1, family
        widths = page.eval_on_selector_all("img[src^='data:']", "all => all.map(one => one.naturalWidth)")
        assert len(widths) >= 8
        assert all(width > 100 for width in widths)
        assert "Rock Artist 00-Song 01" in text
        assert seen == {"console": [], "requests": [sound_report.as_uri()], "dialogs": []}


def test_every_check_is_a_row(sound_report: Path) -> None:
    """No row of pytest's own table is lost, whatever its outcome."""
    with opened(sound_report) as (page, _seen):
        shown = page.locator("tbody.results-table-row").count()
        assert shown == page.locator(".eg-checks tbody tr").count()


def test_hostile_names_run_nothing_and_are_shown_as_written(hostile_report: Path) -> None:
    """Markup, quotes, scripts, control characters: nothing runs, the page stays whole, names are text."""
    with opened(hostile_report) as (page, seen):
        assert page.evaluate("window.ran") == []
        assert seen["dialogs"] == []
        assert seen["requests"] == [hostile_report.as_uri()]
        assert seen["console"] == []
        assert page.inner_text(".eg-verdict strong").lower() == "failed"
        text = page.inner_text("body")
        for name in HOSTILE[:5]:
            assert name in text
        assert page.locator("svg, .eg script, .extraHTML script").count() == 0
        assert page.locator("tbody.results-table-row").count() == page.locator(".eg-checks tbody tr").count()
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
