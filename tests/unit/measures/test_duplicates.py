"""Duplicates: tracks with equal titles and close vectors, without chains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.duplicates import (
    Duplicates,
    duplicate_rate,
    duplicate_recall,
    find_duplicates,
    identical_directions,
)
from embedgate.measures.evidence import Evidence
from embedgate.testing import Sample, sample, sample_model


def model_of(keys: list[str], angles: list[float], plays: list[int] | None = None) -> ModelUnderTest:
    """Return a model with unit vectors in the plane at the given angles, in degrees."""
    radians = np.radians(angles)
    counts = plays or [1] * len(keys)
    playlists = Playlists.of(
        ["u-all"], [[key for key, count in zip(keys, counts, strict=True) for _ in range(count)]]
    )
    return ModelUnderTest(
        EmbeddingSpace.of(keys, np.column_stack([np.cos(radians), np.sin(radians)])), playlists, separator="-"
    )


def redundant_in(found: Duplicates) -> int:
    """Return the number of tracks to drop if one track of each cluster is kept."""
    return sum(len(cluster.tracks) - 1 for cluster in found.clusters)


def test_planted_duplicate_is_found_and_most_played_is_kept() -> None:
    """A radio edit close to its song is a duplicate."""
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
        (["A-Song", "A-Song - Remastered 2011"], [0, 60]),  # too distant
        (["A-Song", "A-Tune"], [0, 0.1]),  # close, but another song
    ],
)
def test_duplicates_need_title_and_vector(keys: list[str], angles: list[float]) -> None:
    """Neither an equal title nor a close vector alone is enough."""
    model = model_of([*keys, "C-Else"], [*angles, 170])

    assert redundant_in(find_duplicates(model, 0.95)) == 0


@pytest.mark.parametrize(
    ("keys", "in_music"),
    [
        (["A-TV 55", "A-TV 55 - HD"], 1),
        (["A-Speaker - Mono", "A-Speaker - Stereo"], 1),
        (["A-Song - Remastered", "A-Song"], 1),
        (["A-Phone 128 GB", "A-Phone 256 GB"], 0),
        (["A-Toy Story 2", "A-Toy Story 3"], 0),
    ],
)
def test_words_for_versions_belong_to_music(keys: list[str], in_music: int) -> None:
    """Titles that differ in such a word are duplicates in music, and two items elsewhere."""
    model = model_of(keys, [0, 1])

    assert redundant_in(find_duplicates(model, 0.95)) == in_music
    assert redundant_in(find_duplicates(replace(model, versions="none"), 0.95)) == 0


def test_equal_titles_are_duplicates_without_words_for_versions() -> None:
    model = replace(model_of(["A-Matrix, The (1999)", "A-The Matrix (1999)"], [0, 1]), versions="none")

    assert redundant_in(find_duplicates(model, 0.95)) == 1


def test_chain_does_not_join_its_ends() -> None:
    """If a is close to b and b to c, but a is far from c, the three are not one cluster."""
    model = model_of(["A-S", "A-S - Mono", "A-S - Stereo", "B-Else"], [0, 15, 30, 120])
    found = find_duplicates(model, float(np.cos(np.radians(16))))

    assert [len(one.tracks) for one in found.clusters] == [2]
    assert all(one.diameter >= found.cosine for one in found.clusters)


def test_identical_directions_are_of_different_recordings() -> None:
    """A scaled vector of another song counts; a duplicate of the same song does not."""
    sound = sample()
    vectors = sound.vectors.copy()
    vectors[5] = 3 * vectors[100]
    model = sample_model(replace(sound, vectors=vectors))

    found = identical_directions(model, find_duplicates(model, 0.95))
    assert found.value == 2
    assert set(found.tracks) == {sound.keys[5], sound.keys[100]}
    whole = sample_model()
    assert identical_directions(whole, find_duplicates(whole, 0.95)).value == 0


def test_few_duplicates_by_title_are_not_applicable() -> None:
    """Recall needs more than a few duplicate titles."""
    model = sample_model()

    assert duplicate_recall(model, find_duplicates(model, 0.95)).not_applicable


def test_recall_is_one_for_close_and_at_chance_level_for_random_duplicates() -> None:
    """Duplicates have vectors close to the original, or random vectors."""
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


def test_three_versions_within_the_threshold_are_one_cluster() -> None:
    """The diameter is the lowest cosine of two of them."""
    model = model_of(["A-S", "A-S - Mono", "A-S - Stereo", "B-Else"], [0, 5, 10, 120], [1, 1, 5, 1])
    found = find_duplicates(model, 0.95)

    assert [[model.tracks[track] for track in one.tracks] for one in found.clusters] == [
        ["A-S - Stereo", "A-S", "A-S - Mono"]
    ]
    assert found.clusters[0].diameter == pytest.approx(np.cos(np.radians(10)))
    assert redundant_in(found) == 2


@pytest.mark.parametrize(("degrees", "redundant"), [(17, 1), (19, 0)])
def test_threshold_is_a_cosine(degrees: float, redundant: int) -> None:
    """A cosine of 0.95 is an angle of 18.2 degrees."""
    assert redundant_in(find_duplicates(model_of(["A-S", "A-S - Mono"], [0, degrees]), 0.95)) == redundant


def test_sound_model_has_no_duplicates(evidence: Evidence) -> None:
    """Songs with different titles are not duplicates, however close their vectors are."""
    found = duplicate_rate(evidence.model, evidence.duplicates)

    assert found.value == 0
    assert found.tracks == ()
    assert found.interval == (0, 0)


def test_planted_duplicates_are_counted_and_listed(sound_sample: Sample) -> None:
    """Every tenth track is added again as a radio edit with little noise; exactly these tracks are found."""
    rng = np.random.default_rng(0)
    rows = np.arange(0, len(sound_sample.keys), 10)
    added = [f"{sound_sample.keys[row]} - Radio Edit" for row in rows]
    near = sound_sample.vectors[rows] + 0.01 * rng.standard_normal((len(rows), sound_sample.vectors.shape[1]))
    model = sample_model(
        replace(
            sound_sample,
            keys=[*sound_sample.keys, *added],
            vectors=np.vstack([sound_sample.vectors, near]).astype(np.float32),
        )
    )
    found = duplicate_rate(model, find_duplicates(model, 0.95))

    assert set(found.tracks) == set(added)
    assert found.value == pytest.approx(len(added) / len(model.tracks))
    assert found.value is not None
    assert found.interval is not None
    assert found.interval[0] < found.value < found.interval[1]


def test_equal_titles_with_shuffled_vectors_are_not_duplicates(sound_sample: Sample) -> None:
    """Negative control: vectors are shuffled over the keys."""
    keys = [key.replace("Song 01", "Song 00 - Radio Edit") for key in sound_sample.keys]
    vectors = np.random.default_rng(0).permutation(sound_sample.vectors)
    model = sample_model(replace(sound_sample, keys=keys, vectors=vectors))
    found = find_duplicates(model, 0.95)

    assert len(found.pairs) == 30
    assert redundant_in(found) == 0


def test_collapsed_vectors_have_identical_directions(collapsed: Evidence) -> None:
    """If all vectors are equal, every track has the direction of a different recording."""
    assert identical_directions(collapsed.model, collapsed.duplicates).value == len(collapsed.model.tracks)


def test_two_recordings_with_one_direction_are_listed_despite_duplicates() -> None:
    """Two recordings with two keys each have the same direction."""
    model = model_of(["A-S", "B-T", "A-S - Mono", "B-T - Mono"], [0, 0, 0, 0])
    found = find_duplicates(model, 0.95)

    assert redundant_in(found) == 2
    assert set(identical_directions(model, found).tracks) >= {"A-S", "B-T"}


def test_no_usable_vector_is_inconclusive() -> None:
    """The only row is zero."""
    model = ModelUnderTest(EmbeddingSpace.of(["a"], [[0.0, 0.0]]), Playlists.of(["u"], [["a"]]))
    found = find_duplicates(model, 0.95)

    assert duplicate_rate(model, found).inconclusive
    assert identical_directions(model, found).value == 0
    assert duplicate_recall(model, found).inconclusive
