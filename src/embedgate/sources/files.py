"""A model and its playlists from files: nothing of Metaflow is asked or imported."""

from __future__ import annotations

import glob
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from embedgate.sources.playlist_files import read_playlists
from embedgate.sources.resolve import FileRecord, LoadedModel, RunRecord
from embedgate.sources.vector_files import read_space

if TYPE_CHECKING:
    from pathlib import Path

    from embedgate.material.space import EmbeddingSpace


def load(vectors: Path, playlists: Path) -> LoadedModel:
    """Read a model and its playlists.

    Raises:
        ArtifactMissing: if a file is not there.
        ArtifactUnreadable: if one cannot be read.
        ArtifactInvalid: if one was read and is not what it must be.
    """
    space = read_space(vectors)
    played = read_playlists(playlists)
    return LoadedModel(_record(vectors, playlists), space, played)


def load_vectors(vectors: Path) -> tuple[RunRecord, EmbeddingSpace]:
    """Read vectors alone.

    Raises:
        ArtifactMissing: if the file is not there.
        ArtifactUnreadable: if it cannot be read.
        ArtifactInvalid: if it was read and is not what it must be.
    """
    space = read_space(vectors)
    return _record(vectors, None), space


def _record(vectors: Path, playlists: Path | None) -> RunRecord:
    # gensim keeps large arrays beside the file: without them its hash says little about the model
    beside = sorted(vectors.parent.glob(f"{glob.escape(vectors.name)}.*.np[yz]"))
    read = [("vectors", vectors), *(("vectors", path) for path in beside)]
    if playlists is not None:
        read.append(("playlists", playlists))
    return RunRecord(
        source="files",
        pathspec=str(vectors),
        finished_at=datetime.fromtimestamp(vectors.stat().st_mtime, tz=UTC),
        files=tuple(FileRecord(role=role, path=str(path), sha256=_sha256(path)) for role, path in read),
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
