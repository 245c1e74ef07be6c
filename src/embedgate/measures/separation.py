"""Do genres keep together: in the space and on the map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.knn_statistics import (
    LEVEL,
    accuracies,
    area_intervals,
    count_genres,
    histograms,
    majority,
    permuted_scores,
    too_few_permutations,
)
from embedgate.measures.labelled_graph import LabelledGraph, eligible_genres, no_view, too_few_tags
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.statistics import Null, auc_of_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.genre_tags import GenreTags
    from embedgate.material.model import ModelUnderTest


@dataclass(frozen=True, slots=True)
class GenreScore:
    """How well a genre keeps together.

    Attributes:
        genre: its name.
        auc: the measurement that is judged.
        accuracy: share of its tracks that the ten nearest, corrected for the size of genres, call by its name.
    """

    genre: str
    auc: Measurement
    accuracy: float


@dataclass(frozen=True, slots=True)
class Separation:
    """Scores of all genres in one view.

    Attributes:
        genres: one score a genre, in the order of the config.
        accuracy: balanced kNN accuracy: the mean of the genres' accuracies.
        silhouette: mean silhouette of the tagged tracks (Rousseeuw 1987).
    """

    genres: tuple[GenreScore, ...]
    accuracy: Measurement
    silhouette: Measurement


def separate(model: ModelUnderTest, tagged: LabelledGraph | None, where: str, objection: str = "") -> Separation:
    """Score every genre in one view.

    A track's share of a genre is how many of its ten nearest tagged tracks by other artists bear it, corrected
    for the size of the genre. The score is the area under the ROC curve of that share: does it tell the
    genre's own tracks from the rest. The correction does not change the order of the tracks, and so not the
    area; a majority vote, uncorrected, would put a small genre near 0 in a sound model.

    The interval draws artists. The null deals the genres out again over artists, each artist's tracks kept
    together under the genre most of them bear.

    Args:
        model: the model under test.
        tagged: from `space_graph` or `map_graph`.
        where: "in the space" or "on the map", for the sentences.
        objection: why the view is not to be trusted; then nothing is judged.
    """
    tags = model.tags
    if tagged is None:
        why = no_view(tags)
        n = int(tags.tracks.sum())
        missing = inconclusive(why, n=n, severity="warn") if tags.genres else not_applicable(why)
        return Separation(tuple(GenreScore(genre, missing, float("nan")) for genre in tags.genres), missing, missing)
    judged = np.unique(tagged.labels)
    if len(judged) < 2:
        alone = _alone(tags, int(judged[0]), len(tagged.tracks))
        few = [alone if genre == judged[0] else _few(tags, genre) for genre in range(len(tags.genres))]
        unscored = (GenreScore(name, one, float("nan")) for name, one in zip(tags.genres, few, strict=True))
        return Separation(tuple(unscored), alone, alone)
    width = len(tags.genres)
    counts = count_genres(tagged.near, tagged.labels)
    areas = auc_of_counts(*histograms(counts, tagged.labels, width))
    called = accuracies(counts, tagged.labels, width)
    null_areas, null_accuracies = permuted_scores(tagged, width)
    intervals = area_intervals(counts, tagged, range(width))
    of_artist = majority(tagged, width)
    scores = []
    for genre, name in enumerate(tags.genres):
        if not (tagged.labels == genre).any():
            scores.append(GenreScore(name, _few(tags, genre), float("nan")))
            continue
        scores.append(
            GenreScore(
                name,
                Measurement(
                    value=float(areas[genre]),
                    n=int((tagged.labels == genre).sum()),
                    interval=intervals[genre],
                    null=Null(null_areas[:, genre], LEVEL, too_few_permutations(of_artist == genre)),
                    tracks=_strays(model, tagged, counts.of(genre), genre),
                    summary=f"the ten nearest tell {name} from the rest {where}: AUC {areas[genre]:.3f} "
                    f"({called[genre]:.0%} of its tracks are called {name})",
                    hint=f"look at the tracks of {name} that lie among others, and whether its words in [genres] "
                    "name the right playlists",
                    inconclusive=objection,
                ),
                float(called[genre]),
            )
        )
    balanced = float(np.nanmean(called))
    accuracy = Measurement(
        value=balanced,
        n=len(tagged.tracks),
        null=Null(null_accuracies, LEVEL, too_few_permutations(of_artist)),
        summary=f"{balanced:.0%} of the tracks are called by their genre {where}, genres weighing alike "
        f"(chance {1 / max(1, np.isfinite(called).sum()):.0%})",
        inconclusive=objection,
    )
    return Separation(tuple(scores), accuracy, _silhouette(model, tagged, where, objection))


def cosine_silhouettes(unit: NDArray[np.float32], labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """Silhouette of each point by cosine distance, shape (m,) (Rousseeuw 1987); 0 where a class has one point.

    A sum of cosine distances to a class is its size less an inner product with its sum: no pair is computed.

    Args:
        unit: unit vectors, shape (m, d).
        labels: class of each, shape (m,); two classes at least.
    """
    classes = np.unique_inverse(labels).inverse_indices
    own = np.eye(int(classes.max()) + 1)[classes]
    sizes = own.sum(axis=0)
    points = unit.astype(np.float64)
    away = sizes - points @ (own.T @ points).T
    row = np.arange(len(classes))
    size = sizes[classes]
    within = (away[row, classes] - (1 - (points**2).sum(axis=1))) / np.maximum(size - 1, 1)
    between = away / sizes
    between[row, classes] = np.inf
    nearest = between.min(axis=1)
    return np.where(size > 1, (nearest - within) / np.maximum(np.maximum(within, nearest), 1e-300), 0.0)


def tag_coverage(model: ModelUnderTest) -> Measurement:
    """Share of the vocabulary that bears a genre with enough tracks and artists to be judged."""
    tags = model.tags
    if not tags.genres:
        return not_applicable("no genre is configured")
    judged = eligible_genres(tags)
    n = len(tags.codes)
    counted = int(np.isin(tags.codes, judged).sum())
    value = counted / n if n else 0.0
    low, high = int(tags.support.min()), int(tags.support.max())
    chosen = "chosen to suit the data" if tags.support_from_data else "as configured"
    circle = "" if model.held_out else "; the tags come from the playlists that trained the vectors: partly circular"
    return Measurement(
        value=value,
        n=n,
        summary=f"{value:.1%} of {n:,} tracks bear one of {len(judged)} genres that can be judged "
        f"(of {len(tags.genres)}; support {low if low == high else f'{low} to {high}'}, {chosen}){circle}",
        hint="no playlist name holds the words of [genres], or none of their tracks has a vector",
    )


def _silhouette(model: ModelUnderTest, tagged: LabelledGraph, where: str, objection: str) -> Measurement:
    n = len(tagged.tracks)
    value = float(np.mean(cosine_silhouettes(model.unit[tagged.tracks], tagged.labels)))
    return Measurement(
        value=value,
        n=n,
        summary=f"the mean silhouette of {n:,} tagged tracks {where} is {value:+.2f}",
        inconclusive=objection,
    )


def _few(tags: GenreTags, genre: int) -> Measurement:
    return inconclusive(too_few_tags(tags, genre), n=int(tags.tracks[genre]), severity="warn")


def _alone(tags: GenreTags, genre: int, n: int) -> Measurement:
    """Return why a genre cannot be separated from others: there is none."""
    if len(tags.genres) == 1:
        return not_applicable(
            f"{tags.genres[genre]} is the only genre that is configured: there is none beside it", n=n
        )
    return inconclusive(
        f"{tags.genres[genre]} is the only genre with enough tags: there is none beside it", n=n, severity="warn"
    )


def _strays(model: ModelUnderTest, tagged: LabelledGraph, counts: NDArray[np.intp], genre: int) -> tuple[str, ...]:
    """The genre's tracks with the fewest of their own around them, the most played of them first."""
    own = np.flatnonzero(tagged.labels == genre)
    own = own[counts[own] < tagged.near.shape[1] / 2]
    order = np.lexsort((own, -model.plays[tagged.tracks[own]], counts[own]))
    return tuple(model.tracks[track] for track in tagged.tracks[own[order]])
