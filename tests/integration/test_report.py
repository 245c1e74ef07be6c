"""The report in a browser: it shows all checks of the verdict, and hostile names as text."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from embedgate.testing import sample
from tests.conftest import SAMPLE_CONFIG, write_sample
from tests.integration.browsing import needs_browser, unfold
from tests.integration.suite import copy_suite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.integration.forked_gate import ForkedGate, GateRun

FAMILIES = ("integrity", "vocabulary", "neighbours", "retrieval", "duplicates", "separation", "map", "geometry")
WRITTEN = (
    "\"'><svg onload=alert(1)>",
    "\\N{DASH} \\x41 \\",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "曲 🎵 $x_1$ &amp; {{7*7}}",
)
"""Names that a page can show unchanged."""
UNPRINTABLE = ("bell\x07 and escape\x1b[31m", "\u202egnp.exe", "half a pair \ud83d", "long " * 600)
"""Names with control characters, an override of the text direction, a lone surrogate, and 3 kB of text."""
HOSTILE = (*WRITTEN, *UNPRINTABLE)
OWN = f"""
import pytest
from embedgate.measures.measurement import Measurement

NAMES = {HOSTILE!a}

@pytest.mark.gate_check("custom.own")
@pytest.mark.parametrize("name", NAMES)
def test_own(gate_judge, name):
    print(name.encode("utf-8", "replace").decode())
    gate_judge(Measurement(value=0.0, n=1, summary=name, hint=name, tracks=(name,)), at_least=1.0)

@pytest.mark.parametrize("name", NAMES)
def test_that_is_no_check(name):
    assert name == "something else"
"""
"""Custom checks with hostile names in parameters, messages, output and assertions."""

pytestmark = needs_browser


@contextmanager
def opened(browser: Browser, report: Path) -> Iterator[tuple[Page, dict[str, list[Any]]]]:
    """Open a report and unfold every row; yield the page, and its messages, requests and dialogs."""
    seen: dict[str, list[Any]] = {"console": [], "requests": [], "dialogs": []}
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script("window.ran = []; window.alert = what => window.ran.push(String(what));")
    page.on("console", lambda message: seen["console"].append(message.text))
    page.on("pageerror", lambda error: seen["console"].append(str(error)))
    page.on("request", lambda request: seen["requests"].append(request.url))
    page.on("dialog", lambda dialog: seen["dialogs"].append(dialog.message))
    page.goto(report.as_uri())
    unfold(page)
    yield page, seen
    page.close()


@pytest.fixture
def sound_report(sound_run: GateRun) -> Path:
    """The report of a sound model."""
    return sound_run.folder / "report.html"


@pytest.fixture(scope="module")
def hostile_report(forked: ForkedGate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a model whose artists, tracks, playlists, genres, known tracks and folder have hostile names."""
    sound = sample()
    new = {f"Rock Artist {number:02}": f"{name} {number}" for number, name in enumerate(HOSTILE)}

    def renamed(text: str) -> str:
        return next((text.replace(old, name) for old, name in new.items() if old in text), text)

    given = replace(
        sound,
        keys=[renamed(key) for key in sound.keys],
        playlist_ids=[f"{HOSTILE[number % len(HOSTILE)]}-{name}" for number, name in enumerate(sound.playlist_ids)],
        sequences=[[renamed(key) for key in tracks] for tracks in sound.sequences],
        artists=[[renamed(artist) for artist in artists] for artists in sound.artists],
    )
    # TOML cannot contain lone surrogates
    known = "".join(
        f"[[known_tracks]]\ntrack = {_toml(f'{name} {number}-Song 00')}\n"
        f'expect = ["artist:nobody", {_toml(f"artist:{name} {number}")}]\nmin_hits = 10\n'
        for number, name in enumerate(HOSTILE)
        if "\ud83d" not in name
    )
    missing = f"[[known_tracks]]\ntrack = {_toml(WRITTEN[0])}\nexpect = [{_toml('track:' + WRITTEN[2])}]\n"
    config = SAMPLE_CONFIG.replace("[map]", f"{known}{missing}[map]").replace(
        "[genres]", f'[genres]\n{_toml(WRITTEN[0])} = ["rock"]\n{_toml(WRITTEN[2])} = ["nothing"]'
    )
    folder = copy_suite(tmp_path_factory.mktemp("hostile"))
    (folder / "quality_checks" / "test_own.py").write_text(OWN, encoding="utf-8")
    files = write_sample(given, folder / WRITTEN[0], config)
    forked(folder, "quality_checks", "--junitxml=junit.xml", *files.arguments)
    return folder / "report.html"


