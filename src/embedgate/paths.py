"""Paths in options and settings."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

from embedgate.errors import UsageError

SUITE = "quality_checks"
"""The folder of a suite, unless another one is configured."""


def typed_path(typed: str, source: str, folder: Path | None = None) -> Path:
    """Return the path that a user set, with `~` expanded.

    Args:
        typed: the text of the option or setting.
        source: the option or setting, for messages: `--gate-vectors`, `[history] folder`.
        folder: the folder that a relative path is relative to; by default the working directory.

    Raises:
        UsageError: if the text is blank, begins with the home of an unknown user, or is not a possible path.
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
    """Return the kind of a file that is not a regular file, from its `st_mode`: "a folder", "a named pipe"."""
    kinds = {
        stat.S_ISDIR: "a folder",
        stat.S_ISFIFO: "a named pipe",
        stat.S_ISSOCK: "a socket",
        stat.S_ISCHR: "a device",
        stat.S_ISBLK: "a device",
    }
    return next((name for is_kind, name in kinds.items() if is_kind(mode)), "a special file")
