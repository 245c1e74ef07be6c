"""A local Metaflow datastore with real runs of a real flow, made once."""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.browsing import started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

HERE = Path(__file__).parent
FLOW = HERE / "flows" / "tiny_flow.py"
SOURCE = HERE.parents[1] / "src"


@dataclass(frozen=True)
class Datastore:
    """Runs of TinyFlow by role; each attribute but `root` and `home` is a run id."""

    root: Path
    home: Path
    broken: str
    """Ended well, without final_vectors, and with wrong columns in final_dataset; see tiny_flow.py for more."""
    others: str
    """Made by bob, all others by alice."""
    tagged: str
    """Bears the tag `champion` since after all others had ended."""
    older: str
    newest: str
    """Started after all of the above had ended: what the gate tests where nothing else is said."""
    failed_at_end: str
    """Started later still, as was `failed`."""
    failed: str

    def environment(self, **more: str) -> dict[str, str]:
        """Return an environment that names no user and no datastore: a bare container's."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PYTHONPATH": str(SOURCE),
            "PYTHONDONTWRITEBYTECODE": "1",
            "METAFLOW_CLIENT_CACHE_PATH": str(self.home / "cache"),
            **more,
        }


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
    root, home = tmp_path_factory.mktemp("datastore"), tmp_path_factory.mktemp("home")
    bare = Datastore(root, home, *[""] * 7).environment(METAFLOW_DATASTORE_SYSROOT_LOCAL=str(root))

    def start(user: str = "alice", **parameters: str) -> subprocess.Popen[str]:
        options = [word for name, value in parameters.items() for word in (f"--{name}", value)]
        return subprocess.Popen(
            [sys.executable, FLOW, "--no-pylint", "run", *options],
            env={**bare, "METAFLOW_USER": user},
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run_id(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        for line in process.stdout:
            if match := re.search(r"run-id (\d+)", line):
                return match[1]
        pytest.fail("the flow did not start")

    def end(process: subprocess.Popen[str], *, well: bool = True) -> None:
        output, _ = process.communicate(timeout=120)
        assert (process.returncode == 0) is well, output

    # All but the newest may share the processors; the failures need only start after it
    early = {
        "broken": start(broken="true"),
        "others": start(user="bob", seed="1"),
        "tagged": start(seed="2"),
        "older": start(seed="3"),
    }
    runs = {role: run_id(process) for role, process in early.items()}
    for process in early.values():
        end(process)
    late = {}
    for role, parameters in {
        "newest": {"seed": "4"},
        "failed_at_end": {"fail_at": "end"},
        "failed": {"fail_at": "start"},
    }.items():
        late[role] = start(**parameters)
        runs[role] = run_id(late[role])
    for role, process in late.items():
        end(process, well=role == "newest")
    subprocess.run(
        [sys.executable, FLOW, "--no-pylint", "tag", "add", "--run-id", runs["tagged"], "champion"],
        env={**bare, "METAFLOW_USER": "alice"},
        cwd=root,
        check=True,
        capture_output=True,
    )
    return Datastore(root=root, home=home, **runs)


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser of a module's own."""
    with started() as browser:
        yield browser
