"""Separators are chosen by what the playlists say about the text before them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.proposal.separators import track_separator, user_separator
from embedgate.testing import Sample, sample

RNG = np.random.default_rng(0)


def model(keys: list[str], sequences: list[list[str]], artists: list[list[str]] | None = None) -> ModelUnderTest:
    vectors = RNG.standard_normal((len(keys), 4))
    playlists = Playlists.of(range(len(sequences)), sequences, artists=artists)
    return ModelUnderTest(EmbeddingSpace.of(keys, vectors), playlists)


def renamed(given: Sample, separator: str) -> ModelUnderTest:
    new = {key: key.replace("-", separator) for key in given.keys}
    return model(list(new.values()), [[new[key] for key in each] for each in given.sequences])


@pytest.mark.parametrize("separator", ["-", " - ", "|", "::", "_", " / "])
def test_separator_of_artists_that_share_playlists_is_found(separator: str) -> None:
    choice = track_separator(renamed(sample(), separator))

    assert choice.separator == separator
    assert "30 artists" in choice.why


def test_prefix_that_is_no_artist_is_refused() -> None:
    """The same keys, with the artists permuted over the tracks."""
    given = sample()
    rng = np.random.default_rng(1)
    new = {key: f"{rng.integers(30)}-{number}" for number, key in enumerate(given.keys)}

    choice = track_separator(model(list(new.values()), [[new[key] for key in each] for each in given.sequences]))

    assert choice.separator == ""
    assert "'-'" in choice.why


def test_known_artists_show_the_separator_even_if_they_contain_it() -> None:
    keys = [f"JAY-Z-Song {number}" for number in range(20)]

    choice = track_separator(model(keys, [keys] * 3, [["JAY-Z"] * 20] * 3))

    assert choice.separator == "-"
    assert "20 of 20 keys" in choice.why


def test_keys_without_punctuation_have_no_separator() -> None:
    keys = [str(number) for number in range(1000, 1040)]

    assert track_separator(model(keys, [keys[:20], keys[20:]])).separator == ""


def lists_of_users(form: str, *, names: list[str]) -> Playlists:
    """Return 200 playlists of 50 users, each of whom plays tracks of their own."""
    rng = np.random.default_rng(2)
    ids, sequences = [], []
    for number in range(200):
        user = number % 50
        ids.append(form.format(user=f"mia_{user}", name=names[number % len(names)]))
        own = rng.integers(30, size=6) + 10 * user
        sequences.append([f"t{track}" for track in [*own, *rng.integers(600, size=3)]])
    return Playlists.of(ids, sequences)


def test_user_is_separated_from_names_that_others_have_too() -> None:
    choice = user_separator(
        lists_of_users("{user}-{name}", names=["rock", "Hip-Hop", "my mix", "2015", "car", "sun"])
    )

    assert choice.separator == "-"
    assert "50 users" in choice.why


def test_names_that_only_sometimes_contain_punctuation_have_no_user() -> None:
    assert user_separator(lists_of_users("{name}", names=["Hip-Hop Classics", "rock", "jazz"])).separator == ""


def test_column_of_names_needs_no_separator() -> None:
    playlists = replace(lists_of_users("{user}-{name}", names=["rock"]), names=("rock",) * 200)

    assert user_separator(playlists).separator == ""
