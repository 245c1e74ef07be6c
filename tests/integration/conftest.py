"""Fixtures: a local Metaflow datastore with real runs, and folders for gate runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.browsing import launched
from tests.integration.forked_gate import import_everything
from tests.integration.outputs import Outputs
from tests.integration.suite import GateFolder, GateRun, copy_suite, run_pytest
from tests.integration.tiny_runs import FLOW, SOURCE, Datastore, make_datastore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.conftest import SampleFiles

__all__ = ["FLOW", "SOURCE", "Asker", "Datastore"]

HERE = Path(__file__).parent

import_everything()  # pytester unloads modules that a gate run in this process imports; numpy cannot be loaded twice


class Asker:
    """A process that resolves requests, with its own environment and working directory."""

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
        """Wait until the process exits, and return its exit status."""
        return self._process.wait(timeout=60)

    def close(self) -> None:
        self._process.communicate(timeout=10)


@pytest.fixture(scope="session")
def datastore(tmp_path_factory: pytest.TempPathFactory) -> Datastore:
    return make_datastore(tmp_path_factory.mktemp("datastore"), tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def ask(datastore: Datastore) -> Iterator[Asker]:
    """A process that resolves requests in the datastore, without a user name."""
    asker = Asker(datastore.environment(), datastore.root)
    yield asker
    asker.close()


@pytest.fixture
def ask_from(datastore: Datastore) -> Iterator[Any]:
    """A function that starts an Asker in another environment: `ask_from(cwd, NAME=value, ...)`."""
    started: list[Asker] = []

    def start(cwd: Path, **environment: str) -> Asker:
        started.append(Asker(datastore.environment(**environment), cwd))
        return started[-1]

    yield start
    for asker in started:
        asker.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser that all tests share; each test opens its own pages."""
    with launched() as browser:
        yield browser


@pytest.fixture
def gate(pytester: pytest.Pytester, sound: SampleFiles) -> GateFolder:
    """A folder for gate runs on a sound model."""
    return GateFolder(pytester, sound)


@pytest.fixture
def outputs(pytester: pytest.Pytester, sound: SampleFiles, monkeypatch: pytest.MonkeyPatch) -> Outputs:
    """A folder for gate runs with the checks of the floor and custom checks."""
    return Outputs(pytester, sound, monkeypatch)


@pytest.fixture(scope="session")
def sound_run(sound_with_map: SampleFiles, tmp_path_factory: pytest.TempPathFactory) -> GateRun:
    """A gate run of the whole suite on a sound model."""
    folder = copy_suite(tmp_path_factory.mktemp("sound_run"))
    return run_pytest(folder, "quality_checks", *sound_with_map.arguments)
