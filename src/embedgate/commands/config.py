"""`embedgate config`: print all keys of quality_checks.toml, as set or with their defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.checks.config_errors import reject_config_errors
from embedgate.commands.config_option import add_config, config_of
from embedgate.commands.printing import print_lines
from embedgate.config.keys import as_toml
from embedgate.sanitize import terminal_line

if TYPE_CHECKING:
    import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a file with the same settings, in which all other keys are comments.

    Raises:
        ConfigError: if the config cannot be read or is invalid.
    """
    print_lines(map(terminal_line, as_toml(reject_config_errors(config_of(arguments.config)).settings)), utf8=True)
    return 0
