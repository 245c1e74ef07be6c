"""One run: whether it succeeded, its artifacts, its record, and why it did not succeed."""

from __future__ import annotations

import math
import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.errors import ArtifactMissing, ArtifactUnreadable, RunNotFound
from embedgate.sources import metaflow_limits
from embedgate.sources.metaflow_client import (
    answering,
    local_folder,
    look_up,
    metadata,
    place,
    unreadable,
    without_password,
)
from embedgate.sources.metaflow_names import listed, nearest
from embedgate.sources.records import RunRecord
from embedgate.sources.run_artifacts import data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaflow.client.core import DataArtifact, Run, Task

    from embedgate.sources.run_artifacts import Reading

TASKS_ASKED = 20
"""Tasks of a step that are examined for a failure: a foreach may have thousands."""
_RECORDED = {"python": "Python", "metaflow": "metaflow"}


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that succeeded.

    Attributes:
        run: the run.
        end: the task of its last step, which has its artifacts.
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
    """Return the run if it succeeded, and finished after the given time. Call it inside `look_up`.

    This takes seven requests, and one read from the datastore.

    Raises:
        RunNotFound: if the run, or its data, was deleted.
        ServiceUnreachable: if the service or the datastore does not answer, or hides parts of the run.
    """
    with answering(f"the outcome of run {run.pathspec}"), naming_deleted(run):
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


def artifact(finished: FinishedRun, name: str, setting: str = "", read: Reading | None = None) -> object:
    """Load an artifact from the last task of a run.

    Args:
        finished: the run.
        name: of the artifact.
        setting: the setting that names it, for messages.
        read: reads the pickle in another way; see `run_artifacts.data`.

    Raises:
        ArtifactMissing: if the run has no artifact of this name, or its data was deleted.
        ArtifactUnreadable: if it is damaged, or cannot be unpickled here.
        RunNotFound: if the run was deleted.
        ServiceUnreachable: if the service or the datastore does not answer.
    """
    where = display_name(name, finished)

    def fetch() -> object:
        with answering(where), naming_deleted(finished.run):
            # Metaflow records its own version and Python's, not those of packages
            versions = dict(tag.split("_version:", 1) for tag in finished.run.system_tags if "_version:" in tag)
            made_with = [f"{title} {versions[key]}" for key, title in _RECORDED.items() if key in versions]
            return data(_described(finished, name, setting), where, ", ".join(made_with), read)

    return look_up(where, fetch, metaflow_limits.DATA_SECONDS)


def display_name(name: str, run: FinishedRun) -> str:
    """Return the name of an artifact in messages."""
    return f"artifact {name!r} of run {run.pathspec}"


def record(finished: FinishedRun) -> RunRecord:
    """Describe a run that succeeded."""
    provider, info = metadata()
    run = finished.run
    users = [tag.removeprefix("user:") for tag in run.system_tags if tag.startswith("user:")]
    return RunRecord(
        source="metaflow",
        pathspec=run.pathspec,
        finished_at=finished.finished_at,
        user=users[0] if users else None,
        tags=tuple(sorted(run.user_tags)),
        system_tags=tuple(sorted(run.system_tags)),
        metric=_metric(finished),
        metadata=f"{provider}@{without_password(info)}",
    )


def how_it_ended(run: Run) -> str:
    """Return the step and the error of a failed run, or the last step that it reached. Call it inside `look_up`."""
    with answering(f"the steps of run {run.pathspec}"):
        steps = list(run)
        for step in steps:
            for task in islice(step, TASKS_ASKED):
                try:
                    if _value(task, "_success") is False:
                        last_line = str(_value(task, "_exception") or "").strip().rpartition("\n")[2]
                        return f"it failed at step {step.id!r}" + (f": {last_line}" if last_line else "")
                except (ArtifactMissing, ArtifactUnreadable) as error:
                    return f"how step {step.id!r} ended is unknown: {error}"
    reached = f"it reached step {steps[0].id!r}" if steps else "it has reached no step"
    return f"it has not finished: {reached}, and is still running or was killed"


def in_utc(moment: datetime) -> datetime:
    """Convert a datetime of the client, which is naive and in local time, to an aware one in UTC."""
    return moment.astimezone(UTC)


@contextmanager
def naming_deleted(run: Run) -> Iterator[None]:
    """Raise RunNotFound instead of another error if the run was deleted in the meantime."""
    try:
        yield
    except Exception:
        refuse_deleted(run)
        raise


def refuse_deleted(run: Run) -> None:
    """Raise RunNotFound if a run is no longer in a local datastore; a service would need another request."""
    folder = local_folder(*run.path_components)
    if folder is not None and not (folder / "_meta").exists():
        raise RunNotFound(
            f"run {run.pathspec} is no longer in {place()}: it was deleted while it was read. Test another run"
        )


def _end_task(run: Run) -> Task | None:
    """Return the task of the run's last step; None if the run did not reach it.

    `Run.end_task` does the same, but ignores a failed request: it then looks for a step "end", and a run whose last
    step has another name seems unfinished.
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
        return bool(data(marker, f"the artifact '_success' of run {run.pathspec}"))
    except ArtifactMissing as error:
        raise RunNotFound(
            f"run {run.pathspec} is registered in {place()}, but its data was deleted from the datastore. "
            "Test another run, or run the flow again"
        ) from error


def _refuse_hidden_steps(run: Run) -> None:
    """Raise ServiceUnreachable if a step or task cannot be read: the local provider skips it."""

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # deleted in the meantime
            raise unreadable(Path(error.filename), error) from error

    folder = local_folder(*run.path_components)
    if folder is not None:
        for _ in os.walk(folder, onerror=refuse):
            pass


def _value(task: Task, name: str) -> object:
    """Return the value of one of Metaflow's own artifacts; None if the task does not have it."""
    try:
        described = task[name]
    except KeyError:
        return None
    return data(described, f"artifact {name!r} of task {task.pathspec}")


def _described(finished: FinishedRun, name: str, setting: str) -> DataArtifact:
    try:
        return finished.end[name]
    except KeyError as error:
        refuse_deleted(finished.run)
        raise ArtifactMissing(_no_such_artifact(finished, name, setting)) from error
    except ValueError as error:
        if metadata()[0] != "local":
            raise  # an answer that is not JSON does not come from the service
        raise ArtifactUnreadable(
            f"the description of {display_name(name, finished)} in {place()} is damaged: {type(error).__name__}: "
            f"{error}. Restore it from a backup, or run the flow again"
        ) from error


def _no_such_artifact(finished: FinishedRun, name: str, setting: str) -> str:
    names = sorted(found.id for found in finished.end)
    elsewhere = next((step.id for step in finished.run if step.task and name in step.task), None)
    lost = (
        f" Step {elsewhere!r} has it, but it does not reach the end: a join drops artifacts unless it "
        "calls merge_artifacts or assigns them again."
        if elsewhere
        else ""
    )
    return (
        f"run {finished.pathspec} in {place()} has no artifact {name!r}{nearest(name, names)}; "
        f"its artifacts are {listed(names)}.{lost}" + (f" The name is set by {setting}" if setting else "")
    )


def _metric(finished: FinishedRun) -> float | None:
    """Return the value of `test_metric`. It is shown, not judged, so it may be missing or damaged."""
    try:
        value = artifact(finished, "test_metric")
    except (ArtifactMissing, ArtifactUnreadable):
        return None
    return float(value) if isinstance(value, Real) and math.isfinite(value) else None
