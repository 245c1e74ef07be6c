"""Safe access to input files: only regular files are opened, and every failure names the file."""

from __future__ import annotations

import difflib
import errno
import stat
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from embedgate.errors import ArtifactMissing, ArtifactUnreadable, EmbedgateError
from embedgate.paths import kind_of_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


def read_by_suffix(path: Path, readers: Mapping[str, Callable[[Path], T]], role: str, note: str = "") -> T:
    """Read a file with the reader for its suffix, the longest that fits.

    Args:
        path: the file.
        readers: by suffix, in lower case.
        role: name of the content in messages: "vectors".
        note: last sentence of the message for an unknown suffix.

    Raises:
        ArtifactMissing: if the file does not exist.
        ArtifactUnreadable: if it is not a regular file, is empty or damaged, or has another suffix.
        ArtifactInvalid: if the reader finds content of the wrong type or shape.
    """
    size = size_of_regular(path, role)
    suffix = max((each for each in readers if path.name.lower().endswith(each)), key=len, default=None)
    if suffix is None:
        ending = f"files ending in {path.suffix!r}" if path.suffix else "a file without a suffix"
        raise ArtifactUnreadable(
            f"file {path}: {role} cannot be read from {ending}. Supported suffixes: {', '.join(readers)}{note}"
        )
    if size == 0:
        raise ArtifactUnreadable(f"file {path} is empty (0 bytes). Write the {role} again: the export did not finish")
    try:
        path.open("rb").close()  # libraries report a denied permission in their own ways
        return readers[suffix](path)
    except EmbedgateError:
        raise
    except PermissionError as error:
        raise denied(path) from error
    except MemoryError as error:
        raise ArtifactUnreadable(
            f"file {path} does not fit into memory. Run the gate with more memory, or write fewer rows or "
            "dimensions; if the file is small, it is damaged: write it again"
        ) from error
    except Exception as error:  # a parser may raise anything for a damaged file; the message names the file
        cause = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")
        raise ArtifactUnreadable(
            f"file {path} cannot be read as {suffix}: {cause:.300}. The file is incomplete, damaged or in another "
            "format: copy or write it again"
        ) from error


def size_of_regular(path: Path, role: str) -> int:
    """Return the size of a regular file in bytes, without opening it: opening a pipe or a device may block.

    Raises:
        ArtifactMissing: if there is no such file.
        ArtifactUnreadable: if it is not a regular file, or cannot be accessed.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ArtifactMissing(_missing(path, role)) from error
    except PermissionError as error:
        raise denied(path) from error
    except ValueError as error:  # a null byte
        raise ArtifactMissing(
            f"there is no file {path!s:.80} to read {role} from: {error}. Check the path"
        ) from error
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise ArtifactMissing(
                f"there is no file {path} to read {role} from: the path is longer than the file system allows "
                f"({len(str(path))} characters). Check the path"
            ) from error
        problem = f"cannot be accessed: {error.strerror}. Check the file system"
        if error.errno == errno.ELOOP:
            problem = f"is a symbolic link that leads back to itself. Let it point to the file with {role}"
        raise ArtifactUnreadable(f"file {path} {problem}") from error
    if not stat.S_ISREG(status.st_mode):
        advice = f"Write the {role} to a file and give its path"
        if stat.S_ISDIR(status.st_mode):
            advice = f"Give the path of the file with {role}"
        raise ArtifactUnreadable(
            f"file {path} is {kind_of_file(status.st_mode)}, and {role} are read from regular files. {advice}"
        )
    return status.st_size


def denied(path: Path) -> ArtifactUnreadable:
    """Return the error for a file without read permission."""
    return ArtifactUnreadable(
        f"file {path} cannot be read: permission denied. "
        "Give the user who runs the gate read access to the file and to its folders"
    )


def _missing(path: Path, role: str) -> str:
    if path.is_symlink():
        return (
            f"there is no file {path} to read {role} from: it is a symbolic link to {path.readlink()}, "
            "which does not exist. Restore that file, or give another path"
        )
    try:
        beside = [file.name for file in path.parent.iterdir()]
    except OSError:  # the folder does not exist or cannot be listed: there is no name to suggest
        beside = []
    near = difflib.get_close_matches(path.name, beside, n=3)
    return f"there is no file {path} to read {role} from (working directory: {Path.cwd()}). Check the path" + (
        f"; similar names beside it: {', '.join(near)}" if near else ""
    )
