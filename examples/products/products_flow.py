"""Train item2vec on the sessions of a shop, and save the vectors as an array beside the product ids.

python products_flow.py run                             # a sound model
python products_flow.py run --accident old-catalogue    # views are joined with a catalogue that lacks a department

The sessions are simulated: a session looks at products of one kind, of any brand, popular ones more often.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pandas as pd
from gensim.models import Word2Vec
from metaflow import FlowSpec, Parameter, step

KINDS = {
    "Kitchen": ("Kettle", "Toaster", "Pan", "Knife", "Mixer"),
    "Garden": ("Spade", "Hose", "Planter", "Mower", "Rake"),
    "Office": ("Desk", "Chair", "Shelf", "Monitor arm", "Notebook"),
    "Lighting": ("Desk lamp", "Floor lamp", "Spotlight", "Lantern", "Chandelier"),
    "Bedroom": ("Pillow", "Duvet", "Bed frame", "Mattress", "Nightstand"),
}
BRANDS = [
    first + last
    for first in ("Al", "Bir", "Cor", "Dan", "El", "Fjo", "Ga", "Hea")
    for last in ("ra", "vo", "nd", "x", "mo")
]
PER_KIND = 16
SESSIONS = 8_000
SEED = 11  # of the simulation


def catalogue(rng: np.random.Generator) -> pd.DataFrame:
    """Return the products: `item_id`, an integer, `name`, `brand` (of one or two departments), and `department`."""
    departments = list(KINDS)
    brands_of: dict[str, list[str]] = {department: [] for department in departments}
    for number, brand in enumerate(BRANDS):
        for department in {departments[number % len(departments)], departments[rng.integers(len(departments))]}:
            brands_of[department].append(brand)
    rows = [
        (f"{brand} {kind} {number}", brand, department)
        for department, kinds in KINDS.items()
        for kind in kinds
        for number, brand in enumerate(rng.choice(brands_of[department], size=PER_KIND), start=1)
    ]
    frame = pd.DataFrame(rows, columns=["name", "brand", "department"])
    frame.insert(0, "item_id", rng.permutation(len(frame)) + 100_001)
    return frame


def view(products: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Simulate views: one row per view, with session, item and time.

    A session views a kind of product, another kind of the same department, or, one time in ten, any product.
    """
    items = products["item_id"].to_numpy().reshape(len(KINDS), -1, PER_KIND)  # the catalogue is in this order
    popularity = 1 / (np.arange(PER_KIND) + 2)
    views: list[tuple[int, int, pd.Timestamp]] = []
    for session in range(SESSIONS):
        length = int(rng.integers(4, 9))
        department = np.full(length, rng.integers(items.shape[0]))
        favourite, any_kind = rng.integers(items.shape[1]), rng.integers(items.shape[1], size=length)
        kind = np.where(rng.random(length) < 0.7, favourite, any_kind)
        product = rng.choice(PER_KIND, size=length, replace=False, p=popularity / popularity.sum())
        viewed = items[department, kind, product]
        viewed = np.where(rng.random(length) < 0.1, rng.choice(items.ravel(), size=length), viewed)
        began = pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(minutes=int(rng.integers(90 * 24 * 60)))
        times = began + pd.to_timedelta(np.cumsum(rng.integers(5, 120, size=length)), unit="s")
        views += zip([session] * length, viewed, times, strict=True)
    return pd.DataFrame(views, columns=["session", "item", "viewed_at"])


class ProductsFlow(FlowSpec):
    """Read views, hold the last view of each session out, and train skip-gram on the others."""

    accident: Any = Parameter("accident", default="none", help="none, or old-catalogue")
    seed: Any = Parameter("seed", default=1, help="seed of training")

    @step
    def start(self) -> None:
        """Simulate catalogue and views."""
        rng = np.random.default_rng(SEED)
        self.catalogue = catalogue(rng)
        self.views = view(self.catalogue, rng).sample(
            frac=1, random_state=0, ignore_index=True
        )  # as a log: unordered
        print(f"{len(self.views):,} views of {len(self.catalogue)} products in {SESSIONS:,} sessions")
        self.next(self.train)

    @step
    def train(self) -> None:
        """Train on all views but the last of each session."""
        known = self.catalogue
        if self.accident == "old-catalogue":
            known = known[
                known["department"] != "Lighting"
            ]  # the catalogue of last year, before the department opened
        views = self.views.merge(known, left_on="item", right_on="item_id").sort_values("viewed_at")
        sessions = views.groupby("session")["item"].agg(lambda items: [str(item) for item in items[:-1]])
        model = Word2Vec(
            sessions.tolist(),
            sg=1,
            vector_size=32,
            window=8,
            epochs=15,
            min_count=2,
            workers=1,  # with one worker and this hash, a seed always gives the same vectors
            seed=self.seed,
            hashfxn=lambda word: zlib.crc32(word.encode("utf-8")),
        ).wv
        self.item_vectors = model.vectors
        self.item_ids = [int(key) for key in model.index_to_key]
        self.next(self.end)

    @step
    def end(self) -> None:
        """Print the size of the model."""
        print("{} products, {} dimensions".format(*self.item_vectors.shape))


if __name__ == "__main__":
    ProductsFlow()
