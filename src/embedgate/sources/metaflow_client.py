"""Access to Metaflow's client: all runs are visible, every look-up ends, and every failure is one of our errors."""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit, urlunsplit

import requests
from metaflow import Metaflow, get_metadata, namespace
from metaflow.client import filecache
from metaflow.exception import MetaflowNotFound
from metaflow.metaflow_config import DATASTORE_SYSROOT_LOCAL, DEFAULT_METADATA, SERVICE_HEADERS
from metaflow.plugins.metadata_providers.service import ServiceMetadataProvider

from embedgate.errors import EmbedgateError, FlowNotFound, MetaflowUnusable, ServiceUnreachable
from embedgate.sources import metaflow_limits
from embedgate.sources.metaflow_names import check_flow, listed, nearest
from embedgate.sources.time_limit import LookUpTimeout, refuse_if_abandoned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from metaflow.client.core import Flow

T = TypeVar("T")

_CONFIG = "in the environment or in ~/.metaflowconfig/config.json"


def look_up(what: str, work: Callable[[], T], seconds: float | None = None) -> T:
    """Return the result of work that uses Metaflow's client, with the limits of `metaflow_limits`.

    Messages name `what`. The default limit of the whole work is FIND_SECONDS.

    Raises:
        MetaflowUnusable: if Metaflow is not configured, or no folder is writable.
        ServiceUnreachable: if the work does not end in time.
    """
    seconds = metaflow_limits.FIND_SECONDS if seconds is None else seconds
    metadata()
    _ensure_cache()
    try:
        return metaflow_limits.within(seconds, work)
    except LookUpTimeout as error:
        raise ServiceUnreachable(
            f"{_unanswered(what)} within {seconds:,.0f} seconds. It is down, overloaded or very slow: try again later"
        ) from error


def open_flow(name: str) -> Flow:
    """Open a flow with the runs of all users. Call it inside `look_up`.

    The namespace is a setting of the whole process. It is set to global (None) first, since the client otherwise
    needs a user name: as root in a container that is an error, and in CI it hides the runs of all other users. It is
    not restored: reading the old value needs the same user name. A namespace in a request is a tag of its runs.

    Raises:
        UsageError: if a flow cannot have this name.
        FlowNotFound: if there is no flow of this name.
        MetaflowUnusable: if no metadata service is configured where one is needed.
        ServiceUnreachable: if the metadata service does not answer, or the local datastore cannot be read.
    """
    check_flow(name)
    refuse_if_abandoned()
    namespace(None)
    provider, info = metadata()
    if provider == "service":
        _check_service(info)
    with answering(f"the flow {name!r}"):
        try:
            return Metaflow()[name]
        except MetaflowNotFound as error:
            refuse_hidden(name)
            flows = sorted(flow.id for flow in Metaflow())
            raise FlowNotFound(_no_such_flow(name, flows)) from error


def metadata() -> tuple[str, str]:
    """Return the kind of Metaflow's metadata provider ("local", "service") and its directory or address."""
    try:
        provider, _, info = get_metadata().partition("@")
    except Exception as error:  # the class of the client's error depends on the version: ImportError in 2.19
        raise MetaflowUnusable(
            f"METAFLOW_DEFAULT_METADATA is {DEFAULT_METADATA!r}, a metadata provider that Metaflow does not have "
            f"({type(error).__name__}: {error}). Set it to 'local' or 'service', {_CONFIG}"
        ) from error
    return provider, info


def place() -> str:
    """Return where runs are looked up, for messages: a directory or a service."""
    provider, info = metadata()
    if provider == "local":
        return f"the local datastore {Path(info) / '.metaflow'}"
    return f"the metadata {provider} {without_password(info)}"


@contextmanager
def answering(what: str) -> Iterator[None]:
    """Raise ServiceUnreachable for any error that is not one of ours: an outage must never count as "no run".

    Messages say that the service or the datastore did not provide `what`.
    """
    try:
        yield
    except (EmbedgateError, LookUpTimeout):
        raise
    except Exception as error:
        refuse_full_cache(error)
        if isinstance(error, PermissionError) and error.filename:
            raise unreadable(Path(error.filename), error) from error
        # The exceptions of Metaflow, requests and boto3 have no common base class
        raise ServiceUnreachable(
            f"{_unanswered(what)}: {type(error).__name__}: {error}. "
            "It is down, its address is wrong, or its content is damaged; this is not a missing run"
        ) from error


def refuse_full_cache(error: Exception) -> None:
    """Raise MetaflowUnusable if the error is a failure to write Metaflow's cache, not to read the datastore."""
    cache = str(filecache.CLIENT_CACHE_PATH)
    is_in_cache = isinstance(error, OSError) and str(error.filename or "").startswith(cache)
    is_written = any(frame.name == "create_file" for frame in traceback.extract_tb(error.__traceback__))
    is_full = type(error).__name__ == "MetaflowS3InsufficientDiskSpace"  # older versions do not have it
    if is_in_cache or is_written or is_full or isinstance(error, filecache.FileCacheException):
        raise MetaflowUnusable(
            f"Metaflow's client cannot write to its cache {cache}: {error}. Free space there, or set "
            "METAFLOW_CLIENT_CACHE_PATH to a writable folder"
        ) from error


