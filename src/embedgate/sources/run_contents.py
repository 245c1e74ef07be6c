"""What a run holds: its artifacts, its record, how it ended."""

from __future__ import annotations

import math
from itertools import islice
from numbers import Real
from typing import TYPE_CHECKING

from embedgate.errors import ArtifactMissing, ArtifactUnreadable
from embedgate.sources import limits
from embedgate.sources.artifact_data import data
from embedgate.sources.finished_run import naming_deleted, refuse_deleted
from embedgate.sources.metaflow_client import answering, listed, look_up, metadata, nearest, place, without_password
from embedgate.sources.resolve import RunRecord

if TYPE_CHECKING:
    from metaflow.client.core import DataArtifact, Run, Task

    from embedgate.sources.finished_run import FinishedRun

TASKS_ASKED = 20
"""Tasks of a step that are asked whether they failed: a foreach may have thousands."""


def artifact(finished: FinishedRun, name: str, setting: str = "") -> object:
    """Load an artifact as the run's end holds it.

    Args:
        finished: a run that succeeded.
        name: of the artifact.
        setting: which setting names it, for the message.

    Raises:
        ArtifactMissing: if the run holds none of that name, or its data was deleted.
        ArtifactUnreadable: if it is damaged, or cannot be unpickled here.
        RunNotFound: if the run was deleted.
        ServiceUnreachable: if the service or the datastore does not answer.
    """
    where = called(name, finished)

    def fetch() -> object:
        with answering(where), naming_deleted(finished.run):
            return data(_described(finished, name, setting), where, _made_with(finished.run))

    return look_up(where, fetch, limits.DATA_SECONDS)


def called(name: str, run: FinishedRun) -> str:
    """Name an artifact in a message."""
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
    """Say at which step a run failed, and of what, or how far it came. Call it inside of `look_up`."""
    with answering(f"the steps of run {run.pathspec}"):
        steps = list(run)
        for step in steps:
            for task in islice(step, TASKS_ASKED):
                try:
                    if _value(task, "_success") is False:
                        last_line = str(_value(task, "_exception") or "").strip().rpartition("\n")[2]
                        return f"it failed at step {step.id!r}" + (f": {last_line}" if last_line else "")
                except (ArtifactMissing, ArtifactUnreadable) as error:
                    return f"how step {step.id!r} ended is not known: {error}"
    at = f"it came to step {steps[0].id!r}" if steps else "it has come to no step"
    return f"it has not finished: {at}, and is running still or was killed"


def _value(task: Task, name: str) -> object:
    """Value of an artifact of Metaflow's own; None where the task has none."""
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
            raise  # what a service answered is no JSON: it is not the service that answers
        raise ArtifactUnreadable(
            f"the description of {called(name, finished)} in {place()} is damaged: {type(error).__name__}: {error}. "
            "Restore it from a backup, or run the flow again"
        ) from error


def _no_such_artifact(finished: FinishedRun, name: str, setting: str) -> str:
    names = sorted(found.id for found in finished.end)
    elsewhere = [step.id for step in finished.run if step.task and name in step.task]
    lost = (
        f" Step {elsewhere[0]!r} has it, but it does not reach the end: a join drops artifacts unless it "
        "calls merge_artifacts or assigns them anew."
        if elsewhere
        else ""
    )
    return (
        f"run {finished.pathspec} in {place()} has no artifact {name!r}{nearest(name, names)}; "
        f"its artifacts are {listed(names)}.{lost}" + (f" The name is set by {setting}" if setting else "")
    )


def _made_with(run: Run) -> str:
    """Versions that Metaflow records of its own accord; those of packages are not among them."""
    versions = dict(tag.split(":", 1) for tag in run.system_tags if "_version:" in tag)
    recorded = {"Python": versions.get("python_version"), "metaflow": versions.get("metaflow_version")}
    return ", ".join(f"{name} {version}" for name, version in recorded.items() if version)


def _metric(finished: FinishedRun) -> float | None:
    """Value of `test_metric`, which is shown and judged by nobody: that it is missing or damaged is no error."""
    try:
        value = artifact(finished, "test_metric")
    except (ArtifactMissing, ArtifactUnreadable):
        return None
    return float(value) if isinstance(value, Real) and math.isfinite(value) else None
