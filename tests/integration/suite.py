"""Gate runs in the folder of a test, of the shipped suite or of checks that the test writes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.integration.forked_gate import ROOT, GateRun

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.conftest import SampleFiles

CONFTEST = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom fixtures import *\n"
"""Code of a conftest.py that registers the fixtures of this checkout."""


def copy_suite(folder: Path, config: str | None = None, conftest: str = "") -> Path:
    """Copy the shipped suite and a conftest.py into a folder.

    Args:
        folder: target folder, which is created if it does not exist.
        config: content of quality_checks.toml; None for no file.
        conftest: code that is added to conftest.py.

    Returns:
        The folder.
    """
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "quality_checks", folder / "quality_checks", ignore=ignored, dirs_exist_ok=True)
    (folder / "conftest.py").write_text(CONFTEST + conftest, encoding="utf-8")
    if config is not None:
        (folder / "quality_checks.toml").write_text(config, encoding="utf-8")
    return folder


def verdict_in(folder: Path, name: str = "verdict.json") -> dict[str, Any]:
    """Return the content of a verdict."""
    found: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    return found


def run_pytest(folder: Path, *arguments: str) -> GateRun:
    """Run pytest in a folder with a new interpreter, as users do; `ForkedGate` is faster."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return GateRun(folder, done.returncode, done.stdout)


def checks_of(verdict: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the checks of a verdict by id."""
    return {check["id"]: check for check in verdict["checks"]}


class GateFolder:
    """A folder in which gate runs test one model, in this process.

    Args:
        pytester: the fixture that runs pytest.
        files: the tested model, whose config is written as quality_checks.toml.
    """

    def __init__(self, pytester: pytest.Pytester, files: SampleFiles) -> None:
        self.pytester = pytester
        self.path = pytester.path
        self.files = files
        pytester.makeconftest(CONFTEST)
        self.configure()

    def configure(self, more: str = "") -> None:
        """Write the config of the model, followed by more lines."""
        config = self.files.config.read_text(encoding="utf-8") + more
        (self.path / "quality_checks.toml").write_text(config, encoding="utf-8")

    def write_checks(self, source: str, name: str = "test_mine.py") -> None:
        """Write a module of checks into the suite."""
        (self.path / "quality_checks").mkdir(exist_ok=True)
        (self.path / "quality_checks" / name).write_text(source, encoding="utf-8")

    def run(self, *arguments: str, path: str = "quality_checks") -> pytest.RunResult:
        """Run pytest on a path; options in the arguments override those of the model."""
        vectors, playlists, _ = self.files.arguments
        return self.pytester.runpytest_inprocess(path, vectors, playlists, *arguments)

    @property
    def verdict(self) -> dict[str, Any]:
        """The content of verdict.json."""
        return verdict_in(self.path)

    @property
    def checks(self) -> dict[str, dict[str, Any]]:
        """The checks of verdict.json by id."""
        return checks_of(self.verdict)

    @property
    def report(self) -> str:
        """The content of report.html."""
        return (self.path / "report.html").read_text(encoding="utf-8")
