"""The process that lays the map out: it starts early, knows nothing of the main script, and ends with its parent.

A process, not a thread: a thread would wait for the interpreter at every one of t-SNE's steps.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread
from types import ModuleType
from typing import TYPE_CHECKING

from embedgate.material.tsne_map import warm_up

if TYPE_CHECKING:
    from collections.abc import Iterator


def start_map_process() -> ProcessPoolExecutor:
    """Start the process; it imports what it needs at once, while the model is still being fetched."""
    executor = ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"), initializer=_begin)
    with _main_kept_out():
        executor.submit(int)
    return executor


def _begin() -> None:
    Thread(target=_end_with_parent, daemon=True).start()
    warm_up()


def _end_with_parent() -> None:
    """Wait for the parent's end: one that is killed cannot say so, and its output would stay open for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _main_kept_out() -> Iterator[None]:
    """Keep the main script out of a process that is spawned: one that calls `pytest.main` would call it again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
