"""Simulate a model of a large catalogue without training: vectors, and the playlists that they would be trained on.

    python -m benchmarks.large_catalogue [TRACKS...]

Prints seconds and peak memory of each size, by default 10,000, 100,000 and 1,000,000 tracks with 20 plays per track.

The simulator of the demonstration has a table of the probability that one track follows another, which is quadratic.
Here, the tracks of a genre are on a line: similar artists are adjacent, and a track is as long as it is popular. A
playlist is a random walk along the line, so all plays are drawn at once. A play is stored as the number of its track.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.signal import lfilter
from scipy.stats import ortho_group

from embedgate.demo.playlist_names import name_with_genre, name_without_genre
from embedgate.demo.tracks import GENRES, SEPARATOR, load_tracks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_TRACKS_PER_ARTIST = 8.0  # mean of a geometric distribution
_VERSION = 0.06  # share of tracks that are another version of the track before
_SUFFIXES = ("", " - Live", " - Remastered 2011", " - Radio Edit")
_RELATED = 0.85  # correlation of adjacent artists
_GENRE, _ARTIST, _TRACK = 0.7, 1.0, 0.5  # scale of the parts of a position
_STEP = 1.5  # standard deviation of a step, in artists of mean popularity
_JUMP = 0.06  # probability that a walk continues somewhere else in its genre
_ANYWHERE = 0.05  # probability that a track comes from any genre
_NAMED, _MISLABELLED = 0.45, 0.03  # share of playlists that name a genre, and of these, another one
_PLAYLISTS_PER_USER = 4.5  # mean
_NAMES = 500  # distinct playlist names of each kind
_SHORTEST, _LONGEST = 5, 150
_FEWEST = 1_000  # tracks, so that each genre has enough for a playlist
_CHUNK = 50_000  # playlists drawn at a time


@dataclass(frozen=True, eq=False)
class LargeCatalogue:
    """Tracks with latent positions, and playlists as columns.

    Attributes:
        keys: `<artist>-<title>` of n tracks, unique.
        artists: names of the artists.
        artist: number of each track's artist, shape (n,).
        genre: number in `GENRES` of each track, shape (n,).
        positions: what a model can learn, float32, shape (n, d).
        playlist_ids: `<user>-<name>` of p playlists, unique.
        plays: track numbers, one playlist after the other, int32, shape (plays,); distinct within a playlist.
        offsets: playlist i is `plays[offsets[i]:offsets[i + 1]]`, int64, shape (p + 1,).
    """

    keys: pa.StringArray = field(repr=False)
    artists: pa.StringArray = field(repr=False)
    artist: NDArray[np.int32] = field(repr=False)
    genre: NDArray[np.int8] = field(repr=False)
    positions: NDArray[np.float32] = field(repr=False)
    playlist_ids: pa.StringArray = field(repr=False)
    plays: NDArray[np.int32] = field(repr=False)
    offsets: NDArray[np.int64] = field(repr=False)

    def vectors(self, training: int, noise: float = 0.2) -> NDArray[np.float32]:
        """Return the vectors of one training, shape (n, d): rotated positions with noise.

        Args:
            training: number of the training; 0 is not rotated.
            noise: standard deviation of the noise relative to that of the positions.
        """
        rng = np.random.default_rng([2026, training])
        dimensions = self.positions.shape[1]
        vectors = rng.standard_normal(self.positions.shape, np.float32)
        vectors *= np.float32(noise * self.positions.std())
        vectors += self.positions
        if training:
            vectors = vectors @ ortho_group.rvs(dimensions, random_state=rng).astype(np.float32)
        return vectors

    def playlists(self) -> pd.DataFrame:
        """Return the frame that embedgate reads; sequences are Arrow lists of dictionary-encoded strings."""
        shorter = self.offsets - np.arange(len(self.offsets))
        before_last = np.delete(self.plays, self.offsets[1:] - 1)
        columns = {
            "playlist_id": self.playlist_ids,
            "artist_sequence": _lists(self.offsets, self.artist[self.plays], self.artists),
            "track_sequence": _lists(self.offsets, self.plays, self.keys),
            "track_test_x": _lists(shorter, before_last, self.keys),
            "track_test_y": pa.DictionaryArray.from_arrays(self.plays[self.offsets[1:] - 1], self.keys),
        }
        return pd.DataFrame({name: pd.arrays.ArrowExtensionArray(column) for name, column in columns.items()})


def simulate(tracks: int, plays: int | None = None, *, dimensions: int = 64, seed: int = 2026) -> LargeCatalogue:
    """Simulate a catalogue and its playlists; equal arguments give equal values.

    Args:
        tracks: number of tracks, n.
        plays: number of plays; the last playlist may exceed it. None: 20 per track.
        dimensions: of the positions.
        seed: seed of the random numbers.

    Raises:
        ValueError: if there are fewer than 1,000 tracks, or no plays.
    """
    plays = 20 * tracks if plays is None else plays
    if tracks < _FEWEST or plays < 1:
        raise ValueError(f"{tracks} tracks, {plays} plays: at least {_FEWEST} tracks and one play are required")
    rng = np.random.default_rng(seed)
    artist = _artists(tracks, rng)
    number = int(artist[-1]) + 1
    genre_of_artist = np.sort(rng.integers(0, len(GENRES), number)).astype(np.int8)
    place = np.arange(tracks) - np.searchsorted(artist, artist)  # within the artist
    version = (rng.random(tracks) < _VERSION) & (place % len(_SUFFIXES) > 0)
    song = np.maximum.accumulate(np.where(version, 0, np.arange(tracks)))
    popularity = (rng.permutation(number)[artist] + 2.0) ** -0.7 * (place + 1.0) ** -0.5
    flat, offsets, genre_of_playlist = _playlists(np.cumsum(popularity), genre_of_artist[artist], number, plays, rng)
    names = _joined("Artist ", pa.array(np.arange(number)))
    return LargeCatalogue(
        keys=_joined(names.take(pa.array(artist)), SEPARATOR, _titles(artist, place, song)),
        artists=names,
        artist=artist,
        genre=genre_of_artist[artist],
        positions=_positions(artist, genre_of_artist, song, dimensions, rng),
        playlist_ids=_playlist_ids(genre_of_playlist, rng),
        plays=flat,
        offsets=offsets,
    )


def _artists(tracks: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Draw the number of each track's artist, ascending."""
    first = rng.random(tracks) < 1 / _TRACKS_PER_ARTIST
    first[0] = True
    return (np.cumsum(first) - 1).astype(np.int32)


