"""What a gate run adds to the history, and which trends the report shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import embedgate.gate.hooks
import embedgate.report.figures.figure
import embedgate.report.figures.trend  # noqa: F401 - pytester forgets what its runs import, and numpy minds
from embedgate.judgement.history import append, read
from embedgate.judgement.records import RecordedVerdict
from tests.integration.browsing import needs_browser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Browser

    from tests.conftest import SampleFiles

pytest_plugins = "pytester"

TWO_CHECKS = """
import pytest
from embedgate.measures.measurement import Measurement

@pytest.mark.gate_check("custom.mine")
def test_mine(gate_judge):
    gate_judge(Measurement(value={value}, n=7, summary="so much", tracks=("Abba-Waterloo",) * 30), at_least=0.4)

@pytest.mark.gate_check("custom.still")
def test_still(gate_judge):
    gate_judge(Measurement(value=3.0, n=7, summary="always"), at_least=0.4)
"""


class Gate:
    """Runs two checks on a sound model, in the test's folder."""

    def __init__(self, pytester: pytest.Pytester, files: SampleFiles) -> None:
        self.pytester = pytester
        self.path = pytester.path
        self.files = files
        pytester.makeconftest("from fixtures import *")

    def run(self, value: float = 0.5, *arguments: str, config: str = "") -> pytest.RunResult:
        """Run them; the first one measures this value."""
        suite = self.path / "quality_checks"
        suite.mkdir(exist_ok=True)
        (suite / "test_mine.py").write_text(TWO_CHECKS.format(value=value), encoding="utf-8")
        toml = self.files.config.read_text(encoding="utf-8") + config
        (self.path / "quality_checks.toml").write_text(toml, encoding="utf-8")
        files = (f"--gate-vectors={self.files.vectors}", f"--gate-playlists={self.files.playlists}")
        return self.pytester.runpytest_inprocess(suite / "test_mine.py", *files, *arguments)

    def kept(self, folder: str = ".embedgate") -> list[dict[str, Any]]:
        """The records, oldest first."""
        paths = sorted((self.path / folder).glob("*.json"))
        return [json.loads(path.read_text(encoding="utf-8")) for path in paths]

    @property
    def verdict(self) -> dict[str, Any]:
        """verdict.json."""
        found: dict[str, Any] = json.loads((self.path / "verdict.json").read_text(encoding="utf-8"))
        return found

    @property
    def html(self) -> str:
        """report.html."""
        return (self.path / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def gate(pytester: pytest.Pytester, sound: SampleFiles) -> Gate:
    """A gate of two checks."""
    return Gate(pytester, sound)


@pytest.mark.parametrize("value", [0.5, 0.3])
def test_gate_run_records_its_verdict(gate: Gate, value: float) -> None:
    """Partial or failed; of long lists of tracks, only the first ones."""
    gate.run(value)
    (kept,) = gate.kept()
    verdict = gate.verdict

    assert kept.pop("kind") == "verdict"
    assert kept.pop("at")
    for check in (*kept["checks"], *verdict["checks"]):
        check["tracks"] = check["tracks"][:10]
    assert kept == verdict
    assert kept["verdict"] == ("partial" if value > 0.4 else "failed")
    assert (gate.path / ".embedgate" / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_each_gate_run_adds_a_record_and_changes_no_other(gate: Gate) -> None:
    gate.run()
    before = gate.kept()
    gate.run()

    assert len(gate.kept()) == 2
    assert gate.kept()[:1] == before
    assert all(isinstance(record, RecordedVerdict) for record in read(gate.path / ".embedgate").records)


def test_distributed_gate_run_adds_one_record(gate: Gate) -> None:
    """Only the controller writes."""
    gate.run(0.5, "-n", "2")

    assert len(gate.kept()) == 1
    assert {check["id"]: check["value"] for check in gate.kept()[0]["checks"]}["custom.mine"] == 0.5


def test_unavailable_model_is_recorded(gate: Gate) -> None:
    gate.run(0.5, "--gate-vectors=gone.npz")

    (kept,) = gate.kept()
    assert (kept["verdict"], kept["run"], kept["error"]["kind"]) == ("failed", None, "ArtifactMissing")


@pytest.mark.parametrize("arguments", [["--gate-run=F/1"], ["--gate-config=none.toml"]])
def test_usage_error_is_not_recorded(gate: Gate, arguments: Sequence[str]) -> None:
    """There is no verdict to record."""
    assert gate.run(0.5, *arguments).ret == pytest.ExitCode.USAGE_ERROR
    assert not (gate.path / ".embedgate").exists()


@pytest.mark.parametrize("arguments", [["tests"], ["quality_checks", "--collect-only"]])
def test_other_pytest_runs_are_not_recorded(gate: Gate, arguments: Sequence[str]) -> None:
    """Plain tests, and `--collect-only`."""
    (gate.path / "tests").mkdir()
    (gate.path / "tests" / "test_plain.py").write_text("def test_plain(): pass\n", encoding="utf-8")
    (gate.path / "quality_checks").mkdir()
    gate.pytester.runpytest_inprocess(*arguments)

    assert not (gate.path / ".embedgate").exists()


def test_history_folder_is_relative_to_where_pytest_was_started(gate: Gate) -> None:
    """It is created with its parents."""
    below = gate.path / "below"
    below.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(below)
        (gate.path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        gate.run(config='\n[history]\nfolder = "../kept/verdicts"\n')

    assert len(gate.kept("kept/verdicts")) == 1
    assert not list(gate.path.rglob(".embedgate"))


def test_history_that_cannot_be_written_changes_neither_verdict_nor_exit_status(gate: Gate) -> None:
    """Terminal and report mention it."""
    (gate.path / "taken").write_text("mine", encoding="utf-8")
    for value, status in ((0.5, 0), (0.3, 1)):
        done = gate.run(value, config='\n[history]\nfolder = "taken"\n')

        assert done.ret == status
        assert gate.verdict["verdict"] == ("partial" if status == 0 else "failed")
        done.stdout.fnmatch_lines(
            ["*the history cannot be written to *taken: *the verdict is valid, but not in the history*"]
        )
        assert "the verdict is valid, but not in the history" in gate.html
        assert "INTERNALERROR" not in done.stdout.str()
    assert (gate.path / "taken").read_text(encoding="utf-8") == "mine"


def test_unreadable_records_are_named_in_terminal_and_report(gate: Gate) -> None:
    """Of many, the first ones; the rest is counted."""
    (gate.path / ".embedgate").mkdir()
    for number in range(5):
        (gate.path / ".embedgate" / f"{number}-<b>\x1b[31m.json").write_text("{", encoding="utf-8")

    done = gate.run()

    assert done.ret == 0
    done.stdout.fnmatch_lines(
        ["*history *.embedgate: 0-<b>*31m.json is no record*", "*history *: 2 more are no records*"]
    )
    assert "\x1b[31m.json" not in done.stdout.str()
    assert "0-&lt;b&gt;" in gate.html


def test_report_has_no_trends_before_the_third_gate_run_of_a_model(gate: Gate) -> None:
    """Verdicts on other models do not count."""
    gate.run(0.5)
    others = {**gate.kept()[0], "run": {"source": "metaflow", "pathspec": "Flow/1"}}
    for _ in range(3):
        append(gate.path / ".embedgate", others)
    gate.run(0.6)

    assert "eg-trends" not in gate.html
    assert ">trend</th>" not in gate.html


@needs_browser
def test_report_shows_trends(gate: Gate, browser: Browser) -> None:
    """Bars for each check, and a line for each measure that moved."""
    for value in (0.5, 0.3, 0.6, 0.7):
        gate.run(value)

    page = browser.new_page(viewport={"width": 1280, "height": 900})
    logged: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    page.on("pageerror", lambda error: logged.append(str(error)))
    page.goto((gate.path / "report.html").as_uri())
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    row = page.locator(".eg-checks tbody tr", has=page.locator("code:text-is('custom.mine')"))
    bars = row.locator(".eg-bars i").evaluate_all("all => all.map(one => [one.offsetHeight, one.className])")
    drawn = page.locator(".eg-trends img:visible").evaluate_all(
        "all => all.map(one => [one.complete, one.naturalWidth > 100, one.alt])"
    )
    names = page.locator(".eg-trends code:visible").all_inner_texts()
    caption = page.locator("figure:has(.eg-trends) figcaption").inner_text()
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()

    assert names == ["custom.mine"]
    assert drawn == [[True, True, "custom.mine over 4 gate runs: 0.300 to 0.700"]]
    assert [height for height, _ in bars] == [9, 2, 12, 16]
    assert [kind for _, kind in bars] == ["eg-run", "eg-broken", "eg-run", "eg-run"]
    assert "4 gate runs" in caption
    assert "custom.still" in caption
    assert (wide <= 1280, logged) == (True, [])
