"""The wheel: its contents, and the verdict of its suite."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conftest import timeless
from tests.integration.forked_gate import ROOT
from tests.integration.installed_wheel import Installed, build
from tests.integration.suite import verdict_in

if TYPE_CHECKING:
    import pytest

    from tests.conftest import SampleFiles
    from tests.integration.forked_gate import GateRun

SUITE = "embedgate/quality_checks"


def names_in(wheel: Path) -> set[str]:
    """Return the names of all files in a wheel except its metadata."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def sources(folder: str) -> set[str]:
    """Return the names of the Python files in a folder of the checkout."""
    return {path.name for path in (ROOT / folder).glob("*.py")}


def test_wheel_contains_suite_fixtures_demonstration_and_types(wheel: Path) -> None:
    names = names_in(wheel)

    assert {f"{SUITE}/{name}" for name in sources("quality_checks")} <= names
    assert {f"embedgate/fixtures/{name}" for name in sources("fixtures")} <= names
    folders = (ROOT / "src/embedgate/demo", ROOT / "src/embedgate/material/words")
    data = {path.relative_to(ROOT / "src").as_posix() for folder in folders for path in folder.rglob("*.t*")}
    assert {path.rpartition(".")[2] for path in data} == {"tsv", "toml", "txt"}
    assert data <= names
    assert [name for name in names if "/flows/" in name] == ["embedgate/flows/quality_gate_flow.py"]
    assert "embedgate/py.typed" in names
    assert {name.partition("/")[0] for name in names} == {"embedgate"}
    assert not [name for name in names if "__pycache__" in name]


def test_wheel_declares_the_plugin_and_the_sources_and_contains_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = {name.partition(".dist-info/")[2]: name for name in archive.namelist() if ".dist-info/" in name}
        entry_points = archive.read(metadata["entry_points.txt"]).decode()

    assert "[pytest11]\nembedgate = embedgate.plugin" in entry_points
    assert "[embedgate.sources]\nfiles = embedgate.sources.tested_files\nmetaflow = " in entry_points
    assert any(name.endswith("LICENSE") for name in metadata)


def test_wheel_built_from_the_sdist_has_the_same_files(wheel: Path, tmp_path: Path) -> None:
    sdist = build("sdist", ROOT, tmp_path)
    subprocess.run(["tar", "-xf", sdist], cwd=tmp_path, check=True)
    again = build("wheel", tmp_path / sdist.name.removesuffix(".tar.gz"), tmp_path)

    assert names_in(again) == names_in(wheel)


def test_editable_install_contains_no_copy_of_the_suite(tmp_path: Path) -> None:
    """In a checkout, the checks of the checkout run; a copy would become stale."""
    names = names_in(build("editable", ROOT, tmp_path))

    assert any(name.endswith(".pth") for name in names)
    assert not [name for name in names if "quality_checks" in name or "fixtures" in name or "/flows/" in name]


def test_installed_suite_has_the_same_verdict_as_the_checkout(
    installed: Installed, sound_with_map: SampleFiles, sound_run: GateRun, tmp_path: Path
) -> None:
    path = installed.run("-c", "import embedgate.quality_checks as it; print(it.__file__)", cwd=tmp_path).stdout

    done = installed.run(
        "-m", "pytest", "--pyargs", "embedgate.quality_checks", *sound_with_map.arguments, cwd=tmp_path
    )

    assert Path(path.strip()).is_relative_to(installed.python.parents[1])
    assert (done.returncode, sound_run.status) == (0, 0), done.stdout + done.stderr + sound_run.output
    assert timeless(verdict_in(tmp_path)) == timeless(sound_run.verdict)
    assert (tmp_path / "report.html").exists()


