"""Candidate and champion, side by side on the tracks that both have."""

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
    """The candidate, judged by its playlists, beside a champion."""
    return ModelPair(ModelUnderTest(candidate, PLAYED), champion)


def test_tracks_are_matched_by_key_whatever_their_order() -> None:
    """Each shared track has the vector of its own key in both, in the candidate's order."""
    pair = pair_with(EmbeddingSpace.of(["c", "gone", "a", "b"], [[0, 3, 0], [9, 9, 9], [0, 1, 0], [0, 2, 0]]))

    assert pair.shared.tolist() == [0, 1, 2]
    assert pair.new.tracks == pair.old.tracks == ("a", "b", "c")
    assert pair.new.space.vectors.tolist() == [[1, 0], [0, 1], [1, 1]]
    assert pair.old.space.vectors.tolist() == [[0, 1, 0], [0, 2, 0], [0, 3, 0]]


def test_the_champion_may_have_another_dimension() -> None:
    """Its vectors stand as they are, with as many columns as it has."""
    pair = pair_with(EmbeddingSpace.of(["a", "b", "c", "d"], np.eye(4, 7)))

    assert (pair.new.space.dimensions, pair.old.space.dimensions) == (2, 7)
    assert pair.old.space.vectors.tolist() == np.eye(4, 7).tolist()


def test_a_candidate_whose_tracks_the_champion_knows_all_is_not_measured_twice() -> None:
    """Then `new` is the candidate itself, with all that was derived from it already; else it is not."""
    whole, part = pair_with(EmbeddingSpace.of("dcbae", np.eye(5))), pair_with(EmbeddingSpace.of("dcb", np.eye(3)))

    assert whole.new is whole.candidate
    assert part.new is not part.candidate


def test_a_vector_without_direction_is_not_shared() -> None:
    """A row of the champion, or of the candidate, that is not finite or all zero counts as missing."""
    champion = EmbeddingSpace.of("abcd", np.array([[np.nan, 1], [0, 0], [1, 1], [2, 1]]))
    candidate = EmbeddingSpace.of("abcd", np.array([[1, 0], [0, 1], [np.inf, 1], [2, 1]]))
    pair = pair_with(champion, candidate)

    assert set(pair.champion_tracks) == {"c", "d"}
    assert pair.new.tracks == pair.old.tracks == ("d",)
    assert pair.champion_plays == {"c": 1}


def test_of_a_key_that_the_champion_has_twice_the_first_row_counts() -> None:
    """As everywhere: a repeated key means its first row."""
    pair = pair_with(EmbeddingSpace.of(["b", "a", "b"], [[5, 0], [6, 0], [7, 0]]))

    assert pair.old.tracks == ("a", "b")
    assert pair.old.space.vectors.tolist() == [[6, 0], [5, 0]]


def test_both_are_judged_by_the_candidates_playlists() -> None:
    """Plays are counted in the candidate's playlists, for the champion's tracks as well."""
    pair = pair_with(EmbeddingSpace.of(["gone", "b", "a", "unplayed"], np.eye(4)))

    assert pair.champion_plays == {"a": 1, "b": 3, "gone": 1}
    assert pair.new.plays.tolist() == pair.old.plays.tolist() == [1, 3]
    assert pair.old.playlists is pair.candidate.playlists


def test_what_the_champion_does_not_know_is_gained() -> None:
    """Track numbers of the candidate; a lost track is none of them."""
    pair = pair_with(EmbeddingSpace.of(["d", "gone", "b"], np.eye(3)))

    assert pair.gained.tolist() == [0, 2]


def test_two_models_may_share_nothing() -> None:
    """Then all is gained, and nothing is shared."""
    pair = pair_with(EmbeddingSpace.of(["w", "gone"], np.eye(2)))

    assert pair.shared.tolist() == []
    assert pair.gained.tolist() == [0, 1, 2, 3]
    assert pair.champion_plays == {"gone": 1}


@given(
    st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1),
    st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1),
)
def test_shared_and_gained_are_what_sets_say(new: list[str], old: list[str]) -> None:
    """Shared is what both have, gained what the candidate alone has, each once, in the candidate's order."""
    places = {key: [place + 1.0, 1.0] for place, key in enumerate("abcdefgh")}
    pair = pair_with(
        EmbeddingSpace.of(old, [places[key] for key in old]), EmbeddingSpace.of(new, [places[key] for key in new])
    )

    assert [new[track] for track in pair.shared] == [key for key in new if key in old]
    assert [new[track] for track in pair.gained] == [key for key in new if key not in old]
    if len(pair.shared):
        assert pair.old.space.vectors.tolist() == [places[key] for key in pair.new.tracks]
