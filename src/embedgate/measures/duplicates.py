"""The same recording under several keys: found by canonical title and vector together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.folding import fold
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.statistics import permutation_null, ratio_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest

_ONE_DIRECTION = 1 - 1e-6  # float32 rounding of an inner product of equal unit vectors stays well below
_FEWEST_TWINS = 20
_LEVEL = 0.001


@dataclass(frozen=True, slots=True)
class DuplicateCluster:
    """Copies of one recording, every two of them at least as near as the bound.

    Attributes:
        tracks: track numbers, the most played (the one to keep) first.
        diameter: lowest cosine between two of them.
    """

    tracks: tuple[int, ...]
    diameter: float


@dataclass(frozen=True, slots=True, eq=False)
class Duplicates:
    """What the titles call copies, and which of them the vectors confirm.

    Attributes:
        clusters: confirmed copies, the largest first.
        pairs: (most played, copy) of each recording with several keys, by title alone, int64, shape (m, 2).
        cosines: between the twins, shape (m,).
        cosine: the bound two copies have to reach.
    """

    clusters: tuple[DuplicateCluster, ...]
    pairs: NDArray[np.int64] = field(repr=False)
    cosines: NDArray[np.float32] = field(repr=False)
    cosine: float

    @property
    def redundant(self) -> int:
        """Tracks that would go if one of each cluster were kept."""
        return sum(len(cluster.tracks) - 1 for cluster in self.clusters)


def find_duplicates(model: ModelUnderTest, cosine: float) -> Duplicates:
    """Cluster copies: same artist, same song, same version, and every two members at least `cosine` near.

    The diameter is checked as a cluster grows (complete linkage), so a chain of near tracks never joins its
    far ends. Titles are compared as `embedgate.material.titles` reads them: a radio edit and a remaster are
    copies, a live recording and a remix are not.
    """
    by_title: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    catalogue = model.catalogue
    folded = {artist: fold(artist) for artist in set(catalogue.artists)}
    for track, (artist, title) in enumerate(zip(catalogue.artists, catalogue.parsed, strict=True)):
        by_title[folded[artist], title.song, title.version].append(track)
    clusters: list[DuplicateCluster] = []
    twins: list[tuple[int, int]] = []
    for group in by_title.values():
        if len(group) > 1:
            group.sort(key=lambda track: (-model.plays[track], track))
            twins.extend((group[0], copy) for copy in group[1:])
            clusters.extend(_complete_linkage(group, model.unit, cosine))
    clusters.sort(key=lambda cluster: (-len(cluster.tracks), cluster.tracks))
    pairs = np.array(sorted(twins), dtype=np.int64).reshape(-1, 2)
    near = np.einsum("md,md->m", model.unit[pairs[:, 0]], model.unit[pairs[:, 1]])
    return Duplicates(tuple(clusters), pairs, near, cosine)


def _complete_linkage(group: list[int], unit: NDArray[np.float32], cosine: float) -> list[DuplicateCluster]:
    """Put each track, the most played first, into the first cluster all of whose members are near it."""
    cosines = unit[group] @ unit[group].T
    members: list[list[int]] = []
    for place in range(len(group)):
        home = next((some for some in members if (cosines[place, some] >= cosine).all()), None)
        if home is None:
            members.append([place])
        else:
            home.append(place)
    return [
        DuplicateCluster(tuple(group[place] for place in some), float(cosines[np.ix_(some, some)].min()))
        for some in members
        if len(some) > 1
    ]


def duplicate_rate(model: ModelUnderTest, found: Duplicates) -> Measurement:
    """(tracks - recordings) / tracks: the share of keys that would go if one of each cluster were kept.

    The interval is a bootstrap over artists. To blame are the tracks to drop, the most played first.
    """
    n = len(model.tracks)
    if not n:
        return inconclusive("no usable vector")
    redundant = np.zeros(n)
    for cluster in found.clusters:
        redundant[list(cluster.tracks[1:])] = 1
    drop = np.flatnonzero(redundant)
    drop = drop[np.argsort(-model.plays[drop], kind="stable")]
    value = float(redundant.mean())
    return Measurement(
        value=value,
        n=n,
        interval=ratio_interval(redundant, np.ones(n), model.catalogue.artist_codes),
        tracks=tuple(model.tracks[track] for track in drop),
        summary=f"{value:.1%} of {n:,} tracks are copies of another ({len(found.clusters):,} recordings with several "
        f"keys, cosine {found.cosine:g} or more)",
        hint="keep one key a recording before training: verdict.duplicates.csv lists them",
    )


def duplicate_recall(model: ModelUnderTest, found: Duplicates) -> Measurement:
    """Share of copies (by title) that have their most played twin among their ten nearest: recall@10.

    The null deals the twins out again.
    """
    if not model.tracks:
        return inconclusive("no usable vector")
    n = len(found.pairs)
    if n < _FEWEST_TWINS:
        return not_applicable(
            f"{n} tracks are versions of another by their title: hardly any duplicate to look for", n=n
        )
    keep, copy = found.pairs.T
    near = model.neighbours.indices[copy]
    hits = (near == keep[:, None]).any(axis=1)
    value = float(hits.mean())
    missed = np.flatnonzero(~hits)
    missed = missed[np.argsort(found.cosines[missed], kind="stable")]
    return Measurement(
        value=value,
        n=n,
        interval=ratio_interval(hits, np.ones(n), model.catalogue.artist_codes[copy]),
        null=permutation_null(lambda rng: float((near == rng.permutation(keep)[:, None]).any(axis=1).mean()), _LEVEL),
        tracks=tuple(model.tracks[track] for track in copy[missed]),
        summary=f"{value:.1%} of {n:,} copies have their twin among their ten nearest; "
        f"their median cosine is {float(np.median(found.cosines)):.2f}",
        hint="copies of one recording are played in the same places, so far apart they were hardly trained: train "
        "longer, or raise min_count",
    )


def identical_directions(model: ModelUnderTest, found: Duplicates) -> Measurement:
    """Count tracks whose nearest neighbour, another recording, has the very same direction."""
    graph = model.neighbours
    nearest = graph.indices[:, 0]
    same = np.flatnonzero((graph.similarities[:, 0] >= _ONE_DIRECTION) & (nearest >= 0))
    recording = np.arange(len(nearest))  # of a copy, that of the one to keep
    for cluster in found.clusters:
        recording[list(cluster.tracks)] = cluster.tracks[0]
    others = same[recording[same] != recording[nearest[same]]].tolist()
    return Measurement(
        value=float(len(others)),
        n=len(model.tracks),
        tracks=tuple(model.tracks[track] for track in others),
        summary=f"{len(others):,} of {len(model.tracks):,} tracks point exactly where a different recording points",
        hint="look for vectors that were copied to other keys, perhaps scaled on the way",
    )
