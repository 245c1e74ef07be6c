"""Load the model of a request, and the champion of a reference.

Importing this module is cheap: Metaflow, gensim, pandas and pyarrow are imported when they are needed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.errors import UnavailableError, UsageError
from embedgate.paths import typed_path
from embedgate.sources import files
from embedgate.sources.catalogue import catalogue_from, read_catalogue
from embedgate.sources.columns import OPTIONAL, PER_PLAY, REQUIRED, PlaylistColumns
from embedgate.sources.files import record_of
from embedgate.sources.records import LoadedModel, Request, RunRecord
from embedgate.sources.source import FILES, METAFLOW, ask, prefix_of, source_of, source_of_model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embedgate.config.sections import CatalogueSettings
    from embedgate.material.space import EmbeddingSpace
    from embedgate.sources.records import Promotion

    Champion = tuple[RunRecord, EmbeddingSpace]

NO_CHAMPION = "none"
"""The reference that turns the comparison off."""
_RUN = re.compile(r"[^/]+/[^/]+")
_OF_TAGS = frozenset({".model", ".index"})
"""Suffixes that a tag is more likely to have than a champion's file."""
_SET_BOTH_FILES = "set both --gate-vectors and --gate-playlists"


def load_run(
    run: str,
    *,
    tag: str | None = None,
    namespace: str | None = None,
    vectors: str = "final_vectors",
    playlists: str = "final_dataset",
    keys: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> LoadedModel:
    """Load a model and its playlists from a run of a Metaflow flow, or from another source.

    Args:
        run: a run, `ModelingFlow/123`; a flow, `ModelingFlow`, for its latest successful run; or a reference of
            another source, `models:/track2vec/7`.
        tag: the latest successful run of the flow with this tag.
        namespace: Metaflow namespace to look in; None looks in all.
        vectors: name of the artifact with the vectors.
        playlists: name of the artifact with the playlists.
        keys: name of the artifact with the keys of the vectors, if these are an array; None: they have keys.
        columns: names of columns of the playlists that differ, as in `[model.columns]`.

    Raises:
        UsageError: if both a run and a tag are given, a name or a column is invalid, or the given run did not
            succeed.
        UnavailableError: if the flow, the run or an artifact is unavailable.
    """
    flow, slash, _ = run.partition("/")
    wanted = Request(flow=flow, run=run if slash else None, tag=tag, namespace=namespace)
    named = _columns(columns)
    artifacts = replace(wanted, vectors_artifact=vectors, keys_artifact=keys, playlists_artifact=playlists)
    return resolve(replace(artifacts, columns=named))


def load_files(
    vectors: str | Path, playlists: str | Path, *, columns: Mapping[str, str] | None = None
) -> LoadedModel:
    """Load a model and its playlists from files.

    Args:
        vectors: a file of any format in docs/data.md, such as `.kv`, `.npz` or `.parquet`.
        playlists: `.parquet`, `.jsonl`, or `.csv` with one row per play.
        columns: names of columns of the playlists that differ, as in `[model.columns]`.

    Raises:
        UsageError: if a column is unknown.
        UnavailableError: if a file does not exist, cannot be read, or has content of the wrong type or shape.
    """
    return files.load(Path(vectors), Path(playlists), _columns(columns))


def resolve(request: Request) -> LoadedModel:
    """Find and load the model under test.

    Raises:
        UsageError: if the request is contradictory or empty, or the requested run did not succeed.
        UnavailableError: if the run, an artifact or a file is unavailable.
    """
    _check(request)
    loaded: LoadedModel = ask(source_of(request), "load", request)
    return loaded


def resolve_catalogue(
    settings: CatalogueSettings, loaded: LoadedModel, folder: Path, given: object, sliced: Sequence[str] = ()
) -> LoadedModel:
    """Load the item catalogue, and join it to a model by key.

    Args:
        settings: `[catalogue]`; a source that can be the name of an artifact is one of the tested run, else a file.
        loaded: the model.
        folder: the folder that a relative path is relative to.
        given: a frame, or the path of a file, instead of the source; None to use the source.
        sliced: columns whose values are slices.

    Raises:
        UsageError: if there is no source, or it is an artifact and the model is not from a run.
        UnavailableError: if the catalogue is unavailable, or none of its keys is one of the model.
    """
    keys = dict.fromkeys((*loaded.space.keys, *loaded.playlists.tracks))
    source = settings.source if given is None else given
    if source is None:
        raise UsageError("[catalogue] has no source: set it to the name of an artifact, or the path of a file")
    if isinstance(source, str | Path) and not (given is None and settings.is_artifact):
        path = typed_path(str(source), "[catalogue] source", folder)
        metadata = read_catalogue(path, settings, keys, sliced)
        record = replace(loaded.record, files=(*loaded.record.files, record_of(path, "catalogue")))
        return replace(loaded, metadata=metadata, record=record)
    where = "the object given as catalogue"
    if given is None:
        if loaded.record.source != METAFLOW:
            raise UsageError(
                f"[catalogue] source = {source!r} is the name of an artifact, and the model is not from a run of "
                "Metaflow: set it to the path of a file, such as ./catalogue.parquet; in Python, or in a step of a "
                f"flow, pass catalogue=, such as self.{source}"
            )
        request = Request(run=loaded.record.pathspec)
        source, where = ask(METAFLOW, "load_artifact", request, source, "[catalogue] source")
    return replace(loaded, metadata=catalogue_from(source, settings, keys, where, sliced))


def resolve_vectors(request: Request) -> Champion:
    """Find and load vectors alone, with their record; raises what `resolve` raises."""
    _check(request)
    loaded: Champion = ask(source_of(request), "load_vectors", request)
    return loaded


def find_model(request: Request) -> RunRecord:
    """Find a model, and return a record with its source and its name alone; raises what `resolve` raises."""
    _check(request)
    name = source_of(request)
    return RunRecord(source=name, pathspec=ask(name, "resolve", request))


def resolve_champion(reference: str | None, request: Request) -> Champion | None:
    """Find and load the vectors that the tested model is compared with.

    The champion is looked up in all namespaces: its tag is moved between all runs of the flow.

    Args:
        reference: `Flow/123`; a reference of another source; a file that exists, or has a suffix of vectors; else a
            tag, which means the latest successful run with it. None is the default: the run tagged `champion`, or for
            files the recorded champion. "none": no champion.
        request: what is tested, with its flow and the name of the vectors' artifact.

    Returns:
        The champion; None if there is no run tagged `champion` or no recorded champion, and for "none".

    Raises:
        UsageError: if the reference is a tag, and no flow is set, or the referenced run did not succeed.
        UnavailableError: if the champion is unavailable, or it is unknown whether there is one.
    """
    if reference == NO_CHAMPION:
        return None
    if reference is None:
        name = source_of(request)
        try:
            found: Champion | None = ask(name, "load_champion", _everywhere(request))
        except UnavailableError as error:
            if name == FILES:
                raise
            which = "the run tagged 'champion'" if name == METAFLOW else f"the champion of {request.run}"
            raise type(error)(
                f"{which}, to compare with: {error}. "
                f"Set another with --gate-champion=REF, or turn the comparison off: --gate-champion={NO_CHAMPION}"
            ) from error
        return found
    try:
        return resolve_vectors(request_of(reference, request))
    except (UnavailableError, UsageError) as error:
        raise type(error)(f"the champion {reference!r}, given by --gate-champion: {error}") from error


def request_of(reference: str, request: Request) -> Request:
    """Return the request for the model that a reference names, in all namespaces.

    Args:
        reference: `Flow/123`; a reference of another source; a file that exists, or has a suffix of vectors; else a
            tag, which means the latest successful run with it.
        request: the flow of a tag, and the names of artifacts and columns.
    """
    everywhere = replace(_everywhere(request), run=None, tag=None, vectors_file=None)
    file = vectors_file_of(reference, Path())
    if file is not None:
        return replace(everywhere, vectors_file=file)
    if prefix_of(reference) or _RUN.fullmatch(reference):
        return replace(everywhere, run=reference)
    run = request.run or ""
    flow = run.partition("/")[0] if "/" in run and not prefix_of(run) else request.flow
    return replace(everywhere, flow=flow, tag=reference)


def _everywhere(request: Request) -> Request:
    return replace(request, namespace=None, playlists_file=None)


def find_champion(request: Request) -> RunRecord | None:
    """Return the current champion of what is tested, without its vectors; None if there is none.

    Raises:
        UnavailableError: if it is unknown whether there is one.
    """
    found: RunRecord | None = ask(source_of(request), "find_champion", _everywhere(request))
    return found


def promote(promotion: Promotion) -> str:
    """Make a model the champion, and mark it as passed if a verdict promotes it.

    Returns:
        The name of the champion as read back: another model, if that was promoted at the same time.

    Raises:
        UnavailableError: if the promotion failed; says what is the champion now.
    """
    return str(ask(source_of_model(promotion.model), "promote", promotion))


def mark_failed(model: RunRecord) -> str:
    """Mark a model as failed; return the tag, or "" for files, which have no tags.

    Raises:
        UnavailableError: if it could not be marked.
    """
    return str(ask(source_of_model(model), "mark_failed", model))


def keep(model: RunRecord, files: Sequence[Path]) -> str:
    """Store files of a gate run with the tested model; return where, or "" if its source stores none.

    Raises:
        UnavailableError: if they could not be stored.
    """
    return str(ask(source_of_model(model), "keep", model, files))


def vectors_file_of(reference: str, folder: Path) -> Path | None:
    """Return the file that a reference to a model names: one that exists, or has a suffix of vectors.

    The reference is relative to the folder. Return None if it names a run or a tag.
    """
    if prefix_of(reference):
        return None
    of_files = tuple(suffix for suffix in files.vector_suffixes() if suffix not in _OF_TAGS)
    try:
        path = folder / Path(reference).expanduser()
        return path if path.name.lower().endswith(of_files) or path.is_file() else None
    except (OSError, RuntimeError, ValueError):  # not a path, but possibly a run or a tag
        return None


def _columns(given: Mapping[str, str] | None) -> PlaylistColumns:
    known = (*REQUIRED, *OPTIONAL, *PER_PLAY)
    unknown = [name for name in given or () if name not in known]
    if unknown:
        raise UsageError(f"unknown column {unknown[0]!r} in columns: the columns of playlists are {', '.join(known)}")
    return PlaylistColumns(dict(given or {}))


def _check(request: Request) -> None:
    if request.run and request.tag:
        raise UsageError(f"run {request.run!r} and tag {request.tag!r} are both set: set only one of them")
    if request.playlists_file is not None and request.vectors_file is None:
        raise UsageError(
            f"playlists come from {request.playlists_file}, but no file with vectors is set: {_SET_BOTH_FILES}"
        )
