"""Warnings as errors, and the files of a small sound model."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

# tests run in parallel: threads of OpenBLAS, which it starts when it is loaded, would wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from embedgate.report.job_summary import VARIABLE
from embedgate.testing import Sample, sample

if TYPE_CHECKING:
    from pathlib import Path

# the duration of an example depends on the machine
settings.register_profile("embedgate", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("embedgate")

_WARNINGS = (
    "error",
    # metaflow and gensim import deprecated modules
    "ignore:pkg_resources is deprecated:UserWarning",
    "ignore:.*:DeprecationWarning:metaflow",
    "ignore:.*:DeprecationWarning:gensim",
    # metaflow's copy of PyYAML imports `_yaml` from an installed PyYAML
    "ignore:The _yaml extension module:DeprecationWarning",
)


def pytest_configure(config: pytest.Config) -> None:
    """Make warnings errors in these tests, and not in gate runs of the same checkout."""
    for line in _WARNINGS:
        config.addinivalue_line("filterwarnings", line)
    os.environ.pop(VARIABLE, None)  # gate runs of the tests must not write to the summary of the CI job


OF_ONE_RUN = ("seconds", "nonce", "started_at", "finished_at", "arguments")
"""Keys of verdict.json that differ from one run to the next."""


def timeless(verdict: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a verdict.json without the keys that differ between runs."""
    checks = [{name: value for name, value in each.items() if name != "seconds"} for each in verdict["checks"]]
    return {name: value for name, value in verdict.items() if name not in OF_ONE_RUN} | {"checks": checks}


@dataclass(frozen=True)
class SampleFiles:
    """Vectors, playlists and config of a model."""

    vectors: Path
    playlists: Path
    config: Path

    @property
    def arguments(self) -> list[str]:
        """The arguments of pytest for a gate run on these files."""
        return [
            f"--gate-vectors={self.vectors}",
            f"--gate-playlists={self.playlists}",
            f"--gate-config={self.config}",
        ]


SAMPLE_CONFIG = """
[model]
track_separator = "-"

[genres]
rock = ["rock"]
rap = ["rap", "hip hop"]
jazz = ["jazz"]

[[known_tracks]]
id = "rock-song"
track = "Rock Artist 00-Song 00"
expect = ["artist:Rock Artist 00"]
never = ["genre:jazz"]

[map]
tracks = 200

[checks."vocabulary.size"]
at_least = 100

[checks."duplicates.rate"]
at_most = 0.05
"""


WITHOUT_MAP = """
[checks.map]
severity = "off"
[checks."separation.map"]
severity = "off"
"""
"""Added to the config of gate runs that test something else: the map takes more time than all other checks."""


def write_sample(given: Sample, folder: Path, config: str = SAMPLE_CONFIG) -> SampleFiles:
    """Write a sample as .npz, .jsonl and .toml."""
    folder.mkdir(parents=True, exist_ok=True)
    files = SampleFiles(folder / "vectors.npz", folder / "playlists.jsonl", folder / "config.toml")
    np.savez(files.vectors, keys=np.array(given.keys), vectors=given.vectors)
    with files.playlists.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in given.rows())
    files.config.write_text(config, encoding="utf-8")
    return files


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> SampleFiles:
    """The files of a sound model; its config switches the map off."""
    return write_sample(sample(), tmp_path_factory.mktemp("sound"), SAMPLE_CONFIG + WITHOUT_MAP)


@pytest.fixture(scope="session")
def sound_with_map(tmp_path_factory: pytest.TempPathFactory) -> SampleFiles:
    """The files of a sound model."""
    return write_sample(sample(), tmp_path_factory.mktemp("sound_with_map"))
