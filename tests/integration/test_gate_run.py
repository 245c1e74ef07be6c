"""Which pytest runs are gate runs, and how embedgate affects other pytest runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.integration.forked_gate import ROOT
from tests.integration.suite import CONFTEST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


pytest_plugins = "pytester"

CHECKS = """
import pytest

@pytest.mark.gate_check("custom.mine")
def test_mine(gate_judge): raise AssertionError("a gate check ran")

@pytest.mark.gate_check("separation.space")
def test_genre(gate_judge, genre): raise AssertionError("a gate check ran")
"""
PLAIN = "def test_plain(): pass\n"
NO_MODEL = "*no model to test*"
OPTIONS = ("config", "flow", "run", "tag", "namespace", "vectors", "playlists", "champion", "promote", "verdict")
HEAVY = {"numpy", "pandas", "pydantic", "metaflow", "matplotlib", "gensim", "sklearn", "scipy", "openTSNE"}


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A repository with tests and two suites."""
    for name, text in {
        "tests/test_plain.py": PLAIN,
        "quality_checks/test_mine.py": CHECKS,
        "more_checks/test_more.py": CHECKS.replace("custom.mine", "custom.more"),
        "src/quality_checks_of_others/test_plain.py": PLAIN,
        "pytest.ini": "[pytest]\naddopts = --import-mode=importlib\n",
        "conftest.py": CONFTEST,
    }.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return pytester


# -- gate runs --


@pytest.mark.parametrize(
    "arguments",
    [
        ["quality_checks"],
        ["quality_checks/test_mine.py"],
        ["quality_checks/test_mine.py::test_mine"],
        ["./tests/../quality_checks"],
        ["linked"],
        ["linked/test_mine.py"],
        ["tests", "quality_checks"],
        ["--pyargs", "embedgate.quality_checks"],
        ["--pyargs", "embedgate.quality_checks.test_integrity"],
        ["tests", "--gate-verdict=v.json"],
        ["tests", "--gate-verdict", "v.json"],
        ["--gate-champion=none"],
        ["--gate-promote"],
        ["@arguments"],
    ],
    ids=" ".join,
)
def test_suite_or_option_starts_a_gate_run(project: pytest.Pytester, arguments: Sequence[str]) -> None:
    """A gate run without a model is a usage error."""
    (project.path / "linked").symlink_to("quality_checks")
    (project.path / "arguments").write_text("tests\n--gate-verdict=v.json\n", encoding="utf-8")

    done = project.runpytest_inprocess(*arguments)

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([NO_MODEL])


def test_module_given_from_within_the_suite_starts_a_gate_run(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.path / "quality_checks")

    done = project.runpytest_inprocess("test_mine.py")

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([NO_MODEL])


# -- other runs --


@pytest.mark.parametrize(
    ("arguments", "passed", "deselected"),
    [
        ([], 2, 4),
        (["."], 2, 4),
        (["tests"], 1, 0),
        (["tests", "src"], 2, 0),
        (["--rootdir=.", "tests"], 1, 0),
        (["--", "tests"], 1, 0),
    ],
    ids=str,
)
def test_gate_checks_are_deselected_in_other_runs(
    project: pytest.Pytester, arguments: Sequence[str], passed: int, deselected: int
) -> None:
    """One line says how to run them. No file is written, no config is read, and an earlier verdict stays."""
    (project.path / "verdict.json").write_text("{}", encoding="utf-8")
    (project.path / "quality_checks.toml").write_text("nonsense = 1", encoding="utf-8")

    done = project.runpytest_inprocess(*arguments)

    assert done.ret == pytest.ExitCode.OK
    done.assert_outcomes(passed=passed, deselected=deselected)
    lines = [line for line in done.outlines if "embedgate:" in line]
    line = "embedgate: 4 gate checks were deselected, run with: pytest quality_checks"
    assert lines == ([line] if deselected else [])
    assert not (project.path / "report.html").exists()
    assert not (project.path / ".embedgate").exists()
    assert (project.path / "verdict.json").read_text(encoding="utf-8") == "{}"


@pytest.mark.parametrize(
    ("source", "status"),
    [("def test_broken(): assert False", pytest.ExitCode.TESTS_FAILED), ("", pytest.ExitCode.NO_TESTS_COLLECTED)],
)
def test_exit_status_of_other_runs_is_not_changed(project: pytest.Pytester, source: str, status: int) -> None:
    (project.path / "tests" / "test_plain.py").write_text(source, encoding="utf-8")

    done = project.runpytest_inprocess("tests")

    assert done.ret == status
    assert "embedgate:" not in done.stdout.str()


