"""Figures of every family: unusual models, hostile names, and any settings of matplotlib."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pytest
from markupsafe import Markup

from embedgate.checks.bounds import at_least, at_most
from embedgate.config.sections import KnownTrack
from embedgate.judgement.result import CheckResult
from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.evidence import Evidence
from embedgate.measures.map_faithfulness import Faithfulness
from embedgate.report.figures import figures_of
from embedgate.report.figures.canvas import DENSITY
from embedgate.report.figures.figure import Cell, Figure, bullet_list, table
from embedgate.report.figures.labels import one_line
from embedgate.report.figures.lettering import drawable, width_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FAMILIES = (
    "integrity", "vocabulary", "neighbours", "retrieval", "duplicates", "separation", "map", "geometry", "champion",
)  # fmt: skip
HOSTILE = (
    "\"'><svg onload=alert(1)>",
    "\\N{DASH} \\u0041",
    "$x_1$ and $ and $$",
    "two\nlines\r\n\tand \x00 a \x1b[31m",
    "米津玄師 レモン",
    "🎸🎤 \N{ZERO WIDTH JOINER}",
    "\u202egnol\u202c" + "long " * 400,
    "\ud800 half a pair",
    "Sigur Rós",
    "&amp; </td></table>",
)
GENRES = {"rock <b>$": ("rock",), "rap": ("rap",)}


def two_blobs(seed: int = 0) -> tuple[list[str], NDArray[np.float64]]:
    """Return unique keys with hostile names, and vectors: two genres of eight artists with five tracks each."""
    rng = np.random.default_rng(seed)
    keys, vectors = [], []
    for blob in range(2):
        for artist in range(8):
            place = np.eye(8)[blob] * 4 + rng.standard_normal(8) * 0.5
            for song in range(5):
                name = HOSTILE[(artist + song) % len(HOSTILE)]
                keys.append(f"{HOSTILE[(blob + artist) % len(HOSTILE)]}{blob}{artist} - {song} {name}")
                vectors.append(place + rng.standard_normal(8) * 0.3)
    return keys, np.array(vectors)


def evidence_of(
    keys: Sequence[str],
    vectors: NDArray[np.floating],
    *,
    genres: Mapping[str, Sequence[str]] = GENRES,
    test_columns: bool = True,
    known: Mapping[str, KnownTrack] | None = None,
) -> Evidence:
    """Return a model whose playlists contain either the first or the second half of the keys."""
    rng = np.random.default_rng(1)
    half = max(1, len(keys) // 2)
    halves = [keys[:half], keys[half:] or keys]
    sequences = [
        [halves[number % 2][place] for place in rng.integers(0, len(halves[number % 2]), 12)] for number in range(120)
    ]
    sequences.append(["not in the space", keys[0]])
    names = [f"user-{('rock', 'rap')[number % 2]} {number}" for number in range(121)]
    columns = {
        "test_x": [sequence[:-1] for sequence in sequences],
        "test_y": [sequence[-1] for sequence in sequences],
    }
    playlists = Playlists.of(names, sequences, **(columns if test_columns else {}))
    model = ModelUnderTest(EmbeddingSpace.of(keys, vectors), playlists, separator=" - ", genres=genres, map_tracks=60)
    return Evidence(model, known or {}, 0.95)


def known_tracks(keys: Sequence[str]) -> dict[str, KnownTrack]:
    """Return more known tracks than are shown as tables; some pass, some fail, and one has no vector."""
    present = {
        f"known-{place}": KnownTrack(
            track=key, expect=(f"track:{keys[place + 1]}", "genre:rock <b>$"), never=("genre:rap",)
        )
        for place, key in enumerate(keys[:24])
    }
    return {**present, "gone": KnownTrack(track="<i>gone</i>", expect=("genre:rap",))}


def duplicates(keys: Sequence[str], vectors: NDArray[np.float64]) -> Evidence:
    """Return a model that contains each track four times."""
    again = [f"{key} - Remastered {year}" for year in (2009, 2011, 2020) for key in keys]
    return evidence_of([*keys, *again], np.concatenate([vectors] * 4))


def alone(keys: Sequence[str], vectors: NDArray[np.float64]) -> Evidence:
    """Return a model whose playlists have one track each."""
    playlists = Playlists.of(range(len(keys)), [[key] for key in keys])
    return Evidence(replace(evidence_of(keys, vectors).model, playlists=playlists), {}, 0.95)


MANY_GENRES = {f"{number} {'very ' * 30}": ("rock" if number == 0 else f"w{number}",) for number in range(40)}
NOISE = np.random.default_rng(2).standard_normal((80, 8))
THIRD = np.arange(80)[:, None] % 3 == 0
UNUSUAL: dict[str, Callable[[list[str], NDArray[np.float64]], Evidence]] = {
    "hostile names": lambda keys, vectors: evidence_of(keys, vectors, known=known_tracks(keys)),
    "no genres": lambda keys, vectors: evidence_of(keys, vectors, genres={}),
    "one genre": lambda keys, vectors: evidence_of(keys, vectors, genres={"rock": ("rock",)}),
    "many genres": lambda keys, vectors: evidence_of(keys, vectors, genres=MANY_GENRES),
    "no artists": lambda keys, vectors: evidence_of([f"track {place}" for place, _ in enumerate(keys)], vectors),
    "no test columns": lambda keys, vectors: evidence_of(keys, vectors, test_columns=False),
    "no next tracks": alone,
    "random": lambda keys, _: evidence_of(keys, NOISE),
    "collapsed": lambda keys, _: evidence_of(keys, np.ones((80, 8))),
    "scaled": lambda keys, vectors: evidence_of(keys, vectors * np.geomspace(1, 1e6, 80)[:, None]),
    "partly broken": lambda keys, vectors: evidence_of(keys, np.where(THIRD, np.nan, vectors)),
    "entirely broken": lambda keys, _: evidence_of(keys, np.full((80, 8), np.nan)),
    "one track": lambda keys, vectors: evidence_of(keys[:1], vectors[:1]),
    "three tracks": lambda keys, vectors: evidence_of(keys[:3], vectors[:3, :1]),
    "duplicates": duplicates,
}


def make(which: str) -> Evidence:
    """Return the model of this name in `UNUSUAL`."""
    return UNUSUAL[which](*two_blobs())


class Tags(HTMLParser):
    """Collect elements, attributes and text of HTML; assert that every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(fragment: str) -> Tags:
    """Parse well-formed HTML."""
    tags = Tags()
    tags.feed(str(fragment))  # Markup would escape the text that is added to it
    tags.close()
    assert not tags.open
    return tags


