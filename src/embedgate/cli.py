"""The command `embedgate`."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from embedgate import __version__
from embedgate.commands.printing import discard_output
from embedgate.errors import EmbedgateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "calibrate": "measure the variation of retrains and write it to quality_checks.toml",
    "checks": "print each check with its severity, bound and question, as configured",
    "compare": "show the measures of two models side by side",
    "completion": "print a script with which a shell completes these commands",
    "config": "print quality_checks.toml with all keys, those that are not set as comments",
    "history": "print the last gate runs and the trend of each measure",
    "init": "propose a quality_checks.toml for a run or files, and judge the model with it",
    "promote": "make a run or a file the champion manually and record the reason",
    "verdict": "print a verdict.json and exit with 0 only if the verdict is passed",
}
"""Description of each command, by the name of its module in embedgate.commands."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 2 after a usage error, 1 if it failed."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="embedgate", description=__doc__)
    parser.add_argument("--version", action="version", version=f"embedgate {__version__}")
    parser.set_defaults(parser=parser)  # for `completion`
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, description in COMMANDS.items():
        command = commands.add_parser(name, help=description, description=description)
        if name in typed or "completion" in typed:  # import only the module of this command
            import_module(f"embedgate.commands.{name}").add(command)
    try:
        return _run(_parsed(parser, typed))
    except BrokenPipeError:
        return 1
    finally:
        _finish_output()


def _parsed(parser: argparse.ArgumentParser, typed: list[str]) -> argparse.Namespace:
    try:
        return parser.parse_args(typed)
    except BrokenPipeError:  # argparse catches it from Python 3.11.4 on
        sys.exit(0 if {"-h", "--help", "--version"}.intersection(typed) else 2)


def _run(given: argparse.Namespace) -> int:
    try:
        return int(import_module(f"embedgate.commands.{given.command}").run(given))
    except EmbedgateError as error:
        print(f"embedgate {given.command}: {error}", file=sys.stderr)  # noqa: T201 - output of a command
        return 2 if isinstance(error, UsageError) else 1


def _finish_output() -> None:
    """Flush the output; a closed pipe is not an error."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        discard_output()


if __name__ == "__main__":
    sys.exit(main())
