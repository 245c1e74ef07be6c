"""Whether neighbours share an artist, and whether tracks of one playlist are close."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.query_sample import popularity_bins
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.statistics import SEED, Null, average_ranks, mean_interval, permutation_null, ratio_interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest

NO_ARTISTS = "the tracks have no artist, or no two tracks share one"
LEVEL = 0.001
"""A random space passes either of these two tests once in a thousand times."""
_MAX_QUERIES = 5_000
_MAX_PAIRS = 5_000
_MAX_PAIRS_PER_PLAYLIST = 100
_MIN_PAIRS = 100
_BLOCK = 100
_MISALIGNED = (
    "at chance level, vectors and keys may be misaligned or the model did not learn: check for shifted or shuffled "
    "rows in the export, then the training"
)


@dataclass(frozen=True, slots=True)
class PopularityStratum:
    """The score of the tracks played between `low` and `high` times, and its number of observations."""

    low: int
    high: int
    score: float
    n: int


@dataclass(frozen=True, slots=True, eq=False)
class Stratified:
    """A measurement, and its score by popularity."""

    measurement: Measurement
    strata: tuple[PopularityStratum, ...] = ()


def stratify(scores: NDArray[np.generic], bins: NDArray[np.integer]) -> tuple[PopularityStratum, ...]:
    """Return the mean score of each popularity bin."""
    strata = []
    for bin_ in np.unique(bins).tolist():
        here = scores[bins == bin_]
        low = 2 ** (bin_ - 1) if bin_ else 0
        strata.append(PopularityStratum(low, max(0, 2 * low - 1), float(np.mean(here)), len(here)))
    return tuple(strata)


def same_artist(model: ModelUnderTest) -> Stratified:
    """Return the lift of same-artist neighbours@10: their share over the share at chance level.

    The permutation baseline permutes the artists among tracks of similar popularity, so a space that only encodes
    popularity has no lift. The interval is a bootstrap over artists. Not applicable if the playlists do not separate
    artists; see `artists_unrelated`.

    Of a sample of queries, the chance level is the expectation of the permutations: it varies less than their mean,
    and the interval includes its variation between queries.
    """
    if not model.catalogue.has_artists:
        return Stratified(not_applicable(NO_ARTISTS))
    artists = model.catalogue.artist_codes
    found = same_artist_hits(model)
    if found is None:
        return Stratified(
            inconclusive(f"{len(artists)} usable vectors are too few for ten neighbours", n=len(artists))
        )
    queries, hit, weights = found
    near, hits = model.neighbours_of(queries).indices, hit.mean(axis=1)
    permute = _artist_permutation(model, np.union1d(near, queries))

    def permuted_share(rng: np.random.Generator) -> float:
        permuted = permute(rng)
        return float(np.average((permuted[near] == permuted[queries, None]).mean(axis=1), weights=weights))

    null = permutation_null(permuted_share, LEVEL)
    share = float(np.average(hits, weights=weights))
    if model.queries.complete:
        chance = max(float(null.scores.mean()), 1 / near.size)
        interval = mean_interval(hits, artists[queries])
        interval = interval and (interval[0] / chance, interval[1] / chance)
    else:
        expected = _same_artist_chance(model, queries, near)
        chance = max(float(np.average(expected, weights=weights)), 1 / near.size)
        interval = ratio_interval(hits * weights, expected * weights, artists[queries])
    value = share / chance
    measurement = Measurement(
        value=value,
        n=len(queries),
        interval=interval,
        null=replace(null, scores=null.scores / chance),
        summary=f"{share:.1%} of the ten nearest neighbours are by the same artist, {value:.0f} times the "
        "chance level",
        hint=_MISALIGNED,
        not_applicable=artists_unrelated(model),
    )
    return Stratified(measurement, stratify(hits, popularity_bins(model.plays)[queries]))


def same_artist_hits(
    model: ModelUnderTest,
) -> tuple[NDArray[np.intp], NDArray[np.bool_], NDArray[np.float64]] | None:
    """Find which of the ten nearest neighbours are by the same artist, for up to 5,000 tracks or the sample.

    Returns:
        track numbers, shape (m,), hits, shape (m, 10), and weights of the tracks, shape (m,); None with fewer than
        eleven tracks.
    """
    artists = model.catalogue.artist_codes
    queries, weights = model.queries.tracks, model.queries.weights
    if model.queries.complete:
        queries = np.sort(np.random.default_rng(SEED).permutation(len(artists))[:_MAX_QUERIES])
        weights = np.ones(len(queries))
    near = model.neighbours_of(queries).indices
    if not near.size or (near < 0).any():
        return None
    return queries, artists[near] == artists[queries, None], weights


def _same_artist_chance(
    model: ModelUnderTest, queries: NDArray[np.intp], near: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return the expected share of same-artist neighbours of each query under permuted artists, shape (m,).

    Two tracks of the popularity bins a and b share an artist with the probability sum_i n_ia n_ib / (n_a n_b), where
    n_ia counts the tracks of artist i in bin a; within a bin, sum_i n_ia (n_ia - 1) / (n_a (n_a - 1)).
    """
    from scipy.sparse import coo_array  # noqa: PLC0415 - heavy

    artists, bins = model.catalogue.artist_codes, np.unique_inverse(popularity_bins(model.plays)).inverse_indices
    sizes = np.bincount(bins).astype(float)
    counts = coo_array((np.ones(len(bins)), (bins, artists))).tocsr()
    together = (counts @ counts.T).toarray() - np.diag(sizes)
    probability = together / np.maximum(np.outer(sizes, sizes) - np.diag(sizes), 1)
    return np.asarray(probability[bins[queries][:, None], bins[near]].mean(axis=1))


