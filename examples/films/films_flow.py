"""Train film2vec on the films that viewers rated four or five stars, and save the vectors.

python films_flow.py run                                # a sound model
python films_flow.py run --accident sorted-index        # the vectors are saved under other films

The ratings are simulated: a film has one or two genres, and a viewer rates films of two genres higher.
"""

from __future__ import annotations

import zlib
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from gensim.models import Word2Vec
from metaflow import FlowSpec, Parameter, step

GENRES = ("action", "comedy", "drama", "horror", "musical", "romance", "science fiction", "western")
ADJECTIVES = "Silent Broken Golden Hidden Crimson Frozen Hollow Wild Distant Burning Forgotten Electric Paper Velvet"
NOUNS = "Harbour Garden Empire Mirror River Station Letter Kingdom Orchard Signal Horizon Valley Winter Island Bridge"
STYLES = 4
VIEWERS = 3_000
SEEN = 40  # films that each viewer has rated


def catalogue(rng: np.random.Generator) -> pd.DataFrame:
    """Return the films: `film` ("Silent Harbour (1950)"), `genres`, a list, and `series`: a film and its sequel."""
    rows = []
    for number, (first, second) in enumerate(product(ADJECTIVES.split(), NOUNS.split())):
        year = 1950 + number * 7 % 65
        genres = rng.choice(GENRES, size=rng.integers(1, 3), replace=False).tolist()
        rows.append((f"{first} {second} ({year})", number, genres))
        if number % 5 == 0:
            rows.append((f"{first} {second} II ({year + 3})", number, genres))
    return pd.DataFrame(rows, columns=["film", "series", "genres"])


def rate(films: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Simulate ratings: one row per viewer and film, in the order in which the viewer saw the films.

    A film has a position: its genres, and a style that its sequel shares. A viewer likes two genres and some styles.
    """
    genres = np.array([[genre in each for genre in GENRES] for each in films["genres"]], dtype=float)
    style = rng.standard_normal((films["series"].max() + 1, STYLES))[films["series"]]
    likes = np.zeros((VIEWERS, len(GENRES)))
    for viewer in likes:
        viewer[rng.choice(len(GENRES), size=2, replace=False)] = 1
    of_genre = 2 * likes @ (genres / np.sqrt(genres.sum(axis=1, keepdims=True))).T
    affinity = of_genre + 0.5 * rng.standard_normal((VIEWERS, STYLES)) @ style.T

    popularity = -0.6 * np.log(rng.permutation(len(films)) + 10)
    drawn = popularity + 0.8 * affinity + rng.gumbel(size=affinity.shape)
    seen = np.argsort(-drawn, axis=1)[:, :SEEN]  # the largest are a draw without replacement
    viewer, film = np.repeat(np.arange(VIEWERS), SEEN), seen.ravel()
    stars = 2.7 + 0.7 * affinity[viewer, film] + rng.normal(0, 0.7, size=len(film))
    return pd.DataFrame(
        {
            "viewer": viewer,
            "film": films["film"].to_numpy()[film],
            "stars": np.clip(np.round(stars), 1, 5).astype(int),
        }
    )


class FilmsFlow(FlowSpec):
    """Turn ratings into lists of liked films, train skip-gram on them, and save the vectors as a frame."""

    accident: Any = Parameter("accident", default="none", help="none, or sorted-index")
    seed: Any = Parameter("seed", default=1, help="seed of training")

    @step
    def start(self) -> None:
        """Simulate the ratings, and keep the films that a viewer liked: a list per viewer."""
        rng = np.random.default_rng(7)
        self.films = catalogue(rng)
        ratings = rate(self.films, rng)
        liked = ratings[ratings["stars"] >= 4].groupby("viewer")["film"].agg(list)
        self.liked_films = pd.DataFrame({"viewer": liked.index, "films": liked.to_numpy()})
        print(f"{len(ratings):,} ratings, {liked.map(len).sum():,} of four or five stars, by {len(liked):,} viewers")
        self.next(self.train)

    @step
    def train(self) -> None:
        """Train, and save the vectors in a frame with the film as index."""
        model = Word2Vec(
            self.liked_films["films"].tolist(),
            sg=1,
            vector_size=32,
            window=20,  # the order of a list of liked films means little
            epochs=12,
            workers=1,  # with one worker and this hash, a seed always gives the same vectors
            seed=self.seed,
            hashfxn=lambda word: zlib.crc32(word.encode("utf-8")),
        ).wv
        films = list(model.index_to_key)
        if self.accident == "sorted-index":
            films = sorted(films)  # the films are sorted, their vectors are not
        self.film_vectors = pd.DataFrame(model.vectors, index=films)
        self.next(self.end)

    @step
    def end(self) -> None:
        """Print the size of the model."""
        print("{} films, {} dimensions".format(*self.film_vectors.shape))


if __name__ == "__main__":
    FilmsFlow()
