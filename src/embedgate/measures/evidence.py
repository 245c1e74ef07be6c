"""Every measurement of one model, each made once, when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import comb
from typing import TYPE_CHECKING

from embedgate.measures import (
    duplicates,
    genre_pairs,
    genre_views,
    known_tracks,
    map_faithfulness,
    neighbourhood,
    retrieval,
    separation,
)
from embedgate.measures.measurement import not_applicable

if TYPE_CHECKING:
    from embedgate.config import KnownTrack
    from embedgate.material.model import ModelUnderTest
    from embedgate.measures.comparison import Comparison
    from embedgate.measures.measurement import Measurement


PastChampions = Callable[[], Sequence[tuple[str, Mapping[str, float]]]]


def no_past_champions() -> Sequence[tuple[str, Mapping[str, float]]]:
    """Return no past champion: there is no history."""
    return ()


@dataclass(frozen=True, eq=False)
class Evidence:
    """The measures that a check and a figure share.

    Attributes:
        model: the model under test.
        known: known tracks by the slug of their check.
        duplicate_cosine: how near two copies have to be.
        comparison: the model beside the champion; None where there is none.
        top_tracks: number of most played tracks that must have a vector.
        past_champions: return name and values, by check id, of each past champion, oldest first.
    """

    model: ModelUnderTest
    known: Mapping[str, KnownTrack]
    duplicate_cosine: float
    comparison: Comparison | None = None
    top_tracks: int = 100
    past_champions: PastChampions = field(default=no_past_champions, repr=False)

    @cached_property
    def same_artist(self) -> neighbourhood.Sliced:
        """Lift of same-artist neighbours, by popularity too."""
        return neighbourhood.same_artist(self.model)

    @cached_property
    def co_listening(self) -> neighbourhood.Sliced:
        """AUC of co-listening, by popularity too."""
        return neighbourhood.co_listening(self.model)

    @cached_property
    def known_results(self) -> Mapping[str, known_tracks.KnownTrackResult]:
        """Neighbours of each known track."""
        return {slug: known_tracks.judge_neighbours(self.model, known) for slug, known in self.known.items()}

    def champions_nearest(self, track: str, topn: int) -> list[str]:
        """The nearest of a key in the champion, of the tracks that both have; none where it cannot be told."""
        if self.comparison is None or topn < 1:
            return []
        old = self.comparison.pair.old
        number = old.number_of.get(track)
        if number is None:
            return []
        return [old.tracks[near] for near, _ in known_tracks.neighbours_of(old, number, topn)]

    @cached_property
    def next_track(self) -> retrieval.NextTrack | None:
        """Where the next tracks stand."""
        return retrieval.next_track(self.model)

    @cached_property
    def duplicates(self) -> duplicates.Duplicates:
        """Copies of recordings."""
        if self.comparison is not None:
            return self.comparison.duplicates
        return duplicates.find_duplicates(self.model, self.duplicate_cosine)

    @cached_property
    def faithfulness(self) -> map_faithfulness.Faithfulness | None:
        """How far the map is to be trusted."""
        return map_faithfulness.faithfulness(self.model)

    @cached_property
    def in_space(self) -> separation.Separation:
        """Genres in the space."""
        return separation.separate(self.model, genre_views.in_space(self.model), "in the space")

    @cached_property
    def on_map(self) -> separation.Separation:
        """Genres on the map."""
        objection = self.faithfulness.objection if self.faithfulness else ""
        return separation.separate(self.model, genre_views.on_map(self.model), "on the map", objection)

    @cached_property
    def pairs(self) -> tuple[genre_pairs.PairScore, ...]:
        """Genres pair by pair."""
        return genre_pairs.separate_pairs(self.model)

    def genre_in_space(self, genre: str | None) -> Measurement:
        """AUC of a genre in the space."""
        return _of_genre(self.in_space, genre)

    def genre_on_map(self, genre: str | None) -> Measurement:
        """AUC of a genre on the map."""
        return _of_genre(self.on_map, genre)

    def pair(self, names: tuple[str, str] | None) -> Measurement:
        """AUC of two genres; with None, and too many pairs to repeat the check, of the pair told apart least."""
        if names is None and comb(len(self.model.tags.genres), 2) > genre_pairs.MOST_PAIRS:
            return genre_pairs.hardest_pair(self.model, self.pairs)
        found = (score.auc for score in self.pairs if (score.first, score.second) == names)
        return next(found, not_applicable(_ONE_GENRE if self.model.tags.genres else _NO_GENRE))


_NO_GENRE = "no genre is configured"
_ONE_GENRE = "only one genre is configured"


def _of_genre(scores: separation.Separation, genre: str | None) -> Measurement:
    found = (score.auc for score in scores.genres if score.genre == genre)
    return next(found, not_applicable(_NO_GENRE))
