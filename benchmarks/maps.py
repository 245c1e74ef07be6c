"""Compare the t-SNE map with those of openTSNE and scikit-learn with their default settings, in one process.

    pip install -e .[benchmarks]
    python -m benchmarks.maps [--sizes 1000 5000 20000]

Prints the versions and a Markdown table: processor time on one thread, its ratio to that of embedgate, and how
faithful each map is: trustworthiness@10 and the recall of the ten nearest neighbours.
"""

from __future__ import annotations

import argparse
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.large_catalogue import simulate
from embedgate.material.tsne_map import PERPLEXITY, TrackMap, lay_out
from embedgate.measures.map_faithfulness import compare

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLAYS_PER_TRACK = 20


def of_embedgate(unit: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the positions of embedgate's map, shape (n, 2)."""
    layout = lay_out(np.arange(len(unit)), unit)
    if layout is None:
        raise ValueError(f"{len(unit)} tracks are too few for a map")
    return layout.positions


def of_opentsne(unit: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return those of openTSNE."""
    from openTSNE import TSNE

    return np.asarray(TSNE(perplexity=PERPLEXITY, random_state=0, n_jobs=1).fit(unit.astype(float)), dtype=float)


def of_scikit_learn(unit: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return those of scikit-learn."""
    from sklearn.manifold import TSNE

    return np.asarray(TSNE(perplexity=PERPLEXITY, random_state=0, n_jobs=1).fit_transform(unit), dtype=float)


METHODS = {"embedgate": of_embedgate, "openTSNE": of_opentsne, "scikit-learn": of_scikit_learn}


def main() -> None:
    """Print the table."""
    import openTSNE  # noqa: F401 - a thread pool has to be loaded to be limited
    import sklearn.manifold  # noqa: F401
    from threadpoolctl import threadpool_limits

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 5_000, 20_000], help="numbers of tracks")
    print(", ".join(f"{name} {version(name)}" for name in ("openTSNE", "scikit-learn", "numpy")), end="\n\n")
    print(f"| tracks | {' | '.join(METHODS)} |\n| --- |{' --- |' * len(METHODS)}")
    sizes = parser.parse_args().sizes
    with threadpool_limits(1):
        for size in sizes:
            print(_row(size), flush=True)


def _row(size: int) -> str:
    """Draw a catalogue, and return a row of the table."""
    vectors = simulate(size, plays=PLAYS_PER_TRACK * size).vectors(training=0)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cells, base = [], 0.0
    for method in METHODS.values():
        started = time.process_time()
        positions = method(unit)
        seconds = time.process_time() - started
        base = base or seconds
        found = compare(TrackMap(np.arange(size), positions, 0.0, converged=True, perplexity=PERPLEXITY), unit)
        cells.append(f"{seconds:.1f} s ({seconds / base:.2f}), {found.trustworthiness:.3f}, {found.recall:.0%}")
    return f"| {size:,} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
