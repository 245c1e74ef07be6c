"""The verdict as Markdown: content, hostile names, GitHub's limit, and a summary that cannot be written."""

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
from embedgate.judgement.diagnosis_record import Diagnosis
from embedgate.judgement.result import CheckResult
from embedgate.judgement.verdict import VerdictRecord, outcome_of
from embedgate.report.job_summary import LIMIT, VARIABLE, append_to_job_summary, markdown
from embedgate.sanitize import terminal_line

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
    return CheckResult(id=check_id, outcome=outcome, **{"severity": "fail", **more})


def verdict(*results: CheckResult, **more: Any) -> VerdictRecord:
    """Return a verdict on a Metaflow run."""
    run = {"source": "metaflow", "pathspec": "Flow/12", "finished_at": "2026-07-01T10:20:30.4+00:00", "user": "ann"}
    return VerdictRecord(**{"outcome": outcome_of(results), "checks": tuple(results), "run": run, **more})


class Page(HTMLParser):
    """A parsed page: its tags, and the text of each cell and each `<code>` element."""

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
        if tag == "span":  # prevents mentions; the number of these elements depends on the name
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


def named(name: str) -> VerdictRecord:
    """Return a verdict in which run, user, tag, config and tracks have the same name."""
    broken = result(message=f"{name} is far from {name}", tracks=(name, "Abba-Waterloo", name), value=0.5)
    run = {"pathspec": name, "user": "x" + name, "tags": [name], "finished_at": None}
    cause = Diagnosis(
        cause="c", sentence=f"It is {name}.", action="Do.", examples={"keys": (name,)}, explains=("f.x",)
    )
    error = {"kind": "Broken", "message": name}
    return verdict(broken, result("f.y", "passed"), run=run, config="x" + name, error=error, diagnoses=(cause,))


def test_problems_come_first_with_value_bound_message_and_tracks() -> None:
    """Run and champion are above the table, and one line per family is below it."""
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
        *("vocabulary.coverage", "failed", "31.0%", "25.0% to 40.0%", "≥ 90.0% (configured)"),
        "31.0% of plays are coveredOffending tracks: Abba-Waterloo, b, c, d, e and 2 more",
        *("geometry.hubness", "warned", "3.500", "", "≤ 3.000 (configured)", ""),
    ]
    assert page.codes[:3] == ["Flow/12", "2026-07-01 10:20 UTC", "ann"]
    assert 'champion: <code dir="auto">Flow/7</code>' in text
    assert '<code dir="auto">vocabulary</code>: 1 failed, 1 passed</li>' in text
    assert "3 checks: 1 failed, 1 warned, 1 passed" in text
    assert "the figures could not be drawn" in text


def test_passed_verdict_has_no_table() -> None:
    text = markdown(verdict(result(outcome="passed"), promoted=True))

    assert "<table>" not in text
    assert "## ✅ embedgate: passed" in text
    assert "This model is the champion now." in text
    assert "none, nothing was compared" in text


def test_missing_data_are_reported_once_below_the_families() -> None:
    none = [result(f"f.{each}", "not_applicable", message="No artists.") for each in "abcde"]
    text = markdown(verdict(*none, result("f.x", "passed")))

    assert "<table>" not in text
    assert "<p>not applicable:</p>" in text
    ids = ", ".join(f'<code dir="auto">f.{each}</code>' for each in "abc")
    assert f"<li>{ids} and 2 more: No artists.</li>" in text


@given(NAMES)
@example("|")
def test_hostile_names_add_no_elements(name: str) -> None:
    page, harmless = Page(markdown(named(name))), Page(markdown(named("harmless")))

    assert page.tags == harmless.tags
    assert len(page.cells) == 6
    shown = terminal_line(name)
    assert shown in page.codes
    message = terminal_line(f"{name} is far from {name}")
    assert page.cells[-1] == f"{message}Offending tracks: {shown}, Abba-Waterloo, {shown}"


@given(NAMES)
def test_names_do_not_become_mentions_references_links_or_emoji(name: str) -> None:
    """Only text outside of `<code>` elements is tested, because GitHub does not change code."""
    prose = re.sub(r"<code[^>]*>.*?</code>", "", markdown(named(name)))
    pieces = re.split(r"<[^>]*>", prose)

    for piece in pieces:
        assert not re.search(r"[@#]\w|\w@\w|\w://|:\w+:|(?i:www\.\w|gh-\d)", unescape(piece))


@given(NAMES)
def test_no_control_character_reaches_the_summary(name: str) -> None:
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff]",
        markdown(named(name)),
    )


def test_long_name_is_shortened() -> None:
    assert "x" * 299 + "…</code>" in markdown(verdict(result(tracks=("x" * 3000,))))


def test_rows_that_do_not_fit_are_left_out_and_counted() -> None:
    many = [result(f"custom.c{number:05}", message="é" * 900, tracks=("t" * 250,)) for number in range(700)]
    text = markdown(verdict(*many))

    rows = len(Page(text).cells) // 6
    assert LIMIT - 5000 < len(text.encode()) <= LIMIT
    assert f"{700 - rows:,} more did not fit: see verdict.json." in text
    assert "custom.c00000" in text
    assert "700 checks: 700 failed" in text


@given(st.integers(0, 6000))
def test_summary_is_complete_html_within_any_limit(limit: int) -> None:
    """Every element is closed."""
    text = markdown(named("Abba-Waterloo"), limit=limit)

    assert len(text.encode()) <= limit
    Page(text)


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the job summary."""
    path = tmp_path / "step_summary"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def test_summary_is_appended(summary: Path) -> None:
    summary.write_text("before\n", encoding="utf-8")

    assert append_to_job_summary(verdict(result(tracks=("曲 🎵",))), []) == ""
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("before\n\n## ❌ embedgate: failed\n")
    assert "曲 🎵" in text


def test_nothing_is_written_outside_of_a_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for value in (None, ""):
        if value is None:
            monkeypatch.delenv(VARIABLE, raising=False)
        else:
            monkeypatch.setenv(VARIABLE, value)

        assert append_to_job_summary(verdict(result()), []) == ""
    assert list(tmp_path.iterdir()) == []


def test_full_summary_is_left_unchanged(summary: Path) -> None:
    """GitHub does not show a summary that exceeds the limit."""
    summary.write_bytes(b"x" * (LIMIT - 100))

    assert "is full" in append_to_job_summary(verdict(result()), [])
    assert summary.stat().st_size == LIMIT - 100


def test_summary_that_cannot_be_written_is_reported_in_a_note(summary: Path) -> None:
    summary.mkdir()

    assert append_to_job_summary(verdict(result()), []).startswith("the job summary could not be written: ")
