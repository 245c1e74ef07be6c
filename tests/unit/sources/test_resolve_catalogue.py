"""The source of the item catalogue: an artifact of the tested run, or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from embedgate.config.sections import CatalogueSettings
from embedgate.errors import UsageError
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.sources import metaflow_run, resolve
from embedgate.sources.records import LoadedModel, Request, RunRecord

if TYPE_CHECKING:
    from pathlib import Path

FRAME = pd.DataFrame({"item_id": [1, 2], "category": ["a", "b"]})


def loaded(source: str) -> LoadedModel:
    """A model whose vectors have the key 1, and whose playlists also have 2."""
    record = RunRecord(source=source, pathspec="F/7")
    return LoadedModel(record, EmbeddingSpace.of([1], np.ones((1, 2))), Playlists.of(["p"], [[1, 2]]))


def of_source(source: str) -> CatalogueSettings:
    """Settings with a source."""
    return CatalogueSettings(source=source, key="item_id", label="category")


def test_artifact_of_the_tested_run_is_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly the run that was loaded is asked, also if another one is the latest."""
    asked = []

    def load_artifact(request: object, name: str, setting: str) -> tuple[object, str]:
        asked.append((request, name, setting))
        return FRAME, "artifact 'items' of run F/7"

    monkeypatch.setattr(metaflow_run, "load_artifact", load_artifact)

    found = resolve.resolve_catalogue(of_source("items"), loaded("metaflow"), tmp_path, None)

    assert asked == [(Request(run="F/7"), "items", "[catalogue] source")]
    assert found.metadata is not None
    assert found.metadata.labels == {"1": ("a",), "2": ("b",)}
    assert found.metadata.source == "artifact 'items' of run F/7"
    assert found.record.files == ()


@pytest.mark.parametrize("source", ["items.csv", "./items.csv", "sub/../items.csv"])
def test_path_is_relative_to_the_folder(tmp_path: Path, source: str) -> None:
    """A run too may have its catalogue in a file, which the record lists."""
    (tmp_path / "sub").mkdir()
    FRAME.to_csv(tmp_path / "items.csv", index=False)

    found = resolve.resolve_catalogue(of_source(source), loaded("metaflow"), tmp_path, None)

    assert found.metadata is not None
    assert found.metadata.labels == {"1": ("a",), "2": ("b",)}
    assert [(file.role, file.path) for file in found.record.files] == [("catalogue", str(tmp_path / source))]


def test_artifact_needs_a_run(tmp_path: Path) -> None:
    (tmp_path / "items").write_text("item_id,category\n1,a\n", encoding="utf-8")

    with pytest.raises(UsageError, match=r"'items' is the name of an artifact, and the model is not from a run"):
        resolve.resolve_catalogue(of_source("items"), loaded("files"), tmp_path, None)
