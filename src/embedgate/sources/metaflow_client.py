"""Metaflow's client, opened so that it sees every run, and its failures in plain words."""

from __future__ import annotations

import atexit
import difflib
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
from embedgate.sources import limits
from embedgate.sources.names import check_flow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from metaflow.client.core import Flow

T = TypeVar("T")

SHOWN = 8
"""How many names a message lists."""


def look_up(what: str, work: Callable[[], T], seconds: float | None = None) -> T:
    """Ask Metaflow's client for something, with the limits of `limits`.

    Args:
        what: what is asked for, for the message.
        work: asks; what it returns is returned, what it raises is raised.
        seconds: limit of the whole work; FIND_SECONDS where nothing else is said.

    Raises:
        MetaflowUnusable: if Metaflow is not configured, or no folder can be written to.
        ServiceUnreachable: if the work does not end in time.
    """
    seconds = limits.FIND_SECONDS if seconds is None else seconds
    metadata()
    _have_a_cache()
    try:
        return limits.within(seconds, work)
    except limits.LookUpTimeout as error:
        raise ServiceUnreachable(
            f"{place()}, or the datastore it points to, did not provide {what} within {seconds:,.0f} seconds. "
            "It is down, overloaded or very slow: try again later"
        ) from error


def open_flow(name: str) -> Flow:
    """Open a flow with all its runs in sight, whoever made them. Call it inside of `look_up`.

    The namespace is a setting of the whole process. It is set to global (None) before anything else, since the
    client otherwise asks who is asking: in a container, as root, that is an error, and in CI it hides the runs
    of everybody else. It is not put back: what it was cannot be asked without that same question, and all that
    the gate looks up later (champion, tags) wants it global too. A namespace that the user names is a tag of
    its runs, and is filtered for as one.

    Raises:
        UsageError: if the name cannot be that of a flow.
        FlowNotFound: if there is none of that name.
        MetaflowUnusable: if no metadata service is configured where one is needed.
        ServiceUnreachable: if the metadata service does not answer, or the local datastore cannot be read.
    """
    check_flow(name)
    limits.refuse_if_abandoned()
    namespace(None)
    provider, info = metadata()
    if provider == "service":
        _await_service(info)
    with answering(f"the flow {name!r}"):
        try:
            return Metaflow()[name]
        except MetaflowNotFound as error:
            if provider == "local":
                refuse_closed(Path(info) / ".metaflow" / name / "_meta" / "_self.json")
            flows = sorted(flow.id for flow in Metaflow())
            raise FlowNotFound(_no_such_flow(name, flows)) from error


def metadata() -> tuple[str, str]:
    """Return the kind of Metaflow's metadata provider ("local", "service") and its directory or address.

    Raises:
        MetaflowUnusable: if the configuration names a kind that Metaflow does not have.
    """
    try:
        provider, _, info = get_metadata().partition("@")
    except Exception as error:  # the client stumbles over an unknown kind: an ImportError with 2.19
        raise MetaflowUnusable(
            f"METAFLOW_DEFAULT_METADATA is {DEFAULT_METADATA!r}, a metadata provider that Metaflow does not have "
            f"({type(error).__name__}: {error}). Set it to 'local' or 'service', in the environment or in Metaflow's "
            "config.json"
        ) from error
    return provider, info


def place() -> str:
    """Say where runs are looked up: a directory or a service."""
    provider, info = metadata()
    if provider == "service":
        return f"the metadata service {without_password(info)}"
    if provider == "local":
        return f"the local datastore {Path(info) / '.metaflow'}"
    return f"the metadata provider {provider}@{info}"


@contextmanager
def answering(what: str) -> Iterator[None]:
    """Turn a failure of the service or the datastore into an error that says so.

    An outage must never pass for "there is no run": the first stops the gate, the second may be fine.

    Args:
        what: what was asked for, for the message.

    Raises:
        MetaflowUnusable: if the client cannot write to its cache.
        ServiceUnreachable: if anything else but an error of our own is raised inside.
    """
    try:
        yield
    except (EmbedgateError, limits.LookUpTimeout):
        raise
    except Exception as error:
        refuse_full_cache(error)
        if isinstance(error, PermissionError) and error.filename:
            raise hidden(Path(error.filename), error) from error
        # Metaflow's exceptions, those of requests and of boto3 have no ancestor in common
        raise ServiceUnreachable(
            f"{place()}, or the datastore it points to, did not provide {what}: {type(error).__name__}: {error}. "
            "It is down, its address is wrong, or what it holds is damaged; this is not a missing run"
        ) from error


def refuse_full_cache(error: Exception) -> None:
    """Tell a failure to write Metaflow's cache from one to read the datastore.

    Raises:
        MetaflowUnusable: if the error is such a failure.
    """
    cache = str(filecache.CLIENT_CACHE_PATH)
    is_in_cache = isinstance(error, OSError) and str(error.filename or "").startswith(cache)
    is_written = any(frame.name == "create_file" for frame in traceback.extract_tb(error.__traceback__))
    is_full = type(error).__name__ == "MetaflowS3InsufficientDiskSpace"  # older versions do not have it
    if is_in_cache or is_written or is_full or isinstance(error, filecache.FileCacheException):
        raise MetaflowUnusable(
            f"Metaflow's client cannot write to its cache {cache}: {error}. Make room there, or set "
            "METAFLOW_CLIENT_CACHE_PATH to a folder that you may write to"
        ) from error


