"""The documentation: its code runs, its configs are valid, its links exist."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

# pytester unloads what its runs import, and numpy cannot be imported twice
import embedgate.gate.hooks
import embedgate.report.figures.canvas
import embedgate.sources.files  # noqa: F401
from embedgate.config import Settings
from embedgate.testing import Sample, sample
from tests.conftest import write_sample

pytest_plugins = "pytester"

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OWN_CHECKS = ROOT / "docs" / "own-checks.md"


def fenced(page: Path, language: str) -> list[str]:
    """The code blocks of a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def indented(page: Path) -> list[str]:
    """The indented blocks, blank lines within them included."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    found = re.findall(r"(?:^ {4}.*\n(?:\n(?= {4}))*)+", text, re.MULTILINE)
    return [dedent(block) for block in found]


CONFIGS = [
    pytest.param(block, id=f"{page.name}-{number}")
    for page in PAGES
    for number, block in enumerate(indented(page))
    if block.startswith("[")
]


def judged(pytester: pytest.Pytester, given: Sample) -> tuple[int, dict[str, Any]]:
    """Run the documented check on a model: exit status, and the check as verdict.json has it."""
    suite = pytester.mkdir("quality_checks")
    (suite / "test_rare_tracks.py").write_text(fenced(OWN_CHECKS, "python")[0], encoding="utf-8")
    pytester.makeconftest("from fixtures import *")
    files = write_sample(given, pytester.path / "files")
    done = pytester.runpytest_inprocess("quality_checks/test_rare_tracks.py", *files.arguments)
    verdict = json.loads((pytester.path / "verdict.json").read_text(encoding="utf-8"))
    (check,) = [check for check in verdict["checks"] if check["id"] == "custom.rare_tracks"]
    return int(done.ret), check


def with_rare_tracks_elsewhere() -> Sample:
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


def test_the_documented_check_passes_a_sound_model(pytester: pytest.Pytester) -> None:
    """Copied from the page, with nothing added, it judges, and has all that a report shows."""
    status, check = judged(pytester, sample())

    assert (status, check["outcome"]) == (0, "passed")
    assert check["bound"] == {"at_least": 0.5, "from": "user"}
    low, high = check["ci"]
    assert low <= check["value"] <= high <= 1
    assert check["n"] > 50


def test_the_documented_check_fails_a_broken_model(pytester: pytest.Pytester) -> None:
    """Where rarely played tracks lie anywhere it stops the gate, and names them."""
    status, check = judged(pytester, with_rare_tracks_elsewhere())

    assert (status, check["outcome"]) == (1, "failed")
    assert check["value"] < 0.5
    assert "Raise min_count" in check["message"]
    assert set(check["tracks"]) <= set(sample().keys)
    assert check["tracks"]


def test_the_documented_check_says_where_it_cannot_tell(pytester: pytest.Pytester) -> None:
    """Keys without artists are a normal case."""
    sound = sample()
    plain = {key: f"track {number}" for number, key in enumerate(sound.keys)}
    status, check = judged(
        pytester,
        replace(
            sound,
            keys=list(plain.values()),
            sequences=[[plain[track] for track in tracks] for tracks in sound.sequences],
            artists=[["" for _ in tracks] for tracks in sound.sequences],
        ),
    )

    assert (status, check["outcome"], check["severity"]) == (0, "not_applicable", "fail")


def test_the_documented_models_are_there() -> None:
    """The page's second block makes a sound model and a broken one, with what it says they have."""
    names: dict[str, Any] = {}
    exec(fenced(OWN_CHECKS, "python")[1], names)  # noqa: S102 - our own page

    for model in (names["model"], names["shuffled"]):
        assert len(model.catalogue) == len(model.plays) == len(model.neighbours.indices)
    assert (names["model"].unit != names["shuffled"].unit).any()


def test_every_fixture_is_documented() -> None:
    """The page lists what a check may ask for, and nothing that there is not."""
    import fixtures

    listed = set(re.findall(r"^\| `(gate_\w+)` \|", OWN_CHECKS.read_text(encoding="utf-8"), re.MULTILINE))

    assert listed == set(fixtures.__all__) - {"gate_judge", "gate_check"}


@pytest.mark.parametrize("block", CONFIGS)
def test_every_config_in_the_docs_is_one(block: str) -> None:
    """Whoever copies a piece of quality_checks.toml gets no error."""
    Settings.model_validate(tomllib.loads(block))


def test_configs_were_found() -> None:
    """The pages that show a config are the ones that are looked at."""
    assert {str(case.id).rpartition("-")[0] for case in CONFIGS} >= {"README.md", "checks.md", "thresholds.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A page that is linked to is there."""
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("https://", "http://")):
            assert (page.parent / target).exists(), target
