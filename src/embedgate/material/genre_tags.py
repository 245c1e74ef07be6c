"""Genre of a track, from the names of the playlists it is in."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from embedgate.material.playlists import Playlists

UNTAGGED = -1
MAX_SUPPORT = 3
"""Playlists that have to agree where the data are rich; fewer are asked for where they are not."""
MIN_TRACKS = 10
MIN_ARTISTS = 5
"""A genre with less is not judged: its score would be that of a few artists."""
_COMFORTABLE = 30  # tagged tracks a genre should have before more support is asked for

_CAMEL = re.compile(r"(?<=[^\W\d_])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True, eq=False)
class GenreTags:
    """The genre of each track of the vocabulary, where its playlists agree on one.

    Attributes:
        genres: g genre names, in the order of the config.
        codes: number of each track's genre, UNTAGGED (-1) where there is none, int16, shape (n,).
        support: how many playlists had to name each genre, shape (g,).
        support_from_data: whether the support was chosen here, not by the user.
        playlists: how many playlists name each genre, shape (g,).
        artists: how many artists bear each genre, shape (g,).
    """

    genres: tuple[str, ...]
    codes: NDArray[np.int16] = field(repr=False)
    support: NDArray[np.int64]
    support_from_data: bool
    playlists: NDArray[np.int64]
    artists: NDArray[np.int64]

    @property
    def tracks(self) -> NDArray[np.int64]:
        """How many tracks bear each genre, shape (g,)."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.genres))

    @property
    def tagged(self) -> NDArray[np.intp]:
        """Numbers of the tracks that have a genre, ascending."""
        return np.flatnonzero(self.codes >= 0)

    def has_enough_tracks(self, genre: int) -> bool:
        """Whether a genre has tracks and artists enough to be judged."""
        return bool(self.tracks[genre] >= MIN_TRACKS and self.artists[genre] >= MIN_ARTISTS)

    def genre_of(self, track: int) -> str:
        """Genre of a track, "" where it has none."""
        code = int(self.codes[track])
        return self.genres[code] if code >= 0 else ""


def match_genres(names: Sequence[str], genres: Mapping[str, Sequence[str]]) -> NDArray[np.bool_]:
    """Tell which playlist names bear which genre, shape (names, genres).

    A word counts where it stands alone: `HardRock` is rock, `trap` and `therapy` are not rap. Case is folded
    and CamelCase is split. What stands before the first `-` is the user, and is not looked at.
    """
    patterns = [_pattern(words) for words in genres.values()]
    found = np.zeros((len(names), len(patterns)), dtype=bool)
    for row, name in enumerate(names):
        user, dash, rest = name.partition("-")
        text = _readable(rest if dash else user)
        for column, pattern in enumerate(patterns):
            found[row, column] = pattern.search(text) is not None
    return found


def tag_tracks(
    playlists: Playlists,
    genres: Mapping[str, Sequence[str]],
    number_of: NDArray[np.integer],
    artist_codes: NDArray[np.integer],
    min_support: int | None = None,
) -> GenreTags:
    """Give each track the genre that more than half of its genre-naming playlists name.

    A tie, a mixed track, and a track that fewer playlists than the support name a genre for stay untagged.

    Args:
        playlists: p playlists with t distinct tracks.
        genres: words to look for in the names, by genre.
        number_of: number in the vocabulary of each of the t tracks, -1 where it has no vector, shape (t,).
        artist_codes: artist of each of the n tracks of the vocabulary, shape (n,).
        min_support: playlists that have to name the genre; None lets the data decide, genre by genre: the
            highest support of 1 to 3 that leaves it 30 tracks and artists enough, else 1.
    """
    size = len(artist_codes)
    named = match_genres(playlists.ids, genres)
    votes = np.zeros((size, len(genres)), dtype=np.int64)
    voters = np.zeros(size, dtype=np.int64)
    track, playlist = _distinct_plays(playlists, number_of)
    for genre in range(len(genres)):
        votes[:, genre] = np.bincount(track[named[playlist, genre]], minlength=size)
    voters[:] = np.bincount(track[named[playlist].any(axis=1)], minlength=size)

    best = votes.argmax(axis=1) if len(genres) else np.zeros(size, dtype=np.intp)
    most = votes.max(axis=1, initial=0)
    decided = (2 * most > voters) & ((votes == most[:, None]).sum(axis=1) == 1)
    support = np.ones(len(genres), dtype=np.int64)
    codes = np.full(size, UNTAGGED, dtype=np.int16)
    for genre in range(len(genres)):
        own = decided & (best == genre)
        support[genre] = min_support or _support_that_suits(most[own], artist_codes[own])
        codes[own & (most >= support[genre])] = genre
    artists = [len(np.unique(artist_codes[codes == genre])) for genre in range(len(genres))]
    return GenreTags(
        tuple(genres), codes, support, min_support is None, named.sum(axis=0), np.array(artists, np.int64)
    )


def _support_that_suits(votes: NDArray[np.integer], artists: NDArray[np.integer]) -> int:
    """The highest support that leaves a genre comfortable; 1 where none does."""
    for support in range(MAX_SUPPORT, 1, -1):
        kept = votes >= support
        if kept.sum() >= _COMFORTABLE and len(np.unique(artists[kept])) >= MIN_ARTISTS:
            return support
    return 1


def _distinct_plays(
    playlists: Playlists, number_of: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Track and playlist of each play, a track counted once a playlist, out-of-vocabulary plays left out."""
    track = number_of[playlists.plays].astype(np.int64)
    inside = track >= 0
    pair = np.unique(track[inside] * len(playlists) + playlists.playlist_of_play[inside])
    return np.divmod(pair, len(playlists))


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Match any of the words standing alone; underscores and punctuation part words, letters do not."""
    forms = (r"\s+".join(map(re.escape, _fold(word).split())) for word in words)
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(forms)})(?![^\W_])")


def _readable(name: str) -> str:
    """The name as written and with CamelCase split, folded."""
    return f"{_fold(name)}\n{_fold(_CAMEL.sub(' ', name))}"


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