def artists_unrelated(model: ModelUnderTest) -> str:
    """Test, on the playlists alone, whether tracks of one artist share playlists more often than chance.

    The brands of a shop, for example, may be unrelated to its sessions: a model that is trained on the sessions is
    then sound, although it does not know the brands. The statistic is the share of pairs of one playlist that are by
    one artist; the permutation baseline permutes the artists among tracks of similar popularity.

    Returns:
        a sentence if they do not; "" if they do, or if there are too few pairs.
    """
    found = artists_together(model)
    if found is None or found.share >= found.null.critical:
        return ""
    return (
        f"tracks by one artist share playlists no more often than chance: {found.share:.2%} of {found.pairs:,} pairs "
        f"of one playlist are by one artist, {found.null.median:.2%} under permuted artists. If they should, check "
        "that the artists belong to the tracks"
    )


@dataclass(frozen=True, slots=True, eq=False)
class ArtistsTogether:
    """How often two tracks of one playlist are by one artist.

    Attributes:
        share: of the pairs of one playlist.
        null: the same under artists that are permuted among tracks of similar popularity.
        pairs: number of pairs.
    """

    share: float
    null: Null
    pairs: int


def artists_together(model: ModelUnderTest) -> ArtistsTogether | None:
    """Count pairs of one playlist by one artist; None if there are too few pairs. No vector is read."""
    pairs, _ = playlist_pairs(model)
    if len(pairs) < _MIN_PAIRS:
        return None
    permute = _artist_permutation(model, np.unique(pairs))
    null = permutation_null(lambda rng: _same_artist_share(pairs, permute(rng)), LEVEL)
    return ArtistsTogether(_same_artist_share(pairs, model.catalogue.artist_codes), null, len(pairs))


def _same_artist_share(pairs: NDArray[np.int64], artists: NDArray[np.integer]) -> float:
    return float(np.mean(artists[pairs[:, 0]] == artists[pairs[:, 1]]))


def _artist_permutation(
    model: ModelUnderTest, needed: NDArray[np.integer]
) -> Callable[[np.random.Generator], NDArray[np.int32]]:
    """Return a function that permutes the artists among tracks of similar popularity.

    Of a large vocabulary, only the artists of the `needed` tracks are set: the draw is the same, and shorter.
    """
    artists, bins = model.catalogue.artist_codes, popularity_bins(model.plays)
    by_bin = [np.flatnonzero(bins == bin_) for bin_ in np.unique(bins)]
    wanted = by_bin if model.queries.complete else [needed[bins[needed] == bin_] for bin_ in np.unique(bins)]

    def permute(rng: np.random.Generator) -> NDArray[np.int32]:
        permuted = np.empty_like(artists)
        for members, some in zip(by_bin, wanted, strict=True):
            drawn = rng.permutation(members) if some is members else rng.choice(members, len(some), replace=False)
            permuted[some] = artists[drawn]
        return permuted

    return permute


