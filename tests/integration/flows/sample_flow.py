"""A flow that keeps a sound model of three genres, or one with shuffled keys, as a training flow would."""

from __future__ import annotations

from typing import Any

from metaflow import FlowSpec, Parameter, step


class SampleFlow(FlowSpec):
    """Create vectors and playlists of 1,080 tracks: enough for three tiles of the neighbour graph."""

    seed: Any = Parameter("seed", default=0, help="seed of the noise that tells one training from another")
    shuffled: Any = Parameter("shuffled", default=False, help="shuffle the keys")

    @step
    def start(self) -> None:
        """Create the artifacts."""
        import numpy as np
        import pandas as pd

        from embedgate.testing import sample

        made = sample(artists_per_genre=24, tracks_per_artist=15, playlists=900)
        rng = np.random.default_rng(self.seed)
        vectors = made.vectors + 0.1 * rng.standard_normal(made.vectors.shape).astype("f4")
        keys = rng.permutation(made.keys).tolist() if self.shuffled else made.keys
        self.final_vectors = (keys, vectors)
        self.final_dataset = pd.DataFrame(made.rows())
        self.next(self.end)

    @step
    def end(self) -> None:
        """Keep the artifacts of `start`."""


if __name__ == "__main__":
    SampleFlow()
