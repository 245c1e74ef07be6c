"""The artifacts of a run, and the flows that have a successful one, for a config that is yet to be written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from metaflow import Metaflow, namespace

from embedgate.errors import ArtifactMissing, ArtifactUnreadable
from embedgate.sources.finished_run import artifact
from embedgate.sources.metaflow_client import answering, look_up, open_flow
from embedgate.sources.run_lookup import all_runs, find, latest_successful

if TYPE_CHECKING:
    from embedgate.sources.records import Request


@dataclass(frozen=True, eq=False)
class RunContents:
    """A run and its artifacts.

    Attributes:
        pathspec: `Flow/123`.
        objects: the artifacts of its last task by name.
        unreadable: why an artifact could not be loaded, by name.
    """

    pathspec: str
    objects: dict[str, object] = field(repr=False)
    unreadable: dict[str, str]


def contents_of(request: Request) -> RunContents:
    """Find the requested run, and load all artifacts of its last task.

    Raises what `run_lookup.find` raises.
    """
    run = find(request)

    def names_of() -> list[str]:
        with answering(f"the artifacts of run {run.pathspec}"):
            return sorted(each.id for each in run.end if not each.id.startswith("_"))

    objects: dict[str, object] = {}
    unreadable: dict[str, str] = {}
    for name in look_up(f"the artifacts of run {run.pathspec}", names_of):
        try:
            objects[name] = artifact(run, name)
        except (ArtifactMissing, ArtifactUnreadable) as error:
            unreadable[name] = str(error)
    return RunContents(run.pathspec, objects, unreadable)


def flows_with_a_run() -> list[str]:
    """Return the names of the flows with a successful run, in alphabetical order.

    Raises:
        UnavailableError: if the metadata service or the datastore does not answer.
    """

    def flows() -> list[str]:
        namespace(None)
        with answering("the list of flows"):
            names = sorted(flow.id for flow in Metaflow())
        return [name for name in names if latest_successful(all_runs(open_flow(name))) is not None]

    return look_up("the list of flows", flows)
