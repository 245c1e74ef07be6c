"""The champion of a flow: the latest successful run that is tagged `champion`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.sources.all_runs import all_runs
from embedgate.sources.champion_tag import CHAMPION
from embedgate.sources.latest import latest_successful
from embedgate.sources.metaflow_client import look_up, open_flow

if TYPE_CHECKING:
    from embedgate.sources.finished_run import FinishedRun


def find_champion(flow: str) -> FinishedRun | None:
    """Find the champion among all runs of a flow, whoever made them.

    A namespace narrows what is tested; the tag is moved over the whole flow, and so the champion is looked up
    there.

    Returns:
        The run; None where every run could be seen, and no successful one is tagged.

    Raises:
        FlowNotFound: if there is no such flow.
        MetaflowUnusable: if no metadata service is configured where one is needed.
        ServiceUnreachable: if the metadata service or the datastore does not answer, or hides some runs.
    """

    def find() -> FinishedRun | None:
        return latest_successful(run for run in all_runs(open_flow(flow)) if CHAMPION in run.user_tags)

    return look_up(f"the champion of flow {flow!r}", find)
