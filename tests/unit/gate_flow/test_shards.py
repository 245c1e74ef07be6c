"""Shards of the neighbour graphs: together they are the graphs that one process computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedgate.errors import ShardFailed, UsageError
from embedgate.gate_flow.shards import UNIT, Rows, compute, join, plan
from embedgate.material.neighbours import neighbour_graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.measures.evidence import Evidence


def unit_vectors(n: int, seed: int) -> NDArray[np.float32]:
    """Return n unit vectors, many of which are equal: their neighbours are ties."""
    vectors = np.random.default_rng(seed).integers(-2, 3, (n, 7)).astype(np.float32)
    vectors[:, 0] += 3
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def everyone(sizes: dict[str, int]) -> dict[str, NDArray[np.integer]]:
    """Return all tracks as the queries of each graph."""
    return {name: np.arange(size) for name, size in sizes.items()}


def no_evidence() -> Evidence:
    """Fail: a shard without measures does not load the evidence."""
    raise AssertionError


@settings(max_examples=20)
@given(sizes=st.lists(st.integers(1, 1700), min_size=1, max_size=3), shards=st.integers(1, 12))
def test_joined_shards_are_the_graphs_of_one_process(sizes: list[int], shards: int) -> None:
    """They are equal bit by bit, in whatever order the shards arrive."""
    vectors = {
        name: unit_vectors(size, size) for name, size in zip(("candidate", "shared", "champion"), sizes, strict=False)
    }
    numbers = {name: len(of_graph) for name, of_graph in vectors.items()}

    parts = [compute(shard, vectors.__getitem__, everyone(numbers), no_evidence) for shard in plan(numbers, shards)]
    joined, _ = join(reversed(parts), numbers)

    assert joined.keys() == vectors.keys()
    for name, of_graph in vectors.items():
        whole = neighbour_graph(of_graph, min(10, max(1, len(of_graph) - 1)))
        np.testing.assert_array_equal(joined[name].indices, whole.indices)
        np.testing.assert_array_equal(joined[name].similarities.view(np.uint32), whole.similarities.view(np.uint32))


def test_sampled_queries_are_joined_in_their_order() -> None:
    vectors = unit_vectors(1_500, 3)
    queries = {"candidate": np.random.default_rng(0).permutation(1_500)[:1_100]}

    made = plan({"candidate": 1_100}, 3)
    joined, _ = join([compute(each, lambda _: vectors, queries, no_evidence) for each in made], {"candidate": 1_100})

    whole = neighbour_graph(vectors, 10).rows(queries["candidate"])
    np.testing.assert_array_equal(joined["candidate"].indices, whole.indices)
    np.testing.assert_array_equal(joined["candidate"].similarities, whole.similarities)


@given(
    sizes=st.lists(st.integers(0, 9000), min_size=1, max_size=3), shards=st.integers(1, 40), some=st.integers(0, 3)
)
def test_plan_covers_each_track_and_measure_once_in_shards_of_similar_size(
    sizes: list[int], shards: int, some: int
) -> None:
    numbers = dict(zip(("candidate", "shared", "champion"), sizes, strict=False))

    measures = ["map", "separation", "displacement"][:some]
    made = plan(numbers, shards, measures)
    tracks = [(rows.graph, track) for shard in made for rows in shard.rows for track in range(rows.start, rows.stop)]
    units = [len(shard.measures) + sum(-(-(rows.stop - rows.start) // UNIT) for rows in shard.rows) for shard in made]

    assert sorted(tracks) == sorted((graph, track) for graph, size in numbers.items() for track in range(size))
    assert [name for shard in made for name in shard.measures] == measures
    assert max(units) - min(units) <= 1
    assert len(made) == max(1, min(shards, sum(units)))
    assert [shard.number for shard in made] == list(range(1, len(made) + 1))


def test_shard_has_rows_of_successive_graphs() -> None:
    first, second = plan({"candidate": 800, "champion": 1_200}, 2, ["map"])

    assert (first.measures, first.rows) == (("map",), (Rows("candidate", 0, 800),))
    assert (second.measures, second.rows) == ((), (Rows("champion", 0, 1_200),))
    assert str(first) == "shard 1 of 2 (map; candidate tracks 0 to 799)"
    assert str(plan({}, 3)[0]) == "shard 1 of 1 (nothing to do)"


@pytest.mark.parametrize("shards", [0, -3])
def test_number_of_shards_is_positive(shards: int) -> None:
    with pytest.raises(UsageError, match=f"--shards must be 1 or more, not {shards}"):
        plan({"candidate": 1_000}, shards)


def test_error_names_the_shard() -> None:
    _, second = plan({"candidate": 1_000}, 2)

    def lost(_: str) -> NDArray[np.float32]:
        raise OSError("the datastore is gone")

    with pytest.raises(
        ShardFailed, match=r"shard 2 of 2 \(candidate tracks 512 to 999\) failed: OSError: the datast"
    ):
        compute(second, lost, everyone({"candidate": 1_000}), no_evidence)


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ([0], "candidate tracks 0 to 511"),
        ([1], "candidate tracks 512 to 999"),
        ([0, 1, 1], "512 to 999$"),
        ([], "none"),
    ],
)
def test_missing_or_repeated_shards_are_refused(kept: list[int], shown: str) -> None:
    vectors = unit_vectors(1_000, 0)
    numbers = {"candidate": 1_000}
    parts = [compute(shard, lambda _: vectors, everyone(numbers), no_evidence) for shard in plan(numbers, 2)]

    with pytest.raises(ShardFailed, match=f"each of the 1,000 candidate tracks once: .*{shown}"):
        join([parts[number] for number in kept], {"candidate": 1_000})
