"""All runs of a flow, or an error: a listing that leaves runs out would hide a champion."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.errors import RunNotFound
from embedgate.sources.finished_run import finished
from embedgate.sources.latest import started
from embedgate.sources.metaflow_client import answering, hidden, look_up, metadata, open_flow, refuse_closed

if TYPE_CHECKING:
    from metaflow.client.core import Flow, Run


def all_runs(flow: Flow) -> list[Run]:
    """List the runs of a flow, as they are now. Call it inside of `look_up`.

    Raises:
        ServiceUnreachable: if the service or the datastore does not answer, or hides some of them.
    """
    provider, info = metadata()
    with answering(f"the runs of {flow.id}"):
        runs = list(flow.runs())
    if provider == "local":
        _refuse_hidden(Path(info) / ".metaflow" / flow.id)
    return runs


def _refuse_hidden(folder: Path) -> None:
    """See that no folder is closed to us: the local provider passes over what it cannot look into.

    Args:
        folder: of the flow, with a folder a run.

    Raises:
        ServiceUnreachable: if one cannot be looked into, with its path.
    """
    try:
        runs = sorted(folder.iterdir())
    except OSError as error:
        raise hidden(folder, error) from error
    for run in runs:
        refuse_closed(run / "_meta" / "_self.json")  # missing: no run, or one that is being made or deleted


def tagged_runs(flow: str, tag: str) -> list[str]:
    """Return the pathspecs of the successful runs of a flow that have a tag, in the order in which they started.

    Raises:
        FlowNotFound: if there is no such flow.
        RunNotFound: if no successful run has the tag.
        ServiceUnreachable: if the metadata service or the datastore does not answer, or hides some runs.
    """

    def find() -> tuple[int, list[str]]:
        tagged = [run for run in all_runs(open_flow(flow)) if tag in run.user_tags]
        return len(tagged), [run.pathspec for run in sorted(tagged, key=started) if finished(run)]

    count, found = look_up(f"the runs of {flow} tagged {tag!r}", find)
    if not found:
        raise RunNotFound(f"no successful run of {flow} is tagged {tag!r} ({count} unsuccessful runs are)")
    return found