def local_folder(*names: str) -> Path | None:
    """Return the folder of a flow, run, step or task in a local datastore; None with a service."""
    provider, info = metadata()
    return Path(info, ".metaflow", *names) if provider == "local" else None


def refuse_hidden(*names: str) -> None:
    """Raise ServiceUnreachable if a flow or run exists in a local datastore and cannot be read."""
    folder = local_folder(*names)
    if folder is not None:
        refuse_unreadable(folder / "_meta" / "_self.json")


def refuse_unreadable(path: Path) -> None:
    """Raise ServiceUnreachable if a path exists and cannot be read."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> ServiceUnreachable:
    """Return the error for a part of the local datastore that cannot be read."""
    return ServiceUnreachable(
        f"{place()} cannot be read completely: {path}: {error.strerror or error}. The run that is looked for may be "
        "there: give the user who runs the gate the right to read it"
    )


def without_password(url: str) -> str:
    """Return a URL without its user and password, for messages and reports."""
    try:
        parts = urlsplit(url)
    except ValueError:  # an unclosed bracket
        return url.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _unanswered(what: str) -> str:
    return f"{place()}, or the datastore it points to, did not provide {what}"


def _ensure_cache() -> None:
    """Give Metaflow's client a cache of this process, unless the configured one belongs to this user alone.

    All users of a machine share /tmp/metaflow_client by default, and the first one owns it. Its content is unpickled:
    nobody else may write there. An empty path would mean the working directory.
    """
    cache = filecache.CLIENT_CACHE_PATH
    try:
        if cache:
            os.makedirs(cache, exist_ok=True)  # noqa: PTH103 - Metaflow stores it as a string
            about = os.stat(cache)  # noqa: PTH116
            is_ours = about.st_uid == os.geteuid() and not about.st_mode & stat.S_IWOTH
            if is_ours and os.access(cache, os.W_OK | os.X_OK):
                return
    except OSError:
        pass  # use a temporary folder
    try:
        filecache.CLIENT_CACHE_PATH = tempfile.mkdtemp(prefix="metaflow_client-")
    except OSError as error:
        raise MetaflowUnusable(
            f"Metaflow's client needs a cache, and can write neither to {cache!r} nor to a temporary folder: "
            f"{error}. Set METAFLOW_CLIENT_CACHE_PATH or TMPDIR to a writable folder"
        ) from error
    atexit.register(shutil.rmtree, filecache.CLIENT_CACHE_PATH, ignore_errors=True)


def _check_service(url: str) -> None:
    if url in ("None", ""):
        raise MetaflowUnusable(
            "METAFLOW_DEFAULT_METADATA is 'service', and METAFLOW_SERVICE_URL does not say where it is: "
            f"set it {_CONFIG}"
        )
    if not _is_http(url):
        raise MetaflowUnusable(
            f"METAFLOW_SERVICE_URL is {without_password(url)!r}, which is not the address of a metadata service: set "
            f"it to one like http://metaflow.example.org:8080, {_CONFIG}"
        )
    session = ServiceMetadataProvider._session  # noqa: SLF001 - with the limits of `metaflow_limits`
    try:
        answer = session.get(f"{url.rstrip('/')}/ping", headers=SERVICE_HEADERS)
    except requests.RequestException as error:
        raise ServiceUnreachable(
            f"{place()} does not answer: {type(error).__name__}: {error}. "
            "This is an outage or a wrong address, not a missing run: check METAFLOW_SERVICE_URL and the network"
        ) from error
    is_service = metaflow_limits.VERSION_HEADER in answer.headers or "pong" in answer.text
    if answer.status_code != requests.codes.ok or not is_service:
        raise ServiceUnreachable(
            f"{place()} answers /ping with status {answer.status_code} {answer.reason} and {answer.text[:60]!r}, "
            "but a metadata service answers with 200 and 'pong'. It is out of service, refuses access, or something "
            "else runs there: check METAFLOW_SERVICE_URL and METAFLOW_SERVICE_AUTH_KEY. This is not a missing run"
        )


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is not a number, or a bracket is unclosed
        return False


def _no_such_flow(name: str, flows: list[str]) -> str:
    provider, info = metadata()
    found = f"It contains {listed(flows)}{nearest(name, flows)}"
    if provider != "local":
        return f"there is no flow {name!r} in {place()}. {found}. Set another with --gate-flow"
    how = f"looked for from the working directory {Path.cwd()} upwards"
    if DATASTORE_SYSROOT_LOCAL:
        how = f"METAFLOW_DATASTORE_SYSROOT_LOCAL is {DATASTORE_SYSROOT_LOCAL}"
    advice = (
        "Start pytest where the flow was run, set METAFLOW_DATASTORE_SYSROOT_LOCAL to the directory that contains "
        "its .metaflow, or set another flow with --gate-flow"
    )
    root = Path(info) / ".metaflow"
    if root.is_dir():
        return f"there is no flow {name!r} in {root} ({how}). {found}. {advice}"
    problem = "no directory .metaflow was found"
    if DATASTORE_SYSROOT_LOCAL:
        file = next((path for path in (root, root.parent) if path.is_file()), None)
        problem = f"{file} is a file, not a directory" if file else f"{root} does not exist"
    return f"there is no flow {name!r}, nor any other: {problem} ({how}). {advice}"
