"""Coverage, retrieval and co-listening by slice: by popularity, by genre and by the values of catalogue columns.

A mean over all tracks does not show a slice that the model did not learn. Each slice has its own chance level, with
tracks of the same slice and of similar popularity, so that a slice of rare tracks is not compared with the head.

Not every slice has a signal: tracks that are played once are at chance level in a sound model too. A slice at chance
level therefore only fails if it is certain that the playlists contain more. The reference is counting in how many
other playlists two tracks occur together. The vectors have to find as large a share of what counting finds as they
find in the other slices of the column, so a model that is weak everywhere fails no slice: the checks of the whole
space judge it. The intervals hold for all slices together, at a level of 1 %. Counting finds more of popular tracks
than of rare ones, and the vectors do not to the same degree, so a slice by popularity only warns.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.query_sample import popularity_bins
from embedgate.measures import neighbourhood
from embedgate.measures.co_occurrence import CoOccurrence
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.measures.retrieval import NO_TARGETS
from embedgate.measures.tolerance import A_FIFTH, CHANCE_AUC
from embedgate.statistics import (
    SEED,
    Null,
    average_ranks,
    binomial_interval,
    linear_mean_interval,
    linear_ratio_interval,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest
    from embedgate.measures.retrieval import NextTrack
    from embedgate.slices import Slice
    from embedgate.statistics import Interval

LEVEL = 0.01
"""An untrained slice passes once in a hundred times; sound slices of few tracks would fail a stricter test."""
LEAST_OF_OTHERS = 1 - A_FIFTH
"""Smallest share of the coverage of equally played tracks."""
_PERMUTATIONS = 200
_K = 10
_MIN = 20
"""Queries, pairs or tracks without which a slice is not tested."""
_BLOCK = 50
_EXACT = 64  # plays up to which tracks are compared with tracks of exactly as many
_MAX_COUNTED = 300  # queries whose co-occurrences are counted


@dataclass(frozen=True, eq=False)
class SliceScores:
    """The measures of each slice of a model, each computed when it is first used.

    Attributes:
        model: the model.
        next_track: next-track retrieval; None if no playlist has a target.
    """

    model: ModelUnderTest
    next_track: NextTrack | None
    _columns: dict[str, tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]] = field(
        default_factory=dict, init=False, repr=False
    )

    @cached_property
    def _counting(self) -> CoOccurrence:
        return CoOccurrence(self.model)

    @property
    def _certain(self) -> float:
        """Confidence of the intervals that must not overlap, for all slices together."""
        return 1 - LEVEL / max(1, len(self.model.slices))

    # -- coverage --

    @cached_property
    def coverage(self) -> Mapping[Slice, Measurement]:
        """Share of the plays of each slice whose track has a vector; `scale` is that of equally played tracks.

        The intervals hold for all slices together (Bonferroni).
        """
        plays = self.model.playlists.play_counts
        known = self.model.space.row_of
        covered = np.fromiter((track in known for track in self.model.playlists.tracks), np.bool_, len(plays))
        return {each: self._coverage(each, inside, covered) for each, inside in self.model.slice_members.items()}

    def _coverage(self, slice_: Slice, members: NDArray[np.bool_], covered: NDArray[np.bool_]) -> Measurement:
        playlists = self.model.playlists
        plays = playlists.play_counts
        # rare tracks are matched exactly: one play decides whether a track reaches min_count
        bins = np.where(plays <= _EXACT, plays, _EXACT + popularity_bins(plays))
        inside = members & (plays > 0)
        if not inside.any():
            return not_applicable("no track of this slice is played")
        cells = int(bins.max()) + 1
        others = [np.bincount(bins[some], plays[some], cells) for some in (~inside & covered, ~inside)]
        own = [np.bincount(bins[some], plays[some], cells) for some in (inside & covered, inside)]
        # plays that no other track has, as in a third of all plays, are compared with themselves
        above, below = (np.where(others[1] > 0, *pair) for pair in zip(others, own, strict=True))
        share = np.divide(above, below, out=np.zeros(cells), where=below > 0)
        expected = float((own[1] * share).sum() / own[1].sum())
        value = float(own[0].sum() / own[1].sum())
        tracks = np.flatnonzero(inside)
        lost = tracks[~covered[tracks]]
        lost = lost[np.argsort(-plays[lost], kind="stable")]
        return Measurement(
            value=value,
            n=len(tracks),
            interval=_clipped(
                linear_ratio_interval(
                    covered[tracks] * plays[tracks], plays[tracks], 1 - 0.05 / len(self.model.slices)
                )
            ),
            scale=expected,
            tracks=tuple(playlists.tracks[track] for track in lost),
            summary=f"{value:.1%} of the plays of {slice_.name} are of tracks that have a vector, {expected:.1%} of "
            "those of other tracks with as many plays",
            hint="check whether the tracks of this slice were filtered out before training",
        )

    # -- retrieval --

    @cached_property
    def retrieval(self) -> Mapping[Slice, Measurement]:
        """Next-track hit rate@10 of the queries whose target is in each slice."""
        members = self.model.slice_members
        if self.next_track is None:
            return dict.fromkeys(members, not_applicable(NO_TARGETS))
        return {each: self._retrieval(each, rows, self.next_track) for each, rows in self.queries.items()}

    @cached_property
    def queries(self) -> Mapping[Slice, NDArray[np.intp]]:
        """Numbers of the queries whose target is in each slice."""
        if self.next_track is None:
            return {}
        targets = self.next_track.played_targets
        return {each: np.flatnonzero(inside[targets]) for each, inside in self.model.slice_members.items()}

    def _retrieval(self, slice_: Slice, rows: NDArray[np.intp], found: NextTrack) -> Measurement:
        if len(rows) < _MIN:
            return inconclusive(
                f"fewer than {_MIN} playlists have a next track in this slice", n=len(rows), severity="warn"
            )
        hits, n = found.positions[rows] >= 0, len(rows)
        count = int(hits.sum())
        replaced = found.replaced_hits[:_PERMUTATIONS, rows].sum(axis=1)
        null = Null(np.maximum(_permuted_hits(found, rows), replaced) / n, LEVEL)
        measured = Measurement(
            value=count / n,
            n=n,
            interval=binomial_interval(count, n),
            null=null,
            summary=f"the next track is among the ten nearest neighbours {count / n:.1%} of the time if it is of "
            f"{slice_.name} (chance level {null.median:.1%})",
            hint=_hint(slice_),
            default_severity=None if found.ordered and slice_.kind != "popularity" else "warn",
        )
        if count / n >= null.critical:
            return measured
        both = self._with_vectors(rows, found)
        if len(both) < _MIN:
            return _uncertain(measured, "hardly any of its tracks has a vector", knowable=True)
        counted = self._counted_hits(both, found)
        low = binomial_interval(int(counted.sum()), len(both), self._certain)[0]
        high = binomial_interval(int((found.positions[both] >= 0).sum()), len(both), self._certain)[1]
        note = f"counting the other playlists with both tracks finds it {counted.mean():.1%} of the time"
        expected = null.median + self._retrieved_of_others(slice_, rows, found) * (low - null.median)
        if expected > max(high, null.critical):
            return replace(measured, summary=f"{measured.summary}; {note}")
        return _uncertain(measured, note, knowable=low > null.critical)

    def _with_vectors(self, rows: NDArray[np.intp], found: NextTrack) -> NDArray[np.intp]:
        """Draw up to 300 of some queries that have a vector, and whose target has one."""
        both = rows[(found.queries[rows] >= 0) & (found.targets[rows] >= 0)]
        return both[np.sort(np.random.default_rng(SEED).permutation(len(both))[:_MAX_COUNTED])]

    def _counted_hits(self, rows: NDArray[np.intp], found: NextTrack) -> NDArray[np.bool_]:
        return self._counting.hits(found.queries[rows], found.targets[rows], found.playlist[rows], _K)

    def _retrieved_of_others(self, slice_: Slice, own: NDArray[np.intp], found: NextTrack) -> float:
        """Return the share of what counting retrieves beyond chance that the vectors retrieve in the other slices."""
        rows, some, counted = self._counted_of_column(slice_.column, found)
        rows, others = np.setdiff1d(rows, own), ~np.isin(some, own)
        if not others.any():
            return 0.0
        chance = float(np.median(_permuted_hits(found, rows))) / len(rows)
        return _share(float((found.positions[rows] >= 0).mean()) - chance, float(counted[others].mean()) - chance)

    def _counted_of_column(
        self, column: str, found: NextTrack
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
        """Return the queries of a column's slices, some of them, and whether counting retrieves their targets."""
        if column not in self._columns:
            rows = np.unique(np.concatenate([rows for each, rows in self.queries.items() if each.column == column]))
            some = self._with_vectors(rows, found)
            self._columns[column] = rows, some, self._counted_hits(some, found)
        return self._columns[column]

    # -- co-listening --

    @cached_property
    def co_listening(self) -> Mapping[Slice, Measurement]:
        """Co-listening AUC of the pairs of each slice: whether they are closer than re-pairings within the slice."""
        return {each: self._co_listening(each, own) for each, own in self._pairs_of.items()}

    @cached_property
    def _pairs_of(self) -> Mapping[Slice, NDArray[np.intp]]:
        """Numbers of the pairs whose first track is in each slice."""
        numbers = self.model.playlist_track_numbers
        found = {}
        for each, inside in self.model.slice_members.items():
            of_vocabulary = np.zeros(len(self.model.tracks), dtype=np.bool_)
            of_vocabulary[numbers[inside & (numbers >= 0)]] = True
            found[each] = np.flatnonzero(of_vocabulary[self._pairs.tracks[:, 0]])
        return found

    @cached_property
    def _pairs(self) -> _Pairs:
        """Pairs of tracks of one playlist, sorted by popularity."""
        pairs, playlist = neighbourhood.playlist_pairs(self.model)
        bins = popularity_bins(self.model.plays)
        order = np.lexsort((bins[pairs[:, 1]], bins[pairs[:, 0]]))
        return _Pairs(pairs[order], playlist[order])

    @cached_property
    def _among_all(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Rank of each pair among re-pairings of all pairs, by cosine and by co-occurrence, shape (m,) each."""
        tracks = self._pairs.tracks
        return _own(self._cosine_ranks(tracks)), _own(self._counted_ranks(tracks))

    def _co_listening(self, slice_: Slice, own: NDArray[np.intp]) -> Measurement:
        n = len(own)
        if n < _MIN:
            return inconclusive(f"fewer than {_MIN} drawn pairs have a track in this slice", n=n, severity="warn")
        pairs, playlist = self._pairs.tracks[own], self._pairs.playlist[own]
        ranks = self._cosine_ranks(pairs)
        scores, null = _own(ranks), Null(_repaired_means(ranks), LEVEL)
        value = float(scores.mean())
        measured = Measurement(
            value=value,
            n=n,
            interval=_clipped(linear_mean_interval(scores, playlist)),
            null=null,
            summary=f"two tracks of one playlist, one of {slice_.name}, are closer than re-pairings within the slice "
            f"{value:.1%} of the time",
            hint=_hint(slice_),
            default_severity="warn" if slice_.kind == "popularity" else None,
        )
        if value >= null.critical:
            return measured
        counted = _own(self._counted_ranks(pairs))
        note = f"by the number of other playlists with both tracks, it is {counted.mean():.1%}"
        if self._knows_less(scores, counted, playlist, self._learned_of_others(slice_), null.critical):
            return replace(measured, summary=f"{measured.summary}; {note}")
        cosine, count = self._among_all
        rest = np.setdiff1d(np.arange(len(cosine)), own)
        margin = float(cosine[own].mean()) - linear_mean_interval(cosine[own], playlist, 1 - 2 * LEVEL)[0]
        at_chance = cosine[own].mean() <= CHANCE_AUC + margin
        learned = _share(cosine[rest].mean() - CHANCE_AUC, count[rest].mean() - CHANCE_AUC) if len(rest) else 0.0
        if at_chance and self._knows_less(cosine[own], count[own], playlist, learned, CHANCE_AUC + margin):
            note = (
                f"among re-pairings with all tracks, it is {cosine[own].mean():.1%}, and by the number of other "
                f"playlists with both tracks {count[own].mean():.1%}"
            )
            return replace(measured, summary=f"{measured.summary}; {note}")
        low = linear_mean_interval(counted, playlist, self._certain)[0]
        return _uncertain(measured, note, knowable=low > CHANCE_AUC)

    def _learned_of_others(self, slice_: Slice) -> float:
        """Return the share of what counting finds beyond chance that the vectors find within the other slices."""
        others = [leads for each, leads in self._leads.items() if each.column == slice_.column and each != slice_]
        return _share(sum(cosine for cosine, _ in others), sum(counted for _, counted in others))

    @cached_property
    def _leads(self) -> Mapping[Slice, tuple[float, float]]:
        """Sum over the pairs of each slice of their leads over chance, by cosine and by co-occurrence."""
        pairs = {each: self._pairs.tracks[own] for each, own in self._pairs_of.items() if len(own) >= _MIN}
        return {
            each: (
                float((_own(self._cosine_ranks(tracks)) - CHANCE_AUC).sum()),
                float((_own(self._counted_ranks(tracks)) - CHANCE_AUC).sum()),
            )
            for each, tracks in pairs.items()
        }

    def _knows_less(
        self,
        scores: NDArray[np.float64],
        counted: NDArray[np.float64],
        playlist: NDArray[np.integer],
        learned: float,
        critical: float,
    ) -> bool:
        """Return whether the vectors certainly find less than a share `learned` of what counting finds.

        What they should find must exceed the critical value: else no model of this kind could pass.
        """
        low = linear_mean_interval(counted, playlist, self._certain)[0]
        high = linear_mean_interval(scores, playlist, self._certain)[1]
        return CHANCE_AUC + learned * (low - CHANCE_AUC) > max(high, critical)

    def _cosine_ranks(self, pairs: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        unit = self.model.unit
        return [_ranks(unit[block[:, 0]] @ unit[block[:, 1]].T) for block in _blocks(pairs)]

    def _counted_ranks(self, pairs: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        ranks = []
        for block in _blocks(pairs):
            counts = self._counting.counts(block[:, 0], block[:, 1])
            counts[np.diag_indices_from(counts)] -= 1  # the playlist that the pair comes from
            ranks.append(_ranks(counts))
        return ranks


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Pairs of tracks of one playlist.

    Attributes:
        tracks: track numbers, shape (m, 2).
        playlist: playlist of each, shape (m,).
    """

    tracks: NDArray[np.int64]
    playlist: NDArray[np.integer]


def _hint(slice_: Slice) -> str:
    if slice_.kind == "popularity":
        return (
            "a sound model may rarely list the most played tracks, if the training draws them less often, or the "
            "least played ones: check subsampling and epochs"
        )
    return "check whether the tracks of this slice were left out of training, or their vectors belong to other keys"


def _blocks(pairs: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return np.array_split(pairs, max(1, len(pairs) // _BLOCK))


def _own(ranks: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the rank of each pair itself."""
    return np.concatenate([np.diagonal(each) for each in ranks])


def _share(part: float, whole: float) -> float:
    """Return a share between 0 and 1; 0 of nothing."""
    return min(1.0, max(0.0, part / whole)) if whole > 0 else 0.0


def _clipped(interval: Interval) -> Interval:
    """Return an interval of a share."""
    return max(0.0, interval[0]), min(1.0, interval[1])


def _permuted_hits(found: NextTrack, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Count the hits with the targets of a slice permuted over its queries, shape (permutations,)."""
    targets = np.where(found.targets[rows] >= 0, found.targets[rows], -2)  # -1 is a missing neighbour
    valid = found.queries[rows] >= 0
    near = np.ascontiguousarray(found.model.neighbours_of(found.queries[rows[valid]]).indices.T)
    rng = np.random.default_rng(SEED)
    hits = np.empty(_PERMUTATIONS, dtype=np.int64)
    for draw in range(len(hits)):
        hits[draw] = np.count_nonzero(near == rng.permutation(targets)[valid])
    return hits


def _ranks(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the rank of each score of a block, between 0 and 1; ties share their mean rank."""
    return (average_ranks(scores.ravel()) - 0.5).reshape(scores.shape) / scores.size


def _repaired_means(ranks: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean rank of re-pairings within blocks, shape (permutations,)."""
    rng = np.random.default_rng(SEED)
    total = np.zeros(_PERMUTATIONS)
    for block in ranks:
        everyone = np.arange(len(block))
        second = rng.permuted(np.broadcast_to(everyone, (_PERMUTATIONS, len(block))), axis=1)
        total += block[everyone, second].sum(axis=1)
    return total / sum(map(len, ranks))


def _uncertain(measured: Measurement, note: str, *, knowable: bool) -> Measurement:
    """Return the measurement of a slice at chance level, undecided; `knowable`: the playlists have a signal."""
    at_chance = "not certainly above chance level"
    if not knowable:
        return replace(measured, not_applicable=f"{at_chance}, and neither are the playlists: {note}", hint="")
    return replace(measured, inconclusive=f"{at_chance}: {note}", default_severity="warn", hint="")
