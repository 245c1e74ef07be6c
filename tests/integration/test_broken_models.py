"""The shipped suite on broken models and on models without artists, genres, known tracks or test columns."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from markupsafe import escape

from embedgate.gate.session import GateSession
from embedgate.testing import Sample, sample
from tests.conftest import SAMPLE_CONFIG, write_sample
from tests.integration.suite import checks_of, copy_suite, verdict_in
from tests.retraining import retrained

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytest_plugins = "pytester"


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A `pytester` whose folder contains the shipped suite. The map is computed in this process, which is faster."""
    monkeypatch.setattr(GateSession, "start_map_process", lambda _: None)
    copy_suite(pytester.path)
    return pytester


CAUSES = {
    "NaN in a tenth": "",
    "all vectors equal": "space.collapsed",
    "one direction": "space.collapsed",
    "shifted by one key": "keys.shifted",
    "keys case-folded": "keys.other_spelling",
    "random vectors": "model.untrained",
}
"""The diagnosis of each broken model; "" if the checks name the cause themselves."""


def broken_models(sound: Sample) -> dict[str, tuple[Sample, tuple[str, ...], str]]:
    """Return broken models, the checks that have to fail, and a part of the message of the first check."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(sound.keys))
    mixed = replace(sound, keys=[sound.keys[row] for row in order], vectors=sound.vectors[order])
    with_nan = sound.vectors.copy()
    with_nan[order[:27]] = np.nan
    noise = rng.standard_normal(sound.vectors.shape).astype(np.float32)
    return {
        "NaN in a tenth": (replace(sound, vectors=with_nan), ("integrity.finite",), "27 of 270 vectors contain NaN"),
        "all vectors equal": (
            replace(sound, vectors=np.ones_like(sound.vectors)),
            ("integrity.identical_rows", "integrity.constant_dimensions", "geometry.collapse"),
            "269 of 270 vectors are identical to that of another track",
        ),
        "one direction": (
            replace(sound, vectors=sound.vectors + 50),
            ("geometry.collapse",),
            "The space may have collapsed",
        ),
        "shifted by one key": (
            replace(mixed, vectors=np.roll(mixed.vectors, 1, axis=0)),
            ("neighbours.co_listening", "neighbours.same_artist"),
            "vectors and keys may be misaligned",
        ),
        "keys case-folded": (
            replace(sound, keys=[key.casefold() for key in sound.keys]),
            ("vocabulary.coverage", "vocabulary.top"),
            "in the model in another case",
        ),
        "random vectors": (
            replace(sound, vectors=noise),
            ("neighbours.co_listening", "retrieval.hit_rate", "separation.space[rock]"),
            "vectors and keys may be misaligned",
        ),
    }


@pytest.mark.parametrize("name", broken_models(sample()))
def test_broken_model_fails_the_check_that_explains_it(pytester: pytest.Pytester, name: str) -> None:
    given, ids, message = broken_models(sample())[name]
    files = write_sample(given, pytester.path / "files")

    done = pytester.runpytest_inprocess("quality_checks", *files.arguments)

    checks = checks_of(verdict_in(pytester.path))
    assert (done.ret, verdict_in(pytester.path)["verdict"]) == (1, "failed")
    for check_id in ids:
        assert checks[check_id]["outcome"] == "failed"
        assert f"FAILED {check_id}" in done.stdout.str()
    assert message in checks[ids[0]]["message"]
    assert_cause_is_shown(pytester, done, CAUSES[name])
    assert {"error", "not_run"}.isdisjoint(check["outcome"] for check in checks.values())


def assert_cause_is_shown(pytester: pytest.Pytester, done: pytest.RunResult, cause: str) -> None:
    """Assert that verdict and report have a diagnosis, which is the first line below the verdict in the terminal."""
    diagnoses = verdict_in(pytester.path)["diagnoses"]
    assert [each["cause"] for each in diagnoses] == ([cause] if cause else [])
    below = next(after for line, after in pairwise(done.outlines) if line.startswith("verdict: "))
    assert below.startswith("cause of ") is bool(cause)
    report = (pytester.path / "report.html").read_text(encoding="utf-8")
    assert report.count('<div class="eg-cause">') == len(diagnoses)
    for each in diagnoses:
        assert below.endswith(each["sentence"])
        assert escape(each["sentence"]) in report


WITHOUT_GENRES = SAMPLE_CONFIG.replace('rock = ["rock"]\nrap = ["rap", "hip hop"]\njazz = ["jazz"]\n', "").replace(
    'never = ["genre:jazz"]\n', ""
)
WITHOUT_KNOWN_TRACKS = (
    SAMPLE_CONFIG[: SAMPLE_CONFIG.index("[[known_tracks]]")] + SAMPLE_CONFIG[SAMPLE_CONFIG.index("[map]") :]
)
WITHOUT_ARTISTS = SAMPLE_CONFIG.replace('track_separator = "-"', "").replace('expect = ["artist:Rock Artist 00"]', "")
GENRE_CHECKS = {f"separation.{name}" for name in ("space", "map", "pair", "tag_coverage", "accuracy", "silhouette")}
KNOWN_TRACK_CHECKS = {"neighbours.known", "neighbours.known_rate"}


@pytest.mark.parametrize(
    ("missing", "config", "expected"),
    [
        pytest.param(
            ("track_test_x", "track_test_y", "artist_sequence"),
            WITHOUT_ARTISTS,
            {"neighbours.same_artist", "duplicates.recall"},
            id="artists and test columns",
        ),
        pytest.param((), WITHOUT_GENRES, {"duplicates.recall", *GENRE_CHECKS}, id="genres"),
        pytest.param((), WITHOUT_KNOWN_TRACKS, {"duplicates.recall", *KNOWN_TRACK_CHECKS}, id="known tracks"),
    ],
)
def test_checks_without_data_are_not_applicable(
    pytester: pytest.Pytester, missing: Sequence[str], config: str, expected: set[str]
) -> None:
    """Such checks do not fail the gate. The sample has no duplicates, so these are missing in all cases."""
    files = write_sample(sample(), pytester.path / "files", config)
    _write_rows(files.playlists, sample().rows(), missing)

    done = pytester.runpytest_inprocess("quality_checks", *files.arguments)

    verdict = verdict_in(pytester.path)
    not_applicable = {
        name: check for name, check in checks_of(verdict).items() if check["outcome"] == "not_applicable"
    }
    assert (done.ret, verdict["verdict"]) == (0, "passed")
    assert set(not_applicable) == expected
    assert all(check["message"] for check in not_applicable.values())
    assert {"failed", "error", "not_run"}.isdisjoint(check["outcome"] for check in verdict["checks"])


def test_model_with_keys_and_playlists_only_passes(pytester: pytest.Pytester) -> None:
    """There are no config, artists, genres, known tracks and test columns; the terminal reports each kind once."""
    given = sample()
    title = {key: f"Film {row:03} (1999)" for row, key in enumerate(given.keys)}
    films = replace(
        given,
        keys=list(title.values()),
        vectors=retrained(given.vectors),
        playlist_ids=[f"evening {number}" for number in range(len(given.sequences))],
        sequences=[[title[key] for key in tracks] for tracks in given.sequences],
    )
    files = write_sample(films, pytester.path / "candidate")
    champion = write_sample(replace(films, vectors=given.vectors), pytester.path / "champion")
    _write_rows(files.playlists, films.rows(), ("artist_sequence", "track_test_x", "track_test_y"))

    done = pytester.runpytest_inprocess("quality_checks", *files.arguments[:2], f"--gate-champion={champion.vectors}")

    verdict = verdict_in(pytester.path)
    outcomes = {check["id"]: check["outcome"] for check in verdict["checks"]}
    assert (verdict["verdict"], done.ret) == ("passed", 0)
    assert (verdict["config"], verdict["config_sha256"]) == (None, None)
    assert {check_id for check_id, outcome in outcomes.items() if outcome == "not_applicable"} == {
        "neighbours.same_artist",
        "duplicates.recall",
        "retrieval.diversity",
        *KNOWN_TRACK_CHECKS,
        *GENRE_CHECKS,
        *(f"champion.{kind}_{what}" for kind in ("genre", "artist") for what in ("displacement", "agreement")),
        "champion.genre_accuracy",
        "champion.accuracy",
        "champion.same_artist",
    }
    assert "inconclusive" not in outcomes.values()
    assert outcomes["neighbours.co_listening"] == "passed"
    assert outcomes["retrieval.ndcg"] == "passed"
    assert not [check_id for check_id in outcomes if "[" in check_id and "[popularity=" not in check_id]
    terminal = done.stdout.str()
    assert "config none: defaults" in terminal
    lines = re.findall(r"^NOT APPLICABLE ([a-z]+)\.(?:.*): (.*)$", terminal, re.MULTILINE)
    assert len(lines) == len(set(lines)) == 7
    report = (pytester.path / "report.html").read_text(encoding="utf-8")
    reasons = [
        check
        for check in verdict["checks"]
        if check["outcome"] == "not_applicable" or (check["outcome"] == "no_baseline" and check["value"] is None)
    ]
    assert len(re.findall('<div class="eg-reason">', report)) == len(reasons)
    assert 'eg-inconclusive">' not in report


def _write_rows(path: Path, rows: Sequence[dict[str, Any]], missing: Sequence[str]) -> None:
    """Write playlists without some columns."""
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps({name: value for name, value in row.items() if name not in missing}) + "\n")
