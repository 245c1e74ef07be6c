"""Damaged and deleted data are not reported as an outage."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.conftest import Asker, Datastore
from tests.integration.test_metaflow_source import assert_error


class Store:
    """A copy of a datastore with one run and its data."""

    def __init__(self, root: Path, datastore: Datastore) -> None:
        self.root, self.run = root, datastore.newest
        self.flow = root / ".metaflow" / "TinyFlow"
        source = datastore.root / ".metaflow" / "TinyFlow"
        for part in ("_meta", "data", self.run):
            shutil.copytree(source / part, self.flow / part)
        for described in self.flow.rglob("*_artifact_*.json"):
            text = described.read_text(encoding="utf-8").replace(str(datastore.root), str(root))
            described.write_text(text, encoding="utf-8")

    @property
    def folder(self) -> Path:
        """The folder of the run."""
        return self.flow / self.run

    def described(self, name: str) -> Path:
        """Return the path of the metadata of an artifact in the last step."""
        (path,) = self.folder.glob(f"end/*/_meta/0_artifact_{name}.json")
        return path

    def blob(self, name: str) -> Path:
        """Return the path of the data of an artifact in the last step."""
        sha = str(json.loads(self.described(name).read_text(encoding="utf-8"))["sha"])
        return self.flow / "data" / sha[:2] / sha


@pytest.fixture
def store(datastore: Datastore, tmp_path: Path) -> Store:
    return Store(tmp_path / "store", datastore)


@pytest.fixture
def ask(store: Store, ask_from: Callable[..., Asker], tmp_path: Path) -> Asker:
    return ask_from(store.root, METAFLOW_CLIENT_CACHE_PATH=str(tmp_path / "cache"))


def replaced_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("damage", "facts"),
    [
        (lambda blob: blob.write_bytes(b"junk"), ["is damaged", "cannot be unpacked", "from a backup"]),
        (lambda blob: blob.write_bytes(blob.read_bytes()[:100]), ["is damaged", "cannot be unpacked"]),
        (lambda blob: blob.write_bytes(b""), ["cannot be loaded"]),
        (lambda blob: blob.write_bytes(gzip.compress(b"no pickle")), ["cannot be loaded"]),
        (replaced_by_folder, ["is damaged"]),
    ],
    ids=["junk", "cut off", "empty", "no pickle", "a folder"],
)
def test_damaged_data_is_not_reported_as_an_outage(
    ask: Asker, store: Store, damage: Callable[[Path], object], facts: list[str]
) -> None:
    damage(store.blob("final_vectors"))

    answer = ask(flow="TinyFlow")

    assert_error(answer, "ArtifactUnreadable", f"artifact 'final_vectors' of run TinyFlow/{store.run}", *facts)
    assert "does not answer" not in answer["message"]


def test_damaged_metadata_of_an_artifact_is_not_reported_as_an_outage(ask: Asker, store: Store) -> None:
    store.described("final_vectors").write_text("{", encoding="utf-8")

    assert_error(
        ask(flow="TinyFlow"), "ArtifactUnreadable", "the description of artifact 'final_vectors'", "is damaged"
    )


def test_damaged_data_of_the_champion_is_not_reported_as_missing_champion(ask: Asker, store: Store) -> None:
    ask(promote=f"TinyFlow/{store.run}")
    store.blob("final_vectors").write_bytes(b"junk")

    assert_error(ask(champion=None, flow="TinyFlow"), "ArtifactUnreadable", "is damaged", "--gate-champion=none")


def test_deleted_data_of_an_artifact_is_reported(ask: Asker, store: Store) -> None:
    store.blob("final_vectors").unlink()

    assert_error(ask(flow="TinyFlow"), "ArtifactMissing", "'final_vectors'", "data was deleted", "run the flow again")


def test_run_with_deleted_data_is_reported(ask: Asker, store: Store) -> None:
    """The run is still registered, but its data is missing."""
    ask(promote=f"TinyFlow/{store.run}")
    shutil.rmtree(store.flow / "data")

    for answer in (ask(flow="TinyFlow"), ask(run=f"TinyFlow/{store.run}"), ask(champion=None, flow="TinyFlow")):
        assert_error(answer, "RunNotFound", f"run TinyFlow/{store.run}", "data was deleted from the datastore")


def test_deleted_run_is_reported_as_missing(ask: Asker, store: Store) -> None:
    shutil.rmtree(store.folder)

    assert_error(ask(run=f"TinyFlow/{store.run}"), "RunNotFound", f"has no run {store.run}")
    assert_error(ask(promote=f"TinyFlow/{store.run}"), "RunNotFound", "was it deleted?")


def test_look_up_of_a_file_that_hangs_ends(ask: Asker, store: Store) -> None:
    """A pipe replaces the data, like a file server that does not respond; the client alone would wait forever."""
    blob = store.blob("final_vectors")
    blob.unlink()
    os.mkfifo(blob)

    answer = ask(flow="TinyFlow", how={"in_child": True, "limits": {"DATA_SECONDS": 1.0}})

    assert_error(answer, "ServiceUnreachable", "'final_vectors'", "within 1 seconds")