@pytest.fixture(scope="module", params=UNUSUAL)
def drawn(request: pytest.FixtureRequest) -> dict[str, list[Figure]]:
    """All figures of an unusual model by family."""
    evidence = make(request.param)
    return {family: figures_of(family, evidence, []) for family in FAMILIES}


def test_each_family_returns_figures_with_title_and_sentences(drawn: dict[str, list[Figure]]) -> None:
    for family, figures in drawn.items():
        assert figures, family
        for figure in figures:
            assert figure.title
            text = figure.caption or (figure.html or "").removesuffix("</p>")
            assert text.endswith((".", "?")), text
            assert figure.png or figure.html


def test_images_are_small_png_files_of_the_stated_width(drawn: dict[str, list[Figure]]) -> None:
    for figure in chain(*drawn.values()):
        if figure.png is not None:
            assert figure.png.startswith(b"\x89PNG\r\n\x1a\n")
            (width,) = struct.unpack(">I", figure.png[16:20])
            assert abs(width - figure.width * DENSITY) <= 1
            assert len(figure.png) < 200_000


def test_names_add_no_markup_and_are_shortened_to_one_line(drawn: dict[str, list[Figure]]) -> None:
    allowed = {
        "caption",
        "details",
        "div",
        "li",
        "p",
        "span",
        "summary",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    }
    for figure in chain(*drawn.values()):
        if figure.html is not None:
            tags = parsed(figure.html)
            assert tags.tags <= allowed
            assert tags.attributes <= {"class", "scope", "data-value"}
            assert not set(tags.text) & set("\n\r\x00\x1b\u202e\ud800")
            assert "long " * 60 not in tags.text


def test_names_with_markup_backslashes_and_dollars_are_shown_unchanged() -> None:
    shown = figures_of("neighbours", make("hostile names"), [])

    text = parsed("".join(figure.html or "" for figure in shown)).text

    for name in ("\"'><svg onload=alert(1)>", "\\N{DASH} \\u0041", "$x_1$ and $ and $$", "米津玄師 レモン", "🎸🎤"):
        assert name in text


def test_twenty_known_tracks_have_tables_and_failed_ones_come_first() -> None:
    known, others, most_played, _ = figures_of("neighbours", make("hostile names"), [])

    assert known.html is not None
    assert others.html is not None
    assert most_played.html is not None
    text = parsed(known.html).text
    assert text.index("✗ failed") < text.index("✓ passed")
    assert "✓ track:" in text
    assert "<i>gone</i>" in text
    assert known.html.count("<table") + known.html.count("<ul") == 20
    assert others.html.count("<li") == 5
    assert most_played.html.count("<table") == 5


def test_forbidden_neighbours_are_marked_and_long_tables_are_truncated() -> None:
    keys, vectors = two_blobs()
    known = {"one": KnownTrack(track=keys[0], never=(f"track:{keys[1]}",), topn=79)}

    shown = figures_of("neighbours", evidence_of(keys, vectors, known=known), [])[0]

    assert '<td class="eg-bad">✗ never track:' in (shown.html or "")
    assert f"{79 - 25} more in verdict.neighbours.csv" in (shown.html or "")


@pytest.mark.parametrize(
    ("which", "family", "reason"),
    [
        ("no genres", "separation", "No genre is configured"),
        ("no next tracks", "retrieval", "no playlist has a next track"),
        ("three tracks", "map", "Too few tracks"),
        ("entirely broken", "integrity", "No norm can be drawn"),
        ("entirely broken", "geometry", "0 usable vectors"),
    ],
)
def test_missing_data_are_explained_instead_of_drawn(which: str, family: str, reason: str) -> None:
    assert any(reason in (figure.html or "") for figure in figures_of(family, make(which), []))


