"""The history: which records gate runs add, and how the report shows them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from embedgate.judgement.history import append, read
from embedgate.judgement.records import RecordedVerdict
from tests.integration.browsing import needs_browser

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.integration.suite import GateFolder

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


def run(gate: GateFolder, value: float = 0.5, *arguments: str) -> pytest.RunResult:
    """Run two custom checks; the first measures the given value and expects at least 0.4."""
    gate.write_checks(TWO_CHECKS.format(value=value))
    return gate.run(*arguments, path=str(gate.path / "quality_checks" / "test_mine.py"))


def records(folder: Path) -> list[dict[str, Any]]:
    """Return the records of a history, oldest first."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


@pytest.mark.parametrize(("value", "verdict", "tracks"), [(0.5, "partial", 0), (0.3, "failed", 10)])
def test_record_is_the_verdict_with_fewer_tracks(gate: GateFolder, value: float, verdict: str, tracks: int) -> None:
    run(gate, value)

    (record,), written = records(gate.path / ".embedgate"), gate.verdict
    assert record.pop("kind") == "verdict"
    assert record.pop("at")
    assert [len(check["tracks"]) for check in record["checks"] if check["id"] == "custom.mine"] == [tracks]
    for check in (*record["checks"], *written["checks"]):
        check["tracks"] = check["tracks"][:10]
    assert record == written
    assert record["verdict"] == verdict
    assert (gate.path / ".embedgate" / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_each_run_adds_a_record_and_keeps_the_others(gate: GateFolder) -> None:
    run(gate)
    before = records(gate.path / ".embedgate")

    run(gate)

    assert len(records(gate.path / ".embedgate")) == 2
    assert records(gate.path / ".embedgate")[:1] == before
    assert all(isinstance(record, RecordedVerdict) for record in read(gate.path / ".embedgate").records)


def test_unavailable_model_is_recorded(gate: GateFolder) -> None:
    run(gate, 0.5, "--gate-vectors=gone.npz")

    (record,) = records(gate.path / ".embedgate")
    assert (record["verdict"], record["run"], record["error"]["kind"]) == ("failed", None, "ArtifactMissing")


@pytest.mark.parametrize("arguments", [["--gate-run=F/1"], ["--gate-config=none.toml"]])
def test_usage_error_is_not_recorded(gate: GateFolder, arguments: Sequence[str]) -> None:
    assert run(gate, 0.5, *arguments).ret == pytest.ExitCode.USAGE_ERROR
    assert not (gate.path / ".embedgate").exists()


@pytest.mark.parametrize("arguments", [["tests"], ["quality_checks", "--collect-only"]])
def test_other_pytest_run_is_not_recorded(gate: GateFolder, arguments: Sequence[str]) -> None:
    (gate.path / "tests").mkdir()
    (gate.path / "tests" / "test_plain.py").write_text("def test_plain(): pass\n", encoding="utf-8")
    (gate.path / "quality_checks").mkdir()

    assert gate.pytester.runpytest_inprocess(*arguments).ret in (
        pytest.ExitCode.OK,
        pytest.ExitCode.NO_TESTS_COLLECTED,
    )
    assert not (gate.path / ".embedgate").exists()


def test_folder_is_relative_to_where_pytest_was_started(gate: GateFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    gate.configure('\n[history]\nfolder = "../kept/verdicts"\n')
    (gate.path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (gate.path / "below").mkdir()
    monkeypatch.chdir(gate.path / "below")

    run(gate)

    assert len(records(gate.path / "kept" / "verdicts")) == 1
    assert not list(gate.path.rglob(".embedgate"))


@pytest.mark.parametrize(("value", "status", "verdict"), [(0.5, 0, "partial"), (0.3, 1, "failed")])
def test_unwritable_history_is_reported_and_does_not_change_the_verdict(
    gate: GateFolder, value: float, status: int, verdict: str
) -> None:
    gate.configure('\n[history]\nfolder = "taken"\n')
    (gate.path / "taken").write_text("mine", encoding="utf-8")

    done = run(gate, value)

    assert (int(done.ret), gate.verdict["verdict"]) == (status, verdict)
    note = "the verdict is valid, but not in the history"
    done.stdout.fnmatch_lines([f"*the history cannot be written to *taken*{note}"])
    assert note in gate.report
    assert "INTERNALERROR" not in done.stdout.str()
    assert (gate.path / "taken").read_text(encoding="utf-8") == "mine"


def test_unreadable_records_are_reported(gate: GateFolder) -> None:
    """The first three records are reported by name, and names are escaped."""
    (gate.path / ".embedgate").mkdir()
    for number in range(5):
        (gate.path / ".embedgate" / f"{number}-<b>\x1b[31m.json").write_text("{", encoding="utf-8")

    done = run(gate)

    assert done.ret == 0
    done.stdout.fnmatch_lines(["*history *.embedgate: 0-<b>*31m.json is not a record*", "*: 2 more are not records"])
    assert "\x1b[31m.json" not in done.stdout.str()
    assert "0-&lt;b&gt;" in gate.report


def test_report_shows_no_trend_before_the_third_run_of_a_model(gate: GateFolder) -> None:
    """Verdicts on other models do not count."""
    run(gate, 0.5)
    (record,) = records(gate.path / ".embedgate")
    for _ in range(3):
        append(gate.path / ".embedgate", {**record, "run": {"source": "metaflow", "pathspec": "Flow/1"}})

    run(gate, 0.6)

    assert 'class="eg-trends"' not in gate.report
    assert ">trend</th>" not in gate.report


@needs_browser
def test_report_shows_the_trend_of_each_check_that_varies(gate: GateFolder, browser: Browser) -> None:
    for value in (0.5, 0.3, 0.6, 0.7):
        run(gate, value)

    page = browser.new_page(viewport={"width": 1280, "height": 900})
    logged: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    page.on("pageerror", lambda error: logged.append(str(error)))
    page.goto((gate.path / "report.html").as_uri())
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    row = page.locator(".eg-checks tbody tr", has=page.locator("code:text-is('custom.mine')"))
    bars = row.locator(".eg-bars i").evaluate_all("all => all.map(one => [one.offsetHeight, one.className])")
    images = page.locator(".eg-trends img:visible").evaluate_all(
        "all => all.map(one => [one.complete, one.naturalWidth > 100, one.alt])"
    )
    names = page.locator(".eg-trends code:visible").all_inner_texts()
    caption = page.locator("figure:has(.eg-trends) figcaption").inner_text()
    width = page.evaluate("document.documentElement.scrollWidth")
    page.close()

    assert names == ["custom.mine"]
    assert images == [[True, True, "custom.mine over 4 gate runs: 0.300 to 0.700"]]
    assert [height for height, _ in bars] == [9, 2, 12, 16]
    assert [kind for _, kind in bars] == ["eg-run", "eg-broken", "eg-run", "eg-run"]
    assert "4 gate runs" in caption
    assert "custom.still" in caption
    assert (width <= 1280, logged) == (True, [])
