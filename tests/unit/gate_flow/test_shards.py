"""Shards of the neighbour graphs: together they are the graphs that one process computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedgate.errors import ShardFailed, UsageError
from embedgate.gate_flow.shards import Rows, compute, join, plan
from embedgate.material.neighbours import TILE_ROWS, neighbour_graph

if TYPE_CHECKING:
    from numpy.typing import NDArray


def unit_vectors(n: int, seed: int) -> NDArray[np.float32]:
    """Return n unit vectors, many of which are equal: their neighbours are ties."""
    vectors = np.random.default_rng(seed).integers(-2, 3, (n, 7)).astype(np.float32)
    vectors[:, 0] += 3
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@settings(max_examples=20)
@given(sizes=st.lists(st.integers(1, 1700), min_size=1, max_size=3), shards=st.integers(1, 12))
def test_joined_shards_are_the_graphs_of_one_process(sizes: list[int], shards: int) -> None:
    """They are equal bit by bit, in whatever order the shards arrive."""
    vectors = {
        name: unit_vectors(size, size) for name, size in zip(("candidate", "shared", "champion"), sizes, strict=False)
    }
    numbers = {name: len(of_graph) for name, of_graph in vectors.items()}

    parts = [compute(shard, vectors.__getitem__) for shard in plan(numbers, shards)]
    joined = join(reversed(parts), numbers)

    assert joined.keys() == vectors.keys()
    for name, of_graph in vectors.items():
        whole = neighbour_graph(of_graph, min(10, max(1, len(of_graph) - 1)))
        np.testing.assert_array_equal(joined[name].indices, whole.indices)
        np.testing.assert_array_equal(joined[name].similarities.view(np.uint32), whole.similarities.view(np.uint32))


@given(sizes=st.lists(st.integers(0, 9000), min_size=1, max_size=3), shards=st.integers(1, 40))
def test_plan_covers_each_track_once_in_shards_of_similar_size(sizes: list[int], shards: int) -> None:
    numbers = dict(zip(("candidate", "shared", "champion"), sizes, strict=False))

    made = plan(numbers, shards)
    tracks = [(rows.graph, track) for shard in made for rows in shard.rows for track in range(rows.start, rows.stop)]
    tiles = [sum(-(-(rows.stop - rows.start) // TILE_ROWS) for rows in shard.rows) for shard in made]

    assert sorted(tracks) == sorted((graph, track) for graph, size in numbers.items() for track in range(size))
    assert max(tiles) - min(tiles) <= 1
    assert len(made) == max(1, min(shards, sum(tiles)))
    assert [shard.number for shard in made] == list(range(1, len(made) + 1))


def test_shard_has_rows_of_successive_graphs() -> None:
    first, second = plan({"candidate": 1_300, "champion": 1_200}, 2)

    assert first.rows == (Rows("candidate", 0, 1_300),)
    assert second.rows == (Rows("champion", 0, 1_200),)
    assert str(second) == "shard 2 of 2 (tracks: champion 0 to 1,199)"


@pytest.mark.parametrize("shards", [0, -3])
def test_number_of_shards_is_positive(shards: int) -> None:
    with pytest.raises(UsageError, match=f"--shards must be 1 or more, not {shards}"):
        plan({"candidate": 1_000}, shards)


def test_error_names_the_shard() -> None:
    _, second = plan({"candidate": 1_000}, 2)

    def lost(_: str) -> NDArray[np.float32]:
        raise OSError("the datastore is gone")

    with pytest.raises(
        ShardFailed, match=r"shard 2 of 2 \(tracks: candidate 512 to 999\) failed: OSError: the datas"
    ):
        compute(second, lost)


@pytest.mark.parametrize(
    ("kept", "shown"),
    [([0], "candidate 0 to 511"), ([1], "candidate 512 to 999"), ([0, 1, 1], "512 to 999$"), ([], "none")],
)
def test_missing_or_repeated_shards_are_refused(kept: list[int], shown: str) -> None:
    vectors = unit_vectors(1_000, 0)
    parts = [compute(shard, lambda _: vectors) for shard in plan({"candidate": 1_000}, 2)]

    with pytest.raises(ShardFailed, match=f"each of the 1,000 candidate tracks once: .*{shown}"):
        join([parts[number] for number in kept], {"candidate": 1_000})
