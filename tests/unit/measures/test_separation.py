"""Separation of genres in the space, on the map, and pair by pair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, silhouette_samples, silhouette_score

from embedgate.material.genre_tags import MIN_TRACKS
from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import labelled_graph
from embedgate.measures.evidence import Evidence
from embedgate.measures.genre_counts import count_genres
from embedgate.measures.genre_pairs import MAX_PAIRS
from embedgate.measures.labelled_graph import map_graph, space_graph
from embedgate.measures.measurement import Measurement
from embedgate.measures.separation import cosine_silhouettes, separate, tag_coverage
from embedgate.testing import Sample, sample, sample_model


def test_sound_genres_beat_chance(evidence: Evidence) -> None:
    """Each genre of a sound model beats chance in the space and on the map."""
    for scores in (evidence.space_separation, evidence.map_separation):
        for score in scores.genres:
            assert score.auc.null is not None
            assert score.auc.value is not None
            assert score.auc.value > score.auc.null.critical


def test_auc_equals_scikit_learn(model: ModelUnderTest, evidence: Evidence) -> None:
    """The AUC from histograms equals the AUC of each track's share of neighbours in the genre."""
    tagged = space_graph(model)
    assert tagged is not None
    own = tagged.labels == 0
    share = (tagged.labels[tagged.near] == 0).mean(axis=1)

    assert evidence.space_separation.genres[0].auc.value == pytest.approx(roc_auc_score(own, share))


def test_neighbours_by_the_same_artist_are_left_out(model: ModelUnderTest) -> None:
    """No neighbour of a track has the track's artist."""
    tagged = space_graph(model)

    assert tagged is not None
    assert not (tagged.artists[tagged.near] == tagged.artists[:, None]).any()


def of_many_genres(genres: int, shuffled: bool = False) -> ModelUnderTest:
    """Return a model of genres on a circle, with seven artists of three tracks; adjacent genres are close."""
    rng = np.random.default_rng(0)
    keys, vectors, ids, sequences = [], [], [], []
    for genre in range(genres):
        angle = 2 * np.pi * genre / genres
        mine = [f"a{genre}x{artist}-{track}" for artist in range(7) for track in range(3)]
        keys += mine
        vectors += [[np.cos(angle), np.sin(angle), *0.02 * rng.standard_normal(6)] for _ in mine]
        ids.append(f"u-style{genre}")
        sequences.append(mine)
    rows = rng.permutation(len(keys)) if shuffled else np.arange(len(keys))
    space = EmbeddingSpace.of(keys, np.array(vectors, np.float32)[rows])
    words = {f"style{genre}": [f"style{genre}"] for genre in range(genres)}
    return ModelUnderTest(space, Playlists.of(ids, sequences), separator="-", genres=words, map_tracks=200)


def test_closest_of_many_pairs_are_measured_in_one_check() -> None:
    """All pairs of 14 genres are measured; of 300 genres, the hundred closest pairs, which are neighbours."""
    few, many = Evidence(of_many_genres(14), {}, 0.95), Evidence(of_many_genres(300), {}, 0.95)

    assert len(few.pair_scores) == 91
    assert len(many.pair_scores) == MAX_PAIRS
    apart = {(int(one.second[5:]) - int(one.first[5:])) % 300 for one in many.pair_scores}
    assert apart <= {1, 2, 298, 299}
    found = many.pair_auc(None)
    worst = min(one.auc.value or 1 for one in many.pair_scores)
    assert found.value == pytest.approx(worst, abs=0.1)
    assert "of the 100 hardest of 44,850 pairs of genres" in found.summary
    assert len(found.tracks) == 10


def test_many_inseparable_genres_do_not_beat_chance() -> None:
    """If vectors are permuted, the reported pair is not separated."""
    found = Evidence(of_many_genres(20, shuffled=True), {}, 0.95).pair_auc(None)

    assert found.null is not None
    assert found.value is not None
    assert found.value < found.null.critical


def test_many_genres_without_tags_are_inconclusive() -> None:
    """No playlist name contains one of the 300 genres."""
    none = replace(sample_model(), genres={f"polka{number}": [f"polka{number}"] for number in range(300)})
    found = Evidence(none, {}, 0.95).pair_auc(None)

    assert (found.value, found.default_severity) == (None, "warn")
    assert "fewer than two genres" in found.inconclusive


