"""`embedgate verdict`: print a verdict.json, and take over its exit status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.errors import UsageError

if TYPE_CHECKING:
    import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("file", metavar="FILE", nargs="?", default="verdict.json", help="default: verdict.json")


def run(arguments: argparse.Namespace) -> int:
    """Print it; 0 for passed, else 1."""
    path = Path(arguments.file)
    try:
        word = json.loads(path.read_text(encoding="utf-8"))["verdict"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no verdict that can be read: {type(error).__name__}: {error}") from error
    print(f"verdict: {word}")  # noqa: T201 - what the command is for
    return 0 if word == "passed" else 1
