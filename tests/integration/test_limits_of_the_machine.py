"""Gate runs with too few descriptors, a full disk, killed processes, interrupts or missing permissions."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import SampleFiles
from tests.integration.forked_gate import ForkedGate
from tests.integration.suite import copy_suite, verdict_in
from tests.integration.test_promotion import LENIENT
from tests.integration.tiny_runs import Datastore

INTERRUPTED = """
import os, signal
from embedgate.gate import session

def resolve(request):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs of a shell ignore SIGINT
    os.kill(os.getpid(), signal.SIGINT)
    signal.pause()

session.resolve = resolve
"""
KILLS_MAP_PROCESS = """
import os, signal
from embedgate.gate.stash import GATE

def pytest_collection_finish(session):
    os.kill(session.config.stash[GATE].map_process.pid, signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def store(datastore: Datastore, tmp_path_factory: pytest.TempPathFactory) -> Datastore:
    """A copy of the datastore; the run `tagged` is the champion."""
    root = tmp_path_factory.mktemp("limits") / "store"
    shutil.copytree(datastore.root / ".metaflow", root / ".metaflow", symlinks=True)
    return replace(datastore, root=root)


def champions(store: Datastore) -> set[str]:
    """Return the ids of the runs that are tagged `champion`."""
    runs = (store.root / ".metaflow" / "TinyFlow").glob("*/_meta/_self.json")
    return {
        path.parent.parent.name
        for path in runs
        if "champion" in json.loads(path.read_text(encoding="utf-8")).get("tags", [])
    }


@pytest.mark.parametrize(("number", "status"), [(12, 1), (16, 1), (64, 0)])
def test_too_few_descriptors_are_a_reported_error(
    forked: ForkedGate, tmp_path: Path, sound_with_map: SampleFiles, number: int, status: int
) -> None:
    folder = copy_suite(tmp_path / "gate", "")

    ended = forked(folder, "quality_checks", *sound_with_map.arguments, limit_descriptors=number)

    verdict = verdict_in(folder)
    assert (ended.status, verdict["verdict"]) == (status, "failed" if status else "passed"), ended.output
    assert ("Too many open files" in json.dumps(verdict) + ended.output) is bool(status)
    assert "INTERNALERROR" not in ended.output
    assert "Traceback" not in ended.output
    assert list(folder.rglob("*.partial")) == []


@pytest.mark.parametrize(("size", "status"), [(100, 1), (2_000, 1), (8_000, 1), (50_000, 1), (10_000_000, 0)])
def test_full_disk_keeps_the_champion_and_leaves_no_incomplete_file(
    forked: ForkedGate, tmp_path: Path, store: Datastore, size: int, status: int
) -> None:
    """The size of files is limited; the report has more than 50,000 bytes."""
    folder = copy_suite(tmp_path / "gate", LENIENT)
    before = champions(store)
    target = ({store.older, store.newest} - before).pop()

    ended = forked(
        folder,
        "quality_checks",
        "--gate-promote",
        f"--gate-run=TinyFlow/{target}",
        environment={"METAFLOW_DATASTORE_SYSROOT_LOCAL": str(store.root)},
        limit_file_size=size,
    )

    assert ended.status == status, ended.output
    assert "INTERNALERROR" not in ended.output
    assert champions(store) == (before if status else {target})
    for path in folder.glob("verdict.json"):
        verdict = json.loads(path.read_text(encoding="utf-8"))
        assert verdict["promoted"] is not bool(status)
        assert not status or verdict["verdict"] == "failed" or verdict["promotion"] == "pending"
    assert list(folder.rglob("*.partial")) == []
    for report in folder.glob("report.html"):
        assert "</html>" in report.read_text(encoding="utf-8")
    for record in (folder / ".embedgate").glob("*.json"):
        json.loads(record.read_text(encoding="utf-8"))


def test_killed_map_process_is_an_error_of_the_map_checks(
    forked: ForkedGate, tmp_path: Path, sound_with_map: SampleFiles
) -> None:
    folder = copy_suite(tmp_path / "gate", "", KILLS_MAP_PROCESS)

    ended = forked(folder, "quality_checks", *sound_with_map.arguments)

    verdict = verdict_in(folder)
    of_map = [check for check in verdict["checks"] if check["id"].startswith("map.")]
    assert (ended.status, verdict["verdict"]) == (1, "failed"), ended.output
    assert {check["outcome"] for check in of_map} == {"error"}
    assert all("the process that computes the map ended early" in check["message"] for check in of_map)


def test_interrupt_while_the_model_is_loaded_fails_the_run(
    forked: ForkedGate, tmp_path: Path, sound: SampleFiles
) -> None:
    folder = copy_suite(tmp_path / "gate", "", INTERRUPTED)

    ended = forked(folder, "quality_checks", *sound.arguments)

    verdict = verdict_in(folder)
    assert ended.status == 1, ended.output
    assert "Traceback" not in ended.output
    assert (verdict["verdict"], verdict["error"]["kind"]) == ("failed", "Interrupted")


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A read-only folder with the suite, beside a writable folder `out`."""
    folder = copy_suite(tmp_path / "gate", "")
    (tmp_path / "out").mkdir()
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield folder
    for inner, _, _ in os.walk(folder):
        Path(inner).chmod(0o755)


def test_read_only_folder_is_a_usage_error(forked: ForkedGate, read_only: Path, sound: SampleFiles) -> None:
    ended = forked(read_only, "quality_checks", *sound.arguments, obey_permissions=True)

    assert ended.status == 4, ended.output
    assert "Traceback" not in ended.output
    assert "--gate-verdict" in ended.output
    assert "Permission denied" in ended.output


def test_read_only_folder_with_outputs_elsewhere_passes_without_a_history(
    forked: ForkedGate, read_only: Path, sound: SampleFiles
) -> None:
    outputs = ["--gate-verdict=../out/verdict.json", "--html=../out/report.html"]

    ended = forked(read_only, "quality_checks", *sound.arguments, *outputs, obey_permissions=True)

    assert ended.status == 0, ended.output
    assert "Traceback" not in ended.output
    assert verdict_in(read_only.parent / "out")["verdict"] == "passed"
    history = read_only / ".embedgate"
    assert f"the history cannot be written to {history}: Permission denied" in ended.output