@pytest.mark.parametrize("genres", [1, 3, 40])
def test_genre_counts_equal_those_by_brute_force(genres: int) -> None:
    """Counts, histograms and correct classifications are compared."""
    rng = np.random.default_rng(genres)
    labels = rng.integers(genres, size=200).astype(np.int16)
    near = rng.integers(200, size=(200, 10)).astype(np.int32)
    dense = np.array([np.bincount(labels[row], minlength=genres) for row in near])

    counts = count_genres(near, labels, genres)
    inside, outside = counts.histograms()

    for genre in range(genres):
        np.testing.assert_array_equal(counts.of(genre), dense[:, genre])
        own = labels == genre
        np.testing.assert_array_equal(inside[genre], np.bincount(dense[own, genre], minlength=11))
        np.testing.assert_array_equal(outside[genre], np.bincount(dense[~own, genre], minlength=11))
    np.testing.assert_array_equal(counts.of(labels), dense[np.arange(200), labels])
    sizes = np.bincount(labels, minlength=genres)
    assigned = np.where(sizes > 0, dense / np.maximum(sizes, 1), -1).argmax(axis=1)
    np.testing.assert_array_equal(counts.correct(), assigned == labels)


def test_tracks_per_genre_are_limited() -> None:
    """There are at most 400 tracks of a genre and 8,000 in total."""
    assert sum(len(one.tracks) for one in [space_graph(of_many_genres(300))] if one) == 300 * 21
    assert labelled_graph.tracks_per_genre(10) == 400
    assert labelled_graph.tracks_per_genre(300) == 26
    assert labelled_graph.tracks_per_genre(5_000) == MIN_TRACKS


@pytest.mark.parametrize("seed", range(3))
def test_permuted_vectors_are_at_chance_level(seed: int) -> None:
    """No genre and no pair of genres is separated."""
    sound = sample()
    order = np.random.default_rng(seed).permutation(len(sound.keys))
    evidence = Evidence(sample_model(replace(sound, vectors=sound.vectors[order])), {}, 0.95)
    measured = [score.auc for score in evidence.space_separation.genres] + [pair.auc for pair in evidence.pair_scores]

    beaten = [one for one in measured if one.null and one.value is not None and one.value >= one.null.critical]
    assert len(beaten) <= 1
    assert all(one.value is not None and 0.2 < one.value < 0.8 for one in measured)


def test_silhouette_equals_scikit_learn(model: ModelUnderTest, evidence: Evidence) -> None:
    """The silhouette is that of the tagged tracks by cosine distance."""
    tagged = space_graph(model)
    assert tagged is not None

    expected = silhouette_score(model.unit[tagged.tracks], tagged.labels, metric="cosine")
    assert evidence.space_separation.silhouette.value == pytest.approx(expected)


def test_missing_genres_are_not_applicable() -> None:
    """No genre is configured."""
    evidence = Evidence(replace(sample_model(), genres={}), {}, 0.95)

    for found in (
        evidence.space_separation.auc_of(None),
        evidence.map_separation.auc_of(None),
        evidence.pair_auc(None),
    ):
        assert found.not_applicable
    assert tag_coverage(evidence.model).not_applicable


def test_genres_that_no_playlist_names_have_no_coverage() -> None:
    """The coverage is 0, which breaks the default bound."""
    found = tag_coverage(replace(sample_model(), genres={"polka": ("polka",)}))

    assert found.value == 0
    assert (found.not_applicable, found.inconclusive) == ("", "")
    assert found.hint == (
        "no playlist name contains the words of [genres]; names are 'user0-best of rock 0', 'user1-best of rap 1', "
        "'user2-best of jazz 2'. Change the words, or set [model.columns] playlist_name if another "
        "column has the names"
    )


def test_genre_that_no_playlist_names_has_a_message() -> None:
    """The message of a genre without tracks says whether its words occur in names."""
    genres = {"rock": ("rock",), "rap": ("rap",), "polka": ("polka",)}
    model = replace(sample_model(), genres=genres)

    polka = separate(model, space_graph(model), "in the space").auc_of("polka")

    assert polka.inconclusive == ("polka has 0 tracks of 0 artists: too few (no playlist name contains its words)")


def test_hint_of_low_coverage_mentions_vectors_if_the_words_match() -> None:
    """The words are in names, but no track of theirs has a vector."""
    found = tag_coverage(replace(sample_model(), playlists=Playlists.of(["rock"], [["gone"]])))

    assert found.value == 0
    assert found.hint.startswith("too few tracks of the playlists whose names contain words of [genres]")


def test_too_few_artists_are_inconclusive() -> None:
    """With four artists per genre there are too few permutations."""
    evidence = Evidence(sample_model(sample(artists_per_genre=4)), {}, 0.95)

    assert all(score.auc.inconclusive for score in evidence.space_separation.genres)


