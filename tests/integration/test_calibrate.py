"""`embedgate calibrate` with files: bands are measured, written, and used by the next gate run."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedgate.checks.config_errors import reject_config_errors
from embedgate.cli import main
from embedgate.config import load_config
from embedgate.testing import sample
from tests.conftest import SAMPLE_CONFIG, write_sample
from tests.retraining import retrained

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

COMMENTED = f"""# who owns this file: the recommender team
{SAMPLE_CONFIG}
severity = "warn"   # until the titles are cleaned

[tags] # the last section
min_support = 2
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three retrains, playlists and a config, in a folder."""
    given = sample()
    for run in range(3):
        write_sample(replace(given, vectors=retrained(given.vectors, seed=run)), tmp_path / str(run), COMMENTED)
    (tmp_path / "0" / "config.toml").rename(tmp_path / "quality_checks.toml")
    return tmp_path


def calibrate(folder: Path, *runs: object, config: str = "quality_checks.toml") -> int:
    """Calibrate on the vectors of some runs."""
    vectors = [str(folder / str(run) / "vectors.npz") for run in runs]
    playlists = str(folder / "0" / "playlists.jsonl")
    return main(["calibrate", "--vectors", *vectors, "--playlists", playlists, "--config", str(folder / config)])


def written(folder: Path) -> dict[str, Any]:
    """The config, as it is after."""
    return tomllib.loads((folder / "quality_checks.toml").read_text(encoding="utf-8"))


def test_bands_are_written_and_all_else_is_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Comments, order and every line stay; date, runs and limits are added, and the gate reads them."""
    status = calibrate(folder, 0, 1, 2)
    text, bands = (folder / "quality_checks.toml").read_text(encoding="utf-8"), written(folder)["bands"]

    assert status == 0
    assert text.startswith(COMMENTED.rstrip("\n"))
    assert datetime.now(UTC).date() - date.fromisoformat(bands["measured"]) in (timedelta(0), timedelta(1))
    assert bands["runs"] == [str(folder / str(run) / "vectors.npz") for run in range(3)]
    assert {"champion.misplaced", "champion.overlap", "champion.genre_displacement[jazz]"} <= set(bands["limits"])
    config = load_config(folder / "quality_checks.toml", "quality_checks.toml")
    reject_config_errors(config)
    assert config.settings.bands.limits == bands["limits"]
    said = capsys.readouterr().out
    assert f"{len(bands['limits'])} bands from 3 retrains, written to {folder / 'quality_checks.toml'}" in said
    assert all(check_id in said for check_id in bands["limits"])


def test_a_second_calibration_replaces_the_first(folder: Path) -> None:
    """The same retrains give the same file; what stood there before is gone, and nothing is there twice."""
    calibrate(folder, 0, 1, 2)
    path = folder / "quality_checks.toml"
    first = path.read_text(encoding="utf-8")
    path.write_text(
        first.replace('"champion.misplaced" =', '"champion.regression" = 0.5\n"champion.misplaced" ='),
        encoding="utf-8",
    )

    assert "champion.regression" in written(folder)["bands"]["limits"]
    assert calibrate(folder, 0, 1, 2) == 0
    assert path.read_text(encoding="utf-8") == first
    given = sample()
    write_sample(replace(given, vectors=retrained(given.vectors, 0.5, 7)), folder / "7")
    assert calibrate(folder, 7, 1, 2) == 0
    assert written(folder)["bands"]["runs"][0] == str(folder / "7" / "vectors.npz")
    assert (
        written(folder)["bands"]["limits"]["champion.overlap"]
        < tomllib.loads(first)["bands"]["limits"]["champion.overlap"]
    )


@pytest.mark.parametrize(
    ("runs", "config", "status", "says"),
    [
        ((0, 1), "quality_checks.toml", 2, "2 retrains are named: 3 at least show a spread"),
        ((0, 1, 1), "quality_checks.toml", 2, "a retrain is named twice"),
        ((0, 1, "gone"), "quality_checks.toml", 1, "gone"),
        ((0, 1, 2), "other.toml", 2, "there is no"),
    ],
)
def test_what_cannot_be_calibrated_is_said_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], *, runs: tuple[object, ...], config: str, status: int, says: str
) -> None:
    """2 where it was called wrongly, 1 where a file cannot be had; the config stays as it was."""
    assert calibrate(folder, *runs, config=config) == status
    assert says in capsys.readouterr().err
    assert (folder / "quality_checks.toml").read_text(encoding="utf-8") == COMMENTED


def test_retrains_with_hardly_a_track_have_hardly_a_band(folder: Path) -> None:
    """What could not be measured is not written; the rest is, and can be read."""
    given = sample()
    for run in range(3):
        np.savez(
            folder / str(run) / "vectors.npz", keys=given.keys[:20], vectors=retrained(given.vectors[:20], seed=run)
        )

    assert calibrate(folder, 0, 1, 2) == 0
    assert "champion.match_auc" not in written(folder)["bands"]["limits"]
    load_config(folder / "quality_checks.toml", "quality_checks.toml")
