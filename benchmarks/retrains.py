"""Compare sound retrains and faulty models with a champion, and show which check fails for which model.

    python -m benchmarks.retrains CHAMPION.npz PLAYLISTS.parquet CANDIDATE.npz...

Each candidate is compared unchanged and after harmless changes, all of which have to pass, and with each fault, which
has to fail the gate. The last lines count how many candidates failed.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from embedgate.checks.registry import check_ids
from embedgate.config.file import load_config
from embedgate.engine import Engine, evidence_of
from embedgate.faults import FaultyModel, corrupted, harmless, misaligned, vocabulary
from embedgate.faults.fault import replaced, usable_vectors
from embedgate.material.model import ModelUnderTest
from embedgate.sources.files import load, load_vectors

Injection = Callable[[ModelUnderTest, np.random.Generator], FaultyModel | None]


def at(
    severity: float, change: Callable[[ModelUnderTest, float, np.random.Generator], FaultyModel | None]
) -> Injection:
    """Return a fault of `embedgate.faults` at one severity."""
    return lambda model, rng: change(model, severity, rng)


def shifted_by_name(model: ModelUnderTest, _rng: np.random.Generator) -> FaultyModel:
    """Shift the vectors by one key in alphabetical order, mostly within an artist."""
    order = np.array(sorted(range(len(model.tracks)), key=lambda track: model.tracks[track]))
    return replaced(model, order, usable_vectors(model)[np.roll(order, 1)])


def genres_swapped(model: ModelUnderTest, rng: np.random.Generator) -> FaultyModel:
    """Exchange the vectors of the two largest genres, as many as the smaller one has."""
    first, second = np.argsort(-model.tags.tracks, kind="stable")[:2]
    one, other = (rng.permutation(np.flatnonzero(model.tags.codes == genre)) for genre in (first, second))
    size = min(len(one), len(other))
    there, back = np.concatenate([one[:size], other[:size]]), np.concatenate([other[:size], one[:size]])
    return replaced(model, there, usable_vectors(model)[back])


def eight_dimensions(model: ModelUnderTest, rng: np.random.Generator) -> FaultyModel:
    """Keep eight principal components."""
    return corrupted.rank_truncated(model, 1 - 8 / model.space.dimensions, rng)


SOUND: dict[str, Injection] = {
    "as it is": at(0.0, corrupted.noise),
    "rotated": at(1.0, harmless.rotated),
    "half precision": at(1.0, harmless.half_precision),
    "quantised": at(1.0, harmless.eight_bits),
}
FAULTS: dict[str, Injection] = {
    "1 % shuffled": at(0.01, misaligned.keys_shuffled),
    "2 % shuffled": at(0.02, misaligned.keys_shuffled),
    "5 % shuffled": at(0.05, misaligned.keys_shuffled),
    "all shuffled": at(1.0, misaligned.keys_shuffled),
    "all shifted": at(1.0, misaligned.rows_shifted),
    "shifted by name": shifted_by_name,
    "a tenth of another run": at(0.1, misaligned.rows_of_another_run),
    "genres swapped": genres_swapped,
    "a twentieth lost": at(0.05, vocabulary.tracks_lost),
    "top ten lost": at(10, vocabulary.most_played_lost),
    "copies": at(0.05, vocabulary.duplicates_added),
    "noise": at(1.0, corrupted.noise),
    "rank of eight": eight_dimensions,
}


def injected(fault: Injection, model: ModelUnderTest) -> FaultyModel:
    """Return a model after a fault, with a fixed seed.

    Raises:
        ValueError: if the model has no tracks that the fault could affect.
    """
    found = fault(model, np.random.default_rng(0))
    if found is None:
        raise ValueError("the model has no tracks that the fault could affect")
    return found


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
            faulty = injected(fault, model)
            bad = faulty.affected
            evidence = evidence_of(faulty.space, loaded.playlists, settings, champion)
            results = Engine(evidence, settings).evaluate(compared)
            failures = [result for result in results if result.fails_gate]
            warns = [result.id for result in results if result.outcome == "warned"]
            failed[name] += bool(failures)
            line = f"{path.stem:12} {name:24} {'failed' if failures else 'passed':8}"
            line += " ".join(f"{result.id}={result.value:.3g}" for result in failures)
            named = next((set(result.tracks) for result in failures if result.id == "champion.misplaced"), set())
            if "shuffled" in name and named and len(bad) < len(faulty.space):
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
