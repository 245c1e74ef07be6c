"""The garbage collector, kept off what lives to the end of the run: libraries and a model, millions of objects.

It would look through all of them a dozen times, which on a small model is a fifth of the whole run.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def made_to_last() -> Iterator[None]:
    """Exclude the objects made inside from all collections, now and later."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def nothing_left_to_collect() -> None:
    """The process is about to end: what there is now goes with it, and pytest need not collect it five times."""
    gc.freeze()
