"""Real worlds: draws of lists from a file of playlists or from a text corpus, with training parameters.

Nobody knows the genre of a track of real playlists. A track has the genre that most of its genre-naming playlists
name; if no name contains a genre word, there are no genres.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.power.world import LARGEST, USER_SEPARATOR, Algorithm, Playlists
from embedgate.material.catalogue import TrackCatalogue
from embedgate.material.genre_tags import match_genres, tag_tracks
from embedgate.sources.memory import playlists_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

WORDS = "words"
"""Source of the text corpus, instead of a file."""
GENRES = {
    "rock": ["rock"],
    "metal": ["metal"],
    "indie": ["indie"],
    "pop": ["pop"],
    "dance": ["dance"],
    "electronic": ["electronic", "electro"],
    "house": ["house"],
    "techno": ["techno"],
    "rap": ["rap", "hip hop", "hip-hop"],
    "rnb": ["r&b", "rnb"],
    "soul": ["soul"],
    "reggae": ["reggae"],
    "latin": ["latin", "latino"],
    "jazz": ["jazz"],
    "blues": ["blues"],
    "folk": ["folk"],
    "country": ["country"],
    "classical": ["classical"],
}
"""Words to look for in the names of playlists."""
_VOCABULARY = 1000, 3000
_UNSEEN = 9  # period
_SHORTEST = 3
_LONGEST = 20
"""Longest list, in medians: a longer one is the archive of a listener, not a playlist."""


@dataclass(frozen=True, eq=False)
class RealLists:
    """All lists of a source.

    Attributes:
        keys: key of each of n tracks, in the order of first play.
        lists: the lists.
        artist_of: artist by key, if the lists contain artists.
    """

    keys: tuple[str, ...] = field(repr=False)
    lists: Playlists = field(repr=False)
    artist_of: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(
        cls, names: Sequence[str], lists: Sequence[Iterable[str]], artist_of: Mapping[str, str] | None = None
    ) -> RealLists:
        """Number the tracks of lists of keys."""
        number: dict[str, int] = {}
        tracks = [np.array([number.setdefault(key, len(number)) for key in each], dtype=np.intp) for each in lists]
        return cls(tuple(number), Playlists(tracks, list(names)), artist_of or {})

    def shuffled(self, seed: int) -> Playlists:
        """Return the lists in random order, without the very long ones."""
        lengths = np.array([len(tracks) for tracks in self.lists.tracks])
        fits = np.flatnonzero((lengths >= _SHORTEST) & (lengths <= _LONGEST * np.median(lengths)))
        return self.lists.take(np.random.default_rng([seed, 1]).permutation(fits))


@cache
def read(source: str) -> RealLists:
    """Read a .parquet of playlists, or the sentences of the text corpus if the source is `WORDS`."""
    if source == WORDS:
        from benchmarks.power.sentences import sentences

        return sentences()
    import pandas as pd

    frame = pd.read_parquet(Path(source))
    artists = playlists_from(frame).artist_of
    return RealLists.of(frame["playlist_id"].astype(str).tolist(), frame["track_sequence"].tolist(), artists)


@dataclass(frozen=True, slots=True, kw_only=True)
class RealWorld:
    """A draw from real lists.

    Attributes:
        seed: seed of all random numbers.
        source: path of a .parquet, or `WORDS`.
        separator: between artist and title in a key; "" if keys have no artist.
        lists: number of lists of the champion.
        tested: whether the lists have test columns.
        rare: whether the lists contain tracks that the whole source plays less than `min_count` times.
        algorithm, dimensions, epochs, min_count: parameters of the training.
    """

    seed: int
    source: str
    separator: str
    lists: int
    tested: bool
    rare: bool
    algorithm: Algorithm
    dimensions: int
    epochs: int
    min_count: int

    @classmethod
    def draw(cls, source: str, separator: str, seed: int) -> RealWorld:
        """Draw lists and training parameters.

        The lists are limited to `LARGEST` plays times epochs, and `min_count` is the smallest whose vocabulary is not
        larger than a drawn size: a model trains in seconds.
        """
        rng = np.random.default_rng([seed, 0])
        everything = read(source)
        share = rng.uniform(0.3, 0.8)
        largest = round(float(np.exp(rng.uniform(*np.log(_VOCABULARY)))))
        epochs = int(rng.choice([1, 3, 5, 10, 20, 30], p=[0.1, 0.1, 0.2, 0.25, 0.2, 0.15]))
        shuffled = everything.shuffled(seed)
        plays = np.cumsum([len(tracks) for tracks in shuffled.tracks])
        lists = min(round(share * len(shuffled)), int(np.searchsorted(plays, LARGEST / epochs)))
        return cls(
            seed=seed,
            source=source,
            separator=separator,
            lists=lists,
            tested=bool(rng.random() < 0.75),
            rare=bool(rng.random() < 0.5),
            algorithm=rng.choice(["skip-gram", "cbow", "ppmi-svd"], p=[0.5, 0.25, 0.25]).item(),
            dimensions=int(rng.choice([16, 32, 48, 64, 128])),
            epochs=epochs,
            min_count=_smallest_min_count(shuffled.take(slice(lists)), largest),
        )

    def catalogue(self) -> RealCatalogue:
        """Return the tracks of the source."""
        return RealCatalogue(self, read(self.source))


@dataclass(frozen=True, eq=False)
class RealCatalogue:
    """The tracks of a source, and the lists of a draw.

    Attributes:
        world: the draw.
        source: all lists.
    """

    world: RealWorld
    source: RealLists = field(repr=False)

    @property
    def keys(self) -> tuple[str, ...]:
        """Key of each track."""
        return self.source.keys

    @cached_property
    def genre_of(self) -> NDArray[np.integer]:
        """Genre that more than half of the genre-naming playlists of a track name, -1 if there is none."""
        playlists = playlists_from(self.frame(self._drawn))
        number = {key: track for track, key in enumerate(self.keys)}
        number_of = np.array([number[key] for key in playlists.tracks], dtype=np.intp)
        return tag_tracks(playlists, self.genres, number_of, self.artist_of, 1, user_separator=USER_SEPARATOR).codes

    @cached_property
    def artist_of(self) -> NDArray[np.integer]:
        """Artist of each track; a track without an artist has a number of its own."""
        return TrackCatalogue.of(self.keys, self.source.artist_of, self.world.separator).artist_codes

    @cached_property
    def genres(self) -> dict[str, list[str]]:
        """Words to look for, by genre: the genres that the names of the lists contain."""
        names = playlists_from(self.frame(self._drawn)).searched_names(USER_SEPARATOR)
        found = match_genres(names, GENRES)
        return {genre: words for (genre, words), named in zip(GENRES.items(), found.T, strict=True) if named.any()}

    def playlists(self, count: int, period: int = 0) -> Playlists:
        """Return the drawn lists, or held-out lists for a later period."""
        return (self._held_out(period) if period else self._drawn).take(slice(count))

    def unseen(self, count: int) -> Playlists:
        """Return held-out lists without the tracks that the champion does not contain."""
        plays = _plays(self._drawn, len(self.keys))
        return _only(self._held_out(_UNSEEN).take(slice(count)), plays >= self.world.min_count)

    def frame(self, playlists: Playlists) -> pd.DataFrame:
        """Return lists as embedgate reads them."""
        rows = playlists.frame(self.keys, tested=self.world.tested)
        if artist_of := self.source.artist_of:
            rows["artist_sequence"] = [[artist_of.get(key, "") for key in keys] for keys in rows["track_sequence"]]
        return rows

    def config(self) -> dict[str, object]:
        """Return the content of quality_checks.toml."""
        model = {"track_separator": self.world.separator, "columns": {"user_separator": USER_SEPARATOR}}
        return {"model": model, "genres": self.genres, "map": {"tracks": 300}}

    @cached_property
    def _drawn(self) -> Playlists:
        return _only(self._shuffled.take(slice(self.world.lists)), self._listed)

    def _held_out(self, period: int) -> Playlists:
        others = _only(self._shuffled.take(slice(self.world.lists, None)), self._listed)
        return others.take(np.random.default_rng([self.world.seed, 2, period]).permutation(len(others)))

    @cached_property
    def _shuffled(self) -> Playlists:
        return self.source.shuffled(self.world.seed)

    @cached_property
    def _listed(self) -> NDArray[np.bool_]:
        """Whether the lists contain a track, shape (n,)."""
        return _plays(self._shuffled, len(self.keys)) >= (1 if self.world.rare else self.world.min_count)


def _only(playlists: Playlists, kept: NDArray[np.bool_]) -> Playlists:
    """Leave out the other tracks, and the lists that are too short without them."""
    tracks = [each[kept[each]] for each in playlists.tracks]
    long_enough = np.flatnonzero([len(each) >= _SHORTEST for each in tracks])
    return Playlists(tracks, playlists.names).take(long_enough)


def _plays(playlists: Playlists, tracks: int) -> NDArray[np.intp]:
    return np.bincount(np.concatenate(playlists.tracks), minlength=tracks)


def _smallest_min_count(playlists: Playlists, largest: int) -> int:
    """Return the smallest number of plays that at most `largest` tracks have."""
    plays = np.sort(np.bincount(np.concatenate(playlists.tracks)))[::-1]
    return int(plays[largest]) + 1 if len(plays) > largest else 1
