"""Candidate against champion: what the champion's checks and figures share, each computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.model import NEIGHBOURS
from embedgate.measures import paired
from embedgate.measures.cluster_variation import (
    ClusterVariation,
    cluster_variation,
    number_of_clusters,
    spherical_kmeans,
)
from embedgate.measures.displacement import MIN_SHARED_TRACKS, Displacement, displacement
from embedgate.measures.duplicates import Duplicates, find_duplicates
from embedgate.measures.measurement import Measurement, inconclusive
from embedgate.measures.misplaced_tracks import (
    misplaced_probability,
    popularity_groups,
    popularity_matched_quantiles,
)
from embedgate.measures.playlist_agreement import playlist_agreement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from embedgate.material.pair import ModelPair
    from embedgate.measures.observations import Observations

_BLAMED = 0.5
MIN_GENRE_TRACKS = 20
"""A genre with fewer shared tracks is not compared."""
_NEAREST = 0.03  # of a distance: nearer than a retrain leaves a track, there are rounding and the ridge alone


@dataclass(frozen=True, eq=False)
class Comparison:
    """The comparison of two models.

    Attributes:
        pair: the two, on the tracks that both have.
        duplicate_cosine: how near two copies have to be.
    """

    pair: ModelPair
    duplicate_cosine: float = 0.95

    @cached_property
    def duplicates(self) -> Duplicates:
        """Copies of recordings among the candidate's tracks."""
        return find_duplicates(self.pair.candidate, self.duplicate_cosine)

    @cached_property
    def displacement(self) -> Displacement | None:
        """How far each shared track has moved; None where they are fewer than a hundred."""
        if len(self.pair.shared) < MIN_SHARED_TRACKS:
            return None
        return displacement(self.pair.old.unit, self.pair.new.unit, self.weight)

    @cached_property
    def weight(self) -> NDArray[np.float64]:
        """How well each shared track is known, shape (n,): the root of its plays, and 1 for one without plays."""
        return np.sqrt(np.maximum(self.pair.new.plays, 1))

    @cached_property
    def misplaced_probability(self) -> NDArray[np.float64]:
        """Probability of each shared track that its vector is that of another key, shape (n,)."""
        if self.displacement is None:
            return np.zeros(len(self.pair.shared))
        new = self.pair.new
        kept = np.rint(NEIGHBOURS * self.overlap).astype(np.intp)
        return misplaced_probability(
            self.displacement, new.plays, kept, playlist_agreement(new, popularity_groups(new.plays))
        )

    @cached_property
    def misplaced(self) -> NDArray[np.intp]:
        """Numbers of the shared tracks whose neighbourhood broke, the farthest first."""
        if self.displacement is None:
            return np.empty(0, np.intp)
        found = np.flatnonzero(self.misplaced_probability > _BLAMED)
        return found[np.lexsort((found, -self.displacement.distance[found]))]

    @cached_property
    def relative_displacement(self) -> NDArray[np.float64]:
        """How much farther each shared track has moved than tracks of like popularity, as a logarithm, shape (n,)."""
        if self.displacement is None:
            return np.zeros(len(self.pair.shared))
        place = np.log(np.maximum(self.displacement.distance, _NEAREST))
        return np.asarray(place - popularity_matched_quantiles(place, self.pair.new.plays)[1])

    @cached_property
    def cluster_variation(self) -> ClusterVariation | None:
        """How much farther some regions of the champion's space have moved than others; None where it is too small.

        Regions are about as large as the genres are, so that the means of both vary alike.
        """
        if self.displacement is None:
            return None
        sizes = self.pair.new.tags.tracks
        size = float(np.median(sizes[sizes >= MIN_GENRE_TRACKS])) if (sizes >= MIN_GENRE_TRACKS).any() else 1.0
        regions = number_of_clusters(len(self.relative_displacement), size)
        by_key = np.argsort(np.array(self.pair.new.tracks), kind="stable")  # whatever the order of the vectors
        labels = np.empty(len(by_key), np.intp)
        labels[by_key] = spherical_kmeans(self.pair.old.unit[by_key], regions)
        return cluster_variation(self.relative_displacement, labels)

    @cached_property
    def overlap(self) -> NDArray[np.float64]:
        """Share of each shared track's ten nearest that were among its ten nearest in the champion, shape (n,)."""
        new, old = self.pair.new.neighbours.indices, self.pair.old.neighbours.indices
        return np.asarray((new[:, :, None] == old[:, None, :]).any(axis=2).mean(axis=1))

    def observations(self, name: str) -> tuple[Observations, Observations] | Measurement:
        """Observations of a measure on candidate and champion, or why there are none.

        Data that the candidate has, and the tracks shared with the champion do not, are too little to compare; not
        applicable is only what the candidate does not have either.
        """
        found = self._observed
        if name not in found:
            measure = paired.PAIRED[name]
            new, old = measure(self.pair.new), measure(self.pair.old)
            if isinstance(new, Measurement) and new.not_applicable:
                whole = measure(self.pair.candidate)
                if not (isinstance(whole, Measurement) and whole.not_applicable):
                    new = inconclusive(f"among the tracks shared with the champion, {new.not_applicable}")
            found[name] = new if isinstance(new, Measurement) else old if isinstance(old, Measurement) else (new, old)
        return found[name]

    @cached_property
    def genre_observations(self) -> tuple[Mapping[str, Observations], Mapping[str, Observations]] | Measurement:
        """Observations of each genre on candidate and champion, or why there are none."""
        new, old = paired.genres(self.pair.new), paired.genres(self.pair.old)
        if isinstance(new, Measurement):
            return new
        return old if isinstance(old, Measurement) else (new, old)

    @cached_property
    def _observed(self) -> dict[str, tuple[Observations, Observations] | Measurement]:
        return {}