def _titles(artist: NDArray[np.int32], place: NDArray[np.intp], song: NDArray[np.intp]) -> pa.StringArray:
    """Return titles of two words from the demonstration; versions differ by a suffix."""
    words = sorted({word for track in load_tracks() for word in track.title.split() if word.isalpha()})
    # consecutive codes within an artist, so that its songs differ
    code = (artist.astype(np.int64) * 7919 + place[song]) % len(words) ** 2
    first, second = (pa.array(words).take(pa.array(each)) for each in np.divmod(code, len(words)))
    suffix = pa.array(_SUFFIXES).take(pa.array(np.arange(len(song)) - song))
    return _joined(first, " ", second, suffix)


def _positions(
    artist: NDArray[np.int32],
    genre_of_artist: NDArray[np.int8],
    song: NDArray[np.intp],
    dimensions: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Draw positions: of the genre, of the artist, who is close to adjacent artists, and of the song."""
    genres = rng.standard_normal((len(GENRES), dimensions), np.float32)
    steps = rng.standard_normal((len(genre_of_artist), dimensions), np.float32) * np.sqrt(1 - _RELATED**2)
    artists = _GENRE * genres[genre_of_artist] + _ARTIST * lfilter([1.0], [1.0, -_RELATED], steps, axis=0)
    positions = rng.standard_normal((len(artist), dimensions), np.float32)[song]
    positions *= np.float32(_TRACK)
    positions += artists.astype(np.float32)[artist]
    return positions


def _playlists(
    line: NDArray[np.float64], genre: NDArray[np.int8], artists: int, plays: int, rng: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int8]]:
    """Draw playlists until there are enough plays; return plays, offsets and the genre of each playlist.

    Args:
        line: where each track ends on the line.
        genre: of each track, ascending.
        artists: number of artists.
        plays: number of plays.
        rng: random numbers.
    """
    ends = np.concatenate([[0.0], line])[np.searchsorted(genre, np.arange(len(GENRES) + 1))]
    drawn: list[NDArray[np.int32]] = []
    lengths: list[NDArray[np.int64]] = []
    genres: list[NDArray[np.int8]] = []
    missing = plays
    while missing > 0:
        chunk = min(_CHUNK, missing // 20 + 1)
        track, length, start = _walks(line, ends, _STEP * line[-1] / artists, chunk, rng)
        needed = int(np.searchsorted(np.cumsum(length), missing)) + 1
        length, start = length[:needed], start[:needed]
        drawn.append(track[: int(length.sum())])
        lengths.append(length)
        genres.append(genre[np.searchsorted(line, start, "right")])
        missing -= len(drawn[-1])
    return np.concatenate(drawn), np.cumsum(np.concatenate([[0], *lengths])), np.concatenate(genres)


def _walks(
    line: NDArray[np.float64], ends: NDArray[np.float64], step: float, playlists: int, rng: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """Walk within genres; return the distinct tracks of each playlist, their numbers and where the walks start."""
    start = rng.random(playlists) * line[-1]
    genre = np.searchsorted(ends, start, "right") - 1
    length = np.clip(rng.lognormal(3.25, 0.5, playlists), _SHORTEST, _LONGEST).astype(np.int64)
    playlist = np.repeat(np.arange(playlists), length)
    moves = step * rng.standard_normal(len(playlist))
    size = (ends[1:] - ends[:-1])[genre]
    jumps = rng.random(len(playlist)) < _JUMP
    moves[jumps] = rng.random(int(jumps.sum())) * size[playlist[jumps]]
    first = np.cumsum(length) - length
    moves[first] = start - ends[genre]
    moves = np.cumsum(moves)
    moves -= np.repeat(np.concatenate([[0.0], moves[first[1:] - 1]]), length)
    place = ends[genre][playlist] + moves % size[playlist]
    anywhere = rng.random(len(playlist)) < _ANYWHERE
    place[anywhere] = rng.random(int(anywhere.sum())) * line[-1]
    track = np.minimum(np.searchsorted(line, place, "right"), len(line) - 1).astype(np.int32)
    kept = np.sort(np.unique(playlist * np.int64(len(line)) + track, return_index=True)[1])  # first plays
    length = np.bincount(playlist[kept], minlength=playlists)
    long_enough = length >= _SHORTEST
    return track[kept[long_enough[playlist[kept]]]], length[long_enough], start[long_enough]


def _playlist_ids(genre: NDArray[np.int8], rng: np.random.Generator) -> pa.StringArray:
    """Draw user and name of each playlist; a number makes the names of a user distinct."""
    pools = [[name_with_genre(each, rng) for _ in range(_NAMES)] for each in GENRES]
    names = pa.array([name for pool in pools for name in pool] + [name_without_genre(rng) for _ in range(_NAMES)])
    other = rng.random(len(genre)) < _MISLABELLED
    kind = np.where(other, rng.integers(0, len(GENRES), len(genre)), genre)
    kind = np.where(rng.random(len(genre)) < _NAMED, kind, len(GENRES))
    first = rng.random(len(genre)) < 1 / _PLAYLISTS_PER_USER
    first[:1] = True
    user = np.cumsum(first) - 1
    place = np.arange(len(genre)) - np.flatnonzero(first)[user]
    name = names.take(pa.array(kind * _NAMES + rng.integers(0, _NAMES, len(genre))))
    return _joined("user_", pa.array(user), "-", name, " (", pa.array(place + 1), ")")


def _joined(*parts: str | pa.Array) -> pa.StringArray:
    """Concatenate strings and numbers element by element."""
    texts = [part if isinstance(part, str) else part.cast(pa.string()) for part in parts]
    return pc.binary_join_element_wise(*texts, "")


def _lists(offsets: NDArray[np.int64], numbers: NDArray[np.int32], names: pa.StringArray) -> pa.ListArray:
    values = pa.DictionaryArray.from_arrays(pa.array(numbers), names)
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), values)


def _measured(tracks: int) -> Iterator[str]:
    """Yield the cells of a row: size, seconds, and peak memory of this process."""
    started = time.perf_counter()
    made = simulate(tracks)
    yield f"{tracks:,}"
    yield f"{len(made.plays):,} in {len(made.playlist_ids):,} playlists"
    yield f"{time.perf_counter() - started:.1f} s"
    started = time.perf_counter()
    frame, champion, candidate = made.playlists(), made.vectors(0), made.vectors(1)
    yield f"{time.perf_counter() - started:.1f} s"
    size = champion.nbytes + candidate.nbytes + int(frame.memory_usage().sum())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts kilobytes
    yield f"{peak / 1e9:.2f} GB, of which frame and models {size / 1e9:.2f} GB"


def main() -> None:
    """Print a row per size, each measured in a new process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tracks", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--row", action="store_true", help="measure in this process, and print only the row")
    given = parser.parse_args()
    if given.row:
        print(f"| {' | '.join(_measured(given.tracks[0]))} |")
        return
    print("| tracks | plays | simulation | frame and two models | peak memory |\n| --- | --- | --- | --- | --- |")
    for tracks in given.tracks:
        sys.stdout.flush()
        subprocess.run([sys.executable, "-m", "benchmarks.large_catalogue", "--row", str(tracks)], check=True)


if __name__ == "__main__":
    main()
