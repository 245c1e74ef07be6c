"""What the playlists alone predict: how often two tracks share a playlist, the own playlist left out.

It is the reference for slices whose vectors are at chance level: if counting finds more, the vectors miss what the
playlists contain. Item-to-item retrieval by co-occurrence is a strong baseline (Sarwar et al. 2001, Item-based
collaborative filtering recommendation algorithms; Ferrari Dacrema, Cremonesi and Jannach 2019).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csc_array, csr_array

    from embedgate.material.model import ModelUnderTest

_ROWS = 64  # queries whose co-occurrences are in memory together


class CoOccurrence:
    """Playlists in which tracks with a vector occur together."""

    def __init__(self, model: ModelUnderTest) -> None:
        self._model = model

    @cached_property
    def _by_playlist(self) -> csr_array:
        from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

        playlist, track = self._model.distinct_plays
        shape = len(self._model.playlists), len(self._model.tracks)
        starts = np.searchsorted(playlist, np.arange(shape[0] + 1))
        return csr_array((np.ones(len(track), dtype=np.int32), track, starts), shape=shape)

    @cached_property
    def _by_track(self) -> csc_array:
        return self._by_playlist.tocsc()

    def counts(self, left: NDArray[np.integer], right: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return the number of playlists with both tracks, shape (a, b).

        Args:
            left: track numbers, shape (a,).
            right: track numbers, shape (b,).
        """
        return np.asarray((self._by_track[:, left].T @ self._by_track[:, right]).toarray(), dtype=np.float64)

    def hits(
        self, queries: NDArray[np.integer], targets: NDArray[np.integer], playlist: NDArray[np.integer], k: int
    ) -> NDArray[np.bool_]:
        """Return whether each target is one of the k tracks that co-occur most with its query, shape (m,).

        Co-occurrences are divided by the square root of the plays of the track (cosine of two tracks). The playlist
        of a query is left out. Ties count against the target.

        Args:
            queries: track numbers, shape (m,).
            targets: track numbers, shape (m,).
            playlist: number of the playlist that each pair comes from, shape (m,).
            k: number of tracks.
        """
        root = np.sqrt(np.maximum(np.bincount(self._model.distinct_plays[1], minlength=len(self._model.tracks)), 1))
        found = np.zeros(len(queries), dtype=np.bool_)
        for start in range(0, len(queries), _ROWS):
            some = slice(start, start + _ROWS)
            together = (self._by_track[:, queries[some]].T @ self._by_playlist).tocsr()
            for row, (query, target, own) in enumerate(
                zip(queries[some].tolist(), targets[some].tolist(), playlist[some].tolist(), strict=True)
            ):
                entries = slice(together.indptr[row], together.indptr[row + 1])
                track, count = together.indices[entries], together.data[entries].astype(np.float64)
                of_playlist = self._by_playlist.indices[slice(*self._by_playlist.indptr[own : own + 2])]
                if query in of_playlist:
                    count -= np.isin(track, of_playlist)
                score = np.where(track == query, 0, count / root[track])
                own_score = score[track == target].sum()
                found[start + row] = own_score > 0 and np.count_nonzero(score >= own_score) <= k
        return found
