"""The gate as a flow without a shared disk, and its deployment to Argo Workflows."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.forked_gate import ROOT
from tests.integration.gate_flow_runs import GATE, write_documented_flow
from tests.integration.remote.conftest import FLOW_NAME, client_environment

if TYPE_CHECKING:
    from tests.integration.remote.conftest import Remote

HOW_TO_INSTALL = (
    "Metaflow compiles flows for Argo Workflows only with the client of Kubernetes: install it with "
    "`pip install kubernetes` (it is in the extra `dev`)"
)
ARGO_EVENTS = {
    "METAFLOW_ARGO_EVENTS_EVENT": "metaflow-event",
    "METAFLOW_ARGO_EVENTS_EVENT_SOURCE": "argo-events-webhook",
    "METAFLOW_ARGO_EVENTS_EVENT_BUS": "default",
    "METAFLOW_ARGO_EVENTS_SERVICE_ACCOUNT": "operate-workflow-sa",
    "METAFLOW_ARGO_EVENTS_WEBHOOK_URL": "http://argo-events-webhook:12000/metaflow-event",
    "METAFLOW_ARGO_EVENTS_INTERNAL_WEBHOOK_URL": "http://argo-events-webhook:12000/metaflow-event",
}
"""The settings that `metaflow configure kubernetes` writes for a cluster with Argo Events."""


def run(remote: Remote, folder: Path, script: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a flow that stores its data in S3."""
    environment = client_environment(folder, remote.service.url, remote.s3.url, METAFLOW_USER="me", **more)
    environment["PYTHONPATH"] += os.pathsep + str(ROOT)
    return subprocess.run(
        [sys.executable, script, "--no-pylint", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_gate_runs_with_service_and_s3(remote: Remote, tmp_path: Path) -> None:
    """Its data is in S3: the folder in which it was started contains only the number of the run."""
    done = run(remote, tmp_path, GATE, "run", "--flow", FLOW_NAME, "--champion", "none", "--shards", "2")

    assert "verdict: failed" in done.stdout, done.stdout + done.stderr
    assert f"tested run: {FLOW_NAME}/{remote.newest}" in done.stdout
    assert "GateFailed: the verdict is failed" in done.stdout + done.stderr
    assert done.returncode == 1
    (folder,) = tmp_path.rglob("QualityGateFlow")
    assert [path.name for path in folder.rglob("*")] == ["latest_run"]


@pytest.fixture
def compiled(remote: Remote, tmp_path: Path) -> dict[str, Any]:
    """The workflow template of the triggered gate, with a config."""
    if importlib.util.find_spec("kubernetes") is None:
        pytest.fail(HOW_TO_INSTALL)
    (tmp_path / "quality_checks.toml").write_text('[model]\nflow = "SampleFlow"\n', encoding="utf-8")
    script = write_documented_flow(tmp_path)
    done = run(remote, tmp_path, script, "argo-workflows", "create", "--only-json", **ARGO_EVENTS)
    assert done.returncode == 0, done.stdout + done.stderr
    template: dict[str, Any] = json.loads(done.stdout)
    return template


def test_triggered_gate_compiles_to_an_argo_workflow(compiled: dict[str, Any]) -> None:
    """Each step declares its resources, shards are retried, and the trigger is the end of the training flow."""
    containers = {each["name"]: each for each in compiled["spec"]["templates"] if "container" in each}
    memory = {name: each["container"]["resources"]["requests"]["memory"] for name, each in containers.items()}
    annotations = compiled["metadata"]["annotations"]
    parameters = json.loads(annotations["metaflow/parameters"])

    assert compiled["kind"] == "WorkflowTemplate"
    assert {"start", "measure", "evaluate", "end"} <= containers.keys()
    assert (memory["start"], memory["end"]) == ("8192.0M", "4096.0M")
    assert containers["measure"]["retryStrategy"]["limit"] == 2
    assert json.loads(annotations["metaflow/triggers"]) == [{"name": "metaflow.SampleFlow.end", "type": "run"}]
    assert {
        "flow",
        "run",
        "gate-tag",
        "gate-namespace",
        "champion",
        "promote",
        "config",
        "shards",
    } == parameters.keys()
    assert (parameters["shards"]["value"], parameters["promote"]["value"]) == ("3", "true")
    assert "s3://" in parameters["config"]["value"]
