"""The user's own checks beside the installed suite: `pytest --pyargs embedgate.quality_checks` runs both."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from embedgate.errors import UsageError
from embedgate.gate.invocation import INSTALLED_SUITE, MARKER, typed_paths
from embedgate.paths import typed_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from embedgate.config import Config


def names_installed_suite(config: pytest.Config) -> bool:
    """Whether the command line names the whole installed suite."""
    return bool(config.getoption("pyargs")) and INSTALLED_SUITE in typed_paths(config)


def own_folders(config: pytest.Config, settings: Config) -> Iterator[Path]:
    """The folders and files of `[suite] paths`; one that is missing is an error only if the user configured it.

    Raises:
        UsageError: names the config, and the path that does not exist.
    """
    suite = settings.settings.suite
    for typed in suite.paths:
        path = typed_path(typed, f"{settings.shown}: [suite] paths", config.invocation_params.dir)
        if os.path.lexists(path):
            yield path
        elif "paths" in suite.model_fields_set:
            raise UsageError(
                f"{settings.shown}: [suite] paths lists {typed!r}, and {path} does not exist: create it, or correct "
                "the list"
            )


class OwnChecks:
    """Replaces shipped checks by those of the user's own folders, where both have one of the same id.

    Args:
        config: of a gate run that names the installed suite.
        settings: quality_checks.toml.

    Raises:
        UsageError: if a path of `[suite] paths` does not exist.
    """

    def __init__(self, config: pytest.Config, settings: Config) -> None:
        self._folders = [path.resolve() for path in own_folders(config, settings)]
        config.args.extend(str(path) for path in self._folders)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what a clone's folder has too: its copy of the suite is the one that runs."""
        own = {check_id for item in items if self._is_own(item) for check_id in _ids(item)}
        items[:] = [item for item in items if self._is_own(item) or own.isdisjoint(_ids(item))]

    def _is_own(self, item: pytest.Item) -> bool:
        return any(item.path.resolve().is_relative_to(folder) for folder in self._folders)


def _ids(item: pytest.Item) -> set[object]:
    """The id of a check, without its slug."""
    marker = item.get_closest_marker(MARKER)
    return set(marker.args[:1]) if marker is not None else set()
