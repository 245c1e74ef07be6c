"""A small sound model in memory, for tests of embedgate and of your own checks.

    model = sample_model()
    assert separation.tag_coverage(model).value > 0.5

Artists are distributed around the centre of their genre, tracks around their artist, and each playlist contains a few
artists of one genre. Every default check passes, so a test can break one thing at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

GENRES: Mapping[str, Sequence[str]] = {"rock": ("rock",), "rap": ("rap", "hip hop"), "jazz": ("jazz",)}
SEPARATOR = "-"


@dataclass(frozen=True, eq=False)
class Sample:
    """Keys, vectors and playlists of a sound model, as plain values to modify.

    Attributes:
        keys: n track keys, `<artist>-<title>`.
        vectors: float32, shape (n, d).
        playlist_ids: p names; two thirds contain their genre as a word.
        sequences: p lists of track keys.
        artists: p lists of artist names.
    """

    keys: list[str]
    vectors: NDArray[np.float32] = field(repr=False)
    playlist_ids: list[str] = field(repr=False)
    sequences: list[list[str]] = field(repr=False)
    artists: list[list[str]] = field(repr=False)

    def rows(self) -> list[dict[str, object]]:
        """Return the playlists as rows of a frame, with all columns that embedgate reads."""
        return [
            {
                "playlist_id": name,
                "track_sequence": tracks,
                "artist_sequence": artists,
                "track_test_x": tracks[:-1],
                "track_test_y": tracks[-1],
            }
            for name, tracks, artists in zip(self.playlist_ids, self.sequences, self.artists, strict=True)
        ]

    def space(self) -> EmbeddingSpace:
        """Return keys and vectors."""
        return EmbeddingSpace.of(self.keys, self.vectors)

    def playlists(self) -> Playlists:
        """Return the playlists with their test columns."""
        return Playlists.of(
            self.playlist_ids,
            self.sequences,
            artists=self.artists,
            test_x=[tracks[:-1] for tracks in self.sequences],
            test_y=[tracks[-1] for tracks in self.sequences],
        )


def sample(
    *,
    artists_per_genre: int = 10,
    tracks_per_artist: int = 9,
    dimensions: int = 16,
    playlists: int = 240,
    seed: int = 0,
) -> Sample:
    """Generate a sound model of three genres; equal arguments give equal samples."""
    rng = np.random.default_rng(seed)
    keys: list[str] = []
    vectors: list[NDArray[np.float64]] = []
    of_artist: dict[str, list[str]] = {}
    of_genre: dict[str, list[str]] = {genre: [] for genre in GENRES}
    for genre in GENRES:
        centre = rng.standard_normal(dimensions)
        for number in range(artists_per_genre):
            artist = f"{genre.title()} Artist {number:02}"
            place = centre + 0.8 * rng.standard_normal(dimensions)
            tracks = [f"{artist}{SEPARATOR}Song {song:02}" for song in range(tracks_per_artist)]
            keys += tracks
            vectors += [place + 0.35 * rng.standard_normal(dimensions) for _ in tracks]
            of_artist[artist] = tracks
            of_genre[genre].append(artist)
    names, sequences, credited = [], [], []
    for number in range(playlists):
        genre = list(GENRES)[number % len(GENRES)]
        chosen = rng.choice(of_genre[genre], size=4, replace=False)
        tracks = [track for artist in chosen for track in rng.permutation(of_artist[artist])[:6].tolist()]
        name = f"best of {GENRES[genre][0]}" if number % 9 < 6 else "roadtrip"
        names.append(f"user{number % 17}-{name} {number}")
        sequences.append(tracks)
        credited.append([track.partition(SEPARATOR)[0] for track in tracks])
    by_key = sorted(range(len(keys)), key=keys.__getitem__)
    rows = np.array(vectors, dtype=np.float32)[by_key]
    return Sample([keys[row] for row in by_key], rows, names, sequences, credited)


def sample_model(given: Sample | None = None) -> ModelUnderTest:
    """Return a sound model under test, or that of a modified sample."""
    made = sample() if given is None else given
    return ModelUnderTest(made.space(), made.playlists(), separator=SEPARATOR, genres=GENRES, map_tracks=200)
