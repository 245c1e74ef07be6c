"""Train track embeddings on playlists. The quality_checks.toml of the project configures the gate for this flow.

    python flows/modeling_flow.py run                               # the built-in demonstration
    python flows/modeling_flow.py run --playlists my.parquet --role train

The artifacts are those that the gate reads: `final_vectors` (gensim KeyedVectors), `final_dataset` (a frame of
playlists) and `test_metric` (hit rate@10 on test playlists).
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from gensim.models import KeyedVectors, Word2Vec
from gensim.models.callbacks import CallbackAny2Vec
from metaflow import FlowSpec, Parameter, step

from embedgate.demo.playlists import simulate

GRID: list[dict[str, float]] = [
    {"vector_size": 48, "window": 5, "ns_exponent": 0.75},
    {"vector_size": 48, "window": 3, "ns_exponent": 0.75},
]
TOP = 10
_AT_ONCE = 500  # number of queries whose similarities to all tracks are in memory at the same time


def hash_of(word: str) -> int:
    """Return a hash for gensim's initial vectors; Python's own hash differs between processes."""
    return zlib.crc32(word.encode("utf-8"))


def read_playlists(path: Path) -> pd.DataFrame:
    """Read playlists from .parquet or .jsonl, and add the test columns if they are missing."""
    if path.suffix == ".parquet":
        frame = pd.read_parquet(path)
    else:
        # names such as "2007" must not be converted to numbers or dates
        frame = pd.read_json(path, lines=True, dtype=False, convert_dates=False)
    if "track_sequence" not in frame:
        raise ValueError(f"{path} has the columns {', '.join(map(str, frame))}: track_sequence is needed")
    frame = frame[frame["track_sequence"].map(len) >= 2].reset_index(drop=True)
    if "track_test_x" not in frame or "track_test_y" not in frame:
        frame["track_test_x"] = frame["track_sequence"].map(lambda tracks: list(tracks[:-1]))
        frame["track_test_y"] = frame["track_sequence"].map(lambda tracks: tracks[-1])
    return frame


def pairs_of(playlists: pd.DataFrame) -> list[tuple[str | None, str]]:
    """Return the last track of each `track_test_x`, and the track that was played next."""
    columns = playlists["track_test_x"], playlists["track_test_y"]
    return [(before[-1] if len(before) else None, answer) for before, answer in zip(*columns, strict=True)]


def hit_rate(vectors: KeyedVectors, pairs: list[tuple[str | None, str]]) -> float:
    """Return the share of pairs whose next track is among the ten nearest neighbours; no vector is a miss."""
    number_of = vectors.key_to_index
    known = [(number_of[a], number_of[b]) for a, b in pairs if a in number_of and b in number_of and a != b]
    unit = vectors.get_normed_vectors()
    hits = 0
    for start in range(0, len(known), _AT_ONCE):
        query, answer = np.array(known[start : start + _AT_ONCE]).T
        row = np.arange(len(query))
        cosine = unit[query] @ unit.T
        cosine[row, query] = -np.inf
        hits += int(((cosine > cosine[row, answer][:, None]).sum(axis=1) < TOP).sum())
    return hits / max(1, len(pairs))


class Progress(CallbackAny2Vec):
    """Print a line per epoch."""

    def __init__(self, epochs: int) -> None:
        self.epochs, self.done = epochs, 0

    def on_epoch_end(self, _model: Word2Vec) -> None:
        """Print the number of the completed epoch."""
        self.done += 1
        print(f"epoch {self.done}/{self.epochs}", flush=True)


def skip_gram(
    sentences: list[list[str]], epochs: int, min_count: int, seed: int, setting: dict[str, float]
) -> KeyedVectors:
    """Train skip-gram with one worker, so that the same seed results in the same vectors."""
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
        # the output of a task is a pipe, so it does not show whether there is a terminal
        callbacks=[] if os.environ.get("CI") else [Progress(epochs)],
    )
    return model.wv


def enough_epochs(sentences: list[list[str]]) -> int:
    """Return the epochs for about four million plays; with few epochs on a small set, the space collapses."""
    return min(60, max(5, round(4e6 / max(1, sum(map(len, sentences))))))


class ModelingFlow(FlowSpec):
    """Read playlists, train on a small grid, and keep the best model by hit rate on validation playlists."""

    playlists: Any = Parameter("playlists", default="", help="a .parquet or .jsonl file; default: the demonstration")
    n_playlists: Any = Parameter("n-playlists", default=20_000, help="size of the demonstration")
    long_tail: Any = Parameter("long-tail", default=0, help="invented tracks to add to the demonstration")
    seed: Any = Parameter("seed", default=2026, help="seed of the split and of training")
    epochs: Any = Parameter(
        "epochs", default=0, help="epochs over the playlists; 0: as many as result in four million plays, 5 to 60"
    )
    min_count: Any = Parameter("min-count", default=5, help="minimum number of plays of a track with a vector")
    role: Any = Parameter(
        "role",
        default="held_out",
        help="playlists in final_dataset: held_out (not used for training) or train (used for training)",
    )

    @step
    def start(self) -> None:
        """Read or simulate the playlists, and split them into 70 % training, 10 % validation and 20 % test."""
        if self.role not in ("held_out", "train"):
            raise ValueError(f"--role is held_out or train, not {self.role!r}")
        if self.playlists:
            frame = read_playlists(Path(self.playlists))
        else:
            frame = simulate(self.n_playlists, long_tail=self.long_tail)
        order = np.random.default_rng(self.seed).permutation(len(frame))
        parts = np.split(order, [int(0.7 * len(frame)), int(0.8 * len(frame))])
        train, validation, test = (frame.iloc[np.sort(part)].reset_index(drop=True) for part in parts)
        # branches load only the data that they train and score on, not the frame
        self.sentences = [list(tracks) for tracks in train["track_test_x"]]
        self.validation_pairs = pairs_of(validation)
        self.test_pairs = pairs_of(test)
        self.final_dataset = test if self.role == "held_out" else train
        print(f"{len(train):,} playlists to train on, {len(test):,} to test on")
        self.grid = GRID
        self.next(self.train, foreach="grid")

    @step
    def train(self) -> None:
        """Train one setting of the grid on `track_test_x`, and score it."""
        setting: Any = self.input
        self.setting = setting
        epochs = self.epochs or enough_epochs(self.sentences)
        self.vectors = skip_gram(self.sentences, epochs, self.min_count, self.seed, setting)
        self.validation_metric = hit_rate(self.vectors, self.validation_pairs)
        print(f"{setting}: hit rate@{TOP} {self.validation_metric:.3f} on validation playlists")
        self.next(self.keep_best)

    @step
    def keep_best(self, inputs: Any) -> None:  # noqa: ANN401 - metaflow's inputs
        """Keep the vectors of the best setting, and score them on the test playlists."""
        best = max(inputs, key=lambda branch: branch.validation_metric)
        self.best_setting = best.setting
        self.final_vectors = best.vectors
        self.test_metric = hit_rate(best.vectors, best.test_pairs)
        self.merge_artifacts(inputs, include=["final_dataset"])
        self.next(self.end)

    @step
    def end(self) -> None:
        """Print the result."""
        vectors = self.final_vectors
        print(f"{len(vectors):,} tracks x {vectors.vector_size} dimensions, hit rate@{TOP} {self.test_metric:.3f}")


if __name__ == "__main__":
    ModelingFlow()
