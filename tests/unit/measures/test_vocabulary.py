"""Coverage of tracks, plays and playlists by vectors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import vocabulary
from embedgate.testing import Sample, sample_model


def ten_plays(keys: list[str]) -> ModelUnderTest:
    """Return a model with vectors for the given keys; a is played six times, b three times and c once."""
    playlists = Playlists.of(["u-1", "u-2"], [["a"] * 6 + ["b"] * 3, ["c"]])
    return ModelUnderTest(EmbeddingSpace.of(keys, np.eye(max(2, len(keys)))[: len(keys)]), playlists)


def test_sound_model_covers_everything(model: ModelUnderTest) -> None:
    """Every play, every playlist and every popular track has a vector."""
    assert vocabulary.size(model.space).value == len(model.space)
    assert vocabulary.play_coverage(model).value == 1
    assert vocabulary.play_coverage(model).tracks == ()
    assert vocabulary.playlist_coverage(model).value == 1
    assert vocabulary.top_tracks_missing(model, 100).value == 0
    assert vocabulary.top_tracks_missing(model, 100).n == 100


def test_coverage_drops_without_a_genre(model: ModelUnderTest, sound_sample: Sample) -> None:
    """Without the keys of a genre, a third of plays and playlists is not covered."""
    kept = [row for row, key in enumerate(sound_sample.keys) if "Rap" not in key]
    less = sample_model(
        replace(sound_sample, keys=[sound_sample.keys[row] for row in kept], vectors=sound_sample.vectors[kept])
    )

    assert vocabulary.play_coverage(less).value == pytest.approx(2 / 3)
    assert vocabulary.playlist_coverage(less).value == pytest.approx(2 / 3)
    top = vocabulary.top_tracks_missing(less, 100)
    assert top.value
    assert all("Rap" in track for track in top.tracks)
    interval = vocabulary.play_coverage(less).interval
    assert interval is not None
    assert interval[0] < 2 / 3 < interval[1]


def test_foreign_keys_cover_nothing() -> None:
    """Every track is missing; the most played are listed first."""
    model = ten_plays(["x", "y"])

    assert vocabulary.play_coverage(model).value == 0
    assert vocabulary.play_coverage(model).tracks == ("a", "b", "c")
    assert vocabulary.playlist_coverage(model).value == 0
    assert vocabulary.top_tracks_missing(model, 2).tracks == ("a", "b")
    assert "different data" in vocabulary.playlist_coverage(model).hint


def test_coverage_is_weighted_by_plays() -> None:
    """A track with six of ten plays accounts for a coverage of 0.6."""
    model = ten_plays(["a"])

    assert vocabulary.play_coverage(model).value == pytest.approx(0.6)
    assert vocabulary.play_coverage(model).tracks == ("b", "c")
    assert vocabulary.playlist_coverage(model).value == pytest.approx(0.5)


def test_coverage_is_stratified_by_plays() -> None:
    """There is one track in each of the strata 1, 2 to 3 and 4 to 7 plays; only the last is covered."""
    strata = vocabulary.coverage_by_popularity(ten_plays(["a"]))

    assert [(one.low, one.high, one.tracks, one.covered_tracks, one.plays, one.covered_plays) for one in strata] == [
        (1, 1, 1, 0, 1, 0),
        (2, 3, 1, 0, 3, 0),
        (4, 7, 1, 1, 6, 6),
    ]


@pytest.mark.parametrize(
    ("top", "n", "missing"), [(1, 1, ()), (2, 2, ("b",)), (3, 3, ("b", "c")), (99, 3, ("b", "c"))]
)
def test_top_tracks_are_the_most_played(top: int, n: int, missing: tuple[str, ...]) -> None:
    """There are as many top tracks as requested, but at most all."""
    found = vocabulary.top_tracks_missing(ten_plays(["a"]), top)

    assert (found.n, found.value, found.tracks) == (n, len(missing), missing)


def test_ties_among_top_tracks_are_ordered_by_first_play() -> None:
    """Tracks with equal plays are taken in order of first play."""
    playlists = Playlists.of(["u-1"], [["b", "a", "c"]])
    model = ModelUnderTest(EmbeddingSpace.of(["c"], [[1.0]]), playlists)

    found = vocabulary.top_tracks_missing(model, 2)

    assert (found.n, found.tracks) == (2, ("b", "a"))


def test_unusable_vector_counts_as_covered() -> None:
    """A track with a NaN vector is in the vocabulary; the integrity checks report it."""
    broken = ten_plays(["a"])
    model = replace(broken, space=EmbeddingSpace.of(["a", "b"], np.array([[1, 0], [np.nan, 0]])))

    assert vocabulary.play_coverage(model).value == pytest.approx(0.9)


def test_size_counts_repeated_keys_once() -> None:
    """The size is the number of distinct keys."""
    found = vocabulary.size(EmbeddingSpace.of(["a", "a", "b"], np.eye(3)))

    assert (found.value, found.n) == (2, 3)


@pytest.mark.parametrize("respell", [str.lower, str.upper, "{} ".format])
def test_hint_reports_another_spelling(sound_sample: Sample, respell: object) -> None:
    """Keys with another case or trailing white space do not match, and the hint gives the reason."""
    assert callable(respell)
    respelt = sample_model(replace(sound_sample, keys=[respell(key) for key in sound_sample.keys]))

    for found in (
        vocabulary.play_coverage(respelt),
        vocabulary.playlist_coverage(respelt),
        vocabulary.top_tracks_missing(respelt, 10),
    ):
        assert "another case" in found.hint
    assert vocabulary.play_coverage(respelt).value == 0


def test_hint_depends_on_the_role_of_the_playlists() -> None:
    """Training playlists lose tracks below min_count; held-out playlists may contain unseen tracks."""
    model = ten_plays(["a"])

    assert "unseen" not in vocabulary.play_coverage(model).hint
    assert "unseen" in vocabulary.play_coverage(replace(model, held_out=True)).hint
