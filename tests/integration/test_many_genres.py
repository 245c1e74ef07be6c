"""With 300 genres, one check measures the hundred closest of 44,850 pairs."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.integration.suite import copy_suite, verdict_in

pytest_plugins = "pytester"

GENRES = 300


@pytest.fixture
def styles(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with a model of genres on a closed curve, a retrain, and a playlist per genre."""
    rng = np.random.default_rng(0)
    angle = 2 * np.pi * np.arange(GENRES) / GENRES
    centres = np.column_stack([np.sin((wave + 1) * angle + wave) for wave in range(8)])
    keys, vectors, rows = [], [], []
    for genre in range(GENRES):
        tracks = [f"A{genre}x{artist}-song {song}" for artist in range(6) for song in range(3)]
        keys += tracks
        vectors += [centres[genre] + 0.05 * rng.standard_normal(8) for _ in tracks]
        rows.append({"playlist_id": f"u{genre}-style{genre}", "track_sequence": tracks})
    for name, noise in (("candidate", 0.02), ("champion", 0)):
        moved = np.array(vectors) + noise * rng.standard_normal((len(keys), 8))
        np.savez(pytester.path / f"{name}.npz", keys=np.array(keys), vectors=moved.astype(np.float32))
    (pytester.path / "lists.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    words = "\n".join(f'style{genre} = ["style{genre}"]' for genre in range(GENRES))
    copy_suite(pytester.path, f'[model]\ntrack_separator = "-"\n[map]\ntracks = 300\n[genres]\n{words}\n')
    return pytester


def test_pairs_of_many_genres_are_one_check(styles: pytest.Pytester) -> None:
    styles.runpytest_inprocess(
        "quality_checks",
        "--gate-vectors=candidate.npz",
        "--gate-playlists=lists.jsonl",
        "--gate-champion=champion.npz",
    )

    verdict = verdict_in(styles.path)
    pairs = [check for check in verdict["checks"] if check["id"].startswith("separation.pair")]
    assert verdict["error"] is None
    assert [check["id"] for check in pairs] == ["separation.pair"]
    assert "of the 100 hardest of 44,850 pairs of genres" in pairs[0]["message"].lower()
    assert len([check for check in verdict["checks"] if check["id"].startswith("separation.space[")]) == GENRES
    report = (styles.path / "report.html").read_text(encoding="utf-8")
    assert "Only the 100 hardest of 44,850 pairs are measured" in report
