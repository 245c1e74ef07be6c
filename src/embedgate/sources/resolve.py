"""The one way in: a request becomes the model under test.

Importing this module is cheap. Metaflow, gensim and whatever reads files are imported when they are needed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from embedgate.errors import MetaflowUnusable, UnavailableError, UsageError
from embedgate.sources.reference import NO_CHAMPION, names_run, names_vectors

if TYPE_CHECKING:
    from datetime import datetime
    from types import ModuleType

    from embedgate.material.playlists import Playlists
    from embedgate.material.space import EmbeddingSpace


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to test: two files, or a run of a Metaflow flow.

    Attributes:
        flow: name of the flow.
        run: exactly this run, `Flow/123` or `123`; a flow named here wins over `flow`.
        tag: the latest successful run that bears this tag.
        namespace: Metaflow namespace to look in; None looks in all.
        vectors_artifact: artifact that holds the vectors.
        playlists_artifact: artifact that holds the playlists.
        vectors_file: file with the vectors; Metaflow is not asked at all.
        playlists_file: file with the playlists.
    """

    flow: str | None = None
    run: str | None = None
    tag: str | None = None
    namespace: str | None = None
    vectors_artifact: str = "final_vectors"
    playlists_artifact: str = "final_dataset"
    vectors_file: Path | None = None
    playlists_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """A file that was read.

    Attributes:
        role: "vectors" or "playlists".
        path: as given.
        sha256: of its content.
    """

    role: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """Where a model came from, as the report and verdict.json tell it.

    Attributes:
        source: "metaflow" or "files".
        pathspec: `Flow/123`; for files, the vectors file as given.
        finished_at: when the run's last task ended, for files when the vectors were written; aware, in UTC.
        user: who ran the flow.
        tags: the users' tags, sorted.
        system_tags: Metaflow's own tags, sorted.
        metric: value of the artifact `test_metric`, where that is a number.
        metadata: Metaflow's metadata provider, such as `local@/home/alice`.
        files: what was read, where no run was.
    """

    source: Literal["metaflow", "files"]
    pathspec: str
    finished_at: datetime | None = None
    user: str | None = None
    tags: tuple[str, ...] = ()
    system_tags: tuple[str, ...] = ()
    metric: float | None = None
    metadata: str | None = None
    files: tuple[FileRecord, ...] = field(default=())

    def as_json(self) -> dict[str, object]:
        """Return the record as it stands in verdict.json."""
        return {
            "source": self.source,
            "pathspec": self.pathspec,
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "user": self.user,
            "tags": list(self.tags),
            "system_tags": list(self.system_tags),
            "metric": self.metric,
            "metadata": self.metadata,
            "files": [asdict(file) for file in self.files],
        }


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model and the playlists that judge it.

    Attributes:
        record: where they came from.
        space: keys and vectors.
        playlists: who was played together.
    """

    record: RunRecord
    space: EmbeddingSpace
    playlists: Playlists


def resolve(request: Request) -> LoadedModel:
    """Find and read the model under test.

    Raises:
        UsageError: if the request contradicts itself or names nothing.
        RunNotSuccessful: if a run is named that did not end well.
        UnavailableError: if the run, an artifact or a file cannot be had.
    """
    _check(request)
    if request.vectors_file is not None:
        if request.playlists_file is None:
            raise UsageError(
                f"vectors come from {request.vectors_file}, but no file of playlists is named: "
                "--gate-vectors and --gate-playlists belong together"
            )
        from embedgate.sources import files  # noqa: PLC0415 - see the module's docstring

        return files.load(request.vectors_file, request.playlists_file)
    loaded: LoadedModel = _metaflow_run().load(request)
    return loaded


def resolve_vectors(request: Request) -> tuple[RunRecord, EmbeddingSpace]:
    """Find and read vectors alone, as a champion needs them: it is judged by the other's playlists.

    Raises:
        UsageError: if the request contradicts itself or names nothing.
        RunNotSuccessful: if a run is named that did not end well.
        UnavailableError: if the run, the artifact or the file cannot be had.
    """
    _check(request)
    if request.vectors_file is not None:
        from embedgate.sources import files  # noqa: PLC0415 - see the module's docstring

        return files.load_vectors(request.vectors_file)
    loaded: tuple[RunRecord, EmbeddingSpace] = _metaflow_run().load_vectors(request)
    return loaded


def find_run(request: Request) -> str:
    """Find a run that ended well, and read nothing of it.

    Returns:
        `Flow/123`.

    Raises:
        UsageError: if the request contradicts itself or names nothing.
        RunNotSuccessful: if a run is named that did not end well.
        UnavailableError: if the run cannot be had.
    """
    _check(request)
    pathspec: str = _metaflow_run().find(request).pathspec
    return pathspec


def resolve_champion(reference: str | None, request: Request) -> tuple[RunRecord, EmbeddingSpace] | None:
    """Find and read the vectors that the tested model is compared with.

    Whatever the namespace of the request, the champion is looked up in all: its tag is moved over the whole flow.

    Args:
        reference: `Flow/123`; a file that is there, or is named like one with vectors; else a tag, of which the
            latest successful run is meant. None is the default: the run tagged `champion`. "none": no champion.
        request: what is tested, with its flow and the name of the vectors' artifact.

    Returns:
        None where the default finds none, where files are tested and no champion is named, and for "none".

    Raises:
        UsageError: if a tag is named and no flow.
        RunNotSuccessful: if a run is named that did not end well.
        UnavailableError: if what was named, or the champion's vectors, cannot be had, or if it cannot be told
            whether there is a champion.
    """
    if reference == NO_CHAMPION or (reference is None and request.vectors_file is not None):
        return None
    everywhere = replace(request, namespace=None, playlists_file=None)
    if reference is None:
        try:
            found: tuple[RunRecord, EmbeddingSpace] | None = _metaflow_run().load_champion(everywhere)
        except UnavailableError as error:
            raise type(error)(
                f"the run tagged 'champion', to compare with: {error}. "
                f"Name another with --gate-champion=REF, or compare with nothing: --gate-champion={NO_CHAMPION}"
            ) from error
        return found
    file = names_vectors(reference, Path())
    if file is not None:
        named = Request(vectors_file=file)
    elif names_run(reference):
        named = replace(everywhere, run=reference, tag=None, vectors_file=None)
    else:
        flow, slash, _ = (request.run or "").partition("/")
        named = replace(everywhere, flow=flow if slash else request.flow, run=None, tag=reference, vectors_file=None)
    try:
        return resolve_vectors(named)
    except (UnavailableError, UsageError) as error:
        raise type(error)(f"the champion {reference!r} that --gate-champion names: {error}") from error


def _check(request: Request) -> None:
    if request.run and request.tag:
        raise UsageError(
            f"run {request.run!r} and tag {request.tag!r} are both asked for: a run is named, or found by its tag"
        )
    if request.playlists_file is not None and request.vectors_file is None:
        raise UsageError(
            f"playlists come from {request.playlists_file}, but no file of vectors is named: "
            "--gate-vectors and --gate-playlists belong together"
        )


def _metaflow_run() -> ModuleType:
    try:
        from embedgate.sources import metaflow_run  # noqa: PLC0415 - see the module's docstring
    except Exception as error:
        # Metaflow reads its config while it is imported: an unknown METAFLOW_PROFILE ends here
        raise MetaflowUnusable(
            f"Metaflow cannot be imported: {type(error).__name__}: {error}. "
            "Look at METAFLOW_PROFILE, METAFLOW_HOME and ~/.metaflowconfig"
        ) from error
    return metaflow_run
