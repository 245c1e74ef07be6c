"""Evaluate faulty versions of a run that you trust, and random spaces, without a champion.

    python -m benchmarks.faults --flow ModelingFlow            # in a folder with a Metaflow datastore
    python -m benchmarks.faults --vectors v.kv --playlists p.parquet --config quality_checks.toml

All checks are evaluated on each faulty model; the table shows the verdict and the checks that fail the gate. Fifty
random spaces are evaluated with the checks of the whole space only, and each has to fail at least one of them.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import embedgate
from embedgate.checks.bounds import at_least
from embedgate.config.file import load_config
from embedgate.engine import Engine, evidence_of
from embedgate.material.space import EmbeddingSpace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from embedgate.config.settings import Settings
    from embedgate.sources.records import LoadedModel

ROOT = Path(__file__).resolve().parent.parent
RANDOM_SPACES = 50
_SHOWN = 6
_WHOLE_SPACE = ("neighbours.same_artist", "neighbours.co_listening", "retrieval.hit_rate")


def faulty_models(space: EmbeddingSpace) -> Iterator[tuple[str, Sequence[str], NDArray[np.float32]]]:
    """Yield name, keys and vectors of each faulty model; the first three are sound."""
    rng = np.random.default_rng(0)
    keys, vectors = list(space.keys), space.vectors
    yield "as it is", keys, vectors
    yield "rotated and scaled", keys, 3 * vectors @ np.linalg.qr(rng.standard_normal((vectors.shape[1],) * 2))[0]
    yield "half precision", keys, vectors.astype(np.float16).astype(np.float32)
    yield "shifted by one key", keys, np.roll(vectors, 1, axis=0)
    holes = vectors.copy()
    holes[rng.permutation(len(keys))[: len(keys) // 10]] = np.nan
    yield "a tenth NaN", keys, holes
    yield "all equal", keys, np.ones_like(vectors)
    yield "keys case-folded", [key.casefold() for key in keys], vectors
    yield "keys shuffled", [keys[row] for row in rng.permutation(len(keys))], vectors
    yield "one direction added", keys, vectors + 10 * vectors.std() * np.ones(vectors.shape[1])
    yield "a twentieth of rank", keys, vectors @ np.outer(*[np.linalg.svd(vectors, full_matrices=False)[2][0]] * 2)
    yield "the hundred first keys lost", keys[100:], vectors[100:]
    yield "random", keys, rng.standard_normal(vectors.shape).astype(np.float32)


def outcome(keys: Sequence[str], vectors: NDArray[np.floating], loaded: LoadedModel, config: Path) -> str:
    """Evaluate all checks of keys and vectors, and describe the verdict in one line."""
    verdict = embedgate.evaluate((list(keys), vectors), loaded.playlists, config=config)
    failed = [check.id for check in verdict.failures]
    more = f" and {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else ""
    return f"{verdict.outcome:12} {', '.join(failed[:_SHOWN])}{more}"


def random_spaces(loaded: LoadedModel, settings: Settings) -> str:
    """Count the random spaces that pass all tests of the whole space."""
    passed = 0
    for seed in range(RANDOM_SPACES):
        vectors = np.random.default_rng(seed).standard_normal(loaded.space.vectors.shape)
        space = EmbeddingSpace.of(loaded.space.keys, vectors)
        engine = Engine(evidence_of(space, loaded.playlists, settings), settings)
        measured = [engine.measurement(check_id) for check_id in _WHOLE_SPACE]
        passed += all(
            one.null is None or one.value is None or at_least(one.null.critical, "null").holds(one.value)
            for one in measured
        )
    return f"{passed} of {RANDOM_SPACES} random spaces passed the tests of the whole space"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flow")
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--playlists", type=Path)
    parser.add_argument("--config", type=Path, default=ROOT / "quality_checks.toml")
    given = parser.parse_args()
    if not given.flow and not (given.vectors and given.playlists):
        parser.error("set --flow, or --vectors and --playlists")
    loaded = embedgate.load_run(given.flow) if given.flow else embedgate.load_files(given.vectors, given.playlists)
    print(random_spaces(loaded, load_config(given.config, str(given.config)).settings))
    for name, keys, vectors in faulty_models(loaded.space):
        print(f"{name:28} {outcome(keys, vectors, loaded, given.config)}", flush=True)


if __name__ == "__main__":
    main()
