"""Three hundred genres: 44,850 pairs would never end, so the hardest are measured in one check."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest_plugins = "pytester"

ROOT = Path(__file__).resolve().parents[2]
GENRES = 300


@pytest.fixture
def styles(pytester: pytest.Pytester) -> pytest.Pytester:
    """Write vectors of three hundred genres on a closed curve, a retrain, and a playlist that names each genre."""
    rng = np.random.default_rng(0)
    angle = 2 * np.pi * np.arange(GENRES) / GENRES
    place = np.column_stack([np.sin((wave + 1) * angle + wave) for wave in range(8)])
    keys, vectors, rows = [], [], []
    for genre in range(GENRES):
        mine = [f"A{genre}x{artist}-song {song}" for artist in range(6) for song in range(3)]
        keys += mine
        vectors += [place[genre] + 0.05 * rng.standard_normal(8) for _ in mine]
        rows.append({"playlist_id": f"u{genre}-style{genre}", "track_sequence": mine})
    for name, noise in (("candidate", 0.02), ("champion", 0)):
        moved = np.array(vectors) + noise * rng.standard_normal((len(keys), 8))
        np.savez(pytester.path / f"{name}.npz", keys=np.array(keys), vectors=moved.astype(np.float32))
    (pytester.path / "lists.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    words = "\n".join(f'style{genre} = ["style{genre}"]' for genre in range(GENRES))
    config = f'[model]\ntrack_separator = "-"\n[map]\ntracks = 300\n[genres]\n{words}\n'
    (pytester.path / "quality_checks.toml").write_text(config, encoding="utf-8")
    return pytester


def test_a_run_with_many_genres_ends(styles: pytest.Pytester) -> None:
    """The run ends, one check stands for all pairs and names the two that are told apart least, and all are shown."""
    styles.runpytest_subprocess(
        str(ROOT / "quality_checks"),
        "--gate-vectors=candidate.npz",
        "--gate-playlists=lists.jsonl",
        "--gate-champion=champion.npz",
        timeout=400,
    )
    verdict = json.loads((styles.path / "verdict.json").read_text(encoding="utf-8"))
    pairs = [check for check in verdict["checks"] if check["id"].startswith("separation.pair")]

    assert verdict["error"] is None
    assert [check["id"] for check in pairs] == ["separation.pair"]
    assert "of the 100 hardest of 44,850 pairs of genres" in pairs[0]["message"].lower()
    assert len([check for check in verdict["checks"] if check["id"].startswith("separation.space[")]) == GENRES
    assert "not measured" in (styles.path / "report.html").read_text(encoding="utf-8")
