"""A local Metaflow datastore with real runs of TinyFlow."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
FLOW = HERE / "flows" / "tiny_flow.py"
SOURCE = HERE.parents[1] / "src"


@dataclass(frozen=True)
class Datastore:
    """Runs of TinyFlow by role; each attribute except `root` and `home` is a run ID."""

    root: Path
    home: Path
    broken: str
    """Succeeded without final_vectors and with wrong columns in final_dataset; see tiny_flow.py."""
    others: str
    """Started by bob; all other runs were started by alice."""
    tagged: str
    """Tagged `champion` after all other runs had ended."""
    older: str
    newest: str
    """Started after all of the above had ended, so the gate tests it by default."""
    failed_at_end: str
    """Started later than `newest`, like `failed`."""
    failed: str

    def environment(self, **more: str) -> dict[str, str]:
        """Return an environment without a user name and a datastore, as in a container."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PYTHONPATH": str(SOURCE),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "METAFLOW_CLIENT_CACHE_PATH": str(self.home / "cache"),
            **more,
        }


def make_datastore(root: Path, home: Path) -> Datastore:
    """Run TinyFlow seven times.

    Args:
        root: folder for the datastore.
        home: home directory of the users.
    """
    root.mkdir(parents=True, exist_ok=True)
    home.mkdir(parents=True, exist_ok=True)
    bare = Datastore(root, home, *[""] * 7).environment(METAFLOW_DATASTORE_SYSROOT_LOCAL=str(root))

    def start(user: str = "alice", **parameters: str) -> subprocess.Popen[str]:
        options = [word for name, value in parameters.items() for word in (f"--{name}", value)]
        return subprocess.Popen(
            [sys.executable, FLOW, "--no-pylint", "run", *options],
            env={**bare, "METAFLOW_USER": user},
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run_id(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        for line in process.stdout:
            if match := re.search(r"run-id (\d+)", line):
                return match[1]
        raise AssertionError("the flow did not start")

    def end(process: subprocess.Popen[str], *, succeeds: bool = True) -> None:
        output, _ = process.communicate(timeout=120)
        assert (process.returncode == 0) is succeeds, output

    # all runs except the newest may run in parallel; failed runs only have to start after it
    early = {
        "broken": start(broken="true"),
        "others": start(user="bob", seed="1"),
        "tagged": start(seed="2"),
        "older": start(seed="3"),
    }
    runs = {role: run_id(process) for role, process in early.items()}
    for process in early.values():
        end(process)
    late = {}
    for role, parameters in {
        "newest": {"seed": "4"},
        "failed_at_end": {"fail_at": "end"},
        "failed": {"fail_at": "start"},
    }.items():
        late[role] = start(**parameters)
        runs[role] = run_id(late[role])
    for role, process in late.items():
        end(process, succeeds=role == "newest")
    subprocess.run(
        [sys.executable, FLOW, "--no-pylint", "tag", "add", "--run-id", runs["tagged"], "champion"],
        env={**bare, "METAFLOW_USER": "alice"},
        cwd=root,
        check=True,
        capture_output=True,
    )
    return Datastore(root=root, home=home, **runs)
