"""Next-track retrieval: known answers, sound models and broken models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.material.neighbours import NeighbourGraph
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import retrieval
from embedgate.measures.evidence import Evidence
from embedgate.measures.measurement import Measurement
from embedgate.testing import Sample, sample_model


def beats_chance(one: Measurement) -> bool:
    """Return whether a measurement is above its chance level."""
    assert one.value is not None
    assert one.null is not None
    return one.value >= one.null.critical


def on_a_circle(pairs: list[tuple[int, int]], plays: list[int] | None = None) -> ModelUnderTest:
    """Return a model of forty tracks on a half circle at growing distances, with a playlist per (query, target).

    Tracks numbered 40 and above have no vector.
    """
    counts = plays or [1] * 40
    radians = np.cumsum(np.linspace(0.01, 0.05, 40))
    playlists = Playlists.of(
        ["u-all", *(f"u-{number}" for number in range(len(pairs)))],
        [[f"t{track:02}" for track in range(40) for _ in range(counts[track])], *([] for _ in pairs)],
        test_x=[[], *([f"t{query:02}"] for query, _ in pairs)],
        test_y=[None, *(f"t{target:02}" for _, target in pairs)],
    )
    space = EmbeddingSpace.of(
        [f"t{track:02}" for track in range(40)], np.column_stack([np.cos(radians), np.sin(radians)])
    )
    return ModelUnderTest(space, playlists)


def retrieved(model: ModelUnderTest) -> retrieval.NextTrack:
    """Return the next-track retrieval of a model."""
    found = retrieval.next_track(model)
    assert found is not None
    return found


def test_sound_model_beats_chance_and_popularity(model: ModelUnderTest, evidence: Evidence) -> None:
    """The gain over the popularity baseline is positive."""
    found = evidence.next_track

    assert beats_chance(retrieval.hit_rate(found))
    assert beats_chance(retrieval.ndcg(found))
    gain = retrieval.gain_over_popularity(found)
    assert gain.value is not None
    assert gain.interval is not None
    assert gain.interval[0] > 0


@pytest.mark.parametrize("broken", ["shuffled", "shifted", "collapsed"])
def test_broken_model_is_at_chance_level(broken: str, request: pytest.FixtureRequest) -> None:
    """Negative control: vectors are permuted, shifted by one key, or all equal."""
    evidence: Evidence = request.getfixturevalue(broken)
    found = evidence.next_track

    for measured in (retrieval.hit_rate(found), retrieval.ndcg(found)):
        assert not beats_chance(measured)
        assert measured.null is not None
        assert abs((measured.value or 0) - measured.null.scores.mean()) < 4 * measured.null.scores.std() + 1e-9


def test_permuted_targets_are_at_chance_level(sound_sample: Sample) -> None:
    """Negative control: vectors are sound, but targets come from other playlists."""
    rng = np.random.default_rng(0)
    playlists = sound_sample.playlists()
    assert playlists.targets is not None
    model = replace(
        sample_model(sound_sample), playlists=replace(playlists, targets=rng.permutation(playlists.targets))
    )

    assert not beats_chance(retrieval.hit_rate(retrieved(model)))


def albums(playlists: int) -> Playlists:
    """Return playlists that are albums of twelve tracks in order; a few of the sixty albums are very popular."""
    weights = 1 / np.arange(1, 61)
    drawn = np.random.default_rng(0).choice(60, playlists, p=weights / weights.sum())
    sequences = [[f"A{album}-S{song}" for song in range(12)] for album in drawn]
    return Playlists.of(
        [f"u-{number}" for number in range(playlists)],
        sequences,
        test_x=[sequence[:-1] for sequence in sequences],
        test_y=[sequence[-1] for sequence in sequences],
    )


def test_random_vectors_do_not_pass_because_of_one_frequent_query() -> None:
    """Negative control: a hit for a query that hundreds of playlists share is not hundreds of hits."""
    playlists = albums(500)
    keys = [f"A{album}-S{song}" for album in range(60) for song in range(12)]
    passed = 0
    for seed in range(20):
        space = EmbeddingSpace.of(keys, np.random.default_rng(seed).standard_normal((720, 16)))
        model = ModelUnderTest(space, playlists, separator="-")
        passed += beats_chance(retrieval.hit_rate(retrieved(model)))

    assert passed == 0


@pytest.mark.parametrize("hubs", [10, 15])
def test_popular_neighbours_are_at_chance_level(hubs: int) -> None:
    """Negative control: the nearest neighbours of every track are the most played tracks."""
    rng = np.random.default_rng(0)
    weights = 1 / np.arange(1, 301)
    drawn = rng.choice(300, (2_000, 2), p=weights / weights.sum())
    sequences = [[f"t{track:03}" for track in pair] for pair in [*drawn, *(range(300),)]]
    playlists = Playlists.of(
        [f"u-{number}" for number in range(len(sequences))],
        sequences,
        test_x=[sequence[:-1] for sequence in sequences],
        test_y=[sequence[-1] for sequence in sequences],
    )
    model = ModelUnderTest(EmbeddingSpace.of([f"t{track:03}" for track in range(300)], np.eye(300)), playlists)
    near = np.array([[track for track in rng.permutation(hubs) if track != own][:9] for own in range(300)], np.int32)
    vars(model)["neighbours"] = NeighbourGraph(near, np.ones(near.shape, np.float32))
    rate = retrieval.hit_rate(retrieved(model))

    assert rate.value is not None
    assert rate.value > 0.3
    assert not beats_chance(rate)


def test_positions_are_limited_to_ten_and_ranks_are_not() -> None:
    """The nearest neighbours of t00 are t01, t02, ..."""
    found = retrieved(on_a_circle([(0, 1), (0, 10), (0, 11), (0, 39), (0, 0), (0, 40), (40, 1)]))

    assert found.positions.tolist() == [0, 9, -1, -1, -1, -1, -1]
    assert found.ranks.tolist() == [1, 10, 11, 39, 0, 0, 0]
    assert found.hit_rate(10) == pytest.approx(2 / 7)
    assert found.hit_rate(100) == pytest.approx(4 / 7)


def test_hit_rate_and_ndcg_of_known_ranks() -> None:
    """Of 100 targets, 40 are ranked first, 20 third, 10 queries or targets have no vector, and 30 are far away."""
    pairs = [(0, 1)] * 40 + [(0, 3)] * 20 + [(40, 1)] * 5 + [(0, 40)] * 5 + [(0, 39)] * 30
    model = on_a_circle(pairs)
    found = retrieved(model)

    rate, gain = retrieval.hit_rate(found), retrieval.ndcg(found)
    assert rate.value == pytest.approx(0.6)
    assert rate.n == 100
    assert gain.value == pytest.approx(0.4 * 1 + 0.2 * 0.5)
    assert rate.interval is not None
    assert rate.interval[0] < 0.6 < rate.interval[1]
    assert "10% of the queries or targets" in rate.hint


def test_target_without_vector_is_a_miss(model: ModelUnderTest, sound_sample: Sample) -> None:
    """Playlists with missing keys stay in the denominator."""
    kept = [row for row, key in enumerate(sound_sample.keys) if "Rap" not in key]
    less = sample_model(
        replace(sound_sample, keys=[sound_sample.keys[row] for row in kept], vectors=sound_sample.vectors[kept])
    )

    whole, part = (retrieval.hit_rate(retrieval.next_track(one)) for one in (model, less))
    assert part.n == whole.n
    assert part.value is not None
    assert whole.value is not None
    assert part.value < 0.75 * whole.value


def test_popularity_baseline_leaves_the_query_out() -> None:
    """If the query is one of the ten most played tracks, the eleventh replaces it."""
    plays = [50 - track for track in range(40)]  # t00 is the most played
    found = retrieved(on_a_circle([(0, 1), (0, 10), (0, 11), (20, 9), (20, 10), (3, 3), (20, 40), (40, 9)], plays))

    assert found.popularity_hits.tolist() == [True, True, False, True, False, False, False, True]


def test_model_below_the_popularity_baseline_has_negative_gain() -> None:
    """The target is always one of the most played tracks."""
    plays = [1] * 30 + [50] * 10
    model = on_a_circle([(0, 35)] * 120, plays)
    gain = retrieval.gain_over_popularity(retrieved(model))

    assert gain.value == -1
    assert "popularity baseline" in gain.hint


def test_ties_count_against_the_model(collapsed: Evidence) -> None:
    """If all vectors are equal, no target is among the hundred nearest neighbours."""
    assert collapsed.next_track is not None
    assert collapsed.next_track.hit_rate(100) == 0


@pytest.mark.parametrize(("playlists", "judged"), [(0, False), (99, False), (100, True)])
def test_few_playlists_are_inconclusive(playlists: int, *, judged: bool) -> None:
    """Fewer than a hundred targets are too few; the checks keep their severity."""
    model = on_a_circle([(0, 1)] * playlists)
    found = retrieval.next_track(model)

    for measured in (
        retrieval.hit_rate(found),
        retrieval.ndcg(found),
        retrieval.gain_over_popularity(found),
    ):
        assert (measured.inconclusive == "") is judged
        assert measured.not_applicable == ""
        assert judged or measured.default_severity is None


def test_hit_rate_only_warns_if_the_order_carries_no_information(model: ModelUnderTest, sound_sample: Sample) -> None:
    """The sample plays artists one after the other; shuffled, its next track is any track of the playlist."""
    rng = np.random.default_rng(0)
    shuffled = [rng.permutation(sequence).tolist() for sequence in sound_sample.sequences]
    unordered = sample_model(replace(sound_sample, sequences=shuffled))

    rates = [retrieval.hit_rate(retrieval.next_track(one)) for one in (model, unordered)]
    assert [rate.default_severity for rate in rates] == [None, "warn"]
    assert ["no evidence that the order" in rate.summary for rate in rates] == [False, True]


def without_test_columns(given: Sample) -> Playlists:
    """Return the playlists of a sample as if they had no test columns."""
    return replace(given.playlists(), queries=None, targets=None)


def test_last_track_is_the_target_without_test_columns(model: ModelUnderTest, sound_sample: Sample) -> None:
    """The sample's test columns are the last track and the rest, so nothing but the messages differs."""
    given = retrieved(model)
    derived = retrieved(replace(model, playlists=without_test_columns(sound_sample)))

    assert (given.derived, derived.derived) == (False, True)
    assert given.queries.tolist() == derived.queries.tolist()
    assert given.targets.tolist() == derived.targets.tolist()
    assert beats_chance(retrieval.hit_rate(derived))
    for measured in (
        retrieval.hit_rate(derived),
        retrieval.ndcg(derived),
        retrieval.gain_over_popularity(derived),
    ):
        assert "; the target is the last track of each playlist" in measured.summary
        assert ("in-sample" in measured.summary) is not model.held_out


