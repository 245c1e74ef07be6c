"""Faults of the metadata service and S3: every look-up ends, and no outage is reported as a missing run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.remote import fault_proxy as faults
from tests.integration.remote.conftest import FLOW_NAME, Remote
from tests.integration.remote.fault_proxy import Fault, FaultProxy
from tests.integration.test_metaflow_source import assert_error, found

Ask = Callable[..., dict[str, Any]]

QUICK = {
    "CONNECT_SECONDS": 0.5,
    "ANSWER_SECONDS": 0.4,
    "TRIES": 1,
    "PAUSE_SECONDS": 0.02,
    "MAX_PAUSE": 0.1,
}
"""Short time limits, for tests with a hundred look-ups."""
ENDS = 20.0
"""Upper limit of the duration of a look-up in seconds; without embedgate's limits, Metaflow needs 31 or more."""
ERROR_PAGE = b"<html><body><h1>default backend</h1></body></html>"
OUTAGES: dict[str, Fault] = {
    "connections are cut": faults.cut,
    "answers are cut short": faults.cut_short,
    "no answer": faults.hang,
    "500": faults.answer(500, b'{"detail": "no database"}'),
    "503": faults.answer(503, b"Service Unavailable"),
    "429": faults.answer(429, b"Too Many Requests", Retry_After="1"),
    "403": faults.answer(403, b'{"message": "Forbidden"}'),
    "404 of a load balancer": faults.answer(404, ERROR_PAGE),
    "404 without content": faults.answer(404),
    "a login page": faults.answer(200, ERROR_PAGE, Content_Type="text/html"),
    "an empty answer": faults.answer(200, b"{}", Content_Type="application/json"),
    "null": faults.answer(200, b"null", Content_Type="application/json"),
    "an empty list": faults.answer(200, b"[]", Content_Type="application/json"),
}


def from_request(number: int, fault: Fault) -> Callable[[int, str], Fault | None]:
    """Apply a fault to a request and to all later requests."""
    return lambda asked, _: fault if asked >= number else None


def only_request(number: int, fault: Fault) -> Callable[[int, str], Fault | None]:
    """Apply a fault to one request."""
    return lambda asked, _: fault if asked == number else None


@pytest.fixture
def champion(remote: Remote) -> str:
    """The older run, tagged `champion`."""
    remote.service.runs(FLOW_NAME)[remote.older].row["tags"] = ["champion"]
    return remote.older


@pytest.mark.parametrize("outage", OUTAGES)
def test_outage_at_any_request_to_the_service_is_not_reported_as_missing_champion(
    remote: Remote, champion: str, ask: Ask, outage: str
) -> None:
    """The service fails from the n-th request on, for every n; the look-up reports the outage each time."""
    fault_at_each(remote.service_proxy, OUTAGES[outage], ask, champion, at_least=12)


@pytest.mark.parametrize("outage", OUTAGES)
def test_outage_at_any_read_from_s3_is_not_reported_as_missing_champion(
    remote: Remote, champion: str, ask: Ask, outage: str
) -> None:
    """S3 fails from the n-th read on: of the artifact `_success`, or of the vectors."""
    fault_at_each(remote.s3_proxy, OUTAGES[outage], ask, champion, at_least=2)


@pytest.mark.parametrize("outage", ["connections are cut", "404 without content", "an empty list"])
@pytest.mark.parametrize("wanted", [{}, {"tag": "champion"}, {"run": "{older}"}, {"run": "{failed}"}], ids=str)
def test_outage_during_any_look_up_is_not_reported_as_missing_run(
    remote: Remote, champion: str, ask: Ask, wanted: dict[str, str], outage: str
) -> None:
    """The look-ups are of the latest run, a run by tag or ID, and a failed run, whose error is looked up too."""
    request = {name: value.format(older=champion, failed=remote.failed) for name, value in wanted.items()}
    for proxy in (remote.service_proxy, remote.s3_proxy):
        fault_at_each(proxy, OUTAGES[outage], lambda how, **_: ask(flow=FLOW_NAME, **request, how=how))


