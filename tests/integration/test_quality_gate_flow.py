"""The gate as a flow: shards, verdict, card, promotion and failures, in a local datastore."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import SAMPLE_CONFIG, timeless
from tests.integration.forked_gate import environment_of
from tests.integration.gate_flow_runs import FLOWS, GATE, FlowFolder, FlowRun, write_documented_flow
from tests.integration.suite import copy_suite

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CONFIG = SAMPLE_CONFIG.replace("[model]", '[model]\nflow = "SampleFlow"')
FLAKY = FLOWS / "flaky_gate_flow.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> FlowFolder:
    """A folder with quality_checks.toml, the suite and no run."""
    return FlowFolder(copy_suite(tmp_path_factory.mktemp("gate_flow"), CONFIG))


@pytest.fixture(scope="module")
def champion(folder: FlowFolder) -> FlowRun:
    """A run that the gate promoted."""
    trained = folder.run(FLOWS / "sample_flow.py")
    gated = folder.run(GATE, "--promote", "true")
    assert gated.status == 0, trained.output + gated.output
    assert folder.verdict(gated)["promotion"] == "done"
    assert folder.tags(trained.pathspec) == {"champion", "quality:passed"}
    return trained


@pytest.fixture(scope="module")
def candidate(folder: FlowFolder, champion: FlowRun) -> FlowRun:
    """A sound run after the champion."""
    return folder.run(FLOWS / "sample_flow.py", "--seed", "1")


@pytest.fixture(scope="module")
def sharded(folder: FlowFolder, candidate: FlowRun) -> FlowRun:
    """The gate on the candidate, in three shards."""
    gated = folder.run(GATE, "--flow", "SampleFlow", "--run", candidate.pathspec, "--shards", "3")
    assert gated.status == 0, gated.output
    return gated


def assert_equal(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Assert that all but times and random numbers are equal; values within 1e-9."""
    left, right = timeless(one), timeless(other)
    values = [[check.pop("value") for check in verdict["checks"]] for verdict in (left, right)]
    assert values[0] == pytest.approx(values[1], abs=1e-9)
    assert left == right


def test_verdict_does_not_depend_on_the_number_of_shards(
    folder: FlowFolder, candidate: FlowRun, sharded: FlowRun
) -> None:
    one = folder.run(GATE, "--run", candidate.pathspec, "--shards", "1")

    assert len(list(folder.read(sharded.pathspec)["measure"])) == 3
    assert len(list(folder.read(one.pathspec)["measure"])) == 1
    assert folder.verdict(sharded)["champion"]["pathspec"].startswith("SampleFlow/")
    assert_equal(folder.verdict(one), folder.verdict(sharded))


def test_verdict_is_that_of_pytest(folder: FlowFolder, candidate: FlowRun, sharded: FlowRun) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "quality_checks", f"--gate-run={candidate.pathspec}"],
        cwd=folder.path,
        env=environment_of(folder.path, OPENBLAS_NUM_THREADS="1"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads((folder.path / "verdict.json").read_text(encoding="utf-8"))
    assert_equal(folder.verdict(sharded), written)


def test_card_is_the_report(folder: FlowFolder, sharded: FlowRun, browser: Browser) -> None:
    """Its scripts run in the frame, and its policy allows them."""
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Security Policy" in message.text else None)
    page.set_content(folder.card(sharded))

    report = page.frame_locator("iframe[title='embedgate report']")
    report.get_by_text("passed", exact=False).first.wait_for()
    text = report.locator("body").inner_text()
    sortable = report.locator("th button.eg-sort").count()
    page.close()

    assert "All checks that can fail the gate passed" in text
    assert folder.verdict(sharded)["run"]["pathspec"] in text
    assert sortable
    assert not errors


def test_shard_that_fails_once_is_retried_and_changes_nothing(
    folder: FlowFolder, candidate: FlowRun, sharded: FlowRun
) -> None:
    gated = folder.run(FLAKY, "--run", candidate.pathspec, "--shards", "3", FAILING_ATTEMPTS="1")

    assert gated.status == 0, gated.output
    assert "OSError: the datastore does not answer" in gated.output
    assert_equal(folder.verdict(gated), folder.verdict(sharded))


def test_shard_that_keeps_failing_stops_the_gate_and_is_named(folder: FlowFolder, candidate: FlowRun) -> None:
    before = folder.tags(candidate.pathspec)

    gated = folder.run(FLAKY, "--run", candidate.pathspec, "--shards", "9", "--promote", "true", FAILING_ATTEMPTS="9")

    failed = "ShardFailed: shard 7 of 9 (champion tracks 0 to 511) failed: OSError: the datastore does not answer"
    assert gated.status == 1
    assert gated.output.count(failed) >= 3
    run = folder.read(gated.pathspec)
    assert not run.successful
    assert "evaluate" not in {step.id for step in run}
    assert folder.tags(candidate.pathspec) == before


def test_broken_model_fails_the_run_and_leaves_verdict_and_card(folder: FlowFolder, champion: FlowRun) -> None:
    broken = folder.run(FLOWS / "sample_flow.py", "--shuffled", "true")

    gated = folder.run(GATE, "--run", broken.pathspec, "--promote", "true", "--shards", "2")

    assert gated.status == 1
    assert "GateFailed: the verdict is failed" in gated.output
    assert "neighbours.co_listening failed: " in gated.output
    verdict = folder.verdict(gated)
    assert (verdict["verdict"], verdict["promoted"], verdict["error"]) == ("failed", False, None)
    report = folder.report(gated)
    assert "Promotion is blocked." in report
    assert broken.pathspec in report
    assert folder.tags(broken.pathspec) == {"quality:failed"}
    assert "champion" in folder.tags(champion.pathspec)


def test_triggering_run_is_tested(folder: FlowFolder, champion: FlowRun, candidate: FlowRun) -> None:
    """`--trigger` of Metaflow stands in for the event that a finished run emits."""
    script = write_documented_flow(folder.path)

    gated = folder.run(script, "--promote", "false", before_run=("--trigger", champion.pathspec))

    assert gated.status == 0, gated.output
    verdict = folder.verdict(gated)
    assert (verdict["run"]["pathspec"], verdict["promoted"]) == (champion.pathspec, False)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--run", "SampleFlow/1", "--gate-tag", "x"), "UsageError: run 'SampleFlow/1' and tag 'x' are both set"),
        (("--flow", "SampelFlow"), "FlowNotFound: "),
        (("--champion", "none", "--promote", "true"), "UsageError: --gate-champion=none with --gate-promote would"),
        (("--shards", "0"), "UsageError: --shards must be 1 or more, not 0"),
    ],
)
def test_wrong_parameters_stop_the_gate_at_its_start(
    folder: FlowFolder, candidate: FlowRun, arguments: tuple[str, ...], error: str
) -> None:
    gated = folder.run(GATE, *arguments)

    assert gated.status == 1
    assert error in gated.output
    assert [step.id for step in folder.read(gated.pathspec)] == ["start"]
