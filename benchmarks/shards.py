"""Compare the verdicts of the gate in pytest and as a flow, with several numbers of shards.

    python -m benchmarks.shards --flow ModelingFlow                    # in a folder with a Metaflow datastore
    python -m benchmarks.shards --flow WordVectorsFlow --shards 1 3    # after runs of benchmarks/word_vectors_flow.py

Prints a row per gate: the verdict, how many of its checks have another outcome than in pytest, the largest relative
difference of a value, an interval or a bound, and the seconds. Nothing is promoted.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
_RUN = re.compile(r"Workflow starting \(run-id (\d+)")


def in_pytest(flow: str, *options: str) -> dict[str, Any]:
    """Return the content of verdict.json."""
    with tempfile.TemporaryDirectory() as folder:
        verdict, report = Path(folder, "verdict.json"), Path(folder, "report.html")
        outputs = [f"--gate-verdict={verdict}", f"--html={report}"]
        _run("-m", "pytest", "-q", ROOT / "quality_checks", f"--gate-flow={flow}", *outputs, *options)
        return dict(json.loads(verdict.read_text(encoding="utf-8")))


def as_flow(flow: str, shards: int, *options: str) -> dict[str, Any]:
    """Return the artifact `verdict` of a run of the gate's flow."""
    script = ROOT / "flows" / "quality_gate_flow.py"
    output = _run(script, "--no-pylint", "run", "--flow", flow, "--shards", str(shards), *options)
    found = _RUN.search(output)
    if not found:
        raise SystemExit(output)
    show = "namespace(None); print(json.dumps(Run(sys.argv[1]).data.verdict))"
    code = f"import json, sys; from metaflow import Run, namespace; {show}"
    return dict(json.loads(_run("-c", code, f"QualityGateFlow/{found[1]}").splitlines()[-1]))


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[int, float]:
    """Return how many checks have another outcome, and the largest relative difference of their numbers."""
    checks, others = ({check["id"]: check for check in each["checks"]} for each in (one, other))
    outcomes = sum(checks.get(name, {}).get("outcome") != check["outcome"] for name, check in others.items())
    outcomes += len(checks.keys() - others.keys())
    pairs = [
        pair
        for name in checks.keys() & others.keys()
        for pair in zip(_numbers(checks[name]), _numbers(others[name]), strict=True)
    ]
    return outcomes, max((_difference(*pair) for pair in pairs), default=0.0)


def _numbers(check: Mapping[str, Any]) -> tuple[float | None, ...]:
    bound = check["bound"] or {}
    return check["value"], *(check["ci"] or (None, None)), bound.get("at_least"), bound.get("at_most")


def _difference(one: float | None, other: float | None) -> float:
    if one is None or other is None:
        return 0.0 if one is other else math.inf
    return abs(one - other) / max(1.0, abs(one), abs(other))


def _run(*command: str | Path) -> str:
    environment = {"METAFLOW_USER": "benchmark", **os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    done = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shards", description=__doc__)
    parser.add_argument("--flow", required=True)
    parser.add_argument("--champion", help="as for the gate; default: the run tagged `champion`")
    parser.add_argument("--config", type=Path, help="quality_checks.toml; default: that of the working directory")
    parser.add_argument("--shards", type=int, nargs="+", default=[1, 3, 8])
    chosen = parser.parse_args(arguments)
    options = {"champion": chosen.champion, "config": chosen.config}
    given = {name: str(value) for name, value in options.items() if value is not None}
    began = time.perf_counter()
    first = in_pytest(chosen.flow, *(f"--gate-{name}={value}" for name, value in given.items()))
    print("| gate | verdict | checks | other outcomes | largest difference | seconds |")
    print("| --- | --- | --- | --- | --- | --- |")
    print(f"| pytest | {first['verdict']} | {len(first['checks'])} | – | – | {time.perf_counter() - began:.0f} |")
    for shards in chosen.shards:
        began = time.perf_counter()
        found = as_flow(
            chosen.flow, shards, *(part for name, value in given.items() for part in (f"--{name}", value))
        )
        outcomes, largest = differences(first, found)
        print(
            f"| flow, {shards} shards | {found['verdict']} | {len(found['checks'])} | {outcomes} | {largest:.1g} | "
            f"{time.perf_counter() - began:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
