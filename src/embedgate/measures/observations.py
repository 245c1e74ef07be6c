"""The individual scores that a measure averages, so that candidate and champion can be compared score by score."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.labelled_graph import no_graph, space_graph
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.measures.neighbourhood import NO_ARTISTS, artists_unrelated, rank_pairs, same_artist_hits
from embedgate.measures.retrieval import NO_TARGETS, gains, next_track
from embedgate.statistics import CONFIDENCE, mean_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest
    from embedgate.slices import Slice
    from embedgate.statistics import Interval

_MIN_QUERIES = 100


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """One score per track, pair or query.

    Attributes:
        scores: shape (n,); their mean is the measure. Higher is better.
        tracks: track number of each, shape (n,): the track, the first of a pair, or the query; -1 without a vector.
        chance: expected mean score of a random space.
    """

    scores: NDArray[np.float64] = field(repr=False)
    tracks: NDArray[np.integer] = field(repr=False)
    chance: float

    @property
    def mean(self) -> float:
        """The measure."""
        return float(self.scores.mean())

    def subset(self, which: NDArray[np.bool_]) -> Observations:
        """Return some of the observations."""
        return Observations(self.scores[which], self.tracks[which], self.chance)


Observed = Observations | Measurement
"""Observations, or a measurement that says why there are none."""


def paired_difference(
    new: Observations, old: Observations, blocks: NDArray[np.integer], confidence: float = CONFIDENCE
) -> tuple[float, Interval | None]:
    """Return the mean of new minus old, observation by observation, and its block bootstrap interval.

    Args:
        new: observations of the candidate.
        old: the same observations of the champion.
        blocks: block of each track, shape (n,): tracks of one block move together.
        confidence: of the interval.
    """
    difference = new.scores - old.scores
    block = np.append(blocks, -1)[new.tracks]
    return float(difference.mean()), mean_interval(difference, block, confidence)


def same_artist(model: ModelUnderTest) -> Observed:
    """Return the share of the ten nearest neighbours by the same artist, track by track."""
    if not model.catalogue.has_artists:
        return not_applicable(NO_ARTISTS)
    found = same_artist_hits(model)
    if found is None:
        return inconclusive("too few tracks are shared for ten neighbours", severity="warn")
    unrelated = artists_unrelated(model)
    if unrelated:
        return not_applicable(unrelated)
    queries, hits, weights = found
    artists = model.catalogue.artist_codes
    others = np.bincount(artists)[artists[queries]] - 1
    weights = weights / weights.mean()
    return Observations(hits.mean(axis=1) * weights, queries, float((others * weights).mean() / (len(artists) - 1)))


def co_listening(model: ModelUnderTest) -> Observed:
    """Return the rank of each pair of one playlist among re-pairings of similar popularity."""
    found = rank_pairs(model)
    if isinstance(found, int):
        return inconclusive(f"the playlists contain {found} pairs of shared tracks: too few", severity="warn")
    return Observations(found.scores, found.first, 0.5)


def hit_rate_by_slice(model: ModelUnderTest) -> Mapping[Slice, Observations] | Measurement:
    """Return whether each next track is among the ten nearest neighbours of its query, by slice of the next track."""
    found = next_track(model)
    if found is None:
        return not_applicable(NO_TARGETS)
    hits = (found.positions >= 0).astype(float)
    of_slice = {}
    for each, inside in model.slice_members.items():
        rows = np.flatnonzero(inside[found.played_targets])
        queries, targets = found.queries[rows], found.targets[rows]
        near = model.neighbours_of(queries[queries >= 0]).indices
        popularity = np.bincount(targets[targets >= 0], minlength=len(model.tracks)) / max(1, len(rows))
        chance = float((popularity[near] * (near >= 0)).sum() / max(1, len(rows)))
        of_slice[each] = Observations(hits[rows], queries, chance)
    return of_slice


def hit_rate(model: ModelUnderTest) -> Observed:
    """Return whether each next track is among the ten nearest neighbours of its query."""
    return _retrieval(model, lambda positions: (positions >= 0).astype(float))


def ndcg(model: ModelUnderTest) -> Observed:
    """Return the discounted gain of each next track."""
    return _retrieval(model, gains)


def _retrieval(model: ModelUnderTest, gain: Callable[[NDArray[np.int64]], NDArray[np.float64]]) -> Observed:
    found = next_track(model)
    if found is None:
        return not_applicable(NO_TARGETS)
    n = len(found.queries)
    if n < _MIN_QUERIES:
        return inconclusive(f"{n} playlists have a target: too few", severity="warn")
    # the expected gain under permuted targets: that of the popularity of the ten nearest neighbours
    near = model.neighbours_of(found.queries[found.queries >= 0]).indices
    popularity = np.bincount(found.targets[found.targets >= 0], minlength=len(model.tracks)) / n
    chance = float(((popularity[near] * (near >= 0)) @ gain(np.arange(near.shape[1]))).sum() / n)
    return Observations(gain(found.positions), found.queries, chance)


def accuracy(model: ModelUnderTest) -> Observed:
    """Return whether each tagged track is classified correctly, genres weighted equally."""
    found = _classified(model)
    if isinstance(found, Measurement):
        return found
    correct, labels = found
    genres, sizes = np.unique(labels, return_counts=True)
    weight = len(labels) / (len(genres) * sizes[np.searchsorted(genres, labels)])
    return Observations(correct.scores * weight, correct.tracks, correct.chance)


def genre_accuracy(model: ModelUnderTest) -> Mapping[str, Observations] | Measurement:
    """Return whether each track of a genre is classified correctly, by genre."""
    found = _classified(model)
    if isinstance(found, Measurement):
        return found
    correct, labels = found
    return {model.tags.genres[genre]: correct.subset(labels == genre) for genre in np.unique(labels)}


def _classified(model: ModelUnderTest) -> tuple[Observations, NDArray[np.int16]] | Measurement:
    """Return whether each tagged track is classified correctly, and its genre."""
    graph = space_graph(model)
    if graph is None:
        why = no_graph(model.tags)
        return inconclusive(why, severity="warn") if model.tags.genres else not_applicable(why)
    correct = graph.counts.correct()
    return Observations(correct.astype(float), graph.tracks, 1 / len(np.unique(graph.labels))), graph.labels


PAIRED: Mapping[str, Callable[[ModelUnderTest], Observed]] = {
    "same_artist": same_artist,
    "co_listening": co_listening,
    "hit_rate": hit_rate,
    "ndcg": ndcg,
    "accuracy": accuracy,
}
"""Measures on which candidate and champion are compared, by the name of their check."""
