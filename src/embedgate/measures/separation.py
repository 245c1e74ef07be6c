"""Separation of genres, in the space and on the map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.labelled_graph import LabelledGraph, baseline, eligible_genres, no_graph, too_few_tags
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.genre_tags import GenreTags
    from embedgate.material.model import ModelUnderTest


_CIRCULAR = "; the tags come from the playlists of the training: partly circular"


@dataclass(frozen=True, slots=True)
class GenreScore:
    """How well a genre is separated from the others.

    Attributes:
        genre: its name.
        auc: the measurement that is judged.
        accuracy: share of its tracks that are classified correctly.
    """

    genre: str
    auc: Measurement
    accuracy: float


@dataclass(frozen=True, slots=True)
class Separation:
    """Scores of all genres, in the space or on the map.

    Attributes:
        genres: one score per genre, in the order of the config.
        accuracy: balanced kNN accuracy: the mean of the genres' accuracies.
        silhouette: mean silhouette of the tagged tracks (Rousseeuw 1987).
    """

    genres: tuple[GenreScore, ...]
    accuracy: Measurement
    silhouette: Measurement

    def auc_of(self, genre: str | None) -> Measurement:
        """Return the AUC of a genre; not applicable if it is not configured."""
        found = (score.auc for score in self.genres if score.genre == genre)
        return next(found, not_applicable("no genre is configured"))


def separate(model: ModelUnderTest, graph: LabelledGraph | None, where: str, problem: str = "") -> Separation:
    """Score every genre.

    The score is the area under the ROC curve of a genre's share of the ten nearest tagged neighbours by other
    artists: whether it separates the genre's own tracks from the others. Correcting the share for the size of the
    genre would not change the order of the tracks, and so not the area.

    The interval is a bootstrap over artists. The permutation baseline permutes the genres over artists; an artist's
    tracks stay together, with the genre that most of them have.

    Args:
        model: the model under test.
        graph: from `space_graph` or `map_graph`.
        where: "in the space" or "on the map", for the summaries.
        problem: why the graph must not be interpreted; then every score is inconclusive.
    """
    tags = model.tags
    if graph is None or np.count_nonzero(graph.counts.sizes) < 2:
        return _unscored(tags, graph)
    aucs, accuracies = graph.counts.auc(), graph.counts.accuracy()
    null_aucs, null_accuracies = graph.permuted_scores()
    scores = []
    for genre, name in enumerate(tags.genres):
        n = int(graph.has(genre).sum())
        if n == len(graph.tracks):
            auc = inconclusive(f"all tracks that are compared have {name}", n=n, severity="warn")
        elif n:
            null = baseline(null_aucs[:, genre], graph.artists_with(genre))
            auc = Measurement(
                value=float(aucs[genre]),
                n=n,
                interval=graph.auc_interval(genre),
                null=null,
                tracks=_misclassified(model, graph, genre),
                summary=f"the ten nearest neighbours separate {name} from the other genres {where}: AUC "
                f"{aucs[genre]:.3f} ({accuracies[genre]:.0%} of its tracks are classified correctly)",
                hint=f"check the tracks of {name} among other genres, and whether "
                + ("their labels are correct" if tags.source else "its words in [genres] match the right playlists"),
                inconclusive=problem,
                # few artists are normal for a genre, and the map may fail to represent a sound space
                default_severity="warn" if problem or null.inconclusive else None,
            )
        else:
            auc = _few(tags, genre)
        scores.append(GenreScore(name, auc, float(accuracies[genre])))
    balanced = float(np.nanmean(accuracies))
    accuracy = Measurement(
        value=balanced,
        n=len(graph.tracks),
        null=baseline(null_accuracies, graph.artist_kinds),
        summary=f"{balanced:.0%} of the tracks are classified correctly {where}, averaged over genres (chance level "
        f"{1 / max(1, np.isfinite(accuracies).sum()):.0%})",
        inconclusive=problem,
    )
    return Separation(tuple(scores), accuracy, _silhouette(model, graph, where, problem))


def cosine_silhouettes(unit: NDArray[np.float32], labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the silhouette of each point by cosine distance, shape (m,) (Rousseeuw 1987).

    Equal to `sklearn.metrics.silhouette_samples`, but linear in m: the sum of cosine distances to a class is its size
    minus an inner product with the sum of its vectors. 0 for the only point of a class.

    Args:
        unit: unit vectors, shape (m, d).
        labels: class of each, shape (m,); at least two classes.
    """
    classes = np.unique_inverse(labels).inverse_indices
    own = np.eye(int(classes.max()) + 1)[classes]
    sizes = own.sum(axis=0)
    points = unit.astype(np.float64)
    distances = sizes - points @ (own.T @ points).T
    row = np.arange(len(classes))
    size = sizes[classes]
    within = (distances[row, classes] - (1 - (points**2).sum(axis=1))) / np.maximum(size - 1, 1)
    between = distances / sizes
    between[row, classes] = np.inf
    nearest = between.min(axis=1)
    return np.where(size > 1, (nearest - within) / np.maximum(np.maximum(within, nearest), 1e-300), 0.0)


