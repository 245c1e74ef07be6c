"""Groups that are displaced as a whole: a displaced genre, artist or region is found, and a sound retrain is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.material.pair import ModelPair
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import displaced_groups
from embedgate.measures.comparison import Comparison
from embedgate.testing import GENRES, Sample, sample, sample_model
from tests.retraining import random_rotation, retrained

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE = sample()
N = len(SAMPLE.keys)
CHAMPION = SAMPLE.space()
RETRAINED = retrained(SAMPLE.vectors)
JAZZ = np.char.startswith(np.array(SAMPLE.keys), "Jazz")
LARGE = sample(artists_per_genre=15, tracks_per_artist=24, playlists=400)
"""45 artists of 24 tracks: enough to compare artists with each other."""


def against(vectors: NDArray[np.floating], given: Sample = SAMPLE) -> Comparison:
    """Return the comparison of a sample with other vectors and the sample as champion."""
    tested = sample_model(replace(given, vectors=vectors.astype(np.float32)))
    return Comparison(ModelPair(tested, given.space()))


@pytest.fixture(scope="module")
def sound() -> Comparison:
    """A retrained model compared with the champion."""
    return against(RETRAINED)


# -- genres --


def test_displaced_genre_exceeds_the_critical_value() -> None:
    """Only jazz is displaced farther; the other genres stay below the critical value."""
    vectors = RETRAINED.copy()
    vectors[JAZZ] = retrained(SAMPLE.vectors, noise=0.6)[JAZZ]
    found = against(vectors)
    jazz, others = (
        displaced_groups.genre_displacement(found, "jazz"),
        [displaced_groups.genre_displacement(found, each) for each in ("rock", "rap")],
    )

    assert jazz.scale is not None
    assert jazz.interval is not None
    assert 1.6 < jazz.scale < 2
    assert (jazz.value or 0) > jazz.interval[0] > jazz.scale
    assert all((each.value or 9) < 0.5 for each in others)
    assert "standard deviations farther than clusters of the same size" in jazz.summary
    assert set(jazz.tracks) == {key for key, own in zip(SAMPLE.keys, JAZZ, strict=True) if own}


def test_no_genre_of_a_retrain_exceeds_the_critical_value(sound: Comparison) -> None:
    """Negative control."""
    found = [displaced_groups.genre_displacement(sound, each) for each in GENRES]

    assert all((each.value or 9) < 0.8 * (each.scale or 0) for each in found)


def test_genre_of_rare_tracks_is_compared_with_rare_tracks() -> None:
    """Displacement depends on plays only: rock is displaced farther, but not for its number of plays."""
    rng = np.random.default_rng(0)
    rare = rng.random(N) < np.where(np.char.startswith(np.array(SAMPLE.keys), "Rock"), 0.8, 0.3)
    lists = [
        [key for key, once in zip(SAMPLE.keys, rare, strict=True) if number < 10 or not once] for number in range(90)
    ]
    named = [[key for key in SAMPLE.keys if key.startswith(genre.title())] for genre in GENRES]
    playlists = Playlists.of(
        [*(f"u-list {row}" for row in range(90)), *(f"u-{words[0]}" for words in GENRES.values())], lists + named
    )
    moved = SAMPLE.vectors + np.where(rare, 0.3, 0.1)[:, None] * rng.standard_normal((N, 16))
    model = ModelUnderTest(EmbeddingSpace.of(SAMPLE.keys, moved), playlists, separator="-", genres=GENRES)
    found = Comparison(ModelPair(model, CHAMPION))
    assert found.displacement is not None
    rock = np.char.startswith(np.array(SAMPLE.keys), "Rock")

    assert np.median(found.displacement.distance[rock]) > 1.5 * np.median(found.displacement.distance[~rock])
    assert abs(displaced_groups.genre_displacement(found, "rock").value or 9) < 1


# -- artists and regions --


def test_genre_that_is_half_of_the_space_only_warns() -> None:
    """The rest, about a third, does not show how far a training displaces such a genre."""
    genres = {"most": ("rock", "rap", "hip hop"), "jazz": ("jazz",)}
    given = replace(LARGE, vectors=retrained(LARGE.vectors))
    tested = ModelUnderTest(given.space(), given.playlists(), separator="-", genres=genres)
    found = Comparison(ModelPair(tested, LARGE.space()))
    most, jazz = (displaced_groups.genre_displacement(found, each) for each in genres)

    assert (most.default_severity, jazz.default_severity) == ("warn", None)
    assert "it only warns, since most is 64% of the shared tracks" in most.summary
    assert "only warns" not in jazz.summary


RAP_ARTIST = np.char.startswith(np.array(LARGE.keys), "Rap Artist 07")


def displaced(members: NDArray[np.bool_], noise: float = 0.8) -> Comparison:
    """Return a retrain in which some tracks are displaced farther, each in another direction."""
    vectors = retrained(LARGE.vectors)
    vectors[members] = retrained(LARGE.vectors, noise=noise)[members]
    return against(vectors, LARGE)


def test_displaced_artist_is_named() -> None:
    """Its tracks are the offending ones, and the whole interval is beyond the critical value."""
    found = displaced_groups.artist_displacement(displaced(RAP_ARTIST))

    assert found.scale is not None
    assert found.interval is not None
    assert found.interval[0] > found.scale
    assert found.n == 45
    assert found.summary.startswith("Rap Artist 07 (24 tracks) is displaced")
    assert set(found.tracks) == {key for key, own in zip(LARGE.keys, RAP_ARTIST, strict=True) if own}


@pytest.mark.parametrize(("change", "severity"), [("moved", "warn"), ("collapsed", None), ("scrambled", None)])
def test_displaced_artist_only_warns_if_it_is_no_worse(change: str, severity: str | None) -> None:
    """A moved artist keeps its neighbours. The tracks of a collapsed one are close to their playlists, but alike."""
    vectors, rng = retrained(LARGE.vectors), np.random.default_rng(0)
    own = vectors[RAP_ARTIST]
    vectors[RAP_ARTIST] = {
        "moved": own + 0.3 * np.linalg.norm(own, axis=1).mean() * random_rotation(own.shape[1])[0],
        "collapsed": own.mean(axis=0) * 1.5 + 0.1 * rng.standard_normal(own.shape),
        "scrambled": rng.permutation(vectors)[: len(own)],
    }[change]
    found = displaced_groups.artist_displacement(against(vectors, LARGE))

    assert "Rap Artist 07" in found.summary
    assert (found.value or 0) > (found.scale or 9)
    assert found.default_severity == severity
    assert ("fit their playlists and keep their neighbours" in found.summary) == (severity == "warn")


def test_displaced_region_is_described_by_its_most_played_tracks() -> None:
    """No label names the region: it is a part of the champion's space."""
    regions = against(LARGE.vectors, LARGE).regions
    largest = int(np.bincount(regions).argmax())
    found = displaced(regions == largest)
    measured = displaced_groups.region_displacement(found)
    plays = found.pair.new.plays

    assert measured.scale is not None
    assert measured.interval is not None
    assert measured.interval[0] > measured.scale
    members = np.flatnonzero(regions == largest)
    assert set(measured.tracks) == set(found.pair.new.keys(members))
    best = found.pair.new.tracks[members[plays[members].argmax()]]
    assert plays[found.pair.new.number_of[measured.tracks[0]]] == plays[members].max()
    assert best in measured.summary


