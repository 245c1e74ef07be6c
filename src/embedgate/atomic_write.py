"""Files that are written whole or not at all."""

from __future__ import annotations

import glob
import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    r"""Write text to a file in UTF-8: a reader sees the earlier content or all of the new one.

    Half surrogate pairs, which no encoding has, become question marks.

    Args:
        path: the file; its folder is made if it is missing.
        text: the content, with "\n" at line ends.

    Raises:
        OSError: if it cannot be written; an earlier file is left as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_path(path)
    try:
        with partial.open("xb") as file:
            file.write(text.encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def partial_path(path: Path) -> Path:
    """Return a name, not yet taken, for the content of a file while it is written, beside the file."""
    return path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.partial")


def remove_partial_files(path: Path) -> None:
    """Remove what a process that was killed left of a file that it was writing: see `partial_path`.

    Args:
        path: the file; nobody else may be writing it.

    Raises:
        OSError: if one cannot be removed.
    """
    pattern = f".{glob.escape(path.name[:100])}.{'[0-9a-f]' * 8}.partial"
    for partial in path.parent.glob(pattern):
        if partial.is_file():
            partial.unlink(missing_ok=True)