@pytest.mark.parametrize("where", ["ini", "environment"])
def test_options_in_addopts_do_not_start_a_gate_run(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    if where == "ini":
        (project.path / "pytest.ini").write_text("[pytest]\naddopts = --gate-flow=F\n", encoding="utf-8")
    else:
        monkeypatch.setenv("PYTEST_ADDOPTS", "--gate-flow=F")

    done = project.runpytest_inprocess("tests")

    assert done.ret == pytest.ExitCode.OK


def test_folder_quality_checks_above_the_project_does_not_start_a_gate_run(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = project.path / "quality_checks" / "checkout"
    (inner / "tests").mkdir(parents=True)
    (inner / "tests" / "test_inner.py").write_text(PLAIN, encoding="utf-8")
    (inner / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    monkeypatch.chdir(inner)

    project.runpytest_inprocess("tests").assert_outcomes(passed=1)


def test_plain_tests_in_a_folder_quality_checks_run(pytester: pytest.Pytester) -> None:
    """An unrelated project may have a folder of this name."""
    folder = pytester.mkdir("tests") / "quality_checks"
    folder.mkdir()
    (folder / "test_plain.py").write_text(PLAIN, encoding="utf-8")

    done = pytester.runpytest_inprocess()

    done.assert_outcomes(passed=1)
    assert "embedgate:" not in done.stdout.str()


@pytest.mark.parametrize(
    "arguments",
    [
        ["more_checks"],
        ["more_checks/test_more.py::test_mine"],
        ["tests", "more_checks"],
        ["-n2", "tests", "more_checks"],
    ],
    ids=" ".join,
)
def test_suite_of_another_name_is_a_usage_error(project: pytest.Pytester, arguments: Sequence[str]) -> None:
    """Exit status 0 would look like a passed gate run. A line says which option to add."""
    done = project.runpytest_inprocess(*arguments)

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    count = "1 gate check was" if "::" in arguments[-1] else "2 gate checks were"
    command = "pytest more_checks --gate-verdict=verdict.json"
    line = f"ERROR: {arguments[-1]} is a suite of gate checks. embedgate: {count} deselected, run with: {command}"
    assert done.outlines.count(line) == 1
    assert "a gate check ran" not in done.stdout.str()


def test_distributed_run_mentions_deselected_checks_once(project: pytest.Pytester) -> None:
    done = project.runpytest_inprocess("-n2")

    done.assert_outcomes(passed=2)
    assert sum("embedgate: 4 gate checks were deselected" in line for line in done.outlines) == 1


@pytest.mark.parametrize("disabled", ["-p no:embedgate", "PYTEST_DISABLE_PLUGIN_AUTOLOAD"])
def test_suite_without_the_plugin_does_not_pass(tmp_path: Path, disabled: str) -> None:
    is_option = disabled.startswith("-p")
    environment = {**os.environ, **({} if is_option else {disabled: "1"})}
    command = [sys.executable, "-m", "pytest", "-q", str(ROOT / "quality_checks")]

    done = subprocess.run(
        [*command, *(disabled.split() if is_option else [])],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == pytest.ExitCode.INTERRUPTED, done.stdout
    assert not (tmp_path / "verdict.json").exists()


def test_collect_only_and_help_run_nothing_and_keep_the_earlier_verdict(project: pytest.Pytester) -> None:
    (project.path / "verdict.json").write_text("{}", encoding="utf-8")

    listing = project.runpytest_inprocess("quality_checks", "--collect-only", "-q")
    usage = project.runpytest_inprocess("quality_checks", "--help")

    assert (listing.ret, usage.ret) == (0, 0)
    listing.stdout.fnmatch_lines(["*test_mine.py::test_mine"])
    group = usage.stdout.str().partition("\nembedgate")[2].partition("\n\n")[0]
    for option in OPTIONS:
        assert f"--gate-{option}" in group
    assert not (project.path / "report.html").exists()
    assert (project.path / "verdict.json").read_text(encoding="utf-8") == "{}"


def test_gate_fixture_outside_a_gate_run_says_how_to_start_one(project: pytest.Pytester) -> None:
    (project.path / "tests" / "test_plain.py").write_text("def test_mine(gate_model): pass", encoding="utf-8")

    done = project.runpytest_inprocess("tests")

    assert done.ret == pytest.ExitCode.TESTS_FAILED
    done.stdout.fnmatch_lines(["*this is not a gate run*pytest quality_checks*--gate-*"])


# -- imports --


def test_other_run_imports_no_heavy_package(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import json, sys\ndef test_light():\n    open('modules.json', 'w').write(json.dumps(sorted(sys.modules)))\n"
    )

    done = pytester.runpytest_subprocess("-p", "no:cacheprovider")

    assert done.ret == pytest.ExitCode.OK
    modules = set(json.loads((pytester.path / "modules.json").read_text(encoding="utf-8")))
    assert not HEAVY & modules
    assert {each for each in modules if each.startswith("embedgate")} <= {
        "embedgate",
        "embedgate.gate",
        "embedgate.gate.invocation",
        "embedgate.gate.plain_run",
        "embedgate.gate.stash",
        "embedgate.paths",
        "embedgate.errors",
        "embedgate.plugin",
    }


def test_package_plugin_and_fixtures_import_no_heavy_package() -> None:
    code = "import sys, embedgate, embedgate.plugin, fixtures; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert not HEAVY & set(done.stdout.split())


# -- errors of a conftest.py --


def test_conftest_that_defines_an_option_of_embedgate_is_a_usage_error(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("def pytest_addoption(parser): parser.addoption('--gate-run')")
    pytester.makepyfile(PLAIN)

    done = pytester.runpytest_subprocess()

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    message = done.stderr.str()
    assert "a conftest.py defines an option of the plugin embedgate" in message
    assert "-p no:embedgate" in message
    assert "Traceback" not in message
    assert pytester.runpytest_subprocess("-p", "no:embedgate").ret == pytest.ExitCode.OK


def test_other_error_of_a_conftest_is_not_changed(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("def pytest_addoption(parser): raise ValueError('mine')")

    done = pytester.runpytest_subprocess()

    assert "ValueError: mine" in done.stderr.str()
    assert "plugin embedgate" not in done.stderr.str()
