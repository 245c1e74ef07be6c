"""Progress of long computations: a line every few seconds on an interactive terminal, no output elsewhere."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

Report = Callable[[float], None]
"""Takes the completed share, 0 to 1."""
WATCHED = "EMBEDGATE_PROGRESS"
"""Environment variable: "1" if progress is shown. A gate run sets it, and its processes inherit it."""
_PATIENCE, _EVERY = 3.0, 5.0  # seconds before the first line, and between lines


def silent(_share: float) -> None:
    """Ignore progress."""


def watch(*, terminal: bool) -> None:
    """Show progress if pytest writes to a terminal, but not in CI; a value that the user has set is kept."""
    os.environ.setdefault(WATCHED, "1" if terminal and not os.environ.get("CI") else "0")


def on_terminal(what: str) -> Report:
    """Return a reporter that writes lines to the terminal itself, past pytest's capture; or `silent`.

    The first line is written after three seconds, so that quick work writes none.
    """
    terminal = Path("/dev/tty")
    if os.environ.get(WATCHED) != "1" or not terminal.exists():
        return silent
    next_line = time.monotonic() + _PATIENCE

    def write(share: float) -> None:
        nonlocal next_line
        now = time.monotonic()
        if now >= next_line:
            next_line = now + _EVERY
            with terminal.open("w", encoding="utf-8") as stream:
                stream.write(f"\n{what}: {share:.0%} ")

    return write
