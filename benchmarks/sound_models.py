"""Sound candidates and faults on four data sets: what does the gate stop?

    python -m benchmarks.sound_models --playlists PLAYLISTS.parquet --cache FOLDER [--only NAME] [--jobs N]

Each data set has a champion and fifteen sound candidates (five seeds, five orders of the playlists, five draws of
95 % of the playlists), none of which may be stopped. Each fault is injected into the first candidate and has to be
stopped, unless the process that generated the data is known and the faulty model is as good as the sound ones by that
process: if a faulty model passes, its expected hit rate is printed beside the lowest of the sound candidates. All
checks are evaluated, uncalibrated. Trained vectors are kept in the cache: delete it to train again.
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
from benchmarks.retrains import ACCIDENTS
from embedgate.config import load_config
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
class Seen:
    """The checks that stopped a model, and those that warned, with their values."""

    stopped: tuple[str, ...]
    warned: tuple[str, ...]


def gate(case: Case, config: Path, champion: Path) -> Seen:
    """Evaluate all checks of a model."""
    model = embedgate.load_files(case.vectors, case.playlists)
    verdict = embedgate.evaluate(model, config=config, champion=embedgate.load_files(champion, case.playlists))
    warned = [check for check in verdict.checks if check.outcome == "warned"]
    return Seen(tuple(map(_named, verdict.failures)), tuple(map(_named, warned)))


def _named(check: embedgate.CheckResult) -> str:
    value = "-" if check.value is None else f"{check.value:.3g}"
    return f"{check.id}={value}" + (" (undecided)" if check.outcome == "inconclusive" else "")


def sound_cases(data: DataSet, cache: Path) -> Iterator[Case]:
    """Sound candidates, kind by kind."""
    for kind, recipes in SOUND.items():
        for recipe in recipes:
            vectors, playlists = trained(data, recipe, cache)
            yield Case(kind=kind, vectors=vectors, playlists=playlists)


def accident_cases(data: DataSet, config: Path, cache: Path, folder: Path) -> Iterator[Case]:
    """Faults of the first candidate, then faults of the training."""
    vectors, playlists = trained(data, SOUND["seed"][0], cache)
    loaded = load(vectors, playlists)
    settings = load_config(config, config.name).settings
    model = ModelUnderTest.configured(loaded.space, loaded.playlists, settings)
    for name, accident in ACCIDENTS.items():
        keys, broken, _ = accident(model, np.random.default_rng(0))
        path = folder / f"{name.replace(' ', '-').replace('%', 'percent')}.npz"
        np.savez(path, keys=np.array(keys), vectors=broken)
        yield Case(kind=name, vectors=path, playlists=playlists)
    for genre in list(data.genres)[:2]:
        recipe = Recipe(seed=2, without=genre)
        yield Case(
            kind=f"without the playlists of {genre}", vectors=trained(data, recipe, cache)[0], playlists=playlists
        )
    recipe = Recipe(seed=2, one_epoch=True)
    yield Case(kind="one epoch", vectors=trained(data, recipe, cache)[0], playlists=playlists)


def main() -> None:
    """Train what is missing, evaluate, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--playlists", type=Path, required=True, help="a parquet file of real playlists")
    parser.add_argument("--cache", type=Path, required=True, help="folder of trained vectors")
    parser.add_argument("--only", choices=list(DATA_SETS), action="append", help="a data set (default: all four)")
    parser.add_argument("--sound-only", action="store_true")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    given = parser.parse_args()
    cache = given.cache.resolve()
    stopped_sound = 0
    for name in given.only or DATA_SETS:
        data = DATA_SETS[name](given.playlists)
        champion, _ = trained(data, CHAMPION, cache)
        config = cache / name / "quality_checks.toml"
        config.write_text(data.config, encoding="utf-8")
        with TemporaryDirectory() as made, ProcessPoolExecutor(given.jobs) as pool:
            sound = list(sound_cases(data, cache))
            accidents = [] if given.sound_only else list(accident_cases(data, config, cache, Path(made)))
            seen = list(pool.map(partial(gate, config=config, champion=champion), [*sound, *accidents]))
            missed = [case for case, one in zip(accidents, seen[len(sound) :], strict=True) if not one.stopped]
            truth = _truth(data, sound, missed)
        print(f"\n## {name}\n", flush=True)
        stopped_sound += _print_sound(sound, seen[: len(sound)])
        for case, one in zip(accidents, seen[len(sound) :], strict=True):
            more = f" and {len(one.stopped) - _SHOWN} more" if len(one.stopped) > _SHOWN else ""
            what = f"stopped: {', '.join(one.stopped[:_SHOWN])}{more}" if one.stopped else "passed"
            warned = f"; warned: {', '.join(one.warned)}" if one.warned and not one.stopped else ""
            print(f"{case.kind:32} {what}{warned}{truth.get(case.kind, '')}", flush=True)
    print(f"\n{stopped_sound} sound candidates were stopped")
    sys.exit(1 if stopped_sound else 0)


def _truth(data: DataSet, sound: list[Case], missed: list[Case]) -> dict[str, str]:
    """Return the expected hit rate of each faulty model that passed, if the generating process is known."""
    if data.co_play_probability is None or not missed:
        return {}
    lowest = min(data.expected_hit_rate(case.vectors) for case in sound)
    return {
        case.kind: f"; expected hit rate {data.expected_hit_rate(case.vectors):.3f}, sound candidates >= {lowest:.3f}"
        for case in missed
    }


def _print_sound(cases: list[Case], seen: list[Seen]) -> int:
    """Print one line a kind; return how many candidates were stopped."""
    for kind in SOUND:
        of_kind = [one for case, one in zip(cases, seen, strict=True) if case.kind == kind]
        stopped = [one for one in of_kind if one.stopped]
        print(f"sound, other {kind}: {len(stopped)} of {len(of_kind)} stopped")
        for one in stopped:
            print(f"    stopped by {', '.join(one.stopped)}")
        warned = Counter(each.partition("=")[0] for one in of_kind for each in one.warned)
        if warned:
            print(f"    warned: {', '.join(f'{check} {times}x' for check, times in warned.most_common())}")
    return sum(bool(one.stopped) for one in seen)


if __name__ == "__main__":
    main()
