"""The wheel of this checkout, installed in a new environment."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from build import ProjectBuilder
from build.env import DefaultIsolatedEnv
from pyproject_hooks import quiet_subprocess_runner


def build(kind: Literal["wheel", "sdist", "editable"], source: Path, folder: Path) -> Path:
    """Build a distribution with installed build requirements, or else in isolation like `python -m build`."""
    here = ProjectBuilder(source, runner=quiet_subprocess_runner)
    if importlib.util.find_spec("hatchling") and not here.check_dependencies(kind):
        return Path(here.build(kind, folder))
    with DefaultIsolatedEnv() as env:
        there = ProjectBuilder.from_isolated_env(env, source, runner=quiet_subprocess_runner)
        env.install(there.build_system_requires)
        env.install(there.get_requires_for_build(kind))
        return Path(there.build(kind, folder))


@dataclass(frozen=True)
class Installed:
    """An environment in which the wheel is installed."""

    python: Path

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run Python in a folder."""
        return subprocess.run(
            [self.python, *arguments],
            cwd=cwd,
            env=environment_without_checkout(),
            capture_output=True,
            text=True,
            check=False,
        )

    def run_command(self, command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a command in a folder, as a user types it after activating the environment."""
        path = os.pathsep.join((str(self.python.parent), os.environ["PATH"]))
        return subprocess.run(
            ["bash", "-c", command],
            cwd=cwd,
            env=environment_without_checkout() | {"PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


def environment_without_checkout() -> dict[str, str]:
    """Return the environment without variables of Python and pytest, which may refer to the checkout."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}


def install(wheel: Path, folder: Path) -> Installed:
    """Install the wheel in a new environment, which uses the dependencies in the environment of the tests."""
    venv.create(folder)
    found = Installed(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(found.python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*pip, wheel], env=environment_without_checkout(), check=True)
    where = found.run("-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).stdout.strip()
    # .pth files in these folders are not read, so an editable install of embedgate there has no effect
    borrowed = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (Path(where) / "borrowed.pth").write_text("\n".join(borrowed) + "\n", encoding="utf-8")
    script = found.python.with_name("pytest")
    script.write_text(f"#!{found.python}\nimport sys\n\nimport pytest\n\nsys.exit(pytest.main())\n", encoding="utf-8")
    script.chmod(0o755)
    return found
