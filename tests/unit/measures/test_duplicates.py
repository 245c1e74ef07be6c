"""Copies: by title and vector together, without chains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.duplicates import duplicate_rate, duplicate_recall, find_duplicates, identical_directions
from embedgate.measures.evidence import Evidence
from embedgate.testing import Sample, sample, sample_model


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
    measured = duplicate_rate(model, found)
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

    found = identical_directions(model, find_duplicates(model, 0.95))
    assert found.value == 2
    assert set(found.tracks) == {sound.keys[5], sound.keys[100]}
    whole = sample_model()
    assert identical_directions(whole, find_duplicates(whole, 0.95)).value == 0


def test_few_twins_are_too_few() -> None:
    """A catalogue with hardly any duplicate title has no recall of duplicates: not applicable."""
    model = sample_model()

    assert duplicate_recall(model, find_duplicates(model, 0.95)).not_applicable


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
        measured.append(duplicate_recall(model, find_duplicates(model, 0.95)))

    good, bad = measured
    assert good.value == 1
    assert bad.null is not None
    assert bad.value is not None
    assert bad.value < bad.null.critical


def test_copies_that_are_all_near_are_one_cluster() -> None:
    """Three versions within the bound are one recording; its diameter is the farthest two."""
    model = model_of(["A-S", "A-S - Mono", "A-S - Stereo", "B-Else"], [0, 5, 10, 120], [1, 1, 5, 1])
    found = find_duplicates(model, 0.95)

    assert [[model.tracks[track] for track in one.tracks] for one in found.clusters] == [
        ["A-S - Stereo", "A-S", "A-S - Mono"]
    ]
    assert found.clusters[0].diameter == pytest.approx(np.cos(np.radians(10)))
    assert found.redundant == 2


@pytest.mark.parametrize(("degrees", "redundant"), [(17, 1), (19, 0)])
def test_the_bound_is_a_cosine(degrees: float, redundant: int) -> None:
    """0.95 is 18.2 degrees: nearer is a copy, farther is not."""
    assert find_duplicates(model_of(["A-S", "A-S - Mono"], [0, degrees]), 0.95).redundant == redundant


def test_a_sound_model_has_no_copies(evidence: Evidence) -> None:
    """Songs of different titles are no copies, however near."""
    found = duplicate_rate(evidence.model, evidence.duplicates)

    assert found.value == 0
    assert found.tracks == ()
    assert found.interval == (0, 0)


def test_planted_copies_are_counted_and_named(sound_sample: Sample) -> None:
    """Break: every tenth track once more as a radio edit, a hair away. All are found, none besides."""
    rng = np.random.default_rng(0)
    rows = np.arange(0, len(sound_sample.keys), 10)
    copies = [f"{sound_sample.keys[row]} - Radio Edit" for row in rows]
    near = sound_sample.vectors[rows] + 0.01 * rng.standard_normal((len(rows), sound_sample.vectors.shape[1]))
    model = sample_model(
        replace(
            sound_sample,
            keys=[*sound_sample.keys, *copies],
            vectors=np.vstack([sound_sample.vectors, near]).astype(np.float32),
        )
    )
    found = duplicate_rate(model, find_duplicates(model, 0.95))

    assert set(found.tracks) == set(copies)
    assert found.value == pytest.approx(len(copies) / len(model.tracks))
    assert found.value is not None
    assert found.interval is not None
    assert found.interval[0] < found.value < found.interval[1]


def test_shuffled_vectors_confirm_no_copy(sound_sample: Sample) -> None:
    """Negative control: the same titles with vectors dealt out over keys are no copies."""
    keys = [key.replace("Song 01", "Song 00 - Radio Edit") for key in sound_sample.keys]
    vectors = np.random.default_rng(0).permutation(sound_sample.vectors)
    model = sample_model(replace(sound_sample, keys=keys, vectors=vectors))
    found = find_duplicates(model, 0.95)

    assert len(found.pairs) == 30
    assert found.redundant == 0


def test_collapsed_vectors_point_where_others_point(collapsed: Evidence) -> None:
    """Break: all vectors are one. Every track points where a different recording points."""
    assert identical_directions(collapsed.model, collapsed.duplicates).value == len(collapsed.model.tracks)


def test_copies_of_two_recordings_with_one_direction_are_named() -> None:
    """Two recordings of two copies each, all four in one direction: a copy of one is no copy of the other."""
    model = model_of(["A-S", "B-T", "A-S - Mono", "B-T - Mono"], [0, 0, 0, 0])
    found = find_duplicates(model, 0.95)

    assert found.redundant == 2
    assert set(identical_directions(model, found).tracks) >= {"A-S", "B-T"}


def test_no_usable_vector_says_so() -> None:
    """Zero rows only: no share of nothing."""
    model = ModelUnderTest(EmbeddingSpace.of(["a"], [[0.0, 0.0]]), Playlists.of(["u"], [["a"]]))
    found = find_duplicates(model, 0.95)

    assert duplicate_rate(model, found).inconclusive
    assert identical_directions(model, found).value == 0
    assert duplicate_recall(model, found).inconclusive
