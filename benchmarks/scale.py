"""Measure time and memory of a whole gate run on catalogues of up to a million tracks.

    python -m benchmarks.scale [TRACKS...] [--queries N]

Prints a row per size, by default 100,000, 300,000 and 1,000,000 tracks of 100 dimensions with 20 plays per track and
a champion. One process simulates the catalogue and writes it to files. A new one loads the files, evaluates all
checks, and renders report and verdict; it is measured. Nothing is trained; see `large_catalogue`.

CPU seconds count all threads. Peak memory is that of the measured process.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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
_NEW, _OLD, _PLAYLISTS = "new.kv", "old.kv", "playlists.parquet"


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


def measure(folder: Path, queries: int | None) -> Iterator[str]:
    """Yield the cells of a row: what was tested, seconds of each part, CPU seconds and peak memory."""
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
    parser.add_argument("--write", type=Path, help="only write the files of one size to this folder")
    parser.add_argument("--row", type=Path, help="only measure the files in this folder, and print the row")
    given = parser.parse_args()
    if given.write:
        write(given.tracks[0], given.write)
    elif given.row:
        print(f"| {' | '.join(measure(given.row, given.queries))} |")
    else:
        print("| tracks | plays | queries | load | evaluate | report | in all | CPU | peak memory | verdict |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        for tracks in given.tracks:
            sys.stdout.flush()
            again = [sys.executable, "-m", "benchmarks.scale", str(tracks)]
            again += [] if given.queries is None else ["--queries", str(given.queries)]
            with tempfile.TemporaryDirectory() as folder:
                subprocess.run([*again, "--write", folder], check=True)
                subprocess.run([*again, "--row", folder], check=True)


if __name__ == "__main__":
    main()
