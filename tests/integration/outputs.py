"""Gate runs in which a custom check determines the verdict, and their outputs."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from html import unescape
from typing import TYPE_CHECKING

from embedgate.checks.registry import FAMILIES
from embedgate.report.job_summary import VARIABLE
from tests.integration.suite import GateFolder, copy_suite

if TYPE_CHECKING:
    import pytest

    from tests.conftest import SampleFiles

CHECK_IMPORTS = """
import os
import pytest
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable

HALF = Measurement(value=0.5, n=7, summary="half of it", interval=(0.4, 0.6), tracks=("Abba-Waterloo",))

@pytest.fixture
def broken_setup():
    raise RuntimeError("boom")

@pytest.fixture
def broken_teardown():
    yield
    raise RuntimeError("boom")
"""
FLOOR = ("integrity.finite", "vocabulary.coverage", "neighbours.co_listening")
ONLY_FLOOR = "".join(
    [f'[checks."{family}"]\nseverity = "off"\n' for family in FAMILIES]
    + [f'[checks."{check_id}"]\nseverity = "fail"\n' for check_id in FLOOR]
)
PASSING = "gate_judge(HALF, at_least=0.4)"
FAILING = "gate_judge(HALF, at_least=0.6)"


class Outputs(GateFolder):
    """A folder with the shipped suite, in which only the floor is switched on, and the outputs of a gate run."""

    def __init__(self, pytester: pytest.Pytester, files: SampleFiles, patch: pytest.MonkeyPatch) -> None:
        super().__init__(pytester, files)
        copy_suite(self.path)
        patch.setenv(VARIABLE, str(self.path / "step_summary"))

    def run_checks(self, source: str, *arguments: str, config: str = "") -> pytest.RunResult:
        """Run the suite with custom checks.

        Args:
            source: code of the module `test_mine.py`, which starts with `CHECK_IMPORTS`.
            arguments: arguments of pytest.
            config: text that is added to quality_checks.toml.
        """
        self.write_checks(CHECK_IMPORTS + source)
        base = self.files.config.read_text(encoding="utf-8").partition("[checks.")[0]
        (self.path / "quality_checks.toml").write_text(base + ONLY_FLOOR + config, encoding="utf-8")
        (self.path / "step_summary").unlink(missing_ok=True)
        return self.run("--junitxml=junit.xml", *arguments)

    @property
    def summary(self) -> str:
        """The job summary."""
        return (self.path / "step_summary").read_text(encoding="utf-8")

    @property
    def banner(self) -> str:
        """The verdict at the top of the report."""
        found = re.search(r'<div class="eg-verdict eg-\w+"><strong>(\w+)</strong>', self.report)
        assert found is not None
        return found[1]

    def junit_case(self, name: str) -> ET.Element | None:
        """Return the test case of a check, or None."""
        root = ET.parse(self.path / "junit.xml").getroot()  # noqa: S314 - written by this run
        return next((case for case in root.iter("testcase") if case.attrib["name"] == f"test_{name}"), None)

    def report_row(self, name: str) -> list[str]:
        """Return outcome and cells of a check in the report's table of checks."""
        tables = re.findall(r'<table class="eg-checks">.*?</table>', self.report, re.DOTALL)
        rows = re.findall(r"<tr class=\"eg-(\w+)\">(.*?)</tr>", "".join(tables), re.DOTALL)
        (found,) = [(outcome, cells) for outcome, cells in rows if f"<code>custom.{name}</code>" in cells]
        return [found[0], *(re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<td.*?</td>", found[1], re.DOTALL))]

    def pytest_html_rows(self, name: str) -> list[list[str]]:
        """Return outcome, value and bound of a check in the table of pytest-html, with a row per phase."""
        blob = re.search(r'data-jsonblob="([^"]*)"', self.report)
        assert blob is not None
        tests = json.loads(unescape(blob[1]))["tests"]
        rows = [one["resultsTableRow"] for runs in tests.values() for one in runs]
        return [
            [re.sub("<[^>]*>", "", cell) for cell in cells[3:]]
            for cells in rows
            if any(f">custom.{name}<" in cell for cell in cells)
        ]
