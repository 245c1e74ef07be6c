"""Same artist, one playlist, next track: sound against scrambled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.measures import neighbourhood, retrieval
from embedgate.measures.evidence import Evidence
from embedgate.measures.measurement import Measurement
from embedgate.testing import Sample, sample, sample_model


def broad(model: ModelUnderTest) -> list[Measurement]:
    """The tests of the whole space."""
    found = Evidence(model, {}, 0.95)
    return [
        found.same_artist.measurement,
        found.co_listening.measurement,
        retrieval.hit_rate(model, found.next_track),
    ]


def beats_chance(one: Measurement) -> bool:
    """Whether a measurement is beyond its null."""
    assert one.value is not None
    assert one.null is not None
    return one.value >= one.null.critical


def shifted(given: Sample) -> Sample:
    """Each key with the vector of the one before."""
    return replace(given, vectors=np.roll(given.vectors, 1, axis=0))


def test_a_sound_model_beats_chance(model: ModelUnderTest) -> None:
    """All three are far beyond their nulls."""
    assert all(map(beats_chance, broad(model)))


@pytest.mark.parametrize("seed", range(4))
def test_a_random_space_beats_nothing(seed: int) -> None:
    """Random vectors are at chance everywhere."""
    sound = sample()
    random = np.random.default_rng(seed).standard_normal(sound.vectors.shape).astype(np.float32)

    assert not any(map(beats_chance, broad(sample_model(replace(sound, vectors=random)))))


def test_fifty_random_spaces_never_get_past() -> None:
    """None of fifty random spaces passes all tests of the whole space; single passes are as rare as their level."""
    sound = sample()
    passes = np.zeros((50, 3), dtype=bool)
    for seed in range(50):
        random = np.random.default_rng(1000 + seed).standard_normal(sound.vectors.shape).astype(np.float32)
        passes[seed] = [beats_chance(one) for one in broad(sample_model(replace(sound, vectors=random)))]

    assert not passes.all(axis=1).any()
    assert passes.sum() <= 2


def test_vectors_shifted_by_one_key_are_at_chance() -> None:
    """Where keys lie in no order, the vector of the key before knows nothing of the playlists."""
    sound = sample()
    order = np.random.default_rng(0).permutation(len(sound.keys))
    dealt = replace(sound, keys=[sound.keys[each] for each in order], vectors=sound.vectors[order])

    assert all(map(beats_chance, broad(sample_model(dealt))))
    assert not any(map(beats_chance, broad(sample_model(shifted(dealt)))))


def test_lift_is_a_factor_of_chance(model: ModelUnderTest) -> None:
    """Nine tracks by each of thirty artists: chance gives 8 of 269, and a little more at like popularity."""
    found = neighbourhood.same_artist(model).measurement

    assert found.value is not None
    share = float(
        np.mean(model.catalogue.artist_codes[model.neighbours.indices] == model.catalogue.artist_codes[:, None])
    )
    assert found.value == pytest.approx(share / (8 / 269), rel=0.15)
    assert found.value < share / (8 / 269)


def test_without_artists_it_says_so() -> None:
    """Keys without separator and playlists without artists: lacking by nature."""
    sound = sample()
    bare = replace(sample_model(), separator="", playlists=replace(sound.playlists(), artist_of={}))

    found = neighbourhood.same_artist(bare).measurement
    assert found.by_nature
    assert "artist" in found.lacks


def test_without_test_columns_it_says_so() -> None:
    """No track_test_x: lacking by nature."""
    sound = sample()
    bare = replace(sample_model(), playlists=replace(sound.playlists(), queries=None, answers=None))

    found = retrieval.hit_rate(bare, retrieval.next_track(bare))
    assert found.by_nature
    assert "track_test_x" in found.lacks


def test_a_query_without_vector_is_a_miss(model: ModelUnderTest) -> None:
    """A query that has no vector stays in the denominator."""
    sound = sample()
    kept = [row for row, key in enumerate(sound.keys) if "Rap" not in key]
    fewer = replace(sound, keys=[sound.keys[row] for row in kept], vectors=sound.vectors[kept])
    less = sample_model(fewer)

    whole, part = (retrieval.hit_rate(one, retrieval.next_track(one)) for one in (model, less))
    assert part.n == whole.n
    assert part.value is not None
    assert whole.value is not None
    assert part.value < 0.75 * whole.value


def test_all_equal_vectors_find_nothing() -> None:
    """Ties count against the model: where all is one, no next track is found beyond chance."""
    sound = sample()
    model = sample_model(replace(sound, vectors=np.ones_like(sound.vectors)))
    found = retrieval.next_track(model)

    assert found is not None
    assert found.hit_rate(100) == 0
    assert not beats_chance(neighbourhood.co_listening(model).measurement)
