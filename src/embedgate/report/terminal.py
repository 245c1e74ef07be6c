"""The report in the terminal: a header with the tested run, and a summary with what failed and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.report.result_groups import by_cause, by_family, not_applicable, problems
from embedgate.report.wording import (
    brief_line,
    cause_lines,
    drill_sentence,
    explained_line,
    group_line,
    offending_tracks,
    outcome_counts,
    outcome_text,
    value_and_bound,
)
from embedgate.sanitize import terminal_line, terminal_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pytest

    from embedgate.config.file import Config
    from embedgate.judgement.verdict import VerdictRecord
    from embedgate.material.metadata import TrackMetadata
    from embedgate.sources.records import LoadedModel

_COLOURS = {"passed": "green", "partial": "yellow", "inconclusive": "yellow", "failed": "red"}
_MAX_TRACKS = 3


def header(loaded: LoadedModel | None, champion: str, config: Config) -> list[str]:
    """Return lines for pytest's header: the run, its size, the champion, the config."""
    lines = []
    if loaded is not None:
        record, space, playlists = loaded.record, loaded.space, loaded.playlists
        run = [record.pathspec]
        if record.finished_at is not None:
            run.append(f"finished {record.finished_at:%Y-%m-%d %H:%M} UTC")
        if record.user:
            run.append(f"by {record.user}")
        if record.tags:
            run.append(f"tags {', '.join(record.tags)}")
        size = f"{len(space):,} tracks x {space.dimensions} dimensions"
        lines = [", ".join(run), f"{size}, {len(playlists):,} playlists, {len(playlists.plays):,} plays"]
    if champion:
        lines.append(f"champion {champion}")
    lines.append(f"config {config.shown or 'none: defaults'}")
    return [terminal_line(f"embedgate: {line}") for line in lines]


def usage_error(reporter: pytest.TerminalReporter, message: str) -> None:
    """Write an error in the config that was found only at the end of the run; there is no verdict."""
    reporter.line(terminal_lines(f"ERROR: {message}"), red=True)


def summary(
    reporter: pytest.TerminalReporter,
    verdict: VerdictRecord,
    written: Path,
    notes: Sequence[str],
    catalogue: TrackMetadata | None,
) -> None:
    """Write a line per family, the problems, the verdict, its causes, and the paths of the files.

    Checks that a cause explains are listed without their messages.

    Args:
        reporter: of pytest.
        verdict: the verdict.
        written: path of verdict.json.
        notes: further lines for the reader.
        catalogue: has the names of the tracks; None if none is configured.
    """
    colour = {_COLOURS[verdict.outcome]: True}
    reporter.section("embedgate", "=", **colour)
    if verdict.error is not None:
        reporter.line(terminal_lines(f"{verdict.error['kind']}: {verdict.error['message']}"), red=True)
    for line, mark in _families(verdict):
        reporter.line(terminal_line(line), **mark)
    for line, mark in _problems(verdict, catalogue, has_tracebacks=reporter.config.option.tbstyle != "no"):
        reporter.line(terminal_line(line), **mark)
    for group in not_applicable(verdict.checks):
        reporter.line(terminal_line(group_line(group)))
    missing = [f"too little was checked: {each}" for each in verdict.missing] if verdict.is_below_floor else []
    for each in (*missing, *notes):
        reporter.line(terminal_line(each), yellow=True)
    if verdict.drill is not None:
        reporter.line(terminal_line(drill_sentence(verdict.drill)))
    reporter.line(outcome_counts(verdict.checks))
    reporter.line(f"verdict: {verdict.outcome}", bold=True, **colour)
    for diagnosis in verdict.diagnoses:
        first, *others = map(terminal_line, cause_lines(diagnosis))
        reporter.line(first, bold=True)
        for line in others:
            reporter.line(line)
    report = getattr(reporter.config.option, "htmlpath", None)
    reporter.line(terminal_line(f"written to {written}{f', report {report}' if report else ''}"))


def _problems(
    verdict: VerdictRecord, catalogue: TrackMetadata | None, *, has_tracebacks: bool
) -> Iterator[tuple[str, dict[str, bool]]]:
    """Yield a line per check that has a problem and its colour, and offending tracks of those that fail the gate."""
    for group in by_cause(problems(verdict.checks), verdict.explained):
        result = group[0]
        mark = {"red": result.fails_gate, "yellow": not result.fails_gate}
        if result.id in verdict.explained:
            yield explained_line(group), mark
            continue
        # pytest has printed the message of a failed test already
        is_repeated = has_tracebacks and result.fails_gate and len(group) == 1
        yield brief_line(result) if is_repeated else group_line(group), mark
        if result.fails_gate and result.tracks:
            yield f"    {offending_tracks(result, _MAX_TRACKS, catalogue)}", {}


def _families(verdict: VerdictRecord) -> Iterator[tuple[str, dict[str, bool]]]:
    """Yield a line per family and its colour; one line for all that are off, and one for all that did not run."""
    families = by_family(verdict.checks)
    idle: dict[str, list[str]] = {}
    width = max((len(family.name) for family in families), default=0)
    for family in families:
        outcome = outcome_text(family.outcome)
        if {result.outcome for result in family.results} in ({"off"}, {"not_run"}):
            idle.setdefault(outcome, []).append(family.name)
            continue
        check = family.key_check
        text = check.message if check.value is None else value_and_bound(check)
        line = f"{outcome:<14} {family.name:<{width}} {outcome_counts(family.results)}; {check.id} {text}"
        fails = family.results[0].fails_gate
        yield line, {"red": fails, "yellow": bool(family.flagged) and not fails, "green": family.outcome == "passed"}
    for outcome, names in idle.items():
        yield f"{outcome:<14} {', '.join(names)}", {}
