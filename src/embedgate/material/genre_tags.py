"""Genre of each track, from the names of its playlists."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.genre_words import ascii_pattern, fold_name, genre_pattern

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from embedgate.material.playlists import Playlists

UNTAGGED = -1
MAX_SUPPORT = 3
"""The highest support that is chosen; sparse data get a lower one."""
MIN_TRACKS = 10
MIN_ARTISTS = 5
"""A genre with fewer is not judged: its score would depend on a few artists."""
_MIN_KEPT = 30  # tagged tracks that a genre must keep for its support to be raised

_CAMEL = re.compile(r"(?<=[^\W\d_])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, eq=False)
class GenreTags:
    """The genre of each track of the vocabulary, if its playlists agree on one.

    Attributes:
        genres: g genre names, in the order of the config.
        codes: number of each track's genre, UNTAGGED (-1) if it has none, int16, shape (n,).
        support: number of playlists that must name each genre, shape (g,).
        support_from_data: whether the support was derived from the data rather than configured.
        artists: number of artists of each genre's tracks, shape (g,).
        named: number of playlists whose name contains each genre, shape (g,).
        unmatched: up to three of the names that contain no genre.
        source: the catalogue whose labels are the genres; "" if genres come from playlist names.
        labels: all labels of each track in the catalogue, including those that are not judged.
        members: whether each track has each genre, shape (n, g); None if no track has several.
    """

    genres: tuple[str, ...]
    codes: NDArray[np.int16] = field(repr=False)
    support: NDArray[np.int64]
    support_from_data: bool
    artists: NDArray[np.int64]
    named: NDArray[np.int64]
    unmatched: tuple[str, ...] = ()
    source: str = ""
    labels: tuple[tuple[str, ...], ...] = field(repr=False, default=())
    members: NDArray[np.bool_] | None = field(repr=False, default=None)

    @cached_property
    def tracks(self) -> NDArray[np.int64]:
        """Number of tracks of each genre, shape (g,)."""
        if self.members is not None:
            return np.asarray(self.members.sum(axis=0, dtype=np.int64))
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.genres))

    def has(self, genre: int) -> NDArray[np.bool_]:
        """Return whether each track has a genre, shape (n,)."""
        return np.asarray(self.codes == genre if self.members is None else self.members[:, genre])

    def has_enough_tracks(self, genre: int) -> bool:
        """Return whether a genre has enough tracks and artists to be judged."""
        return bool(self.tracks[genre] >= MIN_TRACKS and self.artists[genre] >= MIN_ARTISTS)

    def genre_of(self, track: int) -> str:
        """Return the genre of a track, of several the first; "" if it has none."""
        code = int(self.codes[track])
        return self.genres[code] if code >= 0 else ""

    def all_of(self, track: int) -> tuple[str, ...]:
        """Return all genres of a track, including labels of the catalogue that are not judged."""
        return self.labels[track] if self.labels else tuple(filter(None, (self.genre_of(track),)))


def match_genres(names: Sequence[str], genres: Mapping[str, Sequence[str]]) -> NDArray[np.bool_]:
    """Find the genres that playlist names contain, shape (names, genres).

    Only whole words match: `HardRock` contains rock; `trap` and `therapy` do not contain rap. Case is folded and
    CamelCase is split; see `genre_words` for scripts without spaces, Arabic and Korean.
    """
    patterns = [genre_pattern(words) for words in genres.values()]
    ascii_patterns = [ascii_pattern(words) for words in genres.values()]
    row_of: dict[str, int] = {}  # many playlists have the same name
    row_of_name = [row_of.setdefault(text, len(row_of)) for text in names]
    found = np.zeros((len(row_of), len(patterns)), dtype=bool)
    for text, row in row_of.items():
        split = split_camel_case(text)
        searched = fold_name(text) if split == text else f"{fold_name(text)}\0{fold_name(split)}"
        for column, pattern in enumerate(ascii_patterns if text.isascii() else patterns):
            found[row, column] = pattern.search(searched) is not None
    return np.asarray(found[np.array(row_of_name, dtype=np.intp)])


def split_camel_case(name: str) -> str:
    """Separate the words of a name in CamelCase by spaces."""
    return _CAMEL.sub(" ", name)


def tag_tracks(
    playlists: Playlists,
    genres: Mapping[str, Sequence[str]],
    number_of: NDArray[np.integer],
    artist_codes: NDArray[np.integer],
    min_support: int | None = None,
    *,
    user_separator: str = "",
) -> GenreTags:
    """Tag each track with the genre that more than half of its genre-naming playlists name.

    A track stays untagged on a tie, without a majority, and if fewer playlists than the support name its genre.

    Args:
        playlists: p playlists with t distinct tracks.
        genres: words to look for in the names, by genre.
        number_of: number in the vocabulary of each of the t tracks, -1 if it has no vector, shape (t,).
        artist_codes: artist of each of the n tracks of the vocabulary, shape (n,).
        min_support: number of playlists that must name the genre; None: for each genre, the highest support of 1 to 3
            that leaves it 30 tracks and enough artists, else 1.
        user_separator: what ends the user in `<user>-<name>`; see `Playlists.searched_names`.
    """
    size = len(artist_codes)
    names = playlists.searched_names(user_separator)
    named = match_genres(names, genres)
    best, most, decided = _elected(named, *playlists.distinct_plays(number_of), size)
    support = np.ones(len(genres), dtype=np.int64)
    codes = np.full(size, UNTAGGED, dtype=np.int16)
    for genre in range(len(genres)):
        own = decided & (best == genre)
        support[genre] = min_support or _choose_support(most[own], artist_codes[own])
        codes[own & (most >= support[genre])] = genre
    artists = [len(np.unique(artist_codes[codes == genre])) for genre in range(len(genres))]
    unmatched = np.flatnonzero(~named.any(axis=1))[:3]
    return GenreTags(
        tuple(genres),
        codes,
        support,
        min_support is None,
        np.array(artists, np.int64),
        named.sum(axis=0, dtype=np.int64),
        tuple(names[row] for row in unmatched),
    )


def tag_all_tracks(
    playlists: Playlists,
    genres: Mapping[str, Sequence[str]],
    support: NDArray[np.integer],
    *,
    user_separator: str = "",
) -> NDArray[np.int16]:
    """Return the genre of each of the t tracks of the playlists, with a vector or without, as `tag_tracks` tags them.

    Args:
        playlists: p playlists with t distinct tracks.
        genres: words to look for in the names, by genre.
        support: number of playlists that must name each genre, shape (g,).
        user_separator: what ends the user in `<user>-<name>`; see `Playlists.searched_names`.

    Returns:
        genre number, UNTAGGED (-1) without one, shape (t,).
    """
    named = match_genres(playlists.searched_names(user_separator), genres)
    size = len(playlists.tracks)
    best, most, decided = _elected(named, *playlists.distinct_plays(np.arange(size)), size)
    return np.where(decided & (most >= support[best]), best, UNTAGGED).astype(np.int16)


def _elected(
    named: NDArray[np.bool_], playlist: NDArray[np.integer], track: NDArray[np.integer], size: int
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.bool_]]:
    """Return the genre with most votes of each track, its votes, and whether they decide; shape (size,) each."""
    genres = named.shape[1]
    votes = np.zeros((size, genres), dtype=np.int64)
    for genre in range(genres):
        votes[:, genre] = np.bincount(track[named[playlist, genre]], minlength=size)
    voters = np.bincount(track[named[playlist].any(axis=1)], minlength=size)
    best = votes.argmax(axis=1) if genres else np.zeros(size, dtype=np.intp)
    most = votes.max(axis=1, initial=0)
    return best, most, (2 * most > voters) & ((votes == most[:, None]).sum(axis=1) == 1)


def _choose_support(votes: NDArray[np.integer], artists: NDArray[np.integer]) -> int:
    """Return the highest support that leaves a genre enough tracks and artists; 1 if none does."""
    for support in range(MAX_SUPPORT, 1, -1):
        kept = votes >= support
        if kept.sum() >= _MIN_KEPT and len(np.unique(artists[kept])) >= MIN_ARTISTS:
            return support
    return 1
