"""What a run holds: its artifacts, its record, how it ended."""

from __future__ import annotations

import math
import traceback
from itertools import islice
from numbers import Real
from typing import TYPE_CHECKING, cast

from embedgate.errors import ArtifactMissing, ServiceUnreachable, UnavailableError
from embedgate.sources.latest import in_utc
from embedgate.sources.metaflow_client import answering, listed, metadata, nearest, place, without_password
from embedgate.sources.resolve import RunRecord
from embedgate.sources.unreadable import unreadable

if TYPE_CHECKING:
    from metaflow.client.core import Run, Task

TASKS_ASKED = 20
"""Tasks of a step that are asked whether they failed: a foreach may have thousands."""


def artifact(run: Run, name: str, setting: str = "") -> object:
    """Load an artifact as the run's end holds it.

    Args:
        run: a run that ended well.
        name: of the artifact.
        setting: which setting names it, for the message.

    Raises:
        ArtifactMissing: if the run holds none of that name.
        ArtifactUnreadable: if it cannot be unpickled here.
        ServiceUnreachable: if the service or the datastore does not answer.
    """
    with answering(f"artifact {name!r} of run {run.pathspec}"):
        end = cast("Task", run.end_task)  # it is there, since the run ended well
        try:
            handle = end[name]
        except KeyError as error:
            raise ArtifactMissing(_no_such_artifact(run, end, name, setting)) from error
    try:
        return handle.data
    except Exception as error:
        where = called(name, run)
        if _while_fetching(error):
            raise ServiceUnreachable(_not_in_datastore(end, where, error)) from error
        raise unreadable(error, where, _made_with(run)) from error


def called(name: str, run: Run) -> str:
    """Name an artifact in a message."""
    return f"artifact {name!r} of run {run.pathspec}"


def record(run: Run) -> RunRecord:
    """Describe a run that ended well."""
    with answering(f"the description of run {run.pathspec}"):
        finished_at = run.finished_at
    provider, info = metadata()
    users = [tag.removeprefix("user:") for tag in run.system_tags if tag.startswith("user:")]
    return RunRecord(
        source="metaflow",
        pathspec=run.pathspec,
        finished_at=in_utc(finished_at) if finished_at else None,
        user=users[0] if users else None,
        tags=tuple(sorted(run.user_tags)),
        system_tags=tuple(sorted(run.system_tags)),
        metric=_metric(run),
        metadata=f"{provider}@{without_password(info)}",
    )


def how_it_ended(run: Run) -> str:
    """Say at which step a run failed, and of what, or how far it came."""
    with answering(f"the steps of run {run.pathspec}"):
        steps = list(run)
        for step in steps:
            for task in islice(step, TASKS_ASKED):
                if "_success" in task and not task.successful:
                    last_line = str(task.exception or "").strip().rpartition("\n")[2]
                    return f"it failed at step {step.id!r}" + (f": {last_line}" if last_line else "")
    at = f"it came to step {steps[0].id!r}" if steps else "it has come to no step"
    return f"it has not finished: {at}, and is running still or was killed"


def _no_such_artifact(run: Run, end: Task, name: str, setting: str) -> str:
    names = sorted(found.id for found in end)
    elsewhere = [step.id for step in run if step.task and name in step.task]
    lost = (
        f" Step {elsewhere[0]!r} has it, but it does not reach the end: a join drops artifacts unless it "
        "calls merge_artifacts or assigns them anew."
        if elsewhere
        else ""
    )
    return (
        f"run {run.pathspec} in {place()} ends with no artifact {name!r}{nearest(name, names)}; "
        f"it holds {listed(names)}.{lost}" + (f" The name is set by {setting}" if setting else "")
    )


def _while_fetching(error: Exception) -> bool:
    """Tell a blob that could not be fetched from one that could not be unpickled.

    The client makes both one call and raises whatever comes; a missing blob of a local datastore is a bare
    TypeError. Its load_blobs is where the datastore is asked, before anything is unpickled.
    """
    return any(frame.name == "load_blobs" for frame in traceback.extract_tb(error.__traceback__))


def _not_in_datastore(end: Task, where: str, error: Exception) -> str:
    facts = end.metadata_dict
    return (
        f"{where} is known to {place()}, but its data could not be fetched from the {facts.get('ds-type')} "
        f"datastore {facts.get('ds-root')}: {type(error).__name__}: {error}. The datastore does not answer, the "
        "data was deleted, or the run was made on another machine"
    )


def _made_with(run: Run) -> str:
    """Versions that Metaflow records of its own accord; those of packages are not among them."""
    versions = dict(tag.split(":", 1) for tag in run.system_tags if "_version:" in tag)
    recorded = {"Python": versions.get("python_version"), "metaflow": versions.get("metaflow_version")}
    return ", ".join(f"{name} {version}" for name, version in recorded.items() if version)


def _metric(run: Run) -> float | None:
    """Value of `test_metric`, which is shown and judged by nobody: whatever is wrong with it is no error."""
    try:
        value = artifact(run, "test_metric")
    except UnavailableError:
        return None
    return float(value) if isinstance(value, Real) and math.isfinite(value) else None
