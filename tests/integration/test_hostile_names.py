"""Generated hostile names in every part of the report: in a browser, nothing runs and names are text."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from embedgate.material.catalogue import TrackCatalogue
from embedgate.report.figures.labels import one_line as in_figure
from embedgate.report.live_map.payload import MAX_NAME_LENGTH
from embedgate.testing import sample
from tests.conftest import write_sample
from tests.integration.browsing import needs_browser
from tests.integration.conftest import FLOW, Datastore
from tests.integration.hostile import RUNS, can_be_toml, file_name, in_toml, names, on_page, watched, whole
from tests.integration.suite import copy_suite

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from embedgate.testing import Sample
    from tests.integration.forked_gate import ForkedGate
    from tests.integration.hostile import Seen

MANY = 100
"""Number of names per example."""
SEARCHED, HOVERED = 2, 4
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
USER = "\"'><img src=x onerror=ran.push(1)>\u2069\u202e\n::error::x\x1b[31m\\N{DASH}"
TAGS = (
    "</script><script>ran.push(1)</script>",
    "\n::error title=x::y\x07",
    "##[error]x",
    "\u2069\u202e曲 שיר أغنية 👩\u200d👧🏽",
    "\\u003csvg onload=ran.push(1)\\u003e{{7*7}}${x}",
    "W" * 500,
)
OWN = """
import sys
import pytest
from embedgate.measures.measurement import Measurement

NAMES = {names!a}
# ids of checks are shortened: the numbers keep them apart
IDS = [f"{{number}} {{name}}" for number, name in enumerate(NAMES)]

@pytest.mark.gate_check("custom.own")
@pytest.mark.parametrize("name", NAMES, ids=IDS)
def test_own(gate_judge, name):
    gate_judge(Measurement(value=0.0, n=1, summary=name, hint=name, tracks=(name, name + "|")), at_least=1.0)

@pytest.mark.parametrize("name", NAMES, ids=IDS)
def test_that_is_no_check(name):
    print(name.encode("utf-8", "replace").decode())
    print(name.encode("utf-8", "replace").decode(), file=sys.stderr)
    assert name == "something else", name
