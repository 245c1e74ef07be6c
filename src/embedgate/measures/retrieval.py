"""Next-track retrieval: does the space put what was played next near what was played last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.statistics import PERMUTATIONS, SEED, Null, ratio_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest

NO_TEST_COLUMNS = "the playlists have no columns track_test_x and track_test_y"
LEVEL = 0.001
_MOST_QUERIES = 5_000
_FEWEST_QUERIES = 100
_K = 10
_GAIN = 1 / np.log2(np.arange(_K) + 2)
_BLOCK = 20  # tracks of like popularity, that stand in for each other


@dataclass(frozen=True, slots=True, eq=False)
class NextTrack:
    """Queries, answers, and where the answers stand.

    Attributes:
        queries: track number of the last track of each `track_test_x`, -1 where it has no vector, shape (m,).
        targets: likewise of `track_test_y`.
        positions: place of the answer among the ten nearest of the query, 0 to 9, -1 where it is not there.
        ranks: rank of the answer among all tracks, 1 the nearest, 0 where either has no vector.
        popularity_hits: whether the answer is one of the ten most played other tracks.
        permuted_hits: finds at each place in random dealings, shape (permutations, 2, 10); see `_dealt_again`.
        held_out: whether the model was trained without these playlists.
    """

    queries: NDArray[np.int32] = field(repr=False)
    targets: NDArray[np.int32] = field(repr=False)
    positions: NDArray[np.int64] = field(repr=False)
    ranks: NDArray[np.int64] = field(repr=False)
    popularity_hits: NDArray[np.bool_] = field(repr=False)
    permuted_hits: NDArray[np.int64] = field(repr=False)
    held_out: bool

    def hit_rate(self, k: int) -> float:
        """Share of queries whose answer has a rank of k or less."""
        return float(((self.ranks > 0) & (self.ranks <= k)).mean())


@dataclass(frozen=True, slots=True, eq=False)
class Queries:
    """What was asked, and where the answer stands; attributes as of `NextTrack`."""

    queries: NDArray[np.int32]
    targets: NDArray[np.int32]
    positions: NDArray[np.int64]


def ask(model: ModelUnderTest) -> Queries | None:
    """Look each answer up among the ten nearest of its query; None without test columns.

    At most 5,000 playlists are asked, drawn with a fixed seed. A query or an answer that has no vector is a
    miss, and stays in the denominator.
    """
    playlists = model.playlists
    if playlists.queries is None or playlists.targets is None:
        return None
    asked = np.flatnonzero((playlists.queries >= 0) & (playlists.targets >= 0))
    asked = np.sort(np.random.default_rng(SEED).permutation(asked)[:_MOST_QUERIES])
    numbers = model.playlist_track_numbers
    queries, answers = numbers[playlists.queries[asked]], numbers[playlists.targets[asked]]
    indices = model.neighbours.indices
    near = np.full((len(queries), indices.shape[1]), -2, dtype=np.int32)
    near[queries >= 0] = indices[queries[queries >= 0]]
    match = (near == answers[:, None]) & (answers >= 0)[:, None]
    return Queries(queries, answers, np.where(match.any(axis=1), match.argmax(axis=1), -1))


def gains(places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Discounted gain of each answer: 1 / log2(1 + rank) among the ten nearest, 0 beyond (Jarvelin 2002)."""
    return np.where(places >= 0, _GAIN[places], 0)


def next_track(model: ModelUnderTest) -> NextTrack | None:
    """Where the next tracks stand, and where the charts and chance would put them; None as for `ask`."""
    asked = ask(model)
    if asked is None:
        return None
    queries, answers, places = asked.queries, asked.targets, asked.positions
    most_played = np.argsort(-model.plays, kind="stable")[: _K + 1]
    place_of = np.full(len(model.tracks) + 1, _K + 1)
    place_of[most_played] = np.arange(len(most_played))
    # the query is not offered: where it is one of the ten most played, the eleventh is offered instead
    popular = place_of[answers] < _K + (place_of[queries] < _K)
    popular &= (answers >= 0) & (answers != queries)
    ranks = _ranks(model, queries, answers)
    by_chance = _dealt_again(model, queries, answers)
    return NextTrack(queries, answers, places, ranks, popular, by_chance, model.held_out)


def _ranks(model: ModelUnderTest, queries: NDArray[np.int32], answers: NDArray[np.int32]) -> NDArray[np.int64]:
    """Rank of each answer, ties counted against it: 1 + tracks at least as near, itself and the query left out."""
    ranks = np.zeros(len(queries), dtype=np.int64)
    both = np.flatnonzero((queries >= 0) & (answers >= 0) & (queries != answers))
    for start in range(0, len(both), 256):
        rows = both[start : start + 256]
        cosines = model.unit[queries[rows]] @ model.unit.T
        row = np.arange(len(rows))
        threshold = cosines[row, answers[rows]].copy()
        cosines[row, queries[rows]] = -np.inf
        ranks[rows] = np.maximum((cosines >= threshold[:, None]).sum(axis=1), 1)
    return ranks


