"""What users type: options, config, gate runs and runs that are none."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from embedgate.config import load_config
from embedgate.judgement.checks import expected_ids
from embedgate.testing import Sample, sample
from tests.conftest import SAMPLE_CONFIG, SampleFiles, write_sample

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the shipped suite in it."""
    shutil.copytree(ROOT / "quality_checks", tmp_path / "quality_checks")
    (tmp_path / "conftest.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom fixtures import *\n", encoding="utf-8"
    )
    return tmp_path


def verdict(folder: Path, name: str = "verdict.json") -> dict[str, Any]:
    """Read a verdict."""
    found: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    return found


def outcomes(found: dict[str, Any]) -> dict[str, str]:
    """Outcome by id."""
    return {check["id"]: check["outcome"] for check in found["checks"]}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--gate-flow=F", "--gate-run=1", "--gate-tag=t"], ["--gate-run", "--gate-tag"]),
        (["--gate-vectors=v.kv"], ["--gate-vectors", "--gate-playlists"]),
        (["--gate-playlists=p.parquet"], ["--gate-vectors"]),
        (["--gate-vectors=v.kv", "--gate-playlists=p.jsonl", "--gate-promote"], ["--gate-promote", "files"]),
        (["--gate-vectors=v.kv", "--gate-playlists=p.jsonl", "--gate-run=1"], ["--gate-run"]),
        (["--gate-flow=F", "--gate-promote"], ["--gate-promote", "not supported"]),
        (["--gate-flow=F", "--gate-champion=F/1"], ["--gate-champion", "none"]),
        ([], ["no model to test", "--gate-flow", "--gate-vectors"]),
        (["--gate-config=quality_check.toml"], ["quality_check.toml", "does not exist"]),
    ],
)
def test_a_usage_error_exits_4_without_a_verdict(
    folder: Path, arguments: Sequence[str], words: Sequence[str]
) -> None:
    """What contradicts itself is named, nothing is run, and yesterday's verdict goes."""
    (folder / "verdict.json").write_text("{}", encoding="utf-8")

    done = run(folder, "quality_checks", *arguments)

    assert done.returncode == 4
    assert not (folder / "verdict.json").exists()
    for word in words:
        assert word in done.stdout + done.stderr


def test_the_whole_suite_passes_a_sound_model_twice_alike(folder: Path, sound: SampleFiles) -> None:
    """Exit 0, every id once, and the same verdict again but for times."""
    seen = []
    for _ in range(2):
        done = run(folder, "quality_checks", *sound.arguments)
        assert done.returncode == 0, done.stdout
        found = verdict(folder)
        found.pop("seconds")
        for check in found["checks"]:
            check.pop("seconds")
        seen.append(found)

    assert seen[0] == seen[1]
    assert seen[0]["verdict"] == "passed"
    settings = load_config(sound.config, "").settings
    assert [check["id"] for check in seen[0]["checks"]] == list(expected_ids(settings))
    assert (folder / "report.html").exists()
    assert (folder / "duplicates.csv").read_text(encoding="utf-8").startswith("cluster,track,keep,plays")
    assert "270 tracks x 16 dimensions" in done.stdout


def test_report_and_verdict_go_where_they_are_told(folder: Path, sound: SampleFiles) -> None:
    """`--html` and `--gate-verdict` win; lists beside the verdict take its name; a part on demand exits 0."""
    done = run(
        folder,
        "quality_checks/test_duplicates.py",
        *sound.arguments,
        "--html=other.html",
        "--gate-verdict=out/v.json",
    )

    assert done.returncode == 0
    assert verdict(folder, "out/v.json")["verdict"] == "partial"
    assert (folder / "other.html").exists()
    assert (folder / "out" / "v.duplicates.csv").exists()
    assert not (folder / "report.html").exists()
    assert not (folder / "verdict.json").exists()


def test_other_runs_are_left_alone(folder: Path) -> None:
    """A plain test in the same environment: no report, no verdict, no word; a listing runs nothing."""
    (folder / "tests").mkdir()
    (folder / "tests" / "test_plain.py").write_text("def test_plain(): pass\n", encoding="utf-8")
    (folder / "verdict.json").write_text("{}", encoding="utf-8")

    plain = run(folder, "tests")
    listing = run(folder, "quality_checks", "--collect-only", "-q")
    helped = run(folder, "--help")

    assert (plain.returncode, listing.returncode, helped.returncode) == (0, 0, 0)
    assert "embedgate:" not in plain.stdout
    assert "--gate-promote" in helped.stdout
    assert not (folder / "report.html").exists()
    assert (folder / "verdict.json").read_text(encoding="utf-8") == "{}"


