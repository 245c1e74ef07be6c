"""Sanitize users' text, one function per channel that it is written to.

Names of tracks, artists, genres, playlists, runs, users and files are arbitrary text. They may contain markup,
control characters, line breaks, commands for a CI runner and characters that change the direction of text.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

BIDI_CONTROLS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that set the direction of text."""
_NOT_IN_LINE = re.compile(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff{''.join(BIDI_CONTROLS)}]")
_NOT_IN_HTML = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_LINE_BREAKS = re.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_BECOMES_LINK = re.compile(r"([@#]|://|\bwww\.|\bgh-|:(?=\S))", re.IGNORECASE)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MAX_NAME, _MAX_TEXT = 300, 1200


def terminal_line(text: str) -> str:
    """Return text as part of one line of a terminal or a CI log.

    Line breaks become a visible symbol; control characters, lone surrogates and direction controls are replaced. CI
    runners execute lines that start with `::` or contain `##[`: a space is inserted.
    """
    line = _NOT_IN_LINE.sub(_REPLACEMENT, _LINE_BREAKS.sub(" ⏎ ", text.rstrip()))
    return re.sub(r"^(\s*)::", r"\1: :", line).replace("##[", "## [")


def terminal_lines(text: str) -> str:
    """Return text of several lines, such as a traceback, with each line sanitized by `terminal_line`."""
    return "\n".join(map(terminal_line, text.splitlines()))


def html_text(value: object) -> Markup:
    """Return a value as HTML text, safe in an element and in a quoted attribute; return `Markup` unchanged.

    Control characters other than line feeds, lone surrogates, and direction controls that reach beyond the
    element (embeddings, overrides, isolates) are replaced.
    """
    if isinstance(value, Markup):
        return value
    return escape(_NOT_IN_HTML.sub(_REPLACEMENT, str(value)))


def markdown_text(text: str) -> Markup:
    """Return a sentence for an HTML block of GitHub's Markdown, on one line.

    What GitHub turns into mentions, references, links and emoji is broken up by `<span>` elements.
    """
    parts = _BECOMES_LINK.split(_shortened(terminal_line(text), _MAX_TEXT))
    return Markup().join(
        Markup("<span>{}</span>").format(part) if index % 2 else escape(part) for index, part in enumerate(parts)
    )


def markdown_code(text: str) -> Markup:
    """Return a name for an HTML block of GitHub's Markdown: a `<code>` element, in which nothing becomes a link."""
    return Markup('<code dir="auto">{}</code>').format(_shortened(terminal_line(text), _MAX_NAME))


def csv_cell(text: str) -> str:
    """Return text as a CSV cell that no spreadsheet evaluates (OWASP, "CSV Injection").

    An apostrophe is put before `=`, `+`, `-`, `@`, tab and line break. Text that starts with apostrophes followed by
    one of these gets one more, so that removing one apostrophe restores the text.
    """
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA_STARTS) else text


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
