"""Known tracks whose neighbours hold: sound vectors have them with a margin, permuted ones do not."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.measures.known_tracks import check_known_track
from embedgate.proposal.played_together import ClosePlays
from embedgate.proposal.stable_neighbours import (
    ProposedTrack,
    hits_beyond_chance,
    propose_known_tracks,
    stable_neighbours,
    tail,
)
from embedgate.testing import sample_model


@pytest.fixture(scope="module")
def proposed(model: ModelUnderTest) -> list[ProposedTrack]:
    return propose_known_tracks(replace(model, genres={}), 5)


def test_sound_model_has_more_hits_than_required(model: ModelUnderTest, proposed: list[ProposedTrack]) -> None:
    assert len(proposed) == 5
    for each in proposed:
        result = check_known_track(model, each.known)
        assert result.passed
        assert result.measurement.value is not None
        assert result.measurement.value > each.known.min_hits
        assert each.hits >= 2 * each.known.min_hits


def test_permuted_vectors_fail_nearly_all(model: ModelUnderTest, proposed: list[ProposedTrack]) -> None:
    rng = np.random.default_rng(0)
    passed = [
        check_known_track(model.with_vectors(model.unit[rng.permutation(len(model.tracks))]), each.known).passed
        for _ in range(20)
        for each in proposed
    ]

    assert sum(passed) <= 1


def test_proposal_does_not_depend_on_the_vectors(model: ModelUnderTest, proposed: list[ProposedTrack]) -> None:
    permuted = model.with_vectors(model.unit[::-1].copy())

    assert propose_known_tracks(replace(permuted, genres={}), 5) == proposed


def test_tracks_have_different_artists_and_neighbours(model: ModelUnderTest, proposed: list[ProposedTrack]) -> None:
    artists = [model.catalogue.artists[model.number_of[each.known.track]] for each in proposed]

    assert len(set(artists)) == len(artists)
    assert all(set(one.known.expect).isdisjoint(other.known.expect) for one, other in combinations(proposed, 2))


def test_several_tracks_of_an_artist_are_one_entry(proposed: list[ProposedTrack]) -> None:
    assert any(entry.startswith("artist:") for each in proposed for entry in each.known.expect)


def test_random_playlists_have_no_known_tracks() -> None:
    rng = np.random.default_rng(0)
    sequences = [[f"t{track}" for track in rng.choice(200, 20, replace=False)] for _ in range(200)]
    sound = sample_model()
    playlists = Playlists.of(range(200), sequences)
    keys = tuple(f"t{track}" for track in range(200))
    model = ModelUnderTest(type(sound.space).of(keys, rng.standard_normal((200, 8))), playlists)

    assert propose_known_tracks(model, 5) == []


def test_key_that_no_config_can_contain_is_not_proposed(model: ModelUnderTest, proposed: list[ProposedTrack]) -> None:
    first = proposed[0].known.track
    keys = [f"{key}\ud800" if key == first else key for key in model.space.keys]
    tracks = tuple(f"{key}\ud800" if key == first else key for key in model.playlists.tracks)
    playlists = replace(model.playlists, tracks=tracks)
    space = type(model.space).of(keys, model.space.vectors)

    found = propose_known_tracks(replace(model, space=space, playlists=playlists, genres={}), 5)

    assert found
    assert all("\ud800" not in "".join((each.known.track, *each.known.expect)) for each in found)


def test_neighbour_in_a_single_playlist_does_not_hold() -> None:
    lists = [["a", "b"]] * 10 + [["a", "c"]]
    playlists = Playlists.of(range(11), lists)

    found = stable_neighbours(ClosePlays.of(playlists, np.arange(3), 3), 0)

    assert [playlists.tracks[number] for number in found] == ["b"]


def test_tail_is_that_of_a_simulation() -> None:
    rng = np.random.default_rng(0)
    hits = np.array([(rng.permutation(50)[:10] < 8).sum() for _ in range(20_000)])

    for least in range(5):
        assert tail(50, 8, 10, least) == pytest.approx((hits >= least).mean(), abs=0.015)
    assert tail(5, 2, 10, 1) == 1
    needed = hits_beyond_chance(50, 8, 10)
    assert needed is not None
    assert tail(50, 8, 10, needed) <= 0.001 < tail(50, 8, 10, needed - 1)
    assert hits_beyond_chance(10, 10, 5) is None
