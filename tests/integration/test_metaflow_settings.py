"""Invalid settings of Metaflow and invalid names are not reported as missing runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.conftest import Asker, Datastore
from tests.integration.test_metaflow_source import assert_error, found

SERVICE = {"METAFLOW_DEFAULT_METADATA": "service"}


@pytest.mark.parametrize(
    ("settings", "facts"),
    [
        ({"METAFLOW_DEFAULT_METADATA": "junk"}, ["METAFLOW_DEFAULT_METADATA is 'junk'", "'local' or 'service'"]),
        ({"METAFLOW_DEFAULT_METADATA": ""}, ["METAFLOW_DEFAULT_METADATA is ''", "'local' or 'service'"]),
        (SERVICE, ["METAFLOW_SERVICE_URL does not say where it is"]),
        (SERVICE | {"METAFLOW_SERVICE_URL": ""}, ["METAFLOW_SERVICE_URL does not say where it is"]),
        (SERVICE | {"METAFLOW_SERVICE_URL": "junk"}, ["METAFLOW_SERVICE_URL is 'junk'", "http://"]),
        (SERVICE | {"METAFLOW_SERVICE_URL": "http://"}, ["METAFLOW_SERVICE_URL is 'http:"]),
        (SERVICE | {"METAFLOW_SERVICE_URL": "ftp://example.org/"}, ["METAFLOW_SERVICE_URL is 'ftp://example.org/'"]),
        (SERVICE | {"METAFLOW_SERVICE_URL": "http://127.0.0.1:99999"}, ["METAFLOW_SERVICE_URL is 'http://127"]),
        (SERVICE | {"METAFLOW_SERVICE_URL": "http://ann:secret@[::1"}, ["METAFLOW_SERVICE_URL"]),
        ({"METAFLOW_SERVICE_RETRY_COUNT": "x"}, ["METAFLOW_SERVICE_RETRY_COUNT"]),
        ({"METAFLOW_SERVICE_HEADERS": "x"}, ["METAFLOW_SERVICE_HEADERS"]),
        ({"METAFLOW_PROFILE": "nope"}, ["METAFLOW_PROFILE 'nope'"]),
    ],
    ids=str,
)
def test_invalid_setting_is_reported(
    ask_from: Callable[..., Asker], datastore: Datastore, settings: dict[str, str], facts: list[str]
) -> None:
    """The setting is reported for the tested run and for the champion."""
    ask = ask_from(datastore.root, **settings)

    for answer in (ask(flow="TinyFlow"), ask(champion=None, flow="TinyFlow")):
        assert_error(answer, "MetaflowUnusable", *facts)
        assert "secret" not in answer["message"]


@pytest.mark.parametrize("content", ["{", "[1]", '"x"', "\x00"], ids=ascii)
def test_invalid_config_file_of_metaflow_is_reported(
    ask_from: Callable[..., Asker], datastore: Datastore, tmp_path: Path, content: str
) -> None:
    """Metaflow reads the file when it is imported."""
    (tmp_path / "config.json").write_text(content, encoding="utf-8")

    answer = ask_from(datastore.root, METAFLOW_HOME=str(tmp_path))(flow="TinyFlow")

    assert_error(answer, "MetaflowUnusable", "Metaflow cannot be imported", "METAFLOW_HOME")


def test_default_datastore_of_new_runs_is_ignored(ask_from: Callable[..., Asker], datastore: Datastore) -> None:
    """Each run records the location of its data."""
    ask = ask_from(datastore.root, METAFLOW_DEFAULT_DATASTORE="junk")

    found(ask(flow="TinyFlow"), datastore.newest)


def test_empty_cache_path_does_not_mean_the_working_directory(
    ask_from: Callable[..., Asker], datastore: Datastore, tmp_path: Path
) -> None:
    """With an empty path, Metaflow would write its files there."""
    ask = ask_from(tmp_path, METAFLOW_CLIENT_CACHE_PATH="", METAFLOW_DATASTORE_SYSROOT_LOCAL=str(datastore.root))

    found(ask(flow="TinyFlow"), datastore.newest)
    assert not list(tmp_path.iterdir())


def test_cache_that_other_users_can_write_to_is_not_used(
    ask_from: Callable[..., Asker], datastore: Datastore, tmp_path: Path
) -> None:
    """Metaflow unpickles the content of the cache."""
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(0o777)
    ask = ask_from(datastore.root, METAFLOW_CLIENT_CACHE_PATH=str(cache))

    found(ask(flow="TinyFlow"), datastore.newest)
    assert not list(cache.iterdir())


@pytest.mark.parametrize("where", ["the root", ".metaflow"])
def test_file_in_place_of_a_datastore_is_reported(ask_from: Callable[..., Asker], tmp_path: Path, where: str) -> None:
    """The path exists, so the message does not say "does not exist"."""
    root = tmp_path / "root"
    file = root if where == "the root" else root / ".metaflow"
    file.parent.mkdir(exist_ok=True)
    file.write_text("", encoding="utf-8")

    answer = ask_from(tmp_path, METAFLOW_DATASTORE_SYSROOT_LOCAL=str(root))(flow="TinyFlow")

    assert_error(answer, "FlowNotFound", f"{file} is a file, not a directory")


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "Flow Name", "*", ".", "TinyFlow\n", "1Flow", "x" * 300, "Flow?x", "\ud83d"], ids=ascii
)
def test_invalid_flow_name_is_a_usage_error(ask: Asker, name: str) -> None:
    """The message describes valid names, and is short even if the name is long."""
    for answer in (ask(flow=name), ask(champion=None, flow=name), ask(champion="champion", flow=name)):
        assert_error(answer, "UsageError", "is not a flow name", "as in ModelingFlow")
        assert len(answer["message"]) < 500


@pytest.mark.parametrize(
    "run", ["..", ".", "*", "1 2", "?x", "x#y", "%2e%2e", "-1", "1" * 300, "\x00", "é"], ids=ascii
)
def test_invalid_run_id_is_a_usage_error(ask: Asker, run: str) -> None:
    """In the URL of a service, some of them would be another path, and therefore another run."""
    for request in ({"flow": "TinyFlow", "run": run}, {"run": f"TinyFlow/{run}"}):
        assert_error(ask(**request), "UsageError", "is not a run ID", "Write Flow/ID or ID")
    assert_error(ask(champion=f"TinyFlow/{run}", flow="TinyFlow"), "UsageError", "is not a run ID", "--gate-champion")


@pytest.mark.parametrize("run", ["argo-tinyflow-x7k2p", "sfn-0b4e", "1700000000000000", "12"])
def test_unknown_run_id_of_any_scheduler_is_reported_as_a_missing_run(ask: Asker, run: str) -> None:
    assert_error(ask(run=f"TinyFlow/{run}"), "RunNotFound", run)


@pytest.mark.parametrize("tag", ["*", "\x00", "\ud83d", "a" * 600, "../x"], ids=ascii)
def test_unknown_tag_with_any_characters_is_reported_as_a_missing_run(ask: Asker, tag: str) -> None:
    assert_error(ask(flow="TinyFlow", tag=tag), "RunNotFound", "tags in use")


def test_empty_tag_or_namespace_is_a_usage_error(ask: Asker) -> None:
    assert_error(ask(flow="TinyFlow", tag=""), "UsageError", "--gate-tag", "is empty")
    assert_error(ask(flow="TinyFlow", namespace=" "), "UsageError", "--gate-namespace", "is empty")


def test_promotion_of_an_invalid_flow_is_a_usage_error(ask: Asker) -> None:
    """Metaflow is not called."""
    assert ask(promote="../x/1")["kind"] == "UsageError"
