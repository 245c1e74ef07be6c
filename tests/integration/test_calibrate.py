"""`embedgate calibrate` on files measures bands and writes them to the config."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedgate.checks.config_errors import reject_config_errors
from embedgate.cli import main
from embedgate.config.file import load_config
from embedgate.testing import sample
from tests.conftest import SAMPLE_CONFIG, write_sample
from tests.retraining import retrained

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

COMMENTED = f"""# owner: the recommender team
{SAMPLE_CONFIG}
severity = "warn"   # until the titles are cleaned

[tags] # the last section
min_support = 2
"""
CONFIG = "quality_checks.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three retrains, playlists and a config."""
    given = sample()
    for run in range(3):
        write_sample(replace(given, vectors=retrained(given.vectors, seed=run)), tmp_path / str(run), COMMENTED)
    (tmp_path / "0" / "config.toml").rename(tmp_path / CONFIG)
    return tmp_path


def calibrate(folder: Path, *runs: object, config: str = CONFIG) -> int:
    """Calibrate on the vectors of the given runs, and return the exit status."""
    vectors = [str(folder / str(run) / "vectors.npz") for run in runs]
    playlists = str(folder / "0" / "playlists.jsonl")
    return main(["calibrate", "--vectors", *vectors, "--playlists", playlists, "--config", str(folder / config)])


def bands_of(text: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(text)["bands"]
    return found


def test_calibration_adds_bands_and_keeps_the_rest_of_the_config(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = calibrate(folder, 0, 1, 2)

    text = (folder / CONFIG).read_text(encoding="utf-8")
    bands = bands_of(text)
    assert status == 0
    assert text.startswith(COMMENTED.rstrip("\n"))
    assert datetime.now(UTC).date() - date.fromisoformat(bands["measured"]) <= timedelta(days=1)
    assert bands["runs"] == [str(folder / str(run) / "vectors.npz") for run in range(3)]
    assert {"champion.misplaced", "champion.overlap", "champion.genre_displacement[jazz]"} <= set(bands["limits"])
    config = reject_config_errors(load_config(folder / CONFIG, CONFIG))
    assert config.settings.bands.limits == bands["limits"]
    output = capsys.readouterr().out
    assert f"{len(bands['limits'])} bands from 3 retrains, written to {folder / CONFIG}" in output
    assert all(check_id in output for check_id in bands["limits"])


def test_second_calibration_replaces_the_first(folder: Path) -> None:
    calibrate(folder, 0, 1, 2)
    path = folder / CONFIG
    first = path.read_text(encoding="utf-8")
    with_old_limit = first.replace('"champion.misplaced" =', '"champion.regression" = 0.5\n"champion.misplaced" =')
    path.write_text(with_old_limit, encoding="utf-8")
    assert "champion.regression" in bands_of(with_old_limit)["limits"]

    assert calibrate(folder, 0, 1, 2) == 0

    assert path.read_text(encoding="utf-8") == first


@pytest.mark.parametrize(
    ("runs", "config", "status", "message"),
    [
        ((0, 1), CONFIG, 2, "2 retrains are too few"),
        ((0, 1, 1), CONFIG, 2, "a retrain is given twice"),
        ((0, 1, "gone"), CONFIG, 1, "gone"),
        ((0, 1, 2), "other.toml", 2, "does not exist"),
    ],
)
def test_invalid_arguments_and_missing_files_change_nothing(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    runs: tuple[object, ...],
    config: str,
    status: int,
    message: str,
) -> None:
    assert calibrate(folder, *runs, config=config) == status
    assert message in capsys.readouterr().err
    assert (folder / CONFIG).read_text(encoding="utf-8") == COMMENTED


def test_check_that_cannot_be_measured_has_no_band(folder: Path) -> None:
    """Twenty tracks are too few for most checks."""
    given = sample()
    for run in range(3):
        vectors = retrained(given.vectors[:20], seed=run)
        np.savez(folder / str(run) / "vectors.npz", keys=given.keys[:20], vectors=vectors)

    assert calibrate(folder, 0, 1, 2) == 0
    assert "champion.match_auc" not in bands_of((folder / CONFIG).read_text(encoding="utf-8"))["limits"]
    load_config(folder / CONFIG, CONFIG)


def test_labels_of_the_catalogue_have_bands(folder: Path) -> None:
    """Each label has its own limit; a limit of a label that no longer exists is replaced."""
    items = ["item_id,category", *(f"{key},{key.partition(' ')[0]} music" for key in sample().keys)]
    (folder / "items.csv").write_text("\n".join(items), encoding="utf-8")
    source = f'[catalogue]\nsource = "{folder / "items.csv"}"\nkey = "item_id"\nlabel = "category"\n'
    stale = '[bands.limits]\n"champion.genre_displacement[polka]" = 1.0\n'
    (folder / CONFIG).write_text(f'[model]\ntrack_separator = "-"\n{source}{stale}', encoding="utf-8")

    status = calibrate(folder, 0, 1, 2)

    limits = bands_of((folder / CONFIG).read_text(encoding="utf-8"))["limits"]
    assert status == 0
    assert "champion.genre_displacement[jazz-music]" in limits
    assert "champion.genre_displacement[polka]" not in limits
