"""The documentation: code runs, configs are valid, and links lead to files."""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import replace
from textwrap import dedent
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import numpy as np
import pytest

from embedgate.config.settings import Settings
from embedgate.testing import Sample, sample
from tests.conftest import write_sample
from tests.integration.forked_gate import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.suite import GateFolder

pytest_plugins = "pytester"

PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").glob("*/README.md")),
]
OWN_CHECKS = ROOT / "docs" / "own-checks.md"


def fenced(page: Path, language: str) -> list[str]:
    """Return the fenced code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def indented(page: Path) -> list[str]:
    """Return the indented blocks, including blank lines within them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    found = re.findall(r"(?:^ {4}.*\n(?:\n(?= {4}))*)+", text, re.MULTILINE)
    return [dedent(block) for block in found]


CONFIGS = [
    pytest.param(block, id=f"{page.name}-{number}")
    for page in PAGES
    for number, block in enumerate(indented(page))
    if block.startswith("[")
]


def judged(gate: GateFolder, given: Sample) -> tuple[int, dict[str, Any]]:
    """Run the documented check on a model; return the exit status and the result."""
    gate.write_checks(fenced(OWN_CHECKS, "python")[0], "test_rare_tracks.py")
    gate.files = write_sample(given, gate.path / "files")
    done = gate.run(path="quality_checks/test_rare_tracks.py")
    return int(done.ret), gate.checks["custom.rare_tracks"]


def with_permuted_rare_tracks() -> Sample:
    """Return the sound sample with the vectors of the least played third of the tracks permuted."""
    sound = sample()
    plays = dict.fromkeys(sound.keys, 0)
    for tracks in sound.sequences:
        for track in tracks:
            plays[track] += 1
    rare = np.argsort([plays[key] for key in sound.keys], kind="stable")[: len(sound.keys) // 3]
    vectors = sound.vectors.copy()
    vectors[rare] = np.random.default_rng(0).permutation(vectors[rare])
    return replace(sound, vectors=vectors)


def test_documented_check_passes_for_a_sound_model(gate: GateFolder) -> None:
    status, check = judged(gate, sample())

    assert (status, check["outcome"]) == (0, "passed")
    assert check["bound"] == {"at_least": 0.5, "from": "user"}
    low, high = check["ci"]
    assert low <= check["value"] <= high <= 1
    assert check["n"] > 50


def test_documented_check_fails_for_a_broken_model_and_lists_its_tracks(gate: GateFolder) -> None:
    status, check = judged(gate, with_permuted_rare_tracks())

    assert (status, check["outcome"]) == (1, "failed")
    assert check["value"] < 0.5
    assert "Raise min_count" in check["message"]
    assert set(check["tracks"]) <= set(sample().keys)
    assert check["tracks"]


def test_documented_check_is_not_applicable_without_artists(gate: GateFolder) -> None:
    sound = sample()
    title = {key: f"track {number}" for number, key in enumerate(sound.keys)}

    status, check = judged(
        gate,
        replace(
            sound,
            keys=list(title.values()),
            sequences=[[title[track] for track in tracks] for tracks in sound.sequences],
            artists=[["" for _ in tracks] for tracks in sound.sequences],
        ),
    )

    assert (status, check["outcome"], check["severity"]) == (0, "not_applicable", "fail")


def test_documented_models_have_the_documented_attributes() -> None:
    names: dict[str, Any] = {}
    exec(fenced(OWN_CHECKS, "python")[1], names)  # noqa: S102 - the project's own page

    for model in (names["model"], names["shuffled"]):
        assert len(model.catalogue) == len(model.plays) == len(model.neighbours.indices)
    assert (names["model"].unit != names["shuffled"].unit).any()


def test_verdict_is_logged_to_weights_and_biases(gate: GateFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script reads the keys of a real verdict; the package itself, of 90 MB, is replaced."""
    gate.write_checks(fenced(OWN_CHECKS, "python")[0])
    gate.run()
    logged = MagicMock()
    run = logged.init.return_value.__enter__.return_value
    run.summary = {}
    monkeypatch.setitem(sys.modules, "wandb", logged)
    monkeypatch.setattr(
        sys, "argv", ["log_verdict.py", str(gate.path / "verdict.json"), str(gate.path / "report.html")]
    )

    (script,) = fenced(ROOT / "docs" / "ci.md", "python")
    assert len(script.splitlines()) < 20
    exec(script, {})  # noqa: S102 - the project's own page

    assert logged.init.call_args.kwargs["config"]["run"] == gate.verdict["run"]
    values = {name: check["value"] for name, check in gate.checks.items() if check["value"] is not None}
    assert values
    run.log.assert_called_once_with(values)
    assert run.summary == {"verdict": gate.verdict["verdict"]}
    added = [call.args[0] for call in logged.Artifact.return_value.add_file.call_args_list]
    assert added == sys.argv[1:]
    run.log_artifact.assert_called_once_with(logged.Artifact.return_value)


def test_every_fixture_is_documented() -> None:
    import fixtures

    listed = set(re.findall(r"^\| `(gate_\w+)` \|", OWN_CHECKS.read_text(encoding="utf-8"), re.MULTILINE))

    assert listed == set(fixtures.__all__) - {"gate_judge", "gate_check"}


@pytest.mark.parametrize("block", CONFIGS)
def test_every_config_in_the_docs_is_valid(block: str) -> None:
    Settings.model_validate(tomllib.loads(block))


def test_documentation_contains_configs() -> None:
    assert {str(case.id).rpartition("-")[0] for case in CONFIGS} >= {"README.md", "checks.md", "thresholds.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("https://", "http://")):
            assert (page.parent / target).exists(), target
