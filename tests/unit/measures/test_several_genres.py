"""Tracks with several genres: counts, separation and permutation baselines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from embedgate.material.metadata import TrackMetadata
from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.evidence import Evidence
from embedgate.measures.genre_counts import count_genres, count_members
from embedgate.measures.genre_pairs import separate_pairs
from embedgate.measures.labelled_graph import space_graph
from embedgate.measures.separation import separate

GENRES = ("a", "b", "c")
CENTRES = np.random.default_rng(5).standard_normal((3, 12))


def overlapping(*, permuted: bool = False) -> ModelUnderTest:
    """Return 60 artists of three tracks; two of three artists have two genres and are between both centres."""
    rng = np.random.default_rng(0)
    keys, vectors, labels = [], [], []
    for artist in range(60):
        own = [GENRES[artist % 3]] + ([GENRES[(artist + 1) % 3]] if artist % 2 else [])
        place = CENTRES[[GENRES.index(genre) for genre in own]].mean(axis=0) + 0.4 * rng.standard_normal(12)
        for song in range(3):
            keys.append(f"{artist:02}-{song}")
            vectors.append(place + 0.3 * rng.standard_normal(12))
            labels.append(tuple(own))
    if permuted:
        order = np.random.default_rng(1).permutation(60)
        labels = [labels[3 * artist + song] for artist in order for song in range(3)]
    metadata = TrackMetadata("here", labels=dict(zip(keys, labels, strict=True)))
    return ModelUnderTest(
        EmbeddingSpace.of(keys, np.array(vectors)),
        Playlists.of(["p"], [keys]),
        separator="-",
        genres=dict.fromkeys(GENRES, ()),
        map_tracks=100,
        metadata=metadata,
    )


def test_counts_equal_those_of_single_genres() -> None:
    """Membership of one genre each is the same as a label."""
    rng = np.random.default_rng(2)
    labels = rng.integers(4, size=50)
    near = rng.integers(50, size=(50, 10)).astype(np.int32)

    one = count_genres(near, labels, 4)
    several = count_members(near, labels, np.eye(4, dtype=bool)[labels])

    for name in ("track", "genre", "times", "sizes"):
        assert getattr(one, name).tolist() == getattr(several, name).tolist()
    assert one.auc().tolist() == several.auc().tolist()
    assert one.correct().tolist() == several.correct().tolist()
    assert one.accuracy().tolist() == several.accuracy().tolist()


def test_auc_equals_scikit_learn() -> None:
    """A track has a genre if it is one of its labels, and so have its neighbours."""
    model = overlapping()
    graph = space_graph(model)
    assert graph is not None
    assert graph.members is not None
    scores = separate(model, graph, "in the space")

    for genre, name in enumerate(GENRES):
        own = graph.members[:, genre]
        share = own[graph.near].mean(axis=1)
        assert scores.auc_of(name).value == pytest.approx(roc_auc_score(own, share))
        assert scores.auc_of(name).n == own.sum() == model.tags.tracks[genre]


def test_track_of_several_genres_is_drawn_once() -> None:
    graph = space_graph(overlapping())

    assert graph is not None
    assert len(np.unique(graph.tracks)) == len(graph.tracks) == 180


def test_sound_genres_beat_chance_and_permuted_ones_do_not() -> None:
    """The baseline permutes combinations of genres over artists."""
    sound, permuted = (Evidence(overlapping(permuted=each), {}, 0.95) for each in (False, True))

    for name in GENRES:
        auc, by_chance = (each.space_separation.auc_of(name) for each in (sound, permuted))
        assert auc.null is not None
        assert auc.value is not None
        assert auc.value > auc.null.critical
        assert auc.interval is not None
        assert auc.interval[0] < auc.value < auc.interval[1]
        assert by_chance.null is not None
        assert by_chance.value is not None
        assert by_chance.value < by_chance.null.critical
    assert sound.space_separation.accuracy.value is not None
    assert sound.space_separation.accuracy.value > 0.9
    on_map = sound.map_separation.auc_of("a")
    assert on_map.value is not None


def test_genre_that_is_never_the_first_label_is_judged() -> None:
    """Its permutations are those of the artists that have it. A label of all tracks separates nothing."""
    model = overlapping()
    assert model.metadata is not None
    labels = {key: ("all", *own) for key, own in (model.metadata.labels or {}).items()}
    genres = dict.fromkeys(("all", *GENRES), ())
    found = Evidence(replace(model, genres=genres, metadata=TrackMetadata("here", labels=labels)), {}, 0.95)

    for genre in GENRES:
        auc = found.space_separation.auc_of(genre)
        assert auc.null is not None
        assert auc.null.inconclusive == ""
        assert auc.default_severity is None
    assert "all tracks that are compared have all" in found.space_separation.auc_of("all").inconclusive


def test_pairs_leave_out_tracks_of_both_genres() -> None:
    scores = separate_pairs(overlapping())

    model = overlapping()
    only = sum(len({"a", "b"} & set(model.tags.all_of(track))) == 1 for track in range(180))
    assert scores[0].auc.n == only


def test_rare_first_label_does_not_hide_a_judged_one() -> None:
    """A genre with too few tracks in the vocabulary is not judged; the next label of its tracks is."""
    model = overlapping()
    assert model.metadata is not None
    labels = dict(model.metadata.labels or {})
    for key in list(labels)[:6]:
        labels[key] = ("rare", *labels[key])
    genres = dict.fromkeys((*GENRES, "rare"), ())

    graph = space_graph(replace(model, genres=genres, metadata=TrackMetadata("here", labels=labels)))

    assert graph is not None
    assert len(graph.tracks) == 180
    assert set(graph.labels.tolist()) == {0, 1, 2}
    assert graph.members is not None
    assert not graph.members[:, 3].any()
