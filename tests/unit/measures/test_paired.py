"""Measures as observations: their means, what chance gives, and their differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import paired, retrieval
from embedgate.measures.evidence import Evidence
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.measures.observations import Observations, paired_difference
from embedgate.measures.paired import PAIRED
from embedgate.testing import GENRES, SEPARATOR

if TYPE_CHECKING:
    from embedgate.measures.paired import Observed


def observed(scores: list[float], groups: list[int], chance: float = 0) -> Observations:
    """A few observations."""
    return Observations(np.array(scores, dtype=float), np.array(groups), chance)


def some(found: Observed) -> Observations:
    """Observations, where there are some."""
    assert not isinstance(found, Measurement), found
    return found


# -- differences --


def test_the_difference_is_taken_observation_by_observation() -> None:
    """New less old; where all differ alike the interval has no width, however much the scores vary."""
    new, old = observed([0.9, 0.1, 0.5, 0.3], [0, 1, 2, 3]), observed([0.7, -0.1, 0.3, 0.1], [0, 1, 2, 3])
    value, interval = paired_difference(new, old)

    assert value == pytest.approx(0.2)
    assert interval == pytest.approx((0.2, 0.2), abs=1e-6)
    assert paired_difference(old, new)[0] == pytest.approx(-0.2)


def test_whole_groups_are_drawn() -> None:
    """A hundred observations of one group are one: what one artist does is not sure, what many do is."""
    rng = np.random.default_rng(0)
    by_artist = np.repeat(rng.normal(0.2, 1, 10), 100)
    zero = Observations(np.zeros(1000), np.repeat(np.arange(10), 100), 0)
    grouped = paired_difference(Observations(by_artist, zero.groups, 0), zero)[1]
    alone = paired_difference(Observations(by_artist, np.arange(1000), 0), zero)[1]

    assert grouped is not None
    assert alone is not None
    assert grouped[1] - grouped[0] > 5 * (alone[1] - alone[0])


def test_one_group_tells_no_interval() -> None:
    """The estimate stands alone."""
    assert paired_difference(observed([1, 0], [4, 4]), observed([0, 0], [4, 4])) == (0.5, None)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 5)), min_size=1, max_size=40))
def test_the_estimate_is_the_difference_of_the_means(rows: list[tuple[float, float, int]]) -> None:
    """And nothing but it: a model beside itself differs by nothing, surely."""
    new = observed([row[0] for row in rows], [row[2] for row in rows])
    old = observed([row[1] for row in rows], [row[2] for row in rows])

    assert paired_difference(new, old)[0] == pytest.approx(new.mean - old.mean, abs=1e-9)
    assert paired_difference(new, new) in ((0, (0, 0)), (0, None))


def test_some_of_the_observations_keep_their_groups_and_their_chance() -> None:
    """A genre's own tracks, by mask."""
    found = observed([1, 2, 3], [7, 8, 9], 0.25).subset(np.array([True, False, True]))

    assert (found.scores.tolist(), found.groups.tolist(), found.chance, found.mean) == ([1, 3], [7, 9], 0.25, 2)


# -- the measures as observations --


def test_means_are_what_the_measures_say(model: ModelUnderTest, evidence: Evidence) -> None:
    """Observations are of the very measures that the other checks have."""
    mean = {name: some(measure(model)).mean for name, measure in PAIRED.items()}

    assert mean["co_listening"] == pytest.approx(evidence.co_listening.measurement.value)
    assert mean["hit_rate"] == pytest.approx(retrieval.hit_rate(evidence.next_track).value)
    assert mean["ndcg"] == pytest.approx(retrieval.ndcg(evidence.next_track).value)
    assert mean["accuracy"] == pytest.approx(evidence.space_separation.accuracy.value)
    assert f"{mean['same_artist']:.1%} of the ten nearest" in evidence.same_artist.measurement.summary


@pytest.mark.parametrize("name", PAIRED)
def test_random_spaces_score_what_chance_is_said_to_give(name: str, model: ModelUnderTest) -> None:
    """The mean over twenty of them is at the level of chance; that of a sound model is far above it.

    With the own artist left out, fewer of a genre are there to be near: chance calls it a little less often.
    """
    rng = np.random.default_rng(0)
    drawn = [model.with_vectors(rng.standard_normal((len(model.tracks), 16))) for _ in range(20)]
    found = [some(PAIRED[name](each)) for each in drawn]
    lead = some(PAIRED[name](model)).mean - some(PAIRED[name](model)).chance

    assert np.mean([each.mean - each.chance for each in found]) == pytest.approx(
        0, abs=0.07 if name == "accuracy" else 0.01
    )
    assert lead > 0.2


def test_a_pair_of_each_question_and_group(model: ModelUnderTest) -> None:
    """Two models are asked the same: as many observations, in the same groups."""
    other = model.with_vectors(np.random.default_rng(0).standard_normal((len(model.tracks), 5)))

    for measure in PAIRED.values():
        one, two = some(measure(model)), some(measure(other))
        assert one.groups.tolist() == two.groups.tolist()
        assert len(one.scores) == len(two.scores) == len(one.groups)


def test_each_genre_weighs_alike_in_the_accuracy() -> None:
    """Ninety tracks called rightly and ten wrongly, of two genres: one half, not nine tenths."""
    keys = [f"a{row % 10}-r{row}" for row in range(90)] + [f"b{row}-j{row}" for row in range(10)]
    playlists = Playlists.of(["u-rock", "u-jazz"], [keys[:90], keys[90:]])
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((100, 8))
    vectors[:90, 0] += 30
    vectors[90:] = vectors[:10] * 0.9  # jazz lies among rock
    genres = {"rock": ["rock"], "jazz": ["jazz"]}
    crowd = ModelUnderTest(EmbeddingSpace.of(keys, vectors), playlists, separator="-", genres=genres)
    by_genre = paired.genres(crowd)
    assert not isinstance(by_genre, Measurement)

    assert set(by_genre) == {"rock", "jazz"}
    assert some(paired.accuracy(crowd)).mean == pytest.approx((by_genre["rock"].mean + by_genre["jazz"].mean) / 2)
    assert (len(by_genre["rock"].scores), len(by_genre["jazz"].scores)) == (90, 10)
    assert by_genre["jazz"].chance == some(paired.accuracy(crowd)).chance == 0.5


def test_a_genre_is_what_its_own_tracks_are_called(model: ModelUnderTest) -> None:
    """In the sound sample nearly all are called by their name, by a third of them chance would be."""
    found = paired.genres(model)
    assert not isinstance(found, Measurement)

    assert set(found) == set(GENRES)
    assert all(each.mean > 0.8 for each in found.values())
    assert {each.chance for each in found.values()} == {1 / 3}


def test_what_there_is_nothing_of_says_why() -> None:
    """A measurement with the reason in place of observations, never a number."""
    keys = ["a-x", "b-y"]
    bare = ModelUnderTest(EmbeddingSpace.of(keys, np.eye(2)), Playlists.of(["u-1"], [keys]), separator=SEPARATOR)

    assert paired.same_artist(bare) == not_applicable("the tracks have no artist, or no two tracks share one")
    assert paired.co_listening(bare) == inconclusive(
        "the playlists contain 1 pairs of shared tracks: too few", severity="warn"
    )
    assert paired.hit_rate(bare) == not_applicable("the playlists have no columns track_test_x and track_test_y")
    assert paired.ndcg(bare) == paired.hit_rate(bare)
    assert paired.accuracy(bare) == paired.genres(bare) == not_applicable("no genre is configured")
