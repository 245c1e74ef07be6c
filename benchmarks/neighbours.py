"""Compare the neighbour search with the bare matrix product and with libraries, in one process.

    pip install -e .[benchmarks]
    python -m benchmarks.neighbours [--repeats 5] [--cases 1 2 3]

Prints the machine, the versions and a Markdown table of the shortest durations, with their ratios to the bare
product: the same tiles in float32 on the same threads, without a search. Repeats of all methods alternate. faiss and
scikit-learn must return the same neighbours. gensim answers one query at a time: a sample is timed and extrapolated.
"""

from __future__ import annotations

import argparse
import os
import platform
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from embedgate.material.neighbours import TILE_ITEMS, TILE_QUERIES, nearest_neighbours, neighbour_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

K = 10
SAMPLE = 20
"""Queries that gensim answers."""
TOLERANCE = 2e-6
"""Similarities that differ less may be exchanged: libraries compute in float32."""


@dataclass(frozen=True, eq=False)
class Case:
    """Unit vectors of items and queries; if `queries` is None, each item is a query that leaves itself out."""

    name: str
    items: NDArray[np.float32]
    queries: NDArray[np.float32] | None

    @classmethod
    def drawn(cls, queries: int | None, items: int, dimensions: int) -> Case:
        """Draw random directions."""
        rng = np.random.default_rng(0)
        name = f"{items:,} x {dimensions}, all against all"
        if queries is None:
            return cls(name, _unit(rng, items, dimensions), None)
        name = f"{queries:,} queries, {items:,} x {dimensions}"
        return cls(name, _unit(rng, items, dimensions), _unit(rng, queries, dimensions))

    @property
    def searched(self) -> NDArray[np.float32]:
        """The query vectors."""
        return self.items if self.queries is None else self.queries


CASES: tuple[Callable[[], Case], ...] = (
    partial(Case.drawn, None, 20_000, 48),
    partial(Case.drawn, 2_000, 400_000, 50),
    partial(Case.drawn, 2_000, 1_000_000, 100),
)


