"""Custom checks that run with the installed suite, `pytest --pyargs embedgate.quality_checks`."""

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

    from embedgate.config.file import Config


def names_installed_suite(config: pytest.Config) -> bool:
    """Return whether the command line contains the whole installed suite."""
    return bool(config.getoption("pyargs")) and INSTALLED_SUITE in typed_paths(config)


def user_folders(config: pytest.Config, settings: Config) -> Iterator[Path]:
    """Yield the folders and files of `[suite] paths`. A missing path is an error only if it was configured.

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
                f"{settings.shown}: [suite] paths lists {typed!r}, but {path} does not exist: create it, or correct "
                "the list"
            )


class UserChecks:
    """Replaces shipped checks by the user's checks with the same ids.

    Args:
        config: of a gate run of the installed suite.
        settings: quality_checks.toml.

    Raises:
        UsageError: if a path of `[suite] paths` does not exist.
    """

    def __init__(self, config: pytest.Config, settings: Config) -> None:
        self._folders = [path.resolve() for path in user_folders(config, settings)]
        config.args.extend(str(path) for path in self._folders)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Remove shipped checks whose ids the user's folders contain too."""
        ids = {check_id for item in items if self._is_users(item) for check_id in _ids(item)}
        items[:] = [item for item in items if self._is_users(item) or ids.isdisjoint(_ids(item))]

    def _is_users(self, item: pytest.Item) -> bool:
        return any(item.path.resolve().is_relative_to(folder) for folder in self._folders)


def _ids(item: pytest.Item) -> set[object]:
    """Return the id of a check, without its slug."""
    marker = item.get_closest_marker(MARKER)
    return set(marker.args[:1]) if marker is not None else set()
