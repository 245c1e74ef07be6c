"""The config that a gate run uses, and the files that a usage error removes; see also docs/errors.md."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from embedgate.judgement.csv_lists import COLUMNS

pytest_plugins = "pytester"

FILES = ("--gate-vectors=v.kv", "--gate-playlists=p.jsonl")
EARLIER = '{"schema": 1, "verdict": "passed"}'


def usage_error(pytester: pytest.Pytester, *arguments: str) -> str:
    """Run the gate with a usage error, assert that no earlier verdict is left, and return the message."""
    verdict = Path("verdict.json")
    verdict.write_text(EARLIER, encoding="utf-8")

    done = pytester.runpytest_inprocess(*arguments)

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert not verdict.exists()
    return done.stderr.str()


@pytest.mark.parametrize("kind", ["folder", "pipe", "broken link"])
def test_unreadable_config_is_not_ignored(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """If a config exists in any form where pytest was started, the config beside the ini file is not used."""
    (pytester.path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (pytester.path / "quality_checks.toml").write_text("", encoding="utf-8")
    pytester.mkdir("quality_checks")
    config = pytester.mkdir("here") / "quality_checks.toml"
    if kind == "folder":
        config.mkdir()
    elif kind == "pipe":
        os.mkfifo(config)
    else:
        config.symlink_to("gone")
    monkeypatch.chdir(config.parent)

    assert "the config quality_checks.toml " in usage_error(pytester, "../quality_checks", *FILES)


def test_usage_error_removes_the_earlier_verdict_and_its_lists(pytester: pytest.Pytester) -> None:
    """Only the verdict set by `--gate-verdict` and its lists are removed."""
    (pytester.path / "v.json").write_text(EARLIER, encoding="utf-8")
    for what, columns in COLUMNS.items():
        for name in (f"v.{what}.csv", f"{what}.csv"):
            (pytester.path / name).write_text(",".join(columns) + "\n", encoding="utf-8")
    pytester.mkdir("quality_checks")

    done = pytester.runpytest_inprocess("quality_checks", "--gate-verdict=v.json")

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert {path.name for path in pytester.path.iterdir()} == {"quality_checks", *(f"{what}.csv" for what in COLUMNS)}


def test_config_is_looked_up_in_the_working_directory_then_beside_the_ini_file(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A config further up is never used. Each config has a different unknown key, which the usage error names."""
    project, below = pytester.path / "project", pytester.path / "project" / "below"
    below.mkdir(parents=True)
    suite = project / "quality_checks"
    suite.mkdir()
    (pytester.path / "quality_checks.toml").write_text("above = 1", encoding="utf-8")
    assert "'above'" in usage_error(pytester, str(suite))

    monkeypatch.chdir(below)
    assert "there is no quality_checks.toml in " in usage_error(pytester, str(suite))

    (project / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (project / "quality_checks.toml").write_text("beside = 1", encoding="utf-8")
    message = usage_error(pytester, str(suite))
    assert f"{project / 'quality_checks.toml'}" in message
    assert "'beside'" in message

    (below / "quality_checks.toml").write_text("here = 1", encoding="utf-8")
    message = usage_error(pytester, str(suite))
    assert ": quality_checks.toml" in message
    assert "'here'" in message

    (below / "named.toml").write_text("named = 1", encoding="utf-8")
    message = usage_error(pytester, str(suite), "--gate-config=named.toml")
    assert "named.toml" in message
    assert "'named'" in message