def _unit(rng: np.random.Generator, n: int, dimensions: int) -> NDArray[np.float32]:
    vectors = rng.standard_normal((n, dimensions), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def embedgate(case: Case) -> NDArray[np.int32]:
    """Return the neighbours, shape (q, k)."""
    if case.queries is None:
        return neighbour_graph(case.items, K).indices
    return nearest_neighbours(case.queries, case.items, K).indices


def bare_product(case: Case) -> None:
    """Multiply all tiles and forget the products."""
    threads = min(each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas")
    tile = threading.local()

    def allocate() -> None:
        tile.memory = np.empty(TILE_ITEMS * TILE_QUERIES, np.float32)

    def multiply(start: int) -> None:
        some = case.searched[start : start + TILE_QUERIES]
        for left in range(0, len(case.items), TILE_ITEMS):
            others = case.items[left : left + TILE_ITEMS]
            np.matmul(others, some.T, out=tile.memory[: others.shape[0] * some.shape[0]].reshape(len(others), -1))

    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads, initializer=allocate) as pool:
        list(pool.map(multiply, range(0, len(case.searched), TILE_QUERIES)))


def faiss_knn(case: Case) -> NDArray[np.int64]:
    """Return the neighbours, shape (q, k)."""
    import faiss

    own = case.queries is None
    found: NDArray[np.int64] = faiss.knn(case.searched, case.items, K + own, metric=faiss.METRIC_INNER_PRODUCT)[1]
    return _others(found) if own else found


def scikit_learn(case: Case) -> NDArray[np.int64]:
    """Return the neighbours by Euclidean distance, which have the same order for unit vectors, shape (q, k)."""
    from sklearn.neighbors import NearestNeighbors

    own = case.queries is None
    search = NearestNeighbors(n_neighbors=K + own, algorithm="brute").fit(case.items)
    found: NDArray[np.int64] = search.kneighbors(case.searched, return_distance=False)
    return _others(found) if own else found


def _others(found: NDArray[np.int64]) -> NDArray[np.int64]:
    """Leave each query out of its neighbours; it is its own nearest neighbour."""
    if not np.array_equal(found[:, 0], np.arange(len(found))):
        raise SystemExit("a vector is not its own nearest neighbour")
    return found[:, 1:]


def gensim_most_similar(case: Case) -> Callable[[], float]:
    """Return a function that answers a sample of the queries and returns the extrapolated seconds for all."""
    from gensim.models import KeyedVectors

    model = KeyedVectors(case.items.shape[1])
    model.add_vectors([str(number) for number in range(len(case.items))], case.items)
    model.fill_norms()

    def seconds() -> float:
        started = time.perf_counter()
        for number in range(SAMPLE):
            model.most_similar(str(number) if case.queries is None else [case.queries[number]], topn=K)
        return (time.perf_counter() - started) / SAMPLE * len(case.searched)

    return seconds


def check_same(case: Case, found: NDArray[np.integer], expected: NDArray[np.integer], name: str) -> None:
    """Compare two answers.

    Raises:
        SystemExit: if an item is not the same, and its similarity differs by more than rounding.
    """
    row, place = np.nonzero(found != expected)
    query = case.searched[row].astype(float)
    one, other = (np.einsum("pd,pd->p", query, case.items[each[row, place]]) for each in (found, expected))
    if len(row) and np.abs(one - other).max() > TOLERANCE:
        raise SystemExit(f"{case.name}: {name} has another answer in {len(row):,} places")


def measure(case: Case, repeats: int) -> dict[str, float]:
    """Return the shortest duration of each method in seconds, the bare product first."""
    best: dict[str, float] = {}
    libraries: dict[str, Callable[[Case], NDArray[np.integer]]] = {
        "embedgate": embedgate,
        "faiss knn": faiss_knn,
        "scikit-learn": scikit_learn,
    }
    extrapolated = gensim_most_similar(case)
    for _ in range(repeats):
        answers: dict[str, NDArray[np.integer]] = {}
        started = time.perf_counter()
        bare_product(case)
        best["bare product"] = min(best.get("bare product", np.inf), time.perf_counter() - started)
        for name, search in libraries.items():
            started = time.perf_counter()
            answers[name] = search(case)
            best[name] = min(best.get(name, np.inf), time.perf_counter() - started)
        best["gensim (extrapolated)"] = min(best.get("gensim (extrapolated)", np.inf), extrapolated())
        for name in ("faiss knn", "scikit-learn"):
            check_same(case, answers[name], answers["embedgate"], name)
    return best


def machine() -> str:
    """Return processor, number of usable cores, load and versions."""
    cpuinfo = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
    blas = next(each for each in threadpool_info() if each["user_api"] == "blas")
    versions = ", ".join(f"{each} {version(each)}" for each in ("numpy", "faiss-cpu", "scikit-learn", "gensim"))
    return (
        f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"Python {platform.python_version()}, {versions}, {blas['internal_api']} {blas['version']} "
        f"({blas['architecture']}, {blas['num_threads']} threads)"
    )


def row(cells: Sequence[str]) -> str:
    """Return a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5, help="of each method (default: 5)")
    parser.add_argument("--cases", type=int, nargs="+", default=[1, 2, 3], choices=(1, 2, 3), help="default: all")
    given = parser.parse_args()
    print(machine(), end="\n\n", flush=True)
    for number in given.cases:
        case = CASES[number - 1]()
        best = measure(case, given.repeats)
        if number == given.cases[0]:
            print(row([f"top {K}", *best]))
            print(row(["---"] * (1 + len(best))))
        bare = best["bare product"]
        print(row([case.name, *(f"{each:.2f} s ({each / bare:.2f})" for each in best.values())]), flush=True)


if __name__ == "__main__":
    main()
