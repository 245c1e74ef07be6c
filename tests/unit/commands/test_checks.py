"""`embedgate checks` prints each check as configured."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from embedgate.checks.registry import check_ids
from embedgate.cli import main
from embedgate.config.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CONFIG = """
[genres]
rock = ["rock"]
rap = ["rap"]
[checks."separation.space[rock]"]
at_least = 0.7
[checks."duplicates"]
severity = "off"
[bands]
measured = "2026-01-01"
runs = ["a", "b"]
[bands.limits]
"champion.misplaced" = 4.0
"""


def lines_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    assert main(["checks", *arguments]) == 0
    return {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}


def test_without_a_config_every_check_has_its_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    found = lines_of(capsys)

    assert list(found) == list(check_ids(Settings()))
    assert found["integrity.finite"].split()[1] == "fail"
    assert "Are all components of all vectors finite?" in found["integrity.finite"]
    assert found["integrity.finite"].endswith("default: <= 0")
    assert found["separation.silhouette"].endswith("none: set at_least")
    assert "chance level" in found["neighbours.co_listening"]
    assert "champion: >= 0.900" in found["champion.match_auc"]


def test_config_sets_severities_and_bounds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.toml").write_text(CONFIG, encoding="utf-8")

    found = lines_of(capsys, f"--config={tmp_path / 'c.toml'}")

    assert ">= 0.700 (configured)" in found["separation.space[rock]"]
    assert "chance level" in found["separation.space[rap]"]
    assert found["duplicates.rate"].split()[1] == "off"
    assert "<= 4 (calibrated)" in found["champion.misplaced"]


def test_invalid_config_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.toml").write_text('[checks."duplicates.rat"]\nseverity = "warn"\n', encoding="utf-8")

    assert main(["checks", f"--config={tmp_path / 'c.toml'}"]) != 0
    assert "did you mean 'duplicates.rate'" in capsys.readouterr().err


def test_missing_config_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["checks", f"--config={tmp_path / 'gone.toml'}"]) == 2
    assert "gone.toml cannot be read: No such file" in capsys.readouterr().err


def test_module_runs_the_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "embedgate", "checks"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("integrity.finite")
