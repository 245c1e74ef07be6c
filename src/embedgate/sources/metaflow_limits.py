"""Limits on the time and the requests of Metaflow's client, so that every look-up ends.

Without them, the client waits forever for a service that accepts a connection and sends nothing, and repeats a failed
read from S3 for hours. During a look-up:

- A request to the metadata service fails after ANSWER_SECONDS without an answer. It is sent at most TRIES times, and
  repeated only if that can help: the connection broke, or the answer was one of BUSY.
- A read from S3 is tried at most TRIES times, each of which fails after ANSWER_SECONDS of silence.
- The look-up runs in its own thread, which is abandoned at the time limit and then sends no further requests.

Outside a look-up, such as in a flow of the same process, Metaflow keeps its own settings.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TypeVar

import requests
from botocore.config import Config
from metaflow.client import filecache
from metaflow.plugins.datastores import s3_storage
from metaflow.plugins.datatools.s3 import s3, s3util
from metaflow.plugins.metadata_providers import service
from requests.adapters import HTTPAdapter

from embedgate.sources import time_limit
from embedgate.sources.time_limit import refuse_if_abandoned, shortened

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

CONNECT_SECONDS, ANSWER_SECONDS, TRIES = 5.0, 10.0, 3
FIND_SECONDS = 300.0
"""For finding one run: by its ID, by a tag, the latest, or the champion."""
DATA_SECONDS = 900.0
"""For reading one artifact, which may have gigabytes."""
TAG_SECONDS = 300.0
"""For a promotion, or another change of tags."""
PAUSE_SECONDS = 0.5
"""Before a request is repeated for the first time; doubled each time."""
MAX_PAUSE = 10.0
"""The longest Retry-After that is respected."""
BUSY = frozenset({429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed a moment later."""
VERSION_HEADER = "METADATA_SERVICE_VERSION"
"""Contained in every answer of Metaflow's service, but not in those of a load balancer in front of it."""


class NotFromService(requests.RequestException):
    """An answer came from something in front of the service, or the service stayed busy."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return the result of work that uses Metaflow's client; inside another look-up, the limit of that one applies.

    Raises:
        LookUpTimeout: if the work has not ended in time.
    """
    return time_limit.within(seconds, work, _limited_client)


class LimitedAdapter(HTTPAdapter):
    """Sends requests of the metadata client with time limits, and repeats those that may succeed the next time."""

    has_version = False
    """Whether the service of this process has sent its version, as it then does with every answer."""

    def send(
        self,
        request: requests.PreparedRequest,
        *arguments: Any,  # noqa: ANN401 - as HTTPAdapter takes them
        **options: Any,  # noqa: ANN401
    ) -> requests.Response:
        """Send a request, and read the whole answer; a time limit in the options is replaced."""
        for attempt in range(TRIES):
            is_last = attempt == TRIES - 1
            refuse_if_abandoned()
            options["timeout"] = (shortened(CONNECT_SECONDS), shortened(ANSWER_SECONDS))
            try:
                response = super().send(request, *arguments, **options)
                _ = response.content  # read here, so that an answer that is cut short is repeated too
            except requests.ReadTimeout:
                raise  # a service that was silent for so long will stay silent
            except requests.RequestException:
                if is_last:
                    raise
                response = None
            if response is not None and response.status_code not in BUSY:
                return self._from_service(response)
            if response is not None and is_last:
                raise NotFromService(
                    f"status {response.status_code} {response.reason}, {TRIES} times, for {request.method} "
                    f"{request.path_url}: {response.text[:200].strip() or 'no content'}"
                )
            time.sleep(_pause(attempt, response))
        raise AssertionError("the last attempt returns or raises")

    def _from_service(self, response: requests.Response) -> requests.Response:
        """Refuse an answer from something in front of the service: its 404 must not count as "no such run"."""
        if VERSION_HEADER in response.headers:
            LimitedAdapter.has_version = True
        elif self.has_version and response.status_code in (200, 404):
            raise NotFromService(
                f"status {response.status_code} for {response.request.path_url} does not come from the metadata "
                f"service, which sends its version in {VERSION_HEADER}, but from something in front of it"
            )
        return response


class _LimitedClient:
    """Settings of Metaflow's client while any look-up runs; the last one to end restores them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._undo = ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            self._running += 1
            if self._running == 1:
                self._apply()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._running -= 1
            if self._running == 0:
                self._undo.close()

    def _apply(self) -> None:
        self._set(service, "SERVICE_RETRY_COUNT", 1)  # the adapter repeats requests itself
        session = service.ServiceMetadataProvider._session  # noqa: SLF001 - there is no other way to a time limit
        self._undo.callback(session.adapters.update, session.adapters.copy())
        for scheme in ("http://", "https://"):
            adapter = LimitedAdapter()
            self._undo.callback(adapter.close)
            session.mount(scheme, adapter)
        for name in ("S3_RETRY_COUNT", "S3_TRANSIENT_RETRY_COUNT"):
            self._set(s3, name, min(getattr(s3, name), TRIES - 1))
        self._set(s3util, "DATATOOLS_CLIENT_PARAMS", _with_limits(s3util.DATATOOLS_CLIENT_PARAMS))
        if "METAFLOW_ARTIFACT_LOCALROOT" not in os.environ:
            # By default S3 objects are downloaded into the working directory, which may not be writable
            self._set(s3_storage, "ARTIFACT_LOCALROOT", filecache.CLIENT_CACHE_PATH)

    def _set(self, module: Any, name: str, value: object) -> None:  # noqa: ANN401 - any module
        self._undo.callback(setattr, module, name, getattr(module, name))
        setattr(module, name, value)


_limited_client = _LimitedClient()


def _with_limits(parameters: dict[str, Any]) -> dict[str, Any]:
    """Add time limits to the user's parameters of the S3 client; Metaflow itself repeats failed reads."""
    given = parameters.get("config")
    config = Config(**given) if isinstance(given, dict) else given or Config()
    retries = {"mode": "standard", "total_max_attempts": 1}
    limits = Config(connect_timeout=CONNECT_SECONDS, read_timeout=ANSWER_SECONDS, retries=retries)
    return {**parameters, "config": config.merge(limits)}


def _pause(attempt: int, response: requests.Response | None) -> float:
    """Return the seconds to wait before a request is repeated: Retry-After, or longer each time."""
    asked = response.headers.get("Retry-After", "") if response is not None else ""
    pause = float(asked) if asked.isdigit() else PAUSE_SECONDS * 2**attempt
    return min(pause, MAX_PAUSE)
