"""Area, accuracy, interval and null of a genre's share among the nearest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedgate.statistics import (
    SEED,
    Interval,
    auc_of_counts,
    bootstrap_weights,
    labelings,
    percentile_interval,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from embedgate.measures.labelled_graph import LabelledGraph

LEVEL = 0.01
"""A random space gets past the test of one genre once in a hundred times. It is kept out by the tests of the whole
space, at one in a thousand; here a higher level spares sound genres that few artists make up."""
COIN = 0.5
"""Leaving the own artist out pulls areas below one half, those of the null as well: a coin is not to beat them."""
MIN_LABELINGS = 1_000
_PERMUTATIONS = 999


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Genres among the k nearest of m tracks: one entry a track and genre that occurs, ascending by both.

    Its size does not depend on the number of genres.

    Attributes:
        track: place (0 to m - 1) of each entry, shape (e,).
        genre: of each entry, shape (e,).
        times: how often the genre occurs, 1 to k, shape (e,).
        m, k: tracks, and neighbours of each.
    """

    track: NDArray[np.intp]
    genre: NDArray[np.integer]
    times: NDArray[np.intp]
    m: int
    k: int

    def of(self, genre: NDArray[np.integer] | int) -> NDArray[np.intp]:
        """Count one genre, or one of each track, shape (m,), among the nearest of each track, shape (m,)."""
        found = np.zeros(self.m, dtype=np.intp)
        here = self.genre == (genre if isinstance(genre, int) else genre[self.track])
        found[self.track[here]] = self.times[here]
        return found


def count_genres(near: NDArray[np.int32], labels: NDArray[np.integer]) -> Counts:
    """Count the genres among the nearest of each track.

    Args:
        near: places of the k nearest, shape (m, k).
        labels: genre of each track, shape (m,).
    """
    m, k = near.shape
    around = np.sort(labels[near], axis=1)
    new = np.ones((m, k), dtype=np.bool_)
    new[:, 1:] = around[:, 1:] != around[:, :-1]
    first = np.flatnonzero(new)
    return Counts(first // k, around.ravel()[first], np.diff(first, append=m * k), m, k)


def histograms(
    counts: Counts, labels: NDArray[np.integer], width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count how often a genre occurs 0 to k times among the nearest, around its own tracks and around others.

    Returns:
        own tracks of each genre by its count, shape (width, k + 1); other tracks likewise.
    """
    cells = counts.k + 1
    both = np.bincount(counts.genre.astype(np.intp) * cells + counts.times, minlength=width * cells)
    both = both.reshape(width, cells)
    both[:, 0] = counts.m - both.sum(axis=1)
    inside = np.bincount(labels.astype(np.intp) * cells + counts.of(labels), minlength=width * cells)
    inside = inside.reshape(width, cells)
    return inside, both - inside


def accuracies(counts: Counts, labels: NDArray[np.integer], width: int) -> NDArray[np.float64]:
    """Share of each genre's tracks that are classified correctly, shape (width,); NaN for a genre without a track.

    A track is assigned to the genre whose share of the nearest exceeds its share of all by the largest factor.
    """
    right = classified_correctly(counts, labels, width)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(
            np.bincount(labels[right], minlength=width) / np.bincount(labels, minlength=width), dtype=np.float64
        )


def classified_correctly(counts: Counts, labels: NDArray[np.integer], width: int) -> NDArray[np.bool_]:
    """Whether each track is classified correctly, shape (m,); see `accuracies`. Ties go to the first genre."""
    share = counts.times / np.bincount(labels, minlength=width)[counts.genre]
    starts = np.flatnonzero(np.diff(counts.track, prepend=-1))
    largest = np.flatnonzero(share == np.maximum.reduceat(share, starts)[counts.track])
    first = largest[np.diff(counts.track[largest], prepend=-1) > 0]
    return np.asarray(counts.genre[first] == labels)


def majority(tagged: LabelledGraph, width: int) -> NDArray[np.intp]:
    """The genre that most of an artist's tracks bear, shape (a,); ties to the first."""
    artists = int(tagged.artists.max()) + 1
    votes = np.bincount(tagged.artists * width + tagged.labels, minlength=artists * width)
    return np.asarray(votes.reshape(artists, width).argmax(axis=1))


def permuted_scores(tagged: LabelledGraph, width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Areas, shape (permutations, width), and balanced accuracies with the genres dealt out over artists."""
    rng = np.random.default_rng(SEED)
    of_artist = majority(tagged, width)
    areas = np.empty((_PERMUTATIONS, width))
    called = np.empty(_PERMUTATIONS)
    for draw in range(_PERMUTATIONS):
        labels = rng.permutation(of_artist)[tagged.artists]
        counts = count_genres(tagged.near, labels)
        areas[draw] = auc_of_counts(*histograms(counts, labels, width))
        called[draw] = np.nanmean(accuracies(counts, labels, width))
    return np.fmax(areas, COIN), called


def permuted_pair(tagged: LabelledGraph, of_artist: NDArray[np.intp]) -> NDArray[np.float64]:
    """Areas of two genres dealt out over artists, all permutations at once, shape (permutations,)."""
    rng = np.random.default_rng(SEED)
    dealt = rng.permuted(np.broadcast_to(of_artist == 0, (_PERMUTATIONS, len(of_artist))), axis=1)
    labels = dealt[:, tagged.artists]
    width = tagged.near.shape[1] + 1
    counts = np.zeros(labels.shape, dtype=np.int32)
    for place in range(width - 1):
        counts += labels[:, tagged.near[:, place]]
    cells = np.arange(_PERMUTATIONS, dtype=np.int32)[:, None] * width + counts
    both = np.bincount(cells.ravel(), minlength=_PERMUTATIONS * width).reshape(-1, width)
    inside = np.bincount(cells[labels], minlength=_PERMUTATIONS * width).reshape(-1, width)
    return np.fmax(auc_of_counts(inside, both - inside), COIN)


def area_intervals(counts: Counts, tagged: LabelledGraph, genres: Iterable[int]) -> list[Interval | None]:
    """Bootstrap each genre's area over artists: histograms add up, so a sample is a product of matrices."""
    artists = int(tagged.artists.max()) + 1
    k = tagged.near.shape[1]
    weights = bootstrap_weights(artists)
    found = []
    for genre in genres:
        own = tagged.labels == genre
        cells = tagged.artists * (k + 1) + counts.of(genre)
        inside, outside = (
            np.bincount(cells[rows], minlength=artists * (k + 1)).reshape(artists, k + 1).astype(np.float32)
            for rows in (own, ~own)
        )
        found.append(percentile_interval(auc_of_counts(weights @ inside, weights @ outside)))
    return found


def too_few_permutations(labels: NDArray[np.generic]) -> str:
    """Say why the labels of the artists allow no permutation test; "" where they do."""
    ways = labelings(np.asarray(labels, dtype=np.intp))
    if ways >= MIN_LABELINGS:
        return ""
    return f"the genres can be dealt out over the artists in {ways:,.0f} ways only: a test needs {MIN_LABELINGS:,}"
