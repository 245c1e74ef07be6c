"""Reading a file by its suffix, and the errors that every format has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from embedgate.errors import ArtifactUnreadable, EmbedgateError
from embedgate.sources.regular_files import called, denied, require_regular

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

T = TypeVar("T")


def read_by_suffix(path: Path, readers: Mapping[str, Callable[[Path], T]], role: str) -> T:
    """Read a file with the reader of its suffix. Only regular files are opened.

    Args:
        path: the file.
        readers: by suffix, with its dot.
        role: what is read from the file, for messages: "vectors".

    Raises:
        ArtifactMissing: if the file does not exist.
        ArtifactUnreadable: if it is not a regular file, empty, of another suffix, or damaged.
        ArtifactInvalid: if the reader finds content of the wrong type or shape.
    """
    size = require_regular(path, role)
    suffix = next((each for each in readers if path.name.lower().endswith(each)), None)
    if suffix is None:
        ending = f"files ending in {path.suffix!r}" if path.suffix else "a file without a suffix"
        raise ArtifactUnreadable(
            f"{called(path)}: {role} cannot be read from {ending}. Supported suffixes: {', '.join(readers)}"
        )
    if size == 0:
        raise ArtifactUnreadable(
            f"{called(path)} is empty (0 bytes). Write the {role} again: the export did not finish"
        )
    try:
        return readers[suffix](path)
    except EmbedgateError:
        raise
    except PermissionError as error:
        raise ArtifactUnreadable(denied(path)) from error
    except MemoryError as error:
        raise ArtifactUnreadable(
            f"{called(path)} does not fit into memory. Run the gate with more memory, or write fewer rows or "
            "dimensions; if the file is small, it is damaged: write it again"
        ) from error
    except Exception as error:  # whatever a parser raises over a damaged file becomes one that names the file
        cause = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")
        raise ArtifactUnreadable(
            f"{called(path)} cannot be read as {suffix}: {cause:.300}. The file is incomplete, damaged or in another "
            "format: copy or write it again"
        ) from error
