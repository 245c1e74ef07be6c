"""`embedgate verdict`: print a verdict.json and exit with 0 only if the verdict is passed."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from embedgate.commands.printing import print_lines
from embedgate.judgement.verdict_file import read_verdict
from embedgate.paths import typed_path
from embedgate.report.job_summary import markdown
from embedgate.report.result_groups import by_cause, problems
from embedgate.report.wording import (
    cause_lines,
    explained_line,
    family_counts,
    group_line,
    offending_tracks,
    outcome_counts,
    verdict_facts,
)
from embedgate.sanitize import terminal_line, terminal_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embedgate.judgement.verdict import VerdictRecord

_MAX_TRACKS = 3
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("file", metavar="FILE", nargs="?", default="verdict.json", help="default: verdict.json")
    parser.add_argument("--markdown", action="store_true", help="print it as Markdown, in UTF-8")
    parser.add_argument(
        "--run", metavar="REF", help="reject a verdict of another run: FLOW/ID, ID, or the vectors' path"
    )
    parser.add_argument(
        "--max-age", metavar="AGE", type=_duration, help="reject a verdict that is older, such as 90s, 30m, 2h or 1d"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print a verdict; return 0 for passed, else 1. A rejected verdict is printed as failed.

    Raises:
        UsageError: if the file is not a readable verdict.
    """
    file = read_verdict(typed_path(arguments.file, "FILE"))
    file = file.expected(arguments.run, arguments.max_age, datetime.now(UTC))
    verdict, notes = file.verdict, file.notes
    lines = [markdown(verdict, notes)] if arguments.markdown else summary(verdict, notes)
    print_lines(lines, utf8=arguments.markdown)
    return 0 if verdict.outcome == "passed" else 1


def _duration(typed: str) -> timedelta:
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)([smhd])", typed.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{typed!r} is not a duration: write a number and s, m, h or d, such as 30m")
    return timedelta(seconds=float(found[1]) * _SECONDS[found[2]])


def summary(verdict: VerdictRecord, notes: Iterable[str]) -> Iterable[str]:
    """Return the lines that the terminal prints at the end of a gate run."""
    for name, value in verdict_facts(verdict):
        yield terminal_line(f"{name}: {value}")
    if verdict.error is not None:
        yield terminal_lines(f"{verdict.error['kind']}: {verdict.error['message']}")
    for group in by_cause(problems(verdict.checks), verdict.explained):
        result, is_explained = group[0], group[0].id in verdict.explained
        yield terminal_line(explained_line(group) if is_explained else group_line(group))
        if result.fails_gate and result.tracks and not is_explained:
            yield f"    {terminal_line(offending_tracks(result, _MAX_TRACKS))}"
    for name, counts in family_counts(verdict.checks).items():
        yield terminal_line(f"{name}: {counts}")
    if verdict.checks:
        yield f"{len(verdict.checks):,} checks: {outcome_counts(verdict.checks)}"
    yield from map(terminal_line, notes)
    yield f"verdict: {verdict.outcome}{', promoted' if verdict.promoted else ''}"
    for diagnosis in verdict.diagnoses:
        yield from map(terminal_line, cause_lines(diagnosis))
