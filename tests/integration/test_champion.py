"""Comparison with a champion file: sound retrains pass, permuted keys fail, unavailable champions are errors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from embedgate.testing import sample
from tests.conftest import timeless, write_sample
from tests.integration.suite import GateFolder, copy_suite
from tests.retraining import permute_vectors, random_rotation, retrained

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.conftest import SampleFiles

pytest_plugins = "pytester"

SAMPLE = sample()
N = len(SAMPLE.keys)
CHAMPION_CHECKS = "quality_checks/test_champion.py"
"""Only a part of the suite, so the verdict is partial, and the exit status is 0 if these checks pass."""


@pytest.fixture
def gate(pytester: pytest.Pytester, sound: SampleFiles) -> Comparison:
    """A folder with the shipped suite, in which the sound model is the champion."""
    return Comparison(pytester, sound)


class Comparison(GateFolder):
    """A folder in which candidates are compared with a champion.

    Args:
        pytester: the fixture that runs pytest.
        champion: the champion, unless a test gives another one.
    """

    def __init__(self, pytester: pytest.Pytester, champion: SampleFiles) -> None:
        super().__init__(pytester, champion)
        self.champion = champion.vectors
        copy_suite(self.path)

    def compare(
        self,
        vectors: NDArray[np.floating],
        *arguments: str,
        champion: object = None,
        path: str = CHAMPION_CHECKS,
    ) -> pytest.RunResult:
        """Write a candidate with the given vectors, and compare it."""
        self.files = write_sample(replace(SAMPLE, vectors=vectors.astype(np.float32)), self.path / "candidate")
        return self.run(f"--gate-champion={champion or self.champion}", *arguments, path=path)

    @property
    def compared(self) -> dict[str, dict[str, Any]]:
        """The checks of the family `champion` by id."""
        return {check_id: check for check_id, check in self.checks.items() if check_id.startswith("champion.")}

    @property
    def outcomes(self) -> set[str]:
        """The outcomes of the family `champion`, without artists and regions, which have fewer than twenty tracks."""
        small = {f"champion.{kind}_{what}" for kind in ("artist", "region") for what in ("displacement", "agreement")}
        return {check["outcome"] for check_id, check in self.compared.items() if check_id not in small}


def permuted(share: float = 0.05) -> tuple[NDArray[np.float32], set[str]]:
    """Return the vectors of a retrain with a share of the keys permuted, and the permuted keys."""
    chosen = np.random.default_rng(0).permutation(N)[: round(share * N)]
    return permute_vectors(retrained(SAMPLE.vectors), chosen), {SAMPLE.keys[row] for row in chosen}


def test_sound_retrain_passes_the_whole_suite(gate: Comparison) -> None:
    done = gate.compare(retrained(SAMPLE.vectors), path="quality_checks")

    assert (int(done.ret), gate.verdict["verdict"]) == (0, "passed")
    assert {name for name, check in gate.compared.items() if check["outcome"] == "no_baseline"} == {
        "champion.churn",
        "champion.overlap",
        "champion.regression",
    }
    assert gate.outcomes == {"passed", "no_baseline"}
    assert gate.verdict["champion"]["pathspec"] == str(gate.champion)
    assert {check["bound"]["from"] for check in gate.compared.values() if check["bound"]} == {"champion"}


def test_permuted_keys_fail_the_gate_and_are_listed(gate: Comparison) -> None:
    vectors, planted = permuted()

    done = gate.compare(vectors)

    found = gate.compared["champion.misplaced"]
    assert (int(done.ret), gate.verdict["verdict"], found["outcome"]) == (1, "failed", "failed")
    assert len(planted & set(found["tracks"])) >= 0.95 * len(found["tracks"])
    assert len(found["tracks"]) >= 0.9 * len(planted)
    assert found["value"] == len(found["tracks"])
    done.stdout.fnmatch_lines([f"champion.misplaced failed: {len(found['tracks'])}, expected <= * of {N} *"])


def test_permuted_keys_are_found_without_a_retrain(gate: Comparison) -> None:
    """All other vectors equal those of the champion, as after a changed id mapping."""
    chosen = np.arange(0, N, 45)

    done = gate.compare(permute_vectors(SAMPLE.vectors, chosen))

    assert int(done.ret) == 1
    assert set(gate.compared["champion.misplaced"]["tracks"]) == {SAMPLE.keys[row] for row in chosen}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda vectors: vectors, id="identical"),
        pytest.param(lambda vectors: vectors @ random_rotation(16), id="rotated"),
        pytest.param(lambda vectors: 40 * vectors, id="scaled"),
        pytest.param(lambda vectors: vectors.astype(np.float16), id="float16"),
    ],
)
def test_model_with_the_same_neighbours_passes(gate: Comparison, change: Any) -> None:
    done = gate.compare(change(SAMPLE.vectors))

    assert (int(done.ret), gate.outcomes) == (0, {"passed", "no_baseline"})


def test_champion_may_have_another_dimension_order_and_format(gate: Comparison) -> None:
    from gensim.models import KeyedVectors

    order = np.random.default_rng(3).permutation(N)
    champion = KeyedVectors(24)
    champion.add_vectors(
        [SAMPLE.keys[row] for row in order],
        (np.pad(SAMPLE.vectors, ((0, 0), (0, 8))) @ random_rotation(24)).astype(np.float32)[order],
    )
    champion.save(str(gate.path / "larger.kv"))
    vectors, planted = permuted()

    assert int(gate.compare(retrained(SAMPLE.vectors), champion="larger.kv").ret) == 0
    assert gate.verdict["champion"]["vectors"]["dimensions"] == 24
    assert int(gate.compare(vectors, champion="larger.kv").ret) == 1
    assert set(gate.compared["champion.misplaced"]["tracks"]) <= planted


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("gone.npz", None, "ArtifactMissing"),
        ("truncated.npz", b"PK\x03\x04 and no more", "ArtifactUnreadable"),
        ("empty.kv", b"", "ArtifactUnreadable"),
    ],
)
def test_unreadable_champion_is_an_error(gate: Comparison, name: str, content: bytes | None, kind: str) -> None:
    """The outcome is never `no_baseline`, and no check runs."""
    if content is not None:
        (gate.path / name).write_bytes(content)

    done = gate.compare(retrained(SAMPLE.vectors), champion=name)

    verdict = gate.verdict
    assert (int(done.ret), verdict["verdict"], verdict["champion"]) == (1, "failed", None)
    assert verdict["error"]["kind"] == kind
    assert name in verdict["error"]["message"]
    assert "--gate-champion" in verdict["error"]["message"]
    assert gate.outcomes == {"not_run"}


def test_champion_without_shared_tracks_is_inconclusive(gate: Comparison) -> None:
    np.savez(gate.path / "other.npz", keys=[f"id:{row}" for row in range(N)], vectors=SAMPLE.vectors)

    done = gate.compare(SAMPLE.vectors, champion="other.npz")

    assert (int(done.ret), gate.verdict["verdict"]) == (1, "inconclusive")
    assert gate.compared["champion.match_auc"]["outcome"] == "inconclusive"
    assert "0 tracks are shared with the champion" in gate.compared["champion.match_auc"]["message"]
    assert "error" not in gate.outcomes


def test_champion_none_switches_off_the_comparison(gate: Comparison) -> None:
    done = gate.compare(permuted()[0], champion="none")

    assert (int(done.ret), gate.outcomes, gate.verdict["champion"]) == (0, {"off"}, None)
    assert all(check["value"] is None for check in gate.compared.values())


def test_verdict_is_reproducible_and_does_not_depend_on_workers(gate: Comparison) -> None:
    verdicts = []
    for arguments in ((), (), ("-n", "2")):
        gate.compare(permuted()[0], *arguments)
        verdict = timeless(gate.verdict)
        run = {name: value for name, value in verdict["run"].items() if name != "finished_at"}
        # an .npz file contains the time at which it was written
        run["files"] = [{**each, "sha256": ""} for each in run["files"]]
        verdicts.append({**verdict, "run": run})

    assert verdicts[0] == verdicts[1] == verdicts[2]
    assert verdicts[0]["verdict"] == "failed"


@pytest.mark.parametrize(
    ("config", "outcome", "status"),
    [
        ('[checks."champion.misplaced"]\nat_most = 20', "passed", 0),
        ('[checks."champion.misplaced"]\nseverity = "warn"', "warned", 0),
        ('[checks."champion"]\nseverity = "off"', "off", 1),  # below the floor: there is a champion
        ('[bands.limits]\n"champion.misplaced" = 20', "passed", 0),
        ('[bands.limits]\n"champion.misplaced" = 5', "failed", 1),
    ],
)
def test_config_sets_bound_severity_and_band_of_a_champion_check(
    gate: Comparison, config: str, outcome: str, status: int
) -> None:
    gate.configure(f"\n{config}\n")

    done = gate.compare(permuted()[0])

    assert gate.compared["champion.misplaced"]["outcome"] == outcome
    assert int(done.ret) == status


def test_entry_in_checks_may_use_the_name_of_a_genre(gate: Comparison) -> None:
    names = ("genre_accuracy", "genre_displacement")
    gate.configure("".join(f'\n[checks."champion.{name}[R&B]"]\nseverity = "off"\n' for name in names))
    config = gate.path / "quality_checks.toml"
    jazz = 'jazz = ["jazz"]'
    config.write_text(config.read_text(encoding="utf-8").replace(jazz, f'{jazz}\n"R&B" = ["rnb"]'), encoding="utf-8")

    gate.compare(SAMPLE.vectors)

    assert [gate.compared[f"champion.{name}[r-b]"]["outcome"] for name in names] == ["off", "off"]
