"""A user without rights: what may be read is read, and what is hidden is an error, not a missing run or champion."""

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
from tests.integration.test_metaflow_source import found, refused

NOBODY = 65534 if os.geteuid() == 0 else None
"""Root becomes nobody, since it may read everything; anybody else stays."""
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def store(datastore: Datastore) -> Iterator[Store]:
    """A datastore that everybody may read, and nobody write to, with a champion, where nobody can go."""
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
    """Ask as nobody, who has no home, and no cache that can be written to, in a folder that cannot either."""
    cache = store.root / "cache"
    asker = Asker(
        datastore.environment(HOME="/nonexistent", METAFLOW_CLIENT_CACHE_PATH=str(cache)),
        store.root,
    )
    found(asker(flow="TinyFlow", how={}), store.run)  # imports what nobody may not
    shutil.rmtree(cache, ignore_errors=True)

    def as_nobody(**request: Any) -> dict[str, Any]:
        answer = asker(how={"in_child": True, "user": NOBODY}, **request)
        assert "crash" not in answer, answer["crash"]
        return answer

    yield as_nobody
    asker.close()


@contextmanager
def closed(*paths: Path) -> Iterator[None]:
    """Take all rights to some paths away, for a while."""
    modes = [path.stat().st_mode for path in paths]
    for path in paths:
        path.chmod(0)
    try:
        yield
    finally:
        for path, mode in zip(paths, modes, strict=True):
            path.chmod(mode)


def test_a_readable_datastore_is_read(ask: Ask, store: Store) -> None:
    """The latest run, a named one, the champion; and nothing is written there."""
    before = sorted(store.root.rglob("*"))

    for answer in (ask(flow="TinyFlow"), ask(run=f"TinyFlow/{store.run}"), ask(champion=None, flow="TinyFlow")):
        found(answer, store.run)
    assert sorted(store.root.rglob("*")) == before


def test_a_datastore_that_may_not_be_written_to_keeps_its_tags(ask: Ask, store: Store) -> None:
    before = ask(tags_of="TinyFlow")[store.run]

    answer = ask(mark_failed=f"TinyFlow/{store.run}")

    refused(answer, "ServiceUnreachable", "could not be tagged", "cannot be written to", "Permission denied")
    assert ask(tags_of="TinyFlow")[store.run] == before


HIDDEN = {
    "the datastore": lambda store: store.root / ".metaflow",
    "the flow": lambda store: store.flow,
    "what is known of the flow": lambda store: store.flow / "_meta",
    "the run": lambda store: store.folder,
    "what is known of the run": lambda store: store.folder / "_meta",
    "the description of the run": lambda store: store.folder / "_meta" / "_self.json",
    "its last step": lambda store: store.folder / "end",
    "its last task": lambda store: next(path for path in (store.folder / "end").iterdir() if path.name.isdigit()),
    "what is known of its last task": lambda store: store.described("_success").parent,
    "its mark of success": lambda store: store.described("_success"),
    "the data": lambda store: store.flow / "data",
    "a folder of data": lambda store: store.blob("final_vectors").parent,
    "the vectors": lambda store: store.blob("final_vectors"),
}


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_is_hidden_is_not_missing(ask: Ask, store: Store, hidden: str) -> None:
    """However the client takes it: mostly, it passes over what it cannot look into."""
    path = HIDDEN[hidden](store)

    with closed(path):
        for wanted in (
            {"champion": None, "flow": "TinyFlow"},
            {"flow": "TinyFlow"},
            {"run": f"TinyFlow/{store.run}"},
        ):
            refused(ask(**wanted), "ServiceUnreachable", str(path))


def test_descriptions_as_metaflow_writes_them_are_hidden(ask: Ask, store: Store) -> None:
    """It makes them readable for their owner alone."""
    with closed(*store.flow.rglob("_self.json")):
        refused(ask(champion=None, flow="TinyFlow"), "ServiceUnreachable", "_self.json", "the right to read it")
