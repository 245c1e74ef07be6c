"""The number of requests of a look-up does not grow with the number of runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from embedgate.sources.run_lookup import MAX_FAILURES, MAX_OLDER
from tests.integration.remote.conftest import FLOW_NAME, Remote
from tests.integration.test_metaflow_source import assert_error, found

Ask = Callable[..., dict[str, Any]]


def requests(remote: Remote, ask: Ask, **wanted: Any) -> tuple[dict[str, Any], int, int]:
    """Resolve a request, and return the answer and the number of requests to the service and to S3."""
    remote.service_proxy.reset()
    remote.s3_proxy.reset()
    answer = ask(flow=FLOW_NAME, **wanted)
    return answer, len(remote.service_proxy.asked), len(remote.s3_proxy.asked)


@pytest.mark.parametrize(
    ("wanted", "to_service"),
    [({"run": "{older}"}, 13), ({"tag": "candidate"}, 13), ({"champion": None}, 12)],
    ids=["by ID", "by tag", "champion"],
)
def test_number_of_requests_does_not_grow_with_the_number_of_runs(
    remote: Remote, ask: Ask, wanted: dict[str, str | None], to_service: int
) -> None:
    """Requests: ping, flow, run or runs, five for the last task, two for its success, and one per artifact."""
    remote.service.runs(FLOW_NAME)[remote.older].row["tags"] = ["candidate", "champion"]
    wanted = {name: value and value.format(older=remote.older) for name, value in wanted.items()}

    for copies in (0, 200):
        for number in range(copies):
            remote.service.copy_run(FLOW_NAME, remote.failed if number % 2 else remote.newest, later=number)
        answer, asked, read = requests(remote, ask, **wanted)
        found(answer, remote.older)
        assert asked == to_service
        assert read <= 4


def test_requests_for_the_latest_run_are_limited(remote: Remote, ask: Ask) -> None:
    """Each run that started earlier, but may have finished later, takes six requests."""
    counts = []
    for copies in (MAX_OLDER, 3 * MAX_OLDER):
        for number in range(copies):
            remote.service.copy_run(FLOW_NAME, remote.newest, later=-1 - number)
        answer, asked, _ = requests(remote, ask)
        found(answer, remote.newest)
        counts.append(asked)

    assert counts[0] == counts[1] <= 13 + 6 * (MAX_OLDER + 1)  # one run failed


def test_requests_for_failed_runs_are_limited(remote: Remote, ask: Ask) -> None:
    """None of the newest runs succeeded. Each of them takes four requests, and then the search ends."""
    for number in range(MAX_FAILURES + 20):
        remote.service.copy_run(FLOW_NAME, remote.failed, later=100 + number)

    answer, asked, _ = requests(remote, ask)

    assert_error(answer, "NoSuccessfulRun", f"only the newest {MAX_FAILURES} were examined")
    assert asked < 4 * MAX_FAILURES + 20
