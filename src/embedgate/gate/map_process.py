"""A process that computes the map while the gate evaluates checks.

A thread would wait for the interpreter lock at every step of t-SNE. The process communicates over its standard
streams. If it dies, its future raises an error at once; if the gate dies, the process ends.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import Future
from io import BytesIO
from threading import Thread
from typing import IO, TYPE_CHECKING

import numpy as np

from embedgate.material.tsne_map import TrackMap, lay_out, warm_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LENGTH = 8  # bytes of the length before the input
_NAMES_ERROR = re.compile(r"^[\w.]*(?:Error|Exception|Exit)\b.*", re.MULTILINE)


class MapProcessError(RuntimeError):
    """The process ended without a map."""


class MapProcess:
    """A process that computes one map. It imports its packages at once, while the model is loaded."""

    def __init__(self) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - open until the process is stopped
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter and this module
            # -P: a module in the user's working directory must not replace one of ours
            [sys.executable, "-P", "-c", f"from {__name__} import serve; serve()"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def lay_out(self, tracks: NDArray[np.intp], unit: NDArray[np.float32]) -> Future[TrackMap | None]:
        """Compute the map in the process, as `embedgate.material.tsne_map.lay_out` does. Call it only once.

        Returns:
            The future map; `MapProcessError` if the process ends without one.
        """
        future: Future[TrackMap | None] = Future()
        future.set_running_or_notify_cancel()
        Thread(target=self._fulfil, args=(future, tracks, unit), daemon=True).start()
        return future

    def _fulfil(self, future: Future[TrackMap | None], tracks: NDArray[np.intp], unit: NDArray[np.float32]) -> None:
        try:
            future.set_result(self._compute(tracks, unit))
        except Exception as error:  # noqa: BLE001 - any error belongs to the caller that waits for the map
            future.set_exception(error)

    def _compute(self, tracks: NDArray[np.intp], unit: NDArray[np.float32]) -> TrackMap | None:
        stdin, stdout = self._streams
        content = BytesIO()
        np.savez(content, tracks=tracks, unit=unit)
        try:
            stdin.write(content.tell().to_bytes(_LENGTH, "big") + content.getbuffer())
            stdin.flush()
        except OSError:
            pass  # the process has ended: its output is empty below, and its stderr contains the reason
        raw = stdout.read()
        if self._process.wait() != 0:
            raise MapProcessError(f"the process that computes the map ended early: {self._reason()}")
        if not raw:
            return None
        with np.load(BytesIO(raw), allow_pickle=False) as found:
            return TrackMap(
                found["tracks"],
                found["positions"],
                float(found["divergence"]),
                bool(found["converged"]),
                float(found["perplexity"]),
            )

    @property
    def _streams(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process.stdin is None or self._process.stdout is None:
            raise MapProcessError("the process that computes the map has no streams")
        return self._process.stdin, self._process.stdout

    def _reason(self) -> str:
        """Return the line of the traceback that names the error, else the last line, else the exit status."""
        self._stderr.seek(0)
        text = self._stderr.read().decode("utf-8", "replace").strip()
        named = _NAMES_ERROR.findall(text) or text.splitlines()
        return str(named[-1]) if named else f"exit status {self._process.returncode}"

    def stop(self) -> None:
        """Kill the process, and wait until it has ended."""
        self._process.kill()
        self._process.wait()
        for stream in (*self._streams, self._stderr):
            try:
                stream.close()
            except OSError:
                continue  # unsent input is no longer needed


def serve() -> None:
    """Read the input from stdin, compute the map, and write it to stdout; runs in the child process."""
    warm_up()
    given = sys.stdin.buffer
    length = int.from_bytes(given.read(_LENGTH), "big")
    content = given.read(length)
    if not length or len(content) < length:
        return  # the gate has ended
    Thread(target=_end_with_gate, daemon=True).start()
    with np.load(BytesIO(content), allow_pickle=False) as found:
        layout = lay_out(found["tracks"], found["unit"])
    if layout is not None:
        out = BytesIO()
        np.savez(
            out,
            tracks=layout.tracks,
            positions=layout.positions,
            divergence=layout.divergence,
            converged=layout.converged,
            perplexity=layout.perplexity,
        )
        sys.stdout.buffer.write(out.getbuffer())
        sys.stdout.buffer.flush()


def _end_with_gate() -> None:
    """Exit when the gate ends: stdin is closed even if the gate is killed."""
    os.read(sys.stdin.fileno(), 1)  # unbuffered: the lock of the buffer would block the end of the interpreter
    os._exit(1)
