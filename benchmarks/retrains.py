"""Compare sound retrains and faulty models with a champion, and show which check fails for which model.

    python -m benchmarks.retrains CHAMPION.npz PLAYLISTS.parquet CANDIDATE.npz...

Each candidate is compared unchanged and after harmless changes, all of which have to pass, and with each fault, which
has to fail the gate. The last lines count how many candidates failed.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embedgate.checks.registry import check_ids
from embedgate.config import load_config
from embedgate.engine import Engine, evidence_of
from embedgate.material.model import ModelUnderTest
from embedgate.material.space import EmbeddingSpace
from embedgate.sources.files import load, load_vectors

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


Broken = tuple[list[str], "NDArray[np.float32]", set[str]]
"""Keys, vectors, and the keys whose vectors are wrong."""


def shuffled(share: float) -> Callable[[ModelUnderTest, np.random.Generator], Broken]:
    """Return a fault that shuffles a share of the keys."""

    def fault(model: ModelUnderTest, rng: np.random.Generator) -> Broken:
        chosen = rng.permutation(len(model.tracks))[: max(2, round(share * len(model.tracks)))]
        vectors = model.space.vectors[model.space.usable].copy()
        vectors[chosen] = vectors[np.roll(chosen, 1)]
        return list(model.tracks), vectors, {model.tracks[track] for track in chosen}

    return fault


def another_run(model: ModelUnderTest, rng: np.random.Generator) -> Broken:
    """Replace a tenth of the rows by rows of a rotated space."""
    keys, vectors, bad = shuffled(0.0)(model, rng)
    vectors = model.space.vectors[model.space.usable].copy()
    turn, _ = np.linalg.qr(rng.standard_normal((vectors.shape[1], vectors.shape[1])))
    chosen = rng.permutation(len(keys))[: len(keys) // 10]
    vectors[chosen] = vectors[chosen] @ turn
    bad = {keys[row] for row in chosen}
    return keys, vectors, bad


def shifted_by_name(model: ModelUnderTest, _rng: np.random.Generator) -> Broken:
    """Shift the vectors by one key in alphabetical order, mostly within an artist."""
    order = np.array(sorted(range(len(model.tracks)), key=lambda track: model.tracks[track]))
    vectors = model.space.vectors[model.space.usable].copy()
    vectors[order] = vectors[np.roll(order, 1)]
    return list(model.tracks), vectors, set(model.tracks)


def genres_swapped(model: ModelUnderTest, rng: np.random.Generator) -> Broken:
    """Exchange the vectors of the two largest genres, as many as the smaller one has."""
    first, second = np.argsort(-model.tags.tracks, kind="stable")[:2]
    one, other = (rng.permutation(np.flatnonzero(model.tags.codes == genre)) for genre in (first, second))
    size = min(len(one), len(other))
    vectors = model.space.vectors[model.space.usable].copy()
    vectors[one[:size]], vectors[other[:size]] = vectors[other[:size]], vectors[one[:size]]
    bad = {model.tracks[track] for track in (*one[:size], *other[:size])}
    return list(model.tracks), vectors, bad


def without(rows: Callable[[ModelUnderTest, np.random.Generator], NDArray[np.intp]]) -> Callable[..., Broken]:
    """Return a fault that removes rows."""

    def fault(model: ModelUnderTest, rng: np.random.Generator) -> Broken:
        gone = rows(model, rng)
        left = np.setdiff1d(np.arange(len(model.tracks)), gone)
        vectors = model.space.vectors[model.space.usable][left]
        return [model.tracks[row] for row in left], vectors, {model.tracks[row] for row in gone}

    return fault


def duplicated(model: ModelUnderTest, rng: np.random.Generator) -> Broken:
    """Add a twentieth of the tracks again as radio edits, with almost the same vectors."""
    vectors = model.space.vectors[model.space.usable]
    chosen = rng.permutation(len(vectors))[: len(vectors) // 20]
    noise = rng.standard_normal((len(chosen), vectors.shape[1])) * 0.02 * vectors.std()
    new = [f"{model.tracks[row]} - Radio Edit" for row in chosen]
    return [*model.tracks, *new], np.vstack([vectors, vectors[chosen] + noise]).astype(np.float32), set(new)


def changed(how: Callable[[NDArray[np.float32], np.random.Generator], NDArray[np.floating]]) -> Callable[..., Broken]:
    """Return a change of all vectors."""

    def fault(model: ModelUnderTest, rng: np.random.Generator) -> Broken:
        vectors = model.space.vectors[model.space.usable]
        return list(model.tracks), np.asarray(how(vectors, rng), dtype=np.float32), set()

    return fault


def noise(vectors: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.floating]:
    """Add noise with the standard deviation of each dimension."""
    return np.asarray(vectors + rng.standard_normal(vectors.shape) * vectors.std(axis=0))


def eight_dimensions(vectors: NDArray[np.float32], _rng: np.random.Generator) -> NDArray[np.floating]:
    """Keep eight principal components."""
    mean = vectors.mean(axis=0)
    left, sizes, right = np.linalg.svd(vectors - mean, full_matrices=False)
    return np.asarray((left[:, :8] * sizes[:8]) @ right[:8] + mean)


def rotated(vectors: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.floating]:
    """Rotate and scale, which is harmless."""
    turn, _ = np.linalg.qr(rng.standard_normal((vectors.shape[1], vectors.shape[1])))
    return np.asarray(3 * vectors @ turn)


def quantised(vectors: NDArray[np.float32], _rng: np.random.Generator) -> NDArray[np.floating]:
    """Round to eight bits per number, which is harmless."""
    step = np.abs(vectors).max() / 127
    return np.asarray(np.round(vectors / step) * step)


SOUND: dict[str, Callable[..., Broken]] = {
    "as it is": changed(lambda vectors, _: vectors),
    "rotated": changed(rotated),
    "half precision": changed(lambda vectors, _: vectors.astype(np.float16)),
    "quantised": changed(quantised),
}
FAULTS: dict[str, Callable[..., Broken]] = {
    "1 % shuffled": shuffled(0.01),
    "2 % shuffled": shuffled(0.02),
    "5 % shuffled": shuffled(0.05),
    "all shuffled": shuffled(1.0),
    "all shifted": changed(lambda vectors, _: np.roll(vectors, 1, axis=0)),
    "shifted by name": shifted_by_name,
    "a tenth of another run": another_run,
    "genres swapped": genres_swapped,
    "a twentieth lost": without(lambda model, rng: rng.permutation(len(model.tracks))[: len(model.tracks) // 20]),
    "top ten lost": without(lambda model, _: np.argsort(-model.plays, kind="stable")[:10]),
    "copies": duplicated,
    "noise": changed(noise),
    "rank of eight": changed(eight_dimensions),
}


def main() -> None:
    """Print one line per comparison, and the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("champion", type=Path)
    parser.add_argument("playlists", type=Path)
    parser.add_argument("candidates", type=Path, nargs="+")
    parser.add_argument("--config", type=Path, default=Path("quality_checks.toml"))
    parser.add_argument("--sound-only", action="store_true")
    given = parser.parse_args()
    settings = load_config(given.config, given.config.name).settings
    _, champion = load_vectors(given.champion)
    compared = [each for each in check_ids(settings) if each.startswith("champion.")]
    failed: Counter[str] = Counter()
    for path in given.candidates:
        loaded = load(path, given.playlists)
        model = ModelUnderTest.configured(loaded.space, loaded.playlists, settings)
        for name, fault in (SOUND | ({} if given.sound_only else FAULTS)).items():
            keys, vectors, bad = fault(model, np.random.default_rng(0))
            evidence = evidence_of(EmbeddingSpace.of(keys, vectors), loaded.playlists, settings, champion)
            results = Engine(evidence, settings).evaluate(compared)
            failures = [result for result in results if result.fails_gate]
            warns = [result.id for result in results if result.outcome == "warned"]
            failed[name] += bool(failures)
            line = f"{path.stem:12} {name:24} {'failed' if failures else 'passed':8}"
            line += " ".join(f"{result.id}={result.value:.3g}" for result in failures)
            named = next((set(result.tracks) for result in failures if result.id == "champion.misplaced"), set())
            if "shuffled" in name and named and len(bad) < len(keys):
                often = {key for key in bad if model.plays[model.number_of[key]] >= 10}
                line += f"  precision {len(named & bad) / len(named):.2f}"
                if often:
                    line += f" recall {len(named & often) / len(often):.2f} of those played ten times or more"
            print(line, "warned: " + " ".join(warns) if warns else "", flush=True)
    print()
    for name, times in failed.items():
        print(f"{name:24} {'sound' if name in SOUND else 'fault':9} failed {times} of {len(given.candidates)}")


if __name__ == "__main__":
    main()
