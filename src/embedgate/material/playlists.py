"""Playlists (or sessions): tracks that were played together, in order, frozen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import compress
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from embedgate.errors import MaterialError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

MISSING = -1
_MIX = np.uint64(0x9E3779B97F4A7C15)  # multiplier of a Fibonacci hash (Knuth 1998, 6.4)


@dataclass(frozen=True, eq=False)
class Playlists:
    """All plays of all playlists as one flat array of track numbers.

    Attributes:
        ids: p playlist ids.
        tracks: t distinct track keys, in order of first play.
        plays: int32 numbers into `tracks`, one playlist after the other, shape (total plays,).
        offsets: int64, shape (p + 1,): playlist i is `plays[offsets[i]:offsets[i + 1]]`.
        artist_of: artist of each track by key, if the playlists contain one.
        queries: last track of `track_test_x` of each playlist, MISSING if there is none, shape (p,); None if the
            playlists have no test columns. Numbers into `tracks`.
        targets: `track_test_y` of each playlist, likewise.
        names: p playlist names, "" if one is missing; None if the ids are the names.
        targets_held_out: whether the targets were held out of training, also if the rest of the playlists was not.
    """

    ids: tuple[str, ...]
    tracks: tuple[str, ...]
    plays: NDArray[np.int32] = field(repr=False)
    offsets: NDArray[np.int64] = field(repr=False)
    artist_of: Mapping[str, str] = field(repr=False, default_factory=dict)
    queries: NDArray[np.int32] | None = field(repr=False, default=None)
    targets: NDArray[np.int32] | None = field(repr=False, default=None)
    names: tuple[str, ...] | None = field(repr=False, default=None)
    targets_held_out: bool = False

    @classmethod
    def of(
        cls,
        ids: Iterable[object],
        sequences: Sequence[Iterable[object]],
        *,
        names: Sequence[object] | None = None,
        artists: Sequence[Iterable[object]] | None = None,
        test_x: Sequence[Iterable[object]] | None = None,
        test_y: Sequence[object] | None = None,
    ) -> Playlists:
        """Validate and freeze p playlists.

        Args:
            ids: p playlist ids.
            sequences: p sequences of track keys, in the order of play.
            names: p playlist names; None if the ids are the names.
            artists: p sequences of artist names, each as long as its sequence of tracks.
            test_x: p sequences, each a playlist without its held-out target.
            test_y: p track keys, the held-out targets.

        Raises:
            MaterialError: if lengths differ, a played track is missing (None or NaN), or there is no play.
        """
        playlists = tuple(map(str, ids))
        if len(playlists) != len(sequences):
            raise MaterialError(f"{len(playlists)} playlist ids for {len(sequences)} track sequences")
        if names is not None and len(names) != len(playlists):
            raise MaterialError(f"{len(playlists)} playlist ids and {len(names)} names")
        number = _TrackNumbers()
        offsets, plays = [0], list[int]()
        for name, sequence in zip(playlists, sequences, strict=True):
            try:
                plays.extend(map(number.__getitem__, sequence))
            except (TypeError, ValueError) as error:
                raise MaterialError(f"playlist {name!r}: {error}") from error
            offsets.append(len(plays))
        if not plays:
            raise MaterialError(f"the {len(playlists)} playlists contain no play")
        artist_of = _first_artists(playlists, sequences, artists) if artists is not None else {}
        queries = targets = None
        if test_x is not None and test_y is not None:
            if not len(test_x) == len(test_y) == len(playlists):
                raise MaterialError(
                    f"{len(playlists)} playlists, {len(test_x)} track_test_x and {len(test_y)} track_test_y"
                )
            queries = number.of_each(_last(x) for x in test_x)
            targets = number.of_each(test_y)
        return cls(
            playlists,
            tuple(number.tracks),
            np.asarray(plays, dtype=np.int32),
            np.asarray(offsets, dtype=np.int64),
            artist_of,
            queries,
            targets,
            None if names is None else tuple("" if _is_missing(name) else str(name) for name in names),
        )

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def play_counts(self) -> NDArray[np.int64]:
        """Plays of each track, shape (t,)."""
        return np.bincount(self.plays, minlength=len(self.tracks))

    @cached_property
    def by_content(self) -> NDArray[np.intp]:
        """Playlist numbers by a hash of their tracks, shape (p,): the same order in whatever order the playlists are.

        Playlists of the same tracks in the same order are interchangeable.
        """
        code = np.array([crc32(track.encode("utf-8", "surrogatepass")) for track in self.tracks], dtype=np.uint64)
        mixed = np.arange(len(self.plays), dtype=np.uint64)  # in place: each copy is 8 bytes per play
        mixed -= np.repeat(self.offsets[:-1].astype(np.uint64), np.diff(self.offsets))
        mixed *= _MIX
        mixed += code[self.plays]
        mixed *= _MIX
        mixed ^= mixed >> np.uint64(29)
        mixed *= _MIX
        totals = np.zeros(len(mixed) + 1, np.uint64)
        np.cumsum(mixed, out=totals[1:])
        return np.argsort(totals[self.offsets[1:]] - totals[self.offsets[:-1]], kind="stable")

    @cached_property
    def content_rank(self) -> NDArray[np.intp]:
        """Rank of each playlist in `by_content`, shape (p,)."""
        return np.argsort(self.by_content)

    @cached_property
    def playlist_of_play(self) -> NDArray[np.int32]:
        """Number of the playlist of each play, shape (total plays,)."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.offsets))

    @cached_property
    def last_two(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Track before the last and last track of each playlist, shape (p,) each; MISSING if they do not differ.

        They are a query and its target where the playlists have no test columns.
        """
        queries, targets = np.full((2, len(self)), MISSING, dtype=np.int32)
        long = np.flatnonzero(np.diff(self.offsets) >= 2)
        before, last = self.plays[self.offsets[long + 1] - 2], self.plays[self.offsets[long + 1] - 1]
        differ = before != last
        queries[long[differ]], targets[long[differ]] = before[differ], last[differ]
        return queries, targets

    @cached_property
    def by_plays(self) -> NDArray[np.intp]:
        """Track numbers, the most played first; equal counts in order of first play."""
        return np.argsort(-self.play_counts, kind="stable")

    def some(self, which: NDArray[np.bool_]) -> Playlists:
        """Return some of the playlists, shape (p,), with the same numbers of tracks."""

        def chosen(values: Sequence[str]) -> tuple[str, ...]:
            return tuple(compress(values, which))

        lengths = np.diff(self.offsets)
        return replace(
            self,
            ids=chosen(self.ids),
            plays=self.plays[np.repeat(which, lengths)],
            offsets=np.concatenate([[0], np.cumsum(lengths[which])]),
            queries=None if self.queries is None else self.queries[which],
            targets=None if self.targets is None else self.targets[which],
            names=None if self.names is None else chosen(self.names),
        )

    def searched_names(self, user_separator: str = "") -> Sequence[str]:
        """Return the names in which genre words are looked for: `names`, else the ids without users.

        Args:
            user_separator: the user of an id `<user>-<name>` ends before its first occurrence; an id that does not
                contain it has no user. "": ids have no user.
        """
        if self.names is not None:
            return self.names
        if not user_separator:
            return self.ids
        parts = (playlist.partition(user_separator) for playlist in self.ids)
        return [name if separator else whole for whole, separator, name in parts]

    def distinct_plays(self, number_of: NDArray[np.integer]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return playlist and track of each play, repetitions within a playlist left out.

        Args:
            number_of: number of each track in a vocabulary, -1 for a track that is not in it, shape (t,).

        Returns:
            playlist numbers and vocabulary numbers, shape (m,) each, ascending by playlist, then by track.
        """
        track = number_of[self.plays].astype(np.int64)
        inside = track >= 0
        size = max(1, int(track.max(initial=0)) + 1)
        plays = self.playlist_of_play[inside] * np.int64(size) + track[inside]
        plays.sort()  # and not np.unique, which takes five times as long
        distinct = np.ones(len(plays), dtype=bool)
        np.not_equal(plays[1:], plays[:-1], out=distinct[1:])
        playlist, track = np.divmod(plays[distinct], size)
        return playlist.astype(np.int32), track.astype(np.int32)


def _first_artists(
    names: tuple[str, ...], sequences: Sequence[Iterable[object]], artists: Sequence[Iterable[object]]
) -> dict[str, str]:
    """Return the artist of each track in its first play with an artist."""
    if len(artists) != len(names):
        raise MaterialError(f"{len(names)} playlists and {len(artists)} artist sequences")
    artist_of: dict[str, str] = {}
    for name, sequence, credits_ in zip(names, sequences, artists, strict=True):
        tracks, credited = list(sequence), list(credits_)
        if len(tracks) != len(credited):
            raise MaterialError(
                f"playlist {name!r} has {len(tracks)} tracks and {len(credited)} artists: "
                "artist_sequence must contain one artist per track"
            )
        for track, artist in zip(tracks, credited, strict=True):
            if not _is_missing(artist):
                artist_of.setdefault(str(track), str(artist))
    return artist_of


class _TrackNumbers(dict[object, int]):
    """The number of each track, assigned at its first look-up; `tracks` lists them in that order.

    Later look-ups run entirely in C, which is fast for millions of plays.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tracks: list[str] = []

    def __missing__(self, track: object) -> int:
        if _is_missing(track):
            raise ValueError("a track is missing (None or NaN)")
        name = str(track)
        if name is track or name not in self:
            self[name] = len(self.tracks)
            self.tracks.append(name)
        self[track] = self[name]
        return self[name]

    def of_each(self, tracks: Iterable[object]) -> NDArray[np.int32]:
        """Return the number of each track, MISSING for None and NaN."""
        return np.asarray([MISSING if _is_missing(track) else self[track] for track in tracks], dtype=np.int32)


def _last(sequence: Iterable[object]) -> object:
    return (list(sequence) or [None])[-1]


def _is_missing(value: Any) -> bool:  # noqa: ANN401 - a cell of a frame may be anything
    return value is None or value != value  # noqa: PLR0124 - NaN is the value that differs from itself
