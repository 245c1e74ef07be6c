"""Same artist, one playlist: known answers, and sound against scrambled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.material.neighbours import NeighbourGraph
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import neighbourhood, paired, retrieval
from embedgate.measures.evidence import Evidence
from embedgate.measures.measurement import Measurement
from embedgate.testing import Sample, sample, sample_model


def broad(model: ModelUnderTest) -> list[Measurement]:
    """The tests of the whole space."""
    found = Evidence(model, {}, 0.95)
    return [
        found.same_artist.measurement,
        found.co_listening.measurement,
        retrieval.hit_rate(found.next_track),
    ]


def beats_chance(one: Measurement) -> bool:
    """Whether a measurement is beyond its null."""
    assert one.value is not None
    assert one.null is not None
    return one.value >= one.null.critical


def test_a_sound_model_beats_chance(model: ModelUnderTest) -> None:
    """All three are far beyond their nulls."""
    assert all(map(beats_chance, broad(model)))


@pytest.mark.parametrize("seed", range(4))
def test_a_random_space_beats_nothing(seed: int) -> None:
    """Random vectors are at chance everywhere."""
    sound = sample()
    random = np.random.default_rng(seed).standard_normal(sound.vectors.shape).astype(np.float32)

    assert not any(map(beats_chance, broad(sample_model(replace(sound, vectors=random)))))


@pytest.mark.parametrize("broken", ["shuffled", "shifted", "collapsed"])
def test_a_broken_space_beats_nothing(broken: str, request: pytest.FixtureRequest) -> None:
    """Vectors dealt out over keys, shifted by one key where keys lie in no order, or all one: at chance."""
    evidence: Evidence = request.getfixturevalue(broken)

    assert not any(map(beats_chance, broad(evidence.model)))


def test_keys_in_no_order_are_as_sound(sound_sample: Sample) -> None:
    """The order of the rows is no matter: it is not why the shifted space fails."""
    assert all(map(beats_chance, broad(sample_model(sound_sample))))


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
    """Keys without separator and playlists without artists: not applicable."""
    sound = sample()
    bare = replace(sample_model(), separator="", playlists=replace(sound.playlists(), artist_of={}))

    found = neighbourhood.same_artist(bare).measurement
    assert "no artist" in found.not_applicable


def tiny(artists: list[int], near: list[list[int]], plays: list[int] | None = None) -> ModelUnderTest:
    """Tracks of the given artists, neighbours and plays."""
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


def test_lift_by_hand() -> None:
    """Two artists of 12 tracks each, all neighbours by one's own: everything, where chance gives 11 of 23."""
    artists = [track // 12 for track in range(24)]
    near = [
        [other for other in range(24) if artists[other] == artists[track] and other != track] for track in range(24)
    ]
    found = neighbourhood.same_artist(tiny(artists, near))

    assert found.measurement.value == pytest.approx(23 / 11, rel=0.02)
    assert [(one.low, one.high, one.score, one.n) for one in found.strata] == [(1, 1, 1, 24)]
    assert beats_chance(found.measurement)


def test_a_space_that_sorts_by_popularity_knows_no_artist() -> None:
    """Negative control: hits by one artist, near each other for being hits only, are no more than chance gives."""
    artists = [0] * 20 + [1 + track // 2 for track in range(20)]
    plays = [64] * 20 + [1] * 20
    halves = [range(20)] * 20 + [range(20, 40)] * 20
    near = [[other for other in half if other != track] for track, half in enumerate(halves)]

    found = neighbourhood.same_artist(tiny(artists, near, plays))

    assert found.measurement.value == pytest.approx(1)
    assert not beats_chance(found.measurement)
    assert [(one.low, one.n) for one in found.strata] == [(1, 20), (64, 20)]


def with_artists(model: ModelUnderTest, artists: Sequence[str]) -> ModelUnderTest:
    """The same model whose tracks have other artists."""
    playlists = replace(model.playlists, artist_of=dict(zip(model.tracks, artists, strict=True)))
    return replace(model, playlists=playlists, separator="")


def test_artists_that_have_nothing_to_do_with_playlists_are_not_applicable(model: ModelUnderTest) -> None:
    """Brands dealt out over the tracks: not applicable whatever the vectors, and it says what was measured."""
    rng = np.random.default_rng(0)
    brands = with_artists(model, rng.permutation(model.catalogue.artists).tolist())
    for vectors in (model.unit, rng.standard_normal(model.unit.shape)):
        found = neighbourhood.same_artist(brands.with_vectors(np.asarray(vectors))).measurement

        assert "share playlists no more than chance" in found.not_applicable
        assert "check that the artists belong to the tracks" in found.not_applicable
        assert found.value is not None
    assert isinstance(paired.same_artist(brands), Measurement)


def test_artists_that_share_playlists_are_judged_whatever_the_vectors(model: ModelUnderTest) -> None:
    """Negative control: random vectors do not make the check not applicable; they fail it."""
    rng = np.random.default_rng(0)
    random = model.with_vectors(rng.standard_normal(model.unit.shape))

    for one in (model, random):
        assert neighbourhood.artists_apart(one) == ""
    found = neighbourhood.same_artist(random).measurement
    assert found.not_applicable == ""
    assert not beats_chance(found)


def test_too_few_pairs_do_not_tell_artists_apart(model: ModelUnderTest) -> None:
    """With one short playlist nothing is tested, and the check is judged."""
    few = replace(model, playlists=Playlists.of(["u"], [list(model.tracks[:5])]))

    assert neighbourhood.artists_apart(few) == ""


def test_popular_artists_that_share_playlists_by_popularity_alone_are_not_applicable() -> None:
    """The one popular artist is in every playlist with itself, as any popular tracks would be."""
    rng = np.random.default_rng(0)
    keys = [f"t{number}" for number in range(200)]
    lists = [[*rng.choice(20, 8, replace=False), *rng.integers(20, 200, 2)] for _ in range(300)]
    playlists = Playlists.of([f"u{row}" for row in range(300)], [[keys[track] for track in one] for one in lists])
    space = EmbeddingSpace.of(keys, rng.standard_normal((200, 8)))
    artists = [f"hit {number % 4}" if number < 20 else f"other {number % 60}" for number in range(200)]

    assert neighbourhood.artists_apart(with_artists(ModelUnderTest(space, playlists), artists))


def test_artists_of_one_track_each_say_so() -> None:
    """No two tracks by one artist: not applicable."""
    assert neighbourhood.same_artist(tiny([0, 1, 2], [[1], [0], [0]])).measurement.not_applicable


def two_camps(playlists: int) -> ModelUnderTest:
    """Playlists of ten tracks each out of one of two camps of forty; each camp one direction."""
    rng = np.random.default_rng(0)
    sequences = [
        [f"c{number % 2}-{track}" for track in rng.choice(40, 10, replace=False)] for number in range(playlists)
    ]
    vectors = np.repeat(np.eye(8)[:2], 40, axis=0) + 0.01 * rng.standard_normal((80, 8))
    keys = [f"c{camp}-{track}" for camp in range(2) for track in range(40)]
    return ModelUnderTest(EmbeddingSpace.of(keys, vectors), Playlists.of(range(playlists), sequences), separator="-")


@pytest.mark.parametrize("playlists", [4, 20, 200, 6_000])
def test_two_camps_are_three_quarters(playlists: int) -> None:
    """Half of the re-pairings are of two camps and farther, half of one and as near: an area of 0.75.

    It does not hang on the number of playlists: a block of pairs never holds a single playlist only.
    """
    found = neighbourhood.co_listening(two_camps(playlists)).measurement

    assert found.value == pytest.approx(0.75, abs=0.05)
    assert beats_chance(found)
    assert found.n % 100 == 0


def test_each_playlist_gives_few_pairs() -> None:
    """Forty-five pairs can be made of ten tracks, and no playlist gives more than there are."""
    assert neighbourhood.co_listening(two_camps(5)).measurement.n == 200
    assert neighbourhood.co_listening(two_camps(6_000)).measurement.n == 5_000


@pytest.mark.parametrize("playlists", [1, 2])
def test_few_pairs_are_too_few(playlists: int) -> None:
    """Under a hundred pairs nothing is said; and that is a fault: inconclusive at the severity of the check."""
    found = neighbourhood.co_listening(two_camps(playlists)).measurement

    assert "too few" in found.inconclusive
    assert (found.not_applicable, found.default_severity) == ("", None)


def test_no_pair_at_all_says_so(sound_sample: Sample) -> None:
    """Keys of another catalogue: no playlist holds a pair with vectors."""
    foreign = replace(sound_sample, keys=[f"x{key}" for key in sound_sample.keys])
    model = replace(sample_model(foreign), playlists=sound_sample.playlists())

    assert "0 pairs" in neighbourhood.co_listening(model).measurement.inconclusive


def test_the_same_data_give_the_same_numbers(model: ModelUnderTest, evidence: Evidence) -> None:
    """Measured twice, value, interval and null are equal, number by number."""
    for measure, first in (
        (neighbourhood.same_artist, evidence.same_artist),
        (neighbourhood.co_listening, evidence.co_listening),
    ):
        again = measure(model).measurement

        assert (again.value, again.interval) == (first.measurement.value, first.measurement.interval)
        assert again.null is not None
        assert first.measurement.null is not None
        np.testing.assert_array_equal(again.null.scores, first.measurement.null.scores)


def test_slices_hold_every_observation(evidence: Evidence) -> None:
    """Slices by popularity add up to the whole, and average to its value."""
    found = evidence.co_listening

    assert sum(one.n for one in found.strata) == found.measurement.n
    mean = sum(one.n * one.score for one in found.strata) / found.measurement.n
    assert mean == pytest.approx(found.measurement.value)


def test_plays_are_binned_by_doubling() -> None:
    """0, 1, 2 to 3, 4 to 7, 8 and so on."""
    assert neighbourhood.popularity_bins(np.array([0, 1, 2, 3, 4, 7, 8, 1024])).tolist() == [0, 1, 2, 2, 3, 3, 4, 11]
