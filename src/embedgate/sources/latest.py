"""Which run is the latest that succeeded, without asking about all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from embedgate.sources.finished_run import FinishedRun, finished, in_utc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metaflow.client.core import Run

FAILURES = 500
"""Runs looked at before giving up on finding one that succeeded."""
OVERTAKEN = 50
"""Runs looked at behind the first that succeeded: so many others may overtake the one that ends last."""
LONGEST = timedelta(days=14)
"""No run is thought to take longer."""


def latest_successful(runs: Iterable[Run]) -> FinishedRun | None:
    """Return the run that finished last, among those that succeeded. Call it inside of `look_up`.

    The client lists all runs of a flow in one request, but asking one whether it succeeded takes seven more, and
    a look into the datastore. So the runs are asked newest first by their *start*, which is known, and the
    search ends as soon as no older start can have an end that is later:

    - The end decides, since a long run may end after one that started later. A run can only do so if it
      started less than its own length before that end: those that started more than LONGEST before the best
      end so far are out. At most OVERTAKEN runs are looked at for this.
    - Runs that failed, or run still, are passed over; after FAILURES of them, with none that succeeded, the
      search gives up.

    The start is not taken from `created_at` where that can be helped: the local metadata provider rewrites it
    whenever a run is tagged, and would put the tagged run first.

    Returns:
        The run, or None where none succeeded.

    Raises:
        RunNotFound: if the data of a run was deleted, so that it cannot be told whether it succeeded.
        ServiceUnreachable: if the service or the datastore does not answer.
    """
    best: FinishedRun | None = None
    behind = 0
    for position, run in enumerate(sorted(runs, key=started, reverse=True)):
        if best is None:
            if position == FAILURES:
                break
        else:
            behind += 1
            if behind > OVERTAKEN or started(run) < best.finished_at - LONGEST:
                break
        best = finished(run, after=best.finished_at if best else None) or best
    return best


def started(run: Run) -> datetime:
    """When a run started: the id of a local run says so in microseconds; elsewhere `created_at` does not move."""
    if run.id.isdigit() and len(run.id) == 16:  # the numbers of a metadata service never grow that long
        return datetime.fromtimestamp(int(run.id) / 1e6, tz=UTC)
    return in_utc(run.created_at)
