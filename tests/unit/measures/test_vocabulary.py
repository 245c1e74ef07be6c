"""Which tracks have a vector, weighed by plays."""

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
    """Ten plays: a six times, b three times, c once; vectors for the given keys."""
    playlists = Playlists.of(["u-1", "u-2"], [["a"] * 6 + ["b"] * 3, ["c"]])
    return ModelUnderTest(EmbeddingSpace.of(keys, np.eye(max(2, len(keys)))[: len(keys)]), playlists)


def test_a_sound_model_covers_all(model: ModelUnderTest) -> None:
    """Every play, every playlist and every hit has a vector."""
    assert vocabulary.size(model.space).value == len(model.space)
    assert vocabulary.play_coverage(model).value == 1
    assert vocabulary.play_coverage(model).tracks == ()
    assert vocabulary.playlist_coverage(model).value == 1
    assert vocabulary.top_tracks_missing(model, 100).value == 0
    assert vocabulary.top_tracks_missing(model, 100).n == 100


def test_a_lost_genre_is_missed(model: ModelUnderTest, sound_sample: Sample) -> None:
    """Break: a third of the keys is gone. A third of plays and of playlists goes, and the hits are named."""
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


def test_nothing_in_common_covers_nothing() -> None:
    """Keys of another catalogue: no play, no playlist, no hit, and every track is named, the most played first."""
    model = ten_plays(["x", "y"])

    assert vocabulary.play_coverage(model).value == 0
    assert vocabulary.play_coverage(model).tracks == ("a", "b", "c")
    assert vocabulary.playlist_coverage(model).value == 0
    assert vocabulary.top_tracks_missing(model, 2).tracks == ("a", "b")
    assert "different data" in vocabulary.playlist_coverage(model).hint


def test_coverage_weighs_by_plays() -> None:
    """A track that makes six of ten plays is six tenths of the coverage."""
    model = ten_plays(["a"])

    assert vocabulary.play_coverage(model).value == pytest.approx(0.6)
    assert vocabulary.play_coverage(model).tracks == ("b", "c")
    assert vocabulary.playlist_coverage(model).value == pytest.approx(0.5)


def test_coverage_is_sliced_by_plays() -> None:
    """One track played once, one two to three times, one four to seven times: covered is the last."""
    slices = vocabulary.coverage_by_popularity(ten_plays(["a"]))

    assert [(one.low, one.high, one.tracks, one.covered_tracks, one.plays, one.covered_plays) for one in slices] == [
        (1, 1, 1, 0, 1, 0),
        (2, 3, 1, 0, 3, 0),
        (4, 7, 1, 1, 6, 6),
    ]


@pytest.mark.parametrize(
    ("top", "asked", "missing"), [(1, 1, ()), (2, 2, ("b",)), (3, 3, ("b", "c")), (99, 3, ("b", "c"))]
)
def test_the_most_played_are_asked_for(top: int, asked: int, missing: tuple[str, ...]) -> None:
    """As many as are asked for and there are, the most played first."""
    found = vocabulary.top_tracks_missing(ten_plays(["a"]), top)

    assert (found.n, found.value, found.tracks) == (asked, len(missing), missing)


def test_of_equally_played_tracks_the_first_are_asked_for() -> None:
    """Ties at the boundary are broken by the order of first play, and nobody is left out for being tied."""
    playlists = Playlists.of(["u-1"], [["b", "a", "c"]])
    model = ModelUnderTest(EmbeddingSpace.of(["c"], [[1.0]]), playlists)

    found = vocabulary.top_tracks_missing(model, 2)

    assert (found.n, found.tracks) == (2, ("b", "a"))


def test_a_broken_vector_is_a_vector_here() -> None:
    """A row of NaN is the integrity checks' affair: the track is in the vocabulary."""
    broken = ten_plays(["a"])
    model = replace(broken, space=EmbeddingSpace.of(["a", "b"], np.array([[1, 0], [np.nan, 0]])))

    assert vocabulary.play_coverage(model).value == pytest.approx(0.9)


def test_a_repeated_key_counts_once() -> None:
    """The size is the number of distinct keys, of all rows."""
    found = vocabulary.size(EmbeddingSpace.of(["a", "a", "b"], np.eye(3)))

    assert (found.value, found.n) == (2, 3)


@pytest.mark.parametrize("respell", [str.lower, str.upper, "{} ".format])
def test_another_spelling_is_recognised(sound_sample: Sample, respell: object) -> None:
    """Break: keys in another case or with a blank behind. They are not merely missing: the hint says so."""
    assert callable(respell)
    respelt = sample_model(replace(sound_sample, keys=[respell(key) for key in sound_sample.keys]))

    for found in (
        vocabulary.play_coverage(respelt),
        vocabulary.playlist_coverage(respelt),
        vocabulary.top_tracks_missing(respelt, 10),
    ):
        assert "another case" in found.hint
    assert vocabulary.play_coverage(respelt).value == 0


def test_the_hint_fits_the_role() -> None:
    """What a model was trained on lacks vectors by min_count; what came later may hold new tracks."""
    model = ten_plays(["a"])

    assert "unseen" not in vocabulary.play_coverage(model).hint
    assert "unseen" in vocabulary.play_coverage(replace(model, held_out=True)).hint
