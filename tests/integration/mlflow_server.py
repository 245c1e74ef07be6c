"""A real MLflow server on SQLite, and a proxy in front of it that breaks off before or after a request."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import requests

START_SECONDS = 600.0
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # needs another package
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "GIT_PYTHON_REFRESH": "quiet",
}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class MlflowServer:
    """A server process. It may be killed, and started again with the same database.

    Args:
        folder: for the database, the artifacts and the log.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        options = {
            "backend-store-uri": f"sqlite:///{self.folder}/mlflow.db",
            "artifacts-destination": str(self.folder / "artifacts"),
            "host": "127.0.0.1",
            "port": str(self.port),
            "workers": "1",
        }
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "mlflow", "server", *(f"--{key}={value}" for key, value in options.items())],
                env={**os.environ, **ENVIRONMENT},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        ends = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, self._log()
            assert time.monotonic() < ends, self._log()
            time.sleep(0.1)
        return self

    def kill(self) -> None:
        """Kill the server and its worker."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/health", timeout=5).ok
        except requests.RequestException:
            return False

    def _log(self) -> str:
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")[-3000:]


class Proxy:
    """Forwards requests to a server until it breaks off.

    Args:
        url: of the server.

    Attributes:
        writes: paths of the requests that changed something in the registry, or stored an artifact.
        act: called before and after each of them, with its number and whether it was forwarded; may set `is_down`.
        is_down: whether connections are closed without an answer.
    """

    def __init__(self, url: str) -> None:
        self.writes: list[str] = []
        self.act: Callable[[int, bool], None] = lambda _number, _after: None
        self.is_down = False
        self._to = url
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def break_at(self, number: int, *, after: bool) -> None:
        """Be down from the n-th write on: before the server gets it, or after the server has done it."""
        self.writes.clear()

        def act(now: int, done: bool) -> None:
            self.is_down = self.is_down or (now, done) == (number, after)

        self.act = act

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> requests.Response | None:
        """Return the answer of the server; None if the connection is to be closed."""
        written = ("/registered-models/", "/model-versions/", "/mlflow-artifacts/")
        is_write = method != "GET" and any(each in path for each in written) and "/search" not in path
        if is_write:
            self.writes.append(path)
        number = len(self.writes)
        if is_write:
            self.act(number, False)
        if self.is_down:
            return None
        answer = requests.request(method, self._to + path, headers=headers, data=body, timeout=60)
        if is_write:
            self.act(number, True)
        return None if self.is_down else answer


class _Handler(BaseHTTPRequestHandler):
    proxy: Proxy

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        try:
            answer = self.proxy.forward(self.command, self.path, headers, body)
        except requests.RequestException:  # the server was killed
            answer = None
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status_code)
        for name in ("Content-Type",):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _forward  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Log nothing."""
