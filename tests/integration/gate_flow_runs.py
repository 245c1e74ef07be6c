"""Runs of SampleFlow and of the gate as a flow, in a local datastore."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import metaflow
from metaflow.cards import get_cards

from tests.integration.forked_gate import ROOT, environment_of

FLOWS = ROOT / "tests" / "integration" / "flows"
GATE = ROOT / "flows" / "quality_gate_flow.py"


def report_in(card: str) -> str:
    """Return the report in the page of a card, whose components are in a base64 string."""
    texts = [
        b64decode(each).decode("utf-8", "replace") for each in re.findall(r'["\']([A-Za-z0-9+/=]{200,})["\']', card)
    ]
    (components,) = [text for text in texts if "<iframe" in text]
    (source,) = re.findall(r'srcdoc=\\"(.*?)\\"', components)
    return html.unescape(source)


def write_documented_flow(folder: Path) -> Path:
    """Write the triggered gate of docs/flow.md into a folder, for SampleFlow and with the flow of this checkout."""
    page = (ROOT / "docs" / "flow.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    script = folder / "my_gate_flow.py"
    renamed = code.replace("MyFlow", "SampleFlow").replace("embedgate.flows.", "flows.")
    script.write_text(renamed, encoding="utf-8")
    return script


@dataclass(frozen=True)
class FlowRun:
    """A run that has ended.

    Attributes:
        flow: name of the flow.
        run: its id.
        status: exit status of the command.
        output: standard output and standard error.
    """

    flow: str
    run: str
    status: int
    output: str

    @property
    def pathspec(self) -> str:
        """`Flow/123`."""
        return f"{self.flow}/{self.run}"


class FlowFolder:
    """A folder with a local datastore, in which flows are started.

    Args:
        path: an existing folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, script: Path, *arguments: str, before_run: tuple[str, ...] = (), **environment: str) -> FlowRun:
        """Run a flow to its end.

        Args:
            script: of the flow.
            arguments: parameters.
            before_run: options of the flow itself.
            environment: added to that of the process.
        """
        done = subprocess.run(
            [sys.executable, script, "--no-pylint", *before_run, "run", *arguments],
            cwd=self.path,
            env=environment_of(self.path, METAFLOW_USER="me", OPENBLAS_NUM_THREADS="1", **environment),
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        flow, run = re.search(r"executing (\w+)", output), re.search(r"run-id (\d+)", output)
        return FlowRun(flow[1] if flow else "", run[1] if run else "", done.returncode, output)

    def read(self, pathspec: str) -> metaflow.Run:
        """Return a run of this folder."""
        metaflow.namespace(None)
        metaflow.metadata(f"local@{self.path}")
        return metaflow.Run(pathspec)

    def verdict(self, of: FlowRun) -> dict[str, Any]:
        """Return the artifact `verdict` of a run of the gate."""
        found: dict[str, Any] = self.read(of.pathspec).data.verdict
        return found

    def card(self, of: FlowRun) -> str:
        """Return the page of the card of a run of the gate."""
        (card,) = get_cards(self.read(of.pathspec)["evaluate"].task)
        return str(card.get())

    def report(self, of: FlowRun) -> str:
        """Return the report in the card of a run of the gate."""
        return report_in(self.card(of))

    def tags(self, pathspec: str) -> set[str]:
        """Return the user tags of a run."""
        return set(self.read(pathspec).user_tags)
