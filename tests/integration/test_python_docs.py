"""docs/python.md: the script, the notebook and the Metaflow step run as printed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from embedgate.testing import sample
from tests.conftest import SampleFiles, timeless, write_sample
from tests.integration.gate_flow_runs import FlowFolder, report_in
from tests.integration.suite import copy_suite, run_pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"
SCRIPT, *CELLS, FLOW = re.findall(
    r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the examples read."""
    files: SampleFiles = write_sample(sample(), tmp_path)
    files.config.rename(tmp_path / "quality_checks.toml")
    import embedgate

    model = embedgate.load_files(files.vectors, files.playlists)
    assert len(model.playlists)
    frame = __import__("pandas").DataFrame(sample().rows())
    frame.to_parquet(tmp_path / "playlists.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(folder: Path, code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code as a script in a folder."""
    (folder / "program.py").write_text(code, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "program.py", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_script_passes_and_writes_its_files(folder: Path) -> None:
    done = run(folder, SCRIPT)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("passed\n")
    assert {"verdict.json", "report.html"} <= {path.name for path in folder.iterdir()}


def test_script_fails_for_a_broken_model(folder: Path) -> None:
    broken = sample()
    shutil.copy(folder / "quality_checks.toml", folder / "config.toml")
    broken.vectors[:] = 1
    write_sample(broken, folder)

    done = run(folder, SCRIPT)

    assert done.returncode == 1
    assert "GateFailed: the verdict is failed" in done.stderr
    assert "integrity.identical_rows" in done.stderr


def test_notebook_cells_show_a_failed_verdict(folder: Path) -> None:
    names: dict[str, Any] = {}

    for cell in CELLS:
        *lines, last = cell.strip().splitlines()
        exec("\n".join(lines), names)  # noqa: S102 - the code of our own page
        names["shown"] = eval(last, names)  # noqa: S307

    assert names["verdict"].outcome == "failed"
    assert "neighbours.co_listening" in names["verdict"]._repr_html_()
    assert "neighbours.co_listening" in names["shown"].index


def test_metaflow_step_has_the_report_as_card_and_fails_for_a_broken_model(folder: Path) -> None:
    datastore = {"METAFLOW_USER": "test", "METAFLOW_HOME": str(folder / "home"), "USERNAME": "test"}

    passed = run(folder, FLOW, "run", **datastore)

    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "outcome: passed" in passed.stdout
    (card,) = (folder / ".metaflow").rglob("*.html")
    assert "separation.space[rock]" in report_in(card.read_text(encoding="utf-8"))
    copy_suite(folder)
    files = "--gate-vectors=vectors.npz", "--gate-playlists=playlists.parquet"
    tested = run_pytest(folder, "quality_checks", *files)
    assert tested.status == 0, tested.output
    (step,) = (folder / ".metaflow" / "TrainingFlow").glob("[0-9]*")
    kept = FlowFolder(folder).read(f"TrainingFlow/{step.name}").data.verdict.as_json()
    assert timeless(kept)["checks"] == timeless(tested.verdict)["checks"]
    assert kept["verdict"] == tested.verdict["verdict"] == "passed"

    broken = sample()
    broken.vectors[:] = 1
    write_sample(broken, folder)
    failed = run(folder, FLOW, "run", **datastore)
    assert failed.returncode != 0
    assert "GateFailed" in failed.stdout + failed.stderr
