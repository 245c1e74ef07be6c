"""Whether the command line selects a part of the suite, so that the other checks are never collected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.gate.recognise import typed_paths

if TYPE_CHECKING:
    import pytest

_SKIP_MODULES = ("ignore", "ignore_glob", "lf", "deselect")
"""Options of pytest that leave whole modules out before they are collected."""


def selects_a_part(config: pytest.Config) -> bool:
    """Whether an argument names a module or a test rather than a folder, or an option leaves modules out."""
    if any(getattr(config.option, name, None) for name in _SKIP_MODULES):
        return True
    return any(_names_a_part(config, argument) for argument in typed_paths(config))


def _names_a_part(config: pytest.Config, argument: str) -> bool:
    name, separator, _ = argument.partition("::")
    if separator or name.endswith(".py"):
        return True
    # a module of the installed suite: embedgate.quality_checks.test_map
    return bool(config.getoption("pyargs")) and name.rpartition(".")[2].startswith("test_")