def test_unfaithful_map_shows_a_warning_instead_of_names() -> None:
    evidence = make("random")
    (sound,) = figures_of("map", evidence, [])
    evidence.__dict__["faithfulness"] = Faithfulness(0.5, 0.1, converged=True, tracks=60)

    (shown,) = figures_of("map", evidence, [])

    assert "the map is not faithful: trustworthiness 0.50" in shown.caption
    assert shown.png != sound.png
    assert shown.html is None


def test_broken_bounds_are_marked_in_either_direction() -> None:
    evidence = make("hostile names")
    results = [
        CheckResult(id=f"separation.{name}", outcome="failed", severity="fail", bound=bound)
        for name, bound in (("pair[rock-b~rap]", at_least(1.1, "user")), ("space[rap]", at_most(2, "user")))
    ]

    rest, pairs = figures_of("separation", evidence, results)

    assert "(red frame): 1." in pairs.caption
    assert rest.png != figures_of("separation", evidence, [])[0].png


def test_names_without_glyphs_are_listed_below_the_map() -> None:
    (shown,) = figures_of("map", make("hostile names"), [])

    assert "米津玄師" in (shown.html or "")


def test_family_without_figures_returns_none() -> None:
    assert figures_of("custom", make("one track"), []) == []


def run(code: str, **environment: str) -> str:
    """Run code in a new Python process; return its output and assert that it prints no warning."""
    done = subprocess.run(
        # an old matplotlib uses deprecated functions of its dependencies
        [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-c", code],
        capture_output=True, text=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


DRAW_ALL = f"""
import sys
import embedgate.report.figures as figures
assert "matplotlib" not in sys.modules
import matplotlib
from embedgate.measures.evidence import Evidence
from embedgate.testing import sample_model
settings = matplotlib.rcParams
before = {{name: settings[name] for name in settings if name != "backend"}}
evidence = Evidence(sample_model(), {{}}, 0.95)
shown = [one for family in {FAMILIES} for one in figures.figures_of(family, evidence, [])]
same = {{name: settings[name] for name in before}} == before
print(sum(one.png is not None for one in shown), same, "matplotlib.pyplot" in sys.modules)
"""


def test_drawing_imports_no_pyplot_and_changes_no_setting_of_matplotlib() -> None:
    assert run(DRAW_ALL) == "8 True False"


def test_figures_do_not_depend_on_the_matplotlib_settings_of_the_user(tmp_path: Path) -> None:
    settings = tmp_path / "matplotlibrc"
    settings.write_text("text.usetex: True\nfont.family: serif\naxes.grid: True\nfigure.facecolor: black\n"
                        "figure.constrained_layout.use: True\naxes.formatter.use_mathtext: True\n")  # fmt: skip

    assert run(DRAW_ALL, MATPLOTLIBRC=str(settings)) == "8 True False"


def test_one_line_removes_control_characters_and_shortens_text() -> None:
    assert one_line("a\n b\x00\tc") == "a b c"
    assert one_line("\u202eabc\u202c") == "abc"
    assert one_line("\ud800x") == "\ufffdx"
    assert one_line("word " * 50, 12) == "word word w…"


def test_table_escapes_every_cell() -> None:
    made = table(("<a>", "n"), [("<b>", "1"), (Cell("<c>\"'&", "bad"), "2")], heading="<d>", numbers=(1,))

    assert parsed(made).tags == {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert made.count('class="eg-n"') == 3
    assert '<th scope="row" class="eg-bad">&lt;c&gt;&#34;&#39;&amp;</th>' in made


def test_sortable_table_contains_exact_numbers_and_details() -> None:
    rows = [
        (Cell("<a>", details=Markup("<p>inside</p>")), Cell("0.50", "n", 0.4987654321), Cell("<1>", "ok", 1.0)),
        (Cell("b"), Cell("—", "n"), Cell("2", "n")),
    ]

    made = table(("what", "n", "m"), rows, numbers=(1, 2), sortable=True)

    assert made.startswith('<table class="eg-table eg-sortable">')
    assert '<th scope="row"><details><summary>&lt;a&gt;</summary><p>inside</p></details></th>' in made
    assert '<td data-value="0.498765432" class="eg-n">0.50</td>' in made
    assert '<td data-value="1" class="eg-ok">&lt;1&gt;</td>' in made
    assert made.count("data-value") == 2
    assert "button" not in parsed(made).tags
    assert "eg-sortable" not in table(("a",), [("b",)])


def test_list_escapes_every_item() -> None:
    assert (
        bullet_list(["<a>", Cell("<b>", "ok")])
        == '<ul class="eg-list"><li>&lt;a&gt;</li><li class="eg-ok">&lt;b&gt;</li></ul>'
    )


def test_drawable_replaces_missing_glyphs_and_shortens_to_a_width() -> None:
    assert drawable("米津 a") == "□ a"
    assert width_of(drawable("w" * 500, 100)) <= 100
    assert drawable("w" * 500, 100).endswith("…")
