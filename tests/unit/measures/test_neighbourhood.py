"""Same-artist neighbours and co-listening: known answers, sound models and broken models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.material.neighbours import NeighbourGraph
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import neighbourhood, observations, retrieval
from embedgate.measures.evidence import Evidence
from embedgate.measures.measurement import Measurement
from embedgate.testing import Sample, sample, sample_model


def measurements_of_the_whole_space(model: ModelUnderTest) -> list[Measurement]:
    """Return the measurements of the whole space."""
    found = Evidence(model, {}, 0.95)
    return [
        found.same_artist.measurement,
        found.co_listening.measurement,
        retrieval.hit_rate(found.next_track),
    ]


def beats_chance(one: Measurement) -> bool:
    """Return whether a measurement is above its chance level."""
    assert one.value is not None
    assert one.null is not None
    return one.value >= one.null.critical


def test_sound_model_beats_chance(model: ModelUnderTest) -> None:
    """All three measures."""
    assert all(map(beats_chance, measurements_of_the_whole_space(model)))


@pytest.mark.parametrize("seed", range(4))
def test_random_space_is_at_chance_level(seed: int) -> None:
    """All three measures."""
    sound = sample()
    random = np.random.default_rng(seed).standard_normal(sound.vectors.shape).astype(np.float32)

    assert not any(map(beats_chance, measurements_of_the_whole_space(sample_model(replace(sound, vectors=random)))))


@pytest.mark.parametrize("broken", ["shuffled", "shifted", "collapsed"])
def test_broken_space_is_at_chance_level(broken: str, request: pytest.FixtureRequest) -> None:
    """Vectors are permuted, shifted by one key, or all equal."""
    evidence: Evidence = request.getfixturevalue(broken)

    assert not any(map(beats_chance, measurements_of_the_whole_space(evidence.model)))


def test_sound_model_with_keys_in_random_order_beats_chance(sound_sample: Sample) -> None:
    """So the order of its keys is not the reason why the shifted space fails."""
    assert all(map(beats_chance, measurements_of_the_whole_space(sample_model(sound_sample))))


def test_lift_is_relative_to_chance_level(model: ModelUnderTest) -> None:
    """Nine tracks by each of thirty artists: about 8 of 269, slightly more at similar popularity."""
    found = neighbourhood.same_artist(model).measurement

    assert found.value is not None
    share = float(
        np.mean(model.catalogue.artist_codes[model.neighbours.indices] == model.catalogue.artist_codes[:, None])
    )
    assert found.value == pytest.approx(share / (8 / 269), rel=0.15)
    assert found.value < share / (8 / 269)


def test_missing_artists_are_not_applicable() -> None:
    """Keys have no separator and playlists no artists."""
    sound = sample()
    bare = replace(sample_model(), separator="", playlists=replace(sound.playlists(), artist_of={}))

    found = neighbourhood.same_artist(bare).measurement
    assert "no artist" in found.not_applicable


def tiny(artists: list[int], near: list[list[int]], plays: list[int] | None = None) -> ModelUnderTest:
    """Return a model of tracks with the given artists, neighbours and plays."""
    keys = [f"A{artist}-t{track}" for track, artist in enumerate(artists)]
    counts = plays or [1] * len(keys)
    playlists = Playlists.of(
        ["u-all"], [[key for key, count in zip(keys, counts, strict=True) for _ in range(count)]]
    )
    model = ModelUnderTest(EmbeddingSpace.of(keys, np.eye(len(keys))), playlists, separator="-")
    vars(model)["neighbours"] = NeighbourGraph(
        np.array(near, np.int32), np.ones((len(near), len(near[0])), np.float32)
    )
    return model


def test_lift_of_two_separate_artists() -> None:
    """All neighbours share the artist, so the lift is 1 over the chance level of 11 / 23."""
    artists = [track // 12 for track in range(24)]
    near = [
        [other for other in range(24) if artists[other] == artists[track] and other != track] for track in range(24)
    ]
    found = neighbourhood.same_artist(tiny(artists, near))

    assert found.measurement.value == pytest.approx(23 / 11, rel=0.02)
    assert [(one.low, one.high, one.score, one.n) for one in found.strata] == [(1, 1, 1, 24)]
    assert beats_chance(found.measurement)


def test_space_that_encodes_popularity_has_no_lift() -> None:
    """Negative control: popular tracks by one artist are close because they are popular."""
    artists = [0] * 20 + [1 + track // 2 for track in range(20)]
    plays = [64] * 20 + [1] * 20
    halves = [range(20)] * 20 + [range(20, 40)] * 20
    near = [[other for other in half if other != track] for track, half in enumerate(halves)]

    found = neighbourhood.same_artist(tiny(artists, near, plays))

    assert found.measurement.value == pytest.approx(1)
    assert not beats_chance(found.measurement)
    assert [(one.low, one.n) for one in found.strata] == [(1, 20), (64, 20)]


def with_artists(model: ModelUnderTest, artists: Sequence[str]) -> ModelUnderTest:
    """Return the same model with other artists."""
    playlists = replace(model.playlists, artist_of=dict(zip(model.tracks, artists, strict=True)))
    return replace(model, playlists=playlists, separator="")


def test_artists_unrelated_to_playlists_are_not_applicable(model: ModelUnderTest) -> None:
    """Brands are permuted; the outcome does not depend on the vectors, and the message states the reason."""
    rng = np.random.default_rng(0)
    brands = with_artists(model, rng.permutation(model.catalogue.artists).tolist())
    for vectors in (model.unit, rng.standard_normal(model.unit.shape)):
        found = neighbourhood.same_artist(brands.with_vectors(np.asarray(vectors))).measurement

        assert "share playlists no more often than chance" in found.not_applicable
        assert "check that the artists belong to the tracks" in found.not_applicable
        assert found.value is not None
    assert isinstance(observations.same_artist(brands), Measurement)


def test_artists_related_to_playlists_are_judged(model: ModelUnderTest) -> None:
    """Negative control: random vectors fail the check and do not make it not applicable."""
    rng = np.random.default_rng(0)
    random = model.with_vectors(rng.standard_normal(model.unit.shape))

    for one in (model, random):
        assert neighbourhood.artists_unrelated(one) == ""
    found = neighbourhood.same_artist(random).measurement
    assert found.not_applicable == ""
    assert not beats_chance(found)


def test_artists_are_judged_if_there_are_too_few_pairs_to_relate_them(model: ModelUnderTest) -> None:
    """There is only one short playlist."""
    few = replace(model, playlists=Playlists.of(["u"], [list(model.tracks[:5])]))

    assert neighbourhood.artists_unrelated(few) == ""


def test_artists_related_by_popularity_alone_are_not_applicable() -> None:
    """Popular tracks share playlists, regardless of their artists."""
    rng = np.random.default_rng(0)
    keys = [f"t{number}" for number in range(200)]
    lists = [[*rng.choice(20, 8, replace=False), *rng.integers(20, 200, 2)] for _ in range(300)]
    playlists = Playlists.of([f"u{row}" for row in range(300)], [[keys[track] for track in one] for one in lists])
    space = EmbeddingSpace.of(keys, rng.standard_normal((200, 8)))
    artists = [f"hit {number % 4}" if number < 20 else f"other {number % 60}" for number in range(200)]

    assert neighbourhood.artists_unrelated(with_artists(ModelUnderTest(space, playlists), artists))


def test_artists_of_one_track_each_are_not_applicable() -> None:
    """There are no two tracks by one artist."""
    assert neighbourhood.same_artist(tiny([0, 1, 2], [[1], [0], [0]])).measurement.not_applicable


def two_clusters(playlists: int) -> ModelUnderTest:
    """Return a model with two clusters of forty tracks in one direction each, and playlists of one cluster."""
    rng = np.random.default_rng(0)
    sequences = [
        [f"c{number % 2}-{track}" for track in rng.choice(40, 10, replace=False)] for number in range(playlists)
    ]
    vectors = np.repeat(np.eye(8)[:2], 40, axis=0) + 0.01 * rng.standard_normal((80, 8))
    keys = [f"c{cluster}-{track}" for cluster in range(2) for track in range(40)]
    return ModelUnderTest(EmbeddingSpace.of(keys, vectors), Playlists.of(range(playlists), sequences), separator="-")


@pytest.mark.parametrize("playlists", [4, 20, 200, 6_000])
def test_auc_of_two_clusters_is_three_quarters(playlists: int) -> None:
    """Half of the re-pairings are across clusters and farther apart, half are within a cluster and tied.

    The AUC does not depend on the number of playlists, because no block consists of one playlist.
    """
    found = neighbourhood.co_listening(two_clusters(playlists)).measurement

    assert found.value == pytest.approx(0.75, abs=0.05)
    assert beats_chance(found)
    assert found.n % 100 == 0


def test_pairs_per_playlist_are_limited() -> None:
    """Five playlists of ten tracks have 225 pairs, of which two blocks of 100 are used."""
    assert neighbourhood.co_listening(two_clusters(5)).measurement.n == 200
    assert neighbourhood.co_listening(two_clusters(6_000)).measurement.n == 5_000


@pytest.mark.parametrize("playlists", [1, 2])
def test_few_pairs_are_inconclusive(playlists: int) -> None:
    """Fewer than a hundred pairs are too few; the check keeps its severity."""
    found = neighbourhood.co_listening(two_clusters(playlists)).measurement

    assert "too few" in found.inconclusive
    assert (found.not_applicable, found.default_severity) == ("", None)


def test_playlists_without_pairs_are_inconclusive(sound_sample: Sample) -> None:
    """The keys are from another catalogue."""
    foreign = replace(sound_sample, keys=[f"x{key}" for key in sound_sample.keys])
    model = replace(sample_model(foreign), playlists=sound_sample.playlists())

    assert "0 pairs" in neighbourhood.co_listening(model).measurement.inconclusive


def test_measures_are_reproducible(model: ModelUnderTest, evidence: Evidence) -> None:
    """Value, interval and permutation baseline are exactly equal."""
    for measure, first in (
        (neighbourhood.same_artist, evidence.same_artist),
        (neighbourhood.co_listening, evidence.co_listening),
    ):
        again = measure(model).measurement

        assert (again.value, again.interval) == (first.measurement.value, first.measurement.interval)
        assert again.null is not None
        assert first.measurement.null is not None
        np.testing.assert_array_equal(again.null.scores, first.measurement.null.scores)


def test_strata_contain_every_observation(evidence: Evidence) -> None:
    """The observations of the strata add up to all observations and average to the value."""
    found = evidence.co_listening

    assert sum(one.n for one in found.strata) == found.measurement.n
    mean = sum(one.n * one.score for one in found.strata) / found.measurement.n
    assert mean == pytest.approx(found.measurement.value)
