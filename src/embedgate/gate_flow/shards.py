"""The work of a gate run in shards: plan them, compute one, and join the results.

The queries of a neighbour graph are distributed in units: a row depends on its vector and all others, and not on its
shard. The queries are all tracks, or a sample of a large vocabulary. Measures that need no neighbour graph are
distributed as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

from embedgate.errors import ShardFailed, UsageError
from embedgate.gate_flow import measured
from embedgate.material.model import neighbours_of_each
from embedgate.material.neighbours import NeighbourGraph, neighbour_graph, stacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from embedgate.measures.evidence import Evidence

UNIT = 512
"""Queries that one shard searches at least: fewer take less time than starting a task."""


@dataclass(frozen=True, slots=True, order=True)
class Rows:
    """Successive queries of one graph.

    Attributes:
        graph: name of the graph.
        start: place of the first among all queries of the graph, a multiple of UNIT.
        stop: place after the last.
    """

    graph: str
    start: int
    stop: int

    def __str__(self) -> str:
        return f"{self.graph} tracks {self.start:,} to {self.stop - 1:,}"


@dataclass(frozen=True, slots=True)
class Shard:
    """The part of the work that one task does.

    Attributes:
        number: 1 to `count`.
        count: number of shards.
        measures: names of the measures that it computes.
        rows: queries whose neighbours it finds.
    """

    number: int
    count: int
    measures: tuple[str, ...]
    rows: tuple[Rows, ...]

    def __str__(self) -> str:
        work = "; ".join([*self.measures, *map(str, self.rows)]) or "nothing to do"
        return f"shard {self.number} of {self.count} ({work})"


@dataclass(frozen=True, slots=True)
class Computed:
    """The result of a shard, or of all shards.

    Attributes:
        graphs: parts of neighbour graphs with their rows.
        values: values of measures; see `measured`.
    """

    graphs: tuple[tuple[Rows, NeighbourGraph], ...]
    values: Mapping[str, object]


def plan(sizes: Mapping[str, int], shards: int, measures: Sequence[str] = ()) -> tuple[Shard, ...]:
    """Distribute measures, and the queries of all graphs in units of UNIT, over shards.

    A shard has rows of as few graphs as possible, because it loads all vectors of each.

    Args:
        sizes: number of queries of each graph.
        shards: number of shards; fewer are returned if there are not so many measures and units.
        measures: names of measures.

    Raises:
        UsageError: if the number is not positive.
    """
    if shards < 1:
        raise UsageError(f"--shards must be 1 or more, not {shards}")
    pieces = [(graph, piece) for graph, size in sizes.items() for piece in range(ceil(size / UNIT))]
    first, units = len(measures), len(measures) + len(pieces)
    count = max(1, min(shards, units))
    limits = pairwise(units * number // count for number in range(count + 1))
    return tuple(
        Shard(
            number,
            count,
            tuple(measures[start:stop]),
            tuple(_rows(pieces[max(0, start - first) : max(0, stop - first)], sizes)),
        )
        for number, (start, stop) in enumerate(limits, 1)
    )


def compute(
    shard: Shard,
    vectors_of: Callable[[str], NDArray[np.float32]],
    queries: Mapping[str, NDArray[np.integer]],
    evidence: Callable[[], Evidence],
) -> Computed:
    """Compute the measures of a shard, and find the neighbours of its queries.

    Args:
        shard: the shard.
        vectors_of: function that loads the unit vectors of a graph, shape (n, d), by its name.
        queries: track numbers of all queries of each graph.
        evidence: function that loads the evidence; called if the shard has measures.

    Raises:
        ShardFailed: if anything fails; names the shard.
    """
    try:
        values = measured.compute(evidence(), shard.measures) if shard.measures else {}
        found = [(rows, _neighbours(rows, vectors_of(rows.graph), queries[rows.graph])) for rows in shard.rows]
        return Computed(tuple(found), values)
    except Exception as error:
        raise ShardFailed(f"{shard} failed: {type(error).__name__}: {error}") from error


def join(parts: Iterable[Computed], sizes: Mapping[str, int]) -> tuple[dict[str, NeighbourGraph], dict[str, object]]:
    """Return the whole graphs by name, and the values of all measures.

    Args:
        parts: the results of all shards, in any order.
        sizes: number of queries of each graph.

    Raises:
        ShardFailed: if rows are missing or were computed twice; names the graph.
    """
    computed = list(parts)
    found = sorted((graph for part in computed for graph in part.graphs), key=lambda part: part[0])
    graphs = {
        name: _whole(name, size, [part for part in found if part[0].graph == name]) for name, size in sizes.items()
    }
    return graphs, {name: value for part in computed for name, value in part.values.items()}


def _rows(pieces: Iterable[tuple[str, int]], sizes: Mapping[str, int]) -> Iterable[Rows]:
    units_of: dict[str, list[int]] = {}
    for graph, piece in pieces:
        units_of.setdefault(graph, []).append(piece)
    for graph, numbers in units_of.items():
        yield Rows(graph, numbers[0] * UNIT, min(sizes[graph], (numbers[-1] + 1) * UNIT))


def _neighbours(rows: Rows, vectors: NDArray[np.float32], queries: NDArray[np.integer]) -> NeighbourGraph:
    return neighbour_graph(vectors, neighbours_of_each(len(vectors)), rows=queries[rows.start : rows.stop])


def _whole(graph: str, size: int, parts: Sequence[tuple[Rows, NeighbourGraph]]) -> NeighbourGraph:
    ends = [0, *(rows.stop for rows, _ in parts)]
    starts = [*(rows.start for rows, _ in parts), size]
    if starts != ends:
        computed = ", ".join(str(rows) for rows, _ in parts) or "none"
        raise ShardFailed(f"the shards did not compute each of the {size:,} {graph} tracks once: {computed}")
    return stacked([part for _, part in parts])
