"""Does the gate stop what it should, and let pass what it should, on a run that you trust?

    python benchmarks/accidents.py --flow ModelingFlow            # in a folder with a Metaflow datastore
    python benchmarks/accidents.py --vectors v.kv --playlists p.parquet --config quality_checks.toml

Each accident is written to files and put through `pytest quality_checks`; the table names the verdict and the checks
that stopped it. Random spaces go through the tests of the whole space alone, fifty of them: it takes one to stop.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embedgate.checks.bounds import at_least
from embedgate.config import load_config
from embedgate.material.model import ModelUnderTest
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import retrieval
from embedgate.measures.evidence import Evidence
from embedgate.sources.resolve import Request, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from embedgate.sources.resolve import LoadedModel

ROOT = Path(__file__).resolve().parent.parent
RANDOM_SPACES = 50


def accidents(space: EmbeddingSpace) -> Iterator[tuple[str, Sequence[str], NDArray[np.float32]]]:
    """Name, keys and vectors of each accident; the first is none."""
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


def gate(keys: Sequence[str], vectors: NDArray[np.floating], playlists: Path, config: Path, folder: Path) -> str:
    """Run the whole suite on keys and vectors, and say what came of it."""
    np.savez(folder / "v.npz", keys=np.array(keys), vectors=vectors.astype(np.float32))
    verdict = folder / "verdict.json"
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", str(ROOT / "quality_checks"), f"--gate-vectors={folder / 'v.npz'}",
            f"--gate-playlists={playlists}", f"--gate-config={config}", f"--gate-verdict={verdict}",
            f"--html={folder / 'report.html'}",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if not verdict.exists():
        return f"no verdict, exit status {done.returncode}: {done.stdout[-300:]}"
    found = json.loads(verdict.read_text(encoding="utf-8"))
    stopped = [
        check["id"]
        for check in found["checks"]
        if check["outcome"] in ("failed", "error")
        or (check["outcome"] == "inconclusive" and check["severity"] == "fail")
    ]
    more = f" and {len(stopped) - 6} more" if len(stopped) > 6 else ""
    return f"{found['verdict']:12} exit {done.returncode}  {', '.join(stopped[:6])}{more}"


def random_spaces(loaded: LoadedModel, held_out: bool, separator: str) -> str:
    """Put random spaces through the tests of the whole space; count those that get past all of them."""
    passed = 0
    for seed in range(RANDOM_SPACES):
        vectors = np.random.default_rng(seed).standard_normal(loaded.space.vectors.shape)
        space = EmbeddingSpace.of(loaded.space.keys, vectors)
        model = ModelUnderTest(space, loaded.playlists, held_out=held_out, separator=separator)
        evidence = Evidence(model, {}, 0.95)
        measured = (
            evidence.same_artist.measurement,
            evidence.co_listening.measurement,
            retrieval.hit_rate(evidence.next_track),
        )
        passed += all(
            one.null is None or one.value is None or at_least(one.null.critical, "null").holds(one.value)
            for one in measured
        )
    return f"{passed} of {RANDOM_SPACES} random spaces got past the tests of the whole space"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--flow")
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--playlists", type=Path)
    parser.add_argument("--config", type=Path, default=ROOT / "quality_checks.toml")
    arguments = parser.parse_args()
    loaded = resolve(
        Request(
            flow=arguments.flow, run=None, tag=None, namespace=None,
            vectors_file=arguments.vectors, playlists_file=arguments.playlists,
        )
    )  # fmt: skip
    settings = load_config(arguments.config, str(arguments.config)).settings
    folder = Path(tempfile.mkdtemp())
    playlists = arguments.playlists
    if playlists is None:
        from metaflow import Run

        playlists = folder / "playlists.parquet"
        Run(loaded.record.pathspec).data.final_dataset.to_parquet(playlists)
    held_out = settings.model.playlists_role == "held_out"
    print(random_spaces(loaded, held_out, settings.model.track_separator))
    for name, keys, vectors in accidents(loaded.space):
        print(f"{name:28} {gate(keys, vectors, playlists, arguments.config.resolve(), folder)}", flush=True)


if __name__ == "__main__":
    main()
