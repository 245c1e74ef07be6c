"""A model and its playlists from files, without Metaflow."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from embedgate.sources.playlist_files import read_playlists
from embedgate.sources.resolve import FileRecord, LoadedModel, RunRecord
from embedgate.sources.vector_files import VectorsFile, read_vectors

if TYPE_CHECKING:
    from pathlib import Path

    from embedgate.material.space import EmbeddingSpace


def load(vectors: Path, playlists: Path) -> LoadedModel:
    """Read a model and its playlists.

    Raises:
        ArtifactMissing: if a file does not exist.
        ArtifactUnreadable: if one cannot be read.
        ArtifactInvalid: if the content of one has the wrong type or shape.
    """
    read = read_vectors(vectors)
    played = read_playlists(playlists)
    return LoadedModel(_record(read, playlists), read.space, played)


def load_vectors(vectors: Path) -> tuple[RunRecord, EmbeddingSpace]:
    """Read vectors alone.

    Raises:
        ArtifactMissing: if the file does not exist.
        ArtifactUnreadable: if it cannot be read.
        ArtifactInvalid: if its content has the wrong type or shape.
    """
    read = read_vectors(vectors)
    return _record(read, None), read.space


def _record(read: VectorsFile, playlists: Path | None) -> RunRecord:
    roles = [("vectors", path) for path in read.files]
    if playlists is not None:
        roles.append(("playlists", playlists))
    vectors = read.files[0]
    return RunRecord(
        source="files",
        pathspec=str(vectors),
        finished_at=datetime.fromtimestamp(vectors.stat().st_mtime, tz=UTC),
        files=tuple(FileRecord(role=role, path=str(path), sha256=_sha256(path)) for role, path in roles),
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