def co_listening(model: ModelUnderTest) -> Stratified:
    """Return the co-listening AUC: whether pairs of one playlist are closer than random pairs of similar popularity.

    The area under the ROC curve of the cosine; see `rank_pairs`. The permutation baseline re-pairs tracks within
    blocks. The interval is a bootstrap over playlists.
    """
    found = rank_pairs(model)
    if isinstance(found, int):
        return Stratified(
            inconclusive(f"the playlists contain {found} pairs of tracks with a vector: too few", n=found)
        )
    ranks, scores = found.ranks, found.scores
    own = np.arange(_BLOCK)
    block = np.arange(len(ranks))[:, None]
    everyone = np.broadcast_to(own, ranks.shape[:2])
    value = float(scores.mean())
    measurement = Measurement(
        value=value,
        n=len(scores),
        interval=mean_interval(scores, found.playlist),
        null=permutation_null(lambda rng: float(ranks[block, own, rng.permuted(everyone, axis=1)].mean()), LEVEL),
        summary="two tracks of one playlist are closer than random pairs of similar popularity "
        f"{value:.1%} of the time ({len(scores):,} pairs)",
        hint=_MISALIGNED,
    )
    return Stratified(measurement, stratify(scores, found.bins))


@dataclass(frozen=True, slots=True, eq=False)
class PairRanks:
    """Pairs of one playlist, ranked among the re-pairings of their block.

    Attributes:
        ranks: rank of each pairing of a block, between 0 and 1, shape (blocks, 100, 100).
        playlist: playlist of each pair, its rank by content, shape (blocks * 100,).
        first: first track of each pair, shape (blocks * 100,).
        bins: popularity bin of the less played track of each pair, shape (blocks * 100,).
    """

    ranks: NDArray[np.float64]
    playlist: NDArray[np.int64]
    first: NDArray[np.int64]
    bins: NDArray[np.integer]

    @property
    def scores(self) -> NDArray[np.float64]:
        """Rank of each pair, shape (blocks * 100,)."""
        own = np.arange(_BLOCK)
        return self.ranks[:, own, own].ravel()


def rank_pairs(model: ModelUnderTest) -> PairRanks | int:
    """Draw pairs of tracks of one playlist and rank their cosines; return the number of pairs if there are too few.

    Pairs are sorted by the popularity of both tracks and cut into blocks of a hundred. A pair is ranked among all
    re-pairings of its block, so that both tracks keep their popularity.
    """
    pairs, playlist = playlist_pairs(model)
    blocks = len(pairs) // _BLOCK
    if len(pairs) < _MIN_PAIRS:
        return len(pairs)
    bins = popularity_bins(model.plays)
    order = np.lexsort((bins[pairs[:, 1]], bins[pairs[:, 0]]))[: blocks * _BLOCK]
    pairs, playlist = pairs[order], playlist[order]
    left = model.unit[pairs[:, 0]].reshape(blocks, _BLOCK, -1)
    right = model.unit[pairs[:, 1]].reshape(blocks, _BLOCK, -1)
    cosines = (left @ right.transpose(0, 2, 1)).reshape(blocks, -1)
    ranks = (np.apply_along_axis(average_ranks, 1, cosines) - 0.5) / cosines.shape[1]
    lower = np.minimum(bins[pairs[:, 0]], bins[pairs[:, 1]])
    return PairRanks(ranks.reshape(blocks, _BLOCK, _BLOCK), playlist, pairs[:, 0], lower)


def playlist_pairs(
    model: ModelUnderTest, within: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw pairs of distinct tracks of one playlist: track numbers, shape (m, 2), and rank of each pair's playlist.

    Draw up to 5,000 pairs, the same number from each playlist, at most 100. They are in random order, so that a block
    does not consist of one playlist.

    Args:
        model: the model under test.
        within: whether both tracks of a pair may be this one, shape (n,); None: all may.
    """
    playlist, track = model.distinct_plays
    if within is not None:
        kept = within[track]
        playlist, track = playlist[kept], track[kept]
    lengths = np.bincount(playlist, minlength=len(model.playlists))
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    rng = np.random.default_rng(SEED)
    rank, by_content = model.playlists.content_rank, model.playlists.by_content
    chosen = rng.permutation(by_content[lengths[by_content] >= 2])[:_MAX_PAIRS]
    if not len(chosen):
        return np.empty((0, 2), np.int64), np.empty(0, np.int64)
    each = min(_MAX_PAIRS_PER_PLAYLIST, max(1, _MAX_PAIRS // len(chosen)))
    # a short playlist has fewer distinct pairs
    drawn = rng.permutation(np.repeat(chosen, np.minimum(each, lengths[chosen] * (lengths[chosen] - 1) // 2)))
    length = lengths[drawn]
    first = rng.integers(length)
    second = (first + 1 + rng.integers(length - 1)) % length
    return np.column_stack([track[starts[drawn] + first], track[starts[drawn] + second]]), rank[drawn]
