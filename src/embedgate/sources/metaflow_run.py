"""A run of a Metaflow flow becomes the model under test."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from embedgate.errors import NoSuccessfulRun, RunNotFound, RunNotSuccessful, UsageError
from embedgate.sources.artifacts import playlists_from, space_from
from embedgate.sources.champion import find_champion
from embedgate.sources.latest import FAILURES, latest_successful, started
from embedgate.sources.metaflow_client import answering, listed, nearest, open_flow, place
from embedgate.sources.resolve import LoadedModel, Request, RunRecord
from embedgate.sources.run_contents import artifact, called, how_it_ended, record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metaflow.client.core import Flow, Run

    from embedgate.material.space import EmbeddingSpace


def load(request: Request) -> LoadedModel:
    """Find the run that is asked for, and read vectors and playlists from its end.

    Raises:
        UsageError: if no flow is named, or the run is named in no way that can be read.
        RunNotSuccessful: if a run is named that did not end well.
        UnavailableError: if the flow, a run or an artifact cannot be had.
    """
    run = find(request)
    space = _space(run, request)
    frame = artifact(run, request.playlists_artifact, "[model] playlists")
    playlists = playlists_from(frame, called(request.playlists_artifact, run))
    return LoadedModel(record(run), space, playlists)


def load_vectors(request: Request) -> tuple[RunRecord, EmbeddingSpace]:
    """Find the run that is asked for, and read its vectors alone.

    Raises:
        UsageError: if no flow is named, or the run is named in no way that can be read.
        RunNotSuccessful: if a run is named that did not end well.
        UnavailableError: if the flow, a run or the artifact cannot be had.
    """
    run = find(request)
    space = _space(run, request)
    return record(run), space


def load_champion(request: Request) -> tuple[RunRecord, EmbeddingSpace] | None:
    """Find the champion of the tested run's flow, and read its vectors alone; None where there is none.

    Raises:
        UsageError: if no flow is named.
        UnavailableError: if runs or the champion's vectors cannot be had.
    """
    flow_name, _ = _names(request)
    run = find_champion(flow_name)
    return None if run is None else (record(run), _space(run, request))


def find(request: Request) -> Run:
    """Find the run: the one that is named, or the latest that ended well (and bears the tag).

    Raises:
        UsageError: if no flow is named, or the run is named in no way that can be read.
        RunNotSuccessful: if a run is named that did not end well.
        FlowNotFound: if there is no such flow.
        RunNotFound: if there is no such run, or none with the tag, or none in the namespace.
        NoSuccessfulRun: if there are such runs, and none of them ended well.
        MetaflowUnusable: if no metadata service is configured where one is needed.
        ServiceUnreachable: if the metadata service or the datastore does not answer.
    """
    flow_name, run_id = _names(request)
    flow = open_flow(flow_name)
    if run_id is not None:
        return _named(flow, run_id, request.namespace)
    runs = _newest_first(flow)
    candidates = _bearing(request.tag, _inside(request.namespace, runs, flow_name), flow_name)
    run = latest_successful(candidates)
    if run is None:
        newest = candidates[0]
        looked = "" if len(candidates) <= FAILURES else f" (only the newest {FAILURES:,} were looked at)"
        raise NoSuccessfulRun(
            f"none of the {len(candidates):,} runs of {flow_name}{_narrowed(request)} in {place()} "
            f"ended well{looked}. Of the newest, {newest.pathspec}: {how_it_ended(newest)}"
        )
    return run


def _space(run: Run, request: Request) -> EmbeddingSpace:
    obj = artifact(run, request.vectors_artifact, "[model] vectors")
    return space_from(obj, called(request.vectors_artifact, run))


def _names(request: Request) -> tuple[str, str | None]:
    flow, run = request.flow, request.run
    if run is not None and "/" in run:
        flow, run = run.split("/", 1)
    if not flow:
        raise UsageError("no flow is named: use [model] flow in quality_checks.toml, --gate-flow or Flow/ID")
    if run is not None and (not run or "/" in run):
        raise UsageError(f"{request.run!r} does not name a run: write Flow/ID or ID, as in {flow}/123")
    return flow, run


def _newest_first(flow: Flow) -> list[Run]:
    with answering(f"the runs of {flow.id}"):
        runs = sorted(flow.runs(), key=started, reverse=True)
    if not runs:
        raise RunNotFound(f"flow {flow.id!r} in {place()} has no run yet: run it first")
    return runs


def _named(flow: Flow, run_id: str, namespace: str | None) -> Run:
    with answering(f"run {flow.id}/{run_id}"):
        try:
            run = flow[run_id]
        except KeyError as error:
            ids = [run.id for run in _newest_first(flow)]
            raise RunNotFound(
                f"flow {flow.id!r} in {place()} has no run {run_id}{nearest(run_id, ids)}; "
                f"the newest are {listed(ids)}"
            ) from error
    _inside(namespace, [run], flow.id)
    with answering(f"whether run {run.pathspec} ended well"):
        successful = run.successful
    if not successful:
        raise RunNotSuccessful(f"run {run.pathspec} did not end well: {how_it_ended(run)}")
    return run


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
            f"none of the {len(runs):,} runs of {flow_name} in {place()} bears the tag "
            f"{tag!r}{nearest(tag, set(tags))}; tags in use: {_counted(tags)}"
        )
    return bearing


def _narrowed(request: Request) -> str:
    tag = f" tagged {request.tag!r}" if request.tag else ""
    return tag + (f" in namespace {request.namespace!r}" if request.namespace else "")


def _counted(names: Iterable[str]) -> str:
    return listed(f"{name} ({count:,})" for name, count in Counter(names).most_common())