def hit_rate(found: NextTrack | None) -> Measurement:
    """Next-track hit rate@10. The null deals the answers out again; see `_dealt_again`."""
    if found is None or len(found.queries) < _FEWEST_QUERIES:
        return _too_few(found)
    hits = found.positions >= 0
    null = _null(found, np.ones(_K))
    return Measurement(
        value=float(hits.mean()),
        n=len(hits),
        interval=ratio_interval(hits, np.ones(len(hits)), np.arange(len(hits))),
        null=null,
        summary=f"the next track is among the ten nearest {hits.mean():.1%} of the time (chance {null.median:.1%}), "
        f"among the hundred nearest {found.hit_rate(100):.1%}{_in_sample(found)}",
        hint=f"{_without_vector(found)} of the questions name a track without a vector and count as misses: look "
        "at vocabulary.coverage first",
    )


def ndcg(found: NextTrack | None) -> Measurement:
    """Normalised discounted cumulative gain@10 with one right answer: 1 / log2(1 + rank), 0 beyond ten."""
    if found is None or len(found.queries) < _FEWEST_QUERIES:
        return _too_few(found)
    gain = gains(found.positions)
    value = float(gain.mean())
    return Measurement(
        value=value,
        n=len(gain),
        interval=ratio_interval(gain, np.ones(len(gain)), np.arange(len(gain))),
        null=_null(found, _GAIN),
        summary=f"the next track stands high among the ten nearest: NDCG@10 is {value:.3f}{_in_sample(found)}",
    )


def gain_over_popularity(found: NextTrack | None) -> Measurement:
    """Hit rate@10 of the space less that of recommending the ten most played tracks to everybody."""
    if found is None or len(found.queries) < _FEWEST_QUERIES:
        return _too_few(found)
    hits = (found.positions >= 0).astype(float)
    popular = found.popularity_hits.astype(float)
    lead = hits - popular
    return Measurement(
        value=float(lead.mean()),
        n=len(lead),
        interval=ratio_interval(lead, np.ones(len(lead)), np.arange(len(lead))),
        summary=f"hit rate@10 is {hits.mean():.1%}, that of the ten most played tracks {popular.mean():.1%}"
        f"{_in_sample(found)}",
        hint="a model that loses against the charts recommends worse than none: train longer, or on more playlists",
    )


def _dealt_again(model: ModelUnderTest, queries: NDArray[np.int32], answers: NDArray[np.int32]) -> NDArray[np.int64]:
    """Count the finds at each place in random dealings, shape (permutations, 2, k), of two kinds.

    Answers dealt out over the questions keep their popularity exactly, so a space that offers everybody the charts
    is no better than chance. But a question that many playlists ask is then asked with many answers, and chance
    seems steadier than it is: so tracks stand in for tracks of like popularity, too, the same one in all questions.
    """
    near = np.ascontiguousarray(model.neighbours.indices.T)
    asked = np.flatnonzero(queries >= 0)
    near_asked = near[:, queries[asked]]
    both = (queries >= 0) & (answers >= 0)
    known_queries, known_answers = queries[both], answers[both]
    tracks = np.unique(np.concatenate([known_queries, known_answers]))
    ties = np.random.default_rng(SEED).permutation(len(tracks))
    tracks = tracks[np.lexsort((ties, -model.plays[tracks]))]
    blocks, rest = np.split(tracks, [len(tracks) // _BLOCK * _BLOCK])
    stand_in = np.arange(len(model.tracks), dtype=np.int32)
    rng = np.random.default_rng(SEED)
    found = np.zeros((PERMUTATIONS, 2, _K), dtype=np.int64)
    for draw in found:
        dealt = rng.permutation(answers)[asked]
        stand_in[blocks] = rng.permuted(blocks.reshape(-1, _BLOCK), axis=1).ravel()
        stand_in[rest] = rng.permutation(rest)
        new_queries, new_answers = stand_in[known_queries], stand_in[known_answers]
        for place, (of_asked, of_all) in enumerate(zip(near_asked, near, strict=True)):
            draw[0, place] = np.count_nonzero(of_asked == dealt)
            draw[1, place] = np.count_nonzero(of_all[new_queries] == new_answers)
    return found


def _null(found: NextTrack, worth: NDArray[np.float64]) -> Null:
    """Score the dealings, the better of each two: a find at place i is worth `worth[i]`."""
    return Null((found.permuted_hits @ worth).max(axis=1) / len(found.queries), LEVEL)


def _too_few(found: NextTrack | None) -> Measurement:
    if found is None:
        return not_applicable(NO_TEST_COLUMNS)
    return inconclusive(
        f"{len(found.queries)} playlists have a next track to foretell: {_FEWEST_QUERIES} are needed",
        n=len(found.queries),
    )


def _in_sample(found: NextTrack) -> str:
    return "" if found.held_out else "; in-sample: the model was trained on these playlists"


def _without_vector(found: NextTrack) -> str:
    return f"{((found.queries < 0) | (found.targets < 0)).mean():.0%}"
