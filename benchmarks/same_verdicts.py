"""Record the gate's verdicts before and after a change of the code, and compare them.

    python -m benchmarks.same_verdicts record BEFORE --playlists PLAYLISTS.parquet --inputs INPUTS
    python -m benchmarks.same_verdicts record AFTER --playlists PLAYLISTS.parquet --inputs INPUTS --checkout PATH
    python -m benchmarks.same_verdicts compare BEFORE AFTER

A recording has one file per gate run, with exit status, verdict and lists. The first recording creates the inputs. Do
not move them afterwards, because Metaflow stores absolute paths. The comparison covers outcomes, severities, values,
intervals, bounds, counts, offending tracks and lists. It ignores what differs between two runs of the same code
(times, paths, versions) and the wording of messages.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import shutil
import subprocess
import sys
import time
from math import isclose
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.gate_cases import INPUTS, Case
from benchmarks.verdict_inputs import cases_of, environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOLERANCE = 1e-9
_COMPARED = ("status", "verdict", "lists")
_OF_ONE_RUN = {
    "seconds", "started_at", "finished_at", "nonce", "arguments", "versions", "message", "path", "config_sha256",
}  # fmt: skip
"""Keys of verdict.json, at any depth, that are not recorded."""


def record(folder: Path, inputs: Path, cases: list[Case], checkout: Path) -> None:
    """Run the suite of a checkout on each case, one process per gate run, and print a line per run."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as home:
        for case in cases:
            with TemporaryDirectory() as made:
                here = Path(made)
                if case.config is not None:
                    (here / "quality_checks.toml").write_text(case.config, encoding="utf-8")
                if case.datastore:
                    shutil.copytree(inputs / "datastore" / ".metaflow", here / ".metaflow", symlinks=True)
                for number, arguments in enumerate(case.runs, 1):
                    name = case.name if len(case.runs) == 1 else f"{case.name} {number}"
                    typed = [each.replace(INPUTS, str(inputs)) for each in arguments]
                    _keep(folder, name, _gate(here, typed, checkout, Path(home)), {inputs: INPUTS, here: "{here}"})


def _keep(folder: Path, name: str, found: Mapping[str, Any], shown: Mapping[Path, str]) -> None:
    """Write the record of one gate run, with placeholders for paths, and print its line."""
    text = json.dumps(found, ensure_ascii=False, indent=1)
    for path, sign in shown.items():
        text = text.replace(str(path), sign)
    file = folder / f"{re.sub('[^a-zA-Z0-9]+', '-', name)}.json"
    file.write_text(text, encoding="utf-8")
    word = found["verdict"]["verdict"] if found["verdict"] else "no verdict"
    print(f"{file.stem:52} {word:12} exit {found['status']}  {found['seconds']:5.1f} s", flush=True)


def _gate(here: Path, arguments: list[str], checkout: Path, home: Path) -> dict[str, Any]:
    """Run the gate once; return exit status, verdict, lists, and the end of the output."""
    for written in here.glob("verdict.*"):
        written.unlink()
    started = time.perf_counter()
    done = subprocess.run(
        [
            str(checkout / ".venv" / "bin" / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider",
            str(checkout / "quality_checks"), *arguments,
        ],
        cwd=here, env=environment(checkout / "src", home, here), capture_output=True, text=True, check=False,
        timeout=900,
    )  # fmt: skip
    seconds = time.perf_counter() - started
    written, lists = here / "verdict.json", {}
    for path in sorted(here.glob("verdict.*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            lists[path.name] = list(csv.reader(file))
    verdict = _kept(json.loads(written.read_text(encoding="utf-8"))) if written.exists() else None
    said = (done.stdout + done.stderr)[-2000:]
    return {"status": done.returncode, "verdict": verdict, "lists": lists, "said": said, "seconds": seconds}


def _kept(found: object) -> object:
    """Return what does not differ between two runs: checks by id, and the number of `missing` sentences."""
    if isinstance(found, list):
        return [_kept(each) for each in found if not str(each).startswith("champion-since:")]
    if not isinstance(found, dict):
        return found
    kept = {name: _kept(value) for name, value in found.items() if name not in _OF_ONE_RUN}
    if "checks" in found:
        kept |= {"checks": {each["id"]: _kept(each) for each in found["checks"]}, "missing": len(found["missing"])}
    return kept


def differences(before: object, after: object, where: str = "") -> Iterator[str]:
    """Yield a line for each difference of two recorded values."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            inside = f"{where} {name}".strip()
            if name not in before or name not in after:
                yield f"{inside}: only {'after' if name in after else 'before'}"
            else:
                yield from differences(before[name], after[name], inside)
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield f"{where}: {len(before)} entries before, {len(after)} after"
        for number, (one, other) in enumerate(zip(before, after, strict=False), 1):
            yield from differences(one, other, f"{where} [{number}]")
    elif not _same(before, after):
        yield f"{where}: {before!r:.300} before, {after!r:.300} after"


def _same(before: object, after: object) -> bool:
    if before == after:
        return True
    try:  # cells of lists are text
        return isclose(float(str(before)), float(str(after)), rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    except ValueError:
        return False


def compare(before: Path, after: Path, only: str) -> int:
    """Print each difference of two recordings; return how many runs differ."""
    names = sorted({path.name for folder in (before, after) for path in folder.glob("*.json")})
    chosen = [name for name in names if re.search(only, name)]
    differ = 0
    for name in chosen:
        missing = [str(folder) for folder in (before, after) if not (folder / name).exists()]
        if missing:
            found = [f"not in {missing[0]}"]
        else:
            texts = ((folder / name).read_text(encoding="utf-8") for folder in (before, after))
            one, other = map(json.loads, texts)
            found = [line for key in _COMPARED for line in differences(one[key], other[key], key)]
        differ += bool(found)
        for line in found:
            print(f"{name.removesuffix('.json')}: {line}")
    print(f"{differ} of {len(chosen)} gate runs differ")
    return differ if chosen else 1


def main() -> int:
    """Record or compare. Return 1 if a gate run differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record")
    recording.add_argument("folder", type=Path)
    recording.add_argument("--playlists", type=Path, required=True, help="a parquet file of real playlists")
    recording.add_argument("--inputs", type=Path, help="folder of the inputs (default: FOLDER/inputs)")
    recording.add_argument("--checkout", type=Path, default=Path(__file__).parent.parent, help="default: this one")
    recording.add_argument("--only", default="", help="regular expression for the cases to run")
    comparing = commands.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    comparing.add_argument("--only", default="", help="regular expression for the gate runs to compare")
    given = parser.parse_args()
    if given.command == "compare":
        return int(compare(given.before, given.after, given.only) > 0)
    inputs = (given.inputs or given.folder / "inputs").resolve()
    cases = [case for case in cases_of(inputs, given.playlists.resolve()) if re.search(given.only, case.name)]
    record(given.folder, inputs, cases, given.checkout.resolve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
