"""Runs of a flow with a real S3 server and a metadata service over HTTP, both behind proxies."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.conftest import FLOW, SOURCE, Asker
from tests.integration.metadata_service import MetadataService
from tests.integration.remote.fault_proxy import FaultProxy
from tests.integration.remote.s3_server import BUCKET, HOW_TO_INSTALL, KEY, SECRET, S3Server, program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FLOW_NAME = "TinyFlow"


@dataclass(frozen=True)
class Remote:
    """Two servers with runs of TinyFlow, and proxies in front of them.

    Attributes:
        service: metadata service in which the runs are registered.
        s3: S3 server with the data of the runs.
        service_proxy: proxy in front of the service.
        s3_proxy: proxy in front of the S3 server.
        older, newest: IDs of two successful runs, in the order in which they finished.
        failed: ID of a run that failed in its first step.
        home: an empty home directory.
    """

    service: MetadataService
    s3: S3Server
    service_proxy: FaultProxy
    s3_proxy: FaultProxy
    older: str
    newest: str
    failed: str
    home: Path

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of a client that uses the proxies."""
        return client_environment(self.home, self.service_proxy.url, self.s3_proxy.url, **more)


def client_environment(home: Path, service: str, s3: str, **more: str) -> dict[str, str]:
    """Return the environment of a Metaflow client that uses this service and this S3 server."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(SOURCE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "METAFLOW_CLIENT_CACHE_PATH": str(home / "cache"),
        "METAFLOW_DEFAULT_METADATA": "service",
        "METAFLOW_SERVICE_URL": service,
        "METAFLOW_DEFAULT_DATASTORE": "s3",
        "METAFLOW_DATASTORE_SYSROOT_S3": f"s3://{BUCKET}/metaflow",
        "METAFLOW_S3_ENDPOINT_URL": s3,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        **more,
    }


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    """Start the servers, and run the flow three times in parallel."""
    if program() is None:
        pytest.fail(HOW_TO_INSTALL)
    folder = tmp_path_factory.mktemp("remote")
    s3, service = S3Server(tmp_path_factory.mktemp("s3")), MetadataService()
    service.start()
    proxies = FaultProxy(service.url), FaultProxy(s3.url)
    try:
        done = [
            _run(folder, service, s3, *arguments) for arguments in (["--seed=1"], ["--seed=2"], ["--fail_at=start"])
        ]
        for flow, succeeds in zip(done, (True, True, False), strict=True):
            output, _ = flow.communicate(timeout=180)
            assert (flow.returncode == 0) is succeeds, output
        runs = service.runs(FLOW_NAME)
        ends = {run: node.list("steps")["end"] for run, node in runs.items() if "end" in node.list("steps")}
        older, newest = sorted(ends, key=lambda run: _finished_at(ends[run]))
        (failed,) = runs.keys() - ends.keys()
        yield Remote(service, s3, *proxies, older, newest, failed, folder)
    finally:
        for proxy in proxies:
            proxy.stop()
        service.stop()
        s3.stop()


def _run(folder: Path, service: MetadataService, s3: S3Server, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, FLOW, "--no-pylint", "run", *arguments],
        env=client_environment(folder, service.url, s3.url, METAFLOW_USER="alice"),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _finished_at(end: Any) -> int:
    (task,) = end.list("tasks").values()
    return int(task.list("artifacts")["_task_ok"].row["ts_epoch"])


@pytest.fixture
def remote(servers: Remote) -> Iterator[Remote]:
    """The servers without faults, with only the three runs, which are not tagged."""
    runs = servers.service.root.list("flows")[FLOW_NAME].list("runs")

    def reset() -> None:
        servers.service_proxy.reset()
        servers.s3_proxy.reset()
        servers.service.tagged.clear()
        servers.service.asked.clear()
        for run in runs.keys() - {servers.older, servers.newest, servers.failed}:
            del runs[run]
        for node in runs.values():
            node.row["tags"] = []

    reset()
    yield servers
    reset()


@pytest.fixture(scope="session")
def warm_asker(servers: Remote, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """A process that has imported everything, so that forked processes start fast."""
    folder = tmp_path_factory.mktemp("asker")
    asker = Asker(servers.environment(METAFLOW_CLIENT_CACHE_PATH=str(folder / "cache")), folder)
    asker(warm_up=True)
    yield asker
    asker.close()


@pytest.fixture
def ask(warm_asker: Asker, remote: Remote) -> Callable[..., dict[str, Any]]:
    """A function that resolves a request in a shared process, without cached data from S3."""
    return lambda how=None, **request: _without_crash(warm_asker(how=how or {}, **request))


@pytest.fixture
def ask_child(warm_asker: Asker, remote: Remote) -> Callable[..., dict[str, Any]]:
    """A function that resolves a request in a forked process."""
    return lambda how=None, **request: _without_crash(warm_asker(how={"in_child": True, **(how or {})}, **request))


def _without_crash(answer: dict[str, Any]) -> dict[str, Any]:
    assert "crash" not in answer, answer["crash"]
    return answer


@pytest.fixture
def ask_remote(remote: Remote, tmp_path: Path) -> Iterator[Callable[..., Asker]]:
    """A function that starts a process with other settings: `ask_remote(NAME=value, ...)`."""
    started: list[Asker] = []

    def start(**environment: str) -> Asker:
        settings = {"METAFLOW_CLIENT_CACHE_PATH": str(tmp_path / "cache"), **environment}
        started.append(Asker(remote.environment(**settings), tmp_path))
        return started[-1]

    yield start
    for asker in started:
        asker.close()
