"""The source of models that are files; see `embedgate.sources.source.Source` for its functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.errors import UsageError
from embedgate.sources import champion_file, files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from embedgate.material.space import EmbeddingSpace
    from embedgate.sources.records import LoadedModel, Promotion, Request, RunRecord

    Champion = tuple[RunRecord, EmbeddingSpace]


def resolve(request: Request) -> str:
    """Return the path of the vectors."""
    return str(_vectors(request))


def load(request: Request) -> LoadedModel:
    """Read vectors and playlists; raises what `files.load` raises.

    Raises:
        UsageError: if there are no playlists.
    """
    vectors = _vectors(request)
    if request.playlists_file is None:
        raise UsageError(
            f"vectors come from {vectors}, but no file with playlists is set: "
            "set both --gate-vectors and --gate-playlists"
        )
    return files.load(vectors, request.playlists_file, request.columns)


def load_vectors(request: Request) -> Champion:
    """Read vectors alone."""
    return files.load_vectors(_vectors(request))


def find_champion(request: Request) -> RunRecord | None:
    """Return the champion that is recorded in the history folder."""
    return None if request.history is None else champion_file.find(request.history)


def load_champion(request: Request) -> Champion | None:
    """Read the vectors of the champion that is recorded in the history folder."""
    return None if request.history is None else champion_file.load(request.history)


def promote(promotion: Promotion) -> str:
    """Record the files as the champion."""
    return champion_file.promote(promotion)


def mark_failed(model: RunRecord) -> str:  # noqa: ARG001 - a function of each source
    """Return "": files have no tags."""
    return ""


def keep(model: RunRecord, kept: Sequence[Path]) -> str:  # noqa: ARG001 - a function of each source
    """Return "": verdict and report stay where the gate run wrote them."""
    return ""


def _vectors(request: Request) -> Path:
    if request.vectors_file is None:
        raise UsageError(f"{request.run!r} is not a file: give files with --gate-vectors and --gate-playlists")
    return request.vectors_file
