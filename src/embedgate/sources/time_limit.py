"""A time limit for work that waits for a server: the work runs in a thread, which is abandoned at the limit."""

from __future__ import annotations

import contextvars
import threading
import time
from concurrent.futures import Future, wait
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

T = TypeVar("T")

WAKE_SECONDS = 0.2
"""A signal that arrives just before the main thread starts to wait does not wake it: it must not wait long."""


class LookUpTimeout(Exception):
    """A look-up did not end in time."""


def within(seconds: float, work: Callable[[], T], settings: AbstractContextManager[Any] | None = None) -> T:
    """Return the result of work; inside another look-up, the limit of that one applies.

    Args:
        seconds: the time limit.
        work: is run in its own thread. It calls `refuse_if_abandoned` before it changes something.
        settings: entered in that thread around the work.

    Raises:
        LookUpTimeout: if the work has not ended in time.
    """
    if isinstance(threading.current_thread(), _LookUp):
        return work()
    look_up = _LookUp(work, seconds, nullcontext() if settings is None else settings)
    try:
        look_up.start()
        while not look_up.result.done() and (left := look_up.ends - time.monotonic()) > 0:
            wait([look_up.result], min(left, WAKE_SECONDS))
    finally:  # after a KeyboardInterrupt too: nothing may be promoted once the user has pressed Ctrl-C
        look_up.is_abandoned = not look_up.result.done()
    if look_up.is_abandoned:
        raise LookUpTimeout
    return look_up.result.result()


def refuse_if_abandoned() -> None:
    """Raise LookUpTimeout in the thread of a look-up that was abandoned."""
    thread = threading.current_thread()
    if isinstance(thread, _LookUp) and thread.is_abandoned:
        raise LookUpTimeout


def shortened(seconds: float) -> float:
    """Shorten a time limit to the remaining time of the look-up."""
    thread = threading.current_thread()
    return max(0.1, min(seconds, thread.ends - time.monotonic())) if isinstance(thread, _LookUp) else seconds


class _LookUp(threading.Thread, Generic[T]):
    """A thread that does some work with limited settings; a thread pool would wait for it at exit."""

    def __init__(self, work: Callable[[], T], seconds: float, settings: AbstractContextManager[Any]) -> None:
        super().__init__(name="embedgate look-up", daemon=True)
        self.ends = time.monotonic() + seconds
        self.is_abandoned = False
        self.result: Future[T] = Future()
        self._work, self._settings, self._context = work, settings, contextvars.copy_context()

    def run(self) -> None:
        """Do the work."""
        try:
            with self._settings:
                result = self._context.run(self._work)
        except BaseException as error:  # noqa: BLE001 - raised again where the result is read
            self.result.set_exception(error)
        else:
            self.result.set_result(result)
