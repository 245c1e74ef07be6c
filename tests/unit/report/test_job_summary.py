"""The verdict as Markdown: what it tells, that no name breaks it, that it fits, that it may fail to be written."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from embedgate.checks.bounds import at_least, at_most
from embedgate.judgement.result import CheckResult
from embedgate.judgement.verdict import VerdictRecord, fold
from embedgate.report.job_summary import LIMIT, VARIABLE, markdown, tell_job
from embedgate.report.story import one_line

NASTY = (
    "a|b",
    "`x``y`",
    "first\n\nsecond\r\n| third |",
    "</td></tr></table><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[link](https://example.org) ![x](y) <https://example.org>",
    "@octocat and @org/team, fixes #1, GH-2, :tada: www.example.org me@example.org",
    "\u202egnp.exe\u202c \u2066x\u2069 \u061c",
    "bell\x07 escape\x1b[31m null\x00 line\u2028end\u2029 \x85",
    "half a pair \ud83d",
    "**bold** _it_ ~~gone~~ \\| \\ &lt; &#124; &amp;lt;",
    "-->]]>*/ <!--",
    "# heading\n- item\n\n    code",
    "::error::boo ##[error]boo",
    "שלום עולם",
    " ",
)
NAMES = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.text(st.sampled_from("|`\n\r<>&@#*_[]()!~\\:/.-\"' \t\u202e\ud83d\x00aé"), max_size=40),
)


def result(check_id: str = "custom.mine", outcome: Any = "failed", **more: Any) -> CheckResult:
    """A result of some check."""
    return CheckResult(id=check_id, outcome=outcome, **{"severity": "fail", **more})


def verdict(*results: CheckResult, **more: Any) -> VerdictRecord:
    """A verdict on a run of Metaflow."""
    run = {"source": "metaflow", "pathspec": "Flow/12", "finished_at": "2026-07-01T10:20:30.4+00:00", "user": "ann"}
    return VerdictRecord(**{"word": fold(results), "results": results, "run": run, **more})


class Page(HTMLParser):
    """The tags of a page in their order, the text of each cell, and of each `<code>`."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.cells: list[str] = []
        self.codes: list[str] = []
        self._open: list[str] = []
        self.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "span":  # breaks what would become a mention: how many there are is up to the name
            return
        assert dict(attrs) in ({}, {"dir": "auto"})
        self.tags.append(tag)
        if tag != "br":
            self._open.append(tag)
        if tag == "td":
            self.cells.append("")
        if tag == "code":
            self.codes.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag != "span":
            assert self._open.pop() == tag
            self.tags.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if "td" in self._open:
            self.cells[-1] += data
        if "code" in self._open:
            self.codes[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def telling(name: str) -> VerdictRecord:
    """A verdict in which everything that a user names bears one name."""
    broken = result(message=f"{name} is far from {name}", tracks=(name, "Abba-Waterloo", name), value=0.5)
    run = {"pathspec": name, "user": "x" + name, "tags": [name], "finished_at": None}
    return verdict(
        broken, result("f.y", "passed"), run=run, config="x" + name, error={"kind": "Broken", "message": name}
    )


def test_what_is_broken_comes_first_with_all_that_explains_it() -> None:
    """Verdict, run and champion; a row a check that is not as it should be, what stops on top; a line a family."""
    found = verdict(
        result("vocabulary.size", "passed", value=12.0),
        result("geometry.hubness", "warned", severity="warn", value=3.5, bound=at_most(3, "user")),
        result(
            "vocabulary.coverage",
            value=0.31,
            unit="share",
            interval=(0.25, 0.4),
            bound=at_least(0.9, "user"),
            message="31.0% of plays are covered",
            tracks=("Abba-Waterloo", "b", "c", "d", "e", "f", "g"),
        ),
        champion={"pathspec": "Flow/7"},
    )

    text = markdown(found, ["the figures could not be drawn"])
    page = Page(text)

    assert text.startswith("\n## ❌ embedgate: failed\n")
    assert page.cells == [
        *("vocabulary.coverage", "failed", "31.0%", "25.0% to 40.0%", "≥ 90.0% (yours)"),
        "31.0% of plays are coveredto blame: Abba-Waterloo, b, c, d, e and 2 more",
        *("geometry.hubness", "warned", "3.500", "", "≤ 3.000 (yours)", ""),
    ]
    assert page.codes[:3] == ["Flow/12", "2026-07-01 10:20 UTC", "ann"]
    assert 'champion: <code dir="auto">Flow/7</code>' in text
    assert '<code dir="auto">vocabulary</code>: 1 failed, 1 passed</li>' in text
    assert "3 checks: 1 failed, 1 warned, 1 passed" in text
    assert "the figures could not be drawn" in text


def test_a_passed_verdict_is_short() -> None:
    """Nothing is broken: no table; who was promoted is the champion now."""
    text = markdown(verdict(result(outcome="passed"), promoted=True))

    assert "<table>" not in text
    assert "## ✅ embedgate: passed" in text
    assert "It is the champion now." in text
    assert "none, nothing was compared" in text


def test_data_that_do_not_exist_are_named_once_below_the_families() -> None:
    """No row in the table of what is wrong; one line a family and cause."""
    none = [result(f"f.{each}", "not_applicable", message="No artists.") for each in "abcde"]
    text = markdown(verdict(*none, result("f.x", "passed")))

    assert "<table>" not in text
    assert "<p>not applicable:</p>" in text
    ids = ", ".join(f'<code dir="auto">f.{each}</code>' for each in "abc")
    assert f"<li>{ids} and 2 more: No artists.</li>" in text


@given(NAMES)
@example("|")
def test_no_name_breaks_the_page(name: str) -> None:
    """Whatever a track, a run or a user is called, the page has the tags that it has for a harmless name."""
    page, harmless = Page(markdown(telling(name))), Page(markdown(telling("harmless")))

    assert page.tags == harmless.tags
    assert len(page.cells) == 6
    shown = one_line(name)
    assert shown in page.codes
    assert page.cells[-1] == f"{one_line(f'{name} is far from {name}')}to blame: {shown}, Abba-Waterloo, {shown}"


@given(NAMES)
def test_no_name_calls_anybody(name: str) -> None:
    """Out of `<code>`, no text that GitHub looks for mentions, references, links and emoji in is one of them."""
    prose = re.sub(r"<code[^>]*>.*?</code>", "", markdown(telling(name)))
    pieces = re.split(r"<[^>]*>", prose)

    for piece in pieces:
        assert not re.search(r"[@#]\w|\w@\w|\w://|:\w+:|(?i:www\.\w|gh-\d)", unescape(piece))


@given(NAMES)
def test_nothing_moves_the_cursor_or_turns_the_line_round(name: str) -> None:
    """No control character but line ends, no direction mark, no half pair reaches the page."""
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff]",
        markdown(telling(name)),
    )


