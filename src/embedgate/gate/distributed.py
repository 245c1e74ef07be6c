"""Distributed runs (pytest-xdist): the controller loads and evaluates the model; workers assert on its results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from embedgate.config.sections import FoundSlices
from embedgate.judgement.result import CheckResult
from embedgate.surrogates import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from embedgate.gate.session import GateSession

_RUN, _CHAMPION, _RESULTS = "embedgate_pathspec", "embedgate_champion", "embedgate_results"
_LABELS, _SLICES = "embedgate_labels", "embedgate_slices"
_COLLECTED, _DESELECTED = "embedgate_collected", "embedgate_deselected"
_FREE_TO_ORDER = ("load", "worksteal")
"""Values of `--dist` with which pytest-xdist may choose the worker of a test."""


def begin_worker(gate: GateSession, config: pytest.Config) -> None:
    """Give a worker the controller's results, and pin it to the runs that the controller resolved."""
    received: Mapping[str, Any] = config.workerinput  # type: ignore[attr-defined]
    gate.controller_results = {each["id"]: CheckResult.from_json(each) for each in received.get(_RESULTS, ())}
    if _RUN in received:
        gate.pin(received[_RUN])
    if _CHAMPION in received:
        gate.pin_champion(received[_CHAMPION])
    if _LABELS in received:
        gate.pin_labels(received[_LABELS])
    if _SLICES in received:
        gate.pin_slices(received[_SLICES])


class ControllerHooks:
    """Hooks of the controller. Without pytest-xdist, none of them is called."""

    def __init__(self, gate: GateSession) -> None:
        self.gate = gate

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 - a class of pytest-xdist
        """Send a worker the results and the resolved runs."""
        results = (self.gate.controller_results or {}).values()
        node.workerinput[_RESULTS] = [replace_surrogates(each.as_json(most_tracks=None)) for each in results]
        loaded = self.gate.loaded
        if loaded is not None and loaded.record.is_run:
            node.workerinput[_RUN] = loaded.record.pathspec
        settings = self.gate.settings
        if settings.has_labels and not settings.awaits_labels:
            node.workerinput[_LABELS] = list(settings.genres)
        if isinstance(settings.slices, FoundSlices):
            node.workerinput[_SLICES] = [list(each) for each in settings.slices.found]
        champion = self.gate.champion
        if self.gate.compares:
            node.workerinput[_CHAMPION] = champion[0].pathspec if champion else ""

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:  # noqa: ANN401 - of pytest-xdist
        """Send all checks of a suite to one worker, so that custom checks load the model once."""
        if config.getoption("dist") not in _FREE_TO_ORDER:
            return None
        from embedgate.gate.scheduler import SuiteInOneWorker  # noqa: PLC0415 - needs pytest-xdist

        return SuiteInOneWorker(config, log)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 - a class of pytest-xdist
        """Receive from a worker which checks it collected; a worker that crashed sends nothing."""
        received = getattr(node, "workeroutput", {})
        self.gate.collected.update(received.get(_COLLECTED, ()))
        self.gate.deselected.update(received.get(_DESELECTED, ()))


class WorkerHooks:
    """Hooks of a worker."""

    def __init__(self, gate: GateSession) -> None:
        self.gate = gate

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(self) -> Generator[None, Any, Any]:
        """Replace text that a worker cannot send."""
        return replace_surrogates((yield))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send the controller which checks were collected."""
        sent: dict[str, Any] = session.config.workeroutput  # type: ignore[attr-defined]
        sent[_COLLECTED] = sorted(self.gate.collected)
        sent[_DESELECTED] = sorted(self.gate.deselected)
