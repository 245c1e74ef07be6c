"""All runs of a flow, or an error: a listing that leaves runs out would hide a champion."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.errors import ServiceUnreachable
from embedgate.sources.metaflow_client import answering, metadata, place

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
