"""The neighbour graphs of a gate run in shards: plan them, compute one, and join the results.

A graph is cut between the tiles in which `nearest_neighbours` computes it, so a row does not depend on its shard.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

from embedgate.errors import ShardFailed, UsageError
from embedgate.material.model import neighbours_of_each
from embedgate.material.neighbours import TILE_ROWS, NeighbourGraph, neighbour_graph, stacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, order=True)
class Rows:
    """Successive tracks of one graph.

    Attributes:
        graph: name of the graph.
        start: number of the first track, a multiple of TILE_ROWS.
        stop: number after the last track.
    """

    graph: str
    start: int
    stop: int

    def __str__(self) -> str:
        return f"{self.graph} {self.start:,} to {self.stop - 1:,}"


@dataclass(frozen=True, slots=True)
class Shard:
    """The part of the work that one task does.

    Attributes:
        number: 1 to `count`.
        count: number of shards.
        rows: whose neighbours it finds.
    """

    number: int
    count: int
    rows: tuple[Rows, ...]

    def __str__(self) -> str:
        return f"shard {self.number} of {self.count} (tracks: {'; '.join(map(str, self.rows)) or 'none'})"


ShardGraphs = tuple[tuple[Rows, NeighbourGraph], ...]
"""The result of a shard."""


def plan(sizes: Mapping[str, int], shards: int) -> tuple[Shard, ...]:
    """Distribute the tracks of all graphs evenly over shards, in units of TILE_ROWS.

    A shard has rows of as few graphs as possible, because it loads all vectors of each.

    Args:
        sizes: number of tracks of each graph.
        shards: number of shards; fewer are returned if there are not so many units.

    Raises:
        UsageError: if the number is not positive.
    """
    if shards < 1:
        raise UsageError(f"--shards must be 1 or more, not {shards}")
    units = [(graph, tile) for graph, size in sizes.items() for tile in range(ceil(size / TILE_ROWS))]
    count = max(1, min(shards, len(units)))
    limits = [len(units) * number // count for number in range(count + 1)]
    return tuple(
        Shard(number, count, tuple(_rows(units[start:stop], sizes)))
        for number, (start, stop) in enumerate(pairwise(limits), 1)
    )


def compute(shard: Shard, vectors_of: Callable[[str], NDArray[np.float32]]) -> ShardGraphs:
    """Find the neighbours of the tracks of a shard.

    Args:
        shard: the shard.
        vectors_of: function that loads the unit vectors of a graph, shape (n, d), by its name.

    Raises:
        ShardFailed: if anything fails; names the shard.
    """
    try:
        return tuple((rows, _neighbours(rows, vectors_of(rows.graph))) for rows in shard.rows)
    except Exception as error:
        raise ShardFailed(f"{shard} failed: {type(error).__name__}: {error}") from error


def join(parts: Iterable[ShardGraphs], sizes: Mapping[str, int]) -> dict[str, NeighbourGraph]:
    """Return the whole graphs by name.

    Args:
        parts: the results of all shards, in any order.
        sizes: number of tracks of each graph.

    Raises:
        ShardFailed: if rows are missing or were computed twice; names the graph.
    """
    found = sorted((part for parts_of_shard in parts for part in parts_of_shard), key=lambda part: part[0])
    return {
        graph: _whole(graph, size, [part for part in found if part[0].graph == graph])
        for graph, size in sizes.items()
    }


def _rows(units: Iterable[tuple[str, int]], sizes: Mapping[str, int]) -> Iterable[Rows]:
    tiles_of: dict[str, list[int]] = {}
    for graph, tile in units:
        tiles_of.setdefault(graph, []).append(tile)
    for graph, tiles in tiles_of.items():
        yield Rows(graph, tiles[0] * TILE_ROWS, min(sizes[graph], (tiles[-1] + 1) * TILE_ROWS))


def _neighbours(rows: Rows, vectors: NDArray[np.float32]) -> NeighbourGraph:
    return neighbour_graph(vectors, neighbours_of_each(len(vectors)), rows=slice(rows.start, rows.stop))


def _whole(graph: str, size: int, parts: Sequence[tuple[Rows, NeighbourGraph]]) -> NeighbourGraph:
    ends = [0, *(rows.stop for rows, _ in parts)]
    starts = [*(rows.start for rows, _ in parts), size]
    if starts != ends:
        computed = ", ".join(str(rows) for rows, _ in parts) or "none"
        raise ShardFailed(f"the shards did not compute each of the {size:,} {graph} tracks once: {computed}")
    return stacked([part for _, part in parts])
