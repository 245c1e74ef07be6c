"""Header, report and verdict show the champion that a model was compared with."""

from __future__ import annotations

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
    from tests.integration.suite import GateFolder

pytest_plugins = "pytester"

CHECK = """
import pytest

@pytest.mark.gate_check("champion.match_auc")
def test_match(gate_check): gate_check()
"""


def compared_with(gate: GateFolder, *arguments: str) -> tuple[str, str, dict[str, object] | None]:
    """Run one champion check; return the champion as shown in the header, the report and the verdict."""
    gate.write_checks(CHECK)
    done = gate.run(*arguments)
    header = next(line for line in done.outlines if line.startswith("embedgate: champion "))
    (in_report,) = re.findall(r"<dt>champion</dt><dd>(.*?)</dd>", gate.report)
    return header.removeprefix("embedgate: champion "), unescape(in_report), gate.verdict["champion"]


@pytest.mark.parametrize(
    ("arguments", "absence", "message"),
    [
        ((), "none", "there is no champion to compare with"),
        (("--gate-champion=none",), "off", "switched off by --gate-champion=none"),
    ],
)
def test_champion_is_off_only_if_the_user_switched_it_off(
    gate: GateFolder, arguments: tuple[str, ...], absence: str, message: str
) -> None:
    """Files have no champion by default."""
    shown = f"{absence}, nothing was compared"

    assert compared_with(gate, *arguments) == (shown, shown, None)
    assert {check["message"] for check in gate.verdict["checks"] if check["outcome"] == "off"} == {message}


def test_champion_is_shown_with_its_time_and_its_size(gate: GateFolder) -> None:
    """The report contains figures of the comparison."""
    given = sample()
    other = write_sample(replace(given, vectors=retrained(given.vectors)), gate.path / "<b>other")

    header, in_report, champion = compared_with(gate, f"--gate-champion={other.vectors}")

    path = re.escape(str(other.vectors))
    assert re.fullmatch(rf"{path}, finished \d{{4}}-\d\d-\d\d \d\d:\d\d UTC, 270 tracks of 16 dimensions", header)
    assert in_report == header
    assert champion is not None
    assert (champion["pathspec"], champion["vectors"]) == (str(other.vectors), {"tracks": 270, "dimensions": 16})
    assert "Displacement of tracks since the champion" in gate.report
    assert "<b>other" not in gate.report


def test_tested_run_that_is_the_champion_is_marked(gate: GateFolder, sound: SampleFiles) -> None:
    header, in_report, champion = compared_with(gate, f"--gate-champion={sound.vectors}")

    assert header.endswith("; the tested run is the champion itself")
    assert in_report == header
    assert champion is not None
    assert champion["is_the_tested_run"] is True
