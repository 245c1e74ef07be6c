"""`embedgate checks`: print each check with its severity, its bound and its question, as configured."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.checks.config_errors import reject_config_errors
from embedgate.checks.registry import check_ids, check_of
from embedgate.checks.table import default_bound
from embedgate.checks.units import show
from embedgate.commands.printing import print_lines
from embedgate.config import CONFIG_NAME, Settings, load_config
from embedgate.errors import UsageError
from embedgate.paths import typed_path
from embedgate.sanitize import terminal_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--config", metavar="FILE", help=f"default: {CONFIG_NAME} here, or no config")


def run(arguments: argparse.Namespace) -> int:
    """Print a line per check.

    Raises:
        UsageError: if the config that was given does not exist.
        ConfigError: if the config is invalid.
    """
    print_lines(_lines(_settings(arguments.config)))
    return 0


def _settings(typed: str | None) -> Settings:
    path = Path(CONFIG_NAME) if typed is None else typed_path(typed, "--config")
    if not os.path.lexists(path):
        if typed is not None:
            raise UsageError(f"the config {path} does not exist: correct --config")
        return Settings()
    return reject_config_errors(load_config(path, typed or CONFIG_NAME)).settings


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
