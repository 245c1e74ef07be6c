"""Time limits of look-ups: a look-up returns, raises or is abandoned, and Metaflow's settings are restored."""

from __future__ import annotations

import signal
import threading
import time

import pytest
import requests
from botocore.config import Config
from metaflow.plugins.datastores import s3_storage
from metaflow.plugins.datatools.s3 import s3, s3util
from metaflow.plugins.metadata_providers import service

from embedgate.sources import metaflow_limits as limits
from embedgate.sources.time_limit import LookUpTimeout, refuse_if_abandoned


def settings() -> list[object]:
    """Return all settings that a look-up changes in Metaflow."""
    session = service.ServiceMetadataProvider._session
    return [
        service.SERVICE_RETRY_COUNT,
        s3.S3_RETRY_COUNT,
        s3.S3_TRANSIENT_RETRY_COUNT,
        s3util.DATATOOLS_CLIENT_PARAMS,
        s3_storage.ARTIFACT_LOCALROOT,
        *session.adapters.values(),
    ]


def test_result_and_error_of_the_work_are_passed_on() -> None:
    def fail() -> None:
        raise LookupError("of the work")

    assert limits.within(5, lambda: 7) == 7
    with pytest.raises(LookupError, match="of the work"):
        limits.within(5, fail)


def test_work_that_exits_does_not_end_the_process() -> None:
    """A pickle may exit. The look-up then raises the exception."""
    with pytest.raises(SystemExit):
        limits.within(5, lambda: exec("raise SystemExit(0)"))  # noqa: S102


def test_work_that_does_not_end_is_abandoned() -> None:
    """The thread continues, but cannot send another request."""
    refused = threading.Event()
    released = threading.Event()

    def work() -> None:
        released.wait(20)
        try:
            refuse_if_abandoned()
        except LookUpTimeout:
            refused.set()

    started = time.monotonic()
    with pytest.raises(LookUpTimeout):
        limits.within(0.05, work)
    assert time.monotonic() - started < 10
    released.set()
    assert refused.wait(20)


def test_interrupt_abandons_the_work_immediately() -> None:
    """After Ctrl-C no further request is sent, so that nothing is promoted later."""
    started, released, refused = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        released.wait(20)
        try:
            refuse_if_abandoned()
        except LookUpTimeout:
            refused.set()

    def interrupt() -> None:
        started.wait(20)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs ignore SIGINT
    try:
        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            limits.within(60, work)
    finally:
        signal.signal(signal.SIGINT, before)
    released.set()
    assert refused.wait(20)


def test_nested_look_up_shares_thread_and_limit() -> None:
    inner = limits.within(5, lambda: limits.within(0.0, threading.current_thread))

    assert inner is not threading.current_thread()


def test_limits_apply_during_a_look_up_only() -> None:
    """They also apply while another look-up runs, and are removed after a failure."""
    before = settings()

    inside = limits.within(5, settings)
    with pytest.raises(ZeroDivisionError):
        limits.within(5, lambda: 1 // 0)
    overlapping = limits.within(5, overlapped)

    assert settings() == before
    for limited in (inside, overlapping):
        assert limited[:3] == [1, limits.TRIES - 1, limits.TRIES - 1]
        assert all(isinstance(adapter, limits.LimitedAdapter) for adapter in limited[5:])


def overlapped() -> list[object]:
    """Return the settings after another look-up has started and ended."""
    other = threading.Thread(target=limits.within, args=(5, settings))
    other.start()
    other.join()
    return settings()


@pytest.mark.parametrize(
    "given", [{}, {"config": {"retries": {"max_attempts": 9}}}, {"config": Config(region_name="x")}]
)
def test_parameters_of_the_s3_client_are_kept_and_limited(given: dict[str, object]) -> None:
    """Users may set the parameters in Metaflow, as a mapping or as an object."""
    parameters = limits._with_limits({"endpoint_url": "http://s3", **given})

    assert parameters["endpoint_url"] == "http://s3"
    config = parameters["config"]
    assert (config.connect_timeout, config.read_timeout) == (limits.CONNECT_SECONDS, limits.ANSWER_SECONDS)
    assert config.retries == {"mode": "standard", "total_max_attempts": 1}
    if isinstance(given.get("config"), Config):
        assert config.region_name == "x"


@pytest.mark.parametrize(
    ("retry_after", "attempt", "seconds"),
    [(None, 0, 0.5), (None, 1, 1.0), ("3", 0, 3.0), ("86400", 0, 10.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0, 0.5)],
)
def test_pause_before_a_retry_follows_retry_after_or_doubles(
    retry_after: str | None, attempt: int, seconds: float
) -> None:
    """A `Retry-After` in seconds is respected up to a limit; a date is ignored."""
    response = requests.Response()
    if retry_after:
        response.headers["Retry-After"] = retry_after

    assert limits._pause(attempt, response) == seconds
    assert limits._pause(attempt, None) == limits.PAUSE_SECONDS * 2**attempt
