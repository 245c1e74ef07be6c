"""Atomic writing of files."""

from __future__ import annotations

import glob
import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Write text to a file in UTF-8: a reader sees either the old content or the complete new content.

    A missing folder is created. Lone surrogates, which UTF-8 cannot encode, become question marks.

    Raises:
        OSError: if the file cannot be written; an existing file is not changed.
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
    """Return an unused path beside a file, to which its content is written first."""
    return path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.partial")


def remove_partial_files(path: Path) -> None:
    """Remove the partial files that a killed process left beside a file; no other process may be writing it.

    Raises:
        OSError: if one cannot be removed.
    """
    pattern = f".{glob.escape(path.name[:100])}.{'[0-9a-f]' * 8}.partial"
    for partial in path.parent.glob(pattern):
        if partial.is_file():
            partial.unlink(missing_ok=True)