def test_outage_is_not_reported_as_missing_champion_if_the_last_step_is_not_end(remote: Remote, ask: Ask) -> None:
    """The name of the last step is looked up first. If this fails, the client assumes "end"."""
    champion = remote.service.copy_run(FLOW_NAME, remote.newest)
    run = remote.service.runs(FLOW_NAME)[champion]
    run.row["tags"] = ["champion"]
    steps = run.list("steps")
    steps["finish"] = steps.pop("end")
    steps["finish"].row["step_name"] = "finish"
    (parameters,) = steps["_parameters"].list("tasks").values()
    last = {**parameters.metadata[-1], "field_name": "end_step", "value": "finish", "ts_epoch": 2_000_000_000_000}
    parameters.metadata.append(last)

    fault_at_each(remote.service_proxy, OUTAGES["500"], ask, champion)


@pytest.mark.parametrize("fault", ["connections are cut", "answers are cut short", "429", "503"])
def test_request_is_repeated_after_a_single_fault(remote: Remote, champion: str, ask: Ask, fault: str) -> None:
    """The fault may occur at any request of the look-up, and a `Retry-After` header is respected."""
    for number in range(1, 100):
        remote.service_proxy.reset(only_request(number, OUTAGES[fault]))
        limits = {"PAUSE_SECONDS": 0.02, "MAX_PAUSE": 0.1}
        found(ask(champion=None, flow=FLOW_NAME, how={"limits": limits}), champion)
        if len(remote.service_proxy.asked) < number:
            return


def test_read_from_a_busy_s3_server_is_repeated(remote: Remote, champion: str, ask: Ask) -> None:
    """Under load, S3 responds with SlowDown."""
    slow_down = faults.answer(503, b"<Error><Code>SlowDown</Code></Error>", Content_Type="application/xml")
    remote.s3_proxy.reset(only_request(1, slow_down))

    found(ask(champion=None, flow=FLOW_NAME), champion)


def test_latency_does_not_end_a_look_up(remote: Remote, champion: str, ask: Ask) -> None:
    """Each request takes 50 milliseconds, as between continents."""
    for proxy in (remote.service_proxy, remote.s3_proxy):
        proxy.reset(lambda *_: faults.delay(0.05))

    assert found(ask(champion=None, flow=FLOW_NAME), champion)["seconds"] < ENDS


@pytest.mark.parametrize("proxy", ["service_proxy", "s3_proxy"])
def test_response_that_never_ends_is_abandoned(remote: Remote, champion: str, ask_child: Ask, proxy: str) -> None:
    """The response has no long pause, so the total time limit of the look-up applies."""
    getattr(remote, proxy).reset(lambda *_: faults.trickle)
    limits = {**QUICK, "FIND_SECONDS": 1.0, "DATA_SECONDS": 1.0}

    answer = ask_child(champion=None, flow=FLOW_NAME, how={"limits": limits})

    assert_error(answer, "ServiceUnreachable", "the champion of flow 'TinyFlow' within 1 seconds")
    assert answer["seconds"] < ENDS


def test_silent_s3_is_abandoned_after_few_attempts(
    remote: Remote, champion: str, ask_remote: Callable[..., Any]
) -> None:
    """Metaflow's settings for retries do not matter. Each attempt takes ANSWER_SECONDS, and pauses are 1, 2, 4 s."""
    remote.s3_proxy.reset(lambda *_: faults.hang)
    ask = ask_remote(METAFLOW_S3_RETRY_COUNT="50", METAFLOW_SERVICE_RETRY_COUNT="50")

    answer = ask(champion=None, flow=FLOW_NAME, how={"limits": {**QUICK, "TRIES": 2}})

    assert_error(answer, "ServiceUnreachable", "could not be fetched from the s3 datastore")
    assert len(remote.s3_proxy.asked) == 2
    assert answer["seconds"] < ENDS


def fault_at_each(
    proxy: FaultProxy, outage: Fault, ask: Ask, champion: str | None = None, *, at_least: int = 1
) -> None:
    answered = []
    for number in range(1, 100):
        proxy.reset(from_request(number, outage))
        answer = ask(champion=None, flow=FLOW_NAME, how={"limits": QUICK})
        if len(proxy.asked) < number:
            if champion:
                found(answer, champion)
            break
        answered.append((number, proxy.asked[number - 1], answer.get("kind"), answer.get("message")))
        assert answer["seconds"] < ENDS
    proxy.reset()
    wrong = [each for each in answered if each[2] != "ServiceUnreachable"]
    assert not wrong
    assert len(answered) >= at_least