@pytest.mark.parametrize("broken", ["shifted", "collapsed"])
def test_broken_space_is_at_chance_level(broken: str, request: pytest.FixtureRequest) -> None:
    """Negative control: vectors are shifted by one key or all equal."""
    found: Evidence = request.getfixturevalue(broken)

    for one in measurements_in(found):
        assert one.null is not None
        assert one.value is not None
        assert one.value < one.null.critical


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_genres_are_at_chance_level(sound_sample: Sample, seed: int) -> None:
    """Negative control: the genres in playlist names are permuted among artists."""
    rng = np.random.default_rng(seed)
    artists = {key.partition("-")[0] for key in sound_sample.keys}
    permuted = dict(zip(sorted(artists), rng.permutation(["rock", "rap", "jazz"] * 10).tolist(), strict=True))
    names, sequences = [], []
    for genre in ("rock", "rap", "jazz"):
        own = [key for key in sound_sample.keys if permuted[key.partition("-")[0]] == genre]
        names += [f"u-{genre} {number}" for number in range(3)]
        sequences += [own] * 3
    evidence = Evidence(replace(sample_model(sound_sample), playlists=Playlists.of(names, sequences)), {}, 0.95)

    beaten = [
        one
        for one in measurements_in(evidence)
        if one.null is not None and one.value is not None and one.value >= one.null.critical
    ]
    assert len(beaten) <= 1


def measurements_in(evidence: Evidence) -> list[Measurement]:
    """Return the AUC of each genre and of each pair of genres in the space."""
    return [score.auc for score in evidence.space_separation.genres] + [pair.auc for pair in evidence.pair_scores]


def two_genres(apart: float, artists: int = 6, tracks: int = 4) -> ModelUnderTest:
    """Return a model of two genres of a few artists, each around a direction of its own."""
    rng = np.random.default_rng(0)
    keys, rows = [], []
    for genre in range(2):
        for artist in range(artists):
            keys += [f"G{genre}A{artist}-T{track}" for track in range(tracks)]
        rows.append(apart * np.eye(8)[genre] + rng.standard_normal((artists * tracks, 8)))
    half = len(keys) // 2
    return ModelUnderTest(
        EmbeddingSpace.of(keys, np.vstack(rows)),
        Playlists.of(["u-rock", "u-rap"], [keys[:half], keys[half:]]),
        separator="-",
        genres={"rock": ("rock",), "rap": ("rap",)},
    )


def test_genre_with_too_few_permutations_is_inconclusive_and_only_warns() -> None:
    """Five artists of each of two genres can be permuted in 252 ways."""
    for few in Evidence(two_genres(50, artists=5), {}, 0.95).space_separation.genres:
        assert few.auc.value == 1
        assert few.auc.null is not None
        assert "permutations" in few.auc.null.inconclusive
        assert few.auc.default_severity == "warn"
    for enough in Evidence(two_genres(50, artists=8), {}, 0.95).space_separation.genres:
        assert enough.auc.default_severity is None


def test_distant_genres_are_perfectly_separated() -> None:
    """AUC, accuracy and pair are 1, and the silhouette is near 1."""
    found = Evidence(two_genres(50), {}, 0.95)

    assert [one.value for one in measurements_in(found)] == [1, 1, 1]
    assert found.space_separation.accuracy.value == 1
    assert [score.accuracy for score in found.space_separation.genres] == [1, 1]
    assert found.space_separation.silhouette.value == pytest.approx(1, abs=0.01)
    assert found.space_separation.genres[0].auc.interval == (1, 1)
    assert found.space_separation.genres[0].auc.tracks == ()
    assert found.space_separation.accuracy.null is not None
    assert found.space_separation.accuracy.null.critical < 1


def test_overlapping_genres_are_not_separated() -> None:
    """No check beats chance, and the silhouette is 0."""
    found = Evidence(two_genres(0), {}, 0.95)

    for one in [*measurements_in(found), found.space_separation.accuracy]:
        assert one.value is not None
        assert one.null is not None
        assert one.value < one.null.critical
    assert found.space_separation.silhouette.value == pytest.approx(0, abs=0.05)


def test_misclassified_track_is_listed_first() -> None:
    """A rock track among rap tracks is listed first by the genre and by the pair."""
    model = two_genres(50)
    vectors = model.space.vectors.copy()
    vectors[0] = vectors[-1]
    found = Evidence(replace(model, space=EmbeddingSpace.of(model.space.keys, vectors)), {}, 0.95)

    assert found.space_separation.genres[0].auc.tracks == ("G0A0-T0",)
    assert found.pair_scores[0].auc.tracks[0] == "G0A0-T0"


