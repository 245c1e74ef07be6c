"""The same story in the terminal: which run, what broke, the verdict, where the report is."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from embedgate.judgement.outcomes import Result, show

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from embedgate.config import Config
    from embedgate.judgement.verdict import Verdict
    from embedgate.sources.resolve import LoadedModel

_COLOUR = {"passed": "green", "partial": "yellow", "inconclusive": "yellow", "failed": "red"}
_SAID = ("error", "failed", "inconclusive", "warned")


def header(loaded: LoadedModel | None, config: Config) -> list[str]:
    """The lines in pytest's header: flow, run, when, by whom, tags, size, config."""
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
    lines.append(plain(f"embedgate: config {config.shown or 'none: defaults'}"))
    return lines


def usage_error(reporter: pytest.TerminalReporter, message: str) -> None:
    """Say what was found wrong with the config at the end of the run; there is no verdict."""
    reporter.line(plain(f"ERROR: {message}"), red=True)


def summary(reporter: pytest.TerminalReporter, verdict: Verdict, written: Path, notes: Sequence[str]) -> None:
    """Write the verdict, what is not as it should be, and where everything lies."""
    reporter.section("embedgate", "=", **{_COLOUR[verdict.word]: True})
    if verdict.error is not None:
        reporter.line(plain(f"{verdict.error['kind']}: {verdict.error['message']}"), red=True)
    for result in sorted(verdict.results, key=lambda one: _SAID.index(one.outcome) if one.outcome in _SAID else 9):
        if result.outcome in _SAID:
            reporter.line(_line(result), red=result.stops, yellow=not result.stops)
            if result.stops and result.tracks:
                reporter.line(plain(f"    to blame: {', '.join(map(repr, result.tracks[:3]))}"))
    counts = Counter(result.outcome for result in verdict.results)
    reporter.line(", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in counts.items()))
    for note in notes:
        reporter.line(plain(note), yellow=True)
    reporter.line(f"verdict: {verdict.word}", bold=True, **{_COLOUR[verdict.word]: True})
    report = getattr(reporter.config.option, "htmlpath", None)
    where = f"{written}" + (f", report {report}" if report else "")
    reporter.line(plain(f"written to {where}"))


def _line(result: Result) -> str:
    return plain(f"{result.outcome.upper()} {result.id} ({show(result.value, result.unit)}): {result.message}")


def plain(text: str) -> str:
    """Take control characters out of users' text: a track's name must not move the cursor."""
    return "".join("\ufffd" if unicodedata.category(char) in ("Cc", "Cs") and char != "\n" else char for char in text)