@pytest.mark.parametrize("broken", ["shuffled", "shifted", "collapsed"])
def test_broken_model_is_at_chance_level_without_test_columns(
    broken: str, sound_sample: Sample, request: pytest.FixtureRequest
) -> None:
    """Negative control: vectors are permuted, shifted by one key, or all equal."""
    evidence: Evidence = request.getfixturevalue(broken)
    model = replace(evidence.model, playlists=without_test_columns(sound_sample))

    assert not beats_chance(retrieval.hit_rate(retrieved(model)))


def test_playlists_without_two_different_tracks_at_their_end_have_no_target() -> None:
    sequences = [["t00"], ["t01", "t01"], [], ["t00", "t02", "t01"], ["t03", "gone"]]
    playlists = Playlists.of(["a", "b", "c", "d", "e"], sequences)
    found = retrieved(replace(on_a_circle([]), playlists=playlists))

    assert sorted(zip(found.queries.tolist(), found.targets.tolist(), strict=True)) == [(2, 1), (3, -1)]


def test_too_few_derived_targets_only_warn() -> None:
    """The user did not ask for retrieval; with test columns, too few targets are inconclusive at severity fail."""
    few = replace(on_a_circle([]), playlists=Playlists.of(["a"], [["t00", "t01"]]))

    derived = retrieval.hit_rate(retrieval.next_track(few))
    given = retrieval.hit_rate(retrieval.next_track(on_a_circle([(0, 1)])))

    assert "1 playlists have a target: 100 are required" in derived.inconclusive
    assert (derived.default_severity, given.default_severity) == ("warn", None)


