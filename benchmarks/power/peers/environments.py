"""The peers, and a virtual environment for each."""

from __future__ import annotations

import os
import subprocess
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.power.peers.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = Path(__file__).parent
_QUIET = {"DISABLE_DEEPCHECKS_ANONYMOUS_TELEMETRY": "1", "DO_NOT_TRACK": "1", "MPLBACKEND": "Agg"}
_SHOWN = ("numpy", "pandas", "scikit-learn", "scipy")
"""Packages on which the numbers of a peer depend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A drift detector.

    Attributes:
        name: name of the distribution.
        version: version of the distribution.
        needs: requirements of the version that its own metadata do not state.
        script: file that defines `compare`; see `runner.serve`.
    """

    name: str
    version: str
    needs: tuple[str, ...] = ()
    script: Path

    @property
    def requirements(self) -> tuple[str, ...]:
        """What pip installs."""
        return f"{self.name}=={self.version}", *self.needs


PEERS = (
    Peer(name="evidently", version="0.7.23", needs=("pandas<3",), script=_HERE / "evidently.py"),
    Peer(
        name="deepchecks",
        version="0.19.1",
        needs=("scikit-learn<1.5", "pandas<2.3", "numpy<2"),
        script=_HERE / "deepchecks.py",
    ),
    Peer(name="embedding-drift-monitor", version="1.0.0", script=_HERE / "embedding_drift_monitor.py"),
)


class NotInstalled(Exception):
    """A peer cannot be installed or imported."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A folder with a virtual environment for a peer."""

    peer: Peer
    folder: Path

    def runner(self, seconds: float) -> Runner:
        """Start a process that answers within a number of seconds per candidate."""
        # PYTHONPATH would add packages of another environment
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        log = self.folder / "runner.log"
        return Runner(self._python, self.peer.script, seconds, environment={**variables, **_QUIET}, log=log)

    def prepare(self) -> dict[str, str]:
        """Install the peer unless it is installed, start it once, and return versions of packages.

        Raises:
            NotInstalled: pip fails, or the peer cannot be imported.
        """
        stamp, wanted = self.folder / "requirements.txt", "\n".join(self.peer.requirements)
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
            venv.create(self.folder, clear=True, with_pip=True)
            self._pip("install", *self.peer.requirements)
            stamp.write_text(wanted, encoding="utf-8")
        try:
            with self.runner(seconds=1):
                pass
        except RuntimeError as error:
            raise NotInstalled(str(error)) from error
        return dict(self._versions())

    def _versions(self) -> Iterator[tuple[str, str]]:
        for line in self._pip("freeze").splitlines():
            name, _, version = line.partition("==")
            if name in (self.peer.name, *_SHOWN):
                yield name, version

    def _pip(self, *arguments: str) -> str:
        command = [str(self._python), "-m", "pip", "--disable-pip-version-check", *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            lines = done.stderr.strip().splitlines()
            errors = [line for line in lines if line.startswith("ERROR")] or lines
            raise NotInstalled(errors[-1] if errors else f"pip ends with exit status {done.returncode}")
        return done.stdout

    @property
    def _python(self) -> Path:
        return self.folder / ("Scripts" if os.name == "nt" else "bin") / "python"
