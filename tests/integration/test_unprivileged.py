"""Gate runs of an unprivileged user: unreadable data are an error, not a missing run or champion."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Asker, Datastore
from tests.integration.test_damaged_datastore import Store
from tests.integration.test_metaflow_source import assert_error, found

NOBODY = 65534 if os.geteuid() == 0 else None
"""The user ID of the tests: root becomes nobody, because root may read everything; other users stay."""
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def store(datastore: Datastore) -> Iterator[Store]:
    """A datastore with a champion that all users can read and none can write to."""
    root = Path(tempfile.mkdtemp(dir="/tmp"))
    root.chmod(0o755)
    try:
        store = Store(root / "store", datastore)
        owner = Asker(datastore.environment(), store.root)
        assert "champion" in owner(promote=f"TinyFlow/{store.run}")
        owner.close()
        for path in (root, *root.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        yield store
    finally:
        for folder, folders, _ in os.walk(root):
            for inner in ("", *folders):
                Path(folder, inner).chmod(0o755)
        shutil.rmtree(root)


@pytest.fixture(scope="module")
def ask(store: Store, datastore: Datastore) -> Iterator[Ask]:
    """A function that resolves requests as nobody, without a home directory and a writable cache."""
    cache = store.root / "cache"
    asker = Asker(
        datastore.environment(HOME="/nonexistent", METAFLOW_CLIENT_CACHE_PATH=str(cache)),
        store.root,
    )
    found(asker(flow="TinyFlow", how={}), store.run)  # imports modules that nobody may not read
    shutil.rmtree(cache, ignore_errors=True)

    def as_nobody(**request: Any) -> dict[str, Any]:
        answer = asker(how={"in_child": True, "user": NOBODY}, **request)
        assert "crash" not in answer, answer["crash"]
        return answer

    yield as_nobody
    asker.close()


@contextmanager
def unreadable(*paths: Path) -> Iterator[None]:
    """Remove all permissions of paths within the context."""
    modes = [path.stat().st_mode for path in paths]
    for path in paths:
        path.chmod(0)
    try:
        yield
    finally:
        for path, mode in zip(paths, modes, strict=True):
            path.chmod(mode)


def test_readable_datastore_is_read_and_not_changed(ask: Ask, store: Store) -> None:
    """This holds for the latest run, a given run, and the champion."""
    before = sorted(store.root.rglob("*"))

    for answer in (ask(flow="TinyFlow"), ask(run=f"TinyFlow/{store.run}"), ask(champion=None, flow="TinyFlow")):
        found(answer, store.run)
    assert sorted(store.root.rglob("*")) == before


def test_read_only_datastore_keeps_its_tags(ask: Ask, store: Store) -> None:
    before = ask(tags_of="TinyFlow")[store.run]

    answer = ask(mark_failed=f"TinyFlow/{store.run}")

    assert_error(answer, "ServiceUnreachable", "could not be tagged", "cannot be written to", "Permission denied")
    assert ask(tags_of="TinyFlow")[store.run] == before


UNREADABLE = {
    "the datastore": lambda store: store.root / ".metaflow",
    "the flow": lambda store: store.flow,
    "metadata of the flow": lambda store: store.flow / "_meta",
    "the run": lambda store: store.folder,
    "metadata of the run": lambda store: store.folder / "_meta",
    "description of the run": lambda store: store.folder / "_meta" / "_self.json",
    "its last step": lambda store: store.folder / "end",
    "its last task": lambda store: next(path for path in (store.folder / "end").iterdir() if path.name.isdigit()),
    "metadata of its last task": lambda store: store.described("_success").parent,
    "its success marker": lambda store: store.described("_success"),
    "the data": lambda store: store.flow / "data",
    "a folder of data": lambda store: store.blob("final_vectors").parent,
    "the vectors": lambda store: store.blob("final_vectors"),
}


@pytest.mark.parametrize("part", UNREADABLE)
def test_unreadable_part_of_a_datastore_is_an_error_with_its_path(ask: Ask, store: Store, part: str) -> None:
    """Metaflow's client ignores most files that it cannot read."""
    path = UNREADABLE[part](store)

    with unreadable(path):
        for wanted in (
            {"champion": None, "flow": "TinyFlow"},
            {"flow": "TinyFlow"},
            {"run": f"TinyFlow/{store.run}"},
        ):
            assert_error(ask(**wanted), "ServiceUnreachable", str(path))


def test_metadata_that_only_the_owner_can_read_is_an_error(ask: Ask, store: Store) -> None:
    """Metaflow writes its metadata with these permissions."""
    with unreadable(*store.flow.rglob("_self.json")):
        assert_error(ask(champion=None, flow="TinyFlow"), "ServiceUnreachable", "_self.json", "the right to read it")
