"""Progress of long work: a line on a terminal, silence in CI and in files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

Report = Callable[[float], None]
"""Takes the share that is done, 0 to 1."""


def silent(_share: float) -> None:
    """Say nothing."""


def on_terminal(what: str) -> Report:
    """Return a reporter that rewrites one line of standard error, or `silent` where nobody watches.

    pytest captures standard error while a test runs: the line goes to the terminal behind it.
    """
    stream = sys.__stderr__
    if stream is None or not stream.isatty() or os.environ.get("CI"):
        return silent

    def say(share: float) -> None:
        if share < 1:
            stream.write(f"\r\x1b[2K{what} {share:4.0%}")
        else:
            stream.write("\r\x1b[2K")
        stream.flush()

    return say
