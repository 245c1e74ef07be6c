"""A run that is deleted while it is read is reported as missing."""

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
    """Return the parts of a run in a local datastore that these tests need."""
    (tmp_path / ".metaflow" / "F" / "1" / "_meta").mkdir(parents=True)
    monkeypatch.setattr(finished_run, "local_folder", (tmp_path / ".metaflow").joinpath)
    monkeypatch.setattr(finished_run, "place", lambda: "the datastore")
    return SimpleNamespace(pathspec="F/1", path_components=["F", "1"])


def test_error_of_an_existing_run_is_not_changed(run: Any) -> None:
    with pytest.raises(OSError, match="of the reading"), naming_deleted(run):
        raise OSError("of the reading")


def test_error_of_a_deleted_run_becomes_run_not_found(run: Any, tmp_path: Path) -> None:
    (tmp_path / ".metaflow" / "F" / "1" / "_meta").rmdir()

    with pytest.raises(RunNotFound, match="F/1 is no longer in the datastore"), naming_deleted(run):
        raise OSError("of the reading")


def test_run_of_a_service_is_not_checked(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service reports deleted runs itself."""
    monkeypatch.setattr(finished_run, "local_folder", lambda *_: None)

    refuse_deleted(run)
