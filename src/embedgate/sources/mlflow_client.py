"""Access to MLflow's client: every look-up ends, and every failure is one of our errors.

MLflow is imported when it is first needed. Its client waits up to two minutes for an answer and repeats a request
seven times; during a look-up it waits ANSWER_SECONDS and repeats a request RETRIES times, unless the user has set the
variables MLFLOW_HTTP_REQUEST_*.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit, urlunsplit

from embedgate.errors import EmbedgateError, ServiceUnreachable, SourceUnusable
from embedgate.sources.time_limit import LookUpTimeout, within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlflow import MlflowClient

T = TypeVar("T")

FIND_SECONDS, DATA_SECONDS, CHANGE_SECONDS = 60.0, 900.0, 120.0
"""Time limits of a look-up, of reading or storing artifacts, and of a promotion."""
ANSWER_SECONDS, RETRIES = 10, 2
_LIMITS = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": str(ANSWER_SECONDS),
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": str(RETRIES),
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
_PASSWORD = re.compile(r"//[^/@\s]+@")
_MISSING = ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND")


def look_up(what: str, work: Callable[[MlflowClient], T], seconds: float | None = None) -> T:
    """Return the result of work that uses MLflow's client.

    Args:
        what: what the server has to provide, in messages.
        work: gets the client. It calls `time_limit.refuse_if_abandoned` before it changes something.
        seconds: the time limit, by default FIND_SECONDS.

    Raises:
        SourceUnusable: if MLflow is not installed, or it is not configured where the server is.
        ServiceUnreachable: if the work fails with an error that is not one of ours, or does not end in time.
    """
    client = _client()
    limit = FIND_SECONDS if seconds is None else seconds

    def asked() -> T:
        with answering(what):
            return work(client)

    try:
        return within(limit, asked, _limits())
    except LookUpTimeout as error:
        raise ServiceUnreachable(
            f"{place()} did not provide {what} within {limit:,.0f} seconds. It is down, overloaded or very slow: "
            "try again later"
        ) from error


def is_missing(error: Exception) -> bool:
    """Return whether an error of the client means that something does not exist, according to the server."""
    return getattr(error, "error_code", None) in _MISSING


def place() -> str:
    """Return the registry, for messages."""
    return f"the MLflow registry {address()}"


def address() -> str:
    """Return the address of the registry without user and password."""
    import mlflow  # noqa: PLC0415 - an extra

    parts = urlsplit(mlflow.get_registry_uri())
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


@contextmanager
def answering(what: str) -> Iterator[None]:
    """Raise ServiceUnreachable for any error that is not one of ours: an outage must never count as "no champion"."""
    try:
        yield
    except (EmbedgateError, LookUpTimeout):
        raise
    except Exception as error:  # the exceptions of MLflow, requests and cloud storage have no common base class
        cause = _PASSWORD.sub("//", " ".join(f"{type(error).__name__}: {error}".split()))
        raise ServiceUnreachable(
            f"{place()} did not provide {what}: {cause:.300}. It is down, its address is wrong, or it refuses "
            "access; this is not a missing model: check MLFLOW_TRACKING_URI and the network"
        ) from error


def _client() -> MlflowClient:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # a gate run contacts the configured server only
    try:
        import mlflow  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise SourceUnusable(
            f"a reference models:/... needs MLflow, which cannot be imported: {error}. Install it: pip install "
            "'embedgate[mlflow]'"
        ) from error
    # without an address, MLflow would create a database in the working directory
    is_set: bool = mlflow.is_tracking_uri_set()  # type: ignore[no-untyped-call]
    if not (is_set or os.environ.get("MLFLOW_REGISTRY_URI")):
        raise SourceUnusable(
            "MLFLOW_TRACKING_URI is not set: set it to the address of the MLflow server with the registry, such as "
            "https://mlflow.example.org"
        )
    return mlflow.MlflowClient()


@contextmanager
def _limits() -> Iterator[None]:
    """Set the limits of MLflow's client, which reads them from the environment, unless the user has set them."""
    added = {name: value for name, value in _LIMITS.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
