"""Next-track retrieval: whether the next track is a nearest neighbour of the last one."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.list_order import order_matters
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.statistics import PERMUTATIONS, SEED, Null, mean_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest

NO_TARGETS = "no playlist has a next track: there are no test columns, and no two different tracks at its end"
LEVEL = 0.001
_MAX_QUERIES = 5_000
_MIN_QUERIES = 100
_K = 10
_GAIN = 1 / np.log2(np.arange(_K) + 2)
_BLOCK = 20  # tracks of similar popularity that replace each other in permutations
_ROWS, _CELLS = 256, 2**26
"""Queries ranked at a time, and the most cosines in memory at a time: 256 MB of float32."""


@dataclass(frozen=True, eq=False)
class NextTrack:
    """Queries, their held-out targets, and how well the model retrieves them.

    Attributes:
        model: the model under test.
        queries: track number of the last given track of each playlist, -1 if it has no vector, shape (m,).
        targets: track number of each target, likewise.
        played_targets: number of each target among the tracks of the playlists, shape (m,).
        playlist: number of the playlist of each, shape (m,).
        derived: whether the playlists have no test columns, and the target is the last track of each.
    """

    model: ModelUnderTest = field(repr=False)
    queries: NDArray[np.int32] = field(repr=False)
    targets: NDArray[np.int32] = field(repr=False)
    played_targets: NDArray[np.int32] = field(repr=False)
    playlist: NDArray[np.intp] = field(repr=False)
    derived: bool = False

    @property
    def held_out(self) -> bool:
        """Whether the targets were held out of training."""
        return self.model.targets_held_out

    def hit_rate(self, k: int) -> float:
        """Return the share of queries whose target has a rank of k or less."""
        return float(((self.ranks > 0) & (self.ranks <= k)).mean())

    @cached_property
    def ordered(self) -> bool:
        """Whether the order of the playlists carries information; see `list_order`."""
        return order_matters(self.model.playlists)

    @cached_property
    def known_tracks(self) -> NDArray[np.int32]:
        """Track numbers of the queries and targets of the pairs that both have a vector, ascending, distinct."""
        both = (self.queries >= 0) & (self.targets >= 0)
        return np.unique(np.concatenate([self.queries[both], self.targets[both]]))

    @cached_property
    def positions(self) -> NDArray[np.int64]:
        """Position of each target among the ten nearest neighbours of its query, 0 to 9, else -1, shape (m,)."""
        found = self.model.neighbours_of(self.queries[self.queries >= 0])
        near = np.full((len(self.queries), found.k), -2, dtype=np.int32)
        near[self.queries >= 0] = found.indices
        match = (near == self.targets[:, None]) & (self.targets >= 0)[:, None]
        return np.where(match.any(axis=1), match.argmax(axis=1), -1)

    @cached_property
    def ranks(self) -> NDArray[np.int64]:
        """Rank of each target among all tracks but the query, shape (m,); 1 is the nearest, 0 without a vector.

        Ties count against the target.
        """
        unit, ranks = self.model.unit, np.zeros(len(self.queries), dtype=np.int64)
        both = np.flatnonzero((self.queries >= 0) & (self.targets >= 0) & (self.queries != self.targets))
        step = max(1, min(_ROWS, _CELLS // len(unit)))
        for start in range(0, len(both), step):
            rows = both[start : start + step]
            cosines = unit[self.queries[rows]] @ unit.T
            row = np.arange(len(rows))
            threshold = cosines[row, self.targets[rows]].copy()
            cosines[row, self.queries[rows]] = -np.inf
            ranks[rows] = np.maximum((cosines >= threshold[:, None]).sum(axis=1), 1)
        return ranks

    @cached_property
    def popularity_hits(self) -> NDArray[np.bool_]:
        """Whether each target is among the ten most played tracks but the query (popularity baseline), shape (m,)."""
        most_played = np.argsort(-self.model.plays, kind="stable")[: _K + 1]
        position = np.full(len(self.model.tracks) + 1, _K + 1)
        position[most_played] = np.arange(len(most_played))
        # if the query is one of the ten, the eleventh takes its place
        popular = position[self.targets] < _K + (position[self.queries] < _K)
        return np.asarray(popular & (self.targets >= 0) & (self.targets != self.queries))

    @property
    def permuted_hits(self) -> NDArray[np.int64]:
        """Hits at each position under permutations of two kinds, shape (permutations, 2, 10).

        The first permutes targets over queries and so keeps their popularity: a space that returns popular tracks for
        every query is at chance level. It gives playlists with the same query different targets, which narrows the
        distribution. The second therefore replaces each track by one of similar popularity, the same in all queries.
        """
        return self._permutations[0]

    @property
    def replaced_hits(self) -> NDArray[np.bool_]:
        """Whether each query retrieves its target under permutations of the second kind, shape (permutations, m)."""
        return self._permutations[1]

    @cached_property
    def _permutations(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        valid = np.flatnonzero(self.queries >= 0)
        near_valid = np.ascontiguousarray(self.model.neighbours_of(self.queries[valid]).indices.T)
        both = (self.queries >= 0) & (self.targets >= 0)
        known_queries, known_targets = self.queries[both], self.targets[both]
        tracks = self.known_tracks
        near = np.ascontiguousarray(self.model.neighbours_of(tracks).indices.T)
        place = np.empty(len(self.model.tracks), dtype=np.int32)
        place[tracks] = np.arange(len(tracks))
        ties = np.random.default_rng(SEED).permutation(len(tracks))
        tracks = tracks[np.lexsort((ties, -self.model.plays[tracks]))]
        blocks, rest = np.split(tracks, [len(tracks) // _BLOCK * _BLOCK])
        substitute = np.arange(len(self.model.tracks), dtype=np.int32)
        rng = np.random.default_rng(SEED)
        hits = np.zeros((PERMUTATIONS, 2, _K), dtype=np.int64)
        replaced = np.zeros((PERMUTATIONS, len(self.queries)), dtype=np.bool_)
        for draw, hit in zip(hits, replaced, strict=True):
            permuted = rng.permutation(self.targets)[valid]
            substitute[blocks] = rng.permuted(blocks.reshape(-1, _BLOCK), axis=1).ravel()
            substitute[rest] = rng.permutation(rest)
            new_places, new_targets = place[substitute[known_queries]], substitute[known_targets]
            found = np.zeros(len(new_places), dtype=np.bool_)
            for position, (of_valid, of_all) in enumerate(zip(near_valid, near, strict=True)):
                draw[0, position] = np.count_nonzero(of_valid == permuted)
                here = of_all[new_places] == new_targets
                draw[1, position] = np.count_nonzero(here)
                found |= here
            hit[both] = found
        return hits, replaced

    def null(self, gain: NDArray[np.float64]) -> Null:
        """Return the permutation baseline of the mean gain, the better of both kinds of permutation.

        Args:
            gain: value of a hit at each position, shape (10,).
        """
        return Null((self.permuted_hits @ gain).max(axis=1) / len(self.queries), LEVEL)


def next_track(model: ModelUnderTest) -> NextTrack | None:
    """Draw up to 5,000 playlists with a fixed seed; None if none has a target.

    Query and target are the last of `track_test_x` and `track_test_y`; without these columns, the track before the
    last and the last of each playlist. A query or a target without a vector is a miss, and stays in the denominator.
    """
    playlists = model.playlists
    queries, targets = playlists.queries, playlists.targets
    derived = queries is None or targets is None
    if queries is None or targets is None:
        queries, targets = playlists.last_two
    by_content = playlists.by_content
    complete = by_content[(queries[by_content] >= 0) & (targets[by_content] >= 0)]
    if derived and not len(complete):
        return None
    drawn = complete[np.sort(np.random.default_rng(SEED).permutation(len(complete))[:_MAX_QUERIES])]
    numbers = model.playlist_track_numbers
    return NextTrack(model, numbers[queries[drawn]], numbers[targets[drawn]], targets[drawn], drawn, derived)


def gains(positions: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the discounted gain of each target: 1 / log2(1 + rank) in the top ten, else 0 (Jarvelin 2002)."""
    return np.where(positions >= 0, _GAIN[positions], 0)


