"""Gate runs with random options change no user file and end in time, with an exit status that fits the verdict.

`EMBEDGATE_EXAMPLES=500 pytest tests/integration/test_sentinel_files.py` tries more combinations.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedgate.checks.registry import FAMILIES
from embedgate.testing import sample
from tests.conftest import write_sample
from tests.integration.suite import copy_suite

if TYPE_CHECKING:
    from tests.integration.forked_gate import Ended, ForkedGate

EXAMPLES = int(os.environ.get("EMBEDGATE_EXAMPLES", "40"))
MAX_SECONDS = 30.0
FLOOR = ("integrity.finite", "vocabulary.coverage", "neighbours.co_listening", "champion.new_duplicates")
OFF = "".join(f'[checks."{each}"]\nseverity = "off"\n' for each in FAMILIES)
ONLY_FLOOR = OFF + "".join(f'[checks."{each}"]\nseverity = "fail"\n' for each in FLOOR)
USER_FILES = {
    "tracks.csv": "mine,too\n",
    "duplicates.csv": "mine\n",
    "out/v.tracks.csv": "check,rank\n",
    "notes.md": "# Notes\n",
    "mine.json": '{"verdict": "mine"}\n',
    "mine.html": "<!DOCTYPE html><title>mine</title>\n",
    "mine.xml": "<plan/>\n",
    "empty.json": "",
    "off.toml": OFF,
    "broken.toml": "[modle]\n",
}
VERDICTS = (
    "verdict.json", "out/new.json", "out/v.json", "new/deep/v.json", "notes.md", "v.npz", "quality_checks.toml",
    "conftest.py", "link.json", "hard.json", "dangling.json", "pipe.json", "out", "empty.json", "mine.json",
    "tracks.csv", "report.html", "notes.md/v.json", "", "~nosuchuser/v.json", "x" * 300,
)  # fmt: skip
REPORTS = (
    "report.html", "out/r.html", "v.npz", "p.jsonl", "verdict.json", "mine.html", "hard.json", "notes.md/r.html",
)  # fmt: skip


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """Draw the usual value in nine of ten cases, so that many runs reach a verdict."""
    return st.sampled_from((usual,) * (9 * len(others)) + others)


RUNS = st.fixed_dictionaries(
    {
        "verdict": mostly(None, *VERDICTS),
        "html": mostly(None, *REPORTS),
        "junitxml": mostly(None, "junit.xml", "out/j.xml", "verdict.json", "report.html", "mine.xml", "v.npz"),
        "config": mostly(None, "quality_checks.toml", "off.toml", "broken.toml", "missing.toml", "out", "notes.md"),
        "vectors": mostly("v.npz", "random.npz", "nan.npz", "notes.md", "missing.npz", "pipe.json", "out"),
        "champion": mostly(None, "none", "v.npz", "missing.npz", ""),
        "selection": mostly(
            (), ("-k", "integrity"), ("-k", "nothing"), ("--gate-promote",), ("--gate-run=1",), ("--lf",)
        ),
        "suite": mostly("quality_checks", "quality_checks/test_integrity.py"),
    }
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the suite, models, and user files with names that a gate run might use."""
    folder = tmp_path_factory.mktemp("template")
    copy_suite(folder, ONLY_FLOOR)
    sound = sample()
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(sound.vectors.shape)
    models = {"v": sound.vectors, "random": noise, "nan": np.where(noise > 2.5, np.nan, sound.vectors)}
    for name, vectors in models.items():
        files = write_sample(replace(sound, vectors=np.asarray(vectors, np.float32)), folder / "made")
        files.vectors.rename(folder / f"{name}.npz")
        files.playlists.replace(folder / "p.jsonl")
    shutil.rmtree(folder / "made")
    (folder / "out").mkdir()
    for name, text in USER_FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def unpacked(template: Path, folder: Path) -> Path:
    """Copy the template, and add links and a pipe, which copying does not preserve."""
    shutil.copytree(template, folder, symlinks=True)
    (folder / "link.json").symlink_to("notes.md")
    (folder / "dangling.json").symlink_to("nowhere/v.json")
    (folder / "hard.json").hardlink_to(folder / "v.npz")
    os.mkfifo(folder / "pipe.json")
    return folder


def facts(path: Path) -> tuple[object, ...]:
    """Return the properties of a file that must not change: kind, inode, modification time, content."""
    found = path.lstat()
    content: object = None
    if stat.S_ISREG(found.st_mode):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    elif stat.S_ISLNK(found.st_mode):
        content = path.readlink()
    is_folder = stat.S_ISDIR(found.st_mode)
    return (stat.S_IFMT(found.st_mode), found.st_ino, None if is_folder else found.st_mtime_ns, content)


def files_in(folder: Path) -> dict[Path, tuple[object, ...]]:
    """Return the facts of everything in a folder except bytecode."""
    return {path: facts(path) for path in sorted(folder.rglob("*")) if "__pycache__" not in path.parts}


def arguments_of(run: dict[str, Any]) -> list[str]:
    """Return the command line of a run."""
    options = {
        "--gate-verdict": run["verdict"],
        "--html": run["html"],
        "--junitxml": run["junitxml"],
        "--gate-config": run["config"],
        "--gate-champion": run["champion"],
    }
    typed = [f"{name}={value}" for name, value in options.items() if value is not None]
    return [run["suite"], f"--gate-vectors={run['vectors']}", "--gate-playlists=p.jsonl", *typed, *run["selection"]]


def test_user_files_are_unchanged_and_exit_status_agrees_with_the_verdict(forked: ForkedGate, template: Path) -> None:
    statuses: set[int] = set()

    assert_about_random_runs(forked, template, statuses)

    assert statuses == {0, 1, 4}


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), print_blob=False
)
@given(runs=st.lists(RUNS, min_size=1, max_size=2))
def assert_about_random_runs(
    forked: ForkedGate, template: Path, statuses: set[int], runs: list[dict[str, Any]]
) -> None:
    """Assert it for one or two runs in the same folder, and add their exit statuses."""
    with TemporaryDirectory() as parent:
        folder = unpacked(template, Path(parent) / "work")
        before = files_in(folder)
        for run in runs:
            ended = forked(folder, *arguments_of(run), limit=MAX_SECONDS)
            statuses.add(ended.status)

            assert ended.seconds < MAX_SECONDS
            assert "Traceback" not in ended.output
            assert "INTERNALERROR" not in ended.output
            assert_agreement(folder, run, ended, before)
            now = files_in(folder)
            assert {path: now.get(path) for path in before} == before
            assert not [path for path in now if path.name.endswith(".partial")]


def assert_agreement(folder: Path, run: dict[str, Any], ended: Ended, before: dict[Path, Any]) -> None:
    """Assert that the exit status fits the verdict."""
    path = (folder / (run["verdict"] or "verdict.json")).resolve()
    is_ours = run["verdict"] != "" and len(path.name) < 256 and path.exists() and path not in before
    verdict = json.loads(path.read_text(encoding="utf-8")) if is_ours else None
    if ended.status == 4:
        assert verdict is None
        return
    assert ended.status in (0, 1), ended.output
    assert verdict is not None, ended.output
    narrowed = run["suite"] != "quality_checks" or run["selection"][:1] == ("-k",)
    passed = verdict["verdict"] == "passed" or (verdict["verdict"] == "partial" and narrowed)
    if ended.status == 0:
        assert passed, ended.output
    else:
        assert verdict["verdict"] != "passed", ended.output
    assert verdict["promoted"] is False
