"""Groups that fit their playlists worse: a genre, an artist or a region is named, and a sound retrain is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.material.pair import ModelPair
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.comparison import Comparison
from embedgate.measures.group_agreement import artist_agreement, genre_agreement, region_agreement
from embedgate.measures.measurement import Measurement
from embedgate.measures.tolerance import A_FIFTH
from embedgate.testing import GENRES, sample, sample_model
from tests.retraining import retrained

LARGE = sample(artists_per_genre=15, tracks_per_artist=24, playlists=400)
KEYS = np.array(LARGE.keys)
JAZZ = np.char.startswith(KEYS, "Jazz")
RAP_ARTIST = np.char.startswith(KEYS, "Rap Artist 07")


def against(new: np.ndarray, old: np.ndarray = LARGE.vectors) -> Comparison:
    """Return the comparison of two trainings of the large sample."""
    return Comparison(
        ModelPair(
            sample_model(replace(LARGE, vectors=new.astype(np.float32))),
            EmbeddingSpace.of(LARGE.keys, old.astype(np.float32)),
        )
    )


def with_random_rows(rows: np.ndarray, vectors: np.ndarray, seed: int = 1) -> np.ndarray:
    """Return vectors of which some are replaced by those of random tracks."""
    changed = vectors.copy()
    changed[rows] = np.random.default_rng(seed).permutation(vectors)[: rows.sum()]
    return changed


def surely_lost(found: Measurement) -> bool:
    """Return whether the whole interval is above a fifth."""
    return found.interval is not None and found.interval[0] > A_FIFTH


def test_sound_retrain_loses_nothing() -> None:
    found = against(retrained(LARGE.vectors))
    measured = [*(genre_agreement(found, each) for each in GENRES), artist_agreement(found), region_agreement(found)]

    assert all(each.value is not None and abs(each.value) < A_FIFTH for each in measured)


def test_genre_with_random_vectors_is_named() -> None:
    """Only jazz has lost its lead; its tracks are listed, and the other genres are within the bound."""
    found = against(with_random_rows(JAZZ, retrained(LARGE.vectors)))
    jazz, rock = genre_agreement(found, "jazz"), genre_agreement(found, "rock")

    assert surely_lost(jazz)
    assert set(jazz.tracks) <= set(KEYS[JAZZ].tolist())
    assert len(jazz.tracks) > 0.8 * JAZZ.sum()  # tagged and in a playlist
    assert "of the lead over chance lost" in jazz.summary
    assert (rock.value or 0) < A_FIFTH


def test_genre_that_both_trainings_learn_badly_is_not_reported() -> None:
    """Jazz is noisy in the champion too: it is displaced, but has lost nothing."""
    noisy = [
        np.where(JAZZ[:, None], retrained(LARGE.vectors, noise=1.5, seed=seed), LARGE.vectors) for seed in (1, 2)
    ]
    found = against(*noisy)

    assert not surely_lost(genre_agreement(found, "jazz"))


@pytest.mark.parametrize(("measure", "kind"), [(artist_agreement, "artist"), (region_agreement, "region")])
def test_group_that_lost_its_lead_is_described(measure: object, kind: str) -> None:
    assert callable(measure)
    regions = against(LARGE.vectors).regions
    rows = RAP_ARTIST if kind == "artist" else regions == int(np.bincount(regions).argmax())
    found = measure(against(with_random_rows(rows, retrained(LARGE.vectors))))

    assert surely_lost(found)
    assert set(KEYS[rows].tolist()) <= set(found.tracks)
    assert f"{kind}s have certainly lost" in found.summary


def test_group_without_a_lead_in_the_champion_is_not_judged() -> None:
    """The vectors of the champion belong to other keys: there is nothing to lose."""
    shuffled = np.random.default_rng(0).permutation(LARGE.vectors)
    found = against(LARGE.vectors, shuffled)

    assert "not certain that the tracks of jazz fit" in genre_agreement(found, "jazz").not_applicable
    assert "any artist" in artist_agreement(found).not_applicable


def test_tracks_without_playlists_have_no_agreement() -> None:
    bare = ModelUnderTest(
        EmbeddingSpace.of(LARGE.keys, LARGE.vectors), Playlists.of(["alone"], [LARGE.keys[:1]]), separator="-"
    )
    found = Comparison(ModelPair(bare, EmbeddingSpace.of(LARGE.keys, LARGE.vectors)))

    assert artist_agreement(found).not_applicable
