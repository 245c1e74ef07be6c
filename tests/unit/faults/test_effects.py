"""Effects of each fault."""

from __future__ import annotations

import numpy as np
import pytest

from embedgate.faults import BY_ID, FaultyModel
from embedgate.material.model import ModelUnderTest
from embedgate.testing import sample_model


@pytest.fixture(scope="module")
def model() -> ModelUnderTest:
    return sample_model()


def injected(model: ModelUnderTest, fault: str, severity: float) -> FaultyModel:
    found = BY_ID[fault].inject(model, severity)
    assert found is not None
    return found


def sources(model: ModelUnderTest, found: FaultyModel) -> dict[str, str]:
    """Return, for each affected key, the key whose vector it has."""
    owner = {vector.tobytes(): key for key, vector in zip(model.space.keys, model.space.vectors, strict=True)}
    return {key: owner[found.space.vectors[found.space.row_of[key]].tobytes()] for key in found.affected}


def mean_cosine(vectors: np.ndarray) -> float:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit.T
    return float((cosines.sum() - len(unit)) / (len(unit) * (len(unit) - 1)))


@pytest.mark.parametrize(
    "fault", ["misaligned.keys", "misaligned.within_genres", "misaligned.within_artists", "misaligned.shifted"]
)
def test_misaligned_keys_exchange_their_vectors(model: ModelUnderTest, fault: str) -> None:
    source = sources(model, injected(model, fault, 0.5))

    assert len(source) > 50
    assert sorted(source.values()) == sorted(source)
    assert all(key != other for key, other in source.items())


def test_half_of_the_keys_are_shuffled(model: ModelUnderTest) -> None:
    assert len(injected(model, "misaligned.keys", 0.5).affected) == len(model.tracks) // 2


def test_tracks_are_shuffled_within_their_genre(model: ModelUnderTest) -> None:
    genre = {key: int(code) for key, code in zip(model.tracks, model.tags.codes, strict=True)}

    source = sources(model, injected(model, "misaligned.within_genres", 0.5))

    assert all(genre[key] == genre[other] >= 0 for key, other in source.items())


def test_tracks_are_shuffled_within_their_artist(model: ModelUnderTest) -> None:
    source = sources(model, injected(model, "misaligned.within_artists", 0.5))

    assert all(key.partition("-")[0] == other.partition("-")[0] for key, other in source.items())


def test_all_rows_are_shifted_by_one(model: ModelUnderTest) -> None:
    found = injected(model, "misaligned.shifted", 1.0)

    np.testing.assert_array_equal(found.space.vectors, np.roll(model.space.vectors, 1, axis=0))


def test_rows_of_another_run_keep_their_similarities_to_each_other(model: ModelUnderTest) -> None:
    found = injected(model, "misaligned.two_runs", 0.2)
    rows = [model.number_of[key] for key in found.affected]
    other = np.setdiff1d(np.arange(len(model.tracks)), rows)
    before, after = model.unit, found.space.unit

    np.testing.assert_allclose(after[rows] @ after[rows].T, before[rows] @ before[rows].T, atol=1e-5)
    assert np.abs(after[rows] @ after[other].T - before[rows] @ before[other].T).mean() > 0.2


def test_rare_tracks_of_an_undertrained_model_are_farther_from_their_positions(model: ModelUnderTest) -> None:
    found = injected(model, "training.undertrained", 0.75)
    cosine = np.einsum("ij,ij->i", found.space.unit, model.unit)

    assert np.corrcoef(cosine, model.plays)[0, 1] > 0.2
    assert mean_cosine(found.space.vectors) > mean_cosine(model.space.vectors)


