"""`embedgate compare`: two models side by side, as runs, tags and files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedgate.testing import sample
from tests.conftest import SAMPLE_CONFIG, WITHOUT_MAP, SampleFiles, write_sample
from tests.integration.forked_gate import Ended, ForkedGate
from tests.integration.suite import copy_suite, verdict_in
from tests.integration.test_promotion import LENIENT
from tests.integration.tiny_runs import Datastore
from tests.retraining import permute_vectors, retrained

SAMPLE = sample()
SHUFFLED = np.random.default_rng(0).permutation(len(SAMPLE.keys))[:20]
PLAYLISTS = "--playlists=a/playlists.jsonl"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a model, a retrain of it, and a retrain with shuffled keys."""
    vectors = {
        "a": SAMPLE.vectors,
        "b": retrained(SAMPLE.vectors),
        "shuffled": permute_vectors(retrained(SAMPLE.vectors), SHUFFLED),
    }
    for name, each in vectors.items():
        write_sample(replace(SAMPLE, vectors=each.astype(np.float32)), tmp_path / "compared" / name)
    (tmp_path / "compared" / "quality_checks.toml").write_text(SAMPLE_CONFIG + WITHOUT_MAP, encoding="utf-8")
    return tmp_path / "compared"


@pytest.fixture
def compare(forked: ForkedGate, folder: Path) -> Callable[..., Ended]:
    """A function that runs `embedgate compare` in the folder."""

    def run(*arguments: str, **environment: str) -> Ended:
        ended = forked(folder, "compare", *arguments, program="embedgate.cli", environment=environment)
        assert "Traceback" not in ended.output, ended.output
        return ended

    return run


def content(ended: Ended) -> dict[str, Any]:
    assert ended.status == 0, ended.output
    found: dict[str, Any] = json.loads(ended.output)
    return found


def test_values_and_outcomes_are_those_of_the_gate(
    forked: ForkedGate, compare: Callable[..., Ended], folder: Path
) -> None:
    """A is tested without a champion, and B with A as its champion."""
    found = content(compare("a/vectors.npz", "b/vectors.npz", PLAYLISTS, "--json"))

    copy_suite(folder)
    checks: dict[str, dict[str, Any]] = {}
    for name, champion in (("a", "none"), ("b", "a/vectors.npz")):
        files = f"--gate-vectors={name}/vectors.npz", "--gate-playlists=a/playlists.jsonl"
        forked(folder, "quality_checks", *files, f"--gate-champion={champion}")
        checks[name] = {check["id"]: check for check in verdict_in(folder)["checks"]}
    for measure in found["measures"]:
        for name in ("a", "b"):
            expected = {key: checks[name][measure["id"]][key] for key in ("value", "ci", "outcome")}
            assert measure[name] == expected, measure["id"]
        if measure["difference"] is not None:
            assert measure["difference"] == pytest.approx(measure["b"]["value"] - measure["a"]["value"])
    compared = {check["id"]: check for check in found["compared"]}
    assert compared.keys() == {each for each in checks["b"] if each.startswith("champion.")}
    for check_id, check in compared.items():
        assert {**check, "seconds": 0} == {**checks["b"][check_id], "seconds": 0}
    assert {*compared, *(measure["id"] for measure in found["measures"])} == {
        check_id for check_id, check in checks["b"].items() if check["outcome"] != "off"
    }
    assert (found["a"]["pathspec"], found["b"]["pathspec"]) == ("a/vectors.npz", "b/vectors.npz")
    assert found["a"]["vectors"] == {"tracks": 270, "dimensions": 16}
    assert (found["playlists"], found["config"]) == ("a/playlists.jsonl", "quality_checks.toml")


def test_table_shows_both_models_and_what_the_comparison_finds(compare: Callable[..., Ended]) -> None:
    """The exit status does not depend on the outcomes."""
    ended = compare("a/vectors.npz", "shuffled/vectors.npz", PLAYLISTS)

    assert ended.status == 0, ended.output
    lines = ended.output.splitlines()
    assert lines[0].startswith("A: a/vectors.npz, finished ")
    assert lines[0].endswith("270 tracks of 16 dimensions")
    assert lines[1].startswith("B: shuffled/vectors.npz, ")
    assert lines[2] == "playlists of a/playlists.jsonl, config quality_checks.toml"
    rows = {line.split()[0]: line.split() for line in lines if line}
    assert rows["vocabulary.size"][1:] == ["270", "270", "+0", "passed", "passed"]
    a, b, difference, unit = rows["separation.tag_coverage"][1:5]
    assert (a, b, difference, unit) == (b, a, "+0.0", "pp")
    assert rows["champion.misplaced"][-1] == "failed"
    assert rows["champion.lost"][-1] == "passed"
    assert "\nFAILED champion.misplaced: " in ended.output
    assert "\n    Offending tracks: '" in ended.output


def test_model_compared_with_itself_does_not_differ(compare: Callable[..., Ended]) -> None:
    found = content(compare("a/vectors.npz", "a/vectors.npz", PLAYLISTS, "--json"))

    assert {measure["difference"] for measure in found["measures"]} <= {0, None}
    assert {check["outcome"] for check in found["compared"]} <= {"passed", "no_baseline", "not_applicable"}


def test_runs_and_tags_are_compared_on_their_own_playlists(
    forked: ForkedGate, datastore: Datastore, sound: SampleFiles, tmp_path: Path
) -> None:
    """The playlists are those of B if it is a run, else those of A."""
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "quality_checks.toml").write_text(LENIENT, encoding="utf-8")
    store = {"METAFLOW_DATASTORE_SYSROOT_LOCAL": str(datastore.root)}
    older, newest = f"TinyFlow/{datastore.older}", f"TinyFlow/{datastore.newest}"

    for a, b, playlists in (
        ("champion", newest, newest),
        (older, newest, newest),
        (older, str(sound.vectors), older),
        (str(sound.vectors), older, older),
    ):
        ended = forked(
            tmp_path / "here", "compare", a, b, "--json", program="embedgate.cli", environment=store, limit=60
        )
        found = content(ended)
        tested = f"TinyFlow/{datastore.tagged}" if a == "champion" else a
        assert (found["a"]["pathspec"], found["b"]["pathspec"], found["playlists"]) == (tested, b, playlists)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ("a/vectors.npz", 2, "the following arguments are required: B"),
        ("a/vectors.npz b/vectors.npz", 2, "are both files, which have no playlists: set --playlists=FILE"),
        ("gone.npz b/vectors.npz " + PLAYLISTS, 1, "there is no file gone.npz"),
        ("a/vectors.npz b/vectors.npz --playlists=gone.jsonl", 1, "there is no file gone.jsonl"),
        ("a/vectors.npz nosuchtag " + PLAYLISTS, 2, "no flow is configured"),
        ("a/vectors.npz b/vectors.npz --config=gone.toml " + PLAYLISTS, 2, "gone.toml cannot be read"),
        ("a/vectors.npz NoFlow/1 " + PLAYLISTS, 1, "there is no flow 'NoFlow'"),
    ],
)
def test_unusable_references_are_errors(
    compare: Callable[..., Ended], arguments: str, status: int, words: str
) -> None:
    ended = compare(*arguments.split(" "))

    assert ended.status == status, ended.output
    assert words in ended.output
