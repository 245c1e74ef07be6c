"""The same story in the terminal: which run, what broke, the verdict, where the report is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.checks.units import show
from embedgate.report.families import by_family
from embedgate.report.story import (
    alike,
    blame,
    bound_of,
    brief,
    counts,
    line_of_all,
    lines,
    not_applicable,
    one_line,
    spoken,
    worth_saying,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pytest

    from embedgate.config import Config
    from embedgate.judgement.verdict import VerdictRecord
    from embedgate.sources.records import LoadedModel

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
        lines.append(one_line(f"embedgate: {', '.join(about)}"))
        lines.append(
            f"embedgate: {len(space):,} tracks x {space.dimensions} dimensions, {len(playlists):,} playlists, "
            f"{len(playlists.plays):,} plays"
        )
    if champion:
        lines.append(one_line(f"embedgate: champion {champion}"))
    lines.append(one_line(f"embedgate: config {config.shown or 'none: defaults'}"))
    return lines


def usage_error(reporter: pytest.TerminalReporter, message: str) -> None:
    """Say what was found wrong with the config at the end of the run; there is no verdict."""
    reporter.line(lines(f"ERROR: {message}"), red=True)


def summary(reporter: pytest.TerminalReporter, verdict: VerdictRecord, written: Path, notes: Sequence[str]) -> None:
    """Write a line a family, what is not as it should be, the verdict, and where everything lies."""
    reporter.section("embedgate", "=", **{_COLOUR[verdict.outcome]: True})
    if verdict.error is not None:
        reporter.line(lines(f"{verdict.error['kind']}: {verdict.error['message']}"), red=True)
    for line, mark in _families(verdict):
        reporter.line(line, **mark)
    above = reporter.config.option.tbstyle != "no"
    for those in alike(worth_saying(verdict.checks)):
        result = those.first
        # pytest has printed the whole message of what failed; nobody wants to read it twice
        short = result.fails_gate and above and len(those.results) == 1
        line = brief(result) if short else line_of_all(those)
        reporter.line(line, red=result.fails_gate, yellow=not result.fails_gate)
        if result.fails_gate and result.tracks:
            reporter.line(f"    {blame(result, 3)}")
    for those in not_applicable(verdict.checks):
        reporter.line(line_of_all(those))
    missing = [f"too little was checked: {each}" for each in verdict.missing] if verdict.is_below_floor else []
    for each in (*missing, *notes):
        reporter.line(one_line(each), yellow=True)
    reporter.line(counts(verdict.checks))
    reporter.line(f"verdict: {verdict.outcome}", bold=True, **{_COLOUR[verdict.outcome]: True})
    report = getattr(reporter.config.option, "htmlpath", None)
    where = f"{written}" + (f", report {report}" if report else "")
    reporter.line(one_line(f"written to {where}"))


def _families(verdict: VerdictRecord) -> Iterator[tuple[str, dict[str, bool]]]:
    """One line a family: word, counts, its most telling value; families of which nothing ran share one."""
    found = by_family(verdict.checks)
    idle: dict[str, list[str]] = {}
    width = max((len(family.name) for family in found), default=0)
    for family in found:
        outcomes = {result.outcome for result in family.results}
        if outcomes in ({"off"}, {"not_run"}):
            idle.setdefault(spoken(family.outcome), []).append(family.name)
            continue
        worst, telling = family.outcome, family.telling
        value = f"{show(telling.value, telling.unit)} {bound_of(telling)}".rstrip()
        why = telling.message if telling.value is None else value
        said = f"{spoken(worst):<14} {family.name:<{width}} {counts(family.results)}; {telling.id} {why}".rstrip()
        stops = bool(family.wrong) and family.wrong[0].fails_gate
        yield one_line(said), {"red": stops, "yellow": not stops and bool(family.wrong), "green": worst == "passed"}
    for word, names in idle.items():
        yield f"{word:<14} {one_line(', '.join(names))}", {}
