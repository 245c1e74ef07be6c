"""kNN classification: the genres among the nearest neighbours of each track."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedgate.statistics import auc_of_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class GenreCounts:
    """Genres among the k nearest neighbours of m tracks: one entry per track and genre that occurs.

    Its size does not depend on the number of genres.

    Attributes:
        labels: genre of each track, shape (m,).
        members: whether each track has each genre, shape (m, g); None if each track has one genre.
        genres: number of genres, g.
        k: number of neighbours of each track.
        track: place (0 to m - 1) of each entry, ascending, shape (e,).
        genre: genre of each entry, ascending within a track, shape (e,).
        times: how often the genre occurs, 1 to k, shape (e,).
    """

    labels: NDArray[np.integer]
    members: NDArray[np.bool_] | None
    genres: int
    k: int
    track: NDArray[np.intp]
    genre: NDArray[np.integer]
    times: NDArray[np.intp]

    def of(self, genre: NDArray[np.integer] | int) -> NDArray[np.intp]:
        """Count one genre, or one per track, shape (m,), among the neighbours of each track, shape (m,)."""
        found = np.zeros(len(self.labels), dtype=np.intp)
        here = self.genre == (genre if isinstance(genre, int) else genre[self.track])
        found[self.track[here]] = self.times[here]
        return found

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of tracks of each genre, shape (g,)."""
        if self.members is not None:
            return np.asarray(self.members.sum(axis=0, dtype=np.int64))
        return np.asarray(np.bincount(self.labels, minlength=self.genres))

    def histograms(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count tracks by how often, 0 to k times, each genre is among their neighbours.

        Returns:
            the genre's own tracks by count, shape (g, k + 1); all other tracks likewise.
        """
        cells = self.k + 1
        size = self.genres * cells
        all_ = np.bincount(self.genre.astype(np.intp) * cells + self.times, minlength=size).reshape(-1, cells)
        all_[:, 0] = len(self.labels) - all_.sum(axis=1)
        if self.members is not None:
            entry = self.members[self.track, self.genre]
            own = np.bincount(self.genre[entry].astype(np.intp) * cells + self.times[entry], minlength=size)
            own = own.reshape(-1, cells)
            own[:, 0] = self.sizes - own.sum(axis=1)
            return own, all_ - own
        own = np.bincount(self.labels.astype(np.intp) * cells + self.of(self.labels), minlength=size)
        own = own.reshape(-1, cells)
        return own, all_ - own

    def auc(self) -> NDArray[np.float64]:
        """Return how well the share of a genre among neighbours separates its own tracks from others, shape (g,)."""
        return auc_of_counts(*self.histograms())

    def correct(self) -> NDArray[np.bool_]:
        """Return whether each track is classified correctly, shape (m,).

        A track is assigned to the genre whose share of its neighbours exceeds its share of all tracks by the largest
        factor; ties go to the first genre. A track of several genres is classified correctly if it has this one.
        """
        share = self.times / self.sizes[self.genre]
        starts = np.flatnonzero(np.diff(self.track, prepend=-1))
        largest = np.flatnonzero(share == np.maximum.reduceat(share, starts)[self.track])
        first = largest[np.diff(self.track[largest], prepend=-1) > 0]
        if self.members is not None:
            return np.asarray(self.members[np.arange(len(self.labels)), self.genre[first]])
        return np.asarray(self.genre[first] == self.labels)

    def accuracy(self) -> NDArray[np.float64]:
        """Return the share of each genre's tracks that are classified correctly, shape (g,); NaN without tracks."""
        right = self.correct()
        if self.members is not None:
            correct = self.members[right].sum(axis=0)
        else:
            correct = np.bincount(self.labels[right], minlength=self.genres)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(correct / self.sizes, dtype=np.float64)


def count_genres(near: NDArray[np.int32], labels: NDArray[np.integer], genres: int) -> GenreCounts:
    """Count the genres among the neighbours of each track.

    Args:
        near: places of the k nearest neighbours, shape (m, k).
        labels: genre of each track, shape (m,).
        genres: number of genres.
    """
    m, k = near.shape
    around = np.sort(labels[near], axis=1)
    new = np.ones((m, k), dtype=np.bool_)
    new[:, 1:] = around[:, 1:] != around[:, :-1]
    first = np.flatnonzero(new)
    return GenreCounts(labels, None, genres, k, first // k, around.ravel()[first], np.diff(first, append=m * k))


def count_members(near: NDArray[np.int32], labels: NDArray[np.integer], members: NDArray[np.bool_]) -> GenreCounts:
    """Count the genres among the neighbours of each track, each of which may have several.

    Args:
        near: places of the k nearest neighbours, shape (m, k).
        labels: first genre of each track, shape (m,).
        members: whether each track has each genre, at least one, shape (m, g).
    """
    from scipy import sparse  # noqa: PLC0415 - heavy

    m, k = near.shape
    neighbour = sparse.csr_array((np.ones(m * k, dtype=np.intp), near.ravel(), np.arange(0, m * k + 1, k)), (m, m))
    counts = neighbour @ sparse.csr_array(members.astype(np.intp))
    counts.sort_indices()
    track = np.repeat(np.arange(m), np.diff(counts.indptr))
    return GenreCounts(labels, members, members.shape[1], k, track, counts.indices, counts.data)
