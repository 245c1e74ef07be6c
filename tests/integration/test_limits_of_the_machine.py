"""A machine that is at its limits: the gate names the error, exits with 1 or 4, and leaves no half file."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import SampleFiles
from tests.integration.forked_gate import ROOT, ForkedGate, environment_of
from tests.integration.test_promotion import LENIENT
from tests.integration.tiny_runs import Datastore

NO_CONFIG = ""


def suite(folder: Path, config: str, more: str = "") -> Path:
    """Write the shipped suite, its config and a conftest into a new folder."""
    shutil.copytree(ROOT / "quality_checks", folder / "quality_checks", ignore=shutil.ignore_patterns("__pycache__"))
    text = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom fixtures import *\n"
    (folder / "conftest.py").write_text(text + more, encoding="utf-8")
    (folder / "quality_checks.toml").write_text(config, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedGate]:
    """Gates over files."""
    with ForkedGate(environment_of(tmp_path_factory.mktemp("home"))) as gate:
        yield gate


@pytest.fixture(scope="module")
def store(datastore: Datastore, tmp_path_factory: pytest.TempPathFactory) -> Datastore:
    """A copy of the datastore; the champion is the run `tagged`."""
    root = tmp_path_factory.mktemp("limits") / "store"
    shutil.copytree(datastore.root / ".metaflow", root / ".metaflow", symlinks=True)
    return replace(datastore, root=root)


@pytest.fixture(scope="module")
def promoting(store: Datastore) -> Iterator[ForkedGate]:
    """Gates over the datastore."""
    with ForkedGate(environment_of(store.home, METAFLOW_DATASTORE_SYSROOT_LOCAL=str(store.root))) as gate:
        yield gate


def champions(store: Datastore) -> set[str]:
    """Return the ids of the runs that are tagged."""
    about = (store.root / ".metaflow" / "TinyFlow").glob("*/_meta/_self.json")
    return {
        path.parent.parent.name
        for path in about
        if "champion" in json.loads(path.read_text(encoding="utf-8")).get("tags", [])
    }


@pytest.mark.parametrize("number", [12, 16, 20, 24])
def test_few_descriptors(gate: ForkedGate, tmp_path: Path, sound: SampleFiles, number: int) -> None:
    """Where they are too few, the run ends with exit status 1, and a verdict that was written names an error."""
    folder = suite(tmp_path / "gate", NO_CONFIG)

    ended = gate(folder, "quality_checks", *sound.arguments, limit_descriptors=number)

    assert "INTERNALERROR" not in ended.said
    assert "Traceback" not in ended.said
    assert ended.status in {0, 1}, ended.said
    verdict = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    assert (verdict["verdict"] == "passed") is (ended.status == 0)
    if ended.status:
        assert "Too many open files" in json.dumps(verdict) + ended.said
    assert list(folder.rglob("*.partial")) == []


@pytest.mark.parametrize("size", [100, 2_000, 8_000, 50_000])
def test_full_disk(promoting: ForkedGate, tmp_path: Path, store: Datastore, size: int) -> None:
    """No file may become larger than a limit: the run promotes and passes, or fails and leaves the champion."""
    folder = suite(tmp_path / "gate", LENIENT)
    before = champions(store)
    target = ({store.older, store.newest} - before).pop()

    ended = promoting(
        folder,
        "quality_checks",
        "--gate-promote",
        f"--gate-run=TinyFlow/{target}",
        limit_file_size=size,
        without_map_process=True,
    )

    assert ended.status in {0, 1}, ended.said
    assert "INTERNALERROR" not in ended.said
    assert champions(store) == ({target} if ended.status == 0 else before)
    path = folder / "verdict.json"
    if path.exists():
        verdict = json.loads(path.read_text(encoding="utf-8"))
        assert verdict["promoted"] is (ended.status == 0)
        assert verdict["verdict"] != "passed" or ended.status == 0 or verdict["promotion"] == "pending"
    else:
        assert ended.status == 1
    assert list(folder.rglob("*.partial")) == []
    for report in folder.glob("report.html"):
        assert "</html>" in report.read_text(encoding="utf-8")
    for record in (folder / ".embedgate").glob("*.json"):
        json.loads(record.read_text(encoding="utf-8"))


def test_killed_map_process(gate: ForkedGate, tmp_path: Path, sound: SampleFiles) -> None:
    """The checks of the map end with an error at once, and the run with exit status 1."""
    kill = (
        "import os, signal\nfrom embedgate.gate.stash import GATE\n"
        "def pytest_collection_finish(session):\n"
        "    os.kill(session.config.stash[GATE].map_process.pid, signal.SIGKILL)\n"
    )
    folder = suite(tmp_path / "gate", NO_CONFIG, kill)

    ended = gate(folder, "quality_checks", *sound.arguments)

    assert ended.status == 1, ended.said
    verdict = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    assert verdict["verdict"] == "failed"
    of_map = [check for check in verdict["checks"] if check["id"].startswith("map.")]
    assert {check["outcome"] for check in of_map} == {"error"}
    assert all("the process that computes the map ended early" in check["message"] for check in of_map)


def test_interrupt_while_the_model_is_loaded(gate: ForkedGate, tmp_path: Path, sound: SampleFiles) -> None:
    """Ctrl-C gives exit status 1 and a failed verdict with the reason."""
    interrupt = (
        "import os, signal, time\nfrom embedgate.gate import session\n"
        "def resolve(request):\n"
        "    signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background job ignores it
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    time.sleep(30)\n"
        "session.resolve = resolve\n"
    )
    folder = suite(tmp_path / "gate", NO_CONFIG, interrupt)

    ended = gate(folder, "quality_checks", *sound.arguments)

    assert ended.status == 1, ended.said
    assert "Traceback" not in ended.said
    verdict = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    assert (verdict["verdict"], verdict["error"]["kind"]) == ("failed", "Interrupted")


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder with the suite, in which nobody may write; beside it is the folder `out`."""
    folder = suite(tmp_path / "gate", NO_CONFIG)
    (tmp_path / "out").mkdir()
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield folder
    for inner, _, _ in os.walk(folder):
        Path(inner).chmod(0o755)


def test_read_only_folder(gate: ForkedGate, read_only: Path, sound: SampleFiles) -> None:
    """A user without rights gets a usage error that names the file."""
    ended = gate(read_only, "quality_checks", *sound.arguments, obey_permissions=True)

    assert ended.status == 4, ended.said
    assert "Traceback" not in ended.said
    assert "--gate-verdict" in ended.said
    assert "Permission denied" in ended.said


def test_read_only_folder_with_outputs_elsewhere(gate: ForkedGate, read_only: Path, sound: SampleFiles) -> None:
    """The run passes, and says that the history is not kept."""
    outputs = ["--gate-verdict=../out/verdict.json", "--html=../out/report.html"]

    ended = gate(read_only, "quality_checks", *sound.arguments, *outputs, obey_permissions=True)

    assert ended.status == 0, ended.said
    assert "Traceback" not in ended.said
    verdict = json.loads((read_only.parent / "out" / "verdict.json").read_text(encoding="utf-8"))
    assert verdict["verdict"] == "passed"
    assert f"the history cannot be kept in {read_only / '.embedgate'}: Permission denied" in ended.said
