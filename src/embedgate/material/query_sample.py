"""The tracks whose neighbours are searched among all tracks: every track, or a sample of a large vocabulary.

The search takes time in proportion to queries x tracks. Beyond a budget of queries, a sample is drawn, stratified by
popularity, since rare tracks have other neighbours than popular ones (Cochran 1977, Sampling techniques, 5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FEWEST = 100  # of each stratum, so that its mean is known; less if the budget is small
_SEED = 20_260


@dataclass(frozen=True, slots=True, eq=False)
class QuerySample:
    """Tracks of a vocabulary of n tracks.

    Attributes:
        tracks: q track numbers, ascending.
        weights: number of tracks of the vocabulary that each stands for, shape (q,): 1 if all tracks are queries.
        vocabulary: n.
    """

    tracks: NDArray[np.intp]
    weights: NDArray[np.float64] = field(repr=False)
    vocabulary: int

    @property
    def complete(self) -> bool:
        """Whether each track is a query."""
        return len(self.tracks) == self.vocabulary

    def mean(self, scores: NDArray[np.floating]) -> float:
        """Estimate the mean over all tracks from the scores of the queries, shape (q,)."""
        return float(scores.mean()) if self.complete else float(np.average(scores, weights=self.weights))


def popularity_bins(plays: NDArray[np.integer]) -> NDArray[np.int64]:
    """Bin plays by doubling: 0, 1, 2 to 3, 4 to 7, ...; shape as given."""
    return np.asarray(np.floor(np.log2(np.maximum(plays, 0.5))) + 1, dtype=np.int64)


def draw_queries(keys: Sequence[str], plays: NDArray[np.integer], budget: int | None, seed: int = 0) -> QuerySample:
    """Draw at most `budget` tracks; all of them if there are no more.

    Each popularity bin gets a hundred tracks, or all it has, and a share of the rest in proportion to its size. The
    draw depends on the keys, the plays and the seed: two models of the same tracks have the same queries.

    Args:
        keys: of n tracks.
        plays: of each track, shape (n,).
        budget: largest number of queries; None: no limit.
        seed: another seed draws other tracks.
    """
    n = len(keys)
    if budget is None or n <= budget:
        return QuerySample(np.arange(n), np.ones(n), n)
    bins = np.unique_inverse(popularity_bins(plays)).inverse_indices
    sizes = np.bincount(bins)
    few = np.minimum(sizes, max(1, min(_FEWEST, budget // (2 * len(sizes)))))
    drawn = few + (sizes - few) * (budget - int(few.sum())) // max(1, n - int(few.sum()))
    content = crc32("\0".join(keys).encode("utf-8", "surrogatepass"))
    order = np.random.default_rng([_SEED, seed, content]).permutation(n)
    order = order[np.argsort(bins[order], kind="stable")]
    place = np.arange(n) - np.repeat(np.cumsum(sizes) - sizes, sizes)  # within the stratum
    tracks = np.sort(order[place < np.repeat(drawn, sizes)])
    return QuerySample(tracks, (sizes / np.maximum(drawn, 1))[bins[tracks]], n)
