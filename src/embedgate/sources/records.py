"""The request for a model, the record of its run or files, and the loaded model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from embedgate.errors import ArtifactInvalid
from embedgate.sources.columns import DEFAULT_COLUMNS, PlaylistColumns
from embedgate.sources.float_keys import mismatch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from embedgate.material.metadata import TrackMetadata
    from embedgate.material.playlists import Playlists
    from embedgate.material.space import EmbeddingSpace


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The model to test: two files, or a run of a Metaflow flow.

    Attributes:
        flow: name of the flow.
        run: exactly this run, `Flow/123` or `123`; a flow in it takes precedence over `flow`. Or a reference of
            another source, `models:/track2vec/7`.
        tag: the latest successful run with this tag.
        namespace: Metaflow namespace to look in; None looks in all.
        vectors_artifact: name of the artifact with the vectors.
        keys_artifact: name of the artifact with their keys, if the vectors are an array; None: they have keys.
        playlists_artifact: name of the artifact with the playlists.
        columns: names of the columns of the playlists.
        vectors_file: file with the vectors; Metaflow is not used then.
        playlists_file: file with the playlists.
        history: folder of the history, in which the champion of files is recorded; None if there is none.
    """

    flow: str | None = None
    run: str | None = None
    tag: str | None = None
    namespace: str | None = None
    vectors_artifact: str = "final_vectors"
    keys_artifact: str | None = None
    playlists_artifact: str = "final_dataset"
    columns: PlaylistColumns = DEFAULT_COLUMNS
    vectors_file: Path | None = None
    playlists_file: Path | None = None
    history: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """A file that was read.

    Attributes:
        role: "vectors", "playlists" or "catalogue".
        path: as given.
        sha256: of its content.
    """

    role: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """Where a model came from, as in the report and in verdict.json.

    Attributes:
        source: "metaflow", "files", "memory" for objects in memory, or another source.
        pathspec: `Flow/123`; for files, the vectors file as given; for another source, a reference with its prefix.
        finished_at: when the run's last task finished; for files, when the vectors were modified; in UTC.
        user: who started the run.
        tags: user tags, sorted.
        system_tags: Metaflow's own tags, sorted.
        metric: value of the artifact `test_metric`, if it is a number.
        metadata: Metaflow's metadata provider, such as `local@/home/alice`.
        files: the files that were read; for a run, only that of the item catalogue.
    """

    source: str
    pathspec: str
    finished_at: datetime | None = None
    user: str | None = None
    tags: tuple[str, ...] = ()
    system_tags: tuple[str, ...] = ()
    metric: float | None = None
    metadata: str | None = None
    files: tuple[FileRecord, ...] = ()

    @property
    def is_run(self) -> bool:
        """Whether it is a run or a registered version: its pathspec always means the same vectors."""
        return self.source not in ("files", "memory")

    def as_json(self) -> dict[str, object]:
        """Return the record as in verdict.json."""
        plain = asdict(self)
        for name in ("tags", "system_tags", "files"):
            plain[name] = list(plain[name])
        plain["finished_at"] = self.finished_at.isoformat() if self.finished_at else None
        return plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A model that becomes the champion.

    Attributes:
        model: where the model came from, as it was tested.
        replaces: the champion that it replaces, as found when it was tested; None if there was none.
        verdict: what is recorded of the verdict that promotes it; None if it is promoted manually.
        reason: why it is promoted manually.
        history: folder of the history; None if there is none.
    """

    model: RunRecord
    replaces: RunRecord | None = None
    verdict: Mapping[str, object] | None = None
    reason: str = ""
    history: Path | None = None


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model and the playlists that test it.

    Attributes:
        record: where they came from.
        space: keys and vectors.
        playlists: the playlists.
        columns: names of the columns from which the playlists were read.
        metadata: what the item catalogue says about the tracks; None if none is configured.

    Raises:
        ArtifactInvalid: if no track has a vector, since either the tracks or the keys are floats (`101631.0`).
    """

    record: RunRecord
    space: EmbeddingSpace
    playlists: Playlists
    columns: PlaylistColumns = DEFAULT_COLUMNS
    metadata: TrackMetadata | None = None

    def __post_init__(self) -> None:
        reason = mismatch(self.space.row_of.keys(), self.playlists.tracks)
        if reason:
            raise ArtifactInvalid(f"{self.record.pathspec}: {reason}")
