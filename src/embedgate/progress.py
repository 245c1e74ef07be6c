"""Progress of long work: a line now and then on a terminal that somebody watches, silence elsewhere."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

Report = Callable[[float], None]
"""Takes the share that is done, 0 to 1."""
WATCHED = "EMBEDGATE_PROGRESS"
"""Environment variable: "1" where somebody watches. A gate run sets it; its processes inherit it."""
_PATIENCE, _EVERY = 3.0, 5.0  # seconds before the first line, and between lines


def silent(_share: float) -> None:
    """Say nothing."""


def watch(*, terminal: bool) -> None:
    """Let progress be shown where pytest writes to a terminal; never in CI. What is set already, stays."""
    os.environ.setdefault(WATCHED, "1" if terminal and not os.environ.get("CI") else "0")


def on_terminal(what: str) -> Report:
    """Return a reporter that writes lines to the terminal itself, behind pytest's capture; or `silent`.

    Quick work says nothing: the first line comes after three seconds.
    """
    terminal = Path("/dev/tty")
    if os.environ.get(WATCHED) != "1" or not terminal.exists():
        return silent
    next_line = time.monotonic() + _PATIENCE

    def say(share: float) -> None:
        nonlocal next_line
        now = time.monotonic()
        if now >= next_line:
            next_line = now + _EVERY
            with terminal.open("w", encoding="utf-8") as stream:
                stream.write(f"\n{what}: {share:.0%} ")

    return say
