"""Fifteen sound candidates and the accidents on four data sets: what does the whole gate stop?

    python -m benchmarks.sound_models --playlists PLAYLISTS.parquet --cache FOLDER [--only NAME] [--jobs N]

Each data set has a champion and candidates with five seeds, five orders of the playlists and five draws of 95 % of
them; none may be stopped. Each accident is made of the first candidate, and is to be stopped, unless the model is as
good as the sound ones by the process that made the data: where that process is known and a model passes, its true hit
rate is printed beside the lowest of the sound ones. A run is uncalibrated, of the whole suite, and a process of its
own. Trained vectors are kept in the cache: delete it to train anew.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.data_sets import CHAMPION, DATA_SETS, SOUND, DataSet, Recipe, trained
from benchmarks.retrains import ACCIDENTS
from embedgate.config import load_config
from embedgate.material.model import ModelUnderTest
from embedgate.sources.files import load

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A model to put through the gate.

    Attributes:
        kind: row of the table.
        vectors, playlists: files.
    """

    kind: str
    vectors: Path
    playlists: Path


@dataclass(frozen=True, slots=True)
class Seen:
    """Checks that stopped a model, and that warned; or why there is no verdict."""

    stopped: tuple[str, ...]
    warned: tuple[str, ...]


def gate(case: Case, config: Path, champion: Path) -> Seen:
    """Run the whole suite on a model, in a folder of its own."""
    with TemporaryDirectory() as folder:
        done = subprocess.run(
            [
                sys.executable, "-m", "pytest", "-q", str(ROOT / "quality_checks"), f"--gate-vectors={case.vectors}",
                f"--gate-playlists={case.playlists}", f"--gate-config={config}", f"--gate-champion={champion}",
            ],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        verdict = Path(folder) / "verdict.json"
        if not verdict.exists():
            return Seen((f"no verdict, exit status {done.returncode}: {done.stdout[-300:]}",), ())
        checks = json.loads(verdict.read_text(encoding="utf-8"))["checks"]
    stopped = [
        check
        for check in checks
        if check["outcome"] in ("failed", "error")
        or (check["outcome"] == "inconclusive" and check["severity"] == "fail")
    ]
    return Seen(
        tuple(_named(check) for check in stopped),
        tuple(_named(check) for check in checks if check["outcome"] == "warned"),
    )


def _named(check: dict[str, object]) -> str:
    value, outcome = check["value"], check["outcome"]
    shown = f"{value:.3g}" if isinstance(value, float) else "-"
    return f"{check['id']}={shown}" + (" (undecided)" if outcome == "inconclusive" else "")


def sound_cases(data: DataSet, cache: Path) -> Iterator[Case]:
    """Sound candidates, kind by kind."""
    for kind, recipes in SOUND.items():
        for recipe in recipes:
            vectors, playlists = trained(data, recipe, cache)
            yield Case(kind=kind, vectors=vectors, playlists=playlists)


def accident_cases(data: DataSet, config: Path, cache: Path, folder: Path) -> Iterator[Case]:
    """Accidents of the first candidate, then accidents of the training."""
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
    """Train what is missing, run the gate, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--playlists", type=Path, required=True, help="a parquet file of real playlists")
    parser.add_argument("--cache", type=Path, required=True, help="folder of trained vectors")
    parser.add_argument("--only", choices=list(DATA_SETS), action="append", help="a data set; left out: all four")
    parser.add_argument("--sound-only", action="store_true")
    parser.add_argument("--jobs", type=int, default=2, help="gate runs at once")
    given = parser.parse_args()
    cache = given.cache.resolve()
    stopped_sound = 0
    for name in given.only or DATA_SETS:
        data = DATA_SETS[name](given.playlists)
        champion, _ = trained(data, CHAMPION, cache)
        config = cache / name / "quality_checks.toml"
        config.write_text(data.config, encoding="utf-8")
        with TemporaryDirectory() as made, ThreadPoolExecutor(given.jobs) as pool:
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
    """Say of each accident that passed what an oracle says, where there is one."""
    if data.co_play_probability is None or not missed:
        return {}
    lowest = min(data.expected_hit_rate(case.vectors) for case in sound)
    return {
        case.kind: f"; true hit rate {data.expected_hit_rate(case.vectors):.3f}, of sound ones {lowest:.3f} or more"
        for case in missed
    }


def _print_sound(cases: list[Case], seen: list[Seen]) -> int:
    """Print a line a kind; return how many candidates were stopped."""
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
