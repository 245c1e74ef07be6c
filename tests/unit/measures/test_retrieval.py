"""Next-track retrieval: known answers, and sound against scrambled."""

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
    """Whether a measurement is beyond its null."""
    assert one.value is not None
    assert one.null is not None
    return one.value >= one.null.critical


def on_a_circle(answers: list[tuple[int, int]], plays: list[int] | None = None) -> ModelUnderTest:
    """Forty tracks at growing distances on a half circle, and one question a pair of (query, answer).

    A track of number 40 or more has no vector.
    """
    counts = plays or [1] * 40
    radians = np.cumsum(np.linspace(0.01, 0.05, 40))
    playlists = Playlists.of(
        ["u-all", *(f"u-{number}" for number in range(len(answers)))],
        [[f"t{track}" for track in range(40) for _ in range(counts[track])], *([] for _ in answers)],
        test_x=[[], *([f"t{query}"] for query, _ in answers)],
        test_y=[None, *(f"t{answer}" for _, answer in answers)],
    )
    space = EmbeddingSpace.of(
        [f"t{track}" for track in range(40)], np.column_stack([np.cos(radians), np.sin(radians)])
    )
    return ModelUnderTest(space, playlists)


def found_in(model: ModelUnderTest) -> retrieval.NextTrack:
    """Where the next tracks stand."""
    found = retrieval.next_track(model)
    assert found is not None
    return found


def test_a_sound_model_beats_chance_and_the_charts(model: ModelUnderTest, evidence: Evidence) -> None:
    """Hit rate and NDCG are beyond their nulls, and the charts foretell less."""
    found = evidence.next_track

    assert beats_chance(retrieval.hit_rate(found))
    assert beats_chance(retrieval.ndcg(found))
    lead = retrieval.gain_over_popularity(found)
    assert lead.value is not None
    assert lead.interval is not None
    assert lead.interval[0] > 0


@pytest.mark.parametrize("broken", ["shuffled", "shifted", "collapsed"])
def test_a_broken_model_is_at_chance(broken: str, request: pytest.FixtureRequest) -> None:
    """Negative control: vectors dealt out over keys, shifted by one key, or all one foretell no track."""
    evidence: Evidence = request.getfixturevalue(broken)
    found = evidence.next_track

    for measured in (retrieval.hit_rate(found), retrieval.ndcg(found)):
        assert not beats_chance(measured)
        assert measured.null is not None
        assert measured.null.scores.min() <= (measured.value or 0) <= measured.null.scores.max()


def test_answers_dealt_out_again_are_at_chance(sound_sample: Sample) -> None:
    """Negative control: sound vectors asked for the answers of other playlists do not pass."""
    rng = np.random.default_rng(0)
    playlists = sound_sample.playlists()
    assert playlists.targets is not None
    model = replace(
        sample_model(sound_sample), playlists=replace(playlists, targets=rng.permutation(playlists.targets))
    )

    assert not beats_chance(retrieval.hit_rate(found_in(model)))


def albums(playlists: int) -> Playlists:
    """Playlists that are albums of twelve tracks in their order, a few of sixty far more popular than the rest."""
    weights = 1 / np.arange(1, 61)
    drawn = np.random.default_rng(0).choice(60, playlists, p=weights / weights.sum())
    sequences = [[f"A{album}-S{song}" for song in range(12)] for album in drawn]
    return Playlists.of(
        [f"u-{number}" for number in range(playlists)],
        sequences,
        test_x=[sequence[:-1] for sequence in sequences],
        test_y=[sequence[-1] for sequence in sequences],
    )


def test_random_vectors_do_not_pass_by_a_lucky_popular_question() -> None:
    """Negative control: where hundreds of playlists ask the same question, one lucky hit is not hundreds of hits."""
    playlists = albums(500)
    keys = [f"A{album}-S{song}" for album in range(60) for song in range(12)]
    passed = 0
    for seed in range(20):
        space = EmbeddingSpace.of(keys, np.random.default_rng(seed).standard_normal((720, 16)))
        model = ModelUnderTest(space, playlists, separator="-")
        passed += beats_chance(retrieval.hit_rate(found_in(model)))

    assert passed == 0


@pytest.mark.parametrize("hubs", [10, 15])
def test_the_charts_for_everybody_are_no_better_than_chance(hubs: int) -> None:
    """Negative control: a space whose ten nearest are the most played tracks, whatever is asked, knows nothing."""
    rng = np.random.default_rng(0)
    weights = 1 / np.arange(1, 301)
    drawn = rng.choice(300, (2_000, 2), p=weights / weights.sum())
    sequences = [[f"t{track}" for track in pair] for pair in [*drawn, *(range(300),)]]
    playlists = Playlists.of(
        [f"u-{number}" for number in range(len(sequences))],
        sequences,
        test_x=[sequence[:-1] for sequence in sequences],
        test_y=[sequence[-1] for sequence in sequences],
    )
    model = ModelUnderTest(EmbeddingSpace.of([f"t{track}" for track in range(300)], np.eye(300)), playlists)
    near = np.array([[track for track in rng.permutation(hubs) if track != own][:9] for own in range(300)], np.int32)
    vars(model)["neighbours"] = NeighbourGraph(near, np.ones(near.shape, np.float32))
    rate = retrieval.hit_rate(found_in(model))

    assert rate.value is not None
    assert rate.value > 0.3
    assert not beats_chance(rate)


