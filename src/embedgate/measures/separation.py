"""Do genres keep together: in the space, on the map, and pair by pair."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.neighbours import nearest
from embedgate.measures.map_faithfulness import nearest_on_map
from embedgate.measures.measurement import Measurement, lacking
from embedgate.statistics import (
    SEED,
    Interval,
    Null,
    auc_of_counts,
    bootstrap_weights,
    labelings,
    percentile_interval,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.genre_tags import GenreTags
    from embedgate.material.model import ModelUnderTest

LEVEL = 0.01
"""A random space gets past the test of one genre once in a hundred times. It is kept out by the tests of the whole
space, at one in a thousand; here a higher level spares sound genres that few artists make up."""
FEWEST_LABELINGS = 1_000
_PERMUTATIONS = 999
_MOST_PER_GENRE = 400
_K = 10


@dataclass(frozen=True, slots=True, eq=False)
class Tagged:
    """Tagged tracks and their nearest tagged tracks by other artists.

    Attributes:
        tracks: m track numbers.
        labels: genre of each, int16, shape (m,).
        artists: artist of each, 0 to a - 1, shape (m,).
        near: places (0 to m - 1) of the nearest, the same artist left out, shape (m, k).
    """

    tracks: NDArray[np.intp]
    labels: NDArray[np.int16] = field(repr=False)
    artists: NDArray[np.intp] = field(repr=False)
    near: NDArray[np.int32] = field(repr=False)


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


def in_space(model: ModelUnderTest) -> Tagged | None:
    """Take up to 400 tracks a genre, drawn with a fixed seed, and find their nearest by cosine."""
    rng = np.random.default_rng(SEED)
    tags = model.tags
    drawn = [
        np.sort(rng.permutation(np.flatnonzero(tags.codes == genre))[:_MOST_PER_GENRE])
        for genre in _judged(tags)
    ]
    if not drawn:
        return None
    tracks = np.concatenate(drawn)
    unit, artists = model.unit[tracks], model.catalogue.artist_codes[tracks]
    graph = nearest(unit, unit, _K, query_group=artists, item_group=artists)
    return _tagged(tracks, tags, artists, graph.indices)


def on_map(model: ModelUnderTest) -> Tagged | None:
    """Take the tagged tracks of the map and find their nearest in the plane."""
    layout = model.map
    if layout is None:
        return None
    tags = model.tags
    here = np.isin(tags.codes[layout.tracks], _judged(tags))
    if not here.any():
        return None
    tracks, positions = layout.tracks[here], layout.positions[here].astype(np.float32)
    artists = model.catalogue.artist_codes[tracks]
    return _tagged(tracks, tags, artists, nearest_on_map(positions, positions, _K, artists, artists))


def _judged(tags: GenreTags) -> list[int]:
    return [genre for genre in range(len(tags.genres)) if tags.enough(genre)]


def _tagged(
    tracks: NDArray[np.intp], tags: GenreTags, artists: NDArray[np.int32], near: NDArray[np.int32]
) -> Tagged | None:
    """Number the artists anew; None where some track has fewer than k others by other artists."""
    if (near < 0).any():
        return None
    return Tagged(tracks, tags.codes[tracks], np.unique_inverse(artists).inverse_indices, near)


def separate(model: ModelUnderTest, tagged: Tagged | None, where: str, objection: str = "") -> Separation:
    """Score every genre in one view.

    A track's share of a genre is how many of its ten nearest tagged tracks by other artists bear it, corrected
    for the size of the genre. The score is the area under the ROC curve of that share: does it tell the
    genre's own tracks from the rest. The correction does not change the order of the tracks, and so not the
    area; a majority vote, uncorrected, would put a small genre near 0 in a sound model.

    The interval draws artists. The null deals the genres out again over artists, each artist's tracks kept
    together under the genre most of them bear.

    Args:
        model: the model under test.
        tagged: from `in_space` or `on_map`.
        where: "in the space" or "on the map", for the sentences.
        objection: why the view is not to be trusted; then nothing is judged.
    """
    tags = model.tags
    if tagged is None:
        why = _no_view(tags)
        missing = lacking(why, n=int(tags.tracks.sum()), by_nature=True)
        return Separation(
            tuple(GenreScore(genre, missing, float("nan")) for genre in tags.genres), missing, missing
        )
    width = len(tags.genres)
    counts, inside, outside = _histograms(tagged.near, tagged.labels, width)
    areas = auc_of_counts(inside, outside)
    accuracies = _accuracies(counts, tagged.labels, width)
    null_areas, null_accuracies = _null(tagged, width)
    intervals = _intervals(counts, tagged, width)
    of_artist = _majority(tagged, width)
    scores = []
    for genre, name in enumerate(tags.genres):
        if not (tagged.labels == genre).any():
            few = lacking(_too_few(tags, genre), n=int(tags.tracks[genre]), by_nature=True)
            scores.append(GenreScore(name, few, float("nan")))
            continue
        scores.append(
            GenreScore(
                name,
                Measurement(
                    value=float(areas[genre]),
                    n=int((tagged.labels == genre).sum()),
                    interval=intervals[genre],
                    null=Null(null_areas[:, genre], LEVEL, _too_few_labelings(of_artist == genre)),
                    tracks=_strays(model, tagged, counts[:, genre], genre),
                    says=f"the ten nearest tell {name} from the rest {where}: AUC {areas[genre]:.3f} "
                    f"({accuracies[genre]:.0%} of its tracks are called {name})",
                    hint=f"{name} is not to be told from the other genres {where}",
                    lacks=objection,
                ),
                float(accuracies[genre]),
            )
        )
    balanced = float(np.nanmean(accuracies))
    accuracy = Measurement(
        value=balanced,
        n=len(tagged.tracks),
        null=Null(null_accuracies, LEVEL, _too_few_labelings(of_artist)),
        says=f"{balanced:.0%} of the tracks are called by their genre {where}, genres weighing alike "
        f"(chance {1 / max(1, np.isfinite(accuracies).sum()):.0%})",
        lacks=objection,
    )
    return Separation(tuple(scores), accuracy, _silhouette(model, tagged, where, objection))


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
            why = _too_few(tags, few[0]) if few else _no_view(tags)
            scores.append(PairScore(*names, lacking(why, by_nature=True), float("nan")))
            continue
        here = np.isin(tagged.labels, (first, second))
        scores.append(_pair(model, names, tagged.tracks[here], tagged.labels[here] == first))
    return tuple(scores)


def _pair(
    model: ModelUnderTest, names: tuple[str, str], tracks: NDArray[np.intp], is_first: NDArray[np.bool_]
) -> PairScore:
    unit, artists = model.unit[tracks], model.catalogue.artist_codes[tracks]
    graph = nearest(unit, unit, _K, query_group=artists, item_group=artists)
    labels = (~is_first).astype(np.int16)
    if (graph.indices < 0).any():
        why = f"{names[0]} and {names[1]} have too few artists for ten neighbours by others"
        return PairScore(*names, lacking(why, n=len(tracks), by_nature=True), float("nan"))
    tagged = Tagged(tracks, labels, np.unique_inverse(artists).inverse_indices, graph.indices)
    counts, inside, outside = _histograms(tagged.near, labels, 2)
    area = float(auc_of_counts(inside[0], outside[0]))
    accuracy = float(np.mean(_accuracies(counts, labels, 2)))
    of_artist = _majority(tagged, 2)
    wrong = np.argsort(np.where(is_first, counts[:, 0], counts[:, 1]), kind="stable")[:10]
    return PairScore(
        *names,
        Measurement(
            value=area,
            n=len(tracks),
            interval=_intervals(counts, tagged, 2)[0],
            null=Null(_binary_null(tagged, of_artist), LEVEL, _too_few_labelings(of_artist)),
            tracks=tuple(model.tracks[track] for track in tracks[wrong]),
            says=f"the ten nearest tell {names[0]} from {names[1]}: AUC {area:.3f}, balanced accuracy {accuracy:.0%}",
            hint="neighbouring genres do mix; a pair at chance means that the model does not know the difference",
        ),
        accuracy,
    )


def tag_coverage(model: ModelUnderTest) -> Measurement:
    """Share of the vocabulary that bears a genre with enough tracks and artists to be judged."""
    tags = model.tags
    if not tags.genres:
        return lacking("no genre is configured", by_nature=True)
    judged = _judged(tags)
    n = len(tags.codes)
    counted = int(np.isin(tags.codes, judged).sum())
    value = counted / n if n else 0.0
    low, high = int(tags.support.min()), int(tags.support.max())
    chosen = "chosen to suit the data" if tags.support_from_data else "as configured"
    circle = "" if model.held_out else "; the tags come from the playlists that trained the vectors: partly circular"
    return Measurement(
        value=value,
        n=n,
        says=f"{value:.1%} of {n:,} tracks bear one of {len(judged)} genres that can be judged "
        f"(of {len(tags.genres)}; support {low if low == high else f'{low} to {high}'}, {chosen}){circle}",
        hint="no playlist name holds the words of [genres], or none of their tracks has a vector",
    )


def _histograms(
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


def _accuracies(
    counts: NDArray[np.int64], labels: NDArray[np.integer], width: int
) -> NDArray[np.float64]:
    """Share of each genre's tracks called by its name, shape (width,); NaN for a genre without a track.

    The call goes to the genre whose share of the nearest exceeds its share of all by the largest factor.
    """
    sizes = np.bincount(labels, minlength=width)
    with np.errstate(divide="ignore", invalid="ignore"):
        called = np.where(sizes > 0, counts / sizes, -1).argmax(axis=1)
        return np.asarray(np.bincount(labels[called == labels], minlength=width) / sizes, dtype=np.float64)


def _majority(tagged: Tagged, width: int) -> NDArray[np.intp]:
    """The genre that most of an artist's tracks bear, shape (a,); ties to the first."""
    artists = int(tagged.artists.max()) + 1
    votes = np.bincount(tagged.artists * width + tagged.labels, minlength=artists * width)
    return votes.reshape(artists, width).argmax(axis=1)


