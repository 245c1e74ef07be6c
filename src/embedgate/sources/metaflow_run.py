"""Load a model from a run of a Metaflow flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.sources.champion_tag import find_champion
from embedgate.sources.finished_run import artifact, display_name, record
from embedgate.sources.memory import playlists_from, vectors_from
from embedgate.sources.records import LoadedModel
from embedgate.sources.run_lookup import find, names_of

if TYPE_CHECKING:
    from embedgate.material.space import EmbeddingSpace
    from embedgate.sources.finished_run import FinishedRun
    from embedgate.sources.records import Request, RunRecord


def load(request: Request) -> LoadedModel:
    """Find the requested run, and read vectors and playlists from its last task.

    Raises:
        UsageError: if no flow is set, a name is invalid, or the run of the given ID did not succeed.
        UnavailableError: if the flow, a run or an artifact is unavailable.
    """
    run = find(request)
    space = _space(run, request)
    name = request.playlists_artifact
    found = artifact(run, name, "[model] playlists")
    playlists = playlists_from(found, display_name(name, run), request.columns)
    return LoadedModel(record(run), space, playlists, request.columns)


def load_artifact(request: Request, name: str, setting: str) -> tuple[object, str]:
    """Load an artifact of the requested run, set by `setting`; return it and its name in messages."""
    run = find(request)
    return artifact(run, name, setting), display_name(name, run)


def load_vectors(request: Request) -> tuple[RunRecord, EmbeddingSpace]:
    """Find the requested run, and read its vectors alone; raises what `load` raises."""
    run = find(request)
    space = _space(run, request)
    return record(run), space


def load_champion(request: Request) -> tuple[RunRecord, EmbeddingSpace] | None:
    """Find the champion of the requested run's flow, and read its vectors alone; None if there is none."""
    flow_name, _ = names_of(request)
    run = find_champion(flow_name)
    return None if run is None else (record(run), _space(run, request))


def champion_of(request: Request) -> str | None:
    """Return the pathspec of the champion of the requested run's flow; None if there is none."""
    run = find_champion(names_of(request)[0])
    return None if run is None else run.pathspec


def _space(run: FinishedRun, request: Request) -> EmbeddingSpace:
    name = request.vectors_artifact
    return vectors_from(artifact(run, name, "[model] vectors"), display_name(name, run))
