"""The absolute measures as observations, so that candidate and champion can be compared on the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.knn_statistics import classified_correctly, count_genres
from embedgate.measures.labelled_graph import no_view, space_graph
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.measures.neighbourhood import NO_ARTISTS, artists_apart, ranked_pairs, same_artist_hits
from embedgate.measures.observations import Observations
from embedgate.measures.retrieval import NO_TEST_COLUMNS, ask, gains

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest

Observed = Observations | Measurement
"""Observations, or a measurement that says why there are none."""
_FEWEST_QUESTIONS = 100


def same_artist(model: ModelUnderTest) -> Observed:
    """Share of the ten nearest that are by the same artist, track by track."""
    if not model.catalogue.has_artists:
        return not_applicable(NO_ARTISTS)
    found = same_artist_hits(model)
    if found is None:
        return inconclusive("too few tracks are shared for ten neighbours", severity="warn")
    apart = artists_apart(model)
    if apart:
        return not_applicable(apart)
    queries, hits = found
    artists = model.catalogue.artist_codes
    others = np.bincount(artists)[artists[queries]] - 1
    return Observations(hits.mean(axis=1), artists[queries], float(others.mean() / (len(artists) - 1)))


def co_listening(model: ModelUnderTest) -> Observed:
    """Rank of each pair of one playlist among re-pairings of like popularity."""
    found = ranked_pairs(model)
    if isinstance(found, int):
        return inconclusive(f"the playlists contain {found} pairs of shared tracks: too few", severity="warn")
    return Observations(found.scores, found.playlist, 0.5)


def hit_rate(model: ModelUnderTest) -> Observed:
    """Whether the next track is among the ten nearest, question by question."""
    return _of_questions(model, lambda places: (places >= 0).astype(float))


def ndcg(model: ModelUnderTest) -> Observed:
    """Discounted gain of the next track, question by question."""
    return _of_questions(model, gains)


def _of_questions(model: ModelUnderTest, score: Callable[[NDArray[np.int64]], NDArray[np.float64]]) -> Observed:
    asked = ask(model)
    if asked is None:
        return not_applicable(NO_TEST_COLUMNS)
    if len(asked.queries) < _FEWEST_QUESTIONS:
        return inconclusive(f"{len(asked.queries)} playlists have a held-out target: too few", severity="warn")
    # the mean over all dealings of the answers: what the popularity of the ten nearest is worth
    near = model.neighbours.indices[asked.queries[asked.queries >= 0]]
    known = asked.targets[asked.targets >= 0]
    popularity = np.bincount(known, minlength=len(model.tracks)) / len(asked.targets)
    worth = score(np.arange(near.shape[1]))
    chance = float(((popularity[near] * (near >= 0)) @ worth).sum() / len(asked.queries))
    return Observations(score(asked.positions), np.arange(len(asked.positions)), chance)


def accuracy(model: ModelUnderTest) -> Observed:
    """Whether a tagged track is called by its genre, each genre weighing alike."""
    found = _called(model)
    if isinstance(found, Measurement):
        return found
    right, labels, groups = found
    genres, sizes = np.unique(labels, return_counts=True)
    weight = len(labels) / (len(genres) * sizes[np.searchsorted(genres, labels)])
    return Observations(right * weight, groups, 1 / len(genres))


def genres(model: ModelUnderTest) -> Mapping[str, Observations] | Measurement:
    """Whether a track of a genre is called by its name, by genre."""
    found = _called(model)
    if isinstance(found, Measurement):
        return found
    right, labels, groups = found
    everybody = Observations(right, groups, 1 / len(np.unique(labels)))
    return {model.tags.genres[genre]: everybody.subset(labels == genre) for genre in np.unique(labels)}


def _called(model: ModelUnderTest) -> tuple[NDArray[np.float64], NDArray[np.int16], NDArray[np.intp]] | Measurement:
    tagged = space_graph(model)
    if tagged is None:
        why = no_view(model.tags)
        return inconclusive(why, severity="warn") if model.tags.genres else not_applicable(why)
    width = len(model.tags.genres)
    counts = count_genres(tagged.near, tagged.labels)
    return classified_correctly(counts, tagged.labels, width).astype(float), tagged.labels, tagged.artists


PAIRED: Mapping[str, Callable[[ModelUnderTest], Observed]] = {
    "same_artist": same_artist,
    "co_listening": co_listening,
    "hit_rate": hit_rate,
    "ndcg": ndcg,
    "accuracy": accuracy,
}
"""Measures that candidate and champion are compared by, by the name of their check."""
