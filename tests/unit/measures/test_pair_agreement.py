"""The agreement of a track with the tracks of its playlists, pair by pair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.pair_agreement import pair_agreement
from embedgate.testing import sample, sample_model

SOUND = sample(playlists=300)


def model(playlists: list[list[str]], keys: list[str], vectors: np.ndarray) -> ModelUnderTest:
    names = [f"list {number}" for number in range(len(playlists))]
    return ModelUnderTest(EmbeddingSpace.of(keys, vectors), Playlists.of(names, playlists))


def test_tracks_of_a_trained_space_are_closer_to_their_playlists() -> None:
    found = pair_agreement(sample_model(SOUND))

    assert np.nanmean(found) > 0.7
    assert ((found >= 0) & (found <= 1) | np.isnan(found)).all()


@pytest.mark.parametrize("seed", range(3))
def test_agreement_of_shuffled_vectors_is_at_chance_level(seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(SOUND.vectors)

    found = pair_agreement(sample_model(replace(SOUND, vectors=shuffled)))

    assert np.nanmean(found) == pytest.approx(0.5, abs=0.03)


def test_agreement_of_two_groups_is_known() -> None:
    """Vectors are equal within a group, orthogonal between the two: half of the others are as close."""
    keys = [f"{group}{number:02}" for group in "ab" for number in range(30)]
    vectors = np.repeat(np.eye(2), 30, axis=0)
    rng = np.random.default_rng(0)
    playlists = [
        rng.choice([key for key in keys if key[0] == group], 5, replace=False).tolist()
        for group in "ab"
        for _ in range(40)
    ]

    found = pair_agreement(model(playlists, keys, vectors))

    assert np.nanmean(found) == pytest.approx(0.75, abs=0.02)


def test_all_equal_vectors_are_at_chance_level() -> None:
    keys = [f"{number:02}" for number in range(40)]
    rng = np.random.default_rng(0)
    playlists = [rng.choice(keys, 6, replace=False).tolist() for _ in range(60)]

    found = pair_agreement(model(playlists, keys, np.ones((40, 3))))

    np.testing.assert_array_equal(found[~np.isnan(found)], 0.5)


def test_agreement_does_not_depend_on_the_order_of_the_playlists() -> None:
    order = np.random.default_rng(1).permutation(len(SOUND.sequences)).tolist()
    reordered = replace(
        SOUND,
        playlist_ids=[SOUND.playlist_ids[number] for number in order],
        sequences=[SOUND.sequences[number] for number in order],
        artists=[SOUND.artists[number] for number in order],
    )

    np.testing.assert_array_equal(pair_agreement(sample_model(SOUND)), pair_agreement(sample_model(reordered)))


def test_every_track_with_a_companion_has_an_agreement_and_no_other() -> None:
    """More than a hundred pairs, not a multiple of the block size."""
    keys = [f"{number:03}" for number in range(130)]
    playlists = [keys[start : start + 2] for start in range(0, 120, 2)] + [[keys[-1]]]
    vectors = np.random.default_rng(0).standard_normal((130, 4))

    found = pair_agreement(model(playlists, keys, vectors))

    assert np.isnan(found).tolist() == [number >= 120 for number in range(130)]


def test_too_few_pairs_have_no_agreement() -> None:
    found = pair_agreement(model([["a", "b"], ["b", "c"]], ["a", "b", "c"], np.eye(3)))

    assert np.isnan(found).all()