def hit_rate(found: NextTrack | None) -> Measurement:
    """Return the next-track hit rate@10; see `NextTrack.permuted_hits` for the permutation baseline.

    The severity is "warn" without evidence that the order of the playlists matters: the next track may then be no
    more likely than any other track of the playlist, and popularity alone may retrieve it equally often.
    """
    if found is None or len(found.queries) < _MIN_QUERIES:
        return _too_few(found)
    hits, ordered = found.positions >= 0, found.ordered
    null = found.null(np.ones(_K))
    without_vector = ((found.queries < 0) | (found.targets < 0)).mean()
    return Measurement(
        value=float(hits.mean()),
        n=len(hits),
        interval=mean_interval(hits, np.arange(len(hits))),
        null=null,
        summary=f"the next track is among the ten nearest neighbours {hits.mean():.1%} of the time (chance level "
        f"{null.median:.1%}), among the hundred nearest {found.hit_rate(100):.1%}{_in_sample(found)}"
        f"{'' if ordered else '; there is no evidence that the order of the playlists matters'}",
        hint=f"{without_vector:.0%} of the queries or targets have no vector and count as misses: check "
        "vocabulary.coverage first"
        if without_vector
        else "check whether keys and vectors belong together, and for too few epochs",
        default_severity=None if ordered else "warn",
    )


def ndcg(found: NextTrack | None) -> Measurement:
    """Return the normalised discounted cumulative gain@10 with one relevant track; see `gains`."""
    if found is None or len(found.queries) < _MIN_QUERIES:
        return _too_few(found)
    gain = gains(found.positions)
    value = float(gain.mean())
    return Measurement(
        value=value,
        n=len(gain),
        interval=mean_interval(gain, np.arange(len(gain))),
        null=found.null(_GAIN),
        summary=f"NDCG@10 of the next track is {value:.3f}{_in_sample(found)}",
    )


def gain_over_popularity(found: NextTrack | None) -> Measurement:
    """Return the hit rate@10 minus that of the popularity baseline, the ten most played tracks for every query."""
    if found is None or len(found.queries) < _MIN_QUERIES:
        return _too_few(found)
    hits, popular = (found.positions >= 0).astype(float), found.popularity_hits.astype(float)
    gain = hits - popular
    return Measurement(
        value=float(gain.mean()),
        n=len(gain),
        interval=mean_interval(gain, np.arange(len(gain))),
        summary=f"hit rate@10 is {hits.mean():.1%}, that of the popularity baseline {popular.mean():.1%}"
        f"{_in_sample(found)}",
        hint="the model is worse than the popularity baseline: train longer, or on more playlists",
    )


def _too_few(found: NextTrack | None) -> Measurement:
    if found is None:
        return not_applicable(NO_TARGETS)
    n = len(found.queries)
    if found.derived:  # the user did not ask for a test of retrieval
        return inconclusive(f"{n} playlists have a target: {_MIN_QUERIES} are required", n=n, severity="warn")
    return inconclusive(f"{n} playlists have a held-out target: {_MIN_QUERIES} are required", n=n)


def _in_sample(found: NextTrack) -> str:
    last = "; the target is the last track of each playlist" if found.derived else ""
    return last if found.held_out else f"{last}; in-sample: the model was trained on these playlists"
