"""Words that the tracks of a playlist predict: planted genres are found, decoys are not."""

from __future__ import annotations

import numpy as np
import pytest

from embedgate.material.playlists import Playlists
from embedgate.proposal.coherent_words import WordEvidence, weigh_words

FRAMES = ("my {}", "{} 2015", "{} favorites", "{} for the road", "{}")
SPELLINGS = {"rock": ["rock"], "jazz": ["jazz"], "rap": ["rap", "hip hop", "hip-hop"]}


def lists(*, shuffled_names: bool = False, seed: int = 0, copies: int = 1) -> Playlists:
    """Return 300 playlists of three genres, of 60 tracks each; half of them have a genre in their name."""
    rng = np.random.default_rng(seed)
    names, sequences = [], []
    for number in range(300):
        genre = list(SPELLINGS)[number % 3]
        words = SPELLINGS[genre] if number % 2 else ["road trip"]
        names.append(FRAMES[number % len(FRAMES)].format(words[int(rng.integers(len(words)))]))
        sequences.append([f"{genre} {track}" for track in rng.choice(60, 12, replace=False)])
    if shuffled_names:
        names = [names[place] for place in rng.permutation(len(names))]
    return Playlists.of([f"u{n}-{name}" for n, name in enumerate(names)] * copies, sequences * copies)


def weighed(playlists: Playlists) -> WordEvidence:
    tracks = len(playlists.tracks)
    found = weigh_words(playlists, np.arange(tracks), tracks, "-")
    assert found is not None
    return found


def test_planted_genres_are_found_with_their_synonyms_and_decoys_are_left_out() -> None:
    evidence = weighed(lists())

    genres = evidence.genres(8)

    assert {frozenset(genre.words) for genre in genres} == {
        frozenset({"rock"}),
        frozenset({"jazz"}),
        frozenset({"rap", "hip hop", "hip-hop"}),
    }
    assert all(genre.auc > 0.75 for genre in genres)  # at most 5 in 6: half of the lists do not name their genre
    assert {"road", "trip"} <= set(evidence.incoherent)
    assert {"rock", "jazz", "rap"}.isdisjoint(evidence.incoherent)


def test_synonyms_of_which_one_is_used_for_mixed_lists_too_are_one_genre() -> None:
    """In thousands of playlists the difference is significant, and small beside that of genres."""
    rng = np.random.default_rng(0)
    names, sequences = [], []
    for number in range(3_000):
        word = ("rock", "rap", "rock", "hip hop")[number % 4]
        genre = "rock" if word == "rock" else "rap"
        tracks = [f"{genre} {track}" for track in rng.choice(200, 12, replace=False)]
        if word == "rap" and number % 24 == 1:
            tracks[:4] = [f"rock {track}" for track in rng.choice(200, 4, replace=False)]
        names.append(f"u{number}-{word}")
        sequences.append(tracks)

    genres = weighed(Playlists.of(names, sequences)).genres(8)

    assert {frozenset(genre.words) for genre in genres} == {frozenset({"rock"}), frozenset({"rap", "hip hop"})}


@pytest.mark.parametrize("seed", range(5))
def test_no_word_is_coherent_if_names_are_permuted(seed: int) -> None:
    assert weighed(lists(shuffled_names=True, seed=seed)).genres(8) == []


def test_copies_of_a_playlist_are_no_evidence() -> None:
    """Three lists and twenty copies of each predict each other, but say nothing about other lists."""
    rng = np.random.default_rng(0)
    sequences = [[f"t{track}" for track in rng.choice(200, 15, replace=False)] for _ in range(120)]
    names = [f"u{n}-gala" for n in range(120)]
    names += [f"v{n}-gym" for n in range(60)]
    sequences += [sequences[n % 3] for n in range(60)]

    evidence = weighed(Playlists.of(names, sequences))

    assert all("gym" not in genre.words for genre in evidence.genres(8))


def test_few_genres_are_returned_on_request() -> None:
    assert len(weighed(lists()).genres(2)) == 2


def test_names_without_words_have_no_evidence() -> None:
    playlists = Playlists.of(range(10), [["a", "b"]] * 10)

    assert weigh_words(playlists, np.arange(2), 2) is None
