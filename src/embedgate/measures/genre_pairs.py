"""Are two genres told apart, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.neighbours import nearest
from embedgate.measures.genre_statistics import (
    LEVEL,
    accuracies,
    area_intervals,
    histograms,
    majority,
    permuted_pair,
    too_few_labelings,
)
from embedgate.measures.genre_views import K, Tagged, in_space, no_view, too_few_tags
from embedgate.measures.measurement import Measurement, lacking
from embedgate.statistics import Null, auc_of_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest


@dataclass(frozen=True, slots=True)
class PairScore:
    """How well two genres are told apart in the space."""

    first: str
    second: str
    auc: Measurement
    accuracy: float


def separate_pairs(model: ModelUnderTest) -> tuple[PairScore, ...]:
    """Score each pair of genres in the space, among the tracks of the two alone; as `separate` does."""
    tags = model.tags
    tagged = in_space(model)
    scores = []
    for first, second in combinations(range(len(tags.genres)), 2):
        names = tags.genres[first], tags.genres[second]
        few = [genre for genre in (first, second) if not tags.enough(genre)]
        if tagged is None or few:
            why = too_few_tags(tags, few[0]) if few else no_view(tags)
            scores.append(PairScore(*names, lacking(why, severity="warn"), float("nan")))
            continue
        here = np.isin(tagged.labels, (first, second))
        scores.append(_pair(model, names, tagged.tracks[here], tagged.labels[here] == first))
    return tuple(scores)


def _pair(
    model: ModelUnderTest, names: tuple[str, str], tracks: NDArray[np.intp], is_first: NDArray[np.bool_]
) -> PairScore:
    unit, artists = model.unit[tracks], model.catalogue.artist_codes[tracks]
    graph = nearest(unit, unit, K, query_group=artists, item_group=artists)
    labels = (~is_first).astype(np.int16)
    if (graph.indices < 0).any():
        why = f"{names[0]} and {names[1]} have too few artists for ten neighbours by others"
        return PairScore(*names, lacking(why, n=len(tracks), severity="warn"), float("nan"))
    tagged = Tagged(tracks, labels, np.unique_inverse(artists).inverse_indices, graph.indices)
    counts, inside, outside = histograms(tagged.near, labels, 2)
    area = float(auc_of_counts(inside[0], outside[0]))
    accuracy = float(np.mean(accuracies(counts, labels, 2)))
    of_artist = majority(tagged, 2)
    wrong = np.argsort(np.where(is_first, counts[:, 0], counts[:, 1]), kind="stable")[:10]
    return PairScore(
        *names,
        Measurement(
            value=area,
            n=len(tracks),
            interval=area_intervals(counts, tagged, [0])[0],
            null=Null(permuted_pair(tagged, of_artist), LEVEL, too_few_labelings(of_artist)),
            tracks=tuple(model.tracks[track] for track in tracks[wrong]),
            says=f"the ten nearest tell {names[0]} from {names[1]}: AUC {area:.3f}, balanced accuracy {accuracy:.0%}",
            hint="neighbouring genres do mix, but at chance the model does not know the difference: look whether the "
            "words of the two in [genres] name different playlists",
        ),
        accuracy,
    )
