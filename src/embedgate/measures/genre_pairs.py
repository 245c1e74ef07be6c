"""Separation of genres, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.labelled_graph import (
    LabelledGraph,
    baseline,
    no_graph,
    space_graph,
    subspace_graph,
    too_few_tags,
)
from embedgate.measures.measurement import Measurement, inconclusive

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest

MAX_PAIRS = 100
"""All pairs of fourteen genres, at 0.05 s each. If there are more pairs, only the hardest are measured."""


@dataclass(frozen=True, slots=True)
class PairScore:
    """How well two genres are separated from each other in the space."""

    first: str
    second: str
    auc: Measurement
    accuracy: float


def separate_pairs(model: ModelUnderTest) -> tuple[PairScore, ...]:
    """Score each pair of genres in the space, among the tracks of the two alone; see `separate`.

    If there are more than `MAX_PAIRS` pairs, the hardest are scored: those with the nearest mean vectors.
    """
    tags = model.tags
    graph = space_graph(model)
    pairs: Iterable[tuple[int, int]] = combinations(range(len(tags.genres)), 2)
    if comb(len(tags.genres), 2) > MAX_PAIRS:
        pairs = [] if graph is None else nearest_pairs(model.unit[graph.tracks], graph.labels)
    return tuple(_score_pair(model, graph, pair) for pair in pairs)


def hardest_pair(model: ModelUnderTest, scores: Sequence[PairScore]) -> Measurement:
    """Return the score of the least separated pair, relative to its chance level, if there are too many pairs."""
    judged = [score.auc for score in scores if score.auc.value is not None and score.auc.null is not None]
    if not judged:
        why = "fewer than two genres have enough tagged tracks by enough artists"
        return inconclusive(scores[0].auc.inconclusive if scores else why, severity="warn")
    worst = min(judged, key=_lead)
    pairs = comb(len(model.tags.genres), 2)
    return replace(
        worst,
        summary=f"of the {len(judged)} hardest of {pairs:,} pairs of genres (those with the nearest mean vectors), "
        f"this one is separated least: {worst.summary}",
    )


def _lead(auc: Measurement) -> float:
    """Return the AUC minus its critical value; infinity for a pair that allows no test."""
    if auc.value is None or auc.null is None or auc.null.inconclusive:
        return float("inf")
    return auc.value - auc.null.critical


def nearest_pairs(unit: NDArray[np.float32], labels: NDArray[np.integer]) -> list[tuple[int, int]]:
    """Return the `MAX_PAIRS` pairs of genres with the nearest mean vectors, nearest first; ties by number.

    Args:
        unit: unit vectors of the tagged tracks, shape (m, d).
        labels: genre of each, shape (m,).
    """
    genres, own = np.unique(labels, return_inverse=True)
    members = np.eye(len(genres))[own]
    means = members.T @ unit / members.sum(axis=0)[:, None]
    squares = (means**2).sum(axis=1)
    distances = squares[:, None] + squares - 2 * means @ means.T
    first, second = np.triu_indices(len(genres), 1)
    order = np.argsort(distances[first, second], kind="stable")[:MAX_PAIRS]
    return [(int(genres[one]), int(genres[other])) for one, other in zip(first[order], second[order], strict=True)]


def _score_pair(model: ModelUnderTest, whole: LabelledGraph | None, pair: tuple[int, int]) -> PairScore:
    """Score two genres by the graph of their tracks among those of the whole graph."""
    tags = model.tags
    first, second = tags.genres[pair[0]], tags.genres[pair[1]]
    few = [genre for genre in pair if not tags.has_enough_tracks(genre)]
    if whole is None or few:
        why = too_few_tags(tags, few[0]) if few else no_graph(tags)
        return PairScore(first, second, inconclusive(why, severity="warn"), float("nan"))
    tracks = whole.tracks[whole.has(pair[0]) ^ whole.has(pair[1])]
    graph = subspace_graph(model, tracks, (~tags.has(pair[0])).astype(np.int16), 2)
    if graph is None:
        why = f"{first} and {second} have too few artists for ten neighbours by other artists"
        return PairScore(first, second, inconclusive(why, n=len(tracks), severity="warn"), float("nan"))
    auc, accuracy = float(graph.counts.auc()[0]), float(np.mean(graph.counts.accuracy()))
    measurement = Measurement(
        value=auc,
        n=len(tracks),
        interval=graph.auc_interval(0),
        null=baseline(graph.permuted_auc_of_two(), graph.artist_genres),
        tracks=model.keys(tracks[np.argsort(graph.counts.of(graph.labels), kind="stable")[:10]]),
        summary=f"the ten nearest neighbours separate {first} from {second}: AUC {auc:.3f}, balanced accuracy "
        f"{accuracy:.0%}",
        hint="related genres overlap, but at chance level the model does not separate them"
        + ("" if tags.source else ": check whether the words of the two in [genres] match different playlists"),
    )
    return PairScore(first, second, measurement, accuracy)
