"""All runs of a flow, or an error: a listing that leaves runs out would hide a champion."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.errors import RunNotFound, ServiceUnreachable
from embedgate.sources.latest import started
from embedgate.sources.metaflow_client import answering, metadata, open_flow, place

if TYPE_CHECKING:
    from metaflow.client.core import Flow, Run


def all_runs(flow: Flow) -> list[Run]:
    """List the runs of a flow, as they are now.

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
        raise _hidden(folder, error) from error
    for run in runs:
        try:
            (run / "_meta" / "_self.json").stat()
        except (FileNotFoundError, NotADirectoryError):
            continue  # no run, or one that is being made or deleted
        except OSError as error:
            raise _hidden(run, error) from error


def _hidden(path: Path, error: OSError) -> ServiceUnreachable:
    return ServiceUnreachable(
        f"{place()} cannot be read whole: {path}: {error.strerror or error}. What is hidden there may be the "
        "champion: give whoever runs this the right to read it"
    )


def tagged_runs(flow: str, tag: str) -> list[str]:
    """Pathspecs of the runs of a flow that ended well and bear a tag, in the order in which they started.

    Raises:
        FlowNotFound: if there is no such flow.
        RunNotFound: if no run that ended well bears the tag.
        ServiceUnreachable: if the metadata service or the datastore does not answer, or hides some runs.
    """
    bearing = [run for run in all_runs(open_flow(flow)) if tag in run.user_tags]
    with answering(f"which runs of {flow} that bear {tag!r} ended well"):
        found = [run.pathspec for run in sorted(bearing, key=started) if run.successful]
    if not found:
        raise RunNotFound(f"no run of {flow} that ended well bears the tag {tag!r} ({len(bearing)} runs bear it)")
    return found
