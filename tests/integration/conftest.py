"""A local Metaflow datastore with real runs of a real flow, made once."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.browsing import launched
from tests.integration.tiny_runs import FLOW, SOURCE, Datastore, make_datastore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

__all__ = ["FLOW", "SOURCE", "Asker", "Datastore"]

HERE = Path(__file__).parent


class Asker:
    """A process that resolves requests, in an environment and a working directory of its own."""

    def __init__(self, environment: dict[str, str], cwd: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, HERE / "answer_requests.py"],
            env=environment,
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, **request: Any) -> dict[str, Any]:
        self.send(**request)
        return self.receive()

    def send(self, **request: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def end(self) -> int:
        """Wait for an end that it comes to by itself, and return its exit status."""
        return self._process.wait(timeout=60)

    def close(self) -> None:
        self._process.communicate(timeout=10)


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """Collect what a gate run in this very process has left behind: it took this process for its own."""
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def datastore(tmp_path_factory: pytest.TempPathFactory) -> Datastore:
    return make_datastore(tmp_path_factory.mktemp("datastore"), tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def ask(datastore: Datastore) -> Iterator[Asker]:
    """Resolve requests where the datastore is, without a user name."""
    asker = Asker(datastore.environment(), datastore.root)
    yield asker
    asker.close()


@pytest.fixture
def ask_from(datastore: Datastore) -> Iterator[Any]:
    """Start an Asker elsewhere: `ask_from(cwd, NAME=value, ...)`."""
    started: list[Asker] = []

    def start(cwd: Path, **environment: str) -> Asker:
        started.append(Asker(datastore.environment(**environment), cwd))
        return started[-1]

    yield start
    for asker in started:
        asker.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of all tests; each test opens pages of its own."""
    with launched() as browser:
        yield browser
