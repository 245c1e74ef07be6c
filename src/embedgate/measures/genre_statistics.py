"""Area, accuracy, interval and null of a genre's share among the nearest."""

from __future__ import annotations

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

    from embedgate.measures.genre_views import Tagged

LEVEL = 0.01
"""A random space gets past the test of one genre once in a hundred times. It is kept out by the tests of the whole
space, at one in a thousand; here a higher level spares sound genres that few artists make up."""
COIN = 0.5
"""Leaving the own artist out pulls areas below one half, those of the null as well: a coin is not to beat them."""
FEWEST_LABELINGS = 1_000
_PERMUTATIONS = 999


def histograms(
    near: NDArray[np.int32], labels: NDArray[np.integer], width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Count the genres around each track, and how often each count comes inside and outside of a genre.

    Returns:
        counts of each genre among the k nearest, shape (m, width); tracks of a genre by their count of it,
        shape (width, k + 1); other tracks by theirs, shape (width, k + 1).
    """
    m, k = near.shape
    rows = np.arange(m)
    counts = np.bincount((rows[:, None] * width + labels[near]).ravel(), minlength=m * width).reshape(m, width)
    both = np.bincount((np.arange(width) * (k + 1) + counts).ravel(), minlength=width * (k + 1))
    inside = np.bincount(labels.astype(np.intp) * (k + 1) + counts[rows, labels], minlength=width * (k + 1))
    return counts, inside.reshape(width, -1), (both - inside).reshape(width, -1)


def accuracies(counts: NDArray[np.int64], labels: NDArray[np.integer], width: int) -> NDArray[np.float64]:
    """Share of each genre's tracks called by its name, shape (width,); NaN for a genre without a track.

    The call goes to the genre whose share of the nearest exceeds its share of all by the largest factor.
    """
    right = called_rightly(counts, labels, width)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(
            np.bincount(labels[right], minlength=width) / np.bincount(labels, minlength=width), dtype=np.float64
        )


def called_rightly(counts: NDArray[np.int64], labels: NDArray[np.integer], width: int) -> NDArray[np.bool_]:
    """Whether each track is called by the name of its genre, shape (m,); see `accuracies`."""
    sizes = np.bincount(labels, minlength=width)
    return np.asarray(np.where(sizes > 0, counts / np.maximum(sizes, 1), -1).argmax(axis=1) == labels)


def majority(tagged: Tagged, width: int) -> NDArray[np.intp]:
    """The genre that most of an artist's tracks bear, shape (a,); ties to the first."""
    artists = int(tagged.artists.max()) + 1
    votes = np.bincount(tagged.artists * width + tagged.labels, minlength=artists * width)
    return np.asarray(votes.reshape(artists, width).argmax(axis=1))


def permuted_scores(tagged: Tagged, width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Areas, shape (permutations, width), and balanced accuracies with the genres dealt out over artists."""
    rng = np.random.default_rng(SEED)
    of_artist = majority(tagged, width)
    areas = np.empty((_PERMUTATIONS, width))
    called = np.empty(_PERMUTATIONS)
    for draw in range(_PERMUTATIONS):
        labels = rng.permutation(of_artist)[tagged.artists]
        counts, inside, outside = histograms(tagged.near, labels, width)
        areas[draw] = auc_of_counts(inside, outside)
        called[draw] = np.nanmean(accuracies(counts, labels, width))
    return np.fmax(areas, COIN), called


def permuted_pair(tagged: Tagged, of_artist: NDArray[np.intp]) -> NDArray[np.float64]:
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


def area_intervals(counts: NDArray[np.int64], tagged: Tagged, genres: Iterable[int]) -> list[Interval | None]:
    """Bootstrap each genre's area over artists: histograms add up, so a sample is a product of matrices."""
    artists = int(tagged.artists.max()) + 1
    k = tagged.near.shape[1]
    weights = bootstrap_weights(artists)
    found = []
    for genre in genres:
        own = tagged.labels == genre
        cells = tagged.artists * (k + 1) + counts[:, genre]
        inside, outside = (
            np.bincount(cells[rows], minlength=artists * (k + 1)).reshape(artists, k + 1).astype(np.float32)
            for rows in (own, ~own)
        )
        found.append(percentile_interval(auc_of_counts(weights @ inside, weights @ outside)))
    return found


def too_few_labelings(labels: NDArray[np.generic]) -> str:
    """Say why the labels of the artists allow no permutation test; "" where they do."""
    ways = labelings(np.asarray(labels, dtype=np.intp))
    if ways >= FEWEST_LABELINGS:
        return ""
    return f"the genres can be dealt out over the artists in {ways:,.0f} ways only: a test needs {FEWEST_LABELINGS:,}"
