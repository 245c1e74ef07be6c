"""Checks before a file is opened: opening a pipe or a device may block forever, and a directory has no content."""

from __future__ import annotations

import difflib
import errno
import stat
from pathlib import Path

from embedgate.errors import ArtifactMissing, ArtifactUnreadable

_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def called(path: Path) -> str:
    """Name a file in a message."""
    return f"file {path}"


def require_regular(path: Path, role: str) -> int:
    """Check that a path leads to a regular file, without opening it. Symbolic links are followed.

    Args:
        path: the file.
        role: what is read from it, for messages: "vectors".

    Returns:
        The size in bytes.

    Raises:
        ArtifactMissing: if there is no such file.
        ArtifactUnreadable: if it is no regular file, or cannot be accessed.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ArtifactMissing(_missing(path, role)) from error
    except PermissionError as error:
        raise ArtifactUnreadable(denied(path)) from error
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise ArtifactMissing(
                f"there is no file {path} to read {role} from: the path is longer than the file system allows "
                f"({len(str(path))} characters). Check the path"
            ) from error
        if error.errno == errno.ELOOP:
            raise ArtifactUnreadable(
                f"{called(path)} is a symbolic link that leads back to itself. Let it point to the file with {role}"
            ) from error
        raise ArtifactUnreadable(
            f"{called(path)} cannot be accessed: {error.strerror}. Check the file system"
        ) from error
    except ValueError as error:  # a null byte
        raise ArtifactMissing(
            f"there is no file {path!s:.80} to read {role} from: {error}. Check the path"
        ) from error
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "not a regular file")
        raise ArtifactUnreadable(
            f"{called(path)} is {kind}, and {role} are read from regular files. {_instead(kind, role)}"
        )
    return status.st_size


def denied(path: Path) -> str:
    """Describe a file that may not be read."""
    return (
        f"{called(path)} cannot be read: permission denied. "
        "Give the user who runs the gate read access to the file and to its folders"
    )


def _instead(kind: str, role: str) -> str:
    if kind == "a directory":
        return f"Give the path of the file with {role}"
    return f"Write the {role} to a file and give its path"


def _missing(path: Path, role: str) -> str:
    if path.is_symlink():
        return (
            f"there is no file {path} to read {role} from: it is a symbolic link to {path.readlink()}, "
            "which does not exist. Restore that file, or give another path"
        )
    try:
        beside = [file.name for file in path.parent.iterdir()]
    except OSError:  # the folder does not exist or may not be listed: then there is no name to suggest
        beside = []
    near = difflib.get_close_matches(path.name, beside, n=3)
    return f"there is no file {path} to read {role} from (working directory: {Path.cwd()}). Check the path" + (
        f"; similar names beside it: {', '.join(near)}" if near else ""
    )
