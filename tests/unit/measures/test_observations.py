"""Measures as observations: means, chance levels and differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import observations, retrieval
from embedgate.measures.evidence import Evidence
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.measures.observations import PAIRED, Observations, paired_difference
from embedgate.testing import GENRES, SEPARATOR

if TYPE_CHECKING:
    from embedgate.measures.observations import Observed


BLOCKS = np.arange(10)
"""Each track is a block of its own."""


def observed(scores: list[float], tracks: list[int], chance: float = 0) -> Observations:
    """Return observations with the given scores and tracks."""
    return Observations(np.array(scores, dtype=float), np.array(tracks), chance)


def some(found: Observed) -> Observations:
    """Return observations, and fail if there are none."""
    assert not isinstance(found, Measurement), found
    return found


# -- differences --


def test_difference_is_paired() -> None:
    """If all observations differ by the same amount, the interval has no width."""
    new, old = observed([0.9, 0.1, 0.5, 0.3], [0, 1, 2, 3]), observed([0.7, -0.1, 0.3, 0.1], [0, 1, 2, 3])
    value, interval = paired_difference(new, old, BLOCKS)

    assert value == pytest.approx(0.2)
    assert interval == pytest.approx((0.2, 0.2), abs=1e-6)
    assert paired_difference(old, new, BLOCKS)[0] == pytest.approx(-0.2)


def test_bootstrap_resamples_whole_blocks() -> None:
    """A hundred tracks of one block that move together count as one observation."""
    rng = np.random.default_rng(0)
    tracks = np.arange(1000)
    new, old = (
        Observations(np.repeat(rng.normal(0.2, 1, 10), 100), tracks, 0),
        Observations(np.zeros(1000), tracks, 0),
    )
    together, alone = paired_difference(new, old, tracks // 100)[1], paired_difference(new, old, tracks)[1]

    assert together is not None
    assert alone is not None
    assert together[1] - together[0] > 5 * (alone[1] - alone[0])


def test_interval_is_wider_with_a_higher_confidence() -> None:
    new, old = observed([*range(10)], [*range(10)]), observed([0] * 10, [*range(10)])
    usual, wide = (paired_difference(new, old, BLOCKS, confidence)[1] for confidence in (0.95, 0.99))

    assert usual is not None
    assert wide is not None
    assert wide[0] < usual[0] < usual[1] < wide[1]


def test_queries_without_a_vector_are_a_block_of_their_own() -> None:
    """Their scores are zero in both models."""
    new, old = observed([1, 1, 0, 0], [3, 3, -1, -1]), observed([0] * 4, [3, 3, -1, -1])

    assert paired_difference(new, old, BLOCKS) == (0.5, (0, 1))


def test_one_block_has_no_interval() -> None:
    """There is nothing to resample."""
    assert paired_difference(observed([1, 0], [4, 4]), observed([0, 0], [4, 4]), BLOCKS) == (0.5, None)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 5)), min_size=1, max_size=40))
def test_estimate_is_the_difference_of_means(rows: list[tuple[float, float, int]]) -> None:
    """A model compared with itself has no difference."""
    new = observed([row[0] for row in rows], [row[2] for row in rows])
    old = observed([row[1] for row in rows], [row[2] for row in rows])

    assert paired_difference(new, old, BLOCKS)[0] == pytest.approx(new.mean - old.mean, abs=1e-9)
    assert paired_difference(new, new, BLOCKS) in ((0, (0, 0)), (0, None))


def test_subset_keeps_tracks_and_chance() -> None:
    """The subset is chosen by a mask."""
    found = observed([1, 2, 3], [7, 8, 9], 0.25).subset(np.array([True, False, True]))

    assert (found.scores.tolist(), found.tracks.tolist(), found.chance, found.mean) == ([1, 3], [7, 9], 0.25, 2)


# -- the measures as observations --


def test_means_equal_the_absolute_measures(model: ModelUnderTest, evidence: Evidence) -> None:
    """Observations average to the values of the other checks."""
    mean = {name: some(measure(model)).mean for name, measure in PAIRED.items()}

    assert mean["co_listening"] == pytest.approx(evidence.co_listening.measurement.value)
    assert mean["hit_rate"] == pytest.approx(retrieval.hit_rate(evidence.next_track).value)
    assert mean["ndcg"] == pytest.approx(retrieval.ndcg(evidence.next_track).value)
    assert mean["accuracy"] == pytest.approx(evidence.space_separation.accuracy.value)
    assert f"{mean['same_artist']:.1%} of the ten nearest neighbours" in evidence.same_artist.measurement.summary


@pytest.mark.parametrize("name", PAIRED)
def test_random_spaces_are_at_chance_level(name: str, model: ModelUnderTest) -> None:
    """The mean over twenty random spaces is at chance level; a sound model is far above.

    Neighbours by the same artist are left out, which lowers the accuracy of a random space slightly.
    """
    rng = np.random.default_rng(0)
    drawn = [model.with_vectors(rng.standard_normal((len(model.tracks), 16))) for _ in range(20)]
    found = [some(PAIRED[name](each)) for each in drawn]
    lead = some(PAIRED[name](model)).mean - some(PAIRED[name](model)).chance

    assert np.mean([each.mean - each.chance for each in found]) == pytest.approx(
        0, abs=0.07 if name == "accuracy" else 0.01
    )
    assert lead > 0.2


def test_two_models_have_the_same_observations(model: ModelUnderTest) -> None:
    """The number of observations and their tracks are equal."""
    other = model.with_vectors(np.random.default_rng(0).standard_normal((len(model.tracks), 5)))

    for measure in PAIRED.values():
        one, two = some(measure(model)), some(measure(other))
        assert one.tracks.tolist() == two.tracks.tolist()
        assert len(one.scores) == len(two.scores) == len(one.tracks)


def test_genres_are_weighted_equally_in_the_accuracy() -> None:
    """Ninety rock tracks are classified correctly and ten jazz tracks are not, so the accuracy is about 0.5."""
    keys = [f"a{row % 10}-r{row}" for row in range(90)] + [f"b{row}-j{row}" for row in range(10)]
    playlists = Playlists.of(["u-rock", "u-jazz"], [keys[:90], keys[90:]])
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((100, 8))
    vectors[:90, 0] += 30
    vectors[90:] = vectors[:10] * 0.9  # jazz is mixed into rock
    genres = {"rock": ["rock"], "jazz": ["jazz"]}
    crowd = ModelUnderTest(EmbeddingSpace.of(keys, vectors), playlists, separator="-", genres=genres)
    by_genre = observations.genre_accuracy(crowd)
    assert not isinstance(by_genre, Measurement)

    assert set(by_genre) == {"rock", "jazz"}
    assert some(observations.accuracy(crowd)).mean == pytest.approx(
        (by_genre["rock"].mean + by_genre["jazz"].mean) / 2
    )
    assert (len(by_genre["rock"].scores), len(by_genre["jazz"].scores)) == (90, 10)
    assert by_genre["jazz"].chance == some(observations.accuracy(crowd)).chance == 0.5


def test_genre_accuracy_is_computed_for_each_genre(model: ModelUnderTest) -> None:
    """In the sound sample nearly all tracks are classified correctly; the chance level is one third."""
    found = observations.genre_accuracy(model)
    assert not isinstance(found, Measurement)

    assert set(found) == set(GENRES)
    assert all(each.mean > 0.8 for each in found.values())
    assert {each.chance for each in found.values()} == {1 / 3}


def test_missing_data_are_explained() -> None:
    """A measurement with the reason is returned instead of observations."""
    keys = ["a-x", "b-y"]
    bare = ModelUnderTest(EmbeddingSpace.of(keys, np.eye(2)), Playlists.of(["u-1"], [keys]), separator=SEPARATOR)

    assert observations.same_artist(bare) == not_applicable("the tracks have no artist, or no two tracks share one")
    assert observations.co_listening(bare) == inconclusive(
        "the playlists contain 1 pairs of shared tracks: too few", severity="warn"
    )
    assert observations.hit_rate(bare) == inconclusive("1 playlists have a target: too few", severity="warn")
    assert observations.ndcg(bare) == observations.hit_rate(bare)
    assert (
        observations.accuracy(bare) == observations.genre_accuracy(bare) == not_applicable("no genre is configured")
    )
