"""Evaluate sound candidates and faulty models on four data sets, and show which of them fail the gate.

    python -m benchmarks.sound_models --playlists PLAYLISTS.parquet --cache FOLDER [--only NAME] [--jobs N]

Each data set has a champion and fifteen sound candidates (five seeds, five orders of the playlists, five draws of
95 % of the playlists), none of which may fail. Each fault is injected into the first candidate, and the faulty model
has to fail, unless the process that generated the data is known and the faulty model is as good as the sound
candidates under that process. If a faulty model passes, its expected hit rate is therefore printed beside the lowest
of the sound candidates. All checks are evaluated without calibration. Trained vectors are kept in the cache:
delete it to train again.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

import embedgate
from benchmarks.data_sets import CHAMPION, DATA_SETS, SOUND, DataSet, Recipe, trained
from benchmarks.retrains import FAULTS, injected
from embedgate.config.file import load_config
from embedgate.material.model import ModelUnderTest
from embedgate.sources.files import load

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A model to evaluate.

    Attributes:
        kind: row of the table.
        vectors, playlists: files.
    """

    kind: str
    vectors: Path
    playlists: Path


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The checks of a model that failed and those that warned, with their values."""

    failed: tuple[str, ...]
    warned: tuple[str, ...]


def gate(case: Case, config: Path, champion: Path) -> Evaluation:
    """Evaluate all checks of a model."""
    model = embedgate.load_files(case.vectors, case.playlists)
    verdict = embedgate.evaluate(model, config=config, champion=embedgate.load_files(champion, case.playlists))
    warned = [check for check in verdict.checks if check.outcome == "warned"]
    return Evaluation(tuple(map(_named, verdict.failures)), tuple(map(_named, warned)))


def _named(check: embedgate.CheckResult) -> str:
    value = "-" if check.value is None else f"{check.value:.3g}"
    return f"{check.id}={value}" + (" (undecided)" if check.outcome == "inconclusive" else "")


def sound_cases(data: DataSet, cache: Path) -> Iterator[Case]:
    """Yield the sound candidates, kind by kind."""
    for kind, recipes in SOUND.items():
        for recipe in recipes:
            vectors, playlists = trained(data, recipe, cache)
            yield Case(kind=kind, vectors=vectors, playlists=playlists)


def fault_cases(data: DataSet, config: Path, cache: Path, folder: Path) -> Iterator[Case]:
    """Yield faulty versions of the first candidate, then models with a fault in the training."""
    vectors, playlists = trained(data, SOUND["seed"][0], cache)
    loaded = load(vectors, playlists)
    settings = load_config(config, config.name).settings
    model = ModelUnderTest.configured(loaded.space, loaded.playlists, settings)
    for name, fault in FAULTS.items():
        space = injected(fault, model).space
        path = folder / f"{name.replace(' ', '-').replace('%', 'percent')}.npz"
        np.savez(path, keys=np.array(space.keys), vectors=space.vectors)
        yield Case(kind=name, vectors=path, playlists=playlists)
    for genre in list(data.genres)[:2]:
        recipe = Recipe(seed=2, without=genre)
        yield Case(
            kind=f"without the playlists of {genre}", vectors=trained(data, recipe, cache)[0], playlists=playlists
        )
    recipe = Recipe(seed=2, one_epoch=True)
    yield Case(kind="one epoch", vectors=trained(data, recipe, cache)[0], playlists=playlists)


def main() -> None:
    """Train missing models, evaluate all models, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--playlists", type=Path, required=True, help="a parquet file of real playlists")
    parser.add_argument("--cache", type=Path, required=True, help="folder of trained vectors")
    parser.add_argument("--only", choices=list(DATA_SETS), action="append", help="a data set (default: all four)")
    parser.add_argument("--sound-only", action="store_true")
    parser.add_argument("--jobs", type=int, default=2, help="number of processes")
    given = parser.parse_args()
    cache = given.cache.resolve()
    failed_sound = 0
    for name in given.only or DATA_SETS:
        data = DATA_SETS[name](given.playlists)
        champion, _ = trained(data, CHAMPION, cache)
        config = cache / name / "quality_checks.toml"
        config.write_text(data.config, encoding="utf-8")
        with TemporaryDirectory() as made, ProcessPoolExecutor(given.jobs) as pool:
            sound = list(sound_cases(data, cache))
            faulty = [] if given.sound_only else list(fault_cases(data, config, cache, Path(made)))
            seen = list(pool.map(partial(gate, config=config, champion=champion), [*sound, *faulty]))
            missed = [case for case, one in zip(faulty, seen[len(sound) :], strict=True) if not one.failed]
            truth = _truth(data, sound, missed)
        print(f"\n## {name}\n", flush=True)
        failed_sound += _print_sound(sound, seen[: len(sound)])
        for case, one in zip(faulty, seen[len(sound) :], strict=True):
            more = f" and {len(one.failed) - _SHOWN} more" if len(one.failed) > _SHOWN else ""
            what = f"failed: {', '.join(one.failed[:_SHOWN])}{more}" if one.failed else "passed"
            warned = f"; warned: {', '.join(one.warned)}" if one.warned and not one.failed else ""
            print(f"{case.kind:32} {what}{warned}{truth.get(case.kind, '')}", flush=True)
    print(f"\n{failed_sound} sound candidates failed")
    sys.exit(1 if failed_sound else 0)


def _truth(data: DataSet, sound: list[Case], missed: list[Case]) -> dict[str, str]:
    """Return the expected hit rate of each faulty model that passed, if the generating process is known."""
    if data.co_play_probability is None or not missed:
        return {}
    lowest = min(data.expected_hit_rate(case.vectors) for case in sound)
    return {
        case.kind: f"; expected hit rate {data.expected_hit_rate(case.vectors):.3f}, sound candidates >= {lowest:.3f}"
        for case in missed
    }


def _print_sound(cases: list[Case], seen: list[Evaluation]) -> int:
    """Print one line per kind; return how many candidates failed."""
    for kind in SOUND:
        of_kind = [one for case, one in zip(cases, seen, strict=True) if case.kind == kind]
        failed = [one for one in of_kind if one.failed]
        print(f"sound, other {kind}: {len(failed)} of {len(of_kind)} failed")
        for one in failed:
            print(f"    failed: {', '.join(one.failed)}")
        warned = Counter(each.partition("=")[0] for one in of_kind for each in one.warned)
        if warned:
            print(f"    warned: {', '.join(f'{check} {times}x' for check, times in warned.most_common())}")
    return sum(bool(one.failed) for one in seen)


if __name__ == "__main__":
    main()
