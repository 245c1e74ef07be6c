"""What a reference to a champion means: a run, a file, a tag, or nothing."""

from __future__ import annotations

from pathlib import Path

NO_CHAMPION = "none"
"""The reference that turns the comparison off."""
_VECTOR_FILES = (".kv", ".npz", ".txt", ".bin", ".kv.gz", ".txt.gz", ".bin.gz")


def names_vectors(reference: str, folder: Path) -> Path | None:
    """Tell whether a reference to a champion means a file: one that is there, or a name as vectors have it.

    Args:
        reference: as it was typed.
        folder: to which it is relative.

    Returns:
        The file, which may be missing; None where the reference means a run or a tag.
    """
    path = folder / Path(reference).expanduser()
    return path if path.name.lower().endswith(_VECTOR_FILES) or path.is_file() else None


def names_run(reference: str) -> bool:
    """Tell whether a reference that is no file means a run: `Flow/123`."""
    flow, slash, run = reference.partition("/")
    return bool(flow and slash and run) and "/" not in run
