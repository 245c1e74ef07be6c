"""The pytest plugin: options and hooks, no logic.

It is loaded in every pytest run of an environment that has embedgate installed, so it imports nothing heavy. In runs
that are not gate runs, it only adds the options and a marker, and deselects gate checks.
"""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

import pytest

from embedgate.gate.invocation import MARKER, is_gate_run, is_listing
from embedgate.gate.plain_run import DeselectedChecks
from embedgate.gate.stash import GATE

if TYPE_CHECKING:
    from collections.abc import Generator

HOOKS = "embedgate-gate"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the group `embedgate`."""
    group = parser.getgroup("embedgate", "embedgate: test an embedding model (write paths with =)")
    add = group.addoption
    add(
        "--gate-config",
        metavar="PATH",
        help="config file (default: quality_checks.toml here, else beside the ini file)",
    )
    add("--gate-flow", metavar="NAME", help="Metaflow flow to test; overrides [model] flow")
    add(
        "--gate-run",
        metavar="PATHSPEC",
        help="test this run: FLOW/ID, ID, or models:/NAME/VERSION of MLflow (default: latest successful)",
    )
    add("--gate-tag", metavar="TAG", help="test the latest successful run with this tag")
    add("--gate-namespace", metavar="NS", help="Metaflow namespace to look in (default: global, all users)")
    add(
        "--gate-vectors",
        metavar="FILE",
        help="test vectors from a file: .kv, word2vec .txt or .bin, .npz",
    )
    add(
        "--gate-playlists",
        metavar="FILE",
        help="playlists for --gate-vectors: .parquet or .jsonl",
    )
    add(
        "--gate-champion",
        metavar="REF",
        help="compare with FLOW/ID, a tag, a file, or none (default: latest run tagged `champion`, or recorded file)",
    )
    add(
        "--gate-drill",
        action="store_true",
        help="inject faults into the model and report which of them the gate would catch",
    )
    add(
        "--gate-promote",
        action="store_true",
        help="if the verdict is passed, move the tag `champion` to the run, or record the files as the champion",
    )
    add(
        "--gate-verdict",
        metavar="PATH",
        help="path of the verdict; CSV lists are written beside it (default: verdict.json)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; in a gate run, its hooks and fixtures too."""
    config.addinivalue_line(
        "markers", f"{MARKER}(id): the test is the check <id>; it calls the fixture gate_check or gate_judge"
    )
    if is_gate_run(config):
        _start(config)
        _register_fixtures(config)
    elif is_listing(config):
        _register_fixtures(config)
    else:
        config.pluginmanager.register(DeselectedChecks(config), "embedgate-deselected")


def _start(config: pytest.Config) -> None:
    """Start a gate run."""
    from embedgate.errors import UsageError  # noqa: PLC0415 - a gate run only
    from embedgate.gate import startup  # noqa: PLC0415
    from embedgate.gate.user_checks import UserChecks, names_installed_suite  # noqa: PLC0415

    for number, plugin in enumerate(startup.start(config)):
        config.pluginmanager.register(plugin, f"{HOOKS}-{number}")
    if names_installed_suite(config):
        try:
            user_checks = UserChecks(config, config.stash[GATE].options.config)
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error
        config.pluginmanager.register(user_checks, "embedgate-user-checks")


def _register_fixtures(config: pytest.Config) -> None:
    """Register the installed fixtures, unless a conftest.py has registered those of a checkout."""
    manager = config.pluginmanager
    if any(hasattr(plugin, "gate_model") for plugin in manager.get_plugins()):
        return
    if importlib.util.find_spec("embedgate.fixtures") is not None:
        manager.import_plugin("embedgate.fixtures")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Repeat checks over the genres, pairs and known tracks of the config; in a listing, only once."""
    config = metafunc.config
    if metafunc.definition.get_closest_marker(MARKER) is not None and (GATE in config.stash or is_listing(config)):
        from embedgate.config.settings import Settings  # noqa: PLC0415 - a gate run only
        from embedgate.gate.check_tests import parametrize  # noqa: PLC0415

        parametrize(metafunc, config.stash[GATE].settings if GATE in config.stash else Settings())


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Explain the error if a conftest.py defines an option of this plugin."""
    if sys.stdout is None or sys.stderr is None:  # closed
        # registered before pytest's capture, the cleanup runs after it
        early_config.add_cleanup(lambda: _leave_null_device(early_config))
    try:
        return (yield)
    except ValueError as error:
        if "--gate-" not in str(error):
            raise
        raise pytest.UsageError(
            f"a conftest.py defines an option of the plugin embedgate: {error}. Rename the option, or run pytest "
            "with -p no:embedgate"
        ) from error


def _leave_null_device(config: pytest.Config) -> None:
    from embedgate.gate import terminal_guard  # noqa: PLC0415 - needed only if stdout is closed

    terminal_guard.leave_null_device(config)
