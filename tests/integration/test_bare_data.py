"""A catalogue without artists, genres, known tracks and test columns is judged by what it has, and reads clean."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from embedgate.testing import sample
from tests.retraining import retrained

pytest_plugins = "pytester"

ROOT = Path(__file__).resolve().parents[2]
BARE = {
    "neighbours.known",
    "neighbours.known_rate",
    "neighbours.same_artist",
    "retrieval.hit_rate",
    "retrieval.ndcg",
    "retrieval.popularity",
    "duplicates.recall",
    "separation.tag_coverage",
    "separation.space",
    "separation.map",
    "separation.pair",
    "separation.accuracy",
    "separation.silhouette",
    "champion.genre_displacement",
    "champion.genre_accuracy",
    "champion.accuracy",
    "champion.same_artist",
    "champion.hit_rate",
    "champion.ndcg",
}


@pytest.fixture
def films(pytester: pytest.Pytester) -> pytest.Pytester:
    """Write the sample as films: titles and lists of them, a model and its retrain, and nothing else."""
    made = sample()
    film = {key: f"Film {row:03} (1999)" for row, key in enumerate(made.keys)}
    keys = np.array([film[key] for key in made.keys])
    np.savez(pytester.path / "films.npz", keys=keys, vectors=retrained(made.vectors))
    np.savez(pytester.path / "champion.npz", keys=keys, vectors=made.vectors)
    rows = (
        {"playlist_id": f"evening {number}", "track_sequence": [film[key] for key in tracks]}
        for number, tracks in enumerate(made.sequences)
    )
    (pytester.path / "lists.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (pytester.path / "quality_checks.toml").write_text("[map]\ntracks = 200\n", encoding="utf-8")
    return pytester


def test_a_catalogue_without_artists_and_genres_reads_clean(films: pytest.Pytester) -> None:
    """The verdict is passed, no check is inconclusive, and each missing kind of data is named once a family."""
    done = films.runpytest_subprocess(
        str(ROOT / "quality_checks"),
        "--gate-vectors=films.npz",
        "--gate-playlists=lists.jsonl",
        "--gate-champion=champion.npz",
        "--junitxml=junit.xml",
        timeout=120,
    )
    verdict = json.loads((films.path / "verdict.json").read_text(encoding="utf-8"))
    outcomes = {check["id"]: check["outcome"] for check in verdict["checks"]}

    assert (verdict["verdict"], done.ret) == ("passed", 0)
    assert {check_id for check_id, outcome in outcomes.items() if outcome == "not_applicable"} == BARE
    assert "inconclusive" not in outcomes.values()
    told = done.stdout.str().partition("= embedgate =")[2]
    assert "inconclusive" not in told.casefold()
    lines = re.findall(r"^NOT APPLICABLE ([a-z]+)\.(?:.*): (.*)$", told, re.MULTILINE)
    assert len(lines) == len(set(lines)) == 8
    assert re.search(r"^not applicable +separation +6 not applicable", told, re.MULTILINE)
    page = (films.path / "report.html").read_text(encoding="utf-8")
    assert len(re.findall('<p class="eg-cause">', page)) == 8
    assert 'eg-inconclusive">' not in page
