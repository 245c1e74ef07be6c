"""Reading a file by its suffix, and what can be wrong with a file before anyone parses it."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from embedgate.errors import ArtifactMissing, ArtifactUnreadable, EmbedgateError
from embedgate.sources.unreadable import unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


def read_by_suffix(path: Path, readers: Mapping[str, Callable[[Path], T]], role: str) -> T:
    """Read a file with the reader that its suffix asks for.

    Args:
        path: the file.
        readers: by suffix, with its dot.
        role: what the file is to hold, for messages.

    Raises:
        ArtifactMissing: if the file is not there.
        ArtifactUnreadable: if it is a directory, empty, of another suffix, or damaged.
        ArtifactInvalid: if the reader finds it is not what it must be.
    """
    read = _reader(path, readers, role)
    try:
        return read(path)
    except EmbedgateError:
        raise
    except Exception as error:  # whatever a parser raises over a damaged file becomes one that names the file
        raise unreadable(error, called(path)) from error


def called(path: Path) -> str:
    """Name a file in a message."""
    return f"file {path}"


def _reader(path: Path, readers: Mapping[str, Callable[[Path], T]], role: str) -> Callable[[Path], T]:
    """Choose a reader by the file's name, once the file is seen to be there."""
    if not path.exists():
        beside = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        near = difflib.get_close_matches(path.name, beside, n=3)
        raise ArtifactMissing(
            f"there is no file {path} to read {role} from (working directory: {Path.cwd()})"
            + (f"; beside it are {', '.join(near)}" if near else "")
        )
    if path.is_dir():
        raise ArtifactUnreadable(f"{path} is a directory, where a file with {role} is needed")
    suffixes = [suffix for suffix in readers if path.name.lower().endswith(suffix)]
    if not suffixes:
        raise ArtifactUnreadable(
            f"{called(path)}: {role} are read from {', '.join(readers)}, not from {path.suffix or 'no suffix'!r}"
        )
    if path.stat().st_size == 0:
        raise ArtifactUnreadable(f"{called(path)} is empty: 0 bytes")
    return readers[suffixes[0]]
