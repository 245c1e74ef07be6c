"""The source `models` without a server: MLflow is an extra that is imported when it is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from embedgate.errors import RunNotSuccessful, SourceUnusable, TaggingFailed
from embedgate.sources import mlflow_client, mlflow_registry
from embedgate.sources.records import Request
from embedgate.sources.resolve import resolve

REFERENCE = Request(run="models:/track2vec/7")


def test_mlflow_is_imported_when_a_version_is_looked_up() -> None:
    code = "import sys, embedgate.sources.mlflow_registry; print('mlflow' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_missing_mlflow_is_an_error_that_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)

    with pytest.raises(SourceUnusable, match=r"pip install 'embedgate\[mlflow\]'"):
        resolve(REFERENCE)


def test_missing_address_is_an_error_and_creates_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        monkeypatch.delenv(name, raising=False)
    fake = SimpleNamespace(is_tracking_uri_set=lambda: False)
    monkeypatch.setitem(sys.modules, "mlflow", fake)

    with pytest.raises(SourceUnusable, match="MLFLOW_TRACKING_URI is not set: set it to the address"):
        resolve(REFERENCE)
    assert list(tmp_path.iterdir()) == []


def test_limits_of_requests_are_set_unless_the_user_has_set_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "77")
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", raising=False)

    with mlflow_client._limits():
        inside = os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"], os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"]

    assert inside == ("77", str(mlflow_client.RETRIES))
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "77"
    assert "MLFLOW_HTTP_REQUEST_MAX_RETRIES" not in os.environ


def test_version_that_is_not_ready_is_a_usage_error() -> None:
    pending = SimpleNamespace(name="track2vec", version="7", status="PENDING_REGISTRATION")
    client: Any = SimpleNamespace(get_model_version=lambda *_: pending)

    with pytest.raises(RunNotSuccessful, match=r"models:/track2vec/7 is not ready \(PENDING_REGISTRATION\)"):
        mlflow_registry._version(client, REFERENCE)


def test_tag_that_does_not_stay_is_an_error() -> None:
    client: Any = SimpleNamespace(
        set_model_version_tag=lambda *_: None,
        get_model_version=lambda *_: SimpleNamespace(tags={"quality": "failed"}),
    )

    with pytest.raises(TaggingFailed, match="is tagged quality: failed, and not passed"):
        mlflow_registry._tag(client, "track2vec", "7", "passed")
