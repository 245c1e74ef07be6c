"""Co-occurrence of tracks in playlists: compared with counting by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.co_occurrence import CoOccurrence

LISTS = st.lists(st.lists(st.integers(0, 7), min_size=2, max_size=5, unique=True), min_size=2, max_size=8)


def model_of(lists: list[list[int]]) -> ModelUnderTest:
    """Return a model of eight tracks, whose numbers are those of the lists."""
    keys = [str(track) for track in range(8)]
    playlists = Playlists.of(map(str, range(len(lists))), [[str(track) for track in tracks] for tracks in lists])
    return ModelUnderTest(EmbeddingSpace.of(keys, np.random.default_rng(0).standard_normal((8, 3))), playlists)


@given(LISTS)
def test_counts_are_playlists_with_both_tracks(lists: list[list[int]]) -> None:
    everyone = np.arange(8)

    found = CoOccurrence(model_of(lists)).counts(everyone, everyone)

    expected = [[sum(a in tracks and b in tracks for tracks in lists) for b in everyone] for a in everyone]
    assert found.tolist() == expected


@given(LISTS, st.integers(1, 3))
def test_hits_leave_out_the_own_playlist(lists: list[list[int]], k: int) -> None:
    """Each playlist asks for its second track with its first one."""
    queries, targets = (np.array([tracks[place] for tracks in lists]) for place in (0, 1))

    found = CoOccurrence(model_of(lists)).hits(queries, targets, np.arange(len(lists)), k)

    plays = [max(1, sum(track in tracks for tracks in lists)) for track in range(8)]
    for own, hit in enumerate(found.tolist()):
        others = [tracks for number, tracks in enumerate(lists) if number != own]
        score = [
            sum(queries[own] in tracks and track in tracks for tracks in others) / plays[track] ** 0.5
            for track in range(8)
        ]
        score[queries[own]] = 0
        mine = score[targets[own]]
        assert hit == (mine > 0 and sum(each >= mine for each in score) <= k)
