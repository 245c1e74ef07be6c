"""Files of a history folder and their names: each is written completely or not at all, and never replaces another.

A file is written under a temporary name and then linked, so that several processes may write at the same time and no
reader sees an incomplete file.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from embedgate.atomic_write import partial_path

OWN_IGNORE = ".gitignore"
PARTIAL = ".partial"
_CHAMPION_RECORD = re.compile(r"champion-(\d{6})\.json")
_PARTIAL_RECORD = re.compile(r"\.(\d{8}T\d{6}\.\d{6}Z-.*|champion-\d{6}\.json\.[0-9a-f]{8})\.partial", re.DOTALL)
_WRITE_SECONDS = 60.0
"""The maximum time that writing a record is assumed to take."""


def champion_record(number: int) -> str:
    """Return the name of the n-th record of a champion; names sort by number."""
    return f"champion-{number:06}.json"


def champion_number(name: str) -> int | None:
    """Return the number of the record of a champion; None if a file of this name is another file."""
    found = _CHAMPION_RECORD.fullmatch(name)
    return None if found is None else int(found[1])


def create_folder(folder: Path) -> None:
    """Create the folder with a `.gitignore`; an existing folder is not changed.

    Raises:
        OSError: if it cannot be created.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        if folder.is_dir():
            return
        raise
    (folder / OWN_IGNORE).write_text("*\n", encoding="utf-8")


def write_new(path: Path, content: bytes, *, has_unique_name: bool) -> None:
    """Create a file with its whole content.

    Args:
        path: of the file.
        content: of the file.
        has_unique_name: no other process writes to this path, so the file may be renamed on a file system without
            hard links.

    Raises:
        FileExistsError: if it exists; it is not changed.
        OSError: if it cannot be written.
    """
    partial = path.with_name(f".{path.name}{PARTIAL}") if has_unique_name else partial_path(path)
    try:
        with partial.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(partial)  # never overwrites, unlike a rename
        except FileExistsError:
            raise
        except OSError:
            if not has_unique_name:
                raise
            partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


def remove_abandoned(folder: Path) -> None:
    """Remove the partial records of killed processes."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_partial_record(entry) and not is_being_written(entry):
                Path(entry).unlink(missing_ok=True)


def is_partial_record(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry of the folder is a record that is being written, or that a killed process left."""
    return _PARTIAL_RECORD.fullmatch(entry.name) is not None and entry.is_file(follow_symlinks=False)


def is_being_written(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is so recent that a process may still be writing it."""
    try:
        return time.time() - entry.stat().st_mtime < _WRITE_SECONDS
    except FileNotFoundError:
        return True  # it has been renamed in the meantime
