"""Gate runs in forked processes: a server imports the libraries once, and forks a process for each run.

Each run is a separate process, which can be killed or limited, without the cost of the imports.

    python -m tests.integration.forked_gate      # reads requests and writes answers, one JSON object per line
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import resource
import runpy
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).resolve().parents[2]
_CAPABILITY_VERSION_3 = 0x20080522
_HUNG = 137
"""Exit status of a run that was killed at its time limit."""
_WRITES = ("os.rename", "os.link", "os.remove", "os.mkdir", "os.truncate", "embedgate.fsync", "embedgate.tags")


@dataclass(frozen=True)
class GateRun:
    """The result of a gate run.

    Attributes:
        folder: the working directory.
        status: exit status; negative if a signal ended it.
        output: standard output and standard error.
    """

    folder: Path
    status: int
    output: str

    @property
    def verdict(self) -> dict[str, Any]:
        """The content of verdict.json."""
        found: dict[str, Any] = json.loads((self.folder / "verdict.json").read_text(encoding="utf-8"))
        return found


@dataclass(frozen=True)
class Ended(GateRun):
    """The result of a gate run in a forked process.

    Attributes:
        seconds: duration.
        process: process ID.
    """

    seconds: float
    process: int


class ForkedGate:
    """A client that starts the server and requests gate runs.

    Args:
        environment: complete environment of the server and all runs.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.forked_gate"],
            cwd=ROOT,
            env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(
        self,
        folder: Path,
        *arguments: str,
        program: str = "pytest",
        environment: Mapping[str, str] | None = None,
        limit: float = 60.0,
        **prepared: Any,
    ) -> Ended:
        """Run pytest in a folder and return the result.

        Args:
            folder: the working directory.
            arguments: arguments of pytest.
            program: module that is run instead of pytest, as by `python -m`.
            environment: additional variables. Metaflow reads them, because the server does not import it.
            limit: seconds after which the run is killed, with exit status 137.
            prepared: preparations of the process, see `_PREPARATIONS`, or `kill_after=seconds`.
        """
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        output = folder.parent / f".{folder.name}.output"
        request = {
            "folder": str(folder),
            "arguments": arguments,
            "program": program,
            "environment": dict(environment or {}),
            "limit": limit,
            "output": str(output),
            **prepared,
        }
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        answer = json.loads(self._server.stdout.readline())
        text = output.read_text("utf-8", "replace")
        output.unlink()
        return Ended(folder, answer["status"], text, answer["seconds"], answer["process"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate(timeout=60)


def environment_of(home: Path, **more: str) -> dict[str, str]:
    """Return an environment for gate runs as in a container, without a user name and a datastore."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src"))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "METAFLOW_CLIENT_CACHE_PATH": str(home / "cache"),
        **more,
    }


# -- the server --


def _serve() -> None:
    import_everything()
    _import_plugins()
    gc.collect()
    gc.freeze()  # garbage collection in a run would copy shared memory
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            answers.close()
            _run(request)
        status = _await(child, began, request)
        answers.write(json.dumps({"status": status, "seconds": time.monotonic() - began, "process": child}) + "\n")
        answers.flush()


def import_everything() -> None:
    """Import the modules of a gate run except Metaflow, which reads the environment when it is imported."""
    import matplotlib.patheffects
    import matplotlib.pyplot as plt
    import openTSNE
    import pandas as pd
    import pyarrow.parquet
    import scipy.stats

    import embedgate.gate.startup
    import embedgate.report.figures
    import embedgate.sources.files

    _ = (matplotlib.patheffects, plt, openTSNE, pd, pyarrow.parquet, scipy.stats)
    _ = (embedgate.gate.startup, embedgate.sources.files)
    for module in pkgutil.iter_modules(embedgate.report.figures.__path__, f"{embedgate.report.figures.__name__}."):
        importlib.import_module(module.name)


def _import_plugins() -> None:
    """Import what the plugins of pytest and Metaflow import, and compile the templates of the report."""
    import botocore.session
    import execnet
    import hypothesis
    import PIL.Image
    import requests

    from embedgate.report import templating

    _ = (botocore.session, execnet, hypothesis, requests)
    PIL.Image.init()
    templates = templating._environment()
    for name in templates.list_templates():
        templates.get_template(name)


def _await(child: int, began: float, request: Mapping[str, Any]) -> int:
    """Wait for a run, kill it at its time limit, and return its exit status."""
    limit = began + request["limit"]
    kill = began + request.get("kill_after", request["limit"])
    descriptor = os.pidfd_open(child)
    ended, _, _ = select.select([descriptor], [], [], max(0.0, kill - time.monotonic()))
    os.close(descriptor)
    if not ended:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # orphaned processes of the run
    return _HUNG if time.monotonic() >= limit else os.waitstatus_to_exitcode(status)


def _run(request: Mapping[str, Any]) -> None:
    """Run a program in this process, as `python -m` does."""
    os.setsid()
    with open(request["output"], "wb") as output:  # noqa: PTH123
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    with open(os.devnull, "rb") as null:  # noqa: PTH123
        os.dup2(null.fileno(), 0)
    os.chdir(request["folder"])
    os.environ.update(request["environment"])
    time.tzset()
    sys.argv = [request["program"], *request["arguments"]]
    sys.path.insert(0, "")
    for name, prepare in _PREPARATIONS.items():
        if name in request:
            prepare(request[name])
    try:
        runpy.run_module(request["program"], run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if "end_at_once" not in request:
            raise
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(ended.code or 0))  # skips the shutdown of the interpreter


def _stdout_to(path: str) -> None:
    os.dup2(os.open(path, os.O_WRONLY), 1)


def _stderr_to(path: str) -> None:
    os.dup2(os.open(path, os.O_WRONLY), 2)


def _stdout_without_reader(_: bool) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    os.dup2(writer, 1)


def _limit_descriptors(number: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))


def _limit_file_size(number: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (number, number))


def _obey_permissions(_: bool) -> None:
    """Drop the capabilities with which root ignores permissions; packages of root stay readable."""
    header, none = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    if os.geteuid() == 0 and ctypes.CDLL(None, use_errno=True).capset(header, none):
        raise OSError(ctypes.get_errno(), "capset")


def _without_map_process(_: bool) -> None:
    """Start no process for the map, which is then computed in this process if it is needed."""
    from embedgate.gate.session import GateSession

    vars_of: Any = GateSession
    vars_of.start_map_process = lambda _: None


def _die_at(number: int) -> None:
    """Kill the process before its n-th write, rename, link, removal, sync or tag change."""
    count = 0

    def look(_: str) -> None:
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    _on_write(look)


def _count_writes(path: str) -> None:
    """Log these operations to a file, one per line."""
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    _on_write(lambda name: os.write(log, f"{name}\n".encode()))


def _on_write(act: Callable[[str], object]) -> None:
    """Call `act` before each operation that changes a file or a tag."""
    real_sync = os.fsync

    def fsync(descriptor: Any) -> None:
        sys.audit("embedgate.fsync", descriptor)
        real_sync(descriptor)
        sys.audit("embedgate.fsync", descriptor)

    os.fsync = fsync  # type: ignore[assignment]
    with contextlib.suppress(ImportError):
        from metaflow.client.core import Run

        real_tags = Run.replace_tags

        def replace_tags(run: Any, *arguments: Any, **named: Any) -> None:
            sys.audit("embedgate.tags", run)
            real_tags(run, *arguments, **named)
            sys.audit("embedgate.tags", run)

        Run.replace_tags = replace_tags

    cache = os.environ.get("METAFLOW_CLIENT_CACHE_PATH", os.devnull)  # depends on earlier runs

    def hook(event: str, given: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR)
        if (writes or event in _WRITES) and not str(given[0]).startswith(cache):
            act(f"{event} {given[0]}")

    sys.addaudithook(hook)


_PREPARATIONS: dict[str, Callable[[Any], None]] = {
    "stdout_to": _stdout_to,
    "stderr_to": _stderr_to,
    "stdout_without_reader": _stdout_without_reader,
    "limit_descriptors": _limit_descriptors,
    "limit_file_size": _limit_file_size,
    "without_map_process": _without_map_process,
    "count_writes": _count_writes,
    "die_at": _die_at,
    "obey_permissions": _obey_permissions,
}

if __name__ == "__main__":
    _serve()
