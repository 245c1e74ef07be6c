"""The data of one artifact, or an error that tells an outage from damage, deletion and a pickle that needs more."""

from __future__ import annotations

import traceback
from json import JSONDecodeError
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from metaflow.datastore.exceptions import DataException
from metaflow.plugins.datatools.s3.s3 import S3Client

from embedgate.errors import ArtifactMissing, ArtifactUnreadable, ServiceUnreachable
from embedgate.sources.metaflow_client import place, refuse_closed, refuse_full_cache
from embedgate.sources.unreadable import unreadable

if TYPE_CHECKING:
    from metaflow.client.core import DataArtifact


def data(artifact: DataArtifact, where: str, made_with: str = "") -> object:
    """Fetch and unpickle an artifact. Call it inside of `look_up`.

    Args:
        artifact: as the metadata service or the local datastore describes it.
        where: what it is, for messages: "artifact 'final_vectors' of run F/1".
        made_with: versions it was made with, where they are recorded.

    Raises:
        ArtifactMissing: if its data was deleted from the datastore.
        ArtifactUnreadable: if its data is damaged, or cannot be unpickled here.
        MetaflowUnusable: if the client cannot write to its cache.
        ServiceUnreachable: if the datastore does not answer, or is not there.
    """
    try:
        return artifact.data
    except Exception as error:
        refuse_full_cache(error)
        if not _while_fetching(error):
            raise unreadable(error, where, made_with) from error
        if isinstance(error, DataException | JSONDecodeError | IsADirectoryError):
            raise ArtifactUnreadable(
                f"{where} is damaged: its data in {_datastore(artifact)} cannot be unpacked: {_said(error)}. "
                "Restore it from a backup, or run the flow again"
            ) from error
        if isinstance(error, TypeError):  # the client opens None where the datastore has no such object
            _refuse_missing_datastore(artifact, where)
            raise ArtifactMissing(
                f"{where} is known to {place()}, but its data was deleted from {_datastore(artifact)}. Restore it "
                "from a backup, or run the flow again"
            ) from error
        raise ServiceUnreachable(
            f"{where} is known to {place()}, but its data could not be fetched from {_datastore(artifact)}: "
            f"{_said(error)}. The datastore does not answer, refuses access, or was made on another machine"
        ) from error


def _while_fetching(error: Exception) -> bool:
    """Tell a blob that could not be fetched from one that could not be unpickled.

    The client makes both one call and raises whatever comes. Its load_blobs is where the datastore is asked, before
    anything is unpickled.
    """
    return any(frame.name == "load_blobs" for frame in traceback.extract_tb(error.__traceback__))


def _datastore(artifact: DataArtifact) -> str:
    kind, root = _location(artifact)
    return f"the {kind} datastore {root}"


def _location(artifact: DataArtifact) -> tuple[str, str]:
    described = artifact._object  # noqa: SLF001 - the client has no public name for where data lies
    return str(described["ds_type"]), str(described["location"]).removeprefix(":root:")


def _refuse_missing_datastore(artifact: DataArtifact, where: str) -> None:
    """Tell data that was deleted from data that is hidden, and from a datastore that is not there at all."""
    kind, location = _location(artifact)
    reason = None
    if kind == "local":
        root, flow = Path(location), artifact.path_components[0]
        refuse_closed(root / flow / "data" / artifact.sha[:2] / artifact.sha)
        if not root.is_dir():
            reason = "the folder is not there. It is not mounted, or the run was made on another machine"
    elif kind == "s3":
        try:
            S3Client().client.head_bucket(Bucket=urlsplit(location).netloc)
        except Exception as error:  # noqa: BLE001 - those of boto3 have no ancestor in common
            reason = f"{_said(error)}. The bucket is not there, or something else answers in the place of S3"
    if reason:
        raise ServiceUnreachable(
            f"{where} is known to {place()}, but its data could not be fetched from {_datastore(artifact)}: {reason}"
        )


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(".")
