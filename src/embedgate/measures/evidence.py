"""The measurements of one model that checks and figures share, each computed once, when it is first used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import comb
from typing import TYPE_CHECKING

from embedgate.measures import (
    duplicates,
    genre_pairs,
    labelled_graph,
    map_faithfulness,
    neighbourhood,
    retrieval,
    separation,
)
from embedgate.measures.known_tracks import KnownTrackResult, check_known_track, neighbours_of
from embedgate.measures.measurement import not_applicable
from embedgate.measures.recommendations import RecommendedLists
from embedgate.measures.slices import SliceScores

if TYPE_CHECKING:
    from embedgate.config.sections import KnownTrack
    from embedgate.material.model import ModelUnderTest
    from embedgate.measures.comparison import Comparison
    from embedgate.measures.measurement import Measurement

PastChampions = Callable[[], Sequence[tuple[str, Mapping[str, float]]]]


def no_past_champions() -> Sequence[tuple[str, Mapping[str, float]]]:
    """Return no past champion: there is no history."""
    return ()


@dataclass(frozen=True, eq=False)
class Evidence:
    """The measurements of one model.

    Attributes:
        model: the model under test.
        known_tracks: known tracks by the slug of their check.
        duplicate_cosine: cosine threshold of duplicates.
        comparison: the model beside the champion; None if there is none.
        top_tracks: number of most played tracks that must have a vector.
        past_champions: return name and values, by check id, of each past champion, oldest first.
    """

    model: ModelUnderTest
    known_tracks: Mapping[str, KnownTrack]
    duplicate_cosine: float
    comparison: Comparison | None = None
    top_tracks: int = 100
    past_champions: PastChampions = field(default=no_past_champions, repr=False)

    def values_of_past_champions(self, check_id: str) -> list[float]:
        """Return the values of a check of past champions, oldest first."""
        return [values[check_id] for _, values in self._past_champions if check_id in values]

    @cached_property
    def _past_champions(self) -> Sequence[tuple[str, Mapping[str, float]]]:
        return self.past_champions()

    @cached_property
    def champion(self) -> Evidence | None:
        """Evidence of the champion, on the shared tracks and the same playlists; None without a shared track."""
        if self.comparison is None or not len(self.comparison.pair.shared):
            return None
        return Evidence(self.comparison.pair.old, {}, self.duplicate_cosine)

    @property
    def sampled(self) -> dict[str, int] | None:
        """Numbers of sampled queries and of all tracks, and the seed; None if all tracks are queries."""
        queries = self.model.queries
        if queries.complete:
            return None
        return {"queries": len(queries.tracks), "tracks": queries.vocabulary, "seed": self.model.sampling_seed}

    @cached_property
    def same_artist(self) -> neighbourhood.Stratified:
        """Lift of same-artist neighbours, by popularity too."""
        return neighbourhood.same_artist(self.model)

    @cached_property
    def co_listening(self) -> neighbourhood.Stratified:
        """Co-listening AUC, by popularity too."""
        return neighbourhood.co_listening(self.model)

    @cached_property
    def known_track_results(self) -> Mapping[str, KnownTrackResult]:
        """Neighbours of each known track, by the slug of its check."""
        return {slug: check_known_track(self.model, known) for slug, known in self.known_tracks.items()}

    def champion_neighbours(self, track: str, topn: int) -> list[str]:
        """Return the nearest neighbours of a key in the champion, among the shared tracks; [] if unknown."""
        if self.champion is None or topn < 1:
            return []
        old = self.champion.model
        number = old.number_of.get(track)
        return [] if number is None else [old.tracks[near] for near, _ in neighbours_of(old, number, topn)]

    @cached_property
    def next_track(self) -> retrieval.NextTrack | None:
        """Next-track retrieval; None if no playlist has a target."""
        return retrieval.next_track(self.model)

    @cached_property
    def slices(self) -> SliceScores:
        """Coverage, retrieval and co-listening by slice."""
        return SliceScores(self.model, self.next_track)

    @cached_property
    def recommended(self) -> RecommendedLists | None:
        """Recommended lists; None if no playlist has a next track."""
        return None if self.next_track is None else RecommendedLists.of(self.next_track)

    @cached_property
    def duplicates(self) -> duplicates.Duplicates:
        """Duplicates by title and vector."""
        if self.comparison is not None:
            return self.comparison.duplicates
        return duplicates.find_duplicates(self.model, self.duplicate_cosine)

    @cached_property
    def faithfulness(self) -> map_faithfulness.Faithfulness | None:
        """Faithfulness of the map; None without a map."""
        return map_faithfulness.faithfulness(self.model)

    @cached_property
    def space_separation(self) -> separation.Separation:
        """Separation of genres in the space."""
        return separation.separate(self.model, labelled_graph.space_graph(self.model), "in the space")

    @cached_property
    def map_separation(self) -> separation.Separation:
        """Separation of genres on the map."""
        problem = self.faithfulness.problem if self.faithfulness else ""
        return separation.separate(self.model, labelled_graph.map_graph(self.model), "on the map", problem)

    @cached_property
    def pair_scores(self) -> tuple[genre_pairs.PairScore, ...]:
        """Separation of genres in the space, pair by pair."""
        return genre_pairs.separate_pairs(self.model)

    def pair_auc(self, names: tuple[str, str] | None) -> Measurement:
        """Return the AUC of two genres; for None, of the least separated pair if there are too many pairs."""
        genres = self.model.tags.genres
        if names is None and comb(len(genres), 2) > genre_pairs.MAX_PAIRS:
            return genre_pairs.hardest_pair(self.model, self.pair_scores)
        found = (score.auc for score in self.pair_scores if (score.first, score.second) == names)
        return next(found, not_applicable("only one genre is configured" if genres else "no genre is configured"))