@pytest.mark.parametrize("seed", range(10))
def test_no_artist_and_no_region_of_a_retrain_exceeds_the_critical_value(seed: int) -> None:
    """Negative control."""
    found = against(retrained(LARGE.vectors, seed=seed), LARGE)

    for measure in (displaced_groups.artist_displacement, displaced_groups.region_displacement):
        measured = measure(found)
        assert measured.value is not None
        assert measured.scale is not None
        assert measured.value < measured.scale


def test_few_artists_are_compared_with_clusters() -> None:
    """Three artists of 90 tracks do not show their variation."""
    few = sample(artists_per_genre=4, tracks_per_artist=60)
    vectors = retrained(few.vectors)
    own = np.char.startswith(np.array(few.keys), "Rap Artist 02")
    vectors[own] = retrained(few.vectors, noise=0.8)[own]
    found = displaced_groups.artist_displacement(against(vectors, few))

    assert found.n == 12
    assert found.summary.startswith("Rap Artist 02")
    assert (found.value or 0) > (found.scale or 9)


def test_artists_are_not_applicable_without_artists_or_large_ones(sound: Comparison) -> None:
    bare = ModelUnderTest(CHAMPION, Playlists.of(["u"], [SAMPLE.keys]))

    assert "20 shared tracks" in displaced_groups.artist_displacement(sound).not_applicable
    assert displaced_groups.artist_displacement(Comparison(ModelPair(bare, CHAMPION))).not_applicable


def test_too_few_shared_tracks_are_inconclusive() -> None:
    few = EmbeddingSpace.of(SAMPLE.keys[:30], SAMPLE.vectors[:30])
    found = Comparison(ModelPair(sample_model(), few))

    assert "too few to compare" in displaced_groups.region_displacement(found).inconclusive
    assert "too few to compare" in displaced_groups.artist_displacement(found).inconclusive