"""
"""Custom checks with names in parameters, messages, hints, tracks, output and assertions."""

pytestmark = needs_browser


@dataclass(frozen=True)
class Written:
    """A report and its expected content.

    Attributes:
        report: path of the page.
        names: the generated names.
        keys: keys of all tracks, including those of the champion.
        titles: titles of the tracks of the tested model, and of those that only the champion has.
        files: vectors, champion and config, as shown in the report.
        branch: name of the branch in the CI environment.
    """

    report: Path
    names: list[str]
    keys: list[str]
    titles: list[str]
    files: list[str]
    branch: str


def model_of(drawn: list[str]) -> tuple[Sample, Sample]:
    """Return a model with hostile names and its champion; many checks have offending tracks."""
    sound = sample(artists_per_genre=6, tracks_per_artist=6, playlists=108)
    artist_of = dict(zip(sorted({key.partition("-")[0] for key in sound.keys}), drawn, strict=False))
    new = {
        # the number is at the end because numpy removes a trailing NUL
        key: f"{artist_of[key.partition('-')[0]]}-{drawn[number % MANY]} {number}"
        for number, key in enumerate(sound.keys)
    }
    for copy, original in ((1, 0), (7, 6)):
        new[sound.keys[copy]] = f"{new[sound.keys[original]]} - Remaster"
    vectors = sound.vectors.copy()
    vectors[[1, 7]] = vectors[[0, 6]]
    beside = vectors + np.random.default_rng(4).normal(0, 0.02, vectors.shape).astype(np.float32)
    vectors[20], vectors[21], vectors[30:50:4] = np.nan, 0, vectors[34:54:4]
    keys = list(new.values())
    tested = replace(
        sound,
        keys=keys[:-5],
        vectors=vectors[:-5],
        playlist_ids=[f"{drawn[number % MANY]}-{name}" for number, name in enumerate(sound.playlist_ids)],
        sequences=[[new[key] for key in tracks] for tracks in sound.sequences],
        artists=[[artist_of[artist] for artist in artists] for artists in sound.artists],
    )
    gone = [f"{name} gone" for name in drawn[:3]]
    return tested, replace(tested, keys=[*keys, *gone], vectors=np.concatenate([beside, beside[:3]]))


def config_of(drawn: list[str], model: Sample) -> str:
    """Return a config with hostile names in genres, words and known tracks, some of which do not exist."""
    able = list(filter(can_be_toml, drawn))
    genres = {able[0]: "rock", able[1]: "rap", able[2]: "jazz", able[3]: able[4]}
    artists = [f"artist:{name}" for name in able if any(name in credited for credited in model.artists)]
    known = [*filter(can_be_toml, model.keys[:20]), *able[-4:]]
    tracks = "".join(
        f"[[known_tracks]]\nid = {in_toml(able[number])}\ntrack = {in_toml(track)}\nmin_hits = 3\n"
        f"expect = [{', '.join(map(in_toml, (f'genre:{able[0]}', f'track:{able[-1]}', *artists[:3])))}]\n"
        f"never = [{', '.join(map(in_toml, (f'genre:{able[1]}', f'track:{able[-2]}', *artists[-3:])))}]\n"
        for number, track in enumerate(known)
    )
    of_genres = "".join(f"{in_toml(genre)} = [{in_toml(word)}]\n" for genre, word in genres.items())
    return f'[model]\ntrack_separator = "-"\n[genres]\n{of_genres}{tracks}[map]\ntracks = 60\n'


def gate_of(forked: ForkedGate, drawn: list[str], folder: Path) -> Written:
    """Run the gate with hostile names for everything that has a name."""
    tested, champion = model_of(drawn)
    here = folder / f"folder {file_name(drawn[-1])}"
    made = write_sample(tested, here, config_of(drawn, tested))
    files = {
        role: here / f"{role} {file_name(name)}.{end}"
        for role, name, end in zip(
            ("vectors", "playlists", "config", "champion"), drawn, ("npz", "jsonl", "toml", "npz"), strict=False
        )
    }
    made.vectors.rename(files["vectors"])
    made.playlists.rename(files["playlists"])
    made.config.rename(files["config"])
    with files["champion"].open("wb") as file:
        np.savez(file, keys=np.array(champion.keys), vectors=champion.vectors)
    own = copy_suite(here) / "quality_checks" / f"own {file_name(drawn[-2])}"
    own.mkdir()
    (own / "test_own.py").write_text(OWN.format(names=drawn), encoding="utf-8")
    report = here / f"{file_name(drawn[-3])}.html"
    arguments = [f"--html={report}", *(f"--gate-{role}={path}" for role, path in files.items())]
    branch = file_name(drawn[-4])
    run_gate(forked, here, *arguments, GIT_BRANCH=branch)
    return Written(
        report,
        drawn,
        champion.keys,
        [
            *(f"{drawn[number % MANY]} {number}" for number in range(len(tested.keys))),
            *TrackCatalogue.of(champion.keys[len(tested.keys) :], {}, "-").titles,
        ],
        [str(files["vectors"]), str(files["champion"]), files["config"].name],
        branch,
    )


def run_gate(forked: ForkedGate, folder: Path, *arguments: str, **environment: str) -> str:
    """Run the suite in a folder, and return the output."""
    ended = forked(folder, "quality_checks", *arguments, environment=environment)
    assert "INTERNALERROR" not in ended.output, ended.output
    assert "no content security policy" not in ended.output, ended.output
    return ended.output


def without_policy(report: Path) -> Path:
    """Write a copy of the page without its content security policy, and return its path."""
    text, found = POLICY.subn("", report.read_text(encoding="utf-8"))
    assert found == 1
    beside = report.with_name("without policy.html")
    beside.write_text(text, encoding="utf-8")
    return beside


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # some names are long on purpose
@settings(
    max_examples=3,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # an example takes seconds, so shrinking would take hours
)
@given(drawn=st.lists(names(), min_size=MANY, max_size=MANY, unique=True))
def test_generated_names_are_text_everywhere(
    browser: Browser, forked: ForkedGate, tmp_path_factory: pytest.TempPathFactory, drawn: list[str]
) -> None:
    """With and without the policy, nothing runs, is requested, is logged or is wider than the page."""
    written = gate_of(forked, drawn, tmp_path_factory.mktemp("names"))

    for report, width in ((written.report, 1280), (without_policy(written.report), 390)):
        with watched(browser, report, width=width) as (page, seen):
            search_and_hover(page, written)
            shown_as_written(page, written)
            silent(page, seen, report)
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def silent(page: Page, seen: Seen, report: Path) -> None:
    """Assert that no name ran code, sent a request, logged a message or became an element."""
    assert page.evaluate("window.ran") == []
    assert (seen.console, seen.dialogs, seen.requests) == ([], [], [report.as_uri()])
    for selector in (
        "svg, iframe, object, embed, base, form, plaintext, textarea",
        "[onload], [onerror], [onfocus], [ontoggle], [onmouseover], [onclick], [href^='javascript:']",
    ):
        assert page.locator(selector).count() == 0, selector
    assert page.locator("script").count() == 4  # data and script of the map, and scripts of the page and pytest-html


def search_and_hover(page: Page, written: Written) -> None:
    """Search for tracks by their full names on the interactive map, and hover over their neighbours."""
    marking = page.get_by_role("checkbox", name=re.compile("^Mark"))
    marking.check()
    offending = page.locator(".eg-map-panel .eg-map-title").all_text_contents()
    marking.uncheck()  # the panel lists the most played tracks
    found = page.locator(".eg-map-panel .eg-map-title").all_text_contents()[:SEARCHED]
    assert len(found) == SEARCHED
    titles = {in_figure(f"{title}{end}", MAX_NAME_LENGTH) for title in written.titles for end in ("", " - Remaster")}
    assert titles.issuperset(offending)
    for title in found:
        assert title in titles
        page.fill("#eg-map-search", title)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        assert page.locator(".eg-map-panel h3").text_content() == title
        assert titles.issuperset(page.locator(".eg-map-panel li .eg-map-title").all_text_contents())
        for row in page.locator(".eg-map-panel .eg-map-list button").all()[:HOVERED]:
            row.hover()


def shown_as_written(page: Page, written: Written) -> None:
    """Assert that names are complete in facts, messages and logs, and shortened to one line in figures."""
    about = "\n".join(page.locator(".eg-facts dd").all_text_contents())
    logs = "\n".join(page.locator(".log").all_text_contents())
    rows = page.locator("td.col-testId")

    assert all(on_page(path) in about for path in written.files)
    assert on_page(written.branch) in page.locator("#environment div").all_text_contents()
    assert set(page.locator(".eg-offending q").all_text_contents()) >= set(map(on_page, written.names))
    near = page.locator(".eg-sortable:has(thead:has-text('neighbour')) td:nth-child(2)").all_text_contents()
    assert near
    assert set(map(in_figure, written.keys)).issuperset(near)
    assert [name for name in written.names if whole(name) and name not in logs] == []
    assert rows.filter(has_text="test_that_is_no_check").count() == MANY
    assert rows.filter(has_text="custom.own").count() == MANY
    assert set(page.locator("tr.collapsible").evaluate_all("all => all.map(row => row.cells.length)")) == {6}


@pytest.fixture(scope="module")
def of_a_run(forked: ForkedGate, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The report on a run with a hostile user name and hostile tags, and the output of the gate run."""
    root, home, gate = (tmp_path_factory.mktemp(name) for name in ("store", "home", "gate"))
    environment = {"METAFLOW_DATASTORE_SYSROOT_LOCAL": str(root)}
    bare = Datastore(root, home, *[""] * 7).environment(**environment, METAFLOW_USER=USER)
    tagged = [word for tag in TAGS for word in ("--tag", tag)]
    subprocess.run(
        [sys.executable, FLOW, "--no-pylint", "run", *tagged], env=bare, cwd=root, check=True, capture_output=True
    )
    copy_suite(gate)
    return gate / "report.html", run_gate(forked, gate, "--gate-flow=TinyFlow", **bare)


