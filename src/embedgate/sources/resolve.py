"""Load the model of a request, and the champion of a reference.

Importing this module is cheap: Metaflow, gensim, pandas and pyarrow are imported when they are needed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.errors import MetaflowUnusable, UnavailableError, UsageError
from embedgate.paths import typed_path
from embedgate.sources import champion_file, files
from embedgate.sources.catalogue import catalogue_from, read_catalogue
from embedgate.sources.columns import OPTIONAL, REQUIRED, PlaylistColumns
from embedgate.sources.files import record_of
from embedgate.sources.records import LoadedModel, Request, RunRecord

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from embedgate.config import CatalogueSettings
    from embedgate.material.space import EmbeddingSpace
    from embedgate.sources.records import Promotion

    Champion = tuple[RunRecord, EmbeddingSpace]

NO_CHAMPION = "none"
"""The reference that turns the comparison off."""
_VECTOR_FILES = (".kv", ".npz", ".txt", ".bin", ".kv.gz", ".txt.gz", ".bin.gz")
_RUN = re.compile(r"[^/]+/[^/]+")
_SET_BOTH_FILES = "set both --gate-vectors and --gate-playlists"


def load_run(
    run: str,
    *,
    tag: str | None = None,
    namespace: str | None = None,
    vectors: str = "final_vectors",
    playlists: str = "final_dataset",
    columns: Mapping[str, str] | None = None,
) -> LoadedModel:
    """Load a model and its playlists from a run of a Metaflow flow.

    Args:
        run: a run, `ModelingFlow/123`; or a flow, `ModelingFlow`, for its latest successful run.
        tag: the latest successful run of the flow with this tag.
        namespace: Metaflow namespace to look in; None looks in all.
        vectors: name of the artifact with the vectors.
        playlists: name of the artifact with the playlists.
        columns: names of columns of the playlists that differ, as in `[model.columns]`.

    Raises:
        UsageError: if both a run and a tag are given, a name or a column is invalid, or the given run did not
            succeed.
        UnavailableError: if the flow, the run or an artifact is unavailable.
    """
    flow, slash, _ = run.partition("/")
    wanted = Request(flow=flow, run=run if slash else None, tag=tag, namespace=namespace)
    named = _columns(columns)
    return resolve(replace(wanted, vectors_artifact=vectors, playlists_artifact=playlists, columns=named))


def load_files(
    vectors: str | Path, playlists: str | Path, *, columns: Mapping[str, str] | None = None
) -> LoadedModel:
    """Load a model and its playlists from files.

    Args:
        vectors: `.kv` or `.model` (gensim), `.txt` or `.bin` (word2vec), or `.npz` with `keys` and `vectors`.
        playlists: `.parquet` or `.jsonl`.
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
    if request.vectors_file is not None:
        if request.playlists_file is None:
            raise UsageError(
                f"vectors come from {request.vectors_file}, but no file with playlists is set: {_SET_BOTH_FILES}"
            )
        return files.load(request.vectors_file, request.playlists_file, request.columns)
    loaded: LoadedModel = _metaflow_run().load(request)
    return loaded


def resolve_catalogue(settings: CatalogueSettings, loaded: LoadedModel, folder: Path, given: object) -> LoadedModel:
    """Load the item catalogue, and join it to a model by key.

    Args:
        settings: `[catalogue]`; a source that can be the name of an artifact is one of the tested run, else a file.
        loaded: the model.
        folder: the folder that a relative path is relative to.
        given: a frame, or the path of a file, instead of the source; None to use the source.

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
        metadata = read_catalogue(path, settings, keys)
        record = replace(loaded.record, files=(*loaded.record.files, record_of(path, "catalogue")))
        return replace(loaded, metadata=metadata, record=record)
    where = "the object given as catalogue"
    if given is None:
        if loaded.record.source != "metaflow":
            raise UsageError(
                f"[catalogue] source = {source!r} is the name of an artifact, and the model is not from a run: "
                "set it to the path of a file, such as ./catalogue.parquet"
            )
        request = Request(run=loaded.record.pathspec)
        source, where = _metaflow_run().load_artifact(request, source, "[catalogue] source")
    return replace(loaded, metadata=catalogue_from(source, settings, keys, where))


def resolve_vectors(request: Request) -> Champion:
    """Find and load vectors alone, with their record; raises what `resolve` raises."""
    _check(request)
    if request.vectors_file is not None:
        return files.load_vectors(request.vectors_file)
    loaded: Champion = _metaflow_run().load_vectors(request)
    return loaded


def find_run(request: Request) -> str:
    """Find a successful run, and return its pathspec, `Flow/123`; raises what `resolve` raises."""
    _check(request)
    pathspec: str = _metaflow_run().find(request).pathspec
    return pathspec


def resolve_champion(reference: str | None, request: Request) -> Champion | None:
    """Find and load the vectors that the tested model is compared with.

    The champion is looked up in all namespaces: its tag is moved between all runs of the flow.

    Args:
        reference: `Flow/123`; a file that exists, or has a suffix of vectors; else a tag, which means the latest
            successful run with it. None is the default: the run tagged `champion`, or for files the recorded
            champion. "none": no champion.
        request: what is tested, with its flow and the name of the vectors' artifact.

    Returns:
        The champion; None if there is no run tagged `champion` or no recorded champion, and for "none".

    Raises:
        UsageError: if the reference is a tag, and no flow is set, or the referenced run did not succeed.
        UnavailableError: if the champion is unavailable, or it is unknown whether there is one.
    """
    if reference == NO_CHAMPION:
        return None
    if reference is None and request.vectors_file is not None:
        return None if request.history is None else champion_file.load(request.history)
    if reference is None:
        try:
            found: Champion | None = _metaflow_run().load_champion(_everywhere(request))
        except UnavailableError as error:
            raise type(error)(
                f"the run tagged 'champion', to compare with: {error}. "
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
        reference: `Flow/123`; a file that exists, or has a suffix of vectors; else a tag, which means the latest
            successful run with it.
        request: the flow of a tag, and the names of artifacts and columns.
    """
    everywhere = replace(_everywhere(request), run=None, tag=None, vectors_file=None)
    file = vectors_file_of(reference, Path())
    if file is not None:
        return replace(everywhere, vectors_file=file)
    if _RUN.fullmatch(reference):
        return replace(everywhere, run=reference)
    flow, slash, _ = (request.run or "").partition("/")
    return replace(everywhere, flow=flow if slash else request.flow, tag=reference)


