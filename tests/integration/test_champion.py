"""A champion from a file: what a sound retrain passes, what broken keys do, and what is no champion at all."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import openTSNE  # noqa: F401
import pytest
import scipy.stats  # noqa: F401
import sklearn.metrics  # noqa: F401

# pytester forgets what its runs import: numpy does not bear that twice, and the rest takes its time each time
import embedgate.gate.hooks
import embedgate.report.figures.figure
import embedgate.sources.files  # noqa: F401
from embedgate.testing import sample
from tests.conftest import timeless, write_sample
from tests.retraining import permute_vectors, random_rotation, retrained

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.conftest import SampleFiles

pytest_plugins = "pytester"

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = sample()
N = len(SAMPLE.keys)
SUITE = "quality_checks"
COMPARING = f"{SUITE}/test_champion.py"
"""The checks of the champion alone: partial by the user's own selection, and the exit status tells if they hold."""


@pytest.fixture
def gate(pytester: pytest.Pytester, sound: SampleFiles) -> Gate:
    """The shipped suite in a folder, and a champion beside it."""
    return Gate(pytester, sound)


class Gate:
    """Runs the suite on a candidate, beside the champion or another."""

    def __init__(self, pytester: pytest.Pytester, files: SampleFiles) -> None:
        self.pytester = pytester
        self.folder = pytester.path
        self.champion = files.vectors
        shutil.copytree(ROOT / SUITE, self.folder / SUITE, ignore=shutil.ignore_patterns("__pycache__"))
        pytester.makeconftest(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom fixtures import *")

    def run(
        self,
        vectors: NDArray[np.floating],
        *arguments: str,
        champion: object = None,
        path: str = COMPARING,
        config: str = "",
    ) -> pytest.RunResult:
        """Write the candidate and run the checks on it, in this process."""
        files = write_sample(replace(SAMPLE, vectors=vectors.astype(np.float32)), self.folder / "candidate")
        files.config.write_text(files.config.read_text(encoding="utf-8") + config, encoding="utf-8")
        typed = self.champion if champion is None else champion
        return self.pytester.runpytest_inprocess(path, *files.arguments, f"--gate-champion={typed}", *arguments)

    @property
    def verdict(self) -> dict[str, Any]:
        """verdict.json."""
        found: dict[str, Any] = json.loads((self.folder / "verdict.json").read_text(encoding="utf-8"))
        return found

    @property
    def checks(self) -> dict[str, dict[str, Any]]:
        """The champion's checks in it, by id."""
        return {each["id"]: each for each in self.verdict["checks"] if each["id"].startswith("champion.")}

    @property
    def outcomes(self) -> set[str]:
        """What became of the champion's checks."""
        return {each["outcome"] for each in self.checks.values()}


def broken(share: float = 0.05) -> tuple[NDArray[np.float32], set[str]]:
    """A retrain, a share of its keys dealt out anew, and which."""
    chosen = np.random.default_rng(0).permutation(N)[: round(share * N)]
    return permute_vectors(retrained(SAMPLE.vectors), chosen), {SAMPLE.keys[row] for row in chosen}


def test_a_sound_retrain_passes_the_whole_suite(gate: Gate) -> None:
    """Turned, scaled and moved a little: passed, every check of the champion with it, and nothing is blamed."""
    done = gate.run(retrained(SAMPLE.vectors), path=SUITE)

    assert (int(done.ret), gate.verdict["verdict"]) == (0, "passed")
    no_band = {name for name, each in gate.checks.items() if each["outcome"] == "no_baseline"}
    assert no_band == {"champion.churn", "champion.overlap", "champion.regression"}
    assert gate.outcomes == {"passed", "no_baseline"}
    assert gate.verdict["champion"]["pathspec"] == str(gate.champion)
    assert {each["bound"]["from"] for each in gate.checks.values() if each["bound"]} == {"champion"}


def test_shuffled_keys_stop_the_gate_and_are_named(gate: Gate) -> None:
    """Five percent of the keys dealt out anew: exit status 1, and who is named is one of them."""
    vectors, planted = broken()
    done = gate.run(vectors)
    found = gate.checks["champion.misplaced"]

    assert (int(done.ret), gate.verdict["verdict"], found["outcome"]) == (1, "failed", "failed")
    assert len(planted & set(found["tracks"])) >= 0.95 * len(found["tracks"])
    assert len(found["tracks"]) >= 0.9 * len(planted)
    assert found["value"] == len(found["tracks"])
    done.stdout.fnmatch_lines([f"champion.misplaced failed: {len(found['tracks'])} of {N} *tracks *"])


def test_shuffled_keys_are_found_in_vectors_that_are_else_the_very_same(gate: Gate) -> None:
    """A changed id mapping, without a retrain."""
    chosen = np.arange(0, N, 45)
    done = gate.run(permute_vectors(SAMPLE.vectors, chosen))

    assert int(done.ret) == 1
    assert set(gate.checks["champion.misplaced"]["tracks"]) == {SAMPLE.keys[row] for row in chosen}


@pytest.mark.parametrize(
    "change",
    [
        lambda vectors: vectors,
        lambda vectors: vectors @ random_rotation(16),
        lambda vectors: 40 * vectors,
        lambda vectors: vectors.astype(np.float16),
    ],
    ids=["the very same", "turned", "scaled", "float16"],
)
def test_what_changes_nothing_passes(gate: Gate, change: Any) -> None:
    """A model compared with itself, however it is written: no check of the champion objects."""
    done = gate.run(change(SAMPLE.vectors))

    assert (int(done.ret), gate.outcomes) == (0, {"passed", "no_baseline"})


def test_a_champion_of_another_dimension_is_compared_all_the_same(gate: Gate) -> None:
    """Larger, turned, in another order, as .kv: a sound one passes, and shuffled keys are found."""
    from gensim.models import KeyedVectors

    order = np.random.default_rng(3).permutation(N)
    champion = KeyedVectors(24)
    champion.add_vectors(
        [SAMPLE.keys[row] for row in order],
        (np.pad(SAMPLE.vectors, ((0, 0), (0, 8))) @ random_rotation(24)).astype(np.float32)[order],
    )
    champion.save(str(gate.folder / "larger.kv"))

    assert int(gate.run(retrained(SAMPLE.vectors), champion=gate.folder / "larger.kv").ret) == 0
    assert gate.verdict["champion"]["vectors"]["dimensions"] == 24
    vectors, planted = broken()
    assert int(gate.run(vectors, champion="larger.kv").ret) == 1
    assert set(gate.checks["champion.misplaced"]["tracks"]) <= planted


@pytest.mark.parametrize(
    ("name", "content", "kind", "says"),
    [
        ("gone.npz", None, "ArtifactMissing", "gone.npz"),
        ("torn.npz", b"PK\x03\x04 and no more", "ArtifactUnreadable", "torn.npz"),
        ("empty.kv", b"", "ArtifactUnreadable", "empty.kv"),
    ],
)
def test_a_champion_that_cannot_be_read_is_an_error_of_its_own(
    gate: Gate, name: str, content: bytes | None, kind: str, says: str
) -> None:
    """Exit status 1, a verdict that says what was looked for, no check run: never `no_baseline`."""
    if content is not None:
        (gate.folder / name).write_bytes(content)
    done = gate.run(retrained(SAMPLE.vectors), champion=name)

    assert (int(done.ret), gate.verdict["verdict"], gate.verdict["champion"]) == (1, "failed", None)
    assert gate.verdict["error"]["kind"] == kind
    assert says in gate.verdict["error"]["message"]
    assert "--gate-champion" in gate.verdict["error"]["message"]
    assert gate.outcomes == {"not_run"}


def test_a_champion_without_a_track_in_common_stops_the_gate(gate: Gate) -> None:
    """The keys are written in another way: nothing to compare is no blessing, and no check breaks over it."""
    np.savez(gate.folder / "other.npz", keys=[f"id:{row}" for row in range(N)], vectors=SAMPLE.vectors)
    done = gate.run(SAMPLE.vectors, champion="other.npz")

    assert (int(done.ret), gate.verdict["verdict"]) == (1, "inconclusive")
    assert gate.checks["champion.match_auc"]["outcome"] == "inconclusive"
    assert "0 tracks are shared with the champion" in gate.checks["champion.match_auc"]["message"]
    assert "error" not in gate.outcomes


def test_none_switches_the_comparison_off(gate: Gate) -> None:
    """Broken keys or not: every check of the champion is off, and none is measured."""
    done = gate.run(broken()[0], champion="none")

    assert (int(done.ret), gate.outcomes, gate.verdict["champion"]) == (0, {"off"}, None)
    assert all(each["value"] is None for each in gate.checks.values())


def test_workers_tell_the_same_and_so_does_a_second_run(gate: Gate) -> None:
    """Under xdist, and run once more: the same verdict, number by number, but for the times."""
    told = []
    for arguments in ((), (), ("-n", "2")):
        gate.run(broken()[0], *arguments)
        told.append(_timeless(gate.verdict))

    assert told[0] == told[1] == told[2]
    assert told[0]["verdict"] == "failed"


def _timeless(verdict: dict[str, Any]) -> dict[str, Any]:
    run = {name: value for name, value in verdict["run"].items() if name != "finished_at"}
    # a .npz holds the time at which it was written
    run["files"] = [{**each, "sha256": ""} for each in run["files"]]
    return {**timeless(verdict), "run": run}


@pytest.mark.parametrize(
    ("config", "outcome", "status"),
    [
        ('[checks."champion.misplaced"]\nat_most = 20', "passed", 0),
        ('[checks."champion.misplaced"]\nseverity = "warn"', "warned", 0),
        ('[checks."champion"]\nseverity = "off"', "off", 1),  # with a champion, the floor asks for one of its checks
        ('[bands.limits]\n"champion.misplaced" = 20', "passed", 0),
        ('[bands.limits]\n"champion.misplaced" = 5', "failed", 1),
    ],
)
def test_the_user_and_the_bands_have_a_say(gate: Gate, config: str, outcome: str, status: int) -> None:
    """A bound of the user's own, a severity, and the calibrated band."""
    done = gate.run(broken()[0], config=f"\n{config}\n")

    assert gate.checks["champion.misplaced"]["outcome"] == outcome
    assert int(done.ret) == status


@pytest.mark.parametrize("name", ["genre_accuracy", "genre_displacement"])
def test_genres_are_named_as_they_are_written(gate: Gate, name: str) -> None:
    """`[checks]` takes a genre's own name, and its slug stands in the id."""
    config = f'\n[checks."champion.{name}[R&B]"]\nseverity = "off"\n'
    base = 'jazz = ["jazz"]'
    files = write_sample(SAMPLE, gate.folder / "candidate")
    text = files.config.read_text(encoding="utf-8").replace(base, f'{base}\n"R&B" = ["rnb"]') + config
    files.config.write_text(text, encoding="utf-8")
    gate.pytester.runpytest_inprocess(COMPARING, *files.arguments, f"--gate-champion={gate.champion}")

    assert gate.checks[f"champion.{name}[r-b]"]["outcome"] == "off"
