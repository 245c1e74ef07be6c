"""The source `models` with a real MLflow server: look-up, promotion, races, kills and outages."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from embedgate.errors import (
    ArtifactMissing,
    ArtifactUnreadable,
    EmbedgateError,
    RunNotFound,
    ServiceUnreachable,
    UsageError,
)
from embedgate.sources import mlflow_client
from embedgate.sources.records import Promotion, Request, RunRecord
from embedgate.sources.resolve import find_champion, find_model, mark_failed, promote, resolve, resolve_champion
from embedgate.testing import sample
from tests.conftest import write_sample
from tests.integration.forked_gate import ForkedGate
from tests.integration.mlflow_server import ENVIRONMENT, MlflowServer, Proxy
from tests.integration.suite import copy_suite, verdict_in
from tests.integration.test_file_champion import CONFIG, SHUFFLED
from tests.retraining import permute_vectors, retrained

if TYPE_CHECKING:
    from mlflow import MlflowClient

SAMPLE = sample()
ARTIFACTS = {"vectors_artifact": "vectors.npz", "playlists_artifact": "playlists.jsonl"}
PROMOTER = """
import sys
from embedgate.sources.records import Promotion
from embedgate.sources.resolve import find_champion, promote
from embedgate.sources.records import Request, RunRecord
model = RunRecord(source="mlflow", pathspec=sys.argv[1])
replaces = find_champion(Request(run=sys.argv[1]))
print(promote(Promotion(model=model, replaces=replaces, verdict={"verdict": "passed"})))
"""
_names = (f"track2vec-{number}" for number in itertools.count())


class Registry:
    """The registry of a server, with a new registered model.

    Args:
        url: of the server.
        folder: with the files of two sound models and a broken one.
    """

    def __init__(self, url: str, folder: Path) -> None:
        from mlflow import MlflowClient

        self.url = url
        self.folder = folder
        self.client: MlflowClient = MlflowClient(url)
        self.name = next(_names)
        self.client.create_registered_model(self.name)
        self._experiment = self.client.create_experiment(self.name)

    def register(self, model: str = "first", *, below: str = "", files: tuple[Path, ...] = ()) -> str:
        """Register a version whose artifacts are those of its run, or in a folder of it; return its reference."""
        run = self.client.create_run(self._experiment).info.run_id
        for path in files or sorted((self.folder / model).iterdir()):
            self.client.log_artifact(run, str(path), below or None)
        self.client.log_metric(run, "test_metric", 0.5)
        self.client.set_terminated(run)
        source = f"runs:/{run}/{below}" if below else f"runs:/{run}"
        version = self.client.create_model_version(self.name, source, run_id=run)
        return f"models:/{self.name}/{version.version}"

    def tags(self, reference: str) -> dict[str, str]:
        return dict(self.client.get_model_version(self.name, reference.rpartition("/")[2]).tags)

    def logged(self, reference: str) -> list[str]:
        """The artifacts that the gate has logged."""
        return [each.path for each in self.client.list_artifacts(self._run(reference), "embedgate")]

    def logged_verdict(self, reference: str, folder: Path) -> dict[str, Any]:
        path = self.client.download_artifacts(self._run(reference), "embedgate/verdict.json", str(folder))
        found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
        return found

    def _run(self, reference: str) -> str:
        return str(self.client.get_model_version(self.name, reference.rpartition("/")[2]).run_id)

    @property
    def champion(self) -> str | None:
        number = self.client.get_registered_model(self.name).aliases.get("champion")
        return None if number is None else f"models:/{self.name}/{number}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """A server that all tests share; each test has its own registered model."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow  # noqa: F401 - its imports use deprecated features

    started = MlflowServer(tmp_path_factory.mktemp("mlflow")).start()
    yield started
    started.kill()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of two sound models and a broken one."""
    folder = tmp_path_factory.mktemp("models")
    vectors = {
        "first": SAMPLE.vectors,
        "second": retrained(SAMPLE.vectors),
        "broken": permute_vectors(retrained(SAMPLE.vectors), SHUFFLED),
    }
    for name, each in vectors.items():
        files = write_sample(replace(SAMPLE, vectors=each.astype(np.float32)), folder / name)
        files.config.unlink()
    return folder


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A function that sets the address of the server, for this process."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    # a test waits less long than a gate run
    monkeypatch.setattr(mlflow_client, "_LIMITS", mlflow_client._LIMITS | {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"})
    return lambda url: monkeypatch.setenv("MLFLOW_TRACKING_URI", url)


@pytest.fixture
def registry(server: MlflowServer, models: Path, use: Callable[[str], None]) -> Registry:
    use(server.url)
    return Registry(server.url, models)


@pytest.fixture
def proxy(server: MlflowServer) -> Iterator[Proxy]:
    started = Proxy(server.url)
    yield started
    started.stop()


def wanted(reference: str, **more: Any) -> Request:
    return Request(run=reference, **ARTIFACTS | more)


def promotion(reference: str, replaces: str | None = None) -> Promotion:
    """Return a promotion with a passed verdict."""
    model, replaced = (each and RunRecord(source="mlflow", pathspec=each) for each in (reference, replaces))
    assert model
    return Promotion(model=model, replaces=replaced or None, verdict={"verdict": "passed"})


# -- look-up --


def test_version_is_found_by_number_alias_and_as_the_latest(registry: Registry) -> None:
    first, second = registry.register("first"), registry.register("second")
    registry.client.set_registered_model_alias(registry.name, "nightly", "1")
    registry.client.set_model_version_tag(registry.name, "1", "data", "2026-07")

    loaded = resolve(wanted(first))

    assert (loaded.space.keys, len(loaded.playlists)) == (SAMPLE.space().keys, 240)
    np.testing.assert_array_equal(loaded.space.vectors, SAMPLE.space().vectors)
    record = loaded.record
    assert (record.source, record.pathspec, record.metric) == ("mlflow", first, 0.5)
    assert (record.tags, record.metadata) == (("data:2026-07", "nightly"), f"mlflow@{registry.url}")
    assert record.finished_at is not None
    assert abs(record.finished_at.timestamp() - time.time()) < 600
    assert [(each.role, each.path) for each in record.files] == [
        ("vectors", f"{first}/vectors.npz"),
        ("playlists", f"{first}/playlists.jsonl"),
    ]
    assert find_model(wanted(f"models:/{registry.name}@nightly")).pathspec == first
    assert find_model(wanted(f"models:/{registry.name}/latest")).pathspec == second


def test_artifacts_are_those_of_the_version_else_of_its_run(registry: Registry, tmp_path: Path) -> None:
    """A version may be a folder of its run; gensim writes large arrays beside the file."""
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(2)
    vectors.add_vectors(["a", "b"], np.eye(2, dtype=np.float32))
    vectors.save(str(tmp_path / "m.kv"), separately=["vectors"])
    (tmp_path / "m.kvx").write_text("another file", encoding="utf-8")
    reference = registry.register(below="model", files=(tmp_path / "m.kv", tmp_path / "m.kv.vectors.npy"))
    run = registry.client.get_model_version(registry.name, "1").run_id
    registry.client.log_artifact(run, str(registry.folder / "first" / "playlists.jsonl"), "data")

    loaded = resolve(wanted(reference, vectors_artifact="m.kv", playlists_artifact="data/playlists.jsonl"))

    assert loaded.space.keys == ("a", "b") or list(loaded.space.keys) == ["a", "b"]
    assert [each.path for each in loaded.record.files] == [
        f"{reference}/m.kv",
        f"{reference}/m.kv.vectors.npy",
        f"{reference}/data/playlists.jsonl",
    ]


def test_what_does_not_exist_is_named(registry: Registry, tmp_path: Path) -> None:
    damaged = tmp_path / "vectors.npz"
    damaged.write_bytes(b"PK damaged")
    reference = registry.register(files=(damaged, registry.folder / "first" / "playlists.jsonl"))
    registry.client.set_registered_model_alias(registry.name, "nightly", "1")
    name = registry.name

    cases: list[tuple[type[EmbedgateError], Request, tuple[str, ...]]] = [
        (RunNotFound, wanted("models:/nosuch/1"), ("no version models:/nosuch/1", registry.url)),
        (RunNotFound, wanted(f"models:/{name}/99"), (f"no version models:/{name}/99", "Correct the reference")),
        (RunNotFound, wanted("models:/nosuch/latest"), ("no registered model 'nosuch'",)),
        (RunNotFound, wanted(f"models:/{name}@nighly"), ("no alias 'nighly' (did you mean nightly?)",)),
        (UsageError, wanted(f"models:/{name}"), ("write models:/NAME/VERSION, models:/NAME@ALIAS",)),
        (UsageError, wanted(f"models:/{name}/1/2"), ("write models:/NAME/VERSION",)),
        (UsageError, wanted(reference, namespace="user:me"), ("--gate-namespace=user:me is for runs of Metaflow",)),
        (
            ArtifactMissing,
            wanted(reference, vectors_artifact="vectors.npy"),
            (
                "no artifact 'vectors.npy' (did you mean vectors.npz?)",
                "playlists.jsonl, vectors.npz",
                "[model] vectors",
            ),
        ),
        (ArtifactMissing, wanted(reference, vectors_artifact="gone/v.npz"), ("no artifact 'gone/v.npz'",)),
        (ArtifactUnreadable, wanted(reference), (f"file {reference}/vectors.npz cannot be read as .npz",)),
    ]
    for kind, request, words in cases:
        with pytest.raises(kind) as caught:
            resolve(request)
        assert all(each in str(caught.value) for each in words), str(caught.value)
        assert "/tmp" not in str(caught.value)  # noqa: S108


def test_registered_model_without_a_champion_has_none(registry: Registry) -> None:
    reference = registry.register()

    assert find_champion(wanted(reference)) is None
    assert resolve_champion(None, wanted(reference)) is None
    with pytest.raises(RunNotFound, match=r"the champion 'models:.*@champion', given by .*no alias 'champion'"):
        resolve_champion(f"models:/{registry.name}@champion", Request(flow="F"))
    with pytest.raises(RunNotFound, match=r"the champion of models:/nosuch/1, to compare with: .*gate-champion=none"):
        resolve_champion(None, wanted("models:/nosuch/1"))


# -- promotion --


def test_promotion_moves_the_alias_and_tags_the_version(registry: Registry) -> None:
    first, second = registry.register("first"), registry.register("second")

    assert promote(promotion(first)) == first == registry.champion
    assert registry.tags(first) == {"quality": "passed"}
    champion = resolve_champion(None, wanted(second))
    assert champion is not None
    assert (champion[0].pathspec, "champion" in champion[0].tags) == (first, True)

    for _ in range(2):
        assert promote(promotion(second, replaces=first)) == second == registry.champion
    assert mark_failed(RunRecord(source="mlflow", pathspec=first)) == "quality:failed"
    assert registry.tags(first) == {"quality": "failed"}
    assert registry.champion == second

    manual = replace(promotion(first, replaces=second), verdict=None)
    assert promote(manual) == first == registry.champion
    assert registry.tags(first) == {"quality": "failed"}


def test_version_that_was_not_compared_with_the_champion_does_not_replace_it(registry: Registry) -> None:
    first, second = registry.register(), registry.register()
    late = promotion(second)
    promote(promotion(first))

    assert promote(late) == first == registry.champion


def test_concurrent_promotions_result_in_one_champion(registry: Registry) -> None:
    """Every promotion that started before the alias was moved reports the champion that it read back."""
    old, *others = (registry.register() for _ in range(5))
    promote(promotion(old))

    with ThreadPoolExecutor(len(others)) as pool:
        answers = list(pool.map(promote, [promotion(each, replaces=old) for each in others]))

    assert registry.champion in others
    assert registry.champion in answers
    assert set(answers) <= set(others)
    assert promote(promotion(old, replaces=registry.champion)) == old == registry.champion


def test_version_that_was_deleted_is_not_promoted(registry: Registry) -> None:
    first, second = registry.register(), registry.register()
    promote(promotion(first))
    registry.client.delete_model_version(registry.name, "2")

    with pytest.raises(RunNotFound, match=rf"could not be promoted: there is no version.*now on {first}"):
        promote(promotion(second, replaces=first))


# -- outages --


def test_server_that_is_down_is_not_a_missing_model(registry: Registry, use: Callable[[str], None]) -> None:
    reference = registry.register()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        use(f"http://user:secret@127.0.0.1:{free.getsockname()[1]}")
    began = time.monotonic()

    looks_up: list[Callable[[], object]] = [
        lambda: resolve(wanted(reference)),
        lambda: find_champion(wanted(reference)),
        lambda: resolve_champion(None, wanted(reference)),
        lambda: promote(promotion(reference)),
        lambda: mark_failed(RunRecord(source="mlflow", pathspec=reference)),
    ]
    for look_up in looks_up:
        with pytest.raises(ServiceUnreachable, match="this is not a missing model") as caught:
            look_up()
        assert "secret" not in str(caught.value)
    assert time.monotonic() - began < 60
    assert registry.champion is None


def test_server_that_is_silent_or_endless_is_abandoned(
    registry: Registry, use: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It accepts connections; one never answers, and one sends a byte now and then."""
    reference = registry.register()

    def serve(listener: socket.socket, drip: bytes) -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=answer, args=(connection, drip), daemon=True).start()

    def answer(connection: socket.socket, drip: bytes) -> None:
        try:
            while True:
                if drip:
                    connection.sendall(drip)
                time.sleep(0.2)
        except OSError:
            pass

    monkeypatch.setattr(
        mlflow_client,
        "_LIMITS",
        mlflow_client._LIMITS | {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "1"},
    )
    for drip, seconds, words in ((b"", 60.0, "did not provide"), (b"H", 2.0, "within 2 seconds")):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=serve, args=(listener, drip), daemon=True).start()
            use(f"http://127.0.0.1:{listener.getsockname()[1]}")
            monkeypatch.setattr(mlflow_client, "FIND_SECONDS", seconds)
            began = time.monotonic()
            with pytest.raises(ServiceUnreachable, match=words):
                find_champion(wanted(reference))
            assert time.monotonic() - began < 20


