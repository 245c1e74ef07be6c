"""The command line of pytest: whether it starts a gate run, and whether it selects a part of the suite.

Imported in every pytest run of an environment that has embedgate installed, so it imports nothing heavy.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.paths import SUITE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest

INSTALLED_SUITE = "embedgate.quality_checks"
MARKER = "gate_check"
_OPTION = "--gate-"
_SENT_PREFIX = "embedgate_"
"""Prefix of the keys that the controller of a distributed gate run sends to its workers."""
_SKIP_MODULES = ("ignore", "ignore_glob", "lf", "deselect")
"""Options of pytest that exclude whole modules before they are collected."""
_LISTINGS = (
    "collectonly",
    "help",
    "version",
    "markers",
    "showfixtures",
    "show_fixtures_per_test",
    "cacheshow",
)


def is_listing(config: pytest.Config) -> bool:
    """Return whether this run only lists something (`--collect-only`, `--help`, `--fixtures`)."""
    return any(getattr(config.option, listing, False) for listing in _LISTINGS)


def is_gate_run(config: pytest.Config) -> bool:
    """Return whether the command line contains a suite or a `--gate-*` option; `addopts` does not count."""
    if is_listing(config):
        return False
    if hasattr(config, "workerinput"):
        return any(name.startswith(_SENT_PREFIX) for name in config.workerinput)
    has_option = any(word.startswith(_OPTION) for word in _options(typed_arguments(config)))
    return has_option or any(names_suite(config, argument) for argument in typed_paths(config))


def typed_arguments(config: pytest.Config) -> list[str]:
    """Return the command line, with `@file` replaced by the lines of the file, as pytest reads it."""
    return list(_expanded(config.invocation_params.args))


def typed_paths(config: pytest.Config) -> list[str]:
    """Return the files, folders and modules in the command line."""
    typed = set(typed_arguments(config))
    return [argument for argument in config.args if argument in typed]


def names_suite(config: pytest.Config, argument: str) -> bool:
    """Return whether an argument is the installed suite, a folder `quality_checks`, a path inside it or a link to it.

    A folder of that name above the project does not count.
    """
    name = argument.partition("::")[0]
    if config.getoption("pyargs") and (name + ".").startswith(INSTALLED_SUITE + "."):
        return True
    path = Path(os.path.normpath(config.invocation_params.dir / name))
    real = Path(os.path.realpath(path))
    if SUITE in Path(os.path.normpath(name)).parts or (real != path and SUITE in real.parts):
        return True
    # without an ini file, pytest's rootdir is the folder of the tests
    root = config.rootpath if config.inipath is not None else config.rootpath.parent
    return path.is_relative_to(root) and SUITE in path.relative_to(root).parts


def selects_a_part(config: pytest.Config) -> bool:
    """Return whether an argument is a module or a test rather than a folder, or an option excludes modules."""
    if any(getattr(config.option, name, None) for name in _SKIP_MODULES):
        return True
    return any(_names_a_part(config, argument) for argument in typed_paths(config))


def _names_a_part(config: pytest.Config, argument: str) -> bool:
    name, separator, _ = argument.partition("::")
    if separator or name.endswith(".py"):
        return True
    # a module of the installed suite: embedgate.quality_checks.test_map
    return bool(config.getoption("pyargs")) and name.rpartition(".")[2].startswith("test_")


def _options(arguments: Iterable[str]) -> Iterator[str]:
    """Yield the arguments before `--`."""
    for argument in arguments:
        if argument == "--":
            return
        yield argument


def _expanded(arguments: Iterable[str | os.PathLike[str]]) -> Iterator[str]:
    for argument in [os.fspath(each) for each in arguments]:
        if argument.startswith("@") and os.path.isfile(argument[1:]):  # noqa: PTH113 - an argument may not be a path
            yield from _expanded(Path(argument[1:]).read_text(encoding="utf-8").splitlines())
        else:
            yield argument
