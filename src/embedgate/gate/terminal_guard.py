"""Protect the verdict and the exit status if stdout or stderr cannot be written to.

Stdout may be closed (`>&-`), full (`/dev/full`), or a pipe whose reader has ended (`| head -1`). After the
first write that fails, the rest of the output is dropped.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any, TextIO

import pytest

_NULL = pytest.StashKey[dict[str, TextIO]]()
_STREAMS = ("stdout", "stderr")


class GuardedStream:
    """A text stream that drops its text once a write has failed.

    Args:
        stream: the wrapped stream, which provides all other attributes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_lost = False

    def write(self, text: str) -> int:
        """Write text, or drop it."""
        if not self._is_lost:
            try:
                return self._stream.write(text)
            except OSError:
                self._lose()
        return len(text)

    def flush(self) -> None:
        """Write the buffered text, or drop it."""
        if not self._is_lost:
            try:
                self._stream.flush()
            except OSError:
                self._lose()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any attribute of the stream
        return getattr(self._stream, name)

    def _lose(self) -> None:
        """Redirect the stream to the null device, so that flushing its buffer at the end does not fail."""
        self._is_lost = True
        with suppress(OSError, ValueError):  # a stream without a file has no buffer to flush
            descriptor = self._stream.fileno()
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, descriptor)
            os.close(null)
            self._stream.flush()


def guard_terminal(config: pytest.Config) -> None:
    """Guard the stdout of a gate run; call it before pytest creates its terminal reporter.

    If stdout or stderr were closed when the interpreter started, the null device replaces them.
    """
    closed = [name for name in _STREAMS if getattr(sys, name) is None]
    nulls: dict[str, TextIO] = {name: open(os.devnull, "w", encoding="utf-8") for name in closed}  # noqa: SIM115, PTH123
    config.stash[_NULL] = nulls
    for name, null in nulls.items():
        setattr(sys, name, null)
        setattr(sys, f"__{name}__", null)  # pytest's faulthandler needs this one
    guarded, before = GuardedStream(sys.stdout), sys.stdout
    sys.stdout = guarded

    def restore() -> None:
        guarded.flush()
        if sys.stdout is guarded:  # pytest's capture may have restored the original
            sys.stdout = before

    config.add_cleanup(restore)


def leave_null_device(config: pytest.Config) -> None:
    """Replace closed streams by the null device again: pytest flushes stdout at its end.

    Call it after pytest's capture has restored the streams.
    """
    for name, null in config.stash.get(_NULL, {}).items():
        setattr(sys, name, null)


def write_to_stderr(text: str) -> None:
    """Write a line to stderr, if it can be written to."""
    if sys.stderr is not None:  # None: closed
        guarded = GuardedStream(sys.stderr)
        guarded.write(f"{text}\n")
        guarded.flush()
