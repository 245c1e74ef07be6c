"""`embedgate history`: print the last gate runs and the trend of each measure."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.commands.printing import print_lines
from embedgate.config.file import CONFIG_NAME, load_config
from embedgate.config.sections import HistorySettings
from embedgate.config.settings import covers
from embedgate.errors import UsageError
from embedgate.judgement.history import read
from embedgate.judgement.records import PromotionRecord, RecordedVerdict
from embedgate.judgement.trend import LAST, window
from embedgate.paths import typed_path
from embedgate.report.history_table import measures, table
from embedgate.sanitize import terminal_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from embedgate.judgement.records import Record


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--folder", metavar="FOLDER", help=f"default: that of {CONFIG_NAME} here, or .embedgate")
    parser.add_argument("--last", metavar="N", type=_positive, default=LAST, help=f"gate runs (default: {LAST})")
    parser.add_argument(
        "--check",
        metavar="ID",
        action="append",
        default=[],
        help="show this check's value and bound; may be repeated",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the table of gate runs; without --check, the trends too.

    Raises:
        UsageError: if the folder does not exist, or no record has the check.
        ConfigError: if the config that sets the folder is invalid.
    """
    folder = _folder(arguments.folder)
    history = read(folder)
    for each in history.unreadable:
        print(terminal_line(f"embedgate history: {each}"), file=sys.stderr)  # noqa: T201 - output of a command
    shown = _last(history.records, arguments.last)
    if not shown:
        print_lines([terminal_line(f"there is no verdict in {folder} yet")])
        return 0
    print_lines(table(shown, _columns(arguments.check, shown)))
    if not arguments.check:
        print_lines(_measures(history.records, arguments.last))
    return 0


def _positive(typed: str) -> int:
    number = int(typed) if typed.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{typed!r} is not a number of gate runs: write 1 or more")
    return number


def _folder(typed: str | None) -> Path:
    if typed is not None:
        folder = typed_path(typed, "--folder")
        if not folder.is_dir():
            raise UsageError(f"the folder {folder} does not exist: correct --folder")
        return folder
    settings = HistorySettings()
    if os.path.lexists(CONFIG_NAME):
        settings = load_config(Path(CONFIG_NAME), CONFIG_NAME).settings.history
    return typed_path(settings.folder, f"{CONFIG_NAME}: [history] folder")


def _last(records: Sequence[Record], last: int) -> list[Record]:
    """Return the last verdicts, and the manual promotions between and after them."""
    known: list[Record] = [record for record in records if isinstance(record, RecordedVerdict | PromotionRecord)]
    positions = [position for position, record in enumerate(known) if isinstance(record, RecordedVerdict)]
    return known[positions[-last] :] if len(positions) > last else known


def _columns(requested: Sequence[str], shown: Sequence[Record]) -> list[str]:
    """Return the requested check ids; a prefix stands for all ids below it.

    Raises:
        UsageError: if none of these gate runs has such a check; names the nearest.
    """
    verdicts = (record for record in shown if isinstance(record, RecordedVerdict))
    known = list(dict.fromkeys(check.id for record in verdicts for check in record.checks))
    found: list[str] = []
    for entry in requested:
        covered = [check_id for check_id in known if covers(entry, check_id)]
        if not covered:
            near = difflib.get_close_matches(entry, known, n=1, cutoff=0.4)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UsageError(terminal_line(f"none of these gate runs has a check {entry}{hint}"))
        found += covered
    return list(dict.fromkeys(found))


def _measures(records: Sequence[Record], last: int) -> Iterator[str]:
    """Yield the lines of the trends of the model that was tested last."""
    tested = [
        position for position, record in enumerate(records) if isinstance(record, RecordedVerdict) and record.values
    ]
    if not tested:
        return
    latest = records[tested[-1]]
    assert isinstance(latest, RecordedVerdict)  # noqa: S101 - for mypy
    verdicts = window(records[: tested[-1]], latest, last)
    of = f"flow {latest.flow}" if latest.flow else "these files"
    yield ""
    yield terminal_line(f"measures of {of}, the last {len(verdicts)} gate runs, oldest first:")
    yield from measures(verdicts, records, blocks=_shows_blocks())


def _shows_blocks() -> bool:
    """Return whether the output is a terminal that shows block characters."""
    if sys.stdout is None:
        return False
    encoding = (sys.stdout.encoding or "").lower().replace("-", "").replace("_", "")
    return sys.stdout.isatty() and encoding == "utf8"
