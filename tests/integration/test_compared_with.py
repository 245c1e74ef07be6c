"""Header, report and verdict say which model the tested one was compared with, or that it was with none."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING

import pytest

from embedgate.testing import sample
from tests.conftest import write_sample
from tests.retraining import retrained

if TYPE_CHECKING:
    from tests.conftest import SampleFiles

pytest_plugins = "pytester"

CHECK = """
import pytest
from embedgate.measures import champion

@pytest.mark.gate_check("champion.match_auc")
def test_recognised(gate_judge, gate_comparison):
    gate_judge(champion.match_auc(gate_comparison))
"""
OFF = "off, nothing was compared"


def told(pytester: pytest.Pytester, files: SampleFiles, *arguments: str) -> tuple[str, str, dict[str, object] | None]:
    """Run the check; what the header and the report say of the champion, and what the verdict does."""
    suite = pytester.mkdir("quality_checks")
    (suite / "test_champion.py").write_text(CHECK, encoding="utf-8")
    pytester.makeconftest("from fixtures import *")
    done = pytester.runpytest_inprocess("quality_checks", *files.arguments, *arguments)
    header = next(line for line in done.outlines if line.startswith("embedgate: champion "))
    report = (pytester.path / "report.html").read_text(encoding="utf-8")
    (about,) = re.findall(r"<dt>champion</dt><dd>(.*?)</dd>", report)
    verdict = json.loads((pytester.path / "verdict.json").read_text(encoding="utf-8"))
    return header.removeprefix("embedgate: champion "), unescape(about), verdict["champion"]


@pytest.mark.parametrize("arguments", [(), ("--gate-champion=none",)])
def test_files_are_compared_with_nothing_unless_told_to(
    pytester: pytest.Pytester, sound: SampleFiles, arguments: tuple[str, ...]
) -> None:
    assert told(pytester, sound, *arguments) == (OFF, OFF, None)


def test_a_champion_is_told_with_its_end_and_its_size(pytester: pytest.Pytester, sound: SampleFiles) -> None:
    """Its figures are in the report."""
    given = sample()
    other = write_sample(replace(given, vectors=retrained(given.vectors)), pytester.path / "<b>other")

    header, about, champion = told(pytester, sound, f"--gate-champion={other.vectors}")

    expected = (
        rf"{re.escape(str(other.vectors))}, finished \d{{4}}-\d\d-\d\d \d\d:\d\d UTC, 270 tracks of 16 dimensions"
    )
    assert re.fullmatch(expected, header)
    assert about == header
    assert champion is not None
    assert (champion["pathspec"], champion["vectors"]) == (str(other.vectors), {"tracks": 270, "dimensions": 16})
    report = (pytester.path / "report.html").read_text(encoding="utf-8")
    assert "Displacement of tracks since the champion" in report
    assert "<b>other" not in report


def test_a_run_that_is_the_champion_is_called_so(pytester: pytest.Pytester, sound: SampleFiles) -> None:
    header, about, champion = told(pytester, sound, f"--gate-champion={sound.vectors}")

    assert header.endswith("; the tested run is the champion itself")
    assert about == header
    assert champion is not None
    assert champion["is_the_tested_run"] is True