def test_installed_gate_flow_is_the_one_of_the_checkout(
    installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METAFLOW_USER", "me")
    shown = installed.run("-m", "embedgate.flows.quality_gate_flow", "--no-pylint", "show", cwd=tmp_path)
    path = installed.run(
        "-c", "import embedgate.flows.quality_gate_flow as flow; print(flow.__file__)", cwd=tmp_path
    ).stdout.strip()

    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert Path(path).read_bytes() == (ROOT / "flows" / "quality_gate_flow.py").read_bytes()
    assert Path(path).is_relative_to(installed.python.parents[1])


def test_module_of_the_installed_suite_is_a_partial_gate_run(
    installed: Installed, sound: SampleFiles, tmp_path: Path
) -> None:
    done = installed.run(
        "-m", "pytest", "--pyargs", "embedgate.quality_checks.test_integrity", *sound.arguments, cwd=tmp_path
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert verdict_in(tmp_path)["verdict"] == "partial"


CUSTOM = """
import pytest
from embedgate.measures.measurement import Measurement

@pytest.mark.gate_check("{check_id}")
def test_mine(gate_judge):
    gate_judge(Measurement(value=0.0, n=270, summary="mine"), at_most=1)
"""


def write_custom_check(path: Path, check_id: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CUSTOM.format(check_id=check_id), encoding="utf-8")


def test_installed_suite_includes_the_checks_of_the_working_directory(
    installed: Installed, sound: SampleFiles, tmp_path: Path
) -> None:
    """A check with the id of a built-in check replaces it."""
    write_custom_check(tmp_path / "quality_checks" / "test_mine.py", "custom.mine")
    write_custom_check(tmp_path / "quality_checks" / "test_finite.py", "integrity.finite")

    done = installed.run("-m", "pytest", "--pyargs", "embedgate.quality_checks", *sound.arguments, cwd=tmp_path)
    checks = verdict_in(tmp_path)["checks"]
    messages = {check["id"]: check["message"] for check in checks}

    assert done.returncode == 0, done.stdout + done.stderr
    assert (messages["custom.mine"], messages["integrity.finite"]) == ("Mine.", "Mine.")
    assert len(messages) == len(checks)
    assert "not_run" not in {check["outcome"] for check in checks}


def test_config_sets_the_paths_of_custom_checks(installed: Installed, sound: SampleFiles, tmp_path: Path) -> None:
    """A path that does not exist is a usage error."""
    for folder in ("quality_checks", "mine", "more"):
        write_custom_check(tmp_path / folder / f"test_{folder}.py", f"custom.{folder}")
    config = tmp_path / "quality_checks.toml"
    arguments = (
        "-m",
        "pytest",
        "--pyargs",
        "embedgate.quality_checks",
        "-k",
        "test_mine",
        *sound.arguments[:2],
    )

    config.write_text('[suite]\npaths = ["mine", "more/test_more.py"]\n', encoding="utf-8")
    done = installed.run(*arguments, cwd=tmp_path)
    found = verdict_in(tmp_path)["checks"]
    config.write_text('[suite]\npaths = ["mine", "gone"]\n', encoding="utf-8")
    missing = installed.run(*arguments, cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert {check["id"] for check in found if check["outcome"] == "passed"} == {"custom.mine", "custom.more"}
    assert "custom.quality_checks" not in {check["id"] for check in found}
    assert missing.returncode == 4
    assert "quality_checks.toml: [suite] paths lists 'gone'" in missing.stderr
    assert not (tmp_path / "verdict.json").exists()


def test_other_pytest_run_imports_no_heavy_package(installed: Installed, tmp_path: Path) -> None:
    """`--fixtures` lists the fixtures anyway."""
    (tmp_path / "test_plain.py").write_text(
        "import sys\n"
        "def test_light():\n"
        "    heavy = {'numpy', 'pandas', 'pydantic', 'metaflow', 'matplotlib', 'gensim', 'scipy', 'sklearn'}\n"
        "    assert 'embedgate.fixtures' not in sys.modules\n"
        "    assert not heavy & set(sys.modules)\n"
        "    assert 'embedgate.gate.session' not in sys.modules\n",
        encoding="utf-8",
    )

    done = installed.run("-m", "pytest", "-q", cwd=tmp_path)
    listed = installed.run("-m", "pytest", "-q", "--fixtures", cwd=tmp_path)

    assert done.returncode == 0, done.stdout
    assert "gate_model" in listed.stdout