def _null(tagged: Tagged, width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Areas, shape (permutations, width), and balanced accuracies with the genres dealt out over artists."""
    rng = np.random.default_rng(SEED)
    of_artist = _majority(tagged, width)
    areas = np.empty((_PERMUTATIONS, width))
    accuracies = np.empty(_PERMUTATIONS)
    for draw in range(_PERMUTATIONS):
        labels = rng.permutation(of_artist)[tagged.artists]
        counts, inside, outside = _histograms(tagged.near, labels, width)
        areas[draw] = auc_of_counts(inside, outside)
        accuracies[draw] = np.nanmean(_accuracies(counts, labels, width))
    return np.nan_to_num(areas, nan=0.5), accuracies


def _binary_null(tagged: Tagged, of_artist: NDArray[np.intp]) -> NDArray[np.float64]:
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
    return np.nan_to_num(auc_of_counts(inside, both - inside), nan=0.5)


def _intervals(counts: NDArray[np.int64], tagged: Tagged, width: int) -> list[Interval | None]:
    """Bootstrap each genre's area over artists: histograms add up, so a sample is a product of matrices."""
    artists = int(tagged.artists.max()) + 1
    k = tagged.near.shape[1]
    weights = bootstrap_weights(artists)
    found = []
    for genre in range(width):
        own = tagged.labels == genre
        cells = tagged.artists * (k + 1) + counts[:, genre]
        inside, outside = (
            np.bincount(cells[rows], minlength=artists * (k + 1)).reshape(artists, k + 1).astype(np.float32)
            for rows in (own, ~own)
        )
        found.append(percentile_interval(auc_of_counts(weights @ inside, weights @ outside)))
    return found


def _silhouette(model: ModelUnderTest, tagged: Tagged, where: str, objection: str) -> Measurement:
    n = len(tagged.tracks)
    genres = len(np.unique(tagged.labels))
    if not 2 <= genres < n:
        return lacking(f"{genres} genre has enough tags: two are needed", n=n, by_nature=True)
    from sklearn.metrics import silhouette_score  # noqa: PLC0415 - heavy

    value = float(silhouette_score(model.unit[tagged.tracks], tagged.labels, metric="cosine"))
    return Measurement(
        value=value,
        n=n,
        says=f"the mean silhouette of {n:,} tagged tracks {where} is {value:+.2f}",
        lacks=objection,
    )


def _strays(
    model: ModelUnderTest, tagged: Tagged, counts: NDArray[np.int64], genre: int
) -> tuple[str, ...]:
    """The genre's tracks with the fewest of their own around them, the most played of them first."""
    own = np.flatnonzero(tagged.labels == genre)
    own = own[counts[own] < tagged.near.shape[1] / 2]
    order = np.lexsort((own, -model.plays[tagged.tracks[own]], counts[own]))
    return tuple(model.tracks[track] for track in tagged.tracks[own[order]])


def _too_few_labelings(labels: NDArray[np.generic]) -> str:
    ways = labelings(np.asarray(labels, dtype=np.intp))
    if ways >= FEWEST_LABELINGS:
        return ""
    return f"the genres can be dealt out over the artists in {ways:,.0f} ways only: a test needs {FEWEST_LABELINGS:,}"


def _too_few(tags: GenreTags, genre: int) -> str:
    return (
        f"{tags.genres[genre]} is borne by {tags.tracks[genre]:,} tracks of {tags.artists[genre]:,} artists: "
        "too few to say"
    )


def _no_view(tags: GenreTags) -> str:
    if not tags.genres:
        return "no genre is configured"
    return "no genre has enough tagged tracks by enough artists"