def _everywhere(request: Request) -> Request:
    return replace(request, namespace=None, playlists_file=None)


def find_champion(request: Request) -> RunRecord | None:
    """Return the current champion of what is tested, without its vectors; None if there is none.

    Raises:
        UnavailableError: if it is unknown whether there is one.
    """
    if request.vectors_file is not None:
        return None if request.history is None else champion_file.find(request.history)
    found: str | None = _metaflow_run().champion_of(request)
    return None if found is None else RunRecord(source="metaflow", pathspec=found)


def promote(promotion: Promotion) -> str:
    """Make a model the champion, and a run `quality:passed` if a verdict promotes it.

    Returns:
        The pathspec of the champion as read back: another model, if that was promoted at the same time.

    Raises:
        UnavailableError: if the promotion failed; says what is the champion now.
    """
    if promotion.model.source == "files":
        return champion_file.promote(promotion)
    _metaflow_run()
    from embedgate.sources import champion_tag  # noqa: PLC0415 - imports Metaflow

    return champion_tag.promote(promotion.model.pathspec, passed=promotion.verdict is not None)


def mark_failed(model: RunRecord) -> str:
    """Tag a run `quality:failed`; return the tag, or "" for files, which have no tags.

    Raises:
        UnavailableError: if tags cannot be read or changed, or were changed back.
    """
    if model.source == "files":
        return ""
    _metaflow_run()
    from embedgate.sources import champion_tag  # noqa: PLC0415 - imports Metaflow

    champion_tag.mark(model.pathspec, passed=False)
    return champion_tag.FAILED


def vectors_file_of(reference: str, folder: Path) -> Path | None:
    """Return the file that a reference to a model names: one that exists, or has a suffix of vectors.

    The reference is relative to the folder. Return None if it names a run or a tag.
    """
    try:
        path = folder / Path(reference).expanduser()
        return path if path.name.lower().endswith(_VECTOR_FILES) or path.is_file() else None
    except (OSError, RuntimeError, ValueError):  # not a path, but possibly a run or a tag
        return None


def _columns(given: Mapping[str, str] | None) -> PlaylistColumns:
    unknown = [name for name in given or () if name not in {*REQUIRED, *OPTIONAL}]
    if unknown:
        raise UsageError(
            f"unknown column {unknown[0]!r} in columns: the columns of playlists are {', '.join(REQUIRED + OPTIONAL)}"
        )
    return PlaylistColumns(dict(given or {}))


def _check(request: Request) -> None:
    if request.run and request.tag:
        raise UsageError(f"run {request.run!r} and tag {request.tag!r} are both set: set only one of them")
    if request.playlists_file is not None and request.vectors_file is None:
        raise UsageError(
            f"playlists come from {request.playlists_file}, but no file with vectors is set: {_SET_BOTH_FILES}"
        )


def _metaflow_run() -> ModuleType:
    try:
        from embedgate.sources import metaflow_run  # noqa: PLC0415 - see the module's docstring
    except Exception as error:
        # Metaflow reads its config while it is imported: an unknown METAFLOW_PROFILE fails here
        raise MetaflowUnusable(
            f"Metaflow cannot be imported: {type(error).__name__}: {error}. "
            "Check METAFLOW_PROFILE, METAFLOW_HOME and ~/.metaflowconfig"
        ) from error
    return metaflow_run
