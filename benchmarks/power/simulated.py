"""Simulated worlds: small catalogues with listeners, from which playlists are drawn.

A world determines the properties in which the data of two teams differ. Tracks have positions on a sphere, by
genre, artist and track. A playlist starts at a position, drifts, and draws tracks by distance and popularity.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.power.world import LARGEST, USER_SEPARATOR, Algorithm, Playlists

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

SEPARATOR = "|"
_TEMPERATURES = (4.0, 12.0)
_UNSEEN = 9  # period
_SEGMENT = 4  # number of tracks that are drawn from one position of the listener


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedWorld:
    """Properties in which the data of two teams differ.

    Attributes:
        seed: seed of all random numbers.
        tracks: size of the catalogue.
        genres: number of genres.
        genre_inequality: concentration of the Dirichlet distribution of genre sizes; if small, few genres are large.
        tracks_per_artist: mean number of tracks per artist; 0: keys have no artist.
        popularity: exponent of Zipf's law.
        plays: mean number of plays of a track.
        length: median length of a playlist.
        drift: standard deviation of a listener's steps.
        ordered: whether the order of a playlist follows the drift.
        focus: how strongly a playlist prefers tracks at its position.
        named: share of playlists whose name contains a genre.
        tested: whether playlists have test columns.
        algorithm, dimensions, epochs, min_count: parameters of the training.
    """

    seed: int
    tracks: int
    genres: int
    genre_inequality: float
    tracks_per_artist: float
    popularity: float
    plays: float
    length: float
    drift: float
    ordered: bool
    focus: float
    named: float
    tested: bool
    algorithm: Algorithm
    dimensions: int
    epochs: int
    min_count: int

    @classmethod
    def draw(cls, seed: int) -> SimulatedWorld:
        """Draw a world; each property is independent of the others."""
        rng = np.random.default_rng([seed, 0])

        def log_uniform(low: float, high: float) -> float:
            return float(np.exp(rng.uniform(np.log(low), np.log(high))))

        return cls(
            seed=seed,
            tracks=round(log_uniform(400, 1600)),
            genres=int(rng.integers(2, 13)),
            genre_inequality=log_uniform(0.5, 10),
            tracks_per_artist=float(rng.choice([0.0, 4.0, 10.0, 30.0], p=[0.3, 0.25, 0.3, 0.15])),
            popularity=rng.uniform(0.3, 1.2),
            plays=log_uniform(3, 150),
            length=log_uniform(5, 40),
            drift=float(rng.choice([0.0, 0.1, 0.3])),
            ordered=bool(rng.random() < 0.6),
            focus=rng.uniform(*_TEMPERATURES),
            named=float(rng.choice([0.0, 0.05, 0.3, 0.8], p=[0.1, 0.25, 0.35, 0.3])),
            tested=bool(rng.random() < 0.75),
            algorithm=rng.choice(["skip-gram", "cbow", "ppmi-svd"], p=[0.5, 0.25, 0.25]).item(),
            dimensions=int(rng.choice([16, 32, 48, 64, 128])),
            epochs=int(rng.choice([1, 3, 5, 10, 20, 30], p=[0.1, 0.1, 0.2, 0.25, 0.2, 0.15])),
            min_count=int(rng.choice([1, 2, 3, 5, 10])),
        )

    @property
    def lists(self) -> int:
        """Number of playlists."""
        return max(200, round(min(LARGEST / self.epochs, self.tracks * self.plays) / (1.13 * self.length)))

    def catalogue(self) -> SimulatedCatalogue:
        """Draw the tracks."""
        return SimulatedCatalogue.of(self)


@dataclass(frozen=True, eq=False)
class SimulatedCatalogue:
    """The tracks of a world.

    Attributes:
        world: properties of the world.
        genre_of, artist_of: genre and artist of each track, shape (n,).
        position: unit vectors, shape (n, k).
        popularity: weight of each track, shape (n,).
    """

    world: SimulatedWorld
    genre_of: NDArray[np.intp] = field(repr=False)
    artist_of: NDArray[np.intp] = field(repr=False)
    position: NDArray[np.float64] = field(repr=False)
    popularity: NDArray[np.float64] = field(repr=False)

    @classmethod
    def of(cls, world: SimulatedWorld) -> SimulatedCatalogue:
        """Draw the tracks of a world."""
        rng = np.random.default_rng([world.seed, 1])
        n, latent = world.tracks, int(rng.integers(4, 13))
        share = rng.dirichlet(np.full(world.genres, world.genre_inequality))
        artists = max(2 * world.genres, round(n / (world.tracks_per_artist or 5)))
        genre_of_artist = rng.choice(world.genres, artists, p=share)
        size = rng.pareto(1.5, artists) + 0.3
        artist_of = rng.choice(artists, n, p=size / size.sum())
        genre = rng.standard_normal((world.genres, latent))
        artist = genre[genre_of_artist] + rng.uniform(0.3, 0.8) * rng.standard_normal((artists, latent))
        place = artist[artist_of] + 0.3 * rng.standard_normal((n, latent))
        popularity = (rng.permutation(n) + 1.0) ** -world.popularity
        credited = artist_of if world.tracks_per_artist else np.arange(n)
        return cls(world, genre_of_artist[artist_of], credited, _unit(place), popularity / popularity.sum())

    @cached_property
    def keys(self) -> list[str]:
        """Key of each track."""
        if not self.world.tracks_per_artist:
            return [f"item {track:05}" for track in range(len(self.genre_of))]
        return [f"Artist {artist:04}{SEPARATOR}Song {track:05}" for track, artist in enumerate(self.artist_of)]

    @property
    def genre_words(self) -> dict[str, list[str]]:
        """Words to look for, by genre."""
        return {f"genre{number}": [f"genre{number}"] for number in range(self.world.genres)}

    def playlists(self, count: int, period: int = 0) -> Playlists:
        """Draw playlists; different periods have different playlists."""
        world = self.world
        rng = np.random.default_rng([world.seed, 2, period])
        lengths = np.clip(np.round(world.length * np.exp(0.5 * rng.standard_normal(count))), 3, len(self.keys) // 3)
        centres = rng.choice(len(self.keys), count, p=self.popularity)
        log_popularity = np.log(self.popularity)
        found, names = [], []
        for number, (centre, length) in enumerate(zip(centres, lengths.astype(int), strict=True)):
            segments = -(-length // _SEGMENT)
            steps = rng.standard_normal((segments, self.position.shape[1])) * world.drift
            path = _unit(self.position[centre] + np.cumsum(steps, axis=0))
            score = world.focus * (self.position @ path.T) + log_popularity[:, None]
            found.append(_draw(score, length, rng, ordered=world.ordered))
            genre = self.genre_of[centre]
            named = rng.random() < world.named
            names.append(f"user{number % 97}-{f'genre{genre}' if named else 'mix'} {period}.{number}")
        return Playlists(found, names)

    def unseen(self, count: int) -> Playlists:
        """Draw playlists that did not train the champion."""
        return self.playlists(count, _UNSEEN)

    def frame(self, playlists: Playlists) -> pd.DataFrame:
        """Return playlists as embedgate reads them."""
        return playlists.frame(self.keys, tested=self.world.tested)

    def config(self) -> dict[str, object]:
        """Return the content of quality_checks.toml."""
        separator = SEPARATOR if self.world.tracks_per_artist else ""
        words = self.genre_words if self.world.named else {}
        model = {"track_separator": separator, "columns": {"user_separator": USER_SEPARATOR}}
        return {"model": model, "genres": words, "map": {"tracks": 300}}


def _draw(score: NDArray[np.float64], length: int, rng: np.random.Generator, *, ordered: bool) -> NDArray[np.intp]:
    """Draw distinct tracks, a few per segment (Gumbel top-k trick), in order or shuffled."""
    noisy = score + rng.gumbel(size=len(score))[:, None]
    chosen: list[int] = []
    taken = np.zeros(len(score), dtype=bool)
    for segment in range(score.shape[1]):
        wanted = min(_SEGMENT, length - len(chosen))
        column = np.where(taken, -np.inf, noisy[:, segment])
        best = np.argpartition(-column, wanted - 1)[:wanted]
        best = best[np.argsort(-column[best], kind="stable")]
        taken[best] = True
        chosen += best.tolist()
    tracks = np.array(chosen, dtype=np.intp)
    return tracks if ordered else rng.permutation(tracks)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))
