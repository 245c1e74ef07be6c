"""QualityGateFlow with a shard that fails in its first attempts, as if the datastore did not answer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from metaflow import current

from embedgate.gate_flow import shards
from flows.quality_gate_flow import QualityGateFlow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from embedgate.gate_flow.shards import Rows
    from embedgate.material.neighbours import NeighbourGraph

_sound = shards._neighbours


def _failing(rows: Rows, vectors: NDArray[np.float32], queries: NDArray[np.integer]) -> NeighbourGraph:
    first = (rows.graph, rows.start) == ("champion", 0)
    if first and current.retry_count < int(os.environ["FAILING_ATTEMPTS"]):
        raise OSError("the datastore does not answer")
    return _sound(rows, vectors, queries)


shards._neighbours = _failing


class FlakyGateFlow(QualityGateFlow):
    """The gate with this shard."""


if __name__ == "__main__":
    FlakyGateFlow()