def _toml(text: str) -> str:
    """Return a text as a TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in escaped) + '"'


def test_sound_report_shows_verdict_and_figures_of_every_family(browser: Browser, sound_report: Path) -> None:
    """All images are loaded, and nothing is logged or requested."""
    with opened(browser, sound_report) as (page, seen):
        text = page.inner_text("body")
        assert page.inner_text(".eg-verdict strong").lower() == "passed"
        for family in FAMILIES:
            drawn = ".eg-map" if family == "map" else f".eg-family:has(summary b:text-is('{family}'))"
            assert page.locator(f"{drawn} .eg-figure").count() >= 1, family
        pictures = page.eval_on_selector_all(
            ".eg-figure img", "all => all.map(one => [one.src.slice(0, 22), one.complete, one.naturalWidth, one.alt])"
        )
        assert len(pictures) >= 8
        for source, complete, width, alternative in pictures:
            assert (source, complete, width > 100) == ("data:image/png;base64,", True, True)
            assert alternative
        assert "Rock Artist 00-Song 01" in text
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
        assert seen == {"console": [], "requests": [sound_report.as_uri()], "dialogs": []}


def test_every_check_has_a_row_in_both_tables(browser: Browser, sound_report: Path) -> None:
    """The tables are those of the report and of pytest-html."""
    expected = [
        check["id"]
        for check in json.loads(sound_report.with_name("verdict.json").read_text(encoding="utf-8"))["checks"]
    ]
    with opened(browser, sound_report) as (page, _seen):
        assert sorted(page.locator(".eg-checks tbody code").all_inner_texts()) == sorted(expected)
        assert sorted(page.locator("tbody.results-table-row td.col-testId").all_inner_texts()) == sorted(expected)


def test_hostile_names_run_no_code(browser: Browser, hostile_report: Path) -> None:
    """Nothing is requested or logged, and no name becomes an element."""
    with opened(browser, hostile_report) as (page, seen):
        assert page.evaluate("window.ran") == []
        assert seen == {"console": [], "requests": [hostile_report.as_uri()], "dialogs": []}
        # pytest-html's own rows have an empty <img src="">
        assert page.locator("img:not([src^='data:image/png;base64,'], [src=''])").count() == 0
        assert page.locator("svg, iframe, object, embed").count() == 0
        assert page.locator("a[href^='javascript:'], [onload], [onerror]").count() == 0
        # data and script of the map, and the scripts of the page and pytest-html
        assert page.locator("script").count() == 4
        assert page.locator("script:not([type])").count() == 3
        assert page.locator("[onclick]").count() == 0


def test_hostile_names_are_shown_as_written(browser: Browser, hostile_report: Path) -> None:
    """Names appear in messages, lists of offending tracks, figures, output and the path of the files."""
    with opened(browser, hostile_report) as (page, _seen):
        assert page.inner_text(".eg-verdict strong").lower() == "failed"
        assert WRITTEN[0] in page.inner_text(".eg-facts")
        flagged = "\n".join(page.locator(".eg-flagged").all_inner_texts())
        figures = "\n".join(page.locator(".eg-figure:visible").all_inner_texts())
        logs = "\n".join(page.locator(".log:visible").all_inner_texts())
        for name in WRITTEN:
            assert name in flagged
            assert name in figures
            assert name in logs
        assert "bell\ufffd and escape\ufffd[31m" in flagged
        assert "Bell\ufffd and escape\ufffd[31m" in logs
        assert "half a pair \ufffd" in flagged
        assert UNPRINTABLE[-1].strip() in flagged
        assert page.eval_on_selector(".eg-offending q", "one => getComputedStyle(one).unicodeBidi") == "isolate"


def test_hostile_names_leave_tables_and_page_width_intact(browser: Browser, hostile_report: Path) -> None:
    """Every check and every other test has a complete row."""
    checks = json.loads(hostile_report.with_name("verdict.json").read_text(encoding="utf-8"))["checks"]
    with opened(browser, hostile_report) as (page, _seen):
        summary, rows = page.locator(".eg-checks tbody tr"), page.locator("tr.collapsible")
        assert summary.count() == len(checks)
        assert rows.count() == len(checks) + len(HOSTILE)
        for found, columns in ((summary, 7), (rows, 6)):
            assert set(found.evaluate_all("all => all.map(row => row.cells.length)")) == {columns}
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
        ids = page.locator("td.col-testId").all_inner_texts()
        assert {check["id"] for check in checks} <= set(ids)
        assert all(check["id"].isascii() for check in checks)


def test_hostile_names_are_unchanged_in_verdict_and_junit(hostile_report: Path) -> None:
    """JUnit is valid XML, and each known track has its own check."""
    checks = {
        check["id"]: check
        for check in json.loads(hostile_report.with_name("verdict.json").read_text(encoding="utf-8"))["checks"]
    }
    offending = {track for check in checks.values() for track in check["tracks"]}
    known = [check for check_id, check in checks.items() if check_id.startswith("neighbours.known[")]
    suite = ET.parse(hostile_report.with_name("junit.xml")).getroot()  # noqa: S314 - written by this run

    assert offending.issuperset(name for name in HOSTILE if "\ud83d" not in name)
    assert len(known) == len(HOSTILE) + 1
    assert {check["outcome"] for check in known} == {"failed"}
    assert len(list(suite.iter("testcase"))) == len(checks) + len(HOSTILE)
