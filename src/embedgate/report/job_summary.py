"""The verdict as Markdown, for the summary page of a GitHub job and for wherever else Markdown is shown.

Tables are written as HTML, as GitHub's own toolkit does: in an HTML block no pipe, backtick or bracket of users' text
means anything, so that it has to be escaped once and in one way. Nothing in it is a blank line, which would end it.
What GitHub makes of text only afterwards, mentions and references, it does not make of text in `<code>`.
"""

from __future__ import annotations

import os
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.checks.units import show
from embedgate.report.story import (
    about,
    alike,
    bound_of,
    counts,
    families,
    interval_of,
    more_than,
    not_applicable,
    one_line,
    spoken,
    worth_saying,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from embedgate.judgement.result import CheckResult
    from embedgate.judgement.verdict import VerdictRecord
    from embedgate.report.story import Alike

VARIABLE = "GITHUB_STEP_SUMMARY"
LIMIT = 1024 * 1024
"""Bytes that GitHub takes of a step's summary; of more it shows nothing at all."""
_RESERVE = 512
_LONGEST = 300
_MOST_BLAMED = 5
_MARK = {"passed": "✅", "failed": "❌", "inconclusive": "❔", "partial": "◻️"}
_SENTENCE = {
    "passed": "Every check that can stop the model passed.",
    "failed": "The model is stopped.",
    "inconclusive": "The model is stopped: a check that can stop it could not be decided.",
    "partial": "No answer: some checks did not run, and an incomplete run cannot pass.",
}
_COLUMNS = ("check", "outcome", "value", "95 % interval", "bound", "what it says, and the tracks to blame")
_BECOMES_SOMETHING = re.compile(r"[@#]|://|(?i:\bwww\.|\bgh-)|:(?=\S)")
"""A mention, a reference, a link, an emoji."""


def tell_job(verdict: VerdictRecord, notes: Sequence[str]) -> str:
    """Add the verdict to the job's summary, where there is a job, within what GitHub takes.

    Returns:
        What a reader has to know where it could not be written, else "".
    """
    named = os.environ.get(VARIABLE)
    if not named:
        return ""
    path = Path(named)
    try:
        taken = path.stat().st_size if path.exists() else 0
        text = markdown(verdict, notes, limit=LIMIT - taken)
        if not text:
            return f"the job summary {path} is full: GitHub shows nothing of one that is larger than 1 MiB"
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        return f"the job summary could not be written: {error}"
    return ""


def markdown(verdict: VerdictRecord, notes: Sequence[str] = (), *, limit: int = LIMIT) -> str:
    """Tell a verdict in GitHub's Markdown, in at most `limit` bytes of UTF-8; "" where not even its head fits.

    What is broken comes first and is cut last: whole rows go from the end, and a note says how many.
    """
    told = alike(worth_saying(verdict.checks))
    head = "".join(_head(verdict, notes))
    tail = _families(verdict.checks)
    room = limit - _RESERVE - _size(head, tail)
    if room < 0:  # one family a line, and ever so many families: only a file that was tampered with has those
        tail, room = "", room + _size(tail)
    if room < 0:
        return ""
    rows, left = _fitting((_row(those) for those in told), room)
    table = _table(rows) if rows else ""
    cut = f"\n<p>{left:,} more did not fit in here: see verdict.json.</p>\n" if left else ""
    return f"{head}{table}{cut}{tail}\n"


def _head(verdict: VerdictRecord, notes: Sequence[str]) -> Iterable[str]:
    yield f"\n## {_MARK[verdict.outcome]} embedgate: {verdict.outcome}\n"
    yield f"\n{_SENTENCE[verdict.outcome]}{' It is the champion now.' if verdict.promoted else ''}\n"
    facts = "<br>\n".join(f"{name}: {_code(value)}" for name, value in about(verdict))
    yield f"\n<p>{facts}</p>\n"
    if verdict.error is not None:
        yield f"\n<p><b>{_prose(verdict.error['kind'])}</b>: {_prose(verdict.error['message'])}</p>\n"
    yield from (f"\n<p>{_prose(note)}</p>\n" for note in notes)


def _table(rows: Sequence[str]) -> str:
    head = "".join(f"<th>{name}</th>" for name in _COLUMNS)
    return f"\n<table>\n<tr>{head}</tr>\n{''.join(rows)}</table>\n"


def _row(those: Alike) -> str:
    result, blame = those.first, ""
    if result.tracks:
        names = ", ".join(map(_code, result.tracks[:_MOST_BLAMED]))
        blame = f"<br>to blame: {names}{more_than(result, _MOST_BLAMED)}"
    word = spoken(result.outcome)
    cells = (
        _ids(those),
        f"<b>{word}</b>" if result.fails_gate else word,
        _prose(show(result.value, result.unit)),
        _prose(interval_of(result)),
        _prose(bound_of(result)),
        f"{_prose(result.message)}{blame}",
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n"


def _families(results: Sequence[CheckResult]) -> str:
    if not results:
        return ""
    rows = "".join(f"<li>{_code(name)}: {said}</li>\n" for name, said in families(results).items())
    listed = f"\n<p>{len(results):,} checks: {counts(results)}</p>\n\n<ul>\n{rows}</ul>\n"
    causes = "".join(f"<li>{_ids(those)}: {_prose(those.first.message)}</li>\n" for those in not_applicable(results))
    return f"{listed}\n<p>not applicable:</p>\n\n<ul>\n{causes}</ul>\n" if causes else listed


def _ids(those: Alike) -> str:
    return f"{', '.join(map(_code, those.ids))}{those.more}"


def _fitting(rows: Iterable[str], room: int) -> tuple[list[str], int]:
    """As many rows as there is room for, and how many are left."""
    kept: list[str] = []
    left = 0
    for row in rows:
        room -= _size(row)
        if left or room < 0:
            left += 1
        else:
            kept.append(row)
    return kept, left


def _size(*texts: str) -> int:
    return sum(len(text.encode()) for text in texts)


def _code(text: str) -> str:
    """A name as it is; its direction stays its own."""
    return f'<code dir="auto">{escape(_short(one_line(text)))}</code>'


def _prose(text: str) -> str:
    """A sentence, which may hold names."""
    parts = re.split(f"({_BECOMES_SOMETHING.pattern})", _short(one_line(text), 4 * _LONGEST))
    return "".join(
        f"<span>{escape(part)}</span>" if number % 2 else escape(part) for number, part in enumerate(parts)
    )


def _short(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
