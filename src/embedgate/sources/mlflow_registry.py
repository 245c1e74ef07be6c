"""The source `models`, MLflow's model registry; see `embedgate.sources.source.Source` for its functions.

References are `models:/track2vec/7`, `models:/track2vec@champion` for an alias and `models:/track2vec/latest` for the
newest version. Vectors and playlists are artifacts of the version, else of its run, at the paths `[model] vectors`
and `[model] playlists`. The champion is the version with the alias `champion`. A promotion takes two steps: it tags
the version `quality: passed`, then sets the alias, which MLflow moves in one step. One that is killed leaves the old
champion or the new one.
"""

from __future__ import annotations

import math
import re
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from embedgate.errors import (
    ArtifactMissing,
    RunNotFound,
    RunNotSuccessful,
    TaggingFailed,
    UnavailableError,
    UsageError,
)
from embedgate.sources.files import read_playlists, read_vectors, record_of
from embedgate.sources.metaflow_names import listed, nearest
from embedgate.sources.mlflow_client import (
    CHANGE_SECONDS,
    DATA_SECONDS,
    address,
    is_missing,
    look_up,
    place,
)
from embedgate.sources.records import FileRecord, LoadedModel, RunRecord
from embedgate.sources.time_limit import refuse_if_abandoned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

    from embedgate.material.space import EmbeddingSpace
    from embedgate.sources.records import Promotion, Request

    Champion = tuple[RunRecord, EmbeddingSpace]

T = TypeVar("T")

CHAMPION, LATEST = "champion", "latest"
QUALITY, PASSED, FAILED = "quality", "passed", "failed"
FOLDER = "embedgate"
"""Folder of the run's artifacts in which verdict and report are stored."""
_OF_RUN = re.compile(r"runs:/([^/]+)/?(.*)")
"""Where the artifacts of a version are, if it was registered from a run: the run, and a folder of its artifacts."""
_REFERENCE = re.compile(r"models:/(?P<name>[^/@:]+)(?:/(?P<version>[0-9]+|latest)|@(?P<alias>[^/@]+))")


def resolve(request: Request) -> str:
    """Return the requested version with its number, `models:/track2vec/7`."""
    found = look_up(f"the version {request.run}", lambda client: _version(client, request))
    return _pathspec(found)


def load(request: Request) -> LoadedModel:
    """Read vectors and playlists of the requested version.

    Raises:
        UsageError: if the reference is not one of a version, or the version is not ready.
        UnavailableError: if the version or an artifact is unavailable.
    """
    version = look_up(f"the version {request.run}", lambda client: _version(client, request))
    record, space = _vectors(version, request)
    playlists, files = _read(
        version,
        request.playlists_artifact,
        "playlists",
        lambda path: (read_playlists(path, request.columns), (path,)),
    )
    return LoadedModel(replace(record, files=(*record.files, *files)), space, playlists, request.columns)


def load_vectors(request: Request) -> Champion:
    """Read the vectors of the requested version; raises what `load` raises."""
    return _vectors(look_up(f"the version {request.run}", lambda client: _version(client, request)), request)


def find_champion(request: Request) -> RunRecord | None:
    """Return the version of the requested model that has the alias `champion`."""
    name = _parsed(request)["name"]
    number = look_up(f"the champion of the model {name!r}", lambda client: _aliases(client, name).get(CHAMPION))
    return None if number is None else _record_of(name, number)


def load_champion(request: Request) -> Champion | None:
    """Read the vectors of the version that has the alias `champion`."""
    champion = find_champion(request)
    return None if champion is None else load_vectors(replace(request, run=champion.pathspec, tag=None))


def promote(promotion: Promotion) -> str:
    """Tag a version `quality: passed` if it has a verdict, move the alias `champion` to it, and read it back."""
    name, number = _parts(promotion.model)
    replaced = promotion.replaces.pathspec if promotion.replaces is not None else None

    def move(client: MlflowClient) -> str:
        if promotion.verdict is not None:
            _tag(client, name, number, PASSED)
        current = _champion(client, name)
        if current not in (None, replaced, promotion.model.pathspec):
            return current
        refuse_if_abandoned()
        client.set_registered_model_alias(name, CHAMPION, number)
        champion = _champion(client, name)
        if champion is None:
            raise TaggingFailed(f"the alias {CHAMPION!r} of {name!r} was deleted at the same time. Promote again")
        return champion

    try:
        return look_up(f"the promotion of {promotion.model.pathspec}", move, CHANGE_SECONDS)
    except UnavailableError as error:
        left = _left_behind(name)
        raise type(error)(f"{promotion.model.pathspec} could not be promoted: {error}. {left}") from error


