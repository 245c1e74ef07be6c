"""Gate runs in forked processes: a server imports the libraries once, and each run is a child of it.

A run is a process of its own, which may be killed, limited or made another user, and costs no second of imports.

    python -m tests.integration.forked_gate      reads requests, one JSON object a line, and answers in kind
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import resource
import runpy
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
_NOBODY = 65534
_CAPABILITY_VERSION_3 = 0x20080522
_POLL = 0.005
_HUNG = 137
"""Exit status of a run that was killed at its limit of time."""
_WRITES = ("os.rename", "os.link", "os.remove", "os.mkdir", "os.truncate", "embedgate.fsync", "embedgate.tags")


@dataclass(frozen=True)
class Ended:
    """A gate run that has ended.

    Attributes:
        status: exit status; negative where a signal ended it.
        said: its standard output and error.
        seconds: how long it took.
    """

    status: int
    said: str
    seconds: float


class ForkedGate:
    """The client's side: starts the server, and runs gates.

    Args:
        environment: of the server and of all runs, complete.
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
        environment: Mapping[str, str] | None = None,
        limit: float = 60.0,
        **prepared: Any,
    ) -> Ended:
        """Run pytest in a folder and wait for its end.

        Args:
            folder: the working directory.
            arguments: of pytest.
            environment: variables beside those of the server.
            limit: seconds after which the run is killed; its status is then 137.
            prepared: what to do in the process first, see `_PREPARATIONS`; or `kill_after=seconds`.
        """
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        said = folder.parent / f".{folder.name}.said"
        request = {
            "folder": str(folder),
            "arguments": arguments,
            "environment": dict(environment or {}),
            "limit": limit,
            "said": str(said),
            **prepared,
        }
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        answer = json.loads(self._server.stdout.readline())
        return Ended(answer["status"], said.read_text("utf-8", "replace"), answer["seconds"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate(timeout=60)


def environment_of(home: Path, **more: str) -> dict[str, str]:
    """Return an environment for gate runs, without a datastore: a bare container's."""
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
    gc.collect()
    gc.freeze()  # a collection in a run need not copy what all runs share
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
        answers.write(json.dumps({"status": status, "seconds": time.monotonic() - began}) + "\n")
        answers.flush()


def import_everything() -> None:
    """Import what a gate run imports."""
    import matplotlib.pyplot as plt
    import openTSNE
    import pandas as pd
    import pyarrow.parquet
    import scipy.stats

    import embedgate.gate.startup
    import embedgate.report.figures.canvas
    import embedgate.sources.files

    _ = (plt, openTSNE, pd, pyarrow.parquet, scipy.stats)
    _ = (embedgate.gate.startup, embedgate.report.figures.canvas, embedgate.sources.files)
    if "METAFLOW_DATASTORE_SYSROOT_LOCAL" in os.environ:
        import embedgate.sources.metaflow_run

        _ = embedgate.sources.metaflow_run


def _await(child: int, began: float, request: Mapping[str, Any]) -> int:
    limit = began + request["limit"]
    kill = began + request["kill_after"] if "kill_after" in request else limit
    while True:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            break
        if time.monotonic() >= min(kill, limit):
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            break
        time.sleep(_POLL)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # processes that the run left behind
    if time.monotonic() >= limit:
        return _HUNG
    return os.waitstatus_to_exitcode(status)


def _run(request: Mapping[str, Any]) -> None:
    """Become a gate run; ends as `python -m pytest` does."""
    os.setsid()
    with open(request["said"], "wb") as said:  # noqa: PTH123
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
    os.chdir(request["folder"])
    os.environ.update(request["environment"])
    sys.argv = ["pytest", *request["arguments"]]
    sys.path.insert(0, "")
    for name, prepare in _PREPARATIONS.items():
        if name in request:
            prepare(request[name])
    try:
        runpy.run_module("pytest", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if "end_at_once" not in request:
            raise
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(ended.code or 0))  # nothing is torn down


def _stdout_to(path: str) -> None:
    target = os.open(path, os.O_WRONLY)
    os.dup2(target, 1)


def _limit_descriptors(number: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))


def _limit_file_size(number: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (number, number))


def _become_nobody(_: bool) -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)


def _obey_permissions(_: bool) -> None:
    """Give up root's right to ignore the permissions of files; the packages of root stay readable."""
    header, none = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    if os.geteuid() == 0 and ctypes.CDLL(None, use_errno=True).capset(header, none):
        raise OSError(ctypes.get_errno(), "capset")


def _without_map_process(_: bool) -> None:
    """Start no process for the map, where no check needs it."""
    from embedgate.gate.session import GateSession

    vars_of: Any = GateSession
    vars_of.start_map_process = lambda _: None


def _die_at(number: int) -> None:
    """End the process by SIGKILL at the n-th write, rename, link, removal, sync or change of tags."""
    count = 0

    def look(_: str) -> None:
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    _on_write(look)


def _count_writes(path: str) -> None:
    """Write each such operation into a file, a line each."""
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    _on_write(lambda name: os.write(log, f"{name}\n".encode()))


def _on_write(act: Callable[[str], object]) -> None:
    """Call back before each operation that changes a file or a tag."""
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

    cache = os.environ.get("METAFLOW_CLIENT_CACHE_PATH", os.devnull)  # its content depends on earlier runs

    def hook(event: str, given: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR)
        if (writes or event in _WRITES) and not str(given[0]).startswith(cache):
            act(f"{event} {given[0]}")

    sys.addaudithook(hook)


_PREPARATIONS: dict[str, Callable[[Any], None]] = {
    "stdout_to": _stdout_to,
    "limit_descriptors": _limit_descriptors,
    "limit_file_size": _limit_file_size,
    "without_map_process": _without_map_process,
    "count_writes": _count_writes,
    "die_at": _die_at,
    "become_nobody": _become_nobody,
    "obey_permissions": _obey_permissions,
}

if __name__ == "__main__":
    _serve()
