"""A proxy before an HTTP server that does what networks and servers do on bad days.

`proxy.faults` decides for each request what happens to it, by its number, counted from 1, and its path. A fault is a
function that gets the handler of the request; those here delay it, cut it off, answer in the server's place, hang,
send a byte at a time, or kill the client with SIGKILL.
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
"""Header by which a client tells whom to kill."""
HANGS = 60.0
"""Seconds that a hanging request takes at most, if the client does not hang up before."""
_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "expect")


class FaultProxy:
    """Forwards requests to a server, unless it is told otherwise."""

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
        """Count anew, with other faults, or none."""
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
        """Send the request to the server, and return its answer."""
        connection = http.client.HTTPConnection(*self.proxy.upstream, timeout=HANGS)
        try:
            # with the client's Host: S3 signs it
            kept = {
                name: value for name, value in self.headers.items() if name.lower() not in (*_HOP, CLIENT.lower())
            }
            connection.request(self.command, self.path, body=self._body or None, headers=kept)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Answer the client."""
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
        """End the connection without an answer."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def wait(self, seconds: float) -> None:
        """Wait until the client hangs up, at most for so long."""
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
        """Stay silent."""


Fault = Callable[[Handler], None]


def no_faults(_: int, __: str) -> Fault | None:
    """Let everything pass."""
    return None


def forward(handler: Handler) -> None:
    handler.answer(*handler.ask())


def delay(seconds: float) -> Fault:
    def late(handler: Handler) -> None:
        time.sleep(seconds)
        forward(handler)

    return late


def answer(status: int, body: bytes = b"", **headers: str) -> Fault:
    """Answer in the server's place; `Retry_After="1"` becomes a header."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.answer(status, named, body)


def cut(handler: Handler) -> None:
    """End the connection without an answer."""
    handler.hang_up()


def cut_after(handler: Handler) -> None:
    """Let the server do what it is asked, and lose its answer."""
    handler.ask()
    handler.hang_up()


def cut_short(handler: Handler) -> None:
    """Send half of the answer."""
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
    """Keep the connection, and say nothing."""
    handler.wait(HANGS)


def hang_after(handler: Handler) -> None:
    """Let the server do what it is asked, and say nothing of it."""
    handler.ask()
    handler.wait(HANGS)


def trickle(handler: Handler) -> None:
    """Send one byte of the answer after the other, so slowly that it never ends, yet without a pause."""
    handler.close_connection = True
    started = time.monotonic()
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    try:
        while time.monotonic() - started < HANGS:
            handler.wfile.write(b"X-Slow: 1\r\n")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass  # the client hung up


def kill(handler: Handler) -> None:
    """Kill the client before the server learns of its request."""
    _kill_client(handler)


def kill_after(handler: Handler) -> None:
    """Kill the client as soon as the server has done what it was asked."""
    handler.ask()
    _kill_client(handler)


def _kill_client(handler: Handler) -> None:
    os.kill(int(handler.headers[CLIENT]), signal.SIGKILL)
    handler.hang_up()
