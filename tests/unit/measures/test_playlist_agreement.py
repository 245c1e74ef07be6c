"""Agreement of tracks with their playlists."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.playlist_agreement import playlist_agreement, playlist_context
from embedgate.testing import Sample, sample_model


def small() -> ModelUnderTest:
    """Return a model of four tracks; d is alone in its playlist, a is repeated, and `gone` has no vector."""
    sequences = [["a", "b", "a", "gone"], ["b", "c"], ["d"]]
    return ModelUnderTest(EmbeddingSpace.of("abcd", np.eye(4)), Playlists.of(["x", "y", "z"], sequences))


def test_distinct_plays_count_a_track_once_per_playlist() -> None:
    """The plays are sorted pairs of playlist and track; tracks without a vector are left out."""
    playlist, track = small().distinct_plays

    assert list(zip(playlist.tolist(), track.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 1), (1, 2), (2, 3)]


def test_context_is_the_mean_of_the_other_tracks() -> None:
    """The track b shares a playlist with a and another with c; d shares none."""
    centred = np.eye(4) - 0.25
    found = playlist_context(small())

    np.testing.assert_allclose(found[:3], [centred[1], (centred[0] + centred[2]) / 2, centred[1]], atol=1e-6)
    assert np.isnan(found[3]).all()


def test_agreement_is_high_for_sound_and_at_chance_level_for_shuffled_vectors(sound_sample: Sample) -> None:
    """Negative control: shuffled vectors have an agreement of 0.5."""
    model = sample_model(sound_sample)
    order = np.random.default_rng(0).permutation(len(sound_sample.keys))
    shuffled = sample_model(replace(sound_sample, vectors=sound_sample.vectors[order]))
    all_tracks = [np.arange(len(model.tracks))]

    assert np.nanmean(playlist_agreement(model, all_tracks)) > 0.8
    assert np.nanmean(playlist_agreement(shuffled, all_tracks)) == pytest.approx(0.5, abs=0.1)


def test_track_without_context_has_no_agreement() -> None:
    """Each playlist has one track; the agreement is NaN, which is not an error."""
    alone = Playlists.of(["x", "y"], [["a"], ["b"]])
    model = ModelUnderTest(EmbeddingSpace.of("ab", np.eye(2)), alone)

    assert np.isnan(playlist_agreement(model, [np.arange(2)])).all()
