"""Measure the duration of the gate relative to the notebook that it replaces.

    python benchmarks/notebook.py --flow ModelingFlow            # in a folder with a Metaflow datastore
    python benchmarks/notebook.py --vectors v.kv --playlists p.parquet --config quality_checks.toml

The notebook loads the run, prints the neighbours of one track, tags the thousand most played tracks by playlist name,
computes a t-SNE map with perplexity 10 and 5,000 iterations, and plots it. Notebook and gate are started alternately,
each in a new process, on the same run; the result is the ratio of the medians. Use an environment that contains only
the project and its dependencies, because other pytest plugins take time too.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent


def notebook(arguments: argparse.Namespace) -> None:
    """Do what the notebook does, in this process."""
    import matplotlib as mpl

    mpl.use("Agg")
    import numpy as np
    import pandas as pd
    from matplotlib import pyplot as plt
    from sklearn.manifold import TSNE

    if arguments.flow:
        from metaflow import Flow, namespace

        namespace(None)
        run = Flow(arguments.flow).latest_successful_run
        vectors, frame = run.data.final_vectors, run.data.final_dataset
    else:
        from gensim.models import KeyedVectors

        vectors = KeyedVectors.load(arguments.vectors)
        frame = pd.read_parquet(arguments.playlists)
    print(len(vectors), vectors.most_similar(vectors.index_to_key[0], topn=10))
    top = [str(key) for key in vectors.index_to_key[:1000]]
    genre_of: dict[str, str] = {}
    for genre in ("rock", "rap", "country"):
        named = frame[frame.playlist_id.str.contains(genre)]
        for tracks in named.track_sequence:
            for track in tracks:
                genre_of.setdefault(track, genre)
    matrix = np.array([vectors[key] for key in top])
    places = TSNE(n_components=2, perplexity=10, max_iter=5000, random_state=0, init="random").fit_transform(matrix)
    figure, axes = plt.subplots(figsize=(12, 12))
    for label in ("rock", "rap", "country", "none"):
        rows = [row for row, key in enumerate(top) if genre_of.get(key, "none") == label]
        axes.scatter(places[rows, 0], places[rows, 1], label=label)
    axes.legend()
    figure.savefig(Path(tempfile.mkdtemp()) / "map.png")


def main() -> None:
    """Time the notebook and the gate, alternating."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--flow")
    parser.add_argument("--vectors")
    parser.add_argument("--playlists")
    parser.add_argument("--config", default=str(ROOT / "quality_checks.toml"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--as-notebook", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.flow and not (arguments.vectors and arguments.playlists):
        parser.error("set a model: --flow NAME, or --vectors FILE with --playlists FILE")
    if arguments.as_notebook:
        notebook(arguments)
        return
    source = (
        ["--flow", arguments.flow]
        if arguments.flow
        else ["--vectors", arguments.vectors, "--playlists", arguments.playlists]
    )
    gated = (
        [f"--gate-flow={arguments.flow}"]
        if arguments.flow
        else [
            f"--gate-vectors={arguments.vectors}",
            f"--gate-playlists={arguments.playlists}",
        ]
    )
    out = Path(tempfile.mkdtemp())
    commands = {
        "notebook": [sys.executable, __file__, "--as-notebook", *source],
        "gate": [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            str(ROOT / "quality_checks"),
            f"--gate-config={arguments.config}",
            f"--gate-verdict={out / 'verdict.json'}",
            f"--html={out / 'report.html'}",
            *gated,
        ],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    # a module is then compiled once and not at every run, as on a user's machine
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for number in range(1 + arguments.rounds):
        for name, command in commands.items():
            before = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
            if number:  # the first round compiles the package and warms the file cache
                seconds[name].append(time.perf_counter() - before)
            if name == "notebook" and done.returncode:
                sys.exit(done.stderr)
    for name, taken in seconds.items():
        print(f"{name:9} median {median(taken):6.1f} s   {[round(one, 1) for one in taken]}")
    print(f"ratio gate / notebook: {median(seconds['gate']) / median(seconds['notebook']):.2f}")


if __name__ == "__main__":
    main()
