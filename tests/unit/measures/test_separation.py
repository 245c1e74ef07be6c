"""Genres in the space, on the map, and pair by pair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, silhouette_score

from embedgate.material.model import ModelUnderTest
from embedgate.measures.evidence import Evidence
from embedgate.measures.genre_views import in_space
from embedgate.measures.separation import tag_coverage
from embedgate.testing import sample, sample_model


def test_sound_genres_beat_chance(evidence: Evidence) -> None:
    """Each genre of a sound model is told from the rest, in the space and on the map."""
    for scores in (evidence.in_space, evidence.on_map):
        for score in scores.genres:
            assert score.auc.null is not None
            assert score.auc.value is not None
            assert score.auc.value > score.auc.null.critical


def test_area_is_that_of_the_share_of_the_genre(model: ModelUnderTest, evidence: Evidence) -> None:
    """The area from histograms is the area that scikit-learn finds track by track."""
    tagged = in_space(model)
    assert tagged is not None
    own = tagged.labels == 0
    share = (tagged.labels[tagged.near] == 0).mean(axis=1)

    assert evidence.in_space.genres[0].auc.value == pytest.approx(roc_auc_score(own, share))


def test_neighbours_are_by_other_artists(model: ModelUnderTest) -> None:
    """No neighbour that counts is by the track's own artist."""
    tagged = in_space(model)

    assert tagged is not None
    assert not (tagged.artists[tagged.near] == tagged.artists[:, None]).any()


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_vectors_are_at_chance(seed: int) -> None:
    """Vectors dealt out over the keys carry no genre: no genre passes, in the space or pair by pair."""
    sound = sample()
    order = np.random.default_rng(seed).permutation(len(sound.keys))
    evidence = Evidence(sample_model(replace(sound, vectors=sound.vectors[order])), {}, 0.95)
    measured = [score.auc for score in evidence.in_space.genres] + [pair.auc for pair in evidence.pairs]

    beaten = [one for one in measured if one.null and one.value is not None and one.value >= one.null.critical]
    assert len(beaten) <= 1
    assert all(one.value is not None and 0.2 < one.value < 0.8 for one in measured)


def test_silhouette_is_scikit_learns(model: ModelUnderTest, evidence: Evidence) -> None:
    """The silhouette is that of the tagged tracks, by cosine."""
    tagged = in_space(model)
    assert tagged is not None

    expected = silhouette_score(model.unit[tagged.tracks], tagged.labels, metric="cosine")
    assert evidence.in_space.silhouette.value == pytest.approx(expected)


def test_without_genres_nothing_is_judged() -> None:
    """No genre configured: lacking by nature, and it says so."""
    evidence = Evidence(replace(sample_model(), genres={}), {}, 0.95)

    for found in (evidence.genre_in_space(None), evidence.genre_on_map(None), evidence.pair(None)):
        assert found.by_nature
        assert found.lacks
    assert tag_coverage(evidence.model).by_nature


def test_genres_that_no_playlist_names_have_no_coverage() -> None:
    """Genres are configured and none is found: the coverage is 0, which the default bound refuses."""
    found = tag_coverage(replace(sample_model(), genres={"polka": ("polka",)}))

    assert found.value == 0
    assert not found.by_nature


def test_too_few_artists_allow_no_test() -> None:
    """With two artists a genre, the genres can be dealt out in too few ways."""
    evidence = Evidence(sample_model(sample(artists_per_genre=4)), {}, 0.95)

    assert all(score.auc.lacks for score in evidence.in_space.genres)
