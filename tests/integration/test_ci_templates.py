"""The scripts of the GitHub action and the GitLab component, as their runners start them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pytest
from ruamel.yaml import YAML

from tests.integration.forked_gate import ROOT
from tests.integration.suite import copy_suite

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.conftest import SampleFiles

Kind = Literal["action", "component"]
KINDS: tuple[Kind, ...] = ("action", "component")
ACTION = YAML(typ="safe").load(ROOT / "action.yml")
HEADER, COMPONENT = YAML(typ="safe").load_all(ROOT / "templates" / "embedgate.yml")
INPUTS: Mapping[Kind, Mapping[str, Any]] = {"action": ACTION["inputs"], "component": HEADER["spec"]["inputs"]}
SHOW_ARGUMENTS = """#!/bin/sh
for argument in "$@"; do printf '%s\\n' "<$argument>" >> "$ARGUMENTS_FILE"; done
"""
"""A program in place of Python that records its arguments."""
HOSTILE = (
    "$(touch owned)",
    "`touch owned`",
    '"; touch owned; "',
    "'; touch owned; '",
    "a\ntouch owned",
    "; touch owned #",
    "*",
    "${HOME}",
    "\\",
)


@dataclass(frozen=True)
class Done:
    """The result of a step.

    Attributes:
        status: exit status.
        output: standard output and error.
        outputs: outputs of the step, or the variables of the job.
        folder: where report and verdict are; None if it was not created.
    """

    status: int
    output: str
    outputs: dict[str, str]
    folder: Path | None


def filled(text: str, pattern: str, values: Mapping[str, str]) -> str:
    """Replace the expressions of a template by inputs."""
    return re.sub(pattern, lambda found: values[found[1]], text)


def run_step(kind: Kind, folder: Path, environment: Mapping[str, str], **given: str) -> Done:
    """Run the step that tests the model."""
    values = {name: str(spec["default"]) for name, spec in INPUTS[kind].items()}
    values |= {"promote": "false"} | {name.replace("_", "-"): value for name, value in given.items()}
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    outputs = folder / ("outputs" if kind == "action" else "embedding-gate.env")
    if kind == "action":
        (step,) = [each for each in ACTION["runs"]["steps"] if each.get("id") == "gate"]
        variables = {
            name: filled(value, r"\$\{\{ inputs\.([\w-]+) \}\}", values) for name, value in step["env"].items()
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        variables |= {"GITHUB_OUTPUT": str(outputs), "RUNNER_TEMP": str(temporary)}
        outputs.touch()
    else:
        (job,) = COMPONENT.values()
        variables = {
            name: filled(str(value), r"\$\[\[ inputs\.([\w-]+) \]\]", values)
            for name, value in job["variables"].items()
        }
        before, _install, script = job["script"]
        command = ["sh", "-ec", f"{before}\n{script}"]
        variables["CI_PROJECT_DIR"] = str(folder)
    path = os.pathsep.join([str(folder / "bin"), os.path.dirname(sys.executable), os.environ["PATH"]])  # noqa: PTH120
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, **variables, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    written = dict(line.split("=", 1) for line in outputs.read_text(encoding="utf-8").splitlines())
    created = [
        *temporary.glob("embedding-gate.*"),
        *(each for each in folder.glob("embedding-gate.*") if each.is_dir()),
    ]
    return Done(done.returncode, done.stdout, written, created[0] if created else None)


def recorded(kind: Kind, folder: Path, **given: str) -> tuple[Done, list[str]]:
    """Run the step with a program in place of Python; return its arguments, without those for outputs."""
    program = folder / "bin" / "python"
    program.parent.mkdir()
    program.write_text(SHOW_ARGUMENTS, encoding="utf-8")
    program.chmod(0o755)
    file = folder / "arguments"
    done = run_step(kind, folder, {"ARGUMENTS_FILE": str(file)}, **given)
    found = (
        re.findall(r"^<(.*?)>$", file.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE) if file.exists() else []
    )
    return done, [each for each in found if not each.startswith(("--gate-verdict=", "--html=", "--junitxml="))]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


def test_inputs_are_passed_as_options(kind: Kind, tmp_path: Path) -> None:
    given = {"flow": "F", "run": "F/1", "tag": "t", "config": "c.toml", "champion": "none", "promote": "true"}

    done, arguments = recorded(kind, tmp_path, **given, arguments="--gate-drill  -k integrity")

    assert done.status == 0, done.output
    assert arguments[:4] == ["-m", "pytest", "--pyargs", "embedgate.quality_checks"]
    assert sorted(arguments[4:-3]) == [
        "--gate-champion=none",
        "--gate-config=c.toml",
        "--gate-flow=F",
        "--gate-promote",
        "--gate-run=F/1",
        "--gate-tag=t",
    ]
    assert arguments[-3:] == ["--gate-drill", "-k", "integrity"]


def test_defaults_set_no_option(kind: Kind, tmp_path: Path) -> None:
    assert recorded(kind, tmp_path)[1] == ["-m", "pytest", "--pyargs", "embedgate.quality_checks"]


@pytest.mark.parametrize("text", HOSTILE)
def test_inputs_are_never_executed(kind: Kind, tmp_path: Path, text: str) -> None:
    done, arguments = recorded(kind, tmp_path, run=text, tag=text, suite=text, arguments=text)

    assert done.status == 0, done.output
    assert not (tmp_path / "owned").exists()
    assert arguments[2] == text
    assert {f"--gate-run={text}", f"--gate-tag={text}"} <= set(arguments)
    assert arguments[-len(text.split()) :] == text.split()


@pytest.mark.parametrize("text", ["yes", "", "True; touch owned", "1"])
def test_promotion_is_true_or_false(kind: Kind, tmp_path: Path, text: str) -> None:
    done, arguments = recorded(kind, tmp_path, promote=text)

    assert (done.status, arguments) == (4, [])
    assert "promote must be true or false" in done.output


@pytest.mark.parametrize("text", [text for text in HOSTILE if text != "*"])
def test_component_rejects_values_that_could_change_its_yaml(text: str) -> None:
    """GitLab inserts inputs into the text of the file, so that quotes must not be in them."""
    free = [name for name, spec in INPUTS["component"].items() if spec.get("regex")]

    assert set(free) == {"flow", "run", "tag", "config", "champion", "arguments", "suite", "version"}
    for name in free:
        assert not re.fullmatch(INPUTS["component"][name]["regex"], text)


@pytest.mark.parametrize(
    "text", ["ModelingFlow/123", "models:/track2vec/7", "models:/track2vec@champion", "a/b", "~/x-1_2.toml"]
)
def test_component_accepts_references_and_paths(text: str) -> None:
    for name in ("run", "champion", "config", "arguments"):
        assert re.fullmatch(INPUTS["component"][name]["regex"], text)


def test_action_and_component_build_the_arguments_in_the_same_way() -> None:
    (step,) = [each for each in ACTION["runs"]["steps"] if each.get("id") == "gate"]
    (job,) = COMPONENT.values()

    head, _, rest = step["run"].partition("folder=")
    assert rest
    assert job["script"][-1].partition("folder=")[0] == head


# -- real gate runs --


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_suite(tmp_path / "project")


def test_passed_verdict(kind: Kind, project: Path, sound: SampleFiles) -> None:
    (project / "verdict.json").write_text('{"schema": 1, "verdict": "failed"}', encoding="utf-8")
    summary = project / "summary.md"

    done = run_step(
        kind,
        project,
        {"GITHUB_STEP_SUMMARY": str(summary)},
        suite="quality_checks",
        config=str(sound.config),
        arguments=f"--gate-vectors={sound.vectors} --gate-playlists={sound.playlists}",
    )

    assert done.status == 0, done.output
    assert done.folder is not None
    assert {path.name for path in done.folder.iterdir()} >= {"report.html", "verdict.json", "junit.xml"}
    if kind == "action":
        assert done.outputs == {
            "folder": str(done.folder),
            "report": str(done.folder / "report.html"),
            "verdict": "passed",
        }
    else:
        assert done.outputs == {"EMBEDGATE_VERDICT": "passed"}
    assert "passed" in summary.read_text(encoding="utf-8")


def test_failed_verdict_fails_the_step(project: Path, sound: SampleFiles) -> None:
    broken = write_sample_with_nan(sound, project.parent / "broken")

    done = run_step(
        "action",
        project,
        {},
        suite="quality_checks",
        config=str(sound.config),
        arguments=f"--gate-vectors={broken} --gate-playlists={sound.playlists} -k integrity",
    )

    assert (done.status, done.outputs["verdict"]) == (1, "failed"), done.output
    assert done.folder is not None
    assert json.loads((done.folder / "verdict.json").read_text(encoding="utf-8"))["verdict"] == "failed"


def write_sample_with_nan(sound: SampleFiles, folder: Path) -> Path:
    """Write the vectors with a NaN."""
    import numpy as np

    folder.mkdir()
    with np.load(sound.vectors) as loaded:
        vectors = loaded["vectors"].copy()
        vectors[0, 0] = np.nan
        np.savez(folder / "vectors.npz", keys=loaded["keys"], vectors=vectors)
    return folder / "vectors.npz"


def test_gate_that_never_started_has_no_verdict(kind: Kind, project: Path) -> None:
    """A verdict.json of an earlier run is in the folder; pytest rejects an option before the gate starts."""
    (project / "verdict.json").write_text('{"schema": 1, "verdict": "passed"}', encoding="utf-8")

    done = run_step(kind, project, {}, suite="quality_checks", arguments="--gate-mistyped")

    assert done.status == 4, done.output
    assert done.outputs.get("verdict", "none") == done.outputs.get("EMBEDGATE_VERDICT", "none") == "none"
    assert "report" not in done.outputs
