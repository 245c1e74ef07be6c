"""Does the map tell the truth about the space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.neighbours import nearest_neighbours
from embedgate.measures.measurement import Measurement, inconclusive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest

MIN_TRUSTWORTHINESS = 0.87
MIN_RECALL = 0.33
"""Maps of sound models: trustworthiness 0.94 to 0.99 and recall 0.41 to 0.62; of random vectors 0.79, 0.26."""
_K = 10


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """How a map keeps neighbourhoods, k = 10.

    Attributes:
        trustworthiness: 1 where every neighbour on the map is one in the space (Venna and Kaski 2001).
        recall: share of the ten nearest in the space that are among the ten nearest on the map.
        converged: whether the layout had come to rest.
        tracks: how many tracks are on the map.
    """

    trustworthiness: float
    recall: float
    converged: bool
    tracks: int

    @property
    def problem(self) -> str:
        """Why nothing should be read off the map; "" where it may be."""
        if not self.converged:
            return "the t-SNE layout had not come to rest"
        if self.trustworthiness < MIN_TRUSTWORTHINESS:
            return f"the map is not faithful: trustworthiness {self.trustworthiness:.2f}"
        if self.recall < MIN_RECALL:
            return f"the map is not faithful: it keeps {self.recall:.0%} of the ten nearest"
        return ""


def faithfulness(model: ModelUnderTest) -> Faithfulness | None:
    """Compare the neighbourhoods of the map with those of the space; None where there is no map."""
    layout = model.map
    if layout is None:
        return None
    unit = model.unit[layout.tracks]
    ranks_lost, kept, k = _compare(unit, layout.positions.astype(np.float32))
    n = len(unit)
    scale = 2 / (n * k * (2 * n - 3 * k - 1))
    return Faithfulness(1 - scale * ranks_lost, kept / (n * k), layout.converged, n)


def map_faithfulness(found: Faithfulness | None) -> Measurement:
    """Trustworthiness@10 of the map; no judgement where it had not converged or keeps too few neighbours."""
    if found is None:
        return inconclusive("too few tracks have a usable vector for a map")
    return Measurement(
        value=found.trustworthiness,
        n=found.tracks,
        summary=f"the map of {found.tracks:,} tracks has a trustworthiness of {found.trustworthiness:.3f} and keeps "
        f"{found.recall:.0%} of the ten nearest",
        hint="nothing is to be read off a map that is not faithful: look at the scores in the space",
        inconclusive=found.problem if found.trustworthiness >= MIN_TRUSTWORTHINESS else "",
    )


def _compare(unit: NDArray[np.float32], positions: NDArray[np.float32]) -> tuple[float, int, int]:
    """Sum of the ranks by which false neighbours on the map overshoot, true neighbours kept, and k."""
    n = len(unit)
    k = min(_K, max(1, (n - 1) // 2))
    myself = np.arange(n, dtype=np.int32)
    near_space = nearest_neighbours(unit, unit, k, query_group=myself, item_group=myself).indices
    near_map = map_neighbours(positions, positions, k, myself, myself)
    cosines = unit @ unit.T
    cosines[myself, myself] = np.inf
    lost, kept = 0.0, 0
    for track in range(n):
        false = np.setdiff1d(near_map[track], near_space[track], assume_unique=True)
        kept += k - len(false)
        if len(false):
            row = cosines[track]
            ranks = (row[None, :] > row[false, None]).sum(axis=1)  # itself counts: the nearest has rank 1
            lost += float(np.maximum(ranks - k, 0).sum())
    return lost, kept, k


def map_neighbours(
    queries: NDArray[np.float32],
    items: NDArray[np.float32],
    k: int,
    query_group: NDArray[np.integer],
    item_group: NDArray[np.integer],
) -> NDArray[np.int32]:
    """Nearest by Euclidean distance in the plane, shape (q, k): |a - b|^2 as an inner product, plus a constant."""
    centre = items.mean(axis=0)
    left = np.column_stack([2 * (queries - centre), np.ones(len(queries), np.float32)])
    right = np.column_stack([items - centre, -((items - centre) ** 2).sum(axis=1)])
    return nearest_neighbours(
        left.astype(np.float32), right.astype(np.float32), k, query_group=query_group, item_group=item_group
    ).indices
