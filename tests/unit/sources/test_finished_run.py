"""A run that disappears while it is read is missing, not out of order."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from embedgate.errors import RunNotFound
from embedgate.sources import finished_run
from embedgate.sources.finished_run import naming_deleted, refuse_deleted


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A run in a local datastore, as far as it matters here."""
    (tmp_path / ".metaflow" / "F" / "1" / "_meta").mkdir(parents=True)
    monkeypatch.setattr(finished_run, "metadata", lambda: ("local", str(tmp_path)))
    monkeypatch.setattr(finished_run, "place", lambda: "the datastore")
    return SimpleNamespace(pathspec="F/1", path_components=["F", "1"])


def test_an_error_of_a_run_that_is_there_stays_what_it_is(run: Any) -> None:
    with pytest.raises(OSError, match="of the reading"), naming_deleted(run):
        raise OSError("of the reading")


def test_an_error_of_a_run_that_is_gone_is_that_it_is_gone(run: Any, tmp_path: Path) -> None:
    (tmp_path / ".metaflow" / "F" / "1" / "_meta").rmdir()

    with pytest.raises(RunNotFound, match="F/1 is no longer in the datastore"), naming_deleted(run):
        raise OSError("of the reading")


def test_a_run_of_a_service_is_asked_for_no_further(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is registered as long as the service knows it."""
    monkeypatch.setattr(finished_run, "metadata", lambda: ("service", "http://service"))

    refuse_deleted(run)
