"""Words of playlist names, in any script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.material.genre_tags import match_genres
from embedgate.proposal.name_words import playlists_with, words_of_name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("My Rock", {"my", "rock", "my rock"}),
        ("HardRock", {"hard", "rock", "hardrock", "hard rock"}),
        ("90s R&B, mostly", {"90s", "90s r", "r&b", "mostly"}),
        ("rock_mix", {"rock", "mix", "rock mix"}),
        ("2015", set()),
        ("\U0001f494 !", set()),
        ("ロック名曲", {"ロック名曲", "ロック", "名曲"}),
    ],
)
def test_words_of_a_name(name: str, words: set[str]) -> None:
    assert words_of_name(name) == words


@given(st.text(max_size=30))
def test_gate_finds_each_word_in_the_name_it_comes_from(name: str) -> None:
    """Exceptions are parts of words that the gate does not look into."""
    words = [word for word in words_of_name(name) if word.isascii()]

    if name.isascii() and "_" not in name:
        assert all(match_genres([name], {word: [word]})[0, 0] for word in words)


def test_pair_is_kept_if_both_words_are_nearly_always_in_it() -> None:
    found = playlists_with(["hip hop", "hip-hop", "HIP HOP", "the rap", "a rap", "best of rap"])

    assert found[("hip hop", "hip-hop")] == [0, 1, 2]
    assert not {("hip",), ("hop",), ("of rap",)} & set(found)
    assert found[("rap",)] == [3, 4, 5]


def test_number_beside_a_word_is_not_part_of_it() -> None:
    assert set(playlists_with(["jazz 1", "jazz 1", "soul 2"])) == {("jazz",), ("soul",)}


def test_words_about_playlists_are_none() -> None:
    found = playlists_with(["my favorites", "best jazz", "Top 50", "top hits"])

    assert set(found) == {("jazz",)}
