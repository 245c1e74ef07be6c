"""Do neighbours have to do with each other: one artist, one playlist."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.statistics import SEED, permutation_null, ratio_interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest

NO_ARTISTS = "the tracks have no artist, or no two tracks share one"
LEVEL = 0.001
"""A random space gets past either of these two once in a thousand times."""
_MOST_QUERIES = 5_000
_MOST_PAIRS = 5_000
_MOST_PAIRS_A_PLAYLIST = 100
_FEWEST_PAIRS = 100
_BLOCK = 100


def popularity_bins(plays: NDArray[np.integer]) -> NDArray[np.int64]:
    """Bin plays by doubling: 0, 1, 2 to 3, 4 to 7, ...; shape as given."""
    return np.asarray(np.floor(np.log2(np.maximum(plays, 0.5))) + 1, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class PopularityStratum:
    """A score of the tracks played between `low` and `high` times, and how many observations it rests on."""

    low: int
    high: int
    score: float
    n: int


@dataclass(frozen=True, slots=True, eq=False)
class Stratified:
    """A measurement, and the same score by popularity."""

    measurement: Measurement
    strata: tuple[PopularityStratum, ...] = field(default=())


def artists_apart(model: ModelUnderTest) -> str:
    """Test on the playlists alone whether tracks of one artist share playlists more than chance gives.

    Brands of a shop may have nothing to do with its sessions: then a model that learnt from sessions does not know
    brands, and is sound. The statistic is the share of pairs of one playlist that are by one artist; the null
    permutes the artists among tracks of like popularity. Vectors play no part in it.

    Returns:
        what was measured, where the artists share playlists no more than chance; "" where they do, or where the
        playlists have too few pairs to tell.
    """
    pairs, _ = _pairs_of_playlists(model)
    if len(pairs) < _FEWEST_PAIRS:
        return ""
    artists = model.catalogue.artist_codes
    deal = _dealer(model)
    null = permutation_null(lambda rng: _share_by_one_artist(pairs, deal(rng)), LEVEL)
    share = _share_by_one_artist(pairs, artists)
    if share >= null.critical:
        return ""
    return (
        f"tracks by one artist share playlists no more than chance: {share:.2%} of {len(pairs):,} pairs of one "
        f"playlist are by one artist, {null.median:.2%} where artists are permuted. If they should, check that the "
        "artists belong to the tracks"
    )


def _share_by_one_artist(pairs: NDArray[np.int64], artists: NDArray[np.integer]) -> float:
    return float(np.mean(artists[pairs[:, 0]] == artists[pairs[:, 1]]))


def _dealer(model: ModelUnderTest) -> Callable[[np.random.Generator], NDArray[np.int32]]:
    """Return a function that permutes the artists among tracks of like popularity."""
    artists, bins = model.catalogue.artist_codes, popularity_bins(model.plays)
    by_bin = [np.flatnonzero(bins == bin_) for bin_ in np.unique(bins)]

    def deal(rng: np.random.Generator) -> NDArray[np.int32]:
        dealt = np.empty_like(artists)
        for members in by_bin:
            dealt[members] = artists[rng.permutation(members)]
        return dealt

    return deal


def same_artist_hits(model: ModelUnderTest) -> tuple[NDArray[np.intp], NDArray[np.bool_]] | None:
    """Which of the ten nearest are by the same artist.

    Returns:
        track numbers asked, shape (m,), and hits, shape (m, 10); None with fewer than eleven tracks.
    """
    artists = model.catalogue.artist_codes
    queries = np.sort(np.random.default_rng(SEED).permutation(len(artists))[:_MOST_QUERIES])
    near = model.neighbours.indices[queries]
    if not near.size or (near < 0).any():
        return None
    return queries, artists[near] == artists[queries, None]


def same_artist(model: ModelUnderTest) -> Stratified:
    """Lift of same-artist neighbours@10: their share over the share that chance gives.

    Chance deals the artists out again among tracks of like popularity, so a space that only sorts by
    popularity is not taken for one that knows artists. The interval is a bootstrap over artists. Where the playlists
    do not tell artists apart, there is nothing to judge; see `artists_apart`.
    """
    catalogue = model.catalogue
    if not catalogue.has_artists:
        return Stratified(not_applicable(NO_ARTISTS))
    artists = catalogue.artist_codes
    found = same_artist_hits(model)
    if found is None:
        return Stratified(
            inconclusive(f"{len(artists)} usable vectors are too few for ten neighbours", n=len(artists))
        )
    queries, hit = found
    near, hits = model.neighbours.indices[queries], hit.mean(axis=1)
    deal = _dealer(model)

    def dealt_again(rng: np.random.Generator) -> float:
        dealt = deal(rng)
        return float(np.mean(dealt[near] == dealt[queries, None]))

    null = permutation_null(dealt_again, LEVEL)
    chance = max(float(null.scores.mean()), 1 / near.size)
    value = float(hits.mean()) / chance
    interval = ratio_interval(hits, np.ones(len(hits)), artists[queries])
    return Stratified(
        Measurement(
            value=value,
            n=len(queries),
            interval=(interval[0] / chance, interval[1] / chance) if interval else None,
            null=type(null)(null.scores / chance, null.level, null.inconclusive),
            summary=f"{hits.mean():.1%} of the ten nearest are by the same artist, {value:.0f} times chance level",
            hint=_SCRAMBLED,
            not_applicable=artists_apart(model),
        ),
        stratify(hits, popularity_bins(model.plays)[queries]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class PairRanks:
    """Pairs of one playlist, ranked among the re-pairings of their block.

    Attributes:
        ranks: of every pairing, between 0 and 1, shape (blocks, 100, 100): first tracks by second tracks.
        playlist: of each pair, shape (blocks * 100,).
        bins: popularity bin of the less played track of each pair, shape (blocks * 100,).
    """

    ranks: NDArray[np.float64]
    playlist: NDArray[np.int64]
    bins: NDArray[np.integer]

    @property
    def scores(self) -> NDArray[np.float64]:
        """Rank of each pair itself, shape (blocks * 100,)."""
        own = np.arange(_BLOCK)
        return self.ranks[:, own, own].ravel()


def ranked_pairs(model: ModelUnderTest) -> PairRanks | int:
    """Draw pairs of tracks of one playlist and rank their cosines; the number of pairs where it is too few.

    Pairs are sorted by the popularity of both sides and cut into blocks of about a hundred; a pair is ranked among
    all re-pairings of its block, so both sides of it keep their popularity exactly.
    """
    pairs, playlist = _pairs_of_playlists(model)
    blocks = len(pairs) // _BLOCK
    if len(pairs) < _FEWEST_PAIRS:
        return len(pairs)
    bins = popularity_bins(model.plays)
    order = np.lexsort((bins[pairs[:, 1]], bins[pairs[:, 0]]))[: blocks * _BLOCK]
    pairs, playlist = pairs[order], playlist[order]
    left = model.unit[pairs[:, 0]].reshape(blocks, _BLOCK, -1)
    right = model.unit[pairs[:, 1]].reshape(blocks, _BLOCK, -1)
    ranks = _midranks((left @ right.transpose(0, 2, 1)).reshape(blocks, -1)).reshape(blocks, _BLOCK, _BLOCK)
    return PairRanks(ranks, playlist, np.minimum(bins[pairs[:, 0]], bins[pairs[:, 1]]))


def co_listening(model: ModelUnderTest) -> Stratified:
    """Whether two tracks of one playlist are nearer than two of like popularity that were paired at random.

    The area under the ROC curve of the cosine: pairs of one playlist against re-pairings; see `ranked_pairs`. The
    null pairs again within the blocks. At most 100 pairs a playlist and 5,000 in all are drawn; the interval is a
    bootstrap over playlists.
    """
    found = ranked_pairs(model)
    if isinstance(found, int):
        return Stratified(inconclusive(f"the playlists hold {found} pairs of tracks with a vector: too few", n=found))
    ranks, scores = found.ranks, found.scores
    own = np.arange(_BLOCK)
    block = np.arange(len(ranks))[:, None]
    everyone = np.broadcast_to(own, ranks.shape[:2])
    value = float(scores.mean())
    return Stratified(
        Measurement(
            value=value,
            n=len(scores),
            interval=ratio_interval(scores, np.ones(len(scores)), found.playlist),
            null=permutation_null(lambda rng: float(ranks[block, own, rng.permuted(everyone, axis=1)].mean()), LEVEL),
            summary=f"two tracks of one playlist are nearer than two of like popularity {value:.1%} of the time "
            f"({len(scores):,} pairs)",
            hint=_SCRAMBLED,
        ),
        stratify(scores, found.bins),
    )


_SCRAMBLED = (
    "at chance, vectors and keys do not belong together, or the model did not learn: look whether rows were shifted "
    "or shuffled on export, then at the training"
)


def _pairs_of_playlists(model: ModelUnderTest) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw pairs of distinct tracks of one playlist: track numbers, shape (m, 2), and playlist of each pair.

    Each playlist gives as many, up to 100; with more playlists than pairs wanted, some give none. The pairs come
    in random order, so that a block of neighbouring pairs does not hold one playlist alone.
    """
    playlists = model.playlists
    track = model.playlist_track_numbers[playlists.plays].astype(np.int64)
    inside = track >= 0
    size = max(1, len(model.tracks))
    playlist, track = np.divmod(np.unique(playlists.playlist_of_play[inside] * np.int64(size) + track[inside]), size)
    lengths = np.bincount(playlist, minlength=len(playlists))
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    rng = np.random.default_rng(SEED)
    able = rng.permutation(np.flatnonzero(lengths >= 2))[:_MOST_PAIRS]
    if not len(able):
        return np.empty((0, 2), np.int64), np.empty(0, np.int64)
    each = min(_MOST_PAIRS_A_PLAYLIST, max(1, _MOST_PAIRS // len(able)))
    # a short list has fewer distinct pairs than that
    drawn = rng.permutation(np.repeat(able, np.minimum(each, lengths[able] * (lengths[able] - 1) // 2)))
    length = lengths[drawn]
    first = rng.integers(length)
    second = (first + 1 + rng.integers(length - 1)) % length
    return np.column_stack([track[starts[drawn] + first], track[starts[drawn] + second]]), drawn


def _midranks(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Rank each row's values between 0 and 1, ties sharing the middle of their ranks, shape as given."""
    from scipy.stats import rankdata  # noqa: PLC0415 - heavy

    ranks: NDArray[np.float64] = (rankdata(values, axis=1) - 0.5) / values.shape[1]
    return ranks


def stratify(scores: NDArray[np.floating], bins: NDArray[np.integer]) -> tuple[PopularityStratum, ...]:
    """Mean score of each popularity bin."""
    return tuple(
        PopularityStratum(
            0 if bin_ == 0 else 2 ** (int(bin_) - 1),
            0 if bin_ == 0 else 2 ** int(bin_) - 1,
            float(scores[bins == bin_].mean()),
            int((bins == bin_).sum()),
        )
        for bin_ in np.unique(bins)
    )