def tag_coverage(model: ModelUnderTest) -> Measurement:
    """Return the share of the vocabulary whose genre has enough tracks and artists to be judged."""
    tags = model.tags
    if not tags.genres:
        return not_applicable("no genre is configured")
    eligible = eligible_genres(tags)
    n = len(tags.codes)
    value = int(np.isin(tags.codes, eligible).sum()) / n if n else 0.0
    return Measurement(
        value=value,
        n=n,
        summary=f"{value:.1%} of {n:,} tracks have one of the {len(eligible)} genres that can be judged (of "
        f"{len(tags.genres)}; {_origin(tags)})" + ("" if model.held_out or tags.source else _CIRCULAR),
        hint=_why_untagged(tags),
    )


def _unscored(tags: GenreTags, graph: LabelledGraph | None) -> Separation:
    """Return scores without values that say why: there are too few tags, or no other genre."""
    few = [_few(tags, genre) for genre in range(len(tags.genres))]
    if graph is None:
        why, n = no_graph(tags), int(tags.tracks.sum())
        overall = inconclusive(why, n=n, severity="warn") if tags.genres else not_applicable(why)
        few = [overall] * len(tags.genres)
    else:
        only, n = int(graph.labels[0]), len(graph.tracks)
        if len(tags.genres) == 1:
            overall = not_applicable(f"{tags.genres[only]} is the only genre that is configured", n=n)
        else:
            overall = inconclusive(f"{tags.genres[only]} is the only genre with enough tags", n=n, severity="warn")
        few[only] = overall
    scores = (GenreScore(name, auc, float("nan")) for name, auc in zip(tags.genres, few, strict=True))
    return Separation(tuple(scores), overall, overall)


def _origin(tags: GenreTags) -> str:
    """Return where genres come from."""
    if tags.source:
        labelled = sum(map(bool, tags.labels)) / max(1, len(tags.labels))
        return f"labels of {tags.source}, in which {labelled:.1%} of the tracks have a label"
    low, high = int(tags.support.min()), int(tags.support.max())
    support = f"support {low}" if low == high else f"support {low} to {high}"
    return f"{support}, {'from the data' if tags.support_from_data else 'configured'}"


def _why_untagged(tags: GenreTags) -> str:
    if tags.source:
        return "too few tracks of the model are in the catalogue: check its keys"
    if tags.named.any():
        return "too few tracks of the playlists whose names contain words of [genres] have a vector or one genre"
    names = ", ".join(map(repr, tags.unmatched))
    return (
        f"no playlist name contains the words of [genres]; names are {names}. Change the words, or set "
        "[model.columns] playlist_name if another column has the names"
    )


def _few(tags: GenreTags, genre: int) -> Measurement:
    return inconclusive(too_few_tags(tags, genre), n=int(tags.tracks[genre]), severity="warn")


def _silhouette(model: ModelUnderTest, graph: LabelledGraph, where: str, problem: str) -> Measurement:
    n = len(graph.tracks)
    if len(np.unique(graph.labels)) < 2:
        return inconclusive("the silhouette takes the first label of a track, and all tracks have the same", n=n)
    value = float(np.mean(cosine_silhouettes(model.unit[graph.tracks], graph.labels)))
    return Measurement(
        value=value,
        n=n,
        summary=f"the mean silhouette of {n:,} tagged tracks {where} is {value:+.2f}",
        inconclusive=problem,
    )


def _misclassified(model: ModelUnderTest, graph: LabelledGraph, genre: int) -> tuple[str, ...]:
    """Return the genre's tracks with a minority of their genre among their neighbours: fewest, then most played."""
    same = graph.counts.of(genre)
    own = np.flatnonzero(graph.has(genre) & (same < graph.counts.k / 2))
    order = np.lexsort((own, -model.plays[graph.tracks[own]], same[own]))
    return model.keys(graph.tracks[own[order]])
