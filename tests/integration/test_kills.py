"""Gate runs that are killed while they promote: a champion remains, files are complete, and the next run succeeds.

The runs are killed with SIGKILL before successive writes, renames, links, removals, syncs and tag changes, and at
random moments. Each kill is one test. A few run by default; the full series of 50 random and 150 successive kills
takes about fifteen minutes:

    EMBEDGATE_KILLS=200 python -m pytest tests/integration/test_kills.py
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from embedgate.judgement.verdict_file import read_verdict
from tests.integration.forked_gate import Ended, ForkedGate
from tests.integration.suite import copy_suite, verdict_in
from tests.integration.test_promotion import LENIENT
from tests.integration.tiny_runs import Datastore

KILLS = int(os.environ.get("EMBEDGATE_KILLS", "8"))
RANDOM = KILLS // 4
SUCCESSIVE = KILLS - RANDOM
_SEED = 9
_OLD = 120.0
"""Age in seconds at which a partial record is certainly abandoned."""


@dataclass(frozen=True)
class Operation:
    """An operation of a gate run that changes a file or a tag.

    Attributes:
        first: whether the run is the first in its folder, without an earlier verdict, report or history.
        number: its number among all operations of the run, from 1.
        name: event and path.
    """

    first: bool
    number: int
    name: str


class Bench:
    """A folder and a datastore in which gate runs promote two runs alternately.

    Args:
        gate: client that starts gate runs.
        folder: the working directory.
        store: the datastore. The runs `older` and `newest` pass; at first, another run is the champion.

    Attributes:
        operations: operations of a later gate run, then those of a first gate run.
        seconds: duration of a gate run.
    """

    def __init__(self, gate: ForkedGate, folder: Path, store: Datastore) -> None:
        self._gate = gate
        self._folder = folder
        self._environment = {"METAFLOW_DATASTORE_SYSROOT_LOCAL": str(store.root)}
        self._runs = store.root / ".metaflow" / "TinyFlow"
        self._candidates = [store.older, store.newest]
        self.clear()
        self.complete()
        self.operations = [*self._log_operations(first=False), *self._log_operations(first=True)]
        self.seconds = self.complete().seconds

    def clear(self) -> None:
        """Reset the folder to the suite and the config."""
        shutil.rmtree(self._folder, ignore_errors=True)
        copy_suite(self._folder, LENIENT)

    def promote(self, **prepared: Any) -> Ended:
        """Start a gate run that promotes the next candidate."""
        run = f"--gate-run=TinyFlow/{self._candidates[0]}"
        return self._gate(
            self._folder, "quality_checks", "--gate-promote", run, environment=self._environment, **prepared
        )

    def complete(self, **prepared: Any) -> Ended:
        """Promote without a kill; assert that tags, verdict, report and history agree."""
        ended = self.promote(**prepared)

        run = self._candidates[0]
        verdict = verdict_in(self._folder)
        assert ended.status == 0, ended.output
        assert "Traceback" not in ended.output
        assert self.champions() == {run}
        assert (verdict["verdict"], verdict["promotion"], verdict["promoted"]) == ("passed", "done", True)
        assert verdict["run"]["pathspec"] == f"TinyFlow/{run}"
        assert "</html>" in (self._folder / "report.html").read_text(encoding="utf-8")
        assert self.records()[-1]["nonce"] == verdict["nonce"]
        assert self.records()[-1]["promotion"] == "done"
        assert list(self._folder.rglob("*.partial")) == []
        self._candidates.reverse()
        return ended

    def kill(self, **prepared: Any) -> Ended:
        """Promote with a kill, assert what must hold at any moment, then promote without a kill."""
        before = self.champions()
        ended = self.promote(**prepared)

        champions = self.champions()
        assert ended.status in {-signal.SIGKILL, 0}, ended.output
        assert champions & {*before, self._candidates[0]}
        assert {record["promotion"] for record in self.records()} <= {"pending", "done"}
        path = self._folder / "verdict.json"
        if path.exists():
            verdict = verdict_in(self._folder)
            settled = verdict["promoted"] or verdict["promotion"] == "done"
            assert not settled or {f"TinyFlow/{each}" for each in champions} == {verdict["run"]["pathspec"]}
            assert (read_verdict(path).verdict.outcome == "passed") is settled
        self._age_partial_records()
        self.complete()
        return ended

    def champions(self) -> set[str]:
        """Return the ids of the runs that are tagged `champion`."""
        tagged = ((path.name, path / "_meta" / "_self.json") for path in self._runs.iterdir())
        return {
            run
            for run, path in tagged
            if path.exists() and "champion" in json.loads(path.read_text(encoding="utf-8"))["tags"]
        }

    def records(self) -> list[dict[str, Any]]:
        """Return the records of the history, oldest first."""
        found = sorted((self._folder / ".embedgate").glob("2*.json"))
        return [json.loads(path.read_text(encoding="utf-8")) for path in found]

    def _age_partial_records(self) -> None:
        """Change the age of partial records in the history so that the next run removes them."""
        then = time.time() - _OLD
        for path in (self._folder / ".embedgate").glob(".*.partial"):
            os.utime(path, (then, then))

    def _log_operations(self, *, first: bool) -> list[Operation]:
        """Return the operations of a gate run on its folder, the datastore and tags."""
        if first:
            self.clear()
        log = self._folder.parent / "operations"
        self.complete(count_writes=str(log))
        return [
            Operation(first, number, name)
            for number, name in enumerate(log.read_text(encoding="utf-8").splitlines(), 1)
            if name.startswith("embedgate.") or str(self._folder) in name or str(self._runs) in name
        ]


@pytest.fixture(scope="module")
def bench(forked: ForkedGate, datastore: Datastore, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A test bench with a copy of the datastore."""
    place = tmp_path_factory.mktemp("kills")
    store = replace(datastore, root=place / "store")
    shutil.copytree(datastore.root / ".metaflow", store.root / ".metaflow", symlinks=True)
    return Bench(forked, place / "gate", store)


@pytest.mark.parametrize("number", range(SUCCESSIVE))
def test_run_killed_before_an_operation_leaves_a_champion_and_complete_files(bench: Bench, number: int) -> None:
    """The kills are distributed evenly over the operations."""
    total = len(bench.operations)
    operation = bench.operations[number % total if total <= SUCCESSIVE else number * total // SUCCESSIVE]
    if operation.first:
        bench.clear()

    ended = bench.kill(die_at=operation.number)

    assert ended.status == -signal.SIGKILL, f"{operation} was not reached"


@pytest.mark.parametrize("number", range(RANDOM))
def test_run_killed_at_a_random_moment_leaves_a_champion_and_complete_files(bench: Bench, number: int) -> None:
    """The moments are uniformly distributed over the duration of a run, with a fixed seed."""
    moment = bench.seconds * random.Random(_SEED + number).random()  # noqa: S311

    while bench.kill(kill_after=moment).status == 0:
        moment /= 2  # this run was faster than the one that was measured
