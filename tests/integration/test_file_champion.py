"""Gate runs with files promote them: the champion is recorded in the history folder, and compared with."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedgate.testing import sample
from tests.conftest import SAMPLE_CONFIG, write_sample
from tests.integration.forked_gate import Ended, ForkedGate
from tests.integration.suite import checks_of, copy_suite, verdict_in
from tests.integration.test_promotion import FAMILIES, FLOOR
from tests.retraining import permute_vectors, retrained

SAMPLE = sample()
CONFIG = (
    SAMPLE_CONFIG.partition("[checks.")[0]
    + "".join(f'[checks."{one}"]\nseverity = "off"\n' for one in FAMILIES)
    + "".join(f'[checks."{one}"]\nseverity = "fail"\n' for one in (*FLOOR, "champion.misplaced"))
)
"""Config in which only the checks of the floor and of misplaced tracks are on, so that a gate run is short."""
SHUFFLED = np.random.default_rng(0).permutation(len(SAMPLE.keys))[:20]


class Project:
    """A folder with three sound models and a broken one, without Metaflow."""

    def __init__(self, forked: ForkedGate, folder: Path) -> None:
        self.folder = copy_suite(folder, CONFIG)
        self._forked = forked
        vectors = {
            "first": SAMPLE.vectors,
            "second": retrained(SAMPLE.vectors),
            "third": retrained(SAMPLE.vectors, seed=2),
            "broken": permute_vectors(retrained(SAMPLE.vectors), SHUFFLED),
        }
        self.models = {
            name: write_sample(replace(SAMPLE, vectors=each.astype(np.float32)), folder / "models" / name).vectors
            for name, each in vectors.items()
        }

    def gate(self, model: str, *arguments: str, **prepared: Any) -> Ended:
        """Run the gate on a model."""
        vectors = self.models[model]
        playlists = f"--gate-playlists={vectors.with_name('playlists.jsonl')}"
        ended = self._forked(
            self.folder, "quality_checks", f"--gate-vectors={vectors}", playlists, *arguments, **prepared
        )
        assert "Traceback" not in ended.output, ended.output
        return ended

    def promote(self, model: str, *arguments: str, **prepared: Any) -> tuple[int, str, dict[str, Any]]:
        """Run the gate with `--gate-promote`; return exit status, output and verdict."""
        ended = self.gate(model, "--gate-promote", *arguments, **prepared)
        assert (self.folder / "verdict.json").exists(), ended.output
        return ended.status, ended.output, verdict_in(self.folder)

    def command(self, *arguments: str) -> Ended:
        """Run `embedgate`."""
        return self._forked(self.folder, *arguments, program="embedgate.cli")

    @property
    def champions(self) -> list[str]:
        """The recorded champions, oldest first, by name."""
        records = sorted((self.folder / ".embedgate").glob("champion-*.json"))
        paths = [json.loads(record.read_text(encoding="utf-8"))["files"][0]["path"] for record in records]
        return [Path(path).parent.name for path in paths]


@pytest.fixture
def project(forked: ForkedGate, tmp_path: Path) -> Project:
    return Project(forked, tmp_path / "project")


def test_passed_files_become_champion_and_the_next_run_is_compared_with_them(project: Project) -> None:
    status, output, verdict = project.promote("first")

    assert (status, verdict["verdict"], verdict["promoted"], verdict["promotion"]) == (0, "passed", True, "done")
    assert verdict["champion"] is None
    assert f"promoted: {project.models['first']} is the champion now" in output
    assert checks_of(verdict)["champion.misplaced"]["outcome"] == "off"
    record = json.loads((project.folder / ".embedgate" / "champion-000001.json").read_text(encoding="utf-8"))
    assert record["verdict"]["nonce"] == verdict["nonce"]
    assert record["files"] == [{**verdict["run"]["files"][0], "path": "models/first/vectors.npz"}]

    status, output, verdict = project.promote("second")

    assert (status, verdict["verdict"], verdict["promoted"]) == (0, "passed", True), output
    assert verdict["champion"]["pathspec"] == str(project.models["first"])
    assert f"embedgate: champion {project.models['first']}, finished" in output
    assert checks_of(verdict)["champion.misplaced"]["outcome"] == "passed"
    assert project.champions == ["first", "second"]

    assert project.promote("second")[2]["champion"]["is_the_tested_run"] is True
    assert project.champions == ["first", "second"]

    assert project.gate("third").status == 0  # compared, and not promoted
    assert verdict_in(project.folder)["champion"]["pathspec"] == str(project.models["second"])
    assert project.champions == ["first", "second"]


def test_failed_and_partial_runs_keep_the_champion(project: Project) -> None:
    project.promote("first")

    status, output, verdict = project.promote("broken")
    assert (status, verdict["verdict"], verdict["promoted"], verdict["error"]) == (1, "failed", False, None)
    assert "not promoted: the verdict is failed\n" in output
    assert checks_of(verdict)["champion.misplaced"]["outcome"] == "failed"

    status, output, verdict = project.promote("second", "-k", "integrity")
    assert (status, verdict["verdict"], verdict["promoted"]) == (1, "partial", False)
    assert "not promoted: the verdict is partial" in output
    assert project.champions == ["first"]


def test_changed_champion_is_an_error_until_another_model_is_promoted(project: Project) -> None:
    """A retrain that was written over the champion cannot be compared with it."""
    project.promote("first")
    first = project.models["first"]
    first.write_bytes(project.models["second"].read_bytes())

    for model in ("first", "third"):
        status, _, verdict = project.promote(model)
        assert (status, verdict["verdict"], verdict["error"]["kind"]) == (1, "failed", "ArtifactInvalid")
        assert f"{first} has changed since" in verdict["error"]["message"]
    first.unlink()
    status, _, verdict = project.promote("third")
    assert (status, verdict["error"]["kind"]) == (1, "ArtifactMissing")
    assert project.gate("third", "--gate-champion=none").status == 0

    done = project.command("promote", "models/third/vectors.npz", "--reason", "the first is lost")
    assert done.status == 0, done.output
    assert project.champions == ["first", "third"]
    assert project.promote("second")[0] == 0


def test_promotion_without_comparison_is_refused_while_there_is_a_champion(project: Project) -> None:
    assert project.promote("first", "--gate-champion=none")[0] == 0

    ended = project.gate("second", "--gate-promote", "--gate-champion=none")

    assert ended.status == 4
    assert f"would replace the champion {project.models['first']} without a comparison" in ended.output
    assert not (project.folder / "verdict.json").exists()
    assert project.champions == ["first"]


def test_model_that_was_promoted_meanwhile_stays_champion(project: Project) -> None:
    """The tested model was not compared with it."""
    project.promote("first")
    other = f"import subprocess, sys\nOTHER = {str(project.models['third'])!r}\n"
    command = "[sys.executable, '-m', 'embedgate.cli', 'promote', OTHER, '--reason=x']"
    source = f"{other}def test_other(gate_model):\n    subprocess.run({command}, check=True)\n"
    (project.folder / "quality_checks" / "test_other.py").write_text(source, encoding="utf-8")

    status, output, verdict = project.promote("second")

    assert (status, verdict["verdict"], verdict["promoted"], verdict["promotion"]) == (0, "passed", False, None)
    assert f"not promoted: {project.models['third']} was promoted at the same time" in output
    assert project.champions == ["first", "third"]


def test_log_file_does_not_overwrite_the_champion(project: Project) -> None:
    project.promote("first")
    content = project.models["first"].read_bytes()

    ended = project.gate("second", f"--log-file={project.models['first']}")

    assert ended.status == 4
    assert "the recorded champion" in ended.output
    assert project.models["first"].read_bytes() == content


def test_distributed_gate_run_promotes_files_once(project: Project) -> None:
    for model, compared in (("first", "off"), ("second", "passed")):
        status, output, verdict = project.promote(model, "-n", "2")
        assert (status, verdict["promoted"]) == (0, True), output
        assert checks_of(verdict)["champion.misplaced"]["outcome"] == compared
    assert project.champions == ["first", "second"]


def test_manual_promotion_of_a_file_is_recorded(project: Project) -> None:
    done = project.command("promote", "models/broken/vectors.npz", "--reason", " an experiment ")

    assert done.status == 0, done.output
    assert f"promoted: {project.models['broken']} is the champion now" in done.output
    assert project.champions == ["broken"]
    champion = json.loads((project.folder / ".embedgate" / "champion-000001.json").read_text(encoding="utf-8"))
    assert (champion["reason"], champion["verdict"]) == ("an experiment", None)
    assert "an experiment" in project.command("history").output


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ("gone.npz --reason=x", 1, "there is no file"),
        ("models/first/playlists.jsonl --reason=x", 1, "vectors cannot be read from files ending in '.jsonl'"),
        ("models/first/vectors.npz --reason=", 2, "--reason is blank"),
    ],
)
def test_invalid_manual_promotion_of_a_file_is_rejected(
    project: Project, arguments: str, status: int, words: str
) -> None:
    done = project.command("promote", *arguments.split(" "))

    assert done.status == status, done.output
    assert words in done.output
    assert project.champions == []


def test_gate_run_killed_while_it_records_the_champion_leaves_the_old_or_the_new_one(project: Project) -> None:
    """The run is killed before each operation on the record, and the next run promotes."""
    log = project.folder.parent / "operations"
    project.promote("first")
    project.promote("second", count_writes=str(log))
    names = log.read_text(encoding="utf-8").splitlines()
    numbers = [number for number, name in enumerate(names, 1) if "champion-" in name]
    numbers = list(range(numbers[0], numbers[-1] + 2))
    assert len(numbers) >= 5, names

    for number in numbers:
        model = "first" if project.champions[-1] == "second" else "second"
        before = project.champions
        ended = project.gate(model, "--gate-promote", die_at=number)

        assert ended.status == -signal.SIGKILL
        assert project.champions in (before, [*before, model])
        assert verdict_in(project.folder)["promotion"] == "pending"
        assert project.promote(model)[:1] == (0,)
        assert project.champions == [*before, model]
