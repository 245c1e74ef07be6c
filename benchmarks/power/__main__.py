"""Draw worlds, evaluate their candidates, and print which of them fail the gate.

    python -m benchmarks.power record DEVELOPMENT.jsonl --worlds 40
    python -m benchmarks.power record FINAL.jsonl --worlds 40 --final 1
    python -m benchmarks.power record REAL.jsonl --worlds 12 --playlists PLAYLISTS.parquet
    python -m benchmarks.power record WORDS.jsonl --worlds 12 --playlists words
    python -m benchmarks.power table FINAL.jsonl
    python -m benchmarks.power figure FINAL.jsonl --png docs/power.png

An interrupted recording is continued. The worlds of a final set differ from those of the development set: look at a
final set only once, when nothing is left to change.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.power.figure import draw
from benchmarks.power.real_lists import WORDS, RealWorld
from benchmarks.power.record import judge_world
from benchmarks.power.simulated import SimulatedWorld
from benchmarks.power.table import table, with_usual_warnings

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.power.world import World

_SETS = 1_000_000


def main() -> int:
    """Record, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record")
    recording.add_argument("file", type=Path)
    recording.add_argument("--worlds", type=int, default=40)
    recording.add_argument("--final", type=int, default=0, help="number of a final set; 0: development set")
    recording.add_argument("--jobs", type=int, default=2, help="number of processes")
    recording.add_argument(
        "--playlists",
        metavar="FILE",
        help=f"draw worlds from a .parquet of playlists, or from a text corpus: {WORDS}; default: simulate them",
    )
    recording.add_argument(
        "--separator", default="-", help="between artist and title in the keys of FILE; '' if they have no artist"
    )
    commands.add_parser("table").add_argument("files", type=Path, nargs="+")
    drawing = commands.add_parser("figure")
    drawing.add_argument("files", type=Path, nargs="+")
    drawing.add_argument("--png", type=Path, required=True)
    given = parser.parse_args()
    if given.command == "record":
        seeds = [given.final * _SETS + number for number in range(given.worlds)]
        record(given.file, _draw_from(given.playlists, given.separator), seeds, given.jobs)
        return 0
    lines = [json.loads(line) for file in given.files for line in file.read_text(encoding="utf-8").splitlines()]
    if given.command == "table":
        print(table(lines))
    else:
        draw(with_usual_warnings([line for line in lines if "unsound" not in line]), given.png)
    return 0


def _draw_from(source: str | None, separator: str) -> Callable[[int], World]:
    """Return the function that draws a world from a seed."""
    if source is None:
        return SimulatedWorld.draw
    return partial(RealWorld.draw, source, "" if source == WORDS else separator)


def record(file: Path, draw_world: Callable[[int], World], seeds: list[int], jobs: int) -> None:
    """Evaluate the worlds that are not in a file yet, and add a line per candidate."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    done = {json.loads(line)["world"] for line in lines}
    left, started = [seed for seed in seeds if seed not in done], perf_counter()
    # Word2Vec and OpenBLAS start threads, which a forked process would not have
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for number, future in enumerate(
            as_completed([pool.submit(judge_world, draw_world, seed) for seed in left]), 1
        ):
            found = future.result()
            with file.open("a", encoding="utf-8") as output:
                output.writelines(json.dumps(each) + "\n" for each in found)
            seconds = perf_counter() - started
            print(f"{number} of {len(left)} worlds, {seconds / 60:.1f} min", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