def test_one_genre_is_untrained(model: ModelUnderTest) -> None:
    affected = injected(model, "training.genre_untrained", 1.0).affected

    assert len({model.tags.codes[model.number_of[key]] for key in affected}) == 1
    assert len(affected) == np.sort(model.tags.tracks)[len(model.tags.tracks) // 2]


def test_one_artist_is_untrained(model: ModelUnderTest) -> None:
    affected = injected(model, "training.artist_untrained", 1.0).affected

    assert len({key.partition("-")[0] for key in affected}) == 1
    assert len(affected) == 9


def test_model_without_signal_has_unrelated_similarities(model: ModelUnderTest) -> None:
    found = injected(model, "training.no_signal", 1.0)
    similar = np.corrcoef((found.space.unit @ found.space.unit.T).ravel(), (model.unit @ model.unit.T).ravel())[0, 1]

    assert abs(similar) < 0.1


def test_space_of_popularity_is_ordered_by_plays(model: ModelUnderTest) -> None:
    found = injected(model, "training.popularity_only", 1.0).space.unit
    order = np.argsort(model.plays, kind="stable")
    along = found[order] @ found[order[0]]

    assert (np.diff(along) <= 1e-6).all()
    assert np.linalg.matrix_rank(found, tol=1e-3) == 2


def test_hubs_are_the_nearest_neighbour_of_many_tracks(model: ModelUnderTest) -> None:
    found = ModelUnderTest(injected(model, "training.hubs", 0.2).space, model.playlists)
    reached = np.bincount(found.neighbours.indices.ravel(), minlength=len(model.tracks))
    before = np.bincount(model.neighbours.indices.ravel(), minlength=len(model.tracks))

    assert reached.max() > 2 * before.max()
    assert reached.argmax() == model.plays.argmax()


def test_collapsed_vectors_have_one_direction(model: ModelUnderTest) -> None:
    assert mean_cosine(injected(model, "training.collapsed", 0.9).space.vectors) > 0.9


def test_stale_model_lacks_only_tracks_of_the_last_playlists(model: ModelUnderTest) -> None:
    affected = injected(model, "training.stale", 0.9).affected
    playlist, track = model.distinct_plays
    lost = {model.number_of[key] for key in affected}

    assert lost
    assert playlist[np.isin(track, list(lost))].min() >= 0.1 * len(model.playlists)


def test_noise_has_the_given_standard_deviation(model: ModelUnderTest) -> None:
    added = injected(model, "corrupted.noise", 2.0).space.vectors - model.space.vectors

    np.testing.assert_allclose(added.std(axis=0), 2 * model.space.vectors.std(axis=0), rtol=0.2)


def test_signs_of_affected_vectors_are_flipped(model: ModelUnderTest) -> None:
    found = injected(model, "corrupted.signs", 0.2)
    rows = [model.number_of[key] for key in found.affected]

    assert len(rows) == round(0.2 * len(model.tracks))
    np.testing.assert_array_equal(found.space.vectors[rows], -model.space.vectors[rows])


def test_corrupted_dimensions_keep_their_values_in_another_order(model: ModelUnderTest) -> None:
    found = injected(model, "corrupted.dimensions", 0.25).space.vectors
    differ = [
        column
        for column in range(found.shape[1])
        if not np.array_equal(found[:, column], model.space.vectors[:, column])
    ]

    assert len(differ) == round(0.25 * found.shape[1])
    np.testing.assert_array_equal(np.sort(found, axis=0), np.sort(model.space.vectors, axis=0))


def test_rank_is_truncated_to_the_largest_components(model: ModelUnderTest) -> None:
    found = injected(model, "corrupted.rank", 0.75).space.vectors
    centred = found - found.mean(axis=0)

    assert np.linalg.matrix_rank(centred, tol=1e-3) == model.space.dimensions // 4
    kept = (centred**2).sum() / ((model.space.vectors - model.space.vectors.mean(axis=0)) ** 2).sum()
    assert kept > 0.5


@pytest.mark.parametrize(("fault", "value"), [("corrupted.zero_rows", 0.0), ("corrupted.nan_rows", np.nan)])
def test_affected_rows_contain_zeros_or_nan(model: ModelUnderTest, fault: str, value: float) -> None:
    found = injected(model, fault, 0.2)
    rows = [found.space.row_of[key] for key in found.affected]

    np.testing.assert_array_equal(found.space.vectors[rows], np.full((54, model.space.dimensions), value))


def test_constant_rows_equal_the_mean_vector(model: ModelUnderTest) -> None:
    found = injected(model, "corrupted.constant_rows", 0.2)
    rows = [found.space.row_of[key] for key in found.affected]

    assert len(np.unique(found.space.vectors[rows], axis=0)) == 1
    np.testing.assert_allclose(found.space.vectors[rows][0], model.space.vectors.mean(axis=0), rtol=1e-5)


@pytest.mark.parametrize("fault", ["vocabulary.lost", "vocabulary.genre_lost", "vocabulary.most_played_lost"])
def test_lost_tracks_have_no_vector(model: ModelUnderTest, fault: str) -> None:
    found = injected(model, fault, BY_ID[fault].severities[2])

    assert found.affected
    assert set(found.space.keys) == set(model.tracks) - found.affected


def test_most_played_tracks_are_lost(model: ModelUnderTest) -> None:
    affected = injected(model, "vocabulary.most_played_lost", 20).affected
    plays = {key: int(count) for key, count in zip(model.tracks, model.plays, strict=True)}

    assert len(affected) == 20
    assert min(plays[key] for key in affected) >= max(plays[key] for key in set(plays) - affected)


def test_duplicates_have_new_keys_and_almost_equal_vectors(model: ModelUnderTest) -> None:
    found = injected(model, "vocabulary.duplicates", 0.2)

    assert found.space.keys[: len(model.tracks)] == model.tracks
    assert set(found.space.keys[len(model.tracks) :]) == found.affected
    for key in found.affected:
        original = model.unit[model.number_of[key.removesuffix(" - Radio Edit")]]
        row = found.space.row_of[key]
        assert found.space.vectors[row] / found.space.norms[row] @ original > 0.99


def test_duplicate_of_a_duplicate_is_not_added(model: ModelUnderTest) -> None:
    once = injected(model, "vocabulary.duplicates", 1.0)

    twice = injected(ModelUnderTest(once.space, model.playlists), "vocabulary.duplicates", 1.0)

    assert len(set(twice.space.keys)) == len(twice.space.keys)


@pytest.mark.parametrize(("key", "normalized"), [("Daft Punk-Get Lucky", "daft_punk-get_lucky"), ("1016", "1016.0")])
def test_keys_are_normalized(key: str, normalized: str) -> None:
    whole = sample_model()
    space = type(whole.space).of([key, *whole.tracks[1:]], whole.space.vectors)

    found = injected(ModelUnderTest(space, whole.playlists), "vocabulary.normalized", 1.0)

    assert found.space.keys[0] == normalized
    assert key in found.affected
