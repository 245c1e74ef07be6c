"""The source of models from Metaflow runs; see `embedgate.sources.source.Source` for its functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.sources import champion_tag
from embedgate.sources.finished_run import artifact, display_name, record
from embedgate.sources.gensim_files import read_pickled
from embedgate.sources.memory import playlists_from, vectors_from, vectors_from_array
from embedgate.sources.records import LoadedModel, RunRecord
from embedgate.sources.run_lookup import find, names_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from embedgate.material.space import EmbeddingSpace
    from embedgate.sources.finished_run import FinishedRun
    from embedgate.sources.records import Promotion, Request


def resolve(request: Request) -> str:
    """Find the requested run, and return its pathspec; raises what `load` raises."""
    return find(request).pathspec


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


def find_champion(request: Request) -> RunRecord | None:
    """Find the champion of the requested run's flow; None if there is none."""
    flow_name, _ = names_of(request)
    run = champion_tag.find_champion(flow_name)
    return None if run is None else RunRecord(source="metaflow", pathspec=run.pathspec)


def load_champion(request: Request) -> tuple[RunRecord, EmbeddingSpace] | None:
    """Find the champion of the requested run's flow, and read its vectors alone; None if there is none."""
    flow_name, _ = names_of(request)
    run = champion_tag.find_champion(flow_name)
    return None if run is None else (record(run), _space(run, request))


def promote(promotion: Promotion) -> str:
    """Move the tag `champion` to a run, tagged `quality:passed` if it has a verdict; see `champion_tag.promote`."""
    return champion_tag.promote(promotion.model.pathspec, passed=promotion.verdict is not None)


def mark_failed(model: RunRecord) -> str:
    """Tag a run `quality:failed`, and return the tag; see `champion_tag.mark`."""
    champion_tag.mark(model.pathspec, passed=False)
    return champion_tag.FAILED


def keep(model: RunRecord, kept: Sequence[Path]) -> str:  # noqa: ARG001 - a function of each source
    """Return "": artifacts of a run that has finished cannot be added."""
    return ""


def _space(run: FinishedRun, request: Request) -> EmbeddingSpace:
    name, keys = request.vectors_artifact, request.keys_artifact
    where = display_name(name, run)
    if keys is None:
        return vectors_from(artifact(run, name, "[model] vectors", read_pickled), where)
    vectors = artifact(run, name, "[model] vectors")
    return vectors_from_array(vectors, artifact(run, keys, "[model] keys"), where, display_name(keys, run))
