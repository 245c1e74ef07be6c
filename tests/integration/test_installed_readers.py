"""Gate runs on files of formats that a package reads, which is installed beside embedgate."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedgate.testing import sample
from tests.conftest import SAMPLE_CONFIG, WITHOUT_MAP
from tests.integration.suite import checks_of, copy_suite, run_pytest, verdict_in

if TYPE_CHECKING:
    from pathlib import Path

READER = """
import json
import numpy as np

def read(path):
    content = json.loads(path.read_text())
    return content["names"], np.array(content["rows"])
"""
COLUMNS = """
[model.columns]
playlist_id = "session"
track = "song"
time = "played_at"
hold_out = "last"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped suite, playlists with one row per play in reverse order, and an installed reader of `.rows`."""
    made = sample()
    with (tmp_path / "plays.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["song", "session", "played_at"])
        for name, tracks in zip(made.playlist_ids, made.sequences, strict=True):
            writer.writerows(
                [track, name, f"2026-01-31T12:{minute:02}:00Z"] for minute, track in reversed(list(enumerate(tracks)))
            )
    site = tmp_path / "site"
    metadata = site / "rows_reader-0.1.dist-info"
    metadata.mkdir(parents=True)
    (site / "rows_reader.py").write_text(READER, encoding="utf-8")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: rows-reader\nVersion: 0.1\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(
        "[embedgate.readers]\nvectors.rows = rows_reader:read\n", encoding="utf-8"
    )
    monkeypatch.setenv("PYTHONPATH", str(site), prepend=":")
    return copy_suite(tmp_path, SAMPLE_CONFIG + COLUMNS + WITHOUT_MAP)


def write_rows(path: Path, vectors: np.ndarray) -> None:
    import json

    path.write_text(json.dumps({"names": list(sample().keys), "rows": vectors.tolist()}), encoding="utf-8")


def test_gate_run_reads_vectors_with_an_installed_reader(folder: Path) -> None:
    write_rows(folder / "v.rows", sample().vectors)

    done = run_pytest(folder, "quality_checks", "--gate-vectors=v.rows", "--gate-playlists=plays.csv")

    verdict = verdict_in(folder)
    assert (done.status, verdict["verdict"]) == (0, "passed"), done.output
    assert [file["path"].rpartition("/")[2] for file in verdict["run"]["files"]] == ["v.rows", "plays.csv"]
    hit_rate = checks_of(verdict)["retrieval.hit_rate"]
    assert hit_rate["outcome"] == "passed"
    assert "the target is the last track" not in hit_rate["message"]  # it is held out


def test_shuffled_vectors_of_an_installed_reader_fail(folder: Path) -> None:
    write_rows(folder / "v.rows", np.random.default_rng(0).permutation(sample().vectors))

    done = run_pytest(folder, "quality_checks", "--gate-vectors=v.rows", "--gate-playlists=plays.csv")

    assert (done.status, verdict_in(folder)["verdict"]) == (1, "failed")


def test_failure_of_an_installed_reader_is_the_error_of_the_verdict(folder: Path) -> None:
    (folder / "v.rows").write_text("{}", encoding="utf-8")

    done = run_pytest(folder, "quality_checks", "--gate-vectors=v.rows", "--gate-playlists=plays.csv")

    verdict = verdict_in(folder)
    assert (done.status, verdict["verdict"], verdict["error"]["kind"]) == (1, "failed", "ArtifactUnreadable")
    assert "the reader 'vectors.rows' of rows-reader 0.1 (rows_reader:read) failed: KeyError: 'names'" in str(
        verdict["error"]["message"]
    )
