"""Promotions that are killed or cut off at any request leave a champion, and the next promotion repairs the tags."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.remote import fault_proxy as faults
from tests.integration.remote.conftest import FLOW_NAME, Remote
from tests.integration.remote.fault_proxy import Fault
from tests.integration.remote.test_outages import ENDS, ERROR_PAGE, QUICK, from_request, only_request

Ask = Callable[..., dict[str, Any]]

FAULTS: dict[str, Fault] = {
    "cut": faults.cut,
    "cut after": faults.cut_after,
    "silent after": faults.hang_after,
    "503": faults.answer(503, b"Service Unavailable"),
    "404 of a load balancer": faults.answer(404, ERROR_PAGE),
}


def tagged(tags: dict[str, frozenset[str]]) -> set[str]:
    """Return the runs tagged `champion`."""
    return {run for run, theirs in tags.items() if "champion" in theirs}


@pytest.fixture
def turns(remote: Remote, ask: Ask) -> Callable[[], Iterator[tuple[int, str]]]:
    """A function that alternates promotions with and without a fault, and checks the tags after each."""
    runs = [remote.older, remote.newest, remote.service.copy_run(FLOW_NAME, remote.older)]

    def take() -> Iterator[tuple[int, str]]:
        ask(promote=f"{FLOW_NAME}/{runs[0]}")
        for turn in range(1, 100):
            faulty, repairing = runs[1:] if turn % 2 else runs[1::-1]
            yield turn, f"{FLOW_NAME}/{faulty}"
            is_complete = len(remote.service_proxy.asked) < turn
            remote.service_proxy.reset()
            assert ask(promote=f"{FLOW_NAME}/{repairing}")["champion"] == f"{FLOW_NAME}/{repairing}"
            assert tagged(remote.service.tags(FLOW_NAME)) == {repairing}
            assert all(tagged(tags) for tags in remote.service.tagged)
            remote.service.tagged.clear()
            if is_complete:
                assert turn > 15
                return

    return take


@pytest.mark.parametrize("death", [faults.kill, faults.kill_after], ids=["before", "after"])
def test_promotion_killed_at_any_request_is_repaired(
    remote: Remote, ask_child: Ask, turns: Callable[[], Iterator[tuple[int, str]]], death: Fault
) -> None:
    """The promotion is killed before or after the service has processed the request."""
    for turn, run in turns():
        remote.service_proxy.reset(only_request(turn, death))
        answer = ask_child(promote=run)
        assert answer in ({"signal": signal.SIGKILL}, answer | {"champion": run})


@pytest.mark.parametrize("fault", FAULTS)
def test_promotion_during_an_outage_is_repaired(
    remote: Remote, ask: Ask, turns: Callable[[], Iterator[tuple[int, str]]], fault: str
) -> None:
    """The error says that the next promotion repairs the tags, unless the promotion had completed before."""
    for turn, run in turns():
        remote.service_proxy.reset(from_request(turn, FAULTS[fault]))
        answer = ask(promote=run, how={"limits": {**QUICK, "ANSWER_SECONDS": 0.25}})
        assert answer["seconds"] < ENDS
        if "champion" in answer:
            assert len(remote.service_proxy.asked) < turn
        else:
            assert answer["kind"] == "ServiceUnreachable"
            assert "The next promotion corrects this" in answer["message"]
