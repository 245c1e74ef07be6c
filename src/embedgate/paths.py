"""Paths as users type them."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

from embedgate.errors import UsageError

SUITE = "quality_checks"
"""The folder of a suite, unless the config says otherwise."""


def typed_path(typed: str, source: str, folder: Path | None = None) -> Path:
    """Return the path that a user typed.

    Args:
        typed: the text, in which `~` stands for a home directory.
        source: what it was typed for, for messages: `--gate-vectors`, `[history] folder`.
        folder: what a relative path is relative to; the working directory unless given.

    Raises:
        UsageError: if the text is blank, names the home of an unknown user, or can be no path on this file system.
    """
    if not typed.strip():
        raise UsageError(f"{source} is empty: write a path after it")
    try:
        path = (folder or Path()) / Path(typed).expanduser()
        path.lstat()
    except RuntimeError as error:
        user = typed.partition("/")[0]
        raise UsageError(
            f"{source}: {typed!r} starts with the home directory of {user}, which does not exist: "
            f"write the whole path, or ./{typed}"
        ) from error
    except ValueError as error:
        raise UsageError(f"{source}: {typed!r:.80} is not a path ({error}): write another one") from error
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            shown = f"{typed[:40]}...{typed[-20:]}"
            raise UsageError(
                f"{source}: {shown!r} is too long for a path ({len(typed)} characters): write a shorter one"
            ) from error
    return path


def kind_of_file(mode: int) -> str:
    """Return what a file that is not a regular one is, from its `st_mode`: "a folder", "a named pipe"."""
    kinds = {
        stat.S_ISDIR: "a folder",
        stat.S_ISFIFO: "a named pipe",
        stat.S_ISSOCK: "a socket",
        stat.S_ISCHR: "a device",
        stat.S_ISBLK: "a device",
    }
    return next((name for is_kind, name in kinds.items() if is_kind(mode)), "a special file")
