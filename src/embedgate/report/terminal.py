"""The same story in the terminal: which run, what broke, the verdict, where the report is."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from embedgate.report.story import blame, counts, line_of, lines, one_line, worth_saying

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from embedgate.config import Config
    from embedgate.judgement.verdict import Verdict
    from embedgate.sources.resolve import LoadedModel

_COLOUR = {"passed": "green", "partial": "yellow", "inconclusive": "yellow", "failed": "red"}


def header(loaded: LoadedModel | None, champion: str, config: Config) -> list[str]:
    """The lines in pytest's header: flow, run, when, by whom, tags, size, what it is compared with, config."""
    lines = []
    if loaded is not None:
        record, space, playlists = loaded.record, loaded.space, loaded.playlists
        about = [record.pathspec]
        if record.finished_at is not None:
            about.append(f"finished {record.finished_at:%Y-%m-%d %H:%M} UTC")
        if record.user:
            about.append(f"by {record.user}")
        if record.tags:
            about.append(f"tags {', '.join(record.tags)}")
        lines.append(plain(f"embedgate: {', '.join(about)}"))
        lines.append(
            f"embedgate: {len(space):,} tracks x {space.dimensions} dimensions, {len(playlists):,} playlists, "
            f"{len(playlists.plays):,} plays"
        )
    if champion:
        lines.append(plain(f"embedgate: champion {champion}"))
    lines.append(plain(f"embedgate: config {config.shown or 'none: defaults'}"))
    return lines


def usage_error(reporter: pytest.TerminalReporter, message: str) -> None:
    """Say what was found wrong with the config at the end of the run; there is no verdict."""
    reporter.line(plain(f"ERROR: {message}"), red=True)


def summary(reporter: pytest.TerminalReporter, verdict: Verdict, written: Path, notes: Sequence[str]) -> None:
    """Write the verdict, what is not as it should be, and where everything lies."""
    reporter.section("embedgate", "=", **{_COLOUR[verdict.word]: True})
    if verdict.error is not None:
        reporter.line(lines(f"{verdict.error['kind']}: {verdict.error['message']}"), red=True)
    for result in worth_saying(verdict.results):
        reporter.line(line_of(result), red=result.stops, yellow=not result.stops)
        if result.stops and result.tracks:
            reporter.line(f"    {blame(result, 3)}")
    reporter.line(counts(verdict.results))
    for note in notes:
        reporter.line(one_line(note), yellow=True)
    reporter.line(f"verdict: {verdict.word}", bold=True, **{_COLOUR[verdict.word]: True})
    report = getattr(reporter.config.option, "htmlpath", None)
    where = f"{written}" + (f", report {report}" if report else "")
    reporter.line(plain(f"written to {where}"))


def plain(text: str) -> str:
    """Take control characters out of users' text: a track's name must not move the cursor."""
    return "".join("\ufffd" if unicodedata.category(char) in ("Cc", "Cs") and char != "\n" else char for char in text)
