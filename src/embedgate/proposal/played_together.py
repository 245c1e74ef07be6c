"""What the playlists alone say about tracks: which are played close together, and a space computed from that.

Nothing here reads the vectors of a model: what is expected of a model comes from its data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.space import EmbeddingSpace
from embedgate.statistics import SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from embedgate.material.playlists import Playlists

WINDOW = 5
"""Plays are close if there are at most four others between them, as in the default window of word2vec."""
_SMOOTHING, _EIGENVALUE_WEIGHT = 0.75, 0.5
"""Of the contexts' frequencies, and of the eigenvalues: see Levy, Goldberg and Dagan (2015)."""
_MAX_PLAYS = 1_000_000


@dataclass(frozen=True, eq=False)
class ClosePlays:
    """Pairs of plays of different tracks that are close in a playlist; each pair is there in both directions.

    Attributes:
        first, second: track numbers, shape (m,).
        playlist: their playlist, shape (m,), ascending.
        tracks: size of the vocabulary, n.
    """

    first: NDArray[np.int32] = field(repr=False)
    second: NDArray[np.int32] = field(repr=False)
    playlist: NDArray[np.int32] = field(repr=False)
    tracks: int

    @classmethod
    def of(cls, playlists: Playlists, number_of: NDArray[np.integer], tracks: int) -> ClosePlays:
        """Find the pairs; plays of tracks outside the vocabulary are skipped.

        Args:
            playlists: with t distinct tracks. Of more than a million plays, a sample of playlists is used.
            number_of: number in the vocabulary of each of the t tracks, -1 if it is not in it, shape (t,).
            tracks: size of the vocabulary.
        """
        owner, number = playlists.playlist_of_play, number_of[playlists.plays]
        if len(owner) > _MAX_PLAYS:
            drawn = np.random.default_rng(SEED).random(len(playlists)) < _MAX_PLAYS / len(owner)
            number = np.where(drawn[owner], number, -1)
        owner, number = owner[number >= 0], number[number >= 0].astype(np.int32)
        parts = []
        for distance in range(1, WINDOW + 1):
            before, after, own = number[:-distance], number[distance:], owner[:-distance]
            close = (own == owner[distance:]) & (before != after)
            before, after, own = before[close], after[close], own[close]
            parts += [(before, after, own), (after, before, own)]
        first, second, playlist = (np.concatenate(some) for some in zip(*parts, strict=True))
        order = np.argsort(playlist, kind="stable")
        return cls(first[order], second[order], playlist[order], tracks)

    def stand_in(self, keys: Sequence[str], dimensions: int) -> EmbeddingSpace | None:
        """Return a space that is computed from the pairs: it stands in for a sound model.

        Positive pointwise mutual information, factorized by a singular value decomposition, which skip-gram
        approximates (Levy, Goldberg and Dagan 2015, Improving distributional similarity).

        Args:
            keys: of the n tracks.
            dimensions: at most; fewer if there are fewer tracks.

        Returns:
            None if there are too few pairs. Tracks without a pair have zero vectors.
        """
        from scipy.sparse import csr_array  # noqa: PLC0415 - heavy
        from scipy.sparse.linalg import svds  # noqa: PLC0415 - heavy

        rank = min(dimensions, self.tracks - 1)
        if rank < 2 or not len(self.first):
            return None
        shape = (self.tracks, self.tracks)
        together = csr_array((np.ones(len(self.first)), (self.first, self.second)), shape=shape).tocoo()
        times = self.times
        smoothed = times**_SMOOTHING
        row, column = together.coords
        information = np.log(together.data / times[row] / (smoothed[column] / smoothed.sum()))
        positive = information > 0
        if not positive.any():
            return None
        matrix = csr_array((information[positive], (row[positive], column[positive])), shape=shape)
        left, values, _ = svds(matrix, k=rank, v0=np.ones(self.tracks))
        vectors = left * values**_EIGENVALUE_WEIGHT
        vectors[times == 0] = 0
        return EmbeddingSpace.of(keys, vectors.astype(np.float32))

    @cached_property
    def _places(self) -> NDArray[np.intp]:
        """Pairs by their first track."""
        return np.argsort(self.first, kind="stable")

    @cached_property
    def times(self) -> NDArray[np.int64]:
        """Number of pairs of each track, shape (n,)."""
        return np.bincount(self.first, minlength=self.tracks)

    def with_track(self, track: int) -> tuple[csr_array, NDArray[np.int32]]:
        """Return how often each track is played close to a track, by playlist: shape (q, n), and the q playlists."""
        from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

        end = int(self.times[: track + 1].sum())
        here = self._places[end - int(self.times[track]) : end]
        playlists, row = np.unique(self.playlist[here], return_inverse=True)
        return csr_array(
            (np.ones(len(here)), (row, self.second[here])), shape=(len(playlists), self.tracks)
        ), playlists
