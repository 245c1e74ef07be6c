"""Find a run of a flow: by its ID, by a tag, in a namespace, or the latest that succeeded."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from embedgate.errors import NoSuccessfulRun, RunNotFound, RunNotSuccessful, UsageError
from embedgate.sources.finished_run import FinishedRun, finished, how_it_ended, in_utc
from embedgate.sources.metaflow_client import (
    answering,
    local_folder,
    look_up,
    open_flow,
    place,
    refuse_hidden,
    unreadable,
)
from embedgate.sources.metaflow_names import check_flow, check_label, check_run, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metaflow.client.core import Flow, Run

    from embedgate.sources.records import Request

MAX_FAILURES = 500
"""Number of runs that are examined in search of one that succeeded."""
MAX_OLDER = 50
"""Number of runs that are examined after the first that succeeded, since they may have finished later."""
MAX_DURATION = timedelta(days=14)
"""No run is expected to take longer."""


def find(request: Request) -> FinishedRun:
    """Find the requested run: a run by its ID, or the latest successful one (with a tag).

    Raises:
        UsageError: if no flow is set, or a name is invalid.
        RunNotSuccessful: if the run of this ID did not succeed.
        RunNotFound: if there is no such run, or none with the tag, or none in the namespace.
        NoSuccessfulRun: if there are such runs, and none of them succeeded.
        UnavailableError: if the flow, the service or the datastore is unavailable.
    """
    flow_name, run_id = names_of(request)

    def ask() -> FinishedRun:
        flow = open_flow(flow_name)
        return _latest(flow, request) if run_id is None else _by_id(flow, run_id, request.namespace)

    return look_up(f"run {flow_name}/{run_id}" if run_id else f"the latest successful run of {flow_name}", ask)


def names_of(request: Request) -> tuple[str, str | None]:
    """Return the names of the requested flow and run, the latter None if the request has no run.

    Raises:
        UsageError: if no flow is set, or a name is invalid.
    """
    flow, run = request.flow, request.run
    if run is not None and "/" in run:
        flow, run = run.split("/", 1)
    if not flow:
        raise UsageError("no flow is configured: set [model] flow in quality_checks.toml, --gate-flow or Flow/ID")
    if run is not None and (not run or "/" in run):
        raise UsageError(f"{request.run!r} is not a run: write Flow/ID or ID, as in {flow}/123")
    check_flow(flow)
    if run is not None:
        check_run(run)
    check_label(request.tag, "the tag of the run to test (--gate-tag)")
    check_label(request.namespace, "the namespace (--gate-namespace)")
    return flow, run


def tagged_runs(flow: str, tag: str) -> list[str]:
    """Return the pathspecs of the successful runs of a flow that have a tag, in the order in which they started.

    Raises:
        RunNotFound: if no successful run has the tag.
        UnavailableError: if the flow, or any of its runs, is unavailable.
    """

    def ask() -> tuple[int, list[str]]:
        tagged = [run for run in all_runs(open_flow(flow)) if tag in run.user_tags]
        return len(tagged), [run.pathspec for run in sorted(tagged, key=started) if finished(run)]

    count, found = look_up(f"the runs of {flow} tagged {tag!r}", ask)
    if not found:
        raise RunNotFound(
            f"no successful run of {flow} is tagged {tag!r} ({count} unsuccessful runs are). Check the tag"
        )
    return found


def all_runs(flow: Flow) -> list[Run]:
    """Return all runs of a flow, with their current tags. Call it inside `look_up`.

    Raises:
        ServiceUnreachable: if any run is unavailable: it might be the champion.
    """
    with answering(f"the runs of {flow.id}"):
        runs = list(flow.runs())
    folder = local_folder(flow.id)  # the local provider skips what it cannot read
    if folder is not None:
        try:
            names = sorted(each.name for each in folder.iterdir())
        except OSError as error:
            raise unreadable(folder, error) from error
        for name in names:
            refuse_hidden(flow.id, name)
    return runs


def latest_successful(runs: Iterable[Run]) -> FinishedRun | None:
    """Return the run that finished last, among those that succeeded. Call it inside `look_up`.

    The client lists all runs of a flow in one request, but it takes seven more requests and a read from the datastore
    to examine whether one succeeded. So runs are examined by their *start*, newest first, and the search ends early:

    - A run that started earlier may have finished later if it took longer. At most MAX_OLDER such runs are examined,
      and none that started more than MAX_DURATION before the latest finish so far.
    - After MAX_FAILURES runs without a success, the search ends.

    Raises:
        UnavailableError: if it is unknown whether a run succeeded.
    """
    best: FinishedRun | None = None
    behind = 0
    for position, run in enumerate(sorted(runs, key=started, reverse=True)):
        if best is None:
            if position == MAX_FAILURES:
                break
        else:
            behind += 1
            if behind > MAX_OLDER or started(run) < best.finished_at - MAX_DURATION:
                break
        best = finished(run, after=best.finished_at if best else None) or best
    return best


def started(run: Run) -> datetime:
    """Return when a run started.

    The ID of a local run is the time in microseconds; the local provider rewrites `created_at` whenever a run is
    tagged. With other providers, `created_at` does not change.
    """
    if run.id.isdigit() and len(run.id) == 16:  # the numbers of a metadata service never grow that long
        return datetime.fromtimestamp(int(run.id) / 1e6, tz=UTC)
    return in_utc(run.created_at)


def _latest(flow: Flow, request: Request) -> FinishedRun:
    runs = sorted(all_runs(flow), key=started, reverse=True)
    if not runs:
        raise RunNotFound(f"flow {flow.id!r} in {place()} has no run yet: run it first")
    runs = _in_namespace(request.namespace, runs, flow.id)
    tagged = [run for run in runs if request.tag is None or request.tag in run.tags]
    if request.tag is not None and not tagged:
        tags = [tag for run in runs for tag in run.user_tags]
        raise RunNotFound(
            f"none of the {len(runs):,} runs of {flow.id} in {place()} is tagged "
            f"{request.tag!r}{nearest(request.tag, set(tags))}; tags in use: {_counted(tags)}. Check the tag"
        )
    found = latest_successful(tagged)
    if found is None:
        which = f" tagged {request.tag!r}" if request.tag else ""
        which += f" in namespace {request.namespace!r}" if request.namespace else ""
        examined = "" if len(tagged) <= MAX_FAILURES else f" (only the newest {MAX_FAILURES:,} were examined)"
        raise NoSuccessfulRun(
            f"none of the {len(tagged):,} runs of {flow.id}{which} in {place()} succeeded{examined}. "
            f"The newest is {tagged[0].pathspec}: {how_it_ended(tagged[0])}"
        )
    return found


def _by_id(flow: Flow, run_id: str, namespace: str | None) -> FinishedRun:
    with answering(f"run {flow.id}/{run_id}"):
        try:
            run = flow[run_id]
        except KeyError as error:
            refuse_hidden(flow.id, run_id)
            ids = [run.id for run in sorted(flow.runs(), key=started, reverse=True)]
            raise RunNotFound(
                f"flow {flow.id!r} in {place()} has no run {run_id}{nearest(run_id, ids)}; "
                f"the newest are {listed(ids)}. Check the run ID"
            ) from error
    _in_namespace(namespace, [run], flow.id)
    found = finished(run)
    if found is None:
        raise RunNotSuccessful(f"run {run.pathspec} did not succeed: {how_it_ended(run)}. Test a successful run")
    return found


def _in_namespace(namespace: str | None, runs: list[Run], flow_name: str) -> list[Run]:
    """Return the runs in a namespace, which is one of their tags."""
    inside = [run for run in runs if namespace is None or namespace in run.tags]
    if not inside:
        what = f"run {runs[0].pathspec} is" if len(runs) == 1 else f"all {len(runs):,} runs of {flow_name} are"
        others = _counted(tag for run in runs for tag in run.system_tags if tag.startswith(("user:", "production:")))
        raise RunNotFound(
            f"{what} outside the namespace {namespace!r}; there are runs of {others}. "
            "Leave --gate-namespace out to look in all"
        )
    return inside


def _counted(names: Iterable[str]) -> str:
    return listed(f"{name} ({count:,})" for name, count in Counter(names).most_common())
