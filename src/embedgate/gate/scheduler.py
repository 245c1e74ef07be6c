"""The scheduler of a distributed gate run: all checks of a suite go to one worker. Needs pytest-xdist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdist.scheduler import LoadScopeScheduling

from embedgate.paths import SUITE

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController


class SuiteInOneWorker(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist ships no types
    """Sends a suite to one worker, where checks that need the model share it, and any other test to the next one.

    A suite whose worker crashed is not started again: the check that crashed it would crash the next worker too.
    """

    def _split_scope(self, nodeid: str) -> str:
        return SUITE if SUITE in nodeid.partition("::")[0].split("/") else nodeid

    def remove_node(self, node: WorkerController) -> str | None:
        """Return the test that a worker was running when it crashed; None if it had nothing left to do."""
        suite = self.assigned_work[node].pop(SUITE, {})
        crashed: str | None = super().remove_node(node)
        return next((nodeid for nodeid, completed in suite.items() if not completed), crashed)

    def _reschedule(self, node: WorkerController) -> None:
        if node in self.registered_collections:  # a worker that replaces another may not have collected yet
            super()._reschedule(node)