def test_user_and_tags_of_a_run_are_shown_as_text(browser: Browser, of_a_run: tuple[Path, str]) -> None:
    """The report shows them as written; the header in the terminal shows them on one line."""
    report, output = of_a_run

    header = [line for line in output.splitlines() if line.startswith("embedgate: ")]
    assert len(header) == 4
    assert all(tag.split()[-1] in header[0] for tag in TAGS if whole(tag) and "##" not in tag)
    assert not [line for line in output.splitlines() if line.startswith("::") or "##[" in line]
    assert not {"\x1b", "\x07", "\u202e"}.intersection(output)
    with watched(browser, report) as (page, seen):
        facts = page.locator(".eg-facts div").all_text_contents()
        assert f"by{on_page(USER)}" in facts
        assert f"tags{on_page(', '.join(sorted(TAGS)))}" in facts
        silent(page, seen, report)


def test_fragments_run_if_they_are_not_escaped_and_there_is_no_policy(browser: Browser, tmp_path: Path) -> None:
    """Negative control: the sentinel records each fragment."""
    files = [tmp_path / f"{number}.html" for number, _ in enumerate(RUNS)]
    for file, fragment in zip(files, RUNS, strict=True):
        file.write_text(f"<!DOCTYPE html><html><body><p>{fragment}</p></body></html>", encoding="utf-8")

    with watched(browser, files[0]) as (page, _seen):
        for file in files:
            page.goto(file.as_uri())
            page.wait_for_function("window.ran.length > 0", timeout=5000)


def test_policy_blocks_fragments_that_are_not_escaped(
    browser: Browser, of_a_run: tuple[Path, str], tmp_path: Path
) -> None:
    text = of_a_run[0].read_text(encoding="utf-8")
    planted = tmp_path / "planted.html"
    planted.write_text(text.replace('<section class="eg"', f'{"".join(RUNS)}<section class="eg"'), encoding="utf-8")

    with watched(browser, planted) as (page, seen):
        assert page.evaluate("window.ran") == []
        assert len([message for message in seen.console if "Content Security Policy" in message]) >= len(RUNS) / 2