def test_a_model_that_cannot_be_had_fails(folder: Path, sound: SampleFiles) -> None:
    """Missing vectors: exit 1, verdict failed, no run, and the error says which file."""
    done = run(folder, "quality_checks", f"--gate-playlists={sound.playlists}", "--gate-vectors=gone.kv")
    found = verdict(folder)

    assert done.returncode == 1
    assert (found["verdict"], found["run"]) == ("failed", None)
    assert "gone.kv" in found["error"]["message"]
    assert "gone.kv" in done.stdout
    assert set(outcomes(found).values()) == {"not_run"}


def broken(sound: Sample) -> dict[str, tuple[Sample, str]]:
    """Accidents, and the check that has to say so."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(sound.keys))
    mixed = replace(sound, keys=[sound.keys[row] for row in order], vectors=sound.vectors[order])
    holes = sound.vectors.copy()
    holes[order[:27]] = np.nan
    return {
        "a tenth NaN": (replace(sound, vectors=holes), "integrity.finite"),
        "all equal": (replace(sound, vectors=np.ones_like(sound.vectors)), "integrity.identical_rows"),
        "all one direction": (replace(sound, vectors=sound.vectors + 50), "geometry.collapse"),
        "shifted": (replace(mixed, vectors=np.roll(mixed.vectors, 1, axis=0)), "neighbours.co_listening"),
        "case-folded": (replace(sound, keys=[key.casefold() for key in sound.keys]), "vocabulary.coverage"),
        "random": (
            replace(sound, vectors=rng.standard_normal(sound.vectors.shape).astype(np.float32)),
            "retrieval.hit_rate",
        ),
    }


@pytest.mark.parametrize("accident", broken(sample()))
def test_an_accident_is_stopped_by_the_check_that_says_so(folder: Path, accident: str) -> None:
    """Each accident stops the gate, and its own check is among the failed."""
    given, check = broken(sample())[accident]
    done = run(folder, "quality_checks", *write_sample(given, folder).arguments)

    assert done.returncode == 1
    assert outcomes(verdict(folder))[check] == "failed"
    assert f"FAILED {check}" in done.stdout


def test_data_without_artists_genres_known_tracks_and_test_columns(folder: Path) -> None:
    """Products, words, films: what needs more says so at warn, and stops nothing."""
    sound = sample()
    files = write_sample(sound, folder, "")
    with files.playlists.open("w", encoding="utf-8") as file:
        file.writelines(
            json.dumps({"playlist_id": row["playlist_id"], "track_sequence": row["track_sequence"]}) + "\n"
            for row in sound.rows()
        )
    done = run(folder, "quality_checks", *files.arguments)
    found = outcomes(verdict(folder))

    assert (done.returncode, verdict(folder)["verdict"]) == (0, "passed")
    for check in (
        "neighbours.known",
        "neighbours.known_rate",
        "neighbours.same_artist",
        "retrieval.hit_rate",
        "separation.space",
        "separation.map",
        "separation.pair",
        "separation.tag_coverage",
    ):
        assert found[check] == "inconclusive", check


def test_imports_are_light() -> None:
    """`import embedgate` and the plugin bring nothing heavy, and leave globals alone."""
    code = (
        "import sys, embedgate, embedgate.plugin;"
        "heavy = {'metaflow', 'gensim', 'sklearn', 'matplotlib', 'pandas', 'scipy', 'pydantic', 'openTSNE'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_config_is_found_here_and_beside_the_ini_file_never_further_up(folder: Path, sound: SampleFiles) -> None:
    """A config in a folder above is not looked at; one beside the ini file is."""
    (folder / "quality_checks.toml").write_text(SAMPLE_CONFIG, encoding="utf-8")
    below = folder / "below"
    below.mkdir()
    files = [argument for argument in sound.arguments if "config" not in argument]
    only = ["../quality_checks/test_integrity.py", *files]

    assert "config none: defaults" in run(below, *only).stdout
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    assert "quality_checks.toml" in run(below, *only).stdout
