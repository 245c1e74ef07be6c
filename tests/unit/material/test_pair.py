"""Candidate and champion on their shared tracks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from embedgate.material.model import ModelUnderTest
from embedgate.material.pair import ModelPair
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace

PLAYED = Playlists.of(["u-rock", "u-jazz"], [["a", "b", "b", "x"], ["b", "c", "gone"]])
CANDIDATE = EmbeddingSpace.of(["a", "b", "c", "d"], [[1, 0], [0, 1], [1, 1], [2, 1]])


def pair_with(champion: EmbeddingSpace, candidate: EmbeddingSpace = CANDIDATE) -> ModelPair:
    """Return the pair of the candidate and a champion."""
    return ModelPair(ModelUnderTest(candidate, PLAYED), champion)


def test_tracks_are_matched_by_key() -> None:
    """Each shared track has the vector of its key in both models, in the candidate's order."""
    pair = pair_with(EmbeddingSpace.of(["c", "gone", "a", "b"], [[0, 3, 0], [9, 9, 9], [0, 1, 0], [0, 2, 0]]))

    assert pair.shared.tolist() == [0, 1, 2]
    assert pair.new.tracks == pair.old.tracks == ("a", "b", "c")
    assert pair.new.space.vectors.tolist() == [[1, 0], [0, 1], [1, 1]]
    assert pair.old.space.vectors[pair.old.space.usable].tolist() == [[0, 1, 0], [0, 2, 0], [0, 3, 0]]


def test_champion_may_have_other_dimensions() -> None:
    """Each model keeps its number of dimensions."""
    pair = pair_with(EmbeddingSpace.of(["a", "b", "c", "d"], np.eye(4, 7)))

    assert (pair.new.space.dimensions, pair.old.space.dimensions) == (2, 7)
    assert pair.old.space.vectors[pair.old.space.usable].tolist() == np.eye(4, 7).tolist()


def test_new_is_the_candidate_if_all_tracks_are_shared() -> None:
    """Derived values are then not computed twice. Otherwise `new` is another model."""
    whole, part = pair_with(EmbeddingSpace.of("dcbae", np.eye(5))), pair_with(EmbeddingSpace.of("dcb", np.eye(3)))

    assert whole.new is whole.candidate
    assert part.new is not part.candidate


def test_unusable_vector_is_not_shared() -> None:
    """In either model, a row that is not finite or all zero counts as missing."""
    champion = EmbeddingSpace.of("abcd", np.array([[np.nan, 1], [0, 0], [1, 1], [2, 1]]))
    candidate = EmbeddingSpace.of("abcd", np.array([[1, 0], [0, 1], [np.inf, 1], [2, 1]]))
    pair = pair_with(champion, candidate)

    assert set(pair.champion_tracks) == {"c", "d"}
    assert pair.new.tracks == pair.old.tracks == ("d",)
    assert pair.champion_plays == {"c": 1}


def test_first_row_of_a_repeated_key_of_the_champion_is_used() -> None:
    """The second row of the key is ignored."""
    pair = pair_with(EmbeddingSpace.of(["b", "a", "b"], [[5, 0], [6, 0], [7, 0]]))

    assert pair.old.tracks == ("a", "b")
    assert pair.old.space.vectors[pair.old.space.usable].tolist() == [[6, 0], [5, 0]]


def test_both_models_use_the_playlists_of_the_candidate() -> None:
    """Plays of the champion's tracks are counted in the candidate's playlists."""
    pair = pair_with(EmbeddingSpace.of(["gone", "b", "a", "unplayed"], np.eye(4)))

    assert pair.champion_plays == {"a": 1, "b": 3, "gone": 1}
    assert pair.new.plays.tolist() == pair.old.plays.tolist() == [1, 3]
    assert pair.old.playlists is pair.candidate.playlists


def test_gained_tracks_are_those_without_a_vector_in_the_champion() -> None:
    """Gained tracks are track numbers of the candidate."""
    pair = pair_with(EmbeddingSpace.of(["d", "gone", "b"], np.eye(3)))

    assert pair.gained.tolist() == [0, 2]


def test_models_may_share_no_track() -> None:
    """All tracks of the candidate are then gained."""
    pair = pair_with(EmbeddingSpace.of(["w", "gone"], np.eye(2)))

    assert pair.shared.tolist() == []
    assert pair.gained.tolist() == [0, 1, 2, 3]
    assert pair.champion_plays == {"gone": 1}


@given(
    st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1),
    st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1),
)
def test_shared_and_gained_partition_the_candidate(new: list[str], old: list[str]) -> None:
    """Shared tracks are in both models, gained tracks in the candidate only, in the order of their keys."""
    places = {key: [place + 1.0, 1.0] for place, key in enumerate("abcdefgh")}
    pair = pair_with(
        EmbeddingSpace.of(old, [places[key] for key in old]), EmbeddingSpace.of(new, [places[key] for key in new])
    )

    assert pair.candidate.keys(pair.shared) == tuple(sorted(set(new) & set(old)))
    assert pair.candidate.keys(pair.gained) == tuple(sorted(set(new) - set(old)))
    if len(pair.shared):
        assert pair.old.space.vectors[pair.old.space.usable].tolist() == [places[key] for key in pair.new.tracks]
