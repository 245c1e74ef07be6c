"""Runs made for real with a metadata service and S3 are found and read, by look-ups that are bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.integration.remote.conftest import Remote
from tests.integration.test_metaflow_source import found

Ask = Callable[..., dict[str, Any]]


def test_the_latest_run_is_read_back_from_service_and_s3(remote: Remote, ask: Ask) -> None:
    """What the flow left behind arrives: vectors, playlists, the metric, and where the run is registered."""
    answer = found(ask(flow="TinyFlow"), remote.newest)

    assert answer["record"]["metadata"] == f"service@{remote.service_proxy.url}"
    assert answer["record"]["metric"] == 0.25
    assert answer["record"]["user"] == "alice"
    assert (len(answer["keys"]), answer["playlists"]) == (30, ["ann-rock", "bob-rap", "cy-country"])
    assert remote.s3_proxy.asked
