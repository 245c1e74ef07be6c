"""Whether a run succeeded, and when it finished."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.errors import ArtifactMissing, RunNotFound
from embedgate.sources.artifact_data import data
from embedgate.sources.metaflow_client import answering, hidden, metadata, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaflow.client.core import Run, Task


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that succeeded.

    Attributes:
        run: the run.
        end: the task of its last step, which holds its artifacts.
        finished_at: when that task finished, in UTC.
    """

    run: Run
    end: Task
    finished_at: datetime

    @property
    def pathspec(self) -> str:
        """`Flow/123`."""
        return str(self.run.pathspec)


def finished(run: Run, *, after: datetime | None = None) -> FinishedRun | None:
    """See whether a run succeeded: seven requests, and one read from the datastore. Call it inside of `look_up`.

    Args:
        run: of any state.
        after: a run that finished by then is not looked at any further.

    Returns:
        None if it did not succeed, or finished too early.

    Raises:
        RunNotFound: if the run, or its data, was deleted.
        ServiceUnreachable: if the service or the datastore does not answer, or hides parts of the run.
    """
    with answering(f"whether run {run.pathspec} succeeded"), naming_deleted(run):
        end = _end_task(run)
        finished_at = end.finished_at if end else None
        if end is None or finished_at is None:
            refuse_deleted(run)
            _refuse_hidden_steps(run)
            return None
        finished_at = in_utc(finished_at)
        if (after is not None and finished_at <= after) or not _is_successful(end, run):
            return None
        return FinishedRun(run, end, finished_at)


def in_utc(moment: datetime) -> datetime:
    """Make a moment of the client aware: it gives local time without saying so."""
    return moment.astimezone(UTC)


@contextmanager
def naming_deleted(run: Run) -> Iterator[None]:
    """Raise RunNotFound for an error whose cause is that the run was deleted meanwhile."""
    try:
        yield
    except Exception:
        refuse_deleted(run)
        raise


def refuse_deleted(run: Run) -> None:
    """See that a run is still registered, where that takes no request: in a local datastore.

    Raises:
        RunNotFound: if it is not.
    """
    folder = _folder(run)
    if folder is not None and not (folder / "_meta").exists():
        raise RunNotFound(f"run {run.pathspec} is no longer in {place()}: it was deleted while it was read")


def _end_task(run: Run) -> Task | None:
    """Return the task of the run's last step; None if it did not come so far.

    `Run.end_task` does the same, but takes a failed request for an answer: it then looks for a step "end", and a
    run whose last step has another name seems not to have finished.
    """
    name = "end"
    try:
        parameters = run["_parameters"].task
        name = parameters.metadata_dict.get("end_step", name) if parameters else name
    except KeyError:
        pass  # a run of an old version of Metaflow
    try:
        return run[name].task
    except KeyError:
        return None


def _is_successful(end: Task, run: Run) -> bool:
    try:
        marker = end["_success"]
    except KeyError:
        return False
    try:
        return bool(data(marker, f"the mark of success of run {run.pathspec}"))
    except ArtifactMissing as error:
        raise RunNotFound(
            f"run {run.pathspec} is registered in {place()}, but its data was deleted from the datastore. "
            "Name another run, or run the flow again"
        ) from error


def _refuse_hidden_steps(run: Run) -> None:
    """See that no step or task is closed to us: the local provider passes over what it cannot look into.

    Raises:
        ServiceUnreachable: if one cannot be looked into, with its path.
    """
    folder = _folder(run)
    if folder is not None:
        for _ in os.walk(folder, onerror=_refuse_hidden):
            pass


def _refuse_hidden(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):  # deleted meanwhile
        raise hidden(Path(error.filename), error) from error


def _folder(run: Run) -> Path | None:
    """Where a local datastore keeps a run; None elsewhere."""
    provider, root = metadata()
    return Path(root, ".metaflow", *run.path_components) if provider == "local" else None
