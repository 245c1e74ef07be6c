"""A gate run that promotes and is killed: the champion stays, no file is half, and the next run completes everything.

The runs are killed by SIGKILL before successive writes, renames, links, removals, syncs and changes of tags, and at
random moments. Each kill is one test. A few are run by default; the full series of 50 random and 150 successive kills
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
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from embedgate.judgement.verdict_file import read_verdict
from tests.integration.forked_gate import ROOT, Ended, ForkedGate, environment_of
from tests.integration.test_promotion import LENIENT
from tests.integration.tiny_runs import Datastore

KILLS = int(os.environ.get("EMBEDGATE_KILLS", "8"))
RANDOM = KILLS // 4
SUCCESSIVE = KILLS - RANDOM
_SEED = 9
_ABANDONED = 120.0
"""Seconds: older than a minute."""


@dataclass(frozen=True)
class Point:
    """An operation of a gate run before which the run is killed.

    Attributes:
        first: whether the run is the first in its folder: no verdict, no report and no history are there.
        number: of the operation, from 1.
        name: the operation.
    """

    first: bool
    number: int
    name: str


class Bench:
    """A folder and a datastore in which gates promote one of two runs after the other.

    Args:
        gate: starts gate runs.
        folder: the working directory.
        store: the datastore; the runs `older` and `newest` pass, and another is the champion.
    """

    def __init__(self, gate: ForkedGate, folder: Path, store: Datastore) -> None:
        self._gate = gate
        self._folder = folder
        self._runs = store.root / ".metaflow" / "TinyFlow"
        self._candidates = [store.older, store.newest]
        self.clear()
        self.complete(without_map_process=True)
        self.points = [*self._points(first=False), *self._points(first=True)]
        self.seconds = self.complete().seconds

    def clear(self) -> None:
        """Leave the suite and the config in the folder, and nothing else."""
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.copytree(
            ROOT / "quality_checks",
            self._folder / "quality_checks",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        text = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom fixtures import *\n"
        (self._folder / "conftest.py").write_text(text, encoding="utf-8")
        (self._folder / "quality_checks.toml").write_text(LENIENT, encoding="utf-8")

    def promote(self, **prepared: Any) -> Ended:
        """Start a gate run that promotes the run which is not the champion."""
        run = f"--gate-run=TinyFlow/{self._candidates[0]}"
        return self._gate(self._folder, "quality_checks", "--gate-promote", run, **prepared)

    def complete(self, **prepared: Any) -> Ended:
        """Promote without a kill, and assert that all is as it should be."""
        ended = self.promote(**prepared)

        assert ended.status == 0, ended.said
        assert "Traceback" not in ended.said
        run = self._candidates[0]
        assert self.champions() == {run}
        verdict = json.loads((self._folder / "verdict.json").read_text(encoding="utf-8"))
        assert (verdict["verdict"], verdict["promotion"], verdict["promoted"]) == ("passed", "done", True)
        assert verdict["run"]["pathspec"] == f"TinyFlow/{run}"
        assert "</html>" in (self._folder / "report.html").read_text(encoding="utf-8")
        assert self.records()[-1]["nonce"] == verdict["nonce"]
        assert self.records()[-1]["promotion"] == "done"
        assert list(self._folder.rglob("*.partial")) == []
        self._candidates.reverse()
        return ended

    def kill(self, **prepared: Any) -> Ended:
        """Promote, killed as prepared; assert what holds at any moment, then complete."""
        before = self.champions()
        ended = self.promote(**prepared)

        assert ended.status in {-signal.SIGKILL, 0}, ended.said
        champions = self.champions()
        assert champions & {*before, self._candidates[0]}
        for record in self.records():
            assert record["promotion"] in {"pending", "done"}
        path = self._folder / "verdict.json"
        if path.exists():
            verdict = json.loads(path.read_text(encoding="utf-8"))
            settled = verdict["promoted"] or verdict["promotion"] == "done"
            assert not settled or {f"TinyFlow/{each}" for each in champions} == {verdict["run"]["pathspec"]}
            assert (read_verdict(path).verdict.outcome == "passed") is settled
        self._abandon()
        self.complete(without_map_process=True)
        return ended

    def champions(self) -> set[str]:
        """Return the ids of the runs that are tagged."""
        about = {path.name: path / "_meta" / "_self.json" for path in self._runs.iterdir()}
        return {
            run
            for run, path in about.items()
            if path.exists() and "champion" in json.loads(path.read_text(encoding="utf-8"))["tags"]
        }

    def records(self) -> list[dict[str, Any]]:
        """Return the records of the history, oldest first."""
        found = sorted((self._folder / ".embedgate").glob("2*.json"))
        return [json.loads(path.read_text(encoding="utf-8")) for path in found]

    def _abandon(self) -> None:
        """Let the partial files of the history be older than any writer needs."""
        then = time.time() - _ABANDONED
        for path in (self._folder / ".embedgate").glob(".*.partial"):
            os.utime(path, (then, then))

    def _points(self, *, first: bool) -> list[Point]:
        """Return the operations of one run on its folder, on the datastore, and on tags."""
        if first:
            self.clear()
        log = self._folder.parent / "operations"
        self.complete(count_writes=str(log), without_map_process=True)
        found = enumerate(log.read_text(encoding="utf-8").splitlines(), 1)
        return [
            Point(first, number, name)
            for number, name in found
            if name.startswith("embedgate.") or str(self._folder) in name or str(self._runs) in name
        ]


@pytest.fixture(scope="module")
def bench(datastore: Datastore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A bench whose datastore is a copy."""
    place = tmp_path_factory.mktemp("kills")
    store = replace(datastore, root=place / "store")
    shutil.copytree(datastore.root / ".metaflow", store.root / ".metaflow", symlinks=True)
    environment = environment_of(datastore.home, METAFLOW_DATASTORE_SYSROOT_LOCAL=str(store.root))
    with ForkedGate(environment) as gate:
        yield Bench(gate, place / "gate", store)


@pytest.mark.parametrize("number", range(SUCCESSIVE))
def test_a_run_is_killed_at_an_operation(bench: Bench, number: int) -> None:
    """The operations are distributed evenly where there are more of them than kills."""
    total = len(bench.points)
    point = bench.points[number % total if total <= SUCCESSIVE else number * total // SUCCESSIVE]
    if point.first:
        bench.clear()

    ended = bench.kill(die_at=point.number, without_map_process=True)

    assert ended.status == -signal.SIGKILL, f"{point} was not reached"


@pytest.mark.parametrize("number", range(RANDOM))
def test_a_run_is_killed_at_a_random_moment(bench: Bench, number: int) -> None:
    """The moments are uniform over the duration of a run that is not killed; the seed is fixed."""
    moment = random.Random(_SEED + number).random()  # noqa: S311

    bench.kill(kill_after=moment * bench.seconds)
