"""A run of a Metaflow flow becomes the model under test."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.errors import NoSuccessfulRun, RunNotFound, RunNotSuccessful, UsageError
from embedgate.sources.all_runs import all_runs
from embedgate.sources.artifacts import playlists_from, space_from
from embedgate.sources.champion import find_champion
from embedgate.sources.finished_run import finished
from embedgate.sources.latest import FAILURES, latest_successful, started
from embedgate.sources.metaflow_client import (
    answering,
    listed,
    look_up,
    metadata,
    nearest,
    open_flow,
    place,
    refuse_closed,
)
from embedgate.sources.names import check_flow, check_label, check_run
from embedgate.sources.resolve import LoadedModel, Request, RunRecord
from embedgate.sources.run_contents import artifact, called, how_it_ended, record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metaflow.client.core import Flow, Run

    from embedgate.material.space import EmbeddingSpace
    from embedgate.sources.finished_run import FinishedRun


def load(request: Request) -> LoadedModel:
    """Find the requested run, and read vectors and playlists from its last task.

    Raises:
        UsageError: if no flow is named, or a name is none that a flow, run, tag or namespace can have.
        RunNotSuccessful: if a run is named that did not succeed.
        UnavailableError: if the flow, a run or an artifact is unavailable.
    """
    run = find(request)
    space = _space(run, request)
    frame = artifact(run, request.playlists_artifact, "[model] playlists")
    playlists = playlists_from(frame, called(request.playlists_artifact, run))
    return LoadedModel(record(run), space, playlists)


def load_vectors(request: Request) -> tuple[RunRecord, EmbeddingSpace]:
    """Find the requested run, and read its vectors alone.

    Raises:
        UsageError: if no flow is named, or a name is none that a flow, run, tag or namespace can have.
        RunNotSuccessful: if a run is named that did not succeed.
        UnavailableError: if the flow, a run or the artifact is unavailable.
    """
    run = find(request)
    space = _space(run, request)
    return record(run), space


def load_champion(request: Request) -> tuple[RunRecord, EmbeddingSpace] | None:
    """Find the champion of the tested run's flow, and read its vectors alone; None where there is none.

    Raises:
        UsageError: if no flow is named.
        UnavailableError: if runs or the champion's vectors are unavailable.
    """
    flow_name, _ = _names(request)
    run = find_champion(flow_name)
    return None if run is None else (record(run), _space(run, request))


def find(request: Request) -> FinishedRun:
    """Find the run: the named one, or the latest successful one (with the tag).

    Raises:
        UsageError: if no flow is named, or a name is none that a flow, run, tag or namespace can have.
        RunNotSuccessful: if a run is named that did not succeed.
        FlowNotFound: if there is no such flow.
        RunNotFound: if there is no such run, or none with the tag, or none in the namespace.
        NoSuccessfulRun: if there are such runs, and none of them succeeded.
        MetaflowUnusable: if Metaflow is not configured as it must be.
        ServiceUnreachable: if the metadata service or the datastore does not answer.
    """
    flow_name, run_id = _names(request)

    def ask() -> FinishedRun:
        flow = open_flow(flow_name)
        return _latest(flow, request) if run_id is None else _named(flow, run_id, request.namespace)

    return look_up(f"run {flow_name}/{run_id}" if run_id else f"the latest successful run of {flow_name}", ask)


def _latest(flow: Flow, request: Request) -> FinishedRun:
    candidates = _bearing(request.tag, _inside(request.namespace, _newest_first(flow), flow.id), flow.id)
    run = latest_successful(candidates)
    if run is None:
        newest = candidates[0]
        looked = "" if len(candidates) <= FAILURES else f" (only the newest {FAILURES:,} were looked at)"
        raise NoSuccessfulRun(
            f"none of the {len(candidates):,} runs of {flow.id}{_narrowed(request)} in {place()} "
            f"succeeded{looked}. Of the newest, {newest.pathspec}: {how_it_ended(newest)}"
        )
    return run


def _space(run: FinishedRun, request: Request) -> EmbeddingSpace:
    obj = artifact(run, request.vectors_artifact, "[model] vectors")
    return space_from(obj, called(request.vectors_artifact, run))


def _names(request: Request) -> tuple[str, str | None]:
    flow, run = request.flow, request.run
    if run is not None and "/" in run:
        flow, run = run.split("/", 1)
    if not flow:
        raise UsageError("no flow is configured: set [model] flow in quality_checks.toml, --gate-flow or Flow/ID")
    if run is not None and (not run or "/" in run):
        raise UsageError(f"{request.run!r} does not name a run: write Flow/ID or ID, as in {flow}/123")
    check_flow(flow)
    if run is not None:
        check_run(run)
    check_label(request.tag, "the tag of the run to test (--gate-tag)")
    check_label(request.namespace, "the namespace (--gate-namespace)")
    return flow, run


def _newest_first(flow: Flow) -> list[Run]:
    runs = sorted(all_runs(flow), key=started, reverse=True)
    if not runs:
        raise RunNotFound(f"flow {flow.id!r} in {place()} has no run yet: run it first")
    return runs


def _named(flow: Flow, run_id: str, namespace: str | None) -> FinishedRun:
    with answering(f"run {flow.id}/{run_id}"):
        try:
            run = flow[run_id]
        except KeyError as error:
            if metadata()[0] == "local":
                refuse_closed(Path(metadata()[1], ".metaflow", flow.id, run_id, "_meta", "_self.json"))
            ids = [run.id for run in sorted(flow.runs(), key=started, reverse=True)]
            raise RunNotFound(
                f"flow {flow.id!r} in {place()} has no run {run_id}{nearest(run_id, ids)}; "
                f"the newest are {listed(ids)}"
            ) from error
    _inside(namespace, [run], flow.id)
    found = finished(run)
    if found is None:
        raise RunNotSuccessful(f"run {run.pathspec} did not succeed: {how_it_ended(run)}. Test a successful run")
    return found


def _inside(namespace: str | None, runs: list[Run], flow_name: str) -> list[Run]:
    """Keep the runs of a namespace, which is a tag of theirs like any other."""
    if namespace is None:
        return runs
    inside = [run for run in runs if namespace in run.tags]
    if not inside:
        what = f"run {runs[0].pathspec} is" if len(runs) == 1 else f"all {len(runs):,} runs of {flow_name} are"
        theirs = _counted(tag for run in runs for tag in run.system_tags if tag.startswith(("user:", "production:")))
        raise RunNotFound(
            f"{what} outside the namespace {namespace!r}; there are runs of {theirs}. "
            "Leave --gate-namespace out to look in all"
        )
    return inside


def _bearing(tag: str | None, runs: list[Run], flow_name: str) -> list[Run]:
    if tag is None:
        return runs
    bearing = [run for run in runs if tag in run.tags]
    if not bearing:
        tags = [tag for run in runs for tag in run.user_tags]
        raise RunNotFound(
            f"none of the {len(runs):,} runs of {flow_name} in {place()} is tagged "
            f"{tag!r}{nearest(tag, set(tags))}; tags in use: {_counted(tags)}"
        )
    return bearing


def _narrowed(request: Request) -> str:
    tag = f" tagged {request.tag!r}" if request.tag else ""
    return tag + (f" in namespace {request.namespace!r}" if request.namespace else "")


def _counted(names: Iterable[str]) -> str:
    return listed(f"{name} ({count:,})" for name, count in Counter(names).most_common())
