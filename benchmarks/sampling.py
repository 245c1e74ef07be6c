"""Check that the intervals of samples contain the value of all tracks.

    python -m benchmarks.sampling [--tracks N] [--queries N] [--seeds N]

The neighbours of all tracks of a simulated catalogue and of its retrain are searched once. Then each measure of a
sample of queries is compared with that of all tracks, for each seed. Prints a row per measure: the exact value, the
share of intervals that contain it, the mean width of the intervals, and bias and standard deviation of the values. By
default 50,000 tracks, a sample of 20,000 and 100 seeds; see `large_catalogue` for the simulation.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.large_catalogue import simulate
from embedgate.material.model import ModelUnderTest
from embedgate.material.pair import ModelPair
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import champion, hubs, neighbourhood
from embedgate.measures.comparison import Comparison
from embedgate.sources.memory import playlists_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from embedgate.measures.measurement import Measurement

_SHARED = ("tracks", "number_of", "playlist_track_numbers", "distinct_plays", "plays", "catalogue")

MEASURES: dict[str, Callable[[Comparison], Measurement]] = {
    "neighbours.same_artist": lambda found: neighbourhood.same_artist(found.pair.new).measurement,
    "geometry.hubness": lambda found: hubs.hubness(found.pair.new),
    "geometry.antihubs": lambda found: hubs.antihubs(found.pair.new),
    "champion.overlap": lambda found: champion.overlap(found).measurement,
    "champion.same_artist": lambda found: champion.difference(found, "same_artist"),
}
_OF_5_000 = ("neighbours.same_artist", "champion.same_artist")
"""Measures that draw 5,000 tracks of a small vocabulary: their exact value is that of all tracks but one."""


def compared(tracks: int, plays: int | None = None, *, dimensions: int = 64, misplaced: int = 25) -> Comparison:
    """Return a simulated retrain, in which some tracks are misplaced, beside its champion; all tracks are queries."""
    made = simulate(tracks, plays, dimensions=dimensions)
    keys, vectors = made.keys.to_pylist(), made.vectors(training=1)
    wrong = np.random.default_rng(0).permutation(tracks)[:misplaced]
    vectors[wrong] = vectors[np.roll(wrong, 1)]
    model = ModelUnderTest(EmbeddingSpace.of(keys, vectors), playlists_from(made.playlists()), separator="-")
    return Comparison(ModelPair(model, EmbeddingSpace.of(keys, made.vectors(training=0))))


def sampled(whole: Comparison, queries: int, seed: int) -> Comparison:
    """Return the same comparison with a sample of queries; their neighbours are those that are already known."""
    model = replace(whole.pair.candidate, query_budget=queries, sampling_seed=seed)
    pair = ModelPair(model, whole.pair.champion)
    for mine, theirs in ((pair.new, whole.pair.new), (pair.old, whole.pair.old)):
        for name in _SHARED:
            vars(mine)[name] = getattr(theirs, name)
        mine.use_neighbours(theirs.neighbours, np.arange(len(theirs.tracks)))
    return Comparison(pair)


def covered(whole: Comparison, queries: int, seeds: int) -> Iterator[tuple[str, ...]]:
    """Yield a row per measure, and one for the misplaced tracks."""
    tracks = len(whole.pair.candidate.tracks)
    samples = [sampled(whole, queries, seed) for seed in range(seeds)]
    for name, measure in MEASURES.items():
        exact = measure(sampled(whole, tracks - 1, 0) if name in _OF_5_000 else whole).value
        measured = [measure(each) for each in samples]
        values = np.array([each.value for each in measured], dtype=float)
        low, high = np.array([each.interval for each in measured], dtype=float).T
        inside = np.mean((low <= exact) & (exact <= high))
        spread = (np.mean(high - low), values.mean() - exact, values.std())
        yield name, f"{exact:.5g}", f"{inside:.0%}", *(f"{each:.2g}" for each in spread)
    exact_count = len(whole.misplaced)
    intervals = [champion.misplaced(each).interval or (np.nan, np.nan) for each in samples]
    inside = np.mean([low <= exact_count <= high for low, high in intervals])
    counts = np.array([len(each.misplaced) for each in samples])
    spread = (np.mean([high - low for low, high in intervals]), counts.mean() - exact_count, counts.std())
    yield "champion.misplaced", f"{exact_count}", f"{inside:.0%}", *(f"{each:.2g}" for each in spread)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracks", type=int, default=50_000)
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, default=100)
    given = parser.parse_args()
    print("| measure | all tracks | intervals that contain it | width | bias | standard deviation |")
    print("| --- | --- | --- | --- | --- | --- |")
    for row in covered(compared(given.tracks), given.queries, given.seeds):
        print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
