"""Text from users is escaped or sanitized for each output."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from embedgate.sanitize import (
    csv_cell,
    html_text,
    markdown_code,
    markdown_text,
    terminal_line,
    terminal_lines,
)

REPLACED = [*map(chr, (0, 9, 13, 27, 127, 155, 0xD83D, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))]
ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.text(
    st.sampled_from("\n\r\u2028\x85 :#[]<>&\"'a\u202e\x1b\ud83d")
)


@given(ANY_TEXT)
def test_terminal_line_is_one_line_without_commands_and_control_characters(text: str) -> None:
    line = terminal_line(text)

    assert len(line.splitlines()) <= 1
    assert not line.lstrip().startswith("::")
    assert "##[" not in line
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff]", line)


def test_terminal_lines_keep_lines_and_indentation() -> None:
    assert terminal_lines("Boom:\n  ::error::x\n    at y") == "Boom:\n  : :error::x\n    at y"


@pytest.mark.parametrize("character", REPLACED)
def test_html_replaces_control_characters_and_overrides(character: str) -> None:
    """Bidirectional overrides and isolates would change the direction of text after the element."""
    assert html_text(f"a{character}b") == "a\ufffdb"


@pytest.mark.parametrize("text", ["two\nlines", "\u05d0\u200f!\u200e \u061c", "曲 🎵", "{{ 7 * 7 }}"])
def test_html_keeps_other_text(text: str) -> None:
    """Line feeds and directional marks, which some languages need, are kept."""
    assert html_text(text) == text


def test_html_is_escaped_once() -> None:
    text = html_text("<b title='x'>\"&")

    assert text == "&lt;b title=&#39;x&#39;&gt;&#34;&amp;"
    assert html_text(text) is text
    assert html_text(Markup("<b>")) == "<b>"


@given(ANY_TEXT)
def test_markdown_is_one_line_without_markup_mentions_and_links(text: str) -> None:
    for rendered in (markdown_text(text), markdown_code(text)):
        assert len(rendered.splitlines()) <= 1
        assert "<" not in re.sub("</?span>|</?code[^>]*>", "", rendered)
    outside_spans = re.sub("<span>[^<]*</span>", "", markdown_text(text))
    assert not re.search(r"[@#]|://|(?i:\bwww\.)", re.sub("&#?[a-z0-9]+;", "", outside_spans))


def test_markdown_shortens_long_text() -> None:
    assert markdown_code("x" * 3000) == f'<code dir="auto">{"x" * 299}…</code>'
    assert markdown_text("x" * 3000) == "x" * 1199 + "…"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_csv_cell_that_a_spreadsheet_would_evaluate_gets_an_apostrophe(start: str) -> None:
    assert csv_cell(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("text", ["", "a=b", "'quoted'", " =1", "米津玄師", "1-2"])
def test_csv_cell_keeps_other_text(text: str) -> None:
    assert csv_cell(text) == text


@given(st.sets(st.text(alphabet="'=+-@\t\r\na "), min_size=2))
def test_csv_cells_of_different_texts_differ(texts: set[str]) -> None:
    cells = {csv_cell(text) for text in texts}

    assert len(cells) == len(texts)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in cells)
