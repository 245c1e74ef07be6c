"""Four data sets of different structure, and the models that are trained on them.

Trained vectors are cached in a folder, by data set and model.
"""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from embedgate.demo.playlists import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
DIMENSIONS = 48
_WORDS_OF_SHARED = {
    "rock": ["rock"],
    "rap": ["rap", "hip hop", "hip-hop"],
    "pop": ["pop"],
    "rnb": ["r&b", "rnb"],
    "indie": ["indie"],
    "dance": ["dance"],
    "jazz": ["jazz"],
}


@dataclass(frozen=True, eq=False)
class DataSet:
    """Playlists to train and to test on.

    Attributes:
        name: name of the data set and of its folder.
        config: quality_checks.toml.
        train: playlists that models are trained on.
        test: held-out playlists that the gate reads; None: it reads the training playlists.
        genres: words to look for in playlist names, by genre.
        epochs: number of training epochs.
        min_count: minimum number of plays of a track with a vector.
        window: context size of skip-gram.
        co_play_probability: returns the probability that each track is played next to each other track, shape
            (n, n), for given keys; None if the process that generated the playlists is unknown.
    """

    name: str
    config: str
    train: pd.DataFrame = field(repr=False)
    test: pd.DataFrame | None = field(repr=False)
    genres: Mapping[str, Sequence[str]]
    epochs: int
    min_count: int
    window: int = 3
    co_play_probability: Callable[[Sequence[str]], NDArray[np.float64]] | None = field(default=None, repr=False)

    def expected_hit_rate(self, vectors: Path) -> float:
        """Return the expected share of co-played tracks among the ten nearest neighbours, by the true process.

        A model that scores as high as sound retrains is as good as they are.

        Raises:
            ValueError: if the process is unknown.
        """
        if self.co_play_probability is None:
            raise ValueError(f"the process that generated {self.name!r} is unknown")
        with np.load(vectors) as file:
            keys, matrix = [str(key) for key in file["keys"]], file["vectors"].astype(np.float64)
        matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
        cosine = matrix @ matrix.T
        np.fill_diagonal(cosine, -np.inf)
        nearest = np.argpartition(-cosine, 10, axis=1)[:, :10]
        return float(np.take_along_axis(self.co_play_probability(keys), nearest, axis=1).sum(axis=1).mean())


def demonstration() -> DataSet:
    """Return the data of the demonstration with fewer playlists: dense, with held-out playlists."""
    frame = simulate(8_000)
    order = np.random.default_rng(2026).permutation(len(frame))
    train, test = (frame.iloc[np.sort(part)].reset_index(drop=True) for part in np.split(order, [6_000]))
    train["track_sequence"] = train["track_test_x"]
    words = {
        genre: [genre]
        for genre in ("rock", "metal", "pop", "rap", "country", "electronic", "jazz", "classical", "latin")
    } | {"rnb": ["r&b", "rnb"]}
    config = (ROOT / "quality_checks.toml").read_text(encoding="utf-8")
    return DataSet("demonstration", config, train, test, words, epochs=20, min_count=5)


def shared(path: Path) -> DataSet:
    """Return public music playlists, which have a long tail and few genres in their names."""
    frame = pd.read_parquet(path)
    config = _config("-", _WORDS_OF_SHARED)
    return DataSet("shared", config, frame, None, _WORDS_OF_SHARED, epochs=25, min_count=3, window=5)


def sparse() -> DataSet:
    """Return simulated music in which most tracks are in one or two playlists.

    A playlist contains a few artists of one scene. No two playlists are alike, so the few playlists of a track
    determine its position. With many epochs, even these positions are stable.
    """
    rng = np.random.default_rng(1)
    scenes, artists, tracks = 8, 90, 10
    place = {scene: rng.standard_normal((artists, 3)) for scene in range(scenes)}
    names = ("folk", "soul", "punk", "blues", "techno", "reggae", "gospel", "ska")
    rows = []
    for number in range(2_400):
        scene = number % scenes
        start = place[scene][rng.integers(artists)]
        near = np.argsort(((place[scene] - start) ** 2).sum(axis=1))[:4]
        played = [
            (int(artist), int(track))
            for artist in rng.permutation(near)[: rng.integers(2, 4)]
            for track in rng.permutation(tracks)[: rng.integers(2, 4)]
        ]
        title = f"{names[scene]} evening" if number % 16 < 10 else "evening"
        sequence = [f"{names[scene].title()} Artist {artist:02}-Song {track:02}" for artist, track in played]
        rows.append((f"user{number % 211}-{title} {number}", sequence))
    genres = {name: [name] for name in names}
    return DataSet("sparse", _config("-", genres), _frame(rows), None, genres, epochs=120, min_count=1)


def products() -> DataSet:
    """Return simulated sessions of a shop: products for one need, in random order, of brands unrelated to needs."""
    rng = np.random.default_rng(2)
    needs, size, brands = 24, 70, 120
    departments = ("kitchen", "garden", "office", "sports")
    brand = rng.integers(brands, size=(needs, size))
    weight = 1 / np.arange(1, size + 1) ** 0.8
    rows = []
    for number in range(9_000):
        need = int(rng.integers(needs))
        chosen = rng.choice(size, size=int(rng.integers(4, 9)), replace=False, p=weight / weight.sum())
        department = departments[need % len(departments)]
        sequence = [f"Brand {brand[need, item]:03}|{department[:2].upper()}{need:02}-{item:03}" for item in chosen]
        rows.append((f"visitor{number}-{department if number % 3 else 'home'} {number}", sequence))
    genres = {name: [name] for name in departments}

    def co_play_probability(keys: Sequence[str]) -> NDArray[np.float64]:
        need, item = (np.array([int(key[at]) for key in keys]) for at in (slice(-6, -4), slice(-3, None)))
        return np.where(need[:, None] == need, (weight / weight.sum())[item], 0.0)

    return DataSet(
        "products",
        _config("|", genres),
        _frame(rows),
        None,
        genres,
        epochs=20,
        min_count=2,
        window=8,
        co_play_probability=co_play_probability,
    )


