"""Fixtures: a local Metaflow datastore with real runs, and folders for gate runs."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration import answer_requests
from tests.integration.browsing import launched
from tests.integration.forked_gate import ROOT, ForkedGate, GateRun, environment_of, import_everything
from tests.integration.installed_wheel import Installed, build, install
from tests.integration.outputs import Outputs
from tests.integration.suite import GateFolder, copy_suite, run_pytest
from tests.integration.tiny_runs import FLOW, SOURCE, Datastore, make_datastore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.conftest import SampleFiles

__all__ = ["FLOW", "SOURCE", "Asker", "Datastore"]

import_everything()  # pytester unloads modules that a gate run in this process imports; numpy cannot be loaded twice


_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload([answer_requests.__name__])


class Asker:
    """A process that resolves requests, with its own environment and working directory."""

    def __init__(self, environment: dict[str, str], cwd: Path) -> None:
        self._connection, theirs = _FORKED.Pipe()
        self._process = _FORKED.Process(target=answer_requests.serve, args=(theirs, environment, str(cwd)))
        self._process.start()
        theirs.close()

    def __call__(self, **request: Any) -> dict[str, Any]:
        self.send(**request)
        return self.receive()

    def send(self, **request: Any) -> None:
        self._connection.send(json.dumps(request))

    def receive(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._connection.recv())
        return answer

    def end(self) -> int | None:
        """Wait until the process exits, and return its exit status."""
        self._process.join(timeout=60)
        return self._process.exitcode

    def close(self) -> None:
        self._connection.close()
        assert self.end() is not None


@pytest.fixture(scope="session")
def datastore(tmp_path_factory: pytest.TempPathFactory) -> Datastore:
    """Runs that all workers of pytest-xdist share; a test that changes one copies the datastore."""
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    roles = shared / "datastore.json"
    with (shared / "datastore.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not roles.exists():
            made = make_datastore(shared / "datastore", shared / "home")
            roles.write_text(json.dumps({name: str(value) for name, value in asdict(made).items()}), encoding="utf-8")
    found = json.loads(roles.read_text(encoding="utf-8"))
    return Datastore(**found | {"root": Path(found["root"]), "home": tmp_path_factory.mktemp("home")})


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
def forked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedGate]:
    """Gate runs in forked processes."""
    with ForkedGate(environment_of(tmp_path_factory.mktemp("home"))) as forked:
        yield forked


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


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in a new environment, which uses the dependencies in the environment of the tests."""
    return install(wheel, tmp_path_factory.mktemp("environment"))
