"""Copies: by title and vector together, without chains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.duplicates import find_duplicates, redundant_share, shared_directions, twin_recall
from embedgate.testing import sample, sample_model


def model_of(keys: list[str], angles: list[float], plays: list[int] | None = None) -> ModelUnderTest:
    """Unit vectors in the plane at the given angles, in degrees."""
    radians = np.radians(angles)
    counts = plays or [1] * len(keys)
    playlists = Playlists.of(
        ["u-all"], [[key for key, count in zip(keys, counts, strict=True) for _ in range(count)]]
    )
    return ModelUnderTest(
        EmbeddingSpace.of(keys, np.column_stack([np.cos(radians), np.sin(radians)])), playlists, separator="-"
    )


def test_a_planted_twin_is_found_and_the_most_played_is_kept() -> None:
    """A radio edit near its song is a copy; the one that is played more stays."""
    model = model_of(["A-Song - Radio Edit", "A-Song", "B-Other"], [0, 5, 90], [1, 3, 1])
    found = find_duplicates(model, 0.95)

    assert [[model.tracks[track] for track in one.tracks] for one in found.clusters] == [
        ["A-Song", "A-Song - Radio Edit"]
    ]
    measured = redundant_share(model, found)
    assert measured.value == pytest.approx(1 / 3)
    assert measured.tracks == ("A-Song - Radio Edit",)


@pytest.mark.parametrize(
    ("keys", "angles"),
    [
        (["A-Song", "A-Song - Live"], [0, 1]),  # another recording
        (["A-Song", "B-Song"], [0, 1]),  # another artist
        (["A-Song", "A-Song - Remastered 2011"], [0, 60]),  # too far apart
        (["A-Song", "A-Tune"], [0, 0.1]),  # near, and another song
    ],
)
def test_title_and_vector_have_to_agree(keys: list[str], angles: list[float]) -> None:
    """Neither a title alone nor a vector alone makes a copy."""
    model = model_of([*keys, "C-Else"], [*angles, 170])

    assert find_duplicates(model, 0.95).redundant == 0


def test_a_chain_does_not_join_its_ends() -> None:
    """a is near b, b near c, a far from c: never one cluster of three."""
    model = model_of(["A-S", "A-S - Mono", "A-S - Stereo", "B-Else"], [0, 15, 30, 120])
    found = find_duplicates(model, float(np.cos(np.radians(16))))

    assert [len(one.tracks) for one in found.clusters] == [2]
    assert all(one.diameter >= found.cosine for one in found.clusters)


def test_shared_directions_are_of_different_recordings() -> None:
    """A scaled copy of another song's vector is named; a confirmed copy is not."""
    sound = sample()
    vectors = sound.vectors.copy()
    vectors[5] = 3 * vectors[100]
    model = sample_model(replace(sound, vectors=vectors))

    found = shared_directions(model, find_duplicates(model, 0.95))
    assert found.value == 2
    assert set(found.tracks) == {sound.keys[5], sound.keys[100]}
    whole = sample_model()
    assert shared_directions(whole, find_duplicates(whole, 0.95)).value == 0


def test_few_twins_are_too_few() -> None:
    """Where hardly any title is a copy, nothing is said."""
    model = sample_model()

    assert twin_recall(model, find_duplicates(model, 0.95)).by_nature


def test_twins_near_and_twins_scrambled() -> None:
    """Copies beside their twin are recalled; copies anywhere are not, and fall below chance's bound."""
    sound = sample()
    keys = [key.replace("Song 01", "Song 00 - Radio Edit") for key in sound.keys]
    near, far = sound.vectors.copy(), sound.vectors.copy()
    rows = [row for row, key in enumerate(keys) if "Radio Edit" in key]
    rng = np.random.default_rng(0)
    for row in rows:
        near[row] = near[row - 1] + 0.05 * rng.standard_normal(near.shape[1])
        far[row] = rng.standard_normal(near.shape[1])
    measured = []
    for vectors in (near, far):
        model = sample_model(replace(sound, keys=keys, vectors=vectors))
        measured.append(twin_recall(model, find_duplicates(model, 0.95)))

    good, bad = measured
    assert good.value == 1
    assert bad.null is not None
    assert bad.value is not None
    assert bad.value < bad.null.critical
