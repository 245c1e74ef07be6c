"""The comparison of candidate and champion. Checks and figures share its values, each of which is computed once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.model import NEIGHBOURS
from embedgate.measures import geometry, observations
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
    screened_probability,
)
from embedgate.measures.pair_agreement import pair_agreement
from embedgate.measures.playlist_agreement import playlist_agreement
from embedgate.measures.tolerance import COLLAPSED, REPRODUCED
from embedgate.statistics import SEED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from embedgate.material.pair import ModelPair
    from embedgate.measures.observations import Observations
    from embedgate.slices import Slice

MIN_GROUP_TRACKS = 20
"""A genre, an artist or a region with fewer shared tracks is not compared."""
_REGION = 50
"""Tracks of a region: hardly any has fewer than `MIN_GROUP_TRACKS`."""
_MISPLACED = 0.5  # probability
_MAX_OF_GROUP = 500  # tracks whose neighbours are searched in a large vocabulary
_MIN_DISTANCE = 0.03  # any retrain displaces tracks farther; smaller distances come from rounding and the ridge


@dataclass(frozen=True, eq=False)
class Comparison:
    """The comparison of two models.

    Attributes:
        pair: the two models, on the tracks that both have.
        duplicate_cosine: cosine threshold of duplicates.
    """

    pair: ModelPair
    duplicate_cosine: float = 0.95
    _observations: dict[str, tuple[Observations, Observations] | Measurement] = field(
        default_factory=dict, init=False, repr=False
    )

    @cached_property
    def duplicates(self) -> Duplicates:
        """Duplicates among the candidate's tracks."""
        return find_duplicates(self.pair.candidate, self.duplicate_cosine)

    @cached_property
    def displacement(self) -> Displacement | None:
        """Displacement of each shared track; None with fewer than a hundred."""
        if len(self.pair.shared) < MIN_SHARED_TRACKS:
            return None
        return displacement(self.pair.old.unit, self.pair.new.unit, self.weight)

    def warned_if_hardly_trained(self, measured: Measurement) -> Measurement:
        """Return a measurement that only warns if the champion is hardly trained.

        The vectors of such a champion depend on their random initialization: a sound retrain displaces all of them.
        If tracks are nevertheless close to their positions in the champion, the training is reproducible.
        """
        if measured.value is None or self.match_auc >= REPRODUCED:
            return measured
        cosine = geometry.mean_cosine(self.pair.old).value
        if cosine is None or cosine <= COLLAPSED:
            return measured
        why = f"it only warns, since the champion is hardly trained: two of its tracks have a cosine of {cosine:.2f}"
        return replace(measured, default_severity="warn", summary=f"{measured.summary}; {why}")

    @cached_property
    def match_auc(self) -> float:
        """Mean area under the ROC curve of matching a track with its champion vector; NaN with too few tracks."""
        if self.displacement is None:
            return float("nan")
        return float(np.average(self.displacement.match_auc, weights=self.weight))

    @cached_property
    def weight(self) -> NDArray[np.float64]:
        """Weight of each shared track, shape (n,): the square root of its plays, 1 without plays."""
        return np.sqrt(np.maximum(self.pair.new.plays, 1))

    @cached_property
    def misplaced_probability(self) -> NDArray[np.float64]:
        """Probability of each shared track that its vector belongs to another key, shape (n,)."""
        if self.displacement is None:
            return np.zeros(len(self.pair.shared))
        new = self.pair.new
        if new.queries.complete:
            return misplaced_probability(self.displacement, new.plays, self._kept(new.queries.tracks), self.agreement)
        return screened_probability(self.displacement, new.plays, self._kept, self.agreement, new.queries)

    @cached_property
    def agreement(self) -> NDArray[np.float64]:
        """Agreement of each shared track with its playlists, NaN if unknown, shape (n,)."""
        return playlist_agreement(self.pair.new, popularity_groups(self.pair.new.plays))

    @cached_property
    def misplaced(self) -> NDArray[np.intp]:
        """Numbers of the shared tracks that are misplaced, the farthest first."""
        if self.displacement is None:
            return np.empty(0, np.intp)
        found = np.flatnonzero(self.misplaced_probability > _MISPLACED)
        return found[np.lexsort((found, -self.displacement.distance[found]))]

    @cached_property
    def pair_agreement(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Agreement of each shared track with the tracks of its playlists in candidate and champion, shape (n,) each.

        See `pair_agreement`; NaN if unknown.
        """
        return pair_agreement(self.pair.new), pair_agreement(self.pair.old)

    @cached_property
    def agreement_loss(self) -> NDArray[np.float64]:
        """Agreement in the champion minus that in the candidate, NaN if unknown, shape (n,)."""
        new, old = self.pair_agreement
        return old - new

    @cached_property
    def relative_displacement(self) -> NDArray[np.float64]:
        """Log ratio of each shared track's distance to the median of tracks of similar popularity, shape (n,)."""
        if self.displacement is None:
            return np.zeros(len(self.pair.shared))
        log_distance = np.log(np.maximum(self.displacement.distance, _MIN_DISTANCE))
        return np.asarray(log_distance - popularity_matched_quantiles(log_distance, self.pair.new.plays)[1])

    @cached_property
    def clusters(self) -> NDArray[np.intp]:
        """Cluster of each shared track in the champion's space, shape (n,); tracks of one cluster move together.

        Clusters are about as large as the genres, so that the medians of both have the same sampling error.
        """
        sizes = self.pair.new.tags.tracks
        sizes = sizes[sizes >= MIN_GROUP_TRACKS]
        clusters = number_of_clusters(len(self.pair.shared), float(np.median(sizes)) if len(sizes) else 1.0)
        return spherical_kmeans(self.pair.old.unit, clusters)

    @cached_property
    def regions(self) -> NDArray[np.intp]:
        """Region of each shared track in the champion's space, shape (n,), of about fifty tracks or more.

        The clusters, unless they are so small that many of them could not be compared.
        """
        wanted = len(self.pair.shared) // _REGION
        if wanted >= int(self.clusters.max()) + 1:
            return self.clusters
        return spherical_kmeans(self.pair.old.unit, max(1, wanted))

    @cached_property
    def cluster_variation(self) -> ClusterVariation | None:
        """Variation of the relative displacement between clusters; None if the space is too small."""
        return None if self.displacement is None else cluster_variation(self.relative_displacement, self.clusters)

    def displacement_variation(self, group: NDArray[np.intp]) -> ClusterVariation | None:
        """Variation of the relative displacement between the clusters outside a group; see `_variation_outside`."""
        return self._variation_outside(group, self.relative_displacement)

    def agreement_variation(self, group: Sequence[int] | NDArray[np.intp] = ()) -> ClusterVariation | None:
        """Variation of the loss of agreement between the clusters outside a group; see `_variation_outside`."""
        return self._variation_outside(np.asarray(group, dtype=np.intp), self.agreement_loss)

    def _variation_outside(self, group: NDArray[np.intp], values: NDArray[np.float64]) -> ClusterVariation | None:
        """Return the variation between the clusters that do not consist mostly of a group.

        If no three such clusters are left, return the variation between all clusters; None if the space is too small.

        Args:
            group: numbers of the tracks of a group, which may be a large part of the space.
            values: of each track, NaN if unknown, shape (n,).
        """
        inside = np.zeros(len(self.clusters), dtype=bool)
        inside[group] = True
        share = np.bincount(self.clusters, weights=inside) / np.maximum(np.bincount(self.clusters), 1)
        known = ~np.isnan(values)
        others = known & (share[self.clusters] < 0.5)
        return cluster_variation(values[others], self.clusters[others]) or cluster_variation(
            values[known], self.clusters[known]
        )

    @cached_property
    def overlap(self) -> NDArray[np.float64]:
        """Share of the ten nearest neighbours of each of `pair.new.queries` that are the same in the champion."""
        return self._overlap(self.pair.new.queries.tracks)

    def _overlap(self, tracks: NDArray[np.integer]) -> NDArray[np.float64]:
        new, old = (model.neighbours_of(tracks).indices for model in (self.pair.new, self.pair.old))
        return np.asarray((new[:, :, None] == old[:, None, :]).any(axis=2).mean(axis=1))

    def _kept(self, tracks: NDArray[np.integer]) -> NDArray[np.intp]:
        """Return how many nearest neighbours some shared tracks have in common with the champion."""
        return np.rint(NEIGHBOURS * self._overlap(tracks)).astype(np.intp)

    def overlap_beside_usual(self, group: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the overlap of the tracks of a group, and the mean overlap of tracks of similar popularity.

        Of a large vocabulary, at most 500 tracks of the group are drawn.
        """
        if not self.pair.new.queries.complete:
            group = np.sort(np.random.default_rng(SEED).permutation(group)[:_MAX_OF_GROUP])
        return self._overlap(group), self._usual_overlap[group]

    @cached_property
    def _usual_overlap(self) -> NDArray[np.float64]:
        """Mean overlap of the tracks of similar popularity, for each shared track, shape (n,)."""
        queries = self.pair.new.queries
        usual = np.empty(len(self.pair.shared))
        for group in popularity_groups(self.pair.new.plays):
            own = np.isin(queries.tracks, group)
            usual[group] = np.average(self.overlap[own], weights=queries.weights[own])
        return usual

    def observations(self, name: str) -> tuple[Observations, Observations] | Measurement:
        """Return the observations of a measure on candidate and champion, or why there are none.

        The result is inconclusive if the candidate has the data but the tracks shared with the champion do not. It is
        not applicable only if the candidate does not have the data either.
        """
        if name not in self._observations:
            measure = observations.PAIRED[name]
            new, old = measure(self.pair.new), measure(self.pair.old)
            if isinstance(new, Measurement) and new.not_applicable:
                whole = measure(self.pair.candidate)
                if not (isinstance(whole, Measurement) and whole.not_applicable):
                    new = inconclusive(f"among the tracks shared with the champion, {new.not_applicable}")
            both = new if isinstance(new, Measurement) else old if isinstance(old, Measurement) else (new, old)
            self._observations[name] = both
        return self._observations[name]

    @cached_property
    def genre_observations(self) -> tuple[Mapping[str, Observations], Mapping[str, Observations]] | Measurement:
        """Observations of each genre on candidate and champion, or why there are none."""
        new, old = observations.genre_accuracy(self.pair.new), observations.genre_accuracy(self.pair.old)
        return new if isinstance(new, Measurement) else old if isinstance(old, Measurement) else (new, old)

    @cached_property
    def slice_hit_rates(self) -> tuple[Mapping[Slice, Observations], Mapping[Slice, Observations]] | Measurement:
        """Observations of next-track retrieval by slice on candidate and champion, or why there are none."""
        new, old = observations.hit_rate_by_slice(self.pair.new), observations.hit_rate_by_slice(self.pair.old)
        return new if isinstance(new, Measurement) else old if isinstance(old, Measurement) else (new, old)


def too_few_shared(found: Comparison) -> Measurement:
    """Return an inconclusive measurement: too few tracks are shared with the champion."""
    # few shared tracks are normal in a small catalogue, but an error in a large one
    small = len(found.pair.candidate.tracks) < MIN_SHARED_TRACKS
    n = len(found.pair.shared)
    why = f"{n:,} tracks are shared with the champion: too few to compare"
    return inconclusive(why, n=n, severity="warn" if small else None)
