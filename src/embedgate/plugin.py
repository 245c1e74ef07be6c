"""The pytest plugin: options and hooks, no logic.

It is loaded in every project that has embedgate installed, so it imports nothing heavy, and everything but the
options and one marker stays away from runs that are no gate run.
"""

from __future__ import annotations

import importlib.util

import pytest

from embedgate.gate.recognise import is_gate_run

HOOKS = "embedgate-gate"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the group `embedgate`."""
    group = parser.getgroup("embedgate", "embedgate: judge an embedding (write paths with =)")
    add = group.addoption
    add(
        "--gate-config",
        metavar="PATH",
        help="the config (default: quality_checks.toml here or by the ini file)",
    )
    add("--gate-flow", metavar="NAME", help="Metaflow flow to test; overrides [model] flow")
    add(
        "--gate-run",
        metavar="PATHSPEC",
        help="test exactly this run: FLOW/ID, or ID (default: latest successful)",
    )
    add("--gate-tag", metavar="TAG", help="test the latest successful run that bears TAG")
    add("--gate-namespace", metavar="NS", help="Metaflow namespace to look in (default: global, all users)")
    add(
        "--gate-vectors",
        metavar="FILE",
        help="test a file: .kv, word2vec .txt or .bin, .npz; no Metaflow at all",
    )
    add(
        "--gate-playlists",
        metavar="FILE",
        help="the playlists that go with --gate-vectors: .parquet or .jsonl",
    )
    add("--gate-champion", metavar="REF", help="compare with Flow/ID, a tag, a file, or none")
    add("--gate-promote", action="store_true", help="if the gate passes, move the tag `champion` to the run")
    add("--gate-verdict", metavar="PATH", help="where the verdict is written (default: verdict.json)")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and the fixtures; in a gate run, the hooks that make it one."""
    config.addinivalue_line(
        "markers", "gate_check(id): this test is the gate's check <id>, judged by the fixture gate_judge"
    )
    if is_gate_run(config):
        from embedgate.gate import starting  # noqa: PLC0415 - a gate run only

        for number, plugin in enumerate(starting.start(config)):
            config.pluginmanager.register(plugin, f"{HOOKS}-{number}")
    _register_fixtures(config)


def _register_fixtures(config: pytest.Config) -> None:
    """Register the installed fixtures where no conftest has registered a clone's own."""
    manager = config.pluginmanager
    if any(hasattr(plugin, "gate_model") for plugin in manager.get_plugins()):
        return
    if importlib.util.find_spec("embedgate.fixtures") is not None:
        manager.import_plugin("embedgate.fixtures")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Repeat checks over what the config names; outside of a gate run, once over nothing."""
    if metafunc.definition.get_closest_marker("gate_check") is not None:
        from embedgate.gate import hooks  # noqa: PLC0415 - where checks are collected only

        hooks.generate(metafunc)
