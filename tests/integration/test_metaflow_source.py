"""Runs are found and read with Metaflow's client from a local datastore or a metadata service."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import WITHOUT_MAP
from tests.integration.metadata_service import MetadataService
from tests.integration.suite import copy_suite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.conftest import Datastore
    from tests.integration.forked_gate import ForkedGate

HERE = Path(__file__).parent


def found(answer: dict[str, Any], run: str) -> dict[str, Any]:
    assert "record" in answer, answer
    assert answer["record"]["pathspec"] == f"TinyFlow/{run}"
    return answer


def assert_error(answer: dict[str, Any], kind: str, *facts: str) -> None:
    assert answer.get("kind") == kind, answer
    for fact in facts:
        assert fact in answer["message"], answer["message"]


# The latest run


def test_latest_successful_run_is_found_despite_newer_failures_and_tags(ask: Any, datastore: Any) -> None:
    answer = found(ask(flow="TinyFlow"), datastore.newest)
    record = answer["record"]
    assert record["source"] == "metaflow"
    assert record["user"] == "alice"
    assert record["tags"] == []
    assert record["metric"] == 0.25
    assert record["metadata"] == f"local@{datastore.root}"
    assert "user:alice" in record["system_tags"]
    assert len(answer["keys"]) == 30
    assert answer["playlists"] == ["ann-rock", "bob-rap", "cy-country"]
    assert answer["plays"] == 60


def test_time_at_which_a_run_finished_is_in_utc(ask_from: Any, datastore: Any) -> None:
    answer = ask_from(datastore.root, TZ="Asia/Tokyo")(flow="TinyFlow")
    finished = datetime.fromisoformat(answer["record"]["finished_at"])
    assert finished.utcoffset() is not None
    started = datetime.fromtimestamp(int(datastore.newest) / 1e6, tz=UTC)
    assert 0 < (finished - started).total_seconds() < 3600  # Tokyo is nine hours ahead


def test_client_of_metaflow_returns_the_tagged_run_as_the_latest(datastore: Any) -> None:
    """If this test fails, Metaflow has fixed the bug, and `latest_successful` can be simplified."""
    code = "from metaflow import Flow, namespace; namespace(None); print(Flow('TinyFlow').latest_successful_run.id)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=datastore.environment(),
        cwd=datastore.root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == datastore.tagged


def test_runs_of_another_user_are_found(ask: Any, datastore: Any) -> None:
    answer = found(ask(run=f"TinyFlow/{datastore.others}"), datastore.others)
    assert answer["record"]["user"] == "bob"


# Runs by ID, tag and namespace


@pytest.mark.parametrize("form", ["TinyFlow/{}", "{}"])
def test_run_is_found_by_its_id(ask: Any, datastore: Any, form: str) -> None:
    found(ask(flow="TinyFlow", run=form.format(datastore.older)), datastore.older)


def test_flow_of_a_pathspec_takes_precedence(ask: Any, datastore: Any) -> None:
    found(ask(flow="OtherFlow", run=f"TinyFlow/{datastore.older}"), datastore.older)


def test_load_run_loads_a_run_or_the_latest_run_of_a_flow(ask: Any, datastore: Any) -> None:
    """`load_run` accepts a pathspec or a flow, a tag, a namespace and names of artifacts."""
    older = found(ask(load_run=f"TinyFlow/{datastore.older}"), datastore.older)
    assert (len(older["keys"]), older["playlists"]) == (30, ["ann-rock", "bob-rap", "cy-country"])
    found(ask(load_run="TinyFlow"), datastore.newest)
    found(ask(load_run="TinyFlow", tag="champion"), datastore.tagged)
    found(ask(load_run="TinyFlow", namespace="user:bob"), datastore.others)
    assert_error(ask(load_run="TinyFlow", vectors="final_vektors"), "ArtifactMissing", "did you mean final_vectors")
    assert_error(ask(load_run="TinyFlow/"), "UsageError", "is not a run")


def test_vectors_of_a_run_are_read_without_gensim(datastore: Datastore) -> None:
    code = "import sys, embedgate; embedgate.load_run(sys.argv[1]); print({'gensim', 'pandas'} & {*sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", code, f"TinyFlow/{datastore.newest}"],
        env=datastore.environment(),
        cwd=datastore.root,
        check=True,
        capture_output=True,
        text=True,
    )
    assert loaded.stdout == "{'pandas'}\n"


def test_unknown_run_is_reported_with_the_existing_ones(ask: Any, datastore: Any) -> None:
    typo = datastore.older[:-1] + str((int(datastore.older[-1]) + 1) % 10)
    assert_error(
        ask(run=f"TinyFlow/{typo}"), "RunNotFound", typo, str(datastore.root), "did you mean", datastore.older
    )
    assert_error(ask(run="TinyFlow/1"), "RunNotFound", "no run 1", f"the newest are {datastore.failed}")


@pytest.mark.parametrize("run", ["TinyFlow/", "/1", "TinyFlow/1/start"])
def test_invalid_pathspec_is_a_usage_error(ask: Any, run: str) -> None:
    assert ask(run=run)["kind"] == "UsageError"


def test_missing_flow_is_a_usage_error(ask: Any) -> None:
    assert_error(ask(run="123"), "UsageError", "no flow is configured", "--gate-flow")


def test_error_of_a_failed_run_contains_its_step_and_error(ask: Any, datastore: Any) -> None:
    answer = ask(run=f"TinyFlow/{datastore.failed}")
    assert_error(answer, "RunNotSuccessful", datastore.failed, "failed at step 'start'", "ValueError: told to fail")
    answer = ask(run=f"TinyFlow/{datastore.failed_at_end}")
    assert_error(answer, "RunNotSuccessful", "failed at step 'end'", "told to fail at the end")


def test_run_is_found_by_its_tag(ask: Any, datastore: Any) -> None:
    answer = found(ask(flow="TinyFlow", tag="champion"), datastore.tagged)
    assert answer["record"]["tags"] == ["champion"]


def test_unknown_tag_is_reported_with_those_in_use(ask: Any) -> None:
    assert_error(ask(flow="TinyFlow", tag="champions"), "RunNotFound", "'champions'", "did you mean champion", "(1)")


def test_namespace_restricts_the_search(ask: Any, datastore: Any) -> None:
    found(ask(flow="TinyFlow", namespace="user:bob"), datastore.others)
    found(ask(flow="TinyFlow", namespace="user:alice"), datastore.newest)


def test_runs_of_other_namespaces_are_reported(ask: Any, datastore: Any) -> None:
    answer = ask(flow="TinyFlow", namespace="user:carol")
    assert_error(answer, "RunNotFound", "outside the namespace 'user:carol'", "user:alice (6), user:bob (1)")
    answer = ask(run=f"TinyFlow/{datastore.others}", namespace="user:alice")
    assert_error(answer, "RunNotFound", datastore.others, "outside the namespace 'user:alice'", "user:bob")
    assert_error(ask(flow="TinyFlow", namespace="user:bob", tag="champion"), "RunNotFound", "none of the 1 runs")


# Missing and wrong artifacts


def test_missing_artifact_is_reported_with_the_existing_ones(ask: Any, datastore: Any) -> None:
    answer = ask(run=f"TinyFlow/{datastore.broken}")
    assert_error(answer, "ArtifactMissing", datastore.broken, "'final_vectors'", "final_dataset", "[model] vectors")
    answer = ask(flow="TinyFlow", playlists_artifact="final_data")
    assert_error(answer, "ArtifactMissing", "'final_data'", "did you mean final_dataset", "[model] playlists")


def test_vectors_of_another_type_are_reported(ask: Any) -> None:
    answer = ask(flow="TinyFlow", vectors_artifact="final_dataset")
    assert_error(answer, "ArtifactInvalid", "'final_dataset'", "is a pandas.DataFrame", "KeyedVectors")


def test_missing_column_is_reported_with_the_existing_ones(ask: Any, datastore: Any) -> None:
    answer = ask(run=f"TinyFlow/{datastore.broken}", vectors_artifact="sound_vectors")
    assert_error(
        answer, "ArtifactInvalid", f"of run TinyFlow/{datastore.broken}", "no column 'track_sequence'", "tracks"
    )


def test_playlists_of_another_type_are_reported(ask: Any, datastore: Any) -> None:
    names = {"vectors_artifact": "sound_vectors", "playlists_artifact": "no_frame"}
    answer = ask(run=f"TinyFlow/{datastore.broken}", **names)
    assert_error(answer, "ArtifactInvalid", "'no_frame'", "is a dict", "pandas DataFrame")


def test_vectors_can_be_read_without_playlists_and_without_a_numeric_metric(ask: Any, datastore: Any) -> None:
    answer = ask(run=f"TinyFlow/{datastore.broken}", vectors_artifact="sound_vectors", only_vectors=True)
    assert found(answer, datastore.broken)["record"]["metric"] is None


def test_array_is_read_with_the_keys_of_another_artifact(ask: Any, datastore: Any) -> None:
    run = {"run": f"TinyFlow/{datastore.broken}", "only_vectors": True}

    answer = found(ask(**run, vectors_artifact="array", keys_artifact="array_keys"), datastore.broken)
    assert answer["first"] == ask(**run, vectors_artifact="sound_vectors")["first"]

    assert_error(ask(**run, vectors_artifact="array"), "ArtifactInvalid", "'array'", "numpy.ndarray", "[model] keys")
    assert_error(
        ask(**run, vectors_artifact="array", keys_artifact="no_keys"), "ArtifactMissing", "'no_keys'", "[model] keys"
    )
    assert_error(
        ask(**run, vectors_artifact="array", keys_artifact="no_frame"), "ArtifactInvalid", "'no_frame'", "is a dict"
    )
    assert_error(
        ask(**run, vectors_artifact="sound_vectors", keys_artifact="array_keys"),
        "ArtifactInvalid",
        "'sound_vectors'",
        "only an array needs keys of its own",
    )


def test_gate_run_tests_an_array_with_its_keys(forked: ForkedGate, tmp_path: Path, datastore: Datastore) -> None:
    settings = 'vectors = "array"\nkeys = "array_keys"\n[model.columns]\ntrack_sequence = "tracks"\n'
    copy_suite(tmp_path, f'[model]\nflow = "TinyFlow"\n{settings}{WITHOUT_MAP}')

    arguments = "quality_checks", f"--gate-run={datastore.broken}", "--gate-champion=none", "-k", "finite"
    environment = datastore.environment(METAFLOW_DATASTORE_SYSROOT_LOCAL=str(datastore.root))
    done = forked(tmp_path, *arguments, environment=environment)

    assert done.verdict["error"] is None, done.output
    assert {check["id"]: check["outcome"] for check in done.verdict["checks"]}["integrity.finite"] == "passed"


def test_missing_package_of_a_pickle_is_reported(ask: Any, datastore: Any) -> None:
    answer = ask(run=f"TinyFlow/{datastore.broken}", vectors_artifact="foreign_vectors")
    assert_error(
        answer, "ArtifactUnreadable", "the package 'only_here'", "not installed", "made with Python 3", "gensim 4"
    )
    assert answer["cause"] == "ModuleNotFoundError"


# The datastore


def test_unknown_flow_is_reported_with_the_datastore_and_its_flows(ask: Any, datastore: Any) -> None:
    answer = ask(flow="TinyFlo")
    assert_error(
        answer, "FlowNotFound", "'TinyFlo'", f"{datastore.root}/.metaflow", "did you mean TinyFlow", "--gate-flow"
    )
    assert answer["cause"] == "MetaflowNotFound"


def test_datastore_is_found_from_a_subdirectory(ask_from: Any, datastore: Any) -> None:
    below = datastore.root / "notebooks" / "deep"
    below.mkdir(parents=True, exist_ok=True)
    ask = ask_from(below)
    found(ask(flow="TinyFlow"), datastore.newest)
    assert_error(ask(flow="NoFlow"), "FlowNotFound", str(datastore.root), f"directory {below} upwards")


def test_error_outside_of_a_datastore_contains_the_directory_and_nothing_is_written(
    ask_from: Any, tmp_path: Path
) -> None:
    answer = ask_from(tmp_path)(flow="TinyFlow")
    assert_error(answer, "FlowNotFound", "no directory .metaflow", str(tmp_path), "METAFLOW_DATASTORE_SYSROOT_LOCAL")
    assert not list(tmp_path.iterdir())


def test_datastore_is_found_by_environment_variable(ask_from: Any, datastore: Any, tmp_path: Path) -> None:
    ask = ask_from(tmp_path, METAFLOW_DATASTORE_SYSROOT_LOCAL=str(datastore.root))
    found(ask(flow="TinyFlow"), datastore.newest)
    ask = ask_from(tmp_path, METAFLOW_DATASTORE_SYSROOT_LOCAL=str(tmp_path / "typo"))
    assert_error(
        ask(flow="TinyFlow"), "FlowNotFound", f"{tmp_path}/typo/.metaflow does not exist", "SYSROOT_LOCAL is"
    )


def test_unknown_profile_is_reported(ask_from: Any, tmp_path: Path) -> None:
    answer = ask_from(tmp_path, METAFLOW_PROFILE="typo")(flow="TinyFlow")
    assert_error(answer, "MetaflowUnusable", "METAFLOW_PROFILE 'typo'")


# Datastores with copies of runs


@pytest.fixture
def ask_store(tmp_path: Path, ask_from: Any, datastore: Any) -> Callable[..., Any]:
    """A function that makes a datastore of copies of runs: `ask_store((role, started, lasted), ...)`, in seconds."""

    def make(*runs: tuple[str, float, float], without_end: bool = False) -> Any:
        flow = tmp_path / ".metaflow" / "TinyFlow"
        source = datastore.root / ".metaflow" / "TinyFlow"
        flow.mkdir(parents=True)
        shutil.copytree(source / "_meta", flow / "_meta")
        for role, started, lasted in runs:
            run = flow / f"{int((1_700_000_000 + started) * 1e6)}"
            shutil.copytree(source / getattr(datastore, role), run, copy_function=os.link)
            rewrite(run / "_meta" / "_self.json", run_number=run.name)
            for ended in run.glob("end/*/_meta/0_artifact__task_ok.json"):
                rewrite(ended, ts_epoch=int((1_700_000_000 + started + lasted) * 1000))
            if without_end:
                shutil.rmtree(run / "end")
        return ask_from(tmp_path)

    return make


def rewrite(path: Path, **values: object) -> None:
    text = json.dumps(json.loads(path.read_text()) | values)
    path.unlink()  # the original is a hard link to the same file
    path.write_text(text)


def seconds_of(answer: dict[str, Any]) -> int:
    """Return the start of the run in an answer, in seconds as in `ask_store`."""
    assert "record" in answer, answer
    return round(int(answer["record"]["pathspec"].removeprefix("TinyFlow/")) / 1e6 - 1_700_000_000)


def test_run_that_finished_last_is_the_latest(ask_store: Any) -> None:
    ask = ask_store(("newest", 0, 5000), ("newest", 1000, 100), ("newest", 2000, 100), ("failed", 3000, 0))
    assert seconds_of(ask(flow="TinyFlow")) == 0


def test_runs_that_started_long_before_are_skipped(ask_store: Any) -> None:
    day = 86_400
    ask = ask_store(("newest", 0, 17 * day), ("newest", 2 * day, 13 * day + 200), ("newest", 15 * day, 100))
    assert seconds_of(ask(flow="TinyFlow")) == 2 * day


def test_search_among_many_runs_is_fast(ask_store: Any) -> None:
    sound = [("newest", number * 3600, 60) for number in range(100)]
    ask = ask_store(*sound, *[("failed", (100 + number) * 3600, 0) for number in range(100)])
    ask(flow="NoFlow")  # imports must not be measured
    started = time.perf_counter()
    assert seconds_of(ask(flow="TinyFlow")) == 99 * 3600
    assert time.perf_counter() - started < 30  # about two on an idle machine


def test_search_ends_after_hundreds_of_failures(ask_store: Any) -> None:
    ask = ask_store(("newest", 0, 5), *[("failed", number, 0) for number in range(10, 510)])
    assert_error(ask(flow="TinyFlow"), "NoSuccessfulRun", "none of the 501 runs", "only the newest 500 were examined")


def test_flow_with_failed_runs_only_has_no_successful_run(ask_store: Any) -> None:
    ask = ask_store(("failed", 0, 0), ("failed", 10, 0), ("failed_at_end", 20, 5))
    assert_error(
        ask(flow="TinyFlow"), "NoSuccessfulRun", "none of the 3 runs", "00000020000000: it failed at step 'end'"
    )
    assert_error(ask(flow="TinyFlow", namespace="user:alice"), "NoSuccessfulRun", "in namespace 'user:alice'")


def test_flow_without_runs_is_an_error(ask_store: Any, tmp_path: Path) -> None:
    assert_error(ask_store()(flow="TinyFlow"), "RunNotFound", "has no run yet", f"{tmp_path}/.metaflow")


def test_unfinished_run_is_skipped_and_reported(ask_store: Any) -> None:
    ask = ask_store(("newest", 0, 5), without_end=True)
    assert_error(ask(flow="TinyFlow"), "NoSuccessfulRun", "it has not finished: it reached step 'start'")
    assert_error(ask(run="TinyFlow/1700000000000000"), "RunNotSuccessful", "still running or was killed")


def test_missing_datastore_is_not_reported_as_a_missing_run(ask_store: Any, datastore: Any, tmp_path: Path) -> None:
    ask = ask_store(("newest", 0, 5))
    gone = tmp_path / "gone"
    for described in (tmp_path / ".metaflow").rglob("0_artifact_final_vectors.json"):
        location = json.loads(described.read_text())["location"]
        rewrite(described, location=location.replace(str(datastore.root), str(gone)))
    assert_error(
        ask(flow="TinyFlow"), "ServiceUnreachable", "'final_vectors'", "could not be fetched", "another machine"
    )


# A metadata service


@pytest.fixture
def service(datastore: Any) -> Iterator[MetadataService]:
    service = MetadataService()
    service.load(datastore.root)
    service.start()
    yield service
    service.stop()


def at(url: str) -> dict[str, str]:
    return {"METAFLOW_DEFAULT_METADATA": "service", "METAFLOW_SERVICE_URL": url}


def test_number_of_requests_to_a_service_is_limited(
    ask_from: Any, datastore: Any, service: MetadataService, tmp_path: Path
) -> None:
    ask = ask_from(tmp_path, **at(service.url))
    found(ask(flow="TinyFlow"), datastore.newest)
    asked = service.paths()
    assert asked.count("/flows/TinyFlow/runs") == 1
    assert len(asked) < 50  # for seven runs, two of which failed, and three artifacts
    found(ask(run=f"TinyFlow/{datastore.older}"), datastore.older)
    assert "/flows/TinyFlow/runs" not in service.paths()[len(asked) :]


def test_unknown_flow_of_a_service_is_not_reported_as_an_outage(
    ask_from: Any, service: MetadataService, tmp_path: Path
) -> None:
    answer = ask_from(tmp_path, **at(service.url))(flow="TinyFlo")
    assert_error(answer, "FlowNotFound", f"the metadata service {service.url}", "did you mean TinyFlow")


def test_closed_port_is_reported_as_an_outage_within_seconds(ask_from: Any, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.perf_counter()
    answer = ask_from(tmp_path, **at(f"http://ann:secret@127.0.0.1:{port}"))(flow="TinyFlow", tag="champion")
    assert time.perf_counter() - started < 12  # the client alone takes fifteen and more
    assert_error(answer, "ServiceUnreachable", f"http://127.0.0.1:{port}", "does not answer", "not a missing run")
    assert "secret" not in answer["message"]


def test_missing_address_of_the_service_is_reported(ask_from: Any, tmp_path: Path) -> None:
    answer = ask_from(tmp_path, METAFLOW_DEFAULT_METADATA="service")(flow="TinyFlow")
    assert_error(answer, "MetaflowUnusable", "METAFLOW_SERVICE_URL")


@pytest.mark.parametrize(("ping", "other"), [(503, 503), (200, 500), (200, 403)])
def test_service_that_responds_with_errors_is_reported_as_an_outage(
    ask_from: Any, tmp_path: Path, ping: int, other: int
) -> None:
    class Broken(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(ping if self.path == "/ping" else other)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"pong")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Broken)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        answer = ask_from(tmp_path, **at(f"http://127.0.0.1:{server.server_address[1]}"))(flow="TinyFlow")
    finally:
        server.shutdown()
        server.server_close()
    status = ping if ping != 200 else other
    assert_error(answer, "ServiceUnreachable", str(status), "not a missing run")


def test_silent_service_is_reported_as_an_outage(ask_from: Any, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = ask_from(tmp_path, **at(f"http://127.0.0.1:{silent.getsockname()[1]}"))(flow="TinyFlow")
    assert_error(answer, "ServiceUnreachable", "does not answer", "timed out")


# The environment of a container


@pytest.mark.skipif(os.geteuid() != 0, reason="Metaflow's client rejects only root")
def test_root_without_a_user_name_can_read_runs(ask: Any, datastore: Any) -> None:
    flow = HERE / "flows" / "tiny_flow.py"
    done = subprocess.run(
        [sys.executable, flow, "--no-pylint", "run"],
        env=datastore.environment(),
        cwd=datastore.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "Metaflow could not determine your user name" in done.stderr
    found(ask(flow="TinyFlow"), datastore.newest)


def test_cache_of_another_user_is_not_used(ask_from: Any, datastore: Any, tmp_path: Path) -> None:
    """By default, all users of a machine share Metaflow's cache, and only the first user can write to it."""
    (tmp_path / "no folder").write_text("")
    ask = ask_from(datastore.root, METAFLOW_CLIENT_CACHE_PATH=str(tmp_path / "no folder" / "cache"))

    found(ask(flow="TinyFlow"), datastore.newest)
