"""Gate checks in a pytest run that is no gate run: they are deselected, and one line says how to run them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from embedgate.gate.invocation import MARKER, typed_paths
from embedgate.paths import SUITE

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEFT_OUT = "left_out_of_plain_run"


class LeftOutChecks:
    """Deselects gate checks; refuses where the command line names nothing else.

    Args:
        config: of a run that is no gate run.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._count = 0
        self._folder = ""
        self._refused = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Take the gate checks out of the run."""
        checks = [item for item in items if item.get_closest_marker(MARKER) is not None]
        if not checks:
            return
        self._count, self._folder = len(checks), self._shown(_suite([item.path.parent for item in checks]))
        self._refused = next((each for each in typed_paths(self._config) if self._has_checks_only(each, items)), "")
        items[:] = [item for item in items if item.get_closest_marker(MARKER) is None]
        self._config.hook.pytest_deselected(items=checks)

    def _has_checks_only(self, argument: str, items: Sequence[pytest.Item]) -> bool:
        """Whether an argument is a suite under another name, so that a verdict is expected of it."""
        path = (self._config.invocation_params.dir / argument.partition("::")[0]).resolve()
        below = [item for item in items if item.path.resolve().is_relative_to(path)]
        return bool(below) and all(item.get_closest_marker(MARKER) is not None for item in below)

    def _shown(self, folder: Path) -> str:
        here = self._config.invocation_params.dir
        return folder.relative_to(here).as_posix() if folder.is_relative_to(here) else str(folder)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Set the exit status of a refused run; tell the controller of a distributed one what was left out."""
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput[_LEFT_OUT] = [self._count, self._folder, self._refused]
        elif self._refused and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 - a class of pytest-xdist
        """Learn from a worker what it left out."""
        told = getattr(node, "workeroutput", {}).get(_LEFT_OUT)
        if told is not None and told[0]:
            self._count, self._folder, self._refused = told

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how to run what was left out."""
        if not self._count:
            return
        option = "" if SUITE in Path(self._folder).parts else " --gate-verdict=verdict.json"
        checks = "1 gate check was" if self._count == 1 else f"{self._count} gate checks were"
        line = f"embedgate: {checks} deselected, run with: pytest {self._folder}{option}"
        if self._refused:
            terminalreporter.write_line(f"ERROR: {self._refused} is a suite of gate checks. {line}", red=True)
        else:
            terminalreporter.write_line(line, yellow=True)


def _suite(folders: Sequence[Path]) -> Path:
    """The first folder of a suite by its name; else the first folder."""
    above = (each for folder in folders for each in (folder, *folder.parents) if each.name == SUITE)
    return next(above, folders[0])
