"""Whether the map preserves the neighbourhoods of the space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.neighbours import nearest_neighbours, neighbour_graph
from embedgate.measures.measurement import Measurement, inconclusive
from embedgate.measures.tolerance import MIN_RECALL, MIN_TRUSTWORTHINESS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest
    from embedgate.material.tsne_map import TrackMap

_K = 10
_BLOCK = 1_024


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """How well a map preserves neighbourhoods, k = 10.

    Attributes:
        trustworthiness: 1 if every neighbour on the map is one in the space (Venna and Kaski 2001).
        recall: share of the ten nearest neighbours in the space that are among the ten nearest on the map.
        converged: whether the layout converged.
        tracks: number of tracks on the map.
    """

    trustworthiness: float
    recall: float
    converged: bool
    tracks: int

    @property
    def problem(self) -> str:
        """Why the map must not be interpreted; "" if it may be."""
        if not self.converged:
            return "the t-SNE layout did not converge"
        if self.trustworthiness < MIN_TRUSTWORTHINESS:
            return f"the map is not faithful: trustworthiness {self.trustworthiness:.2f}"
        if self.recall < MIN_RECALL:
            return f"the map is not faithful: it keeps {self.recall:.0%} of the ten nearest neighbours"
        return ""


def faithfulness(model: ModelUnderTest) -> Faithfulness | None:
    """Compare the neighbourhoods on the map with those in the space; None without a map."""
    layout = model.map
    return None if layout is None else compare(layout, model.unit[layout.tracks])


def compare(layout: TrackMap, unit: NDArray[np.float32]) -> Faithfulness:
    """Compare the neighbourhoods on a map with those in the space.

    Equal to `sklearn.manifold.trustworthiness`, which is not used because its import takes a second.

    Args:
        layout: positions of m tracks.
        unit: their unit vectors, shape (m, d).
    """
    n = len(unit)
    k = min(_K, max(1, (n - 1) // 2))
    in_space = neighbour_graph(unit, k).indices
    on_map = map_neighbours(layout.positions.astype(np.float32), k)
    kept = (on_map[:, :, None] == in_space[:, None, :]).any(axis=2)
    excess = float(np.where(kept, 0, np.maximum(_ranks(unit, on_map) - k, 0)).sum())
    scale = 2 / (n * k * (2 * n - 3 * k - 1))
    return Faithfulness(1 - scale * excess, float(kept.mean()), layout.converged, n)


def _ranks(unit: NDArray[np.float32], near: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the rank of some tracks among all by cosine, 1 for the nearest, shape (n, k), as `near`."""
    ranks = np.empty_like(near)
    for start in range(0, len(unit), _BLOCK):
        cosines = unit[start : start + _BLOCK] @ unit.T
        rows = np.arange(len(cosines))
        cosines[rows, start + rows] = np.inf  # the track itself has rank 0
        for row, own in enumerate(cosines):
            ranks[start + row] = (own > own[near[start + row], None]).sum(axis=1)
    return ranks


def map_faithfulness(found: Faithfulness | None) -> Measurement:
    """Return the trustworthiness@10; inconclusive if the layout did not converge or recalls too few neighbours."""
    if found is None:
        return inconclusive("too few tracks have a usable vector for a map")
    return Measurement(
        value=found.trustworthiness,
        n=found.tracks,
        summary=f"the map of {found.tracks:,} tracks has a trustworthiness of {found.trustworthiness:.3f} and keeps "
        f"{found.recall:.0%} of the ten nearest neighbours",
        hint="a map that is not faithful must not be interpreted: use the scores in the space",
        inconclusive=found.problem if found.trustworthiness >= MIN_TRUSTWORTHINESS else "",
    )


def map_neighbours(
    positions: NDArray[np.float32], k: int, groups: NDArray[np.integer] | None = None
) -> NDArray[np.int32]:
    """Find the k nearest neighbours by Euclidean distance in the plane, shape (n, k); see `neighbour_graph`.

    |a - b|^2 is an inner product of extended vectors, up to a constant per query.
    """
    own = np.arange(len(positions), dtype=np.int32) if groups is None else groups
    centred = positions - positions.mean(axis=0)
    left = np.column_stack([2 * centred, np.ones(len(positions), np.float32)])
    right = np.column_stack([centred, -(centred**2).sum(axis=1)])
    return nearest_neighbours(
        left.astype(np.float32), right.astype(np.float32), k, query_group=own, item_group=own
    ).indices