def test_a_long_name_is_cut() -> None:
    """Three thousand letters do not push everything else away."""
    assert "x" * 299 + "…</code>" in markdown(verdict(result(tracks=("x" * 3000,))))


def test_too_much_is_cut_from_its_end_with_a_note() -> None:
    """Rows that do not fit go, the last first, and the page says how many; the rest is whole."""
    many = [result(f"custom.c{number:05}", message="é" * 900, tracks=("t" * 250,)) for number in range(2000)]
    text = markdown(verdict(*many))

    rows = len(Page(text).cells) // 6
    assert LIMIT - 5000 < len(text.encode()) <= LIMIT
    assert f"{2000 - rows:,} more did not fit in here: see verdict.json." in text
    assert "custom.c00000" in text
    assert "2,000 checks: 2,000 failed" in text


@given(st.integers(0, 6000))
def test_it_never_takes_more_than_it_may(limit: int) -> None:
    """Whatever room is left, no more is used, and no half tag stands at the end."""
    text = markdown(telling("Abba-Waterloo"), limit=limit)

    assert len(text.encode()) <= limit
    Page(text)


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job's summary."""
    path = tmp_path / "step_summary"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def test_it_is_added_to_what_the_step_has_said(summary: Path) -> None:
    """What was written before stays, and the letters of every language arrive."""
    summary.write_text("before\n", encoding="utf-8")

    assert tell_job(verdict(result(tracks=("曲 🎵",))), []) == ""
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("before\n\n## ❌ embedgate: failed\n")
    assert "曲 🎵" in text


def test_without_a_job_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset and empty are the same: no job."""
    monkeypatch.chdir(tmp_path)
    for value in (None, ""):
        if value is None:
            monkeypatch.delenv(VARIABLE, raising=False)
        else:
            monkeypatch.setenv(VARIABLE, value)

        assert tell_job(verdict(result()), []) == ""
    assert list(tmp_path.iterdir()) == []


def test_a_full_summary_is_left_as_it_is_and_said(summary: Path) -> None:
    """GitHub shows nothing of a summary over its limit: better none of ours than none at all."""
    summary.write_bytes(b"x" * (LIMIT - 100))

    assert "is full" in tell_job(verdict(result()), [])
    assert summary.stat().st_size == LIMIT - 100


def test_where_it_cannot_be_written_the_reason_is_said(summary: Path) -> None:
    """A folder in its place is no crash."""
    summary.mkdir()

    assert tell_job(verdict(result()), []).startswith("the job summary could not be written: ")
