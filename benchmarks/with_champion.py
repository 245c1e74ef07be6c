"""Measure the cost of the comparison: run the gate with and without a champion, alternating, in new processes.

python benchmarks/with_champion.py CANDIDATE.npz CHAMPION.npz PLAYLISTS.parquet --config quality_checks.toml
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

SUITE = Path(__file__).parent.parent / "quality_checks"


def seconds(arguments: list[str], champion: str, folder: str) -> float:
    """Run the gate once and return its duration."""
    command = [sys.executable, "-m", "pytest", str(SUITE), *arguments, f"--gate-champion={champion}"]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    took = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(done.stdout[-2000:] + done.stderr)
    return took


def main() -> None:
    """Print each pair and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("candidate", type=Path)
    parser.add_argument("champion", type=Path)
    parser.add_argument("playlists", type=Path)
    parser.add_argument("--config", type=Path, default=Path("quality_checks.toml"))
    parser.add_argument("--pairs", type=int, default=5)
    given = parser.parse_args()
    arguments = [
        f"--gate-vectors={given.candidate.resolve()}",
        f"--gate-playlists={given.playlists.resolve()}",
        f"--gate-config={given.config.resolve()}",
    ]
    without, with_champion = [], []
    with TemporaryDirectory() as folder:
        for number in range(given.pairs):
            without.append(seconds(arguments, "none", folder))
            with_champion.append(seconds(arguments, str(given.champion.resolve()), folder))
            ratio = with_champion[-1] / without[-1]
            print(
                f"pair {number + 1}: {without[-1]:.1f} s without, {with_champion[-1]:.1f} s with, ratio {ratio:.2f}",
                flush=True,
            )
    print(f"ratio of the medians: {median(with_champion) / median(without):.2f}")


if __name__ == "__main__":
    main()