def mark_failed(model: RunRecord) -> str:
    """Tag a version `quality: failed`."""
    name, number = _parts(model)
    look_up(
        f"the tag {QUALITY!r} of {model.pathspec}", lambda client: _tag(client, name, number, FAILED), CHANGE_SECONDS
    )
    return f"{QUALITY}:{FAILED}"


def keep(model: RunRecord, kept: Sequence[Path]) -> str:
    """Log verdict and report as artifacts of the run of a version, in the folder `embedgate`."""
    name, number = _parts(model)

    def log(client: MlflowClient) -> str:
        run = _existing(lambda: client.get_model_version(name, number), model.pathspec).run_id
        if not run:
            return f"{model.pathspec} has no run, so that verdict and report are not stored in MLflow"
        for path in kept:
            refuse_if_abandoned()
            client.log_artifact(run, str(path), FOLDER)
        return f"verdict and report are artifacts of the run {run} of {model.pathspec}, in the folder {FOLDER}"

    return look_up(f"a place for verdict and report of {model.pathspec}", log, DATA_SECONDS)


# -- references --


def _parsed(request: Request) -> dict[str, str]:
    """Return the parts of a reference that it has: name, version, alias.

    Raises:
        UsageError: if it is not a reference to a version.
    """
    found = _REFERENCE.fullmatch(request.run or "")
    if found is None:
        raise UsageError(
            f"{request.run!r} is not a version of a registered model: write models:/NAME/VERSION, models:/NAME@ALIAS "
            "or models:/NAME/latest"
        )
    if request.namespace is not None:
        raise UsageError(f"--gate-namespace={request.namespace} is for runs of Metaflow: leave it out")
    return {part: text for part, text in found.groupdict().items() if text is not None}


def _parts(model: RunRecord) -> tuple[str, str]:
    name, _, number = model.pathspec.removeprefix("models:/").rpartition("/")
    return name, number


def _pathspec(version: ModelVersion) -> str:
    return f"models:/{version.name}/{version.version}"


def _record_of(name: str, number: str) -> RunRecord:
    return RunRecord(source="mlflow", pathspec=f"models:/{name}/{number}")


# -- the registry; call these in `look_up` --


def _existing(ask: Callable[[], T], what: str) -> T:
    try:
        return ask()
    except Exception as error:
        if is_missing(error):
            raise RunNotFound(f"there is no {what} in {place()}: {error}. Correct the reference") from error
        raise


def _aliases(client: MlflowClient, name: str) -> dict[str, str]:
    found = _existing(lambda: client.get_registered_model(name), f"registered model {name!r}")
    return {alias: str(number) for alias, number in found.aliases.items()}


def _champion(client: MlflowClient, name: str) -> str | None:
    number = _aliases(client, name).get(CHAMPION)
    return None if number is None else f"models:/{name}/{number}"


def _version(client: MlflowClient, request: Request) -> ModelVersion:
    parts = _parsed(request)
    name, number = parts["name"], parts.get("version")
    if "alias" in parts:
        aliases = _aliases(client, name)
        number = aliases.get(parts["alias"])
        if number is None:
            raise RunNotFound(
                f"the registered model {name!r} in {place()} has no alias {parts['alias']!r}"
                f"{nearest(parts['alias'], aliases)}; its aliases are {listed(sorted(aliases))}. Correct the "
                "reference"
            )
    if number == LATEST:
        _aliases(client, name)  # a model that does not exist has no versions either
        quote = '"' if "'" in name else "'"
        versions = client.search_model_versions(f"name={quote}{name}{quote}")
        number = max((str(each.version) for each in versions), key=int, default=None)
    if number is None:
        raise RunNotFound(f"the registered model {name!r} in {place()} has no version yet: register one")
    found = _existing(lambda: client.get_model_version(name, str(number)), f"version models:/{name}/{number}")
    if found.status != "READY":
        raise RunNotSuccessful(f"{_pathspec(found)} is not ready ({found.status}): test a version that is")
    return found


def _tag(client: MlflowClient, name: str, number: str, value: str) -> None:
    """Set the tag `quality`, and read it back."""
    refuse_if_abandoned()
    what = f"version models:/{name}/{number}"
    _existing(lambda: client.set_model_version_tag(name, number, QUALITY, value), what)
    found = client.get_model_version(name, number).tags.get(QUALITY)
    if found != value:
        raise TaggingFailed(f"{what} is tagged {QUALITY}: {found}, and not {value}, as it was set. Try again")


