"""Duplicates: several keys for one recording, found by canonical title and confirmed by the vectors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.measures.same_direction import same_direction
from embedgate.statistics import SEED, mean_interval, permutation_null

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest

_MIN_PAIRS = 20
_MAX_PAIRS = 5_000  # of a large vocabulary
_LEVEL = 0.001


@dataclass(frozen=True, slots=True)
class DuplicateCluster:
    """Duplicates of one recording; every two of them reach the cosine threshold.

    Attributes:
        tracks: track numbers, the most played (the one to keep) first.
        diameter: lowest cosine between two of them.
    """

    tracks: tuple[int, ...]
    diameter: float


@dataclass(frozen=True, slots=True, eq=False)
class Duplicates:
    """Duplicates by title, and duplicates that the vectors confirm.

    Attributes:
        clusters: confirmed duplicates, the largest cluster first.
        pairs: (most played track, duplicate) of each recording with several keys, by title alone, int64, shape
            (m, 2).
        cosines: of the pairs, shape (m,).
        cosine: the threshold.
    """

    clusters: tuple[DuplicateCluster, ...]
    pairs: NDArray[np.int64] = field(repr=False)
    cosines: NDArray[np.float32] = field(repr=False)
    cosine: float


def find_duplicates(model: ModelUnderTest, cosine: float) -> Duplicates:
    """Cluster tracks of the same artist, song and version whose cosines all reach a threshold.

    Complete linkage: the diameter is checked as a cluster grows, so a chain of close tracks does not join its ends.
    Titles are parsed by `embedgate.material.titles`: a radio edit and a remaster are duplicates, a live recording and
    a remix are not.
    """
    recordings = model.catalogue.recordings
    several = np.flatnonzero((np.bincount(recordings) > 1)[recordings])
    by_recording = several[np.lexsort((several, -model.plays[several], recordings[several]))]
    ends = np.flatnonzero(np.diff(recordings[by_recording])) + 1
    clusters: list[DuplicateCluster] = []
    found: list[tuple[int, int]] = []
    for group in map(np.ndarray.tolist, np.split(by_recording, ends) if len(several) else ()):
        found.extend((group[0], duplicate) for duplicate in group[1:])
        clusters.extend(_complete_linkage(group, model.unit, cosine))
    clusters.sort(key=lambda cluster: (-len(cluster.tracks), cluster.tracks))
    pairs = np.array(sorted(found), dtype=np.int64).reshape(-1, 2)
    cosines = np.einsum("md,md->m", model.unit[pairs[:, 0]], model.unit[pairs[:, 1]])
    return Duplicates(tuple(clusters), pairs, cosines, cosine)


def _complete_linkage(group: list[int], unit: NDArray[np.float32], cosine: float) -> list[DuplicateCluster]:
    """Add each track, the most played first, to the first cluster whose members all reach the threshold."""
    cosines = unit[group] @ unit[group].T
    clusters: list[list[int]] = []
    for place in range(len(group)):
        fitting = next((members for members in clusters if (cosines[place, members] >= cosine).all()), None)
        if fitting is None:
            clusters.append([place])
        else:
            fitting.append(place)
    return [
        DuplicateCluster(tuple(group[place] for place in members), float(cosines[np.ix_(members, members)].min()))
        for members in clusters
        if len(members) > 1
    ]


def duplicate_rate(model: ModelUnderTest, found: Duplicates) -> Measurement:
    """Return the share of tracks to drop if one of each cluster is kept: (tracks - recordings) / tracks.

    The interval is a bootstrap over artists. The offending tracks are the tracks to drop, the most played first.
    """
    n = len(model.tracks)
    if not n:
        return inconclusive("no vector is usable")
    redundant = np.zeros(n)
    for cluster in found.clusters:
        redundant[list(cluster.tracks[1:])] = 1
    drop = np.flatnonzero(redundant)
    value = float(redundant.mean())
    return Measurement(
        value=value,
        n=n,
        interval=mean_interval(redundant, model.catalogue.artist_codes),
        tracks=model.keys(drop[np.argsort(-model.plays[drop], kind="stable")]),
        summary=f"{value:.1%} of {n:,} tracks are duplicates of another track ({len(found.clusters):,} recordings "
        f"have several keys, cosine >= {found.cosine:g})",
        hint="keep one key per recording before training: verdict.duplicates.csv lists them",
    )


def duplicate_recall(model: ModelUnderTest, found: Duplicates) -> Measurement:
    """Return the share of duplicates (by title) whose most played version is among their ten nearest neighbours.

    The permutation baseline permutes the most played versions. Of a large vocabulary, 5,000 duplicates are drawn.
    """
    if not model.tracks:
        return inconclusive("no vector is usable")
    pairs, cosines = found.pairs, found.cosines
    n = len(pairs)
    if n < _MIN_PAIRS:
        return not_applicable(f"only {n} tracks are duplicates by their title: {_MIN_PAIRS} are required", n=n)
    drawn_of = ""
    if not model.queries.complete and n > _MAX_PAIRS:
        drawn = np.sort(np.random.default_rng([SEED, model.sampling_seed]).permutation(n)[:_MAX_PAIRS])
        pairs, cosines, n, drawn_of = pairs[drawn], cosines[drawn], _MAX_PAIRS, f", a sample of {n:,},"
    keep, duplicate = pairs.T
    near = model.neighbours_of(duplicate).indices

    def hits_of(kept: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.asarray((near == kept[:, None]).any(axis=1))

    hits = hits_of(keep)
    value = float(hits.mean())
    missed = np.flatnonzero(~hits)
    missed = missed[np.argsort(cosines[missed], kind="stable")]
    return Measurement(
        value=value,
        n=n,
        interval=mean_interval(hits, model.catalogue.artist_codes[duplicate]),
        null=permutation_null(lambda rng: float(hits_of(rng.permutation(keep)).mean()), _LEVEL),
        tracks=model.keys(duplicate[missed]),
        summary=f"{value:.1%} of {n:,} duplicates{drawn_of} have the most played version among their ten nearest "
        f"neighbours; the median cosine is {float(np.median(cosines)):.2f}",
        hint="if duplicates are played in the same playlists, distant ones were hardly trained: train longer, or "
        "raise min_count; else listeners do not treat them as the same item",
    )


def identical_directions(model: ModelUnderTest, found: Duplicates) -> Measurement:
    """Count tracks that have the same direction as one of their ten nearest neighbours, another recording."""
    recording = np.arange(len(model.tracks))
    for cluster in found.clusters:
        recording[list(cluster.tracks)] = cluster.tracks[0]
    near = same_direction(model)
    others = np.flatnonzero(((near >= 0) & (recording[near] != recording[:, None])).any(axis=1))
    return Measurement(
        value=float(len(others)),
        n=len(model.tracks),
        tracks=model.keys(others),
        summary=f"{len(others):,} of {len(model.tracks):,} tracks have the same direction as a different recording",
        hint="check for vectors that were copied to other keys and perhaps scaled",
    )