def test_playlists_without_targets_are_not_applicable(model: ModelUnderTest) -> None:
    """All three measures."""
    bare = replace(model, playlists=Playlists.of(["u"], [list(model.tracks[:1])]))
    found = retrieval.next_track(bare)

    assert found is None
    for measured in (
        retrieval.hit_rate(found),
        retrieval.ndcg(found),
        retrieval.gain_over_popularity(found),
    ):
        assert measured.not_applicable == retrieval.NO_TARGETS


@pytest.mark.parametrize(("playlists", "targets"), [(True, False), (False, True), (False, False)])
def test_in_sample_retrieval_is_labelled(sound_sample: Sample, *, playlists: bool, targets: bool) -> None:
    """Summaries contain `in-sample` unless the playlists or their targets were held out of training."""
    sound = sample_model(sound_sample)
    given = replace(sound.playlists, targets_held_out=targets)
    found = retrieval.next_track(replace(sound, playlists=given, held_out=playlists))

    for measured in (
        retrieval.hit_rate(found),
        retrieval.ndcg(found),
        retrieval.gain_over_popularity(found),
    ):
        assert ("in-sample" in measured.summary) is not (playlists or targets)


def test_queries_are_drawn_reproducibly() -> None:
    """The same 5,000 of 6,000 playlists are drawn each time."""
    model = on_a_circle([(track % 40, (track * 7) % 40) for track in range(6_000)])
    first, second = retrieved(model), retrieved(model)

    assert len(first.queries) == 5_000
    np.testing.assert_array_equal(first.queries, second.queries)
