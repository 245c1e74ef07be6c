"""`embedgate checks`: print each check with its severity, its bound and its question, as configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.checks.config_errors import reject_config_errors
from embedgate.checks.registry import check_ids, check_of
from embedgate.checks.table import default_bound
from embedgate.checks.units import show
from embedgate.commands.config_option import add_config, config_of
from embedgate.commands.printing import print_lines
from embedgate.sanitize import terminal_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from embedgate.config.settings import Settings


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a line per check.

    Raises:
        ConfigError: if the config cannot be read or is invalid.
    """
    print_lines(_lines(reject_config_errors(config_of(arguments.config)).settings))
    return 0


def _lines(settings: Settings) -> Iterator[str]:
    rows = [_row(check_id, settings) for check_id in check_ids(settings)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield terminal_line("  ".join(map(str.ljust, row, widths)).rstrip())


def _row(check_id: str, settings: Settings) -> tuple[str, str, str, str]:
    """Return id, severity, question and bound of a check."""
    check, own = check_of(check_id), settings.of_check(check_id)
    calibrated = settings.bands.limit_of(check_id)
    default = check.severity_calibrated if calibrated is not None else None
    held_out = settings.model.playlists_role == "held_out"
    severity = own.severity or default or check.default_severity(held_out=held_out)
    bound = default_bound(check)
    if check.per != "known" and bound.startswith("configured"):
        bound = f"none: set {check.direction}"
    if calibrated is not None and check.band is not None:
        bound = f"{'>=' if check.band.kind == 'at_least' else '<='} {show(calibrated, check.unit)} (calibrated)"
    for sign, limit in ((">=", own.at_least), ("<=", own.at_most)):
        if limit is not None:
            bound = f"{sign} {show(limit, check.unit)} (configured)"
    return check_id, severity, check.question, bound
