"""Trains track embeddings on playlists: the flow that the shipped quality_checks.toml tests.

    python flows/modeling_flow.py run                               # the built-in demonstration
    python flows/modeling_flow.py run --playlists my.parquet --role train

It leaves what the gate reads: `final_vectors` (gensim KeyedVectors), `final_dataset` (a frame of playlists) and
`test_metric` (hit rate@10 on test playlists).
"""

from __future__ import annotations

import os
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metaflow import FlowSpec, Parameter, step

if TYPE_CHECKING:
    import pandas as pd
    from gensim.models import KeyedVectors

GRID: list[dict[str, float]] = [
    {"vector_size": 48, "window": 5, "ns_exponent": 0.75},
    {"vector_size": 48, "window": 3, "ns_exponent": 0.75},
]
TOP = 10


def hash_of(word: str) -> int:
    """Hash a track for gensim's first vectors: Python's own hash differs from process to process."""
    return zlib.crc32(word.encode("utf-8"))


def read_playlists(path: Path) -> pd.DataFrame:
    """Read a .parquet or .jsonl of playlists and make sure that the test columns are there."""
    import pandas as pd

    frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_json(path, lines=True)
    if "track_sequence" not in frame:
        raise ValueError(f"{path} has the columns {', '.join(map(str, frame))}: track_sequence is needed")
    frame = frame[frame.track_sequence.map(len) >= 2].reset_index(drop=True)
    if "track_test_x" not in frame or "track_test_y" not in frame:
        sequences = [list(sequence) for sequence in frame.track_sequence]
        frame = frame.assign(
            track_test_x=[each[:-1] for each in sequences], track_test_y=[each[-1] for each in sequences]
        )
    return frame


def hit_rate(vectors: KeyedVectors, playlists: pd.DataFrame) -> float:
    """Share of playlists whose next track is among the ten nearest of the last one; no vector is a miss."""
    hits = 0
    for before, answer in zip(playlists.track_test_x, playlists.track_test_y, strict=True):
        query = before[-1] if len(before) else None
        if query in vectors and answer in vectors:
            hits += answer in {track for track, _ in vectors.most_similar(query, topn=TOP)}
    return hits / max(1, len(playlists))


def train(
    sentences: list[list[str]], epochs: int, min_count: int, seed: int, setting: dict[str, float]
) -> KeyedVectors:
    """Train skip-gram with one worker: the same vectors for the same seed."""
    from gensim.models import Word2Vec
    from gensim.models.callbacks import CallbackAny2Vec

    class Progress(CallbackAny2Vec):  # type: ignore[misc] - gensim is untyped
        """A line an epoch, where somebody watches."""

        done = 0

        def on_epoch_end(self, _model: Word2Vec) -> None:
            """Say which epoch ended."""
            self.done += 1
            print(f"epoch {self.done}/{epochs}", flush=True)

    watched = sys.stdout is not None and not os.environ.get("CI")
    model = Word2Vec(
        sentences,
        sg=1,
        vector_size=int(setting["vector_size"]),
        window=int(setting["window"]),
        ns_exponent=setting["ns_exponent"],
        epochs=epochs,
        min_count=min_count,
        workers=1,
        seed=seed,
        hashfxn=hash_of,
        callbacks=[Progress()] if watched else [],
    )
    return model.wv


class ModelingFlow(FlowSpec):  # type: ignore[misc] - metaflow is untyped
    """Read playlists, train over a small grid, keep the best by hit rate on validation playlists."""

    playlists = Parameter("playlists", default="", help="a .parquet or .jsonl; left out: the demonstration")
    n_playlists = Parameter("n-playlists", default=20_000, help="size of the demonstration")
    long_tail = Parameter("long-tail", default=0, help="invented tracks to add to the demonstration")
    seed = Parameter("seed", default=2026, help="of the split and of training")
    epochs = Parameter("epochs", default=8)
    min_count = Parameter("min-count", default=5, help="plays below which a track gets no vector")
    role = Parameter(
        "role",
        default="held_out",
        help="final_dataset: held_out (test playlists, kept out of training) or train (the playlists trained on)",
    )

    @step
    def start(self) -> None:
        """Read or simulate the playlists, and split them 70 : 10 : 20."""
        import numpy as np

        if self.role not in ("held_out", "train"):
            raise ValueError(f"--role is held_out or train, not {self.role!r}")
        if self.playlists:
            frame = read_playlists(Path(self.playlists))
        else:
            from embedgate.demo.playlists import simulate

            frame = simulate(int(self.n_playlists), long_tail=int(self.long_tail))
        order = np.random.default_rng(int(self.seed)).permutation(len(frame))
        first, second = int(0.7 * len(frame)), int(0.8 * len(frame))
        self.train_set = frame.iloc[np.sort(order[:first])].reset_index(drop=True)
        self.validation_set = frame.iloc[np.sort(order[first:second])].reset_index(drop=True)
        self.test_set = frame.iloc[np.sort(order[second:])].reset_index(drop=True)
        print(f"{len(self.train_set):,} playlists to train on, {len(self.test_set):,} to test on")
        self.grid = GRID
        self.next(self.train, foreach="grid")

    @step
    def train(self) -> None:
        """Train one point of the grid on `track_test_x`, and score it."""
        self.setting: dict[str, Any] = self.input
        sentences = [list(tracks) for tracks in self.train_set.track_test_x]
        self.vectors = train(sentences, int(self.epochs), int(self.min_count), int(self.seed), self.setting)
        self.validation_metric = hit_rate(self.vectors, self.validation_set)
        print(f"{self.setting}: hit rate@{TOP} {self.validation_metric:.3f} on validation playlists")
        self.next(self.keep_best)

    @step
    def keep_best(self, inputs: Any) -> None:  # noqa: ANN401 - metaflow's inputs
        """Keep the vectors of the best point, and score them on the test playlists."""
        best = max(inputs, key=lambda branch: branch.validation_metric)
        self.best_setting = best.setting
        self.final_vectors = best.vectors
        self.final_dataset = best.test_set if self.role == "held_out" else best.train_set
        self.test_metric = hit_rate(best.vectors, best.test_set)
        self.next(self.end)

    @step
    def end(self) -> None:
        """Say what came out."""
        vectors = self.final_vectors
        print(f"{len(vectors):,} tracks x {vectors.vector_size} dimensions, hit rate@{TOP} {self.test_metric:.3f}")


if __name__ == "__main__":
    ModelingFlow()
