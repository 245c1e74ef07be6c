"""Which pytest runs are gate runs, and what the others notice of embedgate: one line at most."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import SampleFiles

pytest_plugins = "pytester"

ROOT = Path(__file__).resolve().parents[2]
CHECK = """
import pytest

@pytest.mark.gate_check("custom.mine")
def test_mine(gate_judge): raise AssertionError("a gate check ran")

@pytest.mark.gate_check("separation.space")
def test_genre(gate_judge, genre): raise AssertionError("a gate check ran")
"""
PLAIN = "def test_plain(): pass\n"
NO_MODEL = "*no model to test*"


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A repository with tests and a suite of its own."""
    for name, text in {
        "tests/test_plain.py": PLAIN,
        "quality_checks/test_mine.py": CHECK,
        "more_checks/test_more.py": CHECK.replace("custom.mine", "custom.more"),
        "src/quality_checks_of_others/test_plain.py": PLAIN,
        "pytest.ini": "[pytest]\naddopts = --import-mode=importlib\n",
        "conftest.py": f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom fixtures import *\n",
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
def test_the_command_line_makes_a_gate_run(project: pytest.Pytester, arguments: Sequence[str]) -> None:
    """A suite that is named, or any option: without a model that is a usage error."""
    (project.path / "linked").symlink_to("quality_checks")
    (project.path / "arguments").write_text("tests\n--gate-verdict=v.json\n", encoding="utf-8")

    done = project.runpytest_inprocess(*arguments)

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([NO_MODEL])


def test_a_suite_is_named_from_within(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.path / "quality_checks")

    done = project.runpytest_inprocess("test_mine.py")

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([NO_MODEL])


# -- all others --


@pytest.mark.parametrize(
    ("arguments", "passed"),
    [([], 2), (["."], 2), (["tests"], 1), (["tests", "src"], 2), (["--rootdir=.", "tests"], 1), (["--", "tests"], 1)],
    ids=str,
)
def test_other_runs_run_the_tests_and_no_gate_check(
    project: pytest.Pytester, arguments: Sequence[str], passed: int
) -> None:
    """One line says how to run what was deselected; nothing is written, and an earlier verdict stays."""
    (project.path / "verdict.json").write_text("{}", encoding="utf-8")
    whole = arguments in ([], ["."])

    done = project.runpytest_inprocess(*arguments)

    assert done.ret == pytest.ExitCode.OK
    done.assert_outcomes(passed=passed, deselected=4 if whole else 0)
    said = [line for line in done.outlines if "embedgate:" in line]
    assert len(said) == whole
    if whole:
        assert said == ["embedgate: 4 gate checks were deselected, run with: pytest quality_checks"]
    assert not (project.path / "report.html").exists()
    assert not (project.path / ".embedgate").exists()
    assert (project.path / "verdict.json").read_text(encoding="utf-8") == "{}"


@pytest.mark.parametrize("where", ["ini", "environment"])
def test_options_that_are_not_typed_make_no_gate_run(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """`addopts` and PYTEST_ADDOPTS set options for gate runs; a plain run stays one."""
    if where == "ini":
        (project.path / "pytest.ini").write_text("[pytest]\naddopts = --gate-flow=F\n", encoding="utf-8")
    else:
        monkeypatch.setenv("PYTEST_ADDOPTS", "--gate-flow=F")

    done = project.runpytest_inprocess("tests")

    assert done.ret == pytest.ExitCode.OK


def test_a_folder_of_that_name_above_the_project_makes_no_gate_run(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout may lie anywhere."""
    inner = project.path / "quality_checks" / "checkout"
    (inner / "tests").mkdir(parents=True)
    (inner / "tests" / "test_inner.py").write_text(PLAIN, encoding="utf-8")
    (inner / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    monkeypatch.chdir(inner)

    project.runpytest_inprocess("tests").assert_outcomes(passed=1)


def test_tests_in_a_folder_of_that_name_run_in_a_bare_run(pytester: pytest.Pytester) -> None:
    """An unrelated project may have tests/quality_checks."""
    folder = pytester.mkdir("tests") / "quality_checks"
    folder.mkdir()
    (folder / "test_plain.py").write_text(PLAIN, encoding="utf-8")

    done = pytester.runpytest_inprocess()

    done.assert_outcomes(passed=1)
    assert "embedgate:" not in done.stdout.str()


@pytest.mark.parametrize("distributed", [[], ["-n2"]], ids=["one process", "distributed"])
@pytest.mark.parametrize(
    "arguments", [["more_checks"], ["more_checks/test_more.py::test_mine"], ["tests", "more_checks"]], ids=" ".join
)
def test_a_suite_under_another_name_refuses_to_run(
    project: pytest.Pytester, arguments: Sequence[str], distributed: list[str]
) -> None:
    """Exit status 4, and the line says what to add; a plain exit status 0 would read as passed."""
    done = project.runpytest_inprocess(*arguments, *distributed)

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    count = "1 gate check was" if "::" in arguments[-1] else "2 gate checks were"
    how = "run with: pytest more_checks --gate-verdict=verdict.json"
    line = f"ERROR: {arguments[-1]} is a suite of gate checks. embedgate: {count} deselected, {how}"
    assert done.outlines.count(line) == 1
    assert "a gate check ran" not in done.stdout.str()


def test_a_bare_distributed_run_says_so_once(project: pytest.Pytester) -> None:
    done = project.runpytest_inprocess("-n2")

    done.assert_outcomes(passed=2)
    assert sum("embedgate: 4 gate checks were deselected" in line for line in done.outlines) == 1


@pytest.mark.parametrize("arguments", [["-p", "no:embedgate"], []], ids=["-p no:embedgate", "no autoload"])
def test_the_suite_does_not_pass_without_the_plugin(tmp_path: Path, sound: SampleFiles, arguments: list[str]) -> None:
    """No exit status 0 where nothing was judged."""
    env = {**os.environ, **({} if arguments else {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})}
    command = [sys.executable, "-m", "pytest", "-q", str(ROOT / "quality_checks"), *arguments]

    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    assert done.returncode not in (0, 5), done.stdout
    assert not (tmp_path / "verdict.json").exists()


# -- a good guest --


def test_a_plain_run_imports_nothing_heavy(pytester: pytest.Pytester) -> None:
    """Neither the plugin nor its fixtures bring in what a gate run needs."""
    pytester.makepyfile(
        "import json, sys\n"
        "def test_light(gate_settings_of_no_run=None):\n"
        "    open('modules.json', 'w').write(json.dumps(sorted(sys.modules)))\n"
    )

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=pytester.path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    modules = set(json.loads((pytester.path / "modules.json").read_text(encoding="utf-8")))
    heavy = {"numpy", "pandas", "pydantic", "metaflow", "matplotlib", "gensim", "sklearn", "scipy", "openTSNE"}
    assert not heavy & modules
    assert {each for each in modules if each.startswith("embedgate")} <= {
        "embedgate",
        "embedgate.errors",
        "embedgate.gate",
        "embedgate.gate.plain_run",
        "embedgate.gate.invocation",
        "embedgate.gate.stash",
        "embedgate.paths",
        "embedgate.plugin",
    }


def test_fixtures_import_nothing_heavy() -> None:
    """They are registered in every pytest run in which the wheel is installed."""
    code = "import sys, fixtures; print(sorted({'numpy', 'pandas', 'pydantic', 'metaflow'} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_a_conftest_that_defines_an_option_of_ours_is_named(pytester: pytest.Pytester) -> None:
    """One sentence and exit status 4, and no traceback."""
    pytester.makeconftest("def pytest_addoption(parser): parser.addoption('--gate-run')")
    pytester.makepyfile(PLAIN)

    done = pytester.runpytest_subprocess()

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    said = done.stderr.str()
    assert "a conftest.py defines an option that the plugin embedgate has" in said
    assert "-p no:embedgate" in said
    assert "Traceback" not in said
    assert pytester.runpytest_subprocess("-p", "no:embedgate").ret == pytest.ExitCode.OK


def test_another_error_of_a_conftest_stays_its_own(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("def pytest_addoption(parser): raise ValueError('mine')")

    done = pytester.runpytest_subprocess()

    assert "ValueError: mine" in done.stderr.str()
    assert "embedgate has" not in done.stderr.str()
