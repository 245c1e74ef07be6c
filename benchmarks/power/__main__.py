"""Draw worlds, evaluate their candidates, and print which of them fail the gate.

    python -m benchmarks.power record DEVELOPMENT.jsonl --worlds 40
    python -m benchmarks.power record FINAL.jsonl --worlds 40 --final 1
    python -m benchmarks.power record REAL.jsonl --worlds 12 --playlists PLAYLISTS.parquet
    python -m benchmarks.power record WORDS.jsonl --worlds 12 --playlists words
    python -m benchmarks.power table FINAL.jsonl
    python -m benchmarks.power figure FINAL.jsonl --png docs/power.png
    python -m benchmarks.power peers PEERS.jsonl --worlds 40 --final 1 --png docs/peers.png

`peers` installs the peers (drift detectors of other projects), asks embedgate and each peer about each candidate of
the worlds that are not in the file yet, prints the table and writes the figure.

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
from typing import TYPE_CHECKING, Any

from benchmarks.power.figure import draw
from benchmarks.power.peers.environments import PEERS, Environment, NotInstalled
from benchmarks.power.peers.figure import draw as draw_peers
from benchmarks.power.peers.record import ask_about_world
from benchmarks.power.peers.table import table as table_of_peers
from benchmarks.power.real_lists import WORDS, RealWorld
from benchmarks.power.record import judge_world
from benchmarks.power.sets import WORLDS_PER_SET
from benchmarks.power.simulated import SimulatedWorld
from benchmarks.power.table import table, with_usual_warnings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from benchmarks.power.world import World


def main() -> int:
    """Record, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record")
    commands.add_parser("table").add_argument("files", type=Path, nargs="+")
    drawing = commands.add_parser("figure")
    drawing.add_argument("files", type=Path, nargs="+")
    drawing.add_argument("--png", type=Path, required=True)
    comparing = commands.add_parser("peers")
    comparing.add_argument("--environments", type=Path, default=Path(".venv/peers"), help="folder, kept")
    comparing.add_argument("--seconds", type=float, default=120, help="time limit per candidate and peer")
    comparing.add_argument("--png", type=Path)
    for command in (recording, comparing):
        command.add_argument("file", type=Path)
        command.add_argument("--worlds", type=int, default=40)
        command.add_argument("--final", type=int, default=0, help="number of a final set; 0: development set")
        command.add_argument("--jobs", type=int, default=2, help="number of processes")
        command.add_argument(
            "--playlists",
            metavar="FILE",
            help=f"draw worlds from a .parquet of playlists, or from a text corpus: {WORDS}; default: simulate them",
        )
        command.add_argument(
            "--separator", default="-", help="between artist and title in the keys of FILE; '' if they have no artist"
        )
    given = parser.parse_args()
    if given.command in ("record", "peers"):
        seeds = [given.final * WORLDS_PER_SET + number for number in range(given.worlds)]
        left = [seed for seed in seeds if seed not in {line.get("world") for line in _recorded(given.file)}]
        draw_world = _draw_from(given.playlists, given.separator)
        if given.command == "peers":
            peers(given.file, draw_world, left, given)
        else:
            record(given.file, left, partial(judge_world, draw_world), given.jobs)
    elif given.command == "table":
        print(table(_read(given.files)))
    else:
        draw(with_usual_warnings([line for line in _read(given.files) if "unsound" not in line]), given.png)
    return 0


def _draw_from(source: str | None, separator: str) -> Callable[[int], World]:
    """Return the function that draws a world from a seed."""
    if source is None:
        return SimulatedWorld.draw
    return partial(RealWorld.draw, source, "" if source == WORDS else separator)


def peers(file: Path, draw_world: Callable[[int], World], seeds: Sequence[int], given: argparse.Namespace) -> None:
    """Install the peers, record their answers, print the table and draw the figure."""
    if seeds:
        installed = _install(file, given.environments.resolve())
        ask = partial(ask_about_world, draw_world, environments=installed, seconds=given.seconds)
        record(file, seeds, ask, given.jobs)
    lines = _recorded(file)
    print(table_of_peers(lines))
    if given.png:
        draw_peers(lines, given.png)


def _install(file: Path, folder: Path) -> list[Environment]:
    """Return the environments of the peers that can be installed, and record versions and failures once."""
    known, installed = _recorded(file), []
    for peer in PEERS:
        environment = Environment(peer, folder / peer.name)
        line: dict[str, object] = {"peer": peer.name}
        try:
            line["versions"] = environment.prepare()
            installed.append(environment)
        except NotInstalled as error:
            line["missing"] = str(error)
        print(json.dumps(line), file=sys.stderr, flush=True)
        if line not in known:
            _write(file, [line])
    return installed


def record(file: Path, seeds: Sequence[int], judge: Callable[[int], list[dict[str, Any]]], jobs: int) -> None:
    """Judge worlds in several processes, and add the lines of each to a file."""
    started = perf_counter()
    # Word2Vec and OpenBLAS start threads, which a forked process would not have
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for number, future in enumerate(as_completed([pool.submit(judge, seed) for seed in seeds]), 1):
            _write(file, future.result())
            seconds = perf_counter() - started
            print(f"{number} of {len(seeds)} worlds, {seconds / 60:.1f} min", file=sys.stderr, flush=True)


def _recorded(file: Path) -> list[dict[str, Any]]:
    return _read([file]) if file.exists() else []


def _read(files: Iterable[Path]) -> list[dict[str, Any]]:
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def _write(file: Path, lines: Iterable[Mapping[str, object]]) -> None:
    with file.open("a", encoding="utf-8") as output:
        output.writelines(json.dumps(each) + "\n" for each in lines)


if __name__ == "__main__":
    sys.exit(main())
