"""Metaflow's client, opened so that it sees every run, and its failures in plain words."""

from __future__ import annotations

import atexit
import difflib
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import requests
from metaflow import Metaflow, get_metadata, namespace
from metaflow.client import filecache
from metaflow.exception import MetaflowNotFound
from metaflow.metaflow_config import DATASTORE_SYSROOT_LOCAL, SERVICE_HEADERS
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from embedgate.errors import EmbedgateError, FlowNotFound, MetaflowUnusable, ServiceUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from metaflow.client.core import Flow

CONNECT_SECONDS, ANSWER_SECONDS, RETRIES = 5, 10, 2
SHOWN = 8
"""How many names a message lists."""


def open_flow(name: str) -> Flow:
    """Open a flow with all its runs in sight, whoever made them.

    The namespace is a setting of the whole process. It is set to global (None) before anything else, since the
    client otherwise asks who is asking: in a container, as root, that is an error, and in CI it hides the runs
    of everybody else. It is not put back: what it was cannot be asked without that same question, and all that
    the gate looks up later (champion, tags) wants it global too. A namespace that the user names is a tag of
    its runs, and is filtered for as one.

    Raises:
        FlowNotFound: if there is none of that name.
        MetaflowUnusable: if no metadata service is configured where one is needed.
        ServiceUnreachable: if the metadata service does not answer.
    """
    namespace(None)
    _have_a_cache()
    provider, info = metadata()
    if provider == "service":
        _await_service(info)
    with answering(f"the flow {name!r}"):
        try:
            return Metaflow()[name]
        except MetaflowNotFound as error:
            flows = sorted(flow.id for flow in Metaflow())
            raise FlowNotFound(_no_such_flow(name, flows)) from error


def metadata() -> tuple[str, str]:
    """Return the kind of Metaflow's metadata provider ("local", "service") and its directory or address."""
    provider, _, info = get_metadata().partition("@")
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
    except EmbedgateError:
        raise
    except filecache.FileCacheException as error:
        raise MetaflowUnusable(
            f"Metaflow's client could not put {what} into its cache {filecache.CLIENT_CACHE_PATH}: {error}. "
            "Set METAFLOW_CLIENT_CACHE_PATH to a folder that you may write to"
        ) from error
    except Exception as error:
        # Metaflow's exceptions, those of requests and of boto3, and a TypeError where a blob is not there,
        # have no ancestor in common
        raise ServiceUnreachable(
            f"{place()}, or the datastore it points to, did not give {what}: "
            f"{type(error).__name__}: {error}. This is an outage or a wrong address, not a missing run"
        ) from error


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
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _have_a_cache() -> None:
    """Give Metaflow's client a cache of this process, where the one it would take cannot be written to.

    All users of a machine share /tmp/metaflow_client unless told otherwise, and it belongs to whoever came first.
    """
    cache = Path(filecache.CLIENT_CACHE_PATH)
    there = next(folder for folder in (cache, *cache.parents) if folder.exists())
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        filecache.CLIENT_CACHE_PATH = tempfile.mkdtemp(prefix="metaflow_client-")
        atexit.register(shutil.rmtree, filecache.CLIENT_CACHE_PATH, ignore_errors=True)


def _await_service(url: str) -> None:
    """See that the service answers, within seconds.

    The client itself retries for half a minute when a port is closed, and waits without end for a service that
    takes a connection and says nothing.
    """
    if url == "None":
        raise MetaflowUnusable(
            "METAFLOW_DEFAULT_METADATA says that runs are kept by a metadata service, and METAFLOW_SERVICE_URL "
            "does not say where it is: set it in the environment or in ~/.metaflowconfig/config.json"
        )
    # A closed port or a 503 may be a restart; ten seconds of silence are not tried again
    retry = Retry(RETRIES, read=0, backoff_factor=0.5, status_forcelist=(500, 502, 503, 504))
    with requests.Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=retry))
        try:
            session.get(f"{url.rstrip('/')}/ping", headers=SERVICE_HEADERS, timeout=(CONNECT_SECONDS, ANSWER_SECONDS))
        except requests.RequestException as error:
            raise ServiceUnreachable(
                f"{place()} does not answer: {type(error).__name__}: {error}. "
                "This is an outage or a wrong address, not a missing run: see METAFLOW_SERVICE_URL, the network, "
                "and METAFLOW_SERVICE_AUTH_KEY"
            ) from error


def _no_such_flow(name: str, flows: list[str]) -> str:
    provider, info = metadata()
    there = f"It holds {listed(flows)}{nearest(name, flows)}"
    if provider != "local":
        return f"there is no flow {name!r} in {place()}. {there}. Name another with --gate-flow"
    advice = (
        "Start pytest where the flow was run, set METAFLOW_DATASTORE_SYSROOT_LOCAL to the directory that holds "
        "its .metaflow, or name another flow with --gate-flow"
    )
    if DATASTORE_SYSROOT_LOCAL:
        how = f"METAFLOW_DATASTORE_SYSROOT_LOCAL says {DATASTORE_SYSROOT_LOCAL}"
    else:
        how = f"looked for from the working directory {Path.cwd()} upwards"
    root = Path(info) / ".metaflow"
    if not root.is_dir():
        nowhere = f"{root} does not exist" if DATASTORE_SYSROOT_LOCAL else "no directory .metaflow was found"
        return f"there is no flow {name!r}, nor any other: {nowhere} ({how}). {advice}"
    return f"there is no flow {name!r} in {root} ({how}). {there}. {advice}"
