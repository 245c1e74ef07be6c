"""Tracks whose vectors have the same direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.model import neighbours_of_each
from embedgate.statistics import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest

_COSINE = 1 - 1e-6  # the rounding error of an inner product of float32 unit vectors is far smaller
_AXES = 8  # of the projection: more axes separate more vectors, and the tree is slower
_FITTED = 20_000
_JITTER = 1e-5  # of the distance of unit vectors: a tree cannot split equal points
_BLOCK = 65_536


def same_direction(model: ModelUnderTest) -> NDArray[np.int32]:
    """Return the neighbours of each track that have its direction, up to ten, -1 elsewhere, shape (n, 10) at most.

    They are among the ten nearest neighbours. If the model samples queries, a tree finds them in about linear time:
    vectors of the same direction are also close in any projection. All are projected on the axes of largest variance,
    and the cosines of the tracks that are close there are computed.
    """
    if model.queries.complete:
        graph = model.neighbours
        return np.where((graph.similarities >= _COSINE) & (graph.indices >= 0), graph.indices, -1)
    from scipy.spatial import KDTree  # noqa: PLC0415 - heavy

    unit, k = model.unit, neighbours_of_each(len(model.unit))
    fitted = unit[:: max(1, len(unit) // _FITTED)].astype(np.float64)
    fitted -= fitted.mean(axis=0)
    axes = np.linalg.eigh(fitted.T @ fitted)[1][:, -_AXES:].astype(np.float32)
    points = (unit @ axes).astype(np.float64)
    points += np.random.default_rng(SEED).uniform(-_JITTER, _JITTER, points.shape)
    reach = np.sqrt(2 - 2 * _COSINE) + 4 * _JITTER * _AXES**0.5
    tree = KDTree(points, balanced_tree=False, compact_nodes=False)
    found = np.full((len(unit), k), -1, dtype=np.int32)
    for start in range(0, len(unit), _BLOCK):
        rows = slice(start, start + _BLOCK)
        near = np.asarray(tree.query(points[rows], k + 1, distance_upper_bound=reach, workers=-1)[1])
        own = np.arange(start, start + len(near))
        row, place = np.nonzero((near < len(unit)) & (near != own[:, None]))
        cosines = np.einsum("pd,pd->p", unit[own[row]].astype(np.float64), unit[near[row, place]])
        row, place = row[cosines >= _COSINE], place[cosines >= _COSINE]
        rank = np.arange(len(row)) - np.searchsorted(row, row)
        kept = rank < k
        found[own[row[kept]], rank[kept]] = near[row[kept], place[kept]]
    return found
