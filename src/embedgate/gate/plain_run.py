"""Deselect gate checks in a plain pytest run, and print how to run them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from embedgate.gate.invocation import MARKER, typed_paths
from embedgate.paths import SUITE

if TYPE_CHECKING:
    from collections.abc import Sequence

_DESELECTED = "embedgate_deselected_in_plain_run"


class DeselectedChecks:
    """Deselects gate checks; an argument that contains only gate checks is an error.

    Args:
        config: pytest's config, in a run that is not a gate run.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._count = 0
        self._folder = ""
        self._rejected = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Deselect the gate checks."""
        checks = [item for item in items if item.get_closest_marker(MARKER) is not None]
        if not checks:
            return
        self._count, self._folder = len(checks), self._shown(_suite([item.path.parent for item in checks]))
        self._rejected = next((each for each in typed_paths(self._config) if self._has_checks_only(each, items)), "")
        items[:] = [item for item in items if item.get_closest_marker(MARKER) is None]
        self._config.hook.pytest_deselected(items=checks)

    def _has_checks_only(self, argument: str, items: Sequence[pytest.Item]) -> bool:
        """Return whether an argument contains only gate checks, so that its user expects a verdict."""
        path = (self._config.invocation_params.dir / argument.partition("::")[0]).resolve()
        below = [item for item in items if item.path.resolve().is_relative_to(path)]
        return bool(below) and all(item.get_closest_marker(MARKER) is not None for item in below)

    def _shown(self, folder: Path) -> str:
        here = self._config.invocation_params.dir
        return folder.relative_to(here).as_posix() if folder.is_relative_to(here) else str(folder)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Set the exit status of a rejected run; in a worker, send the controller what was deselected."""
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput[_DESELECTED] = [self._count, self._folder, self._rejected]
        elif self._rejected and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 - a class of pytest-xdist
        """Receive from a worker what it deselected."""
        received = getattr(node, "workeroutput", {}).get(_DESELECTED)
        if received is not None and received[0]:
            self._count, self._folder, self._rejected = received

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print how to run the deselected checks."""
        if not self._count:
            return
        option = "" if SUITE in Path(self._folder).parts else " --gate-verdict=verdict.json"
        checks = "1 gate check was" if self._count == 1 else f"{self._count} gate checks were"
        line = f"embedgate: {checks} deselected, run with: pytest {self._folder}{option}"
        if self._rejected:
            terminalreporter.write_line(f"ERROR: {self._rejected} is a suite of gate checks. {line}", red=True)
        else:
            terminalreporter.write_line(line, yellow=True)


def _suite(folders: Sequence[Path]) -> Path:
    """Return the first folder whose name is that of a suite, else the first folder."""
    above = (each for folder in folders for each in (folder, *folder.parents) if each.name == SUITE)
    return next(above, folders[0])
