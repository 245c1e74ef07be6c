"""Data of a run's artifacts, with errors that distinguish an outage, damage, deletion and a missing package."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from json import JSONDecodeError
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from metaflow.client.filecache import FileCache
from metaflow.datastore.exceptions import DataException
from metaflow.plugins.datatools.s3.s3 import S3Client

from embedgate.errors import ArtifactMissing, ArtifactUnreadable, ServiceUnreachable
from embedgate.sources.metaflow_client import place, refuse_full_cache, refuse_unreadable

if TYPE_CHECKING:
    from metaflow.client.core import DataArtifact

Reading = Callable[[bytes], object | None]
"""Reads a pickle; None if it contains something else."""
_ROOT = ":root:"
"""Precedes the root of the datastore in the location of an artifact."""
_PACKAGES = ("gensim", "numpy", "pandas", "metaflow")
"""The packages that pickles of vectors and playlists usually need."""


def data(artifact: DataArtifact, where: str, made_with: str = "", read: Reading | None = None) -> object:
    """Fetch and unpickle an artifact. Call it inside `look_up`.

    Args:
        artifact: the description of the artifact.
        where: the beginning of messages: "artifact 'final_vectors' of run F/1".
        made_with: recorded versions, for messages.
        read: reads the pickle in another way; where it returns None, the object is unpickled.

    Raises:
        ArtifactMissing: if its data was deleted from the datastore.
        ArtifactUnreadable: if its data is damaged, or cannot be unpickled here.
        MetaflowUnusable: if the client cannot write to its cache.
        ServiceUnreachable: if the datastore does not answer, or does not exist.
    """
    try:
        found = None if read is None else read(_pickle(artifact))
        if found is None:
            found = artifact.data
    except Exception as error:
        refuse_full_cache(error)
        # The client fetches and unpickles in one call. Errors of fetching come from its load_blobs
        if not any(frame.name == "load_blobs" for frame in traceback.extract_tb(error.__traceback__)):
            made = f"It was made with {made_with}; installed here: " if made_with else "Installed here: "
            installed = ", ".join(f"{package} {_version(package)}" for package in _PACKAGES)
            raise ArtifactUnreadable(
                f"{where} cannot be loaded: {_cause(error)}. {made}Python {platform.python_version()}, {installed}"
            ) from error
        kind, root = _location(artifact)
        if isinstance(error, DataException | JSONDecodeError | IsADirectoryError):
            raise ArtifactUnreadable(
                f"{where} is damaged: its data in the {kind} datastore {root} cannot be unpacked: "
                f"{_described(error)}. Restore it from a backup, or run the flow again"
            ) from error
        reason = f"{_described(error)}. The datastore does not answer, refuses access, or was made on another machine"
        if isinstance(error, TypeError):  # the client opens None where the datastore has no such object
            missing = _missing_datastore(artifact)
            if missing is None:
                raise ArtifactMissing(
                    f"{where} is known to {place()}, but its data was deleted from the {kind} datastore {root}. "
                    "Restore it from a backup, or run the flow again"
                ) from error
            reason = missing
        raise ServiceUnreachable(
            f"{where} is known to {place()}, but its data could not be fetched from the {kind} datastore {root}: "
            f"{reason}"
        ) from error
    return found


def _pickle(artifact: DataArtifact) -> bytes:
    """Return the pickle of an artifact, which the client stores in its cache, as it does for `artifact.data`."""
    described, flow = artifact._object, artifact.path_components[0]  # noqa: SLF001 - the client has no public name
    kind, location = described["ds_type"], str(described["location"])
    cache = FileCache()
    if location.startswith(_ROOT):
        root = location.removeprefix(_ROOT)
    else:  # an old version of Metaflow wrote it
        root = cache._get_datastore_storage_impl(kind).get_datastore_root_from_location(location, flow)  # noqa: SLF001
    store = cache._get_flow_datastore(kind, root, flow)  # noqa: SLF001
    _, blob = next(store.load_data([artifact.sha]))
    return bytes(blob)


def _location(artifact: DataArtifact) -> tuple[str, str]:
    described = artifact._object  # noqa: SLF001 - the client has no public name for it
    return str(described["ds_type"]), str(described["location"]).removeprefix(_ROOT)


def _missing_datastore(artifact: DataArtifact) -> str | None:
    """Return why the whole datastore is missing; None if it exists, and only the object was deleted."""
    kind, location = _location(artifact)
    if kind == "local":
        root, flow = Path(location), artifact.path_components[0]
        refuse_unreadable(root / flow / "data" / artifact.sha[:2] / artifact.sha)
        if not root.is_dir():
            return "the folder does not exist. It is not mounted, or the run was made on another machine"
    elif kind == "s3":
        try:
            S3Client().client.head_bucket(Bucket=urlsplit(location).netloc)
        except Exception as error:  # noqa: BLE001 - the exceptions of boto3 have no common base class
            return f"{_described(error)}. The bucket does not exist, or something else answers instead of S3"
    return None


def _cause(error: Exception) -> str:
    """Return the error, with advice for a missing module or a class of the script that wrote the pickle."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.partition(".")[0]
        if find_spec(package) is None:
            return f"it needs the package {package!r}, which is not installed here (import of {error.name} failed)"
        return f"{_described(error)}: install the version of {package} that it was made with"
    if isinstance(error, AttributeError) and "__main__" in str(error):
        return f"{_described(error)}: move the class into a module that is installed here"
    return _described(error)


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(".")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(version unknown)"
