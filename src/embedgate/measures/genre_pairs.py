"""Are two genres told apart, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.neighbours import nearest_neighbours
from embedgate.measures.knn_statistics import (
    LEVEL,
    accuracies,
    area_intervals,
    count_genres,
    histograms,
    majority,
    permuted_pair,
    too_few_permutations,
)
from embedgate.measures.labelled_graph import K, LabelledGraph, no_view, space_graph, too_few_tags
from embedgate.measures.measurement import Measurement, inconclusive
from embedgate.statistics import Null, auc_of_counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest


MAX_PAIRS = 100
"""Pairs of genres that are measured: all pairs of fourteen genres, and 0.05 s each; of more, the hardest."""


@dataclass(frozen=True, slots=True)
class PairScore:
    """How well two genres are told apart in the space."""

    first: str
    second: str
    auc: Measurement
    accuracy: float


def separate_pairs(model: ModelUnderTest) -> tuple[PairScore, ...]:
    """Score each pair of genres in the space, among the tracks of the two alone; as `separate` does.

    Of more than `MAX_PAIRS` pairs, the hardest are scored: those whose mean vectors are nearest to each other.
    """
    tags = model.tags
    tagged = space_graph(model)
    scores = []
    pairs: Iterable[tuple[int, int]] = combinations(range(len(tags.genres)), 2)
    if comb(len(tags.genres), 2) > MAX_PAIRS:
        pairs = [] if tagged is None else nearest_pairs(model.unit[tagged.tracks], tagged.labels)
    for first, second in pairs:
        names = tags.genres[first], tags.genres[second]
        few = [genre for genre in (first, second) if not tags.has_enough_tracks(genre)]
        if tagged is None or few:
            why = too_few_tags(tags, few[0]) if few else no_view(tags)
            scores.append(PairScore(*names, inconclusive(why, severity="warn"), float("nan")))
            continue
        here = np.isin(tagged.labels, (first, second))
        scores.append(_pair(model, names, tagged.tracks[here], tagged.labels[here] == first))
    return tuple(scores)


def hardest_pair(model: ModelUnderTest, scores: Sequence[PairScore]) -> Measurement:
    """Return the score of the pair that is told apart least, relative to what chance gives.

    Args:
        model: the model under test.
        scores: from `separate_pairs`, where there are more than `MAX_PAIRS` pairs.
    """
    judged = [score.auc for score in scores if score.auc.value is not None and score.auc.null is not None]
    if not judged:
        why = "fewer than two genres have enough tagged tracks by enough artists"
        return inconclusive(scores[0].auc.inconclusive if scores else why, severity="warn")
    worst = min(judged, key=_lead)
    genres = len(model.tags.genres)
    return replace(
        worst,
        summary=f"of the {len(judged)} hardest of {comb(genres, 2):,} pairs of genres (those with the nearest means) "
        f"this one is told apart least: {worst.summary}",
    )


def _lead(auc: Measurement) -> float:
    """AUC above its critical value; a pair that allows no test comes last."""
    undecided = auc.value is None or auc.null is None or auc.null.inconclusive
    return float("inf") if undecided else float(auc.value or 0) - auc.null.critical  # type: ignore[union-attr]


def nearest_pairs(unit: NDArray[np.float32], labels: NDArray[np.integer]) -> list[tuple[int, int]]:
    """Return the `MAX_PAIRS` pairs of genres whose mean vectors are nearest, nearest first; ties by number.

    Args:
        unit: unit vectors of the tagged tracks, shape (m, d).
        labels: genre of each, shape (m,).
    """
    genres, own = np.unique(labels, return_inverse=True)
    members = np.eye(len(genres))[own]
    means = members.T @ unit / members.sum(axis=0)[:, None]
    squares = (means**2).sum(axis=1)
    away = squares[:, None] + squares - 2 * means @ means.T
    first, second = np.triu_indices(len(genres), 1)
    order = np.argsort(away[first, second], kind="stable")[:MAX_PAIRS]
    return [(int(genres[one]), int(genres[other])) for one, other in zip(first[order], second[order], strict=True)]


def _pair(
    model: ModelUnderTest, names: tuple[str, str], tracks: NDArray[np.intp], is_first: NDArray[np.bool_]
) -> PairScore:
    unit, artists = model.unit[tracks], model.catalogue.artist_codes[tracks]
    graph = nearest_neighbours(unit, unit, K, query_group=artists, item_group=artists)
    labels = (~is_first).astype(np.int16)
    if (graph.indices < 0).any():
        why = f"{names[0]} and {names[1]} have too few artists for ten neighbours by others"
        return PairScore(*names, inconclusive(why, n=len(tracks), severity="warn"), float("nan"))
    tagged = LabelledGraph(tracks, labels, np.unique_inverse(artists).inverse_indices, graph.indices)
    counts = count_genres(tagged.near, labels)
    area = float(auc_of_counts(*histograms(counts, labels, 2))[0])
    accuracy = float(np.mean(accuracies(counts, labels, 2)))
    of_artist = majority(tagged, 2)
    wrong = np.argsort(counts.of(labels), kind="stable")[:10]
    return PairScore(
        *names,
        Measurement(
            value=area,
            n=len(tracks),
            interval=area_intervals(counts, tagged, [0])[0],
            null=Null(permuted_pair(tagged, of_artist), LEVEL, too_few_permutations(of_artist)),
            tracks=tuple(model.tracks[track] for track in tracks[wrong]),
            summary=f"the ten nearest tell {names[0]} from {names[1]}: AUC {area:.3f}, "
            f"balanced accuracy {accuracy:.0%}",
            hint="neighbouring genres do mix, but at chance the model does not know the difference: look whether the "
            "words of the two in [genres] name different playlists",
        ),
        accuracy,
    )
