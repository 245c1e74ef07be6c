"""A flow of two steps that trains nothing; parameters determine its artifacts."""

from __future__ import annotations

from typing import Any

from metaflow import FlowSpec, Parameter, step

TRACKS = [f"Artist {number % 7}-Song {number}" for number in range(30)]


class TinyFlow(FlowSpec):
    """Create vectors and playlists, or wrong artifacts instead."""

    broken: Any = Parameter(
        "broken", default=False, help="make no final_vectors, and a final_dataset with wrong columns"
    )
    fail_at: Any = Parameter("fail_at", default="", help="step that fails")
    seed: Any = Parameter("seed", default=0, help="seed of the vectors")

    @step
    def start(self) -> None:
        """Create the artifacts."""
        import numpy as np
        import pandas as pd
        from gensim.models import KeyedVectors

        vectors = KeyedVectors(8)
        vectors.add_vectors(TRACKS, np.random.default_rng(self.seed).normal(size=(len(TRACKS), 8)).astype("f4"))
        frame = pd.DataFrame(
            {
                "playlist_id": ["ann-rock", "bob-rap", "cy-country"],
                "artist_sequence": [[track.partition("-")[0] for track in TRACKS[:20]]] * 3,
                "track_sequence": [TRACKS[:20], TRACKS[:20], TRACKS[:20]],
                "track_test_x": [TRACKS[:5], TRACKS[5:9], []],
                "track_test_y": [TRACKS[5], TRACKS[9], None],
            }
        )
        if self.broken:
            from only_here import OwnVectors  # type: ignore[import-not-found]

            self.sound_vectors = vectors
            self.array, self.array_keys = vectors.vectors, TRACKS
            self.foreign_vectors = OwnVectors()
            self.final_dataset = frame.rename(columns={"track_sequence": "tracks"})
            self.no_frame = frame.to_dict("list")
            self.test_metric: object = "a quarter"
        else:
            self.final_vectors = vectors
            self.final_dataset = frame
            self.test_metric = 0.25
        if self.fail_at == "start":
            raise ValueError("told to fail")
        self.next(self.end)

    @step
    def end(self) -> None:
        """Keep the artifacts of `start`."""
        if self.fail_at == "end":
            raise ValueError("told to fail at the end")


if __name__ == "__main__":
    TinyFlow()