def test_places_and_ranks_by_hand() -> None:
    """The nearest of t0 is t1, the tenth t10, the eleventh t11; places stop at ten, ranks go on."""
    found = found_in(on_a_circle([(0, 1), (0, 10), (0, 11), (0, 39), (0, 0), (0, 40), (40, 1)]))

    assert found.positions.tolist() == [0, 9, -1, -1, -1, -1, -1]
    assert found.ranks.tolist() == [1, 10, 11, 39, 0, 0, 0]
    assert found.hit_rate(10) == pytest.approx(2 / 7)
    assert found.hit_rate(100) == pytest.approx(4 / 7)


def test_hit_rate_and_ndcg_by_hand() -> None:
    """Of 100 questions 40 stand first, 20 third, 10 have no vector, the rest stand nowhere near."""
    answers = [(0, 1)] * 40 + [(0, 3)] * 20 + [(40, 1)] * 5 + [(0, 40)] * 5 + [(0, 39)] * 30
    model = on_a_circle(answers)
    found = found_in(model)

    rate, gain = retrieval.hit_rate(found), retrieval.ndcg(found)
    assert rate.value == pytest.approx(0.6)
    assert rate.n == 100
    assert gain.value == pytest.approx(0.4 * 1 + 0.2 * 0.5)
    assert rate.interval is not None
    assert rate.interval[0] < 0.6 < rate.interval[1]
    assert "10% of the questions" in rate.hint


def test_a_question_without_vector_is_a_miss(model: ModelUnderTest, sound_sample: Sample) -> None:
    """Break: a third of the keys is gone. Questions about them stay in the denominator."""
    kept = [row for row, key in enumerate(sound_sample.keys) if "Rap" not in key]
    less = sample_model(
        replace(sound_sample, keys=[sound_sample.keys[row] for row in kept], vectors=sound_sample.vectors[kept])
    )

    whole, part = (retrieval.hit_rate(retrieval.next_track(one)) for one in (model, less))
    assert part.n == whole.n
    assert part.value is not None
    assert whole.value is not None
    assert part.value < 0.75 * whole.value


def test_the_charts_do_not_offer_the_query() -> None:
    """Ten most played other tracks: where the query is one of them, the eleventh is offered in its place."""
    plays = [50 - track for track in range(40)]  # t0 the most played
    found = found_in(on_a_circle([(0, 1), (0, 10), (0, 11), (20, 9), (20, 10), (3, 3), (20, 40), (40, 9)], plays))

    assert found.popularity_hits.tolist() == [True, True, False, True, False, False, False, True]


def test_a_model_behind_the_charts_says_so() -> None:
    """Everybody plays the most played next: the charts win, and the lead is negative."""
    plays = [1] * 30 + [50] * 10
    model = on_a_circle([(0, 35)] * 120, plays)
    lead = retrieval.gain_over_popularity(found_in(model))

    assert lead.value == -1
    assert "charts" in lead.hint


def test_equal_vectors_rank_nobody(collapsed: Evidence) -> None:
    """Ties count against the model: where all is one, no next track is among the hundred nearest."""
    assert collapsed.next_track is not None
    assert collapsed.next_track.hit_rate(100) == 0


@pytest.mark.parametrize(("questions", "judged"), [(0, False), (99, False), (100, True)])
def test_few_questions_are_too_few(questions: int, *, judged: bool) -> None:
    """Under a hundred playlists with a next track, the outcome is inconclusive, at the severity of the check."""
    model = on_a_circle([(0, 1)] * questions)
    found = retrieval.next_track(model)

    for measured in (
        retrieval.hit_rate(found),
        retrieval.ndcg(found),
        retrieval.gain_over_popularity(found),
    ):
        assert (measured.inconclusive == "") is judged
        assert (measured.not_applicable, measured.default_severity) == ("", None)


def test_without_test_columns_it_says_so(model: ModelUnderTest, sound_sample: Sample) -> None:
    """No track_test_x: not applicable, all three."""
    bare = replace(model, playlists=replace(sound_sample.playlists(), queries=None, targets=None))
    found = retrieval.next_track(bare)

    assert found is None
    for measured in (
        retrieval.hit_rate(found),
        retrieval.ndcg(found),
        retrieval.gain_over_popularity(found),
    ):
        assert "track_test_x" in measured.not_applicable


@pytest.mark.parametrize("held_out", [True, False])
def test_in_sample_answers_are_labelled(sound_sample: Sample, *, held_out: bool) -> None:
    """Playlists that trained the model hold the answers: each sentence says so, and only then."""
    model = replace(sample_model(sound_sample), held_out=held_out)
    found = retrieval.next_track(model)

    for measured in (
        retrieval.hit_rate(found),
        retrieval.ndcg(found),
        retrieval.gain_over_popularity(found),
    ):
        assert ("in-sample" in measured.summary) is not held_out


def test_the_same_questions_are_asked_each_time() -> None:
    """Of more than 5,000 playlists, 5,000 are drawn, the same ones each time."""
    model = on_a_circle([(track % 40, (track * 7) % 40) for track in range(6_000)])
    first, second = found_in(model), found_in(model)

    assert len(first.queries) == 5_000
    np.testing.assert_array_equal(first.queries, second.queries)