def test_artist_clusters_are_not_taken_for_a_genre() -> None:
    """Tracks are close only to tracks by the same artist."""
    rng = np.random.default_rng(1)
    model = two_genres(0, artists=10)
    places = np.repeat(rng.standard_normal((20, 8)), 4, axis=0)
    vectors = places + 0.01 * rng.standard_normal(places.shape)
    found = Evidence(replace(model, space=EmbeddingSpace.of(model.space.keys, vectors)), {}, 0.95)

    for score in found.space_separation.genres:
        assert score.auc.value is not None
        assert score.auc.null is not None
        assert score.auc.value < score.auc.null.critical


def test_small_genre_is_classified_correctly_beside_a_large_one() -> None:
    """A plain majority vote would not classify twelve tracks beside four hundred correctly."""
    rng = np.random.default_rng(0)
    keys = [f"L{track // 4}-T{track}" for track in range(400)] + [f"S{track // 2}-T{track}" for track in range(12)]
    centre = np.repeat(4 * np.eye(8)[:2], [400, 12], axis=0)
    model = ModelUnderTest(
        EmbeddingSpace.of(keys, centre + rng.standard_normal((412, 8))),
        Playlists.of(["u-rock", "u-rap"], [keys[:400], keys[400:]]),
        separator="-",
        genres={"rock": ("rock",), "rap": ("rap",)},
    )
    small = Evidence(model, {}, 0.95).space_separation.genres[1]

    assert small.auc.value is not None
    assert small.auc.value > 0.95
    assert small.accuracy > 0.8
    assert small.auc.n == 12


def test_unfaithful_map_is_inconclusive(evidence: Evidence, model: ModelUnderTest) -> None:
    """The measurement contains the value and the reason, and only warns: the test in the space is not affected."""
    unfaithful = separate(model, map_graph(model), "on the map", "a bad map")

    for score, sound in zip(unfaithful.genres, evidence.map_separation.genres, strict=True):
        assert (score.auc.value, score.auc.inconclusive) == (sound.auc.value, "a bad map")
        assert score.auc.default_severity == "warn"
    assert unfaithful.accuracy.inconclusive == "a bad map"


@pytest.mark.parametrize(("classes", "points"), [(2, 30), (4, 50)])
def test_silhouettes_equal_scikit_learn_point_by_point(classes: int, points: int) -> None:
    """One class has a single point."""
    rng = np.random.default_rng(0)
    unit = rng.standard_normal((points, 5))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    labels = np.arange(points) % classes
    labels[0] = classes

    expected = silhouette_samples(unit, labels, metric="cosine")
    np.testing.assert_allclose(cosine_silhouettes(unit.astype(np.float32), labels), expected, atol=1e-6)


def test_single_configured_genre_is_not_applicable(sound_sample: Sample) -> None:
    """There is no other genre from which it could be separated."""
    evidence = Evidence(replace(sample_model(sound_sample), genres={"rock": ("rock",)}), {}, 0.95)

    for found in (
        evidence.space_separation.auc_of("rock"),
        evidence.map_separation.auc_of("rock"),
        evidence.pair_auc(None),
        evidence.space_separation.accuracy,
        evidence.space_separation.silhouette,
    ):
        assert found.not_applicable


def test_single_genre_with_enough_tags_is_inconclusive_at_warn(sound_sample: Sample) -> None:
    """Two genres are configured, and one of them has enough tags."""
    genres = {"polka": ("polka",), "rock": ("rock",)}
    evidence = Evidence(replace(sample_model(sound_sample), genres=genres), {}, 0.95)

    for found in (
        evidence.space_separation.auc_of("rock"),
        evidence.space_separation.auc_of("polka"),
        evidence.space_separation.accuracy,
        evidence.space_separation.silhouette,
    ):
        assert (bool(found.inconclusive), found.not_applicable, found.default_severity) == (True, "", "warn")


def test_tag_coverage_counts_only_genres_with_enough_tracks(model: ModelUnderTest) -> None:
    """The summary calls tags from training playlists partly circular."""
    found = tag_coverage(model)
    held_out = tag_coverage(replace(model, held_out=True))
    few = tag_coverage(two_genres(5, artists=4))

    assert found.value == 1
    assert "partly circular" in found.summary
    assert "circular" not in held_out.summary
    assert few.value == 0
