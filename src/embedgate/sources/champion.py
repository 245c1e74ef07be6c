"""The champion of a flow: the latest run that ended well and bears the tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.sources.all_runs import all_runs
from embedgate.sources.champion_tag import CHAMPION
from embedgate.sources.latest import latest_successful
from embedgate.sources.metaflow_client import open_flow

if TYPE_CHECKING:
    from metaflow.client.core import Run


def find_champion(flow: str) -> Run | None:
    """Find the champion among all runs of a flow, whoever made them.

    A namespace narrows what is tested; the tag is moved over the whole flow, and so the champion is looked up
    there.

    Returns:
        The run; None where every run could be seen, and none that ended well bears the tag.

    Raises:
        FlowNotFound: if there is no such flow.
        MetaflowUnusable: if no metadata service is configured where one is needed.
        ServiceUnreachable: if the metadata service or the datastore does not answer, or hides some runs.
    """
    bearing = [run for run in all_runs(open_flow(flow)) if CHAMPION in run.user_tags]
    return latest_successful(bearing)
