"""An HTTP proxy that simulates faults of networks and servers.

`proxy.faults` chooses the fault of each request by its number, counted from 1, and its path. A fault is a function of
the request's handler: it delays the request, closes the connection, answers instead of the server, hangs, sends one
byte at a time, or kills the client with SIGKILL.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

CLIENT = "X-Client-Pid"
"""Header with the process ID of the client, which some faults kill."""
HANGS = 60.0
"""Maximum duration of a hanging request in seconds, unless the client disconnects earlier."""
_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "expect")


class FaultProxy:
    """A proxy that forwards requests to a server, except those with a fault."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        assert parts.hostname
        self.upstream = (parts.hostname, parts.port or 80)
        self.faults: Callable[[int, str], Fault | None] = no_faults
        self.asked: list[str] = []
        self._lock = threading.Lock()
        handler = type("Handler", (Handler,), {"proxy": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reset(self, faults: Callable[[int, str], Fault | None] | None = None) -> None:
        """Reset the request count, and set other faults or none."""
        with self._lock:
            self.asked = []
            self.faults = faults or no_faults

    def next_fault(self, request: str) -> Fault | None:
        with self._lock:
            self.asked.append(request)
            return self.faults(len(self.asked), request)


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    proxy: FaultProxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        self._body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.proxy.next_fault(f"{self.command} {self.path}")
        (fault or forward)(self)

    do_POST = do_PUT = do_PATCH = do_HEAD = do_DELETE = do_GET  # noqa: N815 - http.server's names

    def ask(self) -> tuple[int, dict[str, str], bytes]:
        """Send the request to the server, and return status, headers and body of the response."""
        connection = http.client.HTTPConnection(*self.proxy.upstream, timeout=HANGS)
        try:
            # the client's Host is kept, because S3 signs it
            kept = {
                name: value for name, value in self.headers.items() if name.lower() not in (*_HOP, CLIENT.lower())
            }
            connection.request(self.command, self.path, body=self._body or None, headers=kept)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Send a response to the client."""
        self.send_response(status)
        length = headers.get("Content-Length", str(len(body))) if self.command == "HEAD" else str(len(body))
        for name, value in headers.items():
            if name.lower() not in (*_HOP, "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def hang_up(self) -> None:
        """Close the connection without a response."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def wait(self, seconds: float) -> None:
        """Wait until the client disconnects or the time is over."""
        self.close_connection = True
        ends = time.monotonic() + seconds
        self.connection.settimeout(0.05)
        while time.monotonic() < ends:
            try:
                if not self.connection.recv(1):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def log_message(self, *_: object) -> None:
        """Log nothing."""


Fault = Callable[[Handler], None]


def no_faults(_: int, __: str) -> Fault | None:
    """Forward every request."""
    return None


def forward(handler: Handler) -> None:
    handler.answer(*handler.ask())


def delay(seconds: float) -> Fault:
    def late(handler: Handler) -> None:
        time.sleep(seconds)
        forward(handler)

    return late


def answer(status: int, body: bytes = b"", **headers: str) -> Fault:
    """Answer instead of the server; keyword arguments such as `Retry_After="1"` become headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.answer(status, named, body)


def cut(handler: Handler) -> None:
    """Close the connection without an answer."""
    handler.hang_up()


def cut_after(handler: Handler) -> None:
    """Forward the request, and close the connection without a response."""
    handler.ask()
    handler.hang_up()


def cut_short(handler: Handler) -> None:
    """Send half of the response."""
    status, headers, body = handler.ask()
    handler.send_response(status)
    for name, value in headers.items():
        if name.lower() not in _HOP:
            handler.send_header(name, value)
    handler.send_header("Content-Length", str(max(len(body), 2)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    handler.hang_up()


def hang(handler: Handler) -> None:
    """Keep the connection open without a response."""
    handler.wait(HANGS)


def hang_after(handler: Handler) -> None:
    """Forward the request, and keep the connection open without a response."""
    handler.ask()
    handler.wait(HANGS)


def trickle(handler: Handler) -> None:
    """Send a response that never ends, slowly but without long pauses."""
    handler.close_connection = True
    started = time.monotonic()
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    try:
        while time.monotonic() - started < HANGS:
            handler.wfile.write(b"X-Slow: 1\r\n")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass  # the client disconnected


def kill(handler: Handler) -> None:
    """Kill the client before the server receives the request."""
    _kill_client(handler)


def kill_after(handler: Handler) -> None:
    """Kill the client after the server has processed the request."""
    handler.ask()
    _kill_client(handler)


def _kill_client(handler: Handler) -> None:
    os.kill(int(handler.headers[CLIENT]), signal.SIGKILL)
    handler.hang_up()
