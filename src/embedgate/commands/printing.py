"""Output of commands. A closed pipe is not an error."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper, UnsupportedOperation
from typing import TYPE_CHECKING

from embedgate.errors import EmbedgateError

if TYPE_CHECKING:
    from collections.abc import Iterable


def print_lines(lines: Iterable[str], *, utf8: bool = False) -> None:
    """Print lines; a character that the encoding of the output does not have is printed as an escape.

    Args:
        lines: without line ends.
        utf8: print in UTF-8 whatever the encoding of the output.

    Raises:
        EmbedgateError: if the output cannot be written, unless it is a closed pipe.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8" if utf8 else None, errors="backslashreplace")
    try:
        for line in lines:
            print(line)  # noqa: T201 - output of a command
        if sys.stdout is not None:  # None: closed
            sys.stdout.flush()
    except BrokenPipeError:
        discard_output()
    except OSError as error:
        discard_output()
        raise EmbedgateError(f"the output cannot be written: {error.strerror}") from error


def discard_output() -> None:
    """Discard buffered output, so that flushing it at the interpreter's exit does not fail."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (AttributeError, UnsupportedOperation):  # no stdout, or one that is not a file
        return