def _frame(rows: Sequence[tuple[str, list[str]]]) -> pd.DataFrame:
    ids, sequences = zip(*rows, strict=True)
    frame = pd.DataFrame({"playlist_id": ids, "track_sequence": sequences})
    frame["track_test_x"] = [tracks[:-1] for tracks in sequences]
    frame["track_test_y"] = [tracks[-1] for tracks in sequences]
    return frame


def _config(separator: str, genres: Mapping[str, Sequence[str]]) -> str:
    words = "\n".join(f"{genre} = {list(words)!r}".replace("'", '"') for genre, words in genres.items())
    model = f'[model]\ntrack_separator = "{separator}"\nplaylists_role = "train"\ncolumns.user_separator = "-"'
    return f"{model}\n\n[genres]\n{words}\n"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is trained; the default is the champion.

    Attributes:
        seed: seed of the initial vectors and the sampling.
        order: seed of the order of the playlists; 0: the original order.
        draw: seed of a sample of 95 % of the playlists; 0: all playlists.
        one_epoch: whether to train for one epoch only.
        without: genre whose playlists are left out; a playlist has the genre of most of its tracks.
    """

    seed: int = 1
    order: int = 0
    draw: int = 0
    one_epoch: bool = False
    without: str = ""

    @property
    def name(self) -> str:
        """The name of the model's files."""
        parts = [f"seed{self.seed}", f"order{self.order}", f"draw{self.draw}"]
        return "-".join([*parts, *["epoch"] * self.one_epoch, *[f"without-{self.without}"] * bool(self.without)])


CHAMPION = Recipe()
SOUND: Mapping[str, Sequence[Recipe]] = {
    "seed": [Recipe(seed=seed) for seed in range(2, 7)],
    "order": [Recipe(seed=1, order=order) for order in range(1, 6)],
    "draw of 95 %": [Recipe(seed=1, draw=draw) for draw in range(1, 6)],
}


def trained(data: DataSet, recipe: Recipe, cache: Path) -> tuple[Path, Path]:
    """Train a model unless it is cached; return the files of its vectors and of the playlists for the gate."""
    folder = cache / data.name
    vectors, playlists = folder / f"{recipe.name}.npz", folder / f"{recipe.name}.parquet"
    if vectors.exists() and playlists.exists():
        return vectors, playlists
    folder.mkdir(parents=True, exist_ok=True)
    frame = _chosen(data, recipe)
    (frame if data.test is None else data.test).to_parquet(playlists)
    keys, matrix = skip_gram(data, frame, recipe)
    partial = vectors.with_suffix(".partial.npz")
    np.savez(partial, keys=np.array(keys), vectors=matrix)
    partial.replace(vectors)
    return vectors, playlists


def skip_gram(data: DataSet, frame: pd.DataFrame, recipe: Recipe) -> tuple[list[str], NDArray[np.float32]]:
    """Train skip-gram reproducibly, with one worker and a fixed hash function."""
    from gensim.models import Word2Vec

    model = Word2Vec(
        [list(tracks) for tracks in frame["track_sequence"]],
        sg=1,
        vector_size=DIMENSIONS,
        window=data.window,
        epochs=1 if recipe.one_epoch else data.epochs,
        min_count=data.min_count,
        workers=1,
        seed=recipe.seed,
        hashfxn=lambda word: zlib.crc32(word.encode("utf-8")),
    )
    return list(model.wv.index_to_key), np.asarray(model.wv.vectors, dtype=np.float32)


def _chosen(data: DataSet, recipe: Recipe) -> pd.DataFrame:
    frame = data.train
    if recipe.draw:
        drawn = np.random.default_rng(recipe.draw).permutation(len(frame))[: round(0.95 * len(frame))]
        frame = frame.iloc[np.sort(drawn)]
    if recipe.order:
        frame = frame.iloc[np.random.default_rng(recipe.order).permutation(len(frame))]
    if recipe.without:
        frame = frame[[genre != recipe.without for genre in _genre_of_each(data)]]
    return frame.reset_index(drop=True)


def _genre_of_each(data: DataSet) -> list[str]:
    """Return the most frequent genre of each playlist's tagged tracks, "" if none is tagged."""
    from embedgate.material.genre_tags import match_genres
    from embedgate.sources.memory import playlists_from

    played = playlists_from(data.train)
    names = match_genres(played.searched_names("-"), data.genres)
    votes: dict[str, Counter[int]] = {}
    for named, tracks in zip(names, data.train["track_sequence"], strict=True):
        for genre in np.flatnonzero(named):
            for track in set(tracks):
                votes.setdefault(track, Counter())[int(genre)] += 1
    genres = list(data.genres)
    found = []
    for tracks in data.train["track_sequence"]:
        counted = Counter(votes[track].most_common(1)[0][0] for track in tracks if track in votes)
        found.append(genres[counted.most_common(1)[0][0]] if counted else "")
    return found


DATA_SETS: Mapping[str, Callable[[Path], DataSet]] = {
    "demonstration": lambda _: demonstration(),
    "shared": shared,
    "sparse": lambda _: sparse(),
    "products": lambda _: products(),
}