@pytest.mark.parametrize("status", ["404 Not Found", "502 Bad Gateway", "200 OK", "403 Forbidden"])
def test_answer_of_something_else_is_not_a_missing_model(
    registry: Registry, use: Callable[[str], None], status: str
) -> None:
    reference = registry.register()
    body = b"<html>another server</html>"

    def serve(listener: socket.socket) -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                connection.sendall(head.encode() + body)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        use(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(ServiceUnreachable, match="not a missing model"):
            find_champion(wanted(reference))


@pytest.mark.parametrize(("write", "after"), [(1, False), (1, True), (2, False), (2, True)])
def test_outage_between_the_steps_of_a_promotion_leaves_a_champion(
    registry: Registry, proxy: Proxy, use: Callable[[str], None], write: int, after: bool
) -> None:
    """The first write tags the version, the second moves the alias; the next promotion succeeds."""
    old, new = registry.register(), registry.register()
    promote(promotion(old))
    proxy.break_at(write, after=after)
    use(proxy.url)

    with pytest.raises(ServiceUnreachable, match=rf"{new} could not be promoted: .*cannot be read \(ServiceUnreach"):
        promote(promotion(new, replaces=old))

    assert proxy.writes[0].endswith("/model-versions/set-tag")
    assert registry.champion == (new if (write, after) == (2, True) else old)
    assert registry.tags(new) == ({} if (write, after) == (1, False) else {"quality": "passed"})
    use(registry.url)
    assert promote(promotion(new, replaces=registry.champion)) == new == registry.champion
    assert registry.tags(new) == {"quality": "passed"}


def test_server_killed_between_the_steps_keeps_the_champion(
    models: Path, tmp_path: Path, use: Callable[[str], None]
) -> None:
    """The server is started again with the same database."""
    server = MlflowServer(tmp_path).start()
    proxy = Proxy(server.url)
    try:
        use(server.url)
        registry = Registry(server.url, models)
        old, new = registry.register(), registry.register()
        promote(promotion(old))
        proxy.act = lambda number, after: server.kill() if (number, after) == (2, False) else None
        use(proxy.url)
        with pytest.raises(ServiceUnreachable, match="could not be promoted"):
            promote(promotion(new, replaces=old))
        server.start()
        use(server.url)
        assert registry.champion == old
        assert promote(promotion(new, replaces=old)) == new == registry.champion
    finally:
        server.kill()
        proxy.stop()


@pytest.mark.parametrize(("write", "after"), [(1, True), (2, False), (2, True)])
def test_promotion_killed_between_the_steps_leaves_a_champion(
    registry: Registry, proxy: Proxy, write: int, after: bool
) -> None:
    """The process that promotes is killed with SIGKILL."""
    old, new = registry.register(), registry.register()
    promote(promotion(old))
    environment = {**os.environ, **ENVIRONMENT, "MLFLOW_TRACKING_URI": proxy.url}
    process = subprocess.Popen([sys.executable, "-c", PROMOTER, new], env=environment)

    proxy.act = lambda number, done: process.kill() if (number, done) == (write, after) else None
    assert process.wait(timeout=120) == -signal.SIGKILL

    # the server may still be working on a request that it got before the kill
    expected = {old, new} if write == 2 else {old}
    assert registry.champion in expected
    assert promote(promotion(new, replaces=registry.champion)) == new == registry.champion


# -- gate runs --


class Project:
    """A folder in which gate runs test the versions of a registered model."""

    def __init__(self, forked: ForkedGate, folder: Path, url: str) -> None:
        artifacts = '[model]\nvectors = "vectors.npz"\nplaylists = "playlists.jsonl"\n'
        self.folder = copy_suite(folder, CONFIG.replace("[model]\n", artifacts))
        self._forked, self._url = forked, url

    def gate(self, reference: str, *arguments: str, url: str = "") -> tuple[int, str, dict[str, Any]]:
        environment = {**ENVIRONMENT, "MLFLOW_TRACKING_URI": url or self._url}
        ended = self._forked(
            self.folder, "quality_checks", f"--gate-run={reference}", *arguments, environment=environment, limit=240
        )
        assert "Traceback" not in ended.output, ended.output
        assert (self.folder / "verdict.json").exists(), ended.output
        return ended.status, ended.output, verdict_in(self.folder)

    def command(self, *arguments: str) -> tuple[int, str]:
        environment = {**ENVIRONMENT, "MLFLOW_TRACKING_URI": self._url}
        ended = self._forked(self.folder, *arguments, program="embedgate.cli", environment=environment, limit=240)
        return ended.status, ended.output


@pytest.fixture
def project(forked: ForkedGate, registry: Registry, tmp_path: Path) -> Project:
    return Project(forked, tmp_path / "project", registry.url)


def test_gate_promotes_a_version_and_logs_verdict_and_report(
    project: Project, registry: Registry, tmp_path: Path
) -> None:
    first, second, broken = (registry.register(name) for name in ("first", "second", "broken"))

    status, output, verdict = project.gate(first, "--gate-promote")
    assert (status, verdict["promoted"], verdict["run"]["source"]) == (0, True, "mlflow"), output
    assert f"promoted: {first} is the champion now" in output
    assert registry.logged(first) == ["embedgate/report.html", "embedgate/verdict.json"]
    assert registry.logged_verdict(first, tmp_path) == verdict
    assert (verdict["promotion"], registry.champion) == ("done", first)

    status, output, verdict = project.gate(second, "-k", "integrity", "--gate-promote")
    assert (status, verdict["verdict"], registry.logged(second)) == (1, "partial", [])

    status, output, verdict = project.gate(broken, "--gate-promote")
    assert (status, verdict["verdict"], verdict["error"]) == (1, "failed", None)
    assert f"{broken} is tagged 'quality:failed'" in output
    assert verdict["champion"]["pathspec"] == first
    assert registry.logged_verdict(broken, tmp_path) == verdict
    assert (registry.tags(broken), registry.champion) == ({"quality": "failed"}, first)


def test_gate_without_promotion_changes_nothing(project: Project, registry: Registry) -> None:
    reference = registry.register()

    assert project.gate(reference)[0] == 0
    assert (registry.champion, registry.tags(reference), registry.logged(reference)) == (None, {}, [])


def test_outage_during_a_gate_run_fails_it(project: Project, registry: Registry, proxy: Proxy) -> None:
    """It stores verdict and report, tags the version, moves the alias, and stores the completed files."""
    old, new = registry.register("first"), registry.register("second")
    promote(promotion(old))
    for write, after, champion, words in (
        (1, False, old, f"a place for verdict and report of {new}"),
        (4, False, old, f"{new} could not be promoted"),
        (5, False, new, f"the completed verdict could not be stored with {new}"),
    ):
        proxy.is_down = False
        proxy.break_at(write, after=after)
        status, output, verdict = project.gate(new, "--gate-promote", url=proxy.url)

        assert (status, verdict["verdict"]) == (1, "failed"), output
        assert (verdict["error"]["kind"], verdict["promotion"]) == ("promotion", "failed")
        assert words in verdict["error"]["message"]
        assert verdict["promoted"] is (champion == new)
        assert registry.champion == champion

    proxy.is_down = True
    status, output, verdict = project.gate(new, "--gate-promote", url=proxy.url)
    assert (status, verdict["error"]["kind"], verdict["run"]) == (1, "ServiceUnreachable", None)


def test_commands_take_versions(project: Project, registry: Registry) -> None:
    first, second = registry.register("first"), registry.register("second")

    status, output = project.command("promote", first, "--reason", "the first")
    assert (status, registry.champion, registry.tags(first)) == (0, first, {}), output

    status, output = project.command("compare", f"models:/{registry.name}@champion", second, "--json")
    assert status == 0, output
    found = json.loads(output[output.index("{") :])
    assert (found["a"]["pathspec"], found["b"]["pathspec"], found["playlists"]) == (first, second, second)
