"""Run the commands of the examples, and show their failures in docs/gallery.md.

python -m tests.integration.example_runs      # runs all examples, and rewrites the blocks of docs/gallery.md
"""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.integration.forked_gate import ROOT
from tests.integration.installed_wheel import Installed, build, install
from tests.integration.suite import checks_of, verdict_in

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = sorted(path.parent.name for path in (ROOT / "examples").glob("*/README.md"))
GALLERY = ROOT / "docs" / "gallery.md"
_BLOCK = re.compile(r"^```text\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SHOWN = 3  # problems of one outcome in the gallery


@dataclass(frozen=True)
class ExampleGate:
    """A gate run of an example.

    Attributes:
        command: the command of the README.
        status: its exit status.
        output: standard output and standard error.
        verdict: the content of verdict.json.
    """

    command: str
    status: int
    output: str
    verdict: dict[str, Any]

    @property
    def checks(self) -> dict[str, dict[str, Any]]:
        """The checks of the verdict by id."""
        return checks_of(self.verdict)

    def with_outcome(self, outcome: str) -> set[str]:
        """Return the ids of the checks with an outcome."""
        return {name for name, check in self.checks.items() if check["outcome"] == outcome}


def commands(name: str) -> list[str]:
    """Return the commands in the README of an example, in their order."""
    readme = (ROOT / "examples" / name / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^ {4}(\S.*)$", readme, re.MULTILINE)


def packages(name: str) -> set[str]:
    """Return the packages that the README of an example installs."""
    return {package for line in commands(name) if line.startswith("pip install ") for package in line.split()[2:]}


def run_example(name: str, installed: Installed, folder: Path) -> list[ExampleGate]:
    """Run the commands of an example in a copy of its folder, and return its gate runs.

    Raises:
        RuntimeError: if a package is missing, or a command that is no gate run fails.
    """
    missing = sorted(package for package in packages(name) if not _is_installed(package))
    if missing:
        raise RuntimeError(f"the example {name!r} needs {', '.join(missing)}: run pip install -e '.[dev]'")
    copy = folder / name
    shutil.copytree(ROOT / "examples" / name, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    gates = []
    for command in commands(name):
        if command.startswith("pip install "):
            continue
        done = installed.run_command(command, copy)
        if command.startswith("pytest "):
            gates.append(ExampleGate(command, done.returncode, done.stdout, verdict_in(copy)))
        elif done.returncode:
            raise RuntimeError(f"{command} failed:\n{done.stdout}")
    return gates


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def shown(gate: ExampleGate) -> str:
    """Return the summary in the terminal, with at most three problems of each outcome."""
    _, _, rest = gate.output.partition("= embedgate =")
    lines = rest[rest.index("\n") + 1 : rest.index("\nwritten to ")].splitlines()
    return "\n".join(_abridged(lines)) + "\n"


def _abridged(lines: list[str]) -> Iterator[str]:
    problems = [line for line in lines if re.match(r"[A-Z]{2}", line)]
    first, last = lines.index(problems[0]), lines.index(problems[-1])
    while lines[last + 1].startswith("    "):
        last += 1
    yield from lines[:first]
    entries: list[list[str]] = []
    for line in lines[first : last + 1]:
        if line.startswith("    "):
            entries[-1].append(line)
        else:
            entries.append([line])
    for outcome, same in groupby(entries, lambda entry: re.split(r" (?=[a-z])", entry[0])[0]):
        found = list(same)
        for entry in found[:_SHOWN]:
            yield from entry
        if found[_SHOWN:]:
            yield f"{outcome} and {len(found) - _SHOWN} more"
    yield from lines[last + 1 :]


def documented(name: str) -> str:
    """Return the summary that docs/gallery.md shows for the broken model of an example."""
    (section,) = [text for text in _sections() if _is_about(text, name)]
    (block,) = _BLOCK.findall(section)
    return str(block)


def _sections() -> list[str]:
    return re.split(r"^(?=## )", GALLERY.read_text(encoding="utf-8"), flags=re.MULTILINE)


def _is_about(section: str, name: str) -> bool:
    return section.startswith("## ") and f"(../examples/{name}/README.md)" in section


def main() -> None:
    """Run all examples, and rewrite the blocks of docs/gallery.md."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        installed = install(build("wheel", ROOT, folder), folder / "environment")
        sections = _sections()
        for name in EXAMPLES:
            block = f"```text\n{shown(run_example(name, installed, folder)[-1])}```".replace("\\", r"\\")
            sections = [_BLOCK.sub(block, text) if _is_about(text, name) else text for text in sections]
        GALLERY.write_text("".join(sections), encoding="utf-8")


if __name__ == "__main__":
    main()
