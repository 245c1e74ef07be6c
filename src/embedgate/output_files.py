"""The files that embedgate writes, and the existing files that it may replace.

An existing file is replaced or removed only if it is a regular file that embedgate wrote, recognized by its content.
An output that is an input, another output or anything else is a usage error.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedgate.errors import UsageError
from embedgate.paths import kind_of_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

VERDICT = re.compile(rb'\A\{\s*"schema":\s*\d+,\s*"verdict":\s*"')
"""Start of a verdict.json."""
REPORT = re.compile(rb'<meta name="generator" content="embedgate"|<title id="head-title">embedgate</title>')
"""Contained in the head of a report."""
_HEAD = 65_536
"""Number of bytes at the start of a file that are searched."""
_LONGEST_SUFFIX = ".4294967295"
"""Suffix of the name of a file while it is written."""


@dataclass(frozen=True, slots=True)
class Named:
    """A path, and the option or key that names it.

    Attributes:
        source: the option or key, for messages.
        path: absolute.
    """

    source: str
    path: Path


@dataclass(frozen=True, slots=True)
class Output(Named):
    """A file to be written.

    Attributes:
        ours: matches the start of a file that may be replaced; None if another program writes the file, so that its
            content cannot be recognized.
    """

    ours: re.Pattern[bytes] | None = None


def check_outputs(outputs: Sequence[Output], inputs: Sequence[Named]) -> None:
    """Reject outputs that would overwrite a file that embedgate did not write.

    Raises:
        UsageError: names both files or options, and what to do.
    """
    taken: list[Named] = []
    for output in outputs:
        _refuse_unusable_name(output)
        refuse_same(output, inputs, "is an input")
        refuse_same(output, taken, "is another output")
        taken.append(output)
    for output in outputs:
        for other in outputs:
            if resolved(other) in resolved(output).parents:
                raise UsageError(
                    f"{output.source} needs {other.path} as a folder, and {other.source} writes a file there: "
                    f"choose another path for {output.source}"
                )
        _refuse_replacing(output)
        _refuse_unwritable(output)


def refuse_same(output: Named, others: Iterable[Named], role: str) -> None:
    """Reject an output that is the same file as another path.

    Args:
        output: the file to be written.
        others: inputs, or other outputs.
        role: the role of the others, for the message: "is an input".

    Raises:
        UsageError: names both.
    """
    mine = _identities(output)
    for other in others:
        if mine & _identities(other):
            same = "" if output.path == other.path else f", the same file as {other.path}"
            raise UsageError(
                f"{output.source} would overwrite {output.path}{same}, which {role} ({other.source}): "
                f"choose another path for {output.source}"
            )


def _refuse_replacing(output: Output) -> None:
    """Refuse to replace anything but a regular file that embedgate wrote."""
    path = output.path
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink() and not resolved(output).parent.is_dir():
            raise UsageError(
                f"{output.source}: {path} is a symbolic link into a folder that does not exist: remove it, or choose "
                "another path"
            ) from None
        return
    except NotADirectoryError:
        return  # _refuse_unwritable reports the file that should be a folder
    except OSError as error:
        raise UsageError(f"{output.source}: {path} cannot be accessed: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise UsageError(f"{output.source}: {path} is a folder: choose a file, such as {path / 'x'}{path.suffix}")
    if not stat.S_ISREG(mode):
        raise UsageError(f"{output.source}: {path} is {kind_of_file(mode)}, not a regular file: choose another path")
    if output.ours is None:
        return
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise UsageError(
            f"{output.source}: {path} exists and cannot be read ({error.strerror}), so it may not be replaced: "
            "move it away, or choose another path"
        ) from error
    if not output.ours.search(head):
        raise UsageError(
            f"{output.source} would overwrite {path}, a file that embedgate did not write: move it away, or choose "
            "another path"
        )


def _refuse_unwritable(output: Output) -> None:
    """Refuse a folder in which no file can be created, or a file without write permission."""
    path = resolved(output)
    above = next(each for each in path.parents if os.path.lexists(each))
    if not above.is_dir():
        raise UsageError(f"{output.source}: {path} cannot be created, since {above} is not a folder")
    try:
        with tempfile.TemporaryFile(dir=above):
            pass
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise UsageError(
            f"{output.source}: {path} cannot be written in {above}: {error.strerror}. Choose another path"
        ) from error


def _refuse_unusable_name(output: Output) -> None:
    """Refuse a name that leaves no room for the name of the file while it is written."""
    try:
        output.path.with_name(f".{output.path.name}{_LONGEST_SUFFIX}").lstat()
    except FileNotFoundError:
        return
    except ValueError as error:
        raise UsageError(f"{output.source}: {output.path} is a folder: choose a file") from error
    except OSError as error:
        if not isinstance(error, NotADirectoryError | PermissionError):
            raise UsageError(
                f"{output.source}: {output.path.name[:40]!r} cannot be the name of a file: {error.strerror}"
            ) from error


def _identities(named: Named) -> set[object]:
    """Return what identifies a file: its resolved path, and its device and inode if it exists."""
    try:
        path = named.path.resolve()
    except (OSError, RuntimeError):
        path = named.path  # a link to itself is reported where it is read or written
    try:
        found = path.stat()
    except OSError:
        return {path}
    return {path, (found.st_dev, found.st_ino)}


def resolved(named: Named) -> Path:
    """Return the absolute path with symbolic links followed.

    Raises:
        UsageError: if it cannot be followed.
    """
    try:
        return named.path.resolve()
    except (OSError, RuntimeError) as error:
        raise UsageError(f"{named.source}: {named.path} cannot be followed to a file: {error}") from error