def _left_behind(name: str) -> str:
    """Return which version is the champion after a failed promotion."""
    try:
        champion = look_up(f"the champion of {name!r}", lambda client: _champion(client, name))
    except UnavailableError as error:
        return (
            f"Which version has the alias {CHAMPION!r} now cannot be read ({error.kind}): it is the old champion, or "
            "this version. Promote again"
        )
    return f"The alias {CHAMPION!r} is now on {champion or 'no version'}"


# -- artifacts --


def _vectors(version: ModelVersion, request: Request) -> Champion:
    space, files = _read(version, request.vectors_artifact, "vectors", read_vectors)
    return replace(_record(version), files=files), space


def _record(version: ModelVersion) -> RunRecord:
    def read(client: MlflowClient) -> RunRecord:
        run = client.get_run(version.run_id) if version.run_id else None
        ended = (run.info.end_time if run else None) or version.creation_timestamp
        metric = run.data.metrics.get("test_metric", math.nan) if run else math.nan
        tags = [*version.aliases, *(f"{key}:{value}" if value else key for key, value in version.tags.items())]
        return RunRecord(
            source="mlflow",
            pathspec=_pathspec(version),
            finished_at=datetime.fromtimestamp(ended / 1000, tz=UTC),
            user=(run.info.user_id if run else version.user_id) or None,
            tags=tuple(sorted(tags)),
            metric=metric if math.isfinite(metric) else None,
            metadata=f"mlflow@{address()}",
        )

    return look_up(f"the run of {_pathspec(version)}", read)


def _read(
    version: ModelVersion, name: str, role: str, read: Callable[[Path], tuple[T, tuple[Path, ...]]]
) -> tuple[T, tuple[FileRecord, ...]]:
    """Download an artifact with the files beside it into a temporary folder, and read it.

    Messages and records have the path of the artifact.
    """
    where = _pathspec(version)
    with tempfile.TemporaryDirectory(prefix="embedgate-") as folder:
        path = look_up(
            f"the artifact {name!r} of {where}",
            lambda client: _download(client, version, PurePosixPath(name), f"[model] {role}", folder),
            DATA_SECONDS,
        )
        beside = PurePosixPath(name).parent
        try:
            content, paths = read(path)
        except UnavailableError as error:
            raise type(error)(
                str(error).replace(f"{path.parent}/", f"{where}/{beside}/".replace("/./", "/"))
            ) from error
        records = tuple(
            replace(record_of(each, role), path=f"{where}/{(beside / each.name).as_posix()}") for each in paths
        )
    return content, records


def _download(client: MlflowClient, version: ModelVersion, name: PurePosixPath, setting: str, folder: str) -> Path:
    """Download an artifact of a version or its run, and the files whose names begin with its name."""
    roots = {"the version": client.get_model_version_download_uri(version.name, version.version)}
    if version.run_id:
        roots["its run"] = f"runs:/{version.run_id}"
    seen: dict[str, list[str]] = {}
    for owner, root in roots.items():
        names = _files_in(client, root, name.parent)
        if name.name in names:
            beside = [each for each in names if each.startswith(f"{name.name}.")]
            paths = [_fetch(client, root, name.parent / each, folder) for each in (name.name, *beside)]
            return paths[0]
        seen[owner] = names
    shown = "; ".join(f"{owner} has {listed(names)}" for owner, names in seen.items())
    near = nearest(name.name, {each for names in seen.values() for each in names})
    raise ArtifactMissing(
        f"{_pathspec(version)} in {place()} has no artifact {str(name)!r}{near}: in this folder, {shown}. Set "
        f"{setting} to the path of an artifact of the version or of its run, such as vectors.kv"
    )


def _files_in(client: MlflowClient, root: str, folder: PurePosixPath) -> list[str]:
    """Return the names of the files in a folder of artifacts."""
    from mlflow.artifacts import list_artifacts  # noqa: PLC0415 - an extra

    of_run = _OF_RUN.fullmatch(root)
    if of_run is None:
        found = list_artifacts(artifact_uri=_joined(root, folder))
    else:
        found = client.list_artifacts(of_run[1], _joined(of_run[2], folder) or None)
    return sorted(PurePosixPath(each.path).name for each in found if not each.is_dir)


def _fetch(client: MlflowClient, root: str, path: PurePosixPath, folder: str) -> Path:
    """Download a file into a local folder."""
    from mlflow.artifacts import download_artifacts  # noqa: PLC0415 - an extra

    of_run = _OF_RUN.fullmatch(root)
    if of_run is None:
        return Path(download_artifacts(artifact_uri=_joined(root, path), dst_path=folder))
    return Path(client.download_artifacts(of_run[1], _joined(of_run[2], path), folder))


def _joined(root: str, path: PurePosixPath) -> str:
    return "/".join(filter(None, (root.rstrip("/"), "" if path == PurePosixPath() else str(path))))
