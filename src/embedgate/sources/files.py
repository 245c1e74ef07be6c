"""A model and its playlists from files."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from embedgate.sources.playlist_files import read_playlists
from embedgate.sources.records import FileRecord, LoadedModel, RunRecord
from embedgate.sources.vector_files import read_vectors

if TYPE_CHECKING:
    from pathlib import Path

    from embedgate.material.space import EmbeddingSpace


def load(vectors: Path, playlists: Path) -> LoadedModel:
    """Read a model and its playlists.

    Raises:
        ArtifactMissing: if a file does not exist.
        ArtifactUnreadable: if a file cannot be read.
        ArtifactInvalid: if the content of a file has the wrong type or shape.
    """
    space, files = read_vectors(vectors)
    played = read_playlists(playlists)
    return LoadedModel(_record(files, (playlists,)), space, played)


def load_vectors(vectors: Path) -> tuple[RunRecord, EmbeddingSpace]:
    """Read vectors alone.

    Raises:
        ArtifactMissing: if the file does not exist.
        ArtifactUnreadable: if it cannot be read.
        ArtifactInvalid: if its content has the wrong type or shape.
    """
    space, files = read_vectors(vectors)
    return _record(files), space


def _record(vectors: tuple[Path, ...], playlists: tuple[Path, ...] = ()) -> RunRecord:
    roles = {"vectors": vectors, "playlists": playlists}
    return RunRecord(
        source="files",
        pathspec=str(vectors[0]),
        finished_at=datetime.fromtimestamp(vectors[0].stat().st_mtime, tz=UTC),
        files=tuple(_file(role, path) for role, paths in roles.items() for path in paths),
    )


def _file(role: str, path: Path) -> FileRecord:
    with path.open("rb") as file:
        return FileRecord(role=role, path=str(path), sha256=hashlib.file_digest(file, "sha256").hexdigest())
