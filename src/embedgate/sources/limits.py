"""How long Metaflow's client may take and how often it may ask, so that every look-up ends.

Left alone, the client waits without end for a service that accepts a connection and stays silent, and it repeats a
failed read from S3 for hours. Three limits apply while a look-up runs:

- A request to the metadata service is answered within ANSWER_SECONDS, or fails. It is sent at most TRIES times, and
  only repeated where that can help: the connection broke, or the service asks for patience (429, 502, 503, 504) or
  fails (500).
- A read from S3 is tried at most TRIES times, each of which fails after ANSWER_SECONDS of silence.
- A look-up as a whole ends after a number of seconds, whatever happens. It runs in a thread of its own, which is
  abandoned then, and which sends no further request.

Metaflow outside of a look-up, such as a flow in the same process, keeps its own settings.
"""

from __future__ import annotations

import contextvars
import os
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import requests
from botocore.config import Config
from metaflow.client import filecache
from metaflow.plugins.datastores import s3_storage
from metaflow.plugins.datatools.s3 import s3, s3util
from metaflow.plugins.metadata_providers import service
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

CONNECT_SECONDS, ANSWER_SECONDS, TRIES = 5.0, 10.0, 3
FIND_SECONDS = 300.0
"""For finding one run: by its ID, by a tag, the latest, or the champion."""
DATA_SECONDS = 900.0
"""For reading one artifact, which may have gigabytes."""
TAG_SECONDS = 300.0
"""For a promotion, or a mark."""
PAUSE_SECONDS = 0.5
"""Before a request is repeated for the first time; doubled each time."""
LONGEST_PAUSE = 10.0
"""The longest Retry-After that is waited for."""
BUSY = frozenset({429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed a moment later."""
VERSION_HEADER = "METADATA_SERVICE_VERSION"
"""In every answer of Metaflow's service, and in none of a load balancer in front of it."""


class LookUpTimeout(Exception):
    """A look-up did not end in time."""


class NotFromService(requests.RequestException):
    """An answer came from something in front of the service, or the service stayed busy."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """Do work that asks Metaflow, and give it up if it takes too long.

    Args:
        seconds: limit of the whole work. Inside of another look-up, the limit of that one holds.
        work: asks Metaflow's client.

    Returns:
        What the work returns; what it raises is raised.

    Raises:
        LookUpTimeout: if it has not ended.
    """
    if isinstance(threading.current_thread(), _LookUp):
        return work()
    look_up = _LookUp(work, seconds)
    try:
        look_up.start()
        look_up.is_done.wait(seconds)
    finally:  # of a KeyboardInterrupt too: nothing may be promoted behind the back of who pressed Ctrl-C
        look_up.is_abandoned = not look_up.is_done.is_set()
    if look_up.is_abandoned:
        raise LookUpTimeout
    return look_up.outcome()


def refuse_if_abandoned() -> None:
    """End the work of a look-up that nobody waits for any more.

    Raises:
        LookUpTimeout: in the thread of such a look-up.
    """
    thread = threading.current_thread()
    if isinstance(thread, _LookUp) and thread.is_abandoned:
        raise LookUpTimeout


class _LookUp(threading.Thread, Generic[T]):
    """A thread that does some work with a bounded client, and keeps what comes of it."""

    def __init__(self, work: Callable[[], T], seconds: float) -> None:
        super().__init__(name="embedgate look-up", daemon=True)
        self.ends = time.monotonic() + seconds
        self.is_abandoned = False
        self.is_done = threading.Event()  # an interrupted join() takes a running thread for ended
        self._work = work
        self._context = contextvars.copy_context()
        self._result: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        """Do the work."""
        _bounds.enter()
        try:
            self._result.append(self._context.run(self._work))
        except BaseException as error:  # noqa: BLE001 - raised again by outcome()
            self._error = error
        finally:
            _bounds.leave()
            self.is_done.set()

    def outcome(self) -> T:
        """Return or raise what came of the work."""
        if self._error is not None:
            raise self._error
        return self._result[0]


class BoundedAdapter(HTTPAdapter):
    """Sends requests of the metadata client with time limits, and repeats those that may succeed the next time."""

    says_version = False
    """Whether the service of this process has said its version, as it then does with every answer."""

    def send(
        self,
        request: requests.PreparedRequest,
        *arguments: Any,  # noqa: ANN401 - as HTTPAdapter takes them
        **options: Any,  # noqa: ANN401
    ) -> requests.Response:
        """Send a request, and read the whole answer; whatever time limit is passed is replaced.

        Raises:
            LookUpTimeout: if the look-up was given up.
            NotFromService: if the service stays busy, or something else answers.
            RequestException: if the service does not answer.
        """
        for attempt in range(TRIES):
            is_last = attempt == TRIES - 1
            refuse_if_abandoned()
            options["timeout"] = (_left(CONNECT_SECONDS), _left(ANSWER_SECONDS))
            try:
                response = super().send(request, *arguments, **options)
                _ = response.content  # read here, so that a cut in the middle is repeated too
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
        """Refuse an answer by something in front of the service: its 404 must not pass for "no such run"."""
        if VERSION_HEADER in response.headers:
            BoundedAdapter.says_version = True
        elif self.says_version and response.status_code in (200, 404):
            raise NotFromService(
                f"status {response.status_code} for {response.request.path_url} does not come from the metadata "
                f"service, which says its version in {VERSION_HEADER}, but from something in front of it"
            )
        return response


class _Bounds:
    """Settings of Metaflow's client while any look-up runs, put back when the last one ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._undo = ExitStack()

    def enter(self) -> None:
        with self._lock:
            self._running += 1
            if self._running == 1:
                self._apply()

    def leave(self) -> None:
        with self._lock:
            self._running -= 1
            if self._running == 0:
                self._undo.close()

    def _apply(self) -> None:
        # The adapter repeats requests to the service itself
        self._set(service, "SERVICE_RETRY_COUNT", 1)
        session = service.ServiceMetadataProvider._session  # noqa: SLF001 - there is no other way to a time limit
        self._undo.callback(session.adapters.update, session.adapters.copy())
        for scheme in ("http://", "https://"):
            adapter = BoundedAdapter()
            self._undo.callback(adapter.close)
            session.mount(scheme, adapter)
        for name in ("S3_RETRY_COUNT", "S3_TRANSIENT_RETRY_COUNT"):
            self._set(s3, name, min(getattr(s3, name), TRIES - 1))
        self._set(s3util, "DATATOOLS_CLIENT_PARAMS", _with_limits(s3util.DATATOOLS_CLIENT_PARAMS))
        if "METAFLOW_ARTIFACT_LOCALROOT" not in os.environ:
            # By default S3 objects are downloaded into the working directory, which may be closed to us
            self._set(s3_storage, "ARTIFACT_LOCALROOT", filecache.CLIENT_CACHE_PATH)

    def _set(self, module: Any, name: str, value: object) -> None:  # noqa: ANN401 - a module has no type of its own
        self._undo.callback(setattr, module, name, getattr(module, name))
        setattr(module, name, value)


_bounds = _Bounds()


def _with_limits(parameters: dict[str, Any]) -> dict[str, Any]:
    """Add time limits to the user's parameters of the S3 client; Metaflow itself repeats what fails."""
    given = parameters.get("config")
    config = Config(**given) if isinstance(given, dict) else given or Config()
    retries = {"mode": "standard", "total_max_attempts": 1}
    limits = Config(connect_timeout=CONNECT_SECONDS, read_timeout=ANSWER_SECONDS, retries=retries)
    return {**parameters, "config": config.merge(limits)}


def _left(seconds: float) -> float:
    """Shorten a time limit to what is left of the look-up."""
    thread = threading.current_thread()
    return max(0.1, min(seconds, thread.ends - time.monotonic())) if isinstance(thread, _LookUp) else seconds


def _pause(attempt: int, response: requests.Response | None) -> float:
    """Seconds to wait before a request is repeated: what the service asks for, or longer each time."""
    asked = response.headers.get("Retry-After", "") if response is not None else ""
    pause = float(asked) if asked.isdigit() else PAUSE_SECONDS * 2**attempt
    return min(pause, LONGEST_PAUSE)
