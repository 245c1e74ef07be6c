"""Measure the time that embedgate adds to pytest in a project that does not use it.

    python benchmarks/startup_cost.py [--python PYTHON] [--runs 21]

Two trivial tests are run with and without the plugin, alternating. Use the Python of an environment with an installed
wheel, as in other projects: an editable install is slower to import.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

LIMIT = 0.020
"""Seconds that the plugin may add."""
TESTS = "def test_one(): pass\n\n\ndef test_two(): pass\n"


def seconds(python: str, folder: str, *arguments: str) -> float:
    """Run the tests once and return the duration."""
    started = time.perf_counter()
    done = subprocess.run(
        [python, "-m", "pytest", "-q", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return took


def main() -> int:
    """Print both medians and their difference; return 1 if it is more than 20 ms."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="Python of the environment with the wheel")
    parser.add_argument("--runs", type=int, default=21, help="number of runs with and without (default: 21)")
    given = parser.parse_args()
    with_plugin, without = [], []
    with TemporaryDirectory() as folder:
        (Path(folder) / "test_trivial.py").write_text(TESTS, encoding="utf-8")
        for number in range(1 + given.runs):
            pair = seconds(given.python, folder), seconds(given.python, folder, "-p", "no:embedgate")
            if number:  # the first pair compiles the package and warms the file cache
                with_plugin.append(pair[0])
                without.append(pair[1])
    added = median(with_plugin) - median(without)
    print(f"with embedgate {median(with_plugin):.3f} s, without {median(without):.3f} s (medians of {given.runs})")
    print(f"added {1000 * added:+.0f} ms, expected <= {1000 * LIMIT:.0f} ms")
    return int(added > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
