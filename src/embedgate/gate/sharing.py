"""What the controller of a distributed run and its workers tell each other (pytest-xdist)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from embedgate.sendable import sendable

if TYPE_CHECKING:
    from collections.abc import Generator

    from embedgate.gate.session import GateSession

_RUN, _CHAMPION, _REPORTED = "embedgate_pathspec", "embedgate_champion", "embedgate_reported"
_COLLECTED, _DESELECTED = "embedgate_collected", "embedgate_deselected"


def begin_as_told(gate: GateSession, config: pytest.Config) -> bool:
    """Pin a worker's gate to the runs that the controller found; whether there will be a report to draw for."""
    told: dict[str, Any] = config.workerinput  # type: ignore[attr-defined]
    if _RUN in told:
        gate.pin(told[_RUN])
    if _CHAMPION in told:
        gate.pin_champion(told[_CHAMPION])
    return bool(told[_REPORTED])


class ControllerHooks:
    """The controller's side; without pytest-xdist there is nobody to talk to.

    Args:
        gate: the gate run.
        reported: whether there will be a report to draw for.
    """

    def __init__(self, gate: GateSession, *, reported: bool) -> None:
        self.gate = gate
        self._reported = reported

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 - a class of pytest-xdist
        """Hand a worker the run that was resolved, so that all test the same one, and whether to draw."""
        node.workerinput[_REPORTED] = self._reported
        loaded = self.gate.loaded
        if loaded is not None and loaded.record.source == "metaflow":
            node.workerinput[_RUN] = loaded.record.pathspec
        champion = self.gate.champion
        if self.gate.compares and (champion is None or champion[0].source == "metaflow"):
            node.workerinput[_CHAMPION] = champion[0].pathspec if champion else ""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 - a class of pytest-xdist
        """Learn from a worker which checks it found; one that died has told nothing."""
        told = getattr(node, "workeroutput", {})
        self.gate.collected.update(told.get(_COLLECTED, ()))
        self.gate.deselected.update(told.get(_DESELECTED, ()))


class WorkerHooks:
    """A worker's side."""

    def __init__(self, gate: GateSession) -> None:
        self.gate = gate

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(self) -> Generator[None, Any, Any]:
        """Let a worker send what a report holds, whatever is in a name."""
        return sendable((yield))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Tell the controller which checks there are."""
        told: dict[str, Any] = session.config.workeroutput  # type: ignore[attr-defined]
        told[_COLLECTED] = sorted(self.gate.collected)
        told[_DESELECTED] = sorted(self.gate.deselected)
