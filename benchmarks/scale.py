"""Measure time and memory of a whole gate run on catalogues of up to a million tracks.

    python -m benchmarks.scale [TRACKS...] [--queries N] [--png FILE]

Prints a row per size, by default 100,000, 300,000 and 1,000,000 tracks of 100 dimensions with 20 plays per track and
a champion. One process simulates the catalogue and writes it to files. A new one loads the files, evaluates all
checks, and renders report and verdict; it is measured. Nothing is trained; see `large_catalogue`.

CPU seconds count all threads. Peak memory is that of the measured process. `--png` draws its resident memory over
time (Linux only).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DIMENSIONS = 100
PLAYS = 20  # per track
CONFIG = {
    "model": {
        "playlists_role": "held_out",
        "track_separator": "-",
        "columns": {"user_separator": "-"},
    },
    "genres": {genre: [genre] for genre in ("rock", "metal", "pop", "rap", "country", "jazz", "classical", "latin")},
}
_NEW, _OLD, _PLAYLISTS, _CURVE = "new.kv", "old.kv", "playlists.parquet", "curve.json"
_PARTS = ("load", "evaluate", "report")
_EVERY = 0.1  # seconds between two readings of the memory


def write(tracks: int, folder: Path) -> None:
    """Simulate a catalogue, and write a candidate, a champion and the playlists."""
    import pyarrow as pa
    from gensim.models import KeyedVectors
    from pyarrow import parquet

    from benchmarks.large_catalogue import simulate

    made = simulate(tracks, plays=PLAYS * tracks, dimensions=DIMENSIONS)
    keys = made.keys.to_pylist()
    for name, training in ((_NEW, 1), (_OLD, 0)):
        model = KeyedVectors(DIMENSIONS)
        model.index_to_key, model.key_to_index = keys, {key: row for row, key in enumerate(keys)}
        model.vectors = made.vectors(training)
        model.save(str(folder / name), sep_limit=0)
    parquet.write_table(pa.Table.from_pandas(made.playlists(), preserve_index=False), folder / _PLAYLISTS)


class MemoryCurve:
    """Reads the resident memory of this process regularly, from its start until `stop`."""

    def __init__(self) -> None:
        self.readings: list[tuple[float, float]] = []
        self._started, self._stopped = time.perf_counter(), threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def stop(self) -> list[tuple[float, float]]:
        """Return seconds and bytes of each reading."""
        self._stopped.set()
        self._thread.join()
        return self.readings

    def _read(self) -> None:
        statistics = Path("/proc/self/statm")
        while not self._stopped.wait(_EVERY):
            resident = int(statistics.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
            self.readings.append((time.perf_counter() - self._started, resident))


def draw(curves: Sequence[dict[str, list[float]]], png: Path) -> None:
    """Draw the memory of each size over time, with a mark at the end of each part."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for curve in curves:
        seconds, gigabytes = curve["seconds"], [each / 1e9 for each in curve["bytes"]]
        (line,) = axes.plot(seconds, gigabytes)
        axes.text(seconds[-1], gigabytes[-1], f" {curve['tracks'][0]:,.0f} tracks", va="center")
        for part, end in zip(_PARTS, curve["ends"], strict=True):
            height = next((each for at, each in zip(seconds, gigabytes, strict=True) if at >= end), gigabytes[-1])
            axes.plot([end], [height], marker="o", color=line.get_color())
            if curve is curves[-1] and part != _PARTS[-1]:
                axes.text(end, height, f"{part} ends  ", ha="right", va="bottom")
    axes.set(xlabel="seconds", ylabel="resident memory in GB", ylim=(0, None))
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.15)
    figure.savefig(png, dpi=140)


def measure(folder: Path, queries: int | None, *, draws: bool) -> Iterator[str]:
    """Yield the cells of a row: what was tested, seconds of each part, CPU seconds and peak memory.

    If `draws` is set, the memory over time is written to the folder.
    """
    curve = MemoryCurve() if draws else None
    import embedgate
    from embedgate.sources.files import load_vectors

    config = CONFIG | ({"sampling": {"queries": queries}} if queries else {})
    started, parts = time.perf_counter(), []
    tested = embedgate.load_files(folder / _NEW, folder / _PLAYLISTS)
    _, champion = load_vectors(folder / _OLD)
    parts.append(time.perf_counter())
    verdict = embedgate.evaluate(tested, config=config, champion=champion)
    parts.append(time.perf_counter())
    page = verdict.to_html()
    record = json.loads(verdict.to_json())
    parts.append(time.perf_counter())
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
    if curve is not None:
        seconds, resident = zip(*curve.stop(), strict=True)
        ends = [end - started for end in parts]
        found = {"tracks": [len(tested.space)], "seconds": seconds, "bytes": resident, "ends": ends}
        (folder / _CURVE).write_text(json.dumps(found), encoding="utf-8")
    if not (page and record["checks"]):
        raise SystemExit("the report or the verdict is empty")
    yield f"{len(tested.space):,}"
    yield f"{len(tested.playlists.plays):,}"
    yield f"{record['sampled']['queries']:,}" if "sampled" in record else "all"
    for before, after in zip([started, *parts], parts, strict=False):
        yield f"{after - before:.0f} s"
    yield f"{parts[-1] - started:.0f} s"
    yield f"{cpu:.0f} s"
    yield f"{peak / 1e9:.2f} GB"
    yield verdict.outcome


def main() -> None:
    """Print a row per size, each measured in a new process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tracks", type=int, nargs="*", default=[100_000, 300_000, 1_000_000])
    parser.add_argument("--queries", type=int, help="[sampling] queries (default: that of embedgate)")
    parser.add_argument("--png", type=Path, help="a figure of the memory over time")
    parser.add_argument("--write", type=Path, help="only write the files of one size to this folder")
    parser.add_argument("--row", type=Path, help="only measure the files in this folder, and print the row")
    given = parser.parse_args()
    if given.write:
        write(given.tracks[0], given.write)
    elif given.row:
        print(f"| {' | '.join(measure(given.row, given.queries, draws=given.png is not None))} |")
    else:
        print("| tracks | plays | queries | load | evaluate | report | in all | CPU | peak memory | verdict |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        curves = []
        for tracks in given.tracks:
            sys.stdout.flush()
            again = [sys.executable, "-m", "benchmarks.scale", str(tracks)]
            again += [] if given.queries is None else ["--queries", str(given.queries)]
            again += [] if given.png is None else ["--png", str(given.png)]
            with tempfile.TemporaryDirectory() as folder:
                subprocess.run([*again, "--write", folder], check=True)
                subprocess.run([*again, "--row", folder], check=True)
                if given.png is not None:
                    curves.append(json.loads(Path(folder, _CURVE).read_text(encoding="utf-8")))
        if curves:
            draw(curves, given.png)


if __name__ == "__main__":
    main()
