"""`embedgate completion`: print a script with which a shell completes the commands."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from embedgate.checks.registry import check_ids
from embedgate.commands.printing import print_lines
from embedgate.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

SHELLS = ("bash", "zsh", "fish")
_FILES = ("FILE", "A", "B", "RUN")
"""Names of values that may be files."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=f"one of {', '.join(SHELLS)}")


def run(arguments: argparse.Namespace) -> int:
    """Print the script for the parser of all commands, `arguments.parser`."""
    import shtab  # noqa: PLC0415 - only this command needs it

    parser: argparse.ArgumentParser = arguments.parser
    for action in _actions(parser):
        if action.metavar in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.metavar == "FOLDER":
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        elif action.metavar == "ID":
            action.choices = list(check_ids(Settings()))
    print_lines([shtab.complete(parser, shell=arguments.shell)], utf8=True)
    return 0


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield the arguments of a parser and of its commands."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no other list of them
        yield action
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for command in action.choices.values():
                yield from _actions(command)
