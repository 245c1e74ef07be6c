"""Spaces that are computed from playlists stand in for a sound model."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from embedgate.material.playlists import Playlists
from embedgate.measures.known_tracks import neighbours_of
from embedgate.measures.neighbourhood import co_listening
from embedgate.proposal.played_together import WINDOW, ClosePlays
from embedgate.proposal.trained_space import skip_gram
from embedgate.testing import sample_model


@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=12), min_size=1, max_size=4))
def test_pairs_are_those_of_a_naive_count(lists: list[list[int]]) -> None:
    playlists = Playlists.of(range(len(lists)), lists)
    number = np.arange(len(playlists.tracks))
    numbered = [[playlists.tracks.index(str(track)) for track in each] for each in lists]
    expected: Counter[tuple[int, int, int]] = Counter()
    for row, each in enumerate(numbered):
        for place, track in enumerate(each):
            for other in each[max(0, place - WINDOW) : place + WINDOW + 1]:
                if other != track:
                    expected[track, other, row] += 1

    found = ClosePlays.of(playlists, number, len(number))

    pairs = zip(found.first.tolist(), found.second.tolist(), found.playlist.tolist(), strict=True)
    assert Counter(pairs) == expected


def test_both_spaces_pass_for_a_sound_model_and_vectors_are_not_read() -> None:
    model = sample_model()
    numbers, tracks = model.playlist_track_numbers, model.tracks
    close = ClosePlays.of(model.playlists, numbers, len(tracks)).stand_in(tracks, 16)
    trained = skip_gram(model.playlists, numbers, tracks)

    for space in (close, trained):
        assert space is not None
        stand_in = replace(model, space=space)
        found = co_listening(stand_in).measurement
        assert found.value is not None
        assert found.null is not None
        assert found.value > max(0.75, found.null.critical)
        artist = stand_in.catalogue.artists[0]
        near = [stand_in.catalogue.artists[other] for other, _ in neighbours_of(stand_in, 0, 5)]
        assert near.count(artist) >= 3


def test_too_few_pairs_have_no_space() -> None:
    playlists = Playlists.of([1], [["a"]])

    assert ClosePlays.of(playlists, np.arange(1), 1).stand_in(("a",), 8) is None
    assert skip_gram(playlists, np.arange(1), ("a",)) is None
