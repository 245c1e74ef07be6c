"""Recommended lists: coverage and diversity with known answers, and models that recommend few tracks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embedgate.config.file import settings_of
from embedgate.engine import Engine, evidence_for
from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.evidence import Evidence
from embedgate.measures.recommendations import RecommendedLists, catalogue_coverage, diversity
from embedgate.measures.retrieval import next_track
from embedgate.testing import Sample, sample, sample_model

SETTINGS = settings_of({"model": {"track_separator": "-"}}, "config")


def lists_of(model: ModelUnderTest) -> RecommendedLists:
    """Return the recommended lists of a model."""
    found = next_track(model)
    assert found is not None
    return RecommendedLists.of(found)


def given_lists(rows: list[list[int]], artists: list[str]) -> RecommendedLists:
    """Return lists of track numbers; a key consists of artist and number."""
    keys = [f"{artist}-{number}" for number, artist in enumerate(artists)]
    space = EmbeddingSpace.of(keys, np.eye(len(keys)))
    model = ModelUnderTest(space, Playlists.of(["p"], [keys]), separator="-")
    made = np.array(rows, dtype=np.int32)
    return RecommendedLists(model, np.zeros(len(rows), np.int32), made, made)


def test_coverage_is_the_share_of_tracks_in_a_list() -> None:
    found = given_lists([[0, 1, -1], [1, 2, 0]], ["a"] * 4)

    assert found.coverage(found.recommended) == 0.75


def test_diversity_is_the_share_of_pairs_by_different_artists() -> None:
    """Of three tracks, two are by one artist: two pairs of three differ. A list of one track has no pair."""
    found = given_lists([[0, 1, 2], [0, 1, -1], [2, 3, 0], [3, -1, -1]], ["a", "a", "b", "c"])

    shares = found.diversity(found.recommended)

    assert shares[:3].tolist() == pytest.approx([2 / 3, 0, 1])
    assert np.isnan(shares[3])


def test_interval_of_coverage_contains_that_of_other_draws_of_lists() -> None:
    """Lists of tracks of unequal popularity: the standard error is about that of new draws."""
    rng = np.random.default_rng(0)
    popularity = 1 / np.arange(1, 1_001)
    popularity /= popularity.sum()

    def drawn() -> RecommendedLists:
        return given_lists(rng.choice(1_000, (400, 10), p=popularity).tolist(), ["a"] * 1_000)

    values = [(one := drawn()).coverage(one.recommended) for _ in range(60)]
    widths = [
        (low, high) for one in (drawn() for _ in range(10)) for low, high in [one.coverage_interval(one.played)]
    ]

    half = np.mean([(high - low) / 2 for low, high in widths])
    assert 1.3 < half / np.std(values) < 3.2


def test_lists_are_as_long_as_the_rest_of_the_playlist() -> None:
    """The reference consists of other tracks of the query's playlist, each once."""
    model = sample_model()
    found = next_track(model)
    assert found is not None

    lists = RecommendedLists.of(found)

    assert len(lists) == len(found.queries)
    playlist, track = model.distinct_plays
    for row, number in enumerate(found.playlist.tolist()):
        own = set(track[playlist == number].tolist()) - {int(found.queries[row])}
        drawn = lists.played[row][lists.played[row] >= 0].tolist()
        assert len(set(drawn)) == len(drawn) == min(10, len(own))
        assert set(drawn) <= own
        assert np.array_equal(lists.recommended[row] >= 0, lists.played[row] >= 0)


def judged(vectors: np.ndarray, champion: np.ndarray | None = None) -> Engine:
    """Return the engine of a model with the keys of the sample."""
    made = sample()
    model = ModelUnderTest.configured(EmbeddingSpace.of(made.keys, vectors), made.playlists(), SETTINGS)
    old = None if champion is None else EmbeddingSpace.of(made.keys, champion)
    return Engine(evidence_for(model, SETTINGS, old), SETTINGS, compares=old is not None)


def test_sound_model_recommends_the_catalogue() -> None:
    engine = judged(sample().vectors)

    coverage, variety = engine.result("retrieval.catalogue_coverage"), engine.result("retrieval.diversity")

    assert (coverage.outcome, variety.outcome) == ("passed", "no_baseline")
    assert coverage.bound is not None
    assert coverage.bound.source == "null"
    assert "of a playlist" in variety.message


def test_collapsed_model_warns_and_names_the_reference() -> None:
    """All vectors are equal: every list consists of the same tracks."""
    engine = judged(np.ones_like(sample().vectors))

    result = engine.result("retrieval.catalogue_coverage")

    assert result.outcome == "warned"
    assert result.value is not None
    assert result.value < 0.1
    assert "of the playlists" in result.message


def test_lists_of_one_artist_are_less_diverse_than_those_of_the_champion() -> None:
    """The tracks of an artist have nearly one direction; in the champion, the genre decides."""
    made = sample()
    artist = np.unique([key.partition("-")[0] for key in made.keys], return_inverse=True)[1]
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((artist.max() + 1, 16))
    uniform = centres[artist] + 0.01 * rng.standard_normal((len(artist), 16))

    engine = judged(uniform, made.vectors + rng.standard_normal(made.vectors.shape))

    result = engine.result("retrieval.diversity")
    assert result.outcome == "warned"
    assert result.bound is not None
    assert result.bound.source == "champion"


@pytest.mark.parametrize("measure", [catalogue_coverage, diversity])
def test_few_lists_are_inconclusive_and_only_warn(measure: object, sound_sample: Sample) -> None:
    few = replace(
        sound_sample,
        playlist_ids=sound_sample.playlist_ids[:50],
        sequences=sound_sample.sequences[:50],
        artists=sound_sample.artists[:50],
    )
    measured = measure(Evidence(sample_model(few), {}, 0.95).recommended)  # type: ignore[operator]

    assert "100 are required" in measured.inconclusive
    assert measured.default_severity == "warn"


def test_without_artists_and_genres_diversity_is_not_applicable(sound_sample: Sample) -> None:
    space = EmbeddingSpace.of(sound_sample.keys, sound_sample.vectors)
    model = ModelUnderTest(space, replace(sound_sample.playlists(), artist_of={}))

    assert diversity(lists_of(model)).not_applicable


def test_values_do_not_depend_on_the_order_of_playlists_nor_on_the_budget_of_queries(sound_sample: Sample) -> None:
    mixed = np.random.default_rng(4).permutation(len(sound_sample.sequences)).tolist()
    other = replace(
        sound_sample,
        playlist_ids=[sound_sample.playlist_ids[row] for row in mixed],
        sequences=[sound_sample.sequences[row] for row in mixed],
        artists=[sound_sample.artists[row] for row in mixed],
    )

    found = [
        lists_of(model)
        for model in (sample_model(sound_sample), sample_model(other), replace(sample_model(other), query_budget=50))
    ]

    for measure in (catalogue_coverage, diversity):
        values = [measure(each) for each in found]
        assert values[0].value == pytest.approx(values[1].value) == pytest.approx(values[2].value)
        assert values[0].interval == pytest.approx(values[1].interval)