def refuse_closed(path: Path) -> None:
    """See whether a path of the local datastore is missing, or may not be looked at.

    Raises:
        ServiceUnreachable: if it may not be looked at.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise hidden(path, error) from error


def hidden(path: Path, error: OSError) -> ServiceUnreachable:
    """Describe a part of the local datastore that cannot be read."""
    return ServiceUnreachable(
        f"{place()} cannot be read whole: {path}: {error.strerror or error}. What is hidden there may be the run "
        "that is looked for: give whoever runs this the right to read it"
    )


def listed(names: Iterable[str]) -> str:
    """List the first few names, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return (", ".join(names[:SHOWN]) or "none") + more


def nearest(name: str, names: Iterable[str]) -> str:
    """Propose the nearest of the names, as the end of a sentence; empty where none is near."""
    near = difflib.get_close_matches(name, list(names), n=3, cutoff=0.7)
    return f" (did you mean {' or '.join(near)}?)" if near else ""


def without_password(url: str) -> str:
    """Return a URL as it may stand in a message or a report."""
    try:
        parts = urlsplit(url)
    except ValueError:  # an address in half a bracket
        return url.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _have_a_cache() -> None:
    """Give Metaflow's client a cache of this process, where the one it would take is not ours alone to write to.

    All users of a machine share /tmp/metaflow_client unless told otherwise, and it belongs to whoever came first.
    What it holds is unpickled: nobody else may put anything there. An empty path would mean the working directory.

    Raises:
        MetaflowUnusable: if there is no folder to write to at all.
    """
    cache = filecache.CLIENT_CACHE_PATH
    try:
        if cache:
            os.makedirs(cache, exist_ok=True)  # noqa: PTH103 - Metaflow keeps it as a string
            about = os.stat(cache)  # noqa: PTH116
            is_ours = about.st_uid == os.geteuid() and not about.st_mode & stat.S_IWOTH
            if is_ours and os.access(cache, os.W_OK | os.X_OK):
                return
    except OSError:
        pass  # one of our own, then
    try:
        filecache.CLIENT_CACHE_PATH = tempfile.mkdtemp(prefix="metaflow_client-")
    except OSError as error:
        raise MetaflowUnusable(
            f"Metaflow's client needs a folder for what it reads, and may write neither to {cache!r} nor to a "
            f"temporary folder: {error}. Set METAFLOW_CLIENT_CACHE_PATH or TMPDIR to a folder that you may write to"
        ) from error
    atexit.register(shutil.rmtree, filecache.CLIENT_CACHE_PATH, ignore_errors=True)


def _await_service(url: str) -> None:
    """See that a metadata service answers.

    Raises:
        MetaflowUnusable: if no address is set, or it is none.
        ServiceUnreachable: if nothing answers there, or something else.
    """
    if url in ("None", ""):
        raise MetaflowUnusable(
            "METAFLOW_DEFAULT_METADATA says that runs are kept by a metadata service, and METAFLOW_SERVICE_URL "
            "does not say where it is: set it in the environment or in ~/.metaflowconfig/config.json"
        )
    if not _is_http(url):
        raise MetaflowUnusable(
            f"METAFLOW_SERVICE_URL is {without_password(url)!r}, which is not the address of a metadata service: set "
            "it to one like http://metaflow.example.org:8080, in the environment or in ~/.metaflowconfig/config.json"
        )
    session = ServiceMetadataProvider._session  # noqa: SLF001 - with the limits of `limits`
    try:
        answer = session.get(f"{url.rstrip('/')}/ping", headers=SERVICE_HEADERS)
    except requests.RequestException as error:
        raise ServiceUnreachable(
            f"{place()} does not answer: {type(error).__name__}: {error}. "
            "This is an outage or a wrong address, not a missing run: see METAFLOW_SERVICE_URL and the network"
        ) from error
    if answer.status_code != requests.codes.ok:
        refused = answer.status_code in (requests.codes.unauthorized, requests.codes.forbidden)
        advice = "see METAFLOW_SERVICE_AUTH_KEY" if refused else "see METAFLOW_SERVICE_URL"
        raise ServiceUnreachable(
            f"{place()} answers /ping with status {answer.status_code} {answer.reason}, where a metadata service "
            f"answers with 200: {advice}. This is not a missing run"
        )
    if limits.VERSION_HEADER not in answer.headers and "pong" not in answer.text:
        raise ServiceUnreachable(
            f"{place()} answers /ping with {answer.text[:60]!r}, where a metadata service answers with 'pong': "
            "something else is there, or stands before it. See METAFLOW_SERVICE_URL. This is not a missing run"
        )


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of a port that is no number, or an address in half a bracket
        return False


def _no_such_flow(name: str, flows: list[str]) -> str:
    provider, info = metadata()
    there = f"It contains {listed(flows)}{nearest(name, flows)}"
    if provider != "local":
        return f"there is no flow {name!r} in {place()}. {there}. Name another with --gate-flow"
    advice = (
        "Start pytest where the flow was run, set METAFLOW_DATASTORE_SYSROOT_LOCAL to the directory that holds "
        "its .metaflow, or name another flow with --gate-flow"
    )
    if DATASTORE_SYSROOT_LOCAL:
        how = f"METAFLOW_DATASTORE_SYSROOT_LOCAL is {DATASTORE_SYSROOT_LOCAL}"
    else:
        how = f"looked for from the working directory {Path.cwd()} upwards"
    root = Path(info) / ".metaflow"
    if not root.is_dir():
        nowhere = "no directory .metaflow was found"
        if DATASTORE_SYSROOT_LOCAL:
            file = next((path for path in (root, root.parent) if path.is_file()), None)
            nowhere = f"{file} is a file, not a directory" if file else f"{root} does not exist"
        return f"there is no flow {name!r}, nor any other: {nowhere} ({how}). {advice}"
    return f"there is no flow {name!r} in {root} ({how}). {there}. {advice}"
