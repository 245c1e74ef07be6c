"""A process in the environment of a peer that compares one candidate after another.

    python -P benchmarks/power/peers/runner.py SCRIPT

The process runs SCRIPT, which defines `compare`, and writes a line. It then reads lines with the paths of two .npy
files, champion and candidate, and writes a line with each answer: `alarm`, `score`, `seconds` and `error`. It runs in
the environment of a peer, and imports only the standard library. Scripts are run by path, because deepchecks installs
a package that is called `benchmarks`; without -P, `import deepchecks` would find the script deepchecks.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from runpy import run_path
from threading import Timer
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import IO, Self

_SECONDS_TO_IMPORT = 300.0


class Runner:
    """A process that compares candidates, seen from outside; a context manager.

    Args:
        python: interpreter of the environment.
        script: file that defines `compare`.
        seconds: time limit per candidate.
        environment: environment variables; None: those of this process.
        log: file to which the peer's own output is added.

    Raises:
        RuntimeError: the script fails.
    """

    def __init__(
        self, python: Path, script: Path, seconds: float, *, environment: Mapping[str, str] | None, log: Path
    ) -> None:
        self._command = [str(python), "-P", __file__, str(script)]
        self._seconds = seconds
        self._environment = environment
        self._log = log
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self, champion: Path, candidate: Path) -> dict[str, Any]:
        """Return the answer of the peer.

        A process that ends is an alarm, like an error of the peer. Without an answer within the time limit, `alarm`
        is None. The next question starts another process.
        """
        if self._process.poll() is not None:
            self._start()
        started = perf_counter()
        line = self._answer(json.dumps([str(champion), str(candidate)]), self._seconds)
        if line:
            return dict(json.loads(line))
        seconds = perf_counter() - started
        self._process.communicate()
        if seconds >= self._seconds:
            return {"alarm": None, "score": None, "seconds": seconds, "error": "no answer within the time limit"}
        status = self._process.returncode
        return {"alarm": True, "score": None, "seconds": seconds, "error": f"exit status {status}"}

    def _start(self) -> None:
        with self._log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        if not self._answer(None, _SECONDS_TO_IMPORT):
            self._process.communicate()
            raise RuntimeError(f"{self._command[-1]} fails: see {self._log}")

    def _answer(self, question: str | None, seconds: float) -> str:
        """Return a line, or an empty string if the process ends or the time is over."""
        timer = Timer(seconds, self._process.kill)
        timer.start()
        try:
            if question is not None:
                with suppress(BrokenPipeError):  # the process has ended: there is no line to read
                    _pipe(self._process.stdin).write(question + "\n")
                    _pipe(self._process.stdin).flush()
            return _pipe(self._process.stdout).readline()
        finally:
            timer.cancel()


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None  # noqa: S101 - opened as a pipe
    return stream


def serve(script: Path) -> None:
    """Answer questions from stdin with the result of `compare`: whether there is an alarm, and a score."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # peers print to stdout
    compare: Callable[[Path, Path], tuple[bool, float]] = run_path(str(script))["compare"]
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        champion, candidate = map(Path, json.loads(line))
        started, error = perf_counter(), None
        alarm: bool = True
        score: float | None = None
        try:
            alarm, score = compare(champion, candidate)
        except Exception as raised:  # noqa: BLE001 - whatever a peer raises is its answer
            error = f"{type(raised).__name__}: {str(raised).strip().partition(chr(10))[0]}"
        answer = {"alarm": alarm, "score": score, "seconds": perf_counter() - started, "error": error}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
