"""The wheel: what it carries, and that the suite in it is the clone's."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from build import ProjectBuilder
from build.env import DefaultIsolatedEnv
from pyproject_hooks import quiet_subprocess_runner

from tests.conftest import timeless

if TYPE_CHECKING:
    from tests.conftest import SampleFiles

ROOT = Path(__file__).resolve().parents[2]
SUITE = "embedgate/quality_checks"


def build(kind: Literal["wheel", "sdist", "editable"], source: Path, folder: Path) -> Path:
    """Build a distribution as `python -m build` does: with what is installed, else in isolation."""
    here = ProjectBuilder(source, runner=quiet_subprocess_runner)
    if importlib.util.find_spec("hatchling") and not here.check_dependencies(kind):
        return Path(here.build(kind, folder))
    with DefaultIsolatedEnv() as env:
        there = ProjectBuilder.from_isolated_env(env, source, runner=quiet_subprocess_runner)
        env.install(there.build_system_requires)
        env.install(there.get_requires_for_build(kind))
        return Path(there.build(kind, folder))


def names_in(wheel: Path) -> set[str]:
    """Every file in a wheel, its metadata left out."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def sources(folder: str) -> set[str]:
    """Every Python file in a folder of the checkout, by its name."""
    return {path.name for path in (ROOT / folder).glob("*.py")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@dataclass(frozen=True)
class Installed:
    """An environment in which the wheel is installed."""

    python: Path

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run its Python without anything that points to the checkout."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
        return subprocess.run(
            [self.python, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an environment of its own; its dependencies are those of the environment that runs the tests."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    found = Installed(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
    done = found.run("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel), cwd=folder)
    assert done.returncode == 0, done.stderr
    where = found.run("-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).stdout.strip()
    # a folder that a .pth file names comes after the environment's own, and .pth files in it are not read:
    # an editable install of embedgate there stays out of the way
    borrowed = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (Path(where) / "borrowed.pth").write_text("\n".join(borrowed) + "\n", encoding="utf-8")
    return found


def test_the_wheel_carries_suite_fixtures_demonstration_and_types(wheel: Path) -> None:
    """A user without a clone has all checks, all fixtures, the demonstration's data, and types."""
    names = names_in(wheel)

    assert {f"{SUITE}/{name}" for name in sources("quality_checks")} <= names
    assert {f"embedgate/fixtures/{name}" for name in sources("fixtures")} <= names
    tables = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*.tsv")}
    assert tables
    assert tables <= names
    assert "embedgate/py.typed" in names
    assert {name.partition("/")[0] for name in names} == {"embedgate"}
    assert not [name for name in names if "__pycache__" in name]


def test_the_wheel_names_plugin_and_licence(wheel: Path) -> None:
    """Pytest finds the plugin by its entry point, and the licence goes along."""
    with zipfile.ZipFile(wheel) as archive:
        metadata = {name.partition(".dist-info/")[2]: name for name in archive.namelist() if ".dist-info/" in name}
        entry_points = archive.read(metadata["entry_points.txt"]).decode()

    assert "[pytest11]\nembedgate = embedgate.plugin" in entry_points
    assert any(name.endswith("LICENSE") for name in metadata)


def test_a_wheel_made_of_the_sdist_is_the_same(wheel: Path, tmp_path: Path) -> None:
    """Who packages from the source distribution gets what we publish."""
    sdist = build("sdist", ROOT, tmp_path)
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    again = build("wheel", tmp_path / sdist.name.removesuffix(".tar.gz"), tmp_path)

    assert names_in(again) == names_in(wheel)


def test_an_editable_install_carries_no_copy_of_the_suite(tmp_path: Path) -> None:
    """In a clone the checks of the checkout are the ones that run: there is no second copy to go stale."""
    names = names_in(build("editable", ROOT, tmp_path))

    assert any(name.endswith(".pth") for name in names)
    assert not [name for name in names if "quality_checks" in name or "fixtures" in name]


def test_the_installed_suite_judges_as_the_clone_does(
    installed: Installed, sound: SampleFiles, tmp_path: Path
) -> None:
    """`pytest --pyargs embedgate.quality_checks` gives the outcomes and the values of the clone's own run."""
    away, home = tmp_path / "away", tmp_path / "home"
    away.mkdir()
    home.mkdir()

    where = installed.run("-c", "import embedgate.quality_checks as it; print(it.__file__)", cwd=away).stdout
    theirs = installed.run("-m", "pytest", "--pyargs", "embedgate.quality_checks", *sound.arguments, cwd=away)
    ours = subprocess.run(
        [sys.executable, "-m", "pytest", str(ROOT / "quality_checks"), *sound.arguments],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )

    assert Path(where.strip()).is_relative_to(installed.python.parents[1])
    assert (theirs.returncode, ours.returncode) == (0, 0), theirs.stdout + theirs.stderr + ours.stdout + ours.stderr
    assert _facts(away) == _facts(home)
    assert (away / "report.html").exists()


def test_the_installed_suite_can_be_narrowed_to_a_module(
    installed: Installed, sound: SampleFiles, tmp_path: Path
) -> None:
    """A module of the installed suite is a gate run too: partial, by the user's own choice."""
    done = installed.run(
        "-m", "pytest", "--pyargs", "embedgate.quality_checks.test_integrity", *sound.arguments, cwd=tmp_path
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))["verdict"] == "partial"


OWN = """
import pytest
from embedgate.measures.measurement import Measurement

@pytest.mark.gate_check("{check_id}")
def test_mine(gate_judge):
    gate_judge(Measurement(value=0.0, n=270, summary="mine"), at_most=1)
"""


def write_own(path: Path, check_id: str) -> None:
    """A check of the user's own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(OWN.format(check_id=check_id), encoding="utf-8")


def test_the_installed_suite_runs_with_the_users_own_checks(
    installed: Installed, sound: SampleFiles, tmp_path: Path
) -> None:
    """Those in `quality_checks` where pytest was started; one that the suite has too replaces the suite's."""
    write_own(tmp_path / "quality_checks" / "test_mine.py", "custom.mine")
    write_own(tmp_path / "quality_checks" / "test_finite.py", "integrity.finite")

    done = installed.run("-m", "pytest", "--pyargs", "embedgate.quality_checks", *sound.arguments, cwd=tmp_path)
    checks = json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))["checks"]
    said = {check["id"]: check["message"] for check in checks}

    assert done.returncode == 0, done.stdout + done.stderr
    assert (said["custom.mine"], said["integrity.finite"]) == ("Mine.", "Mine.")
    assert len(said) == len(checks)
    assert "not_run" not in {check["outcome"] for check in checks}


def test_the_config_lists_where_own_checks_are(installed: Installed, sound: SampleFiles, tmp_path: Path) -> None:
    """`[suite] paths` replaces the default; a path that is missing is a usage error."""
    for folder in ("quality_checks", "mine", "more"):
        write_own(tmp_path / folder / f"test_{folder}.py", f"custom.{folder}")
    config = tmp_path / "quality_checks.toml"
    arguments = ("-m", "pytest", "--pyargs", "embedgate.quality_checks", "-k", "test_mine", *sound.arguments[:2])

    config.write_text('[suite]\npaths = ["mine", "more/test_more.py"]\n', encoding="utf-8")
    done = installed.run(*arguments, cwd=tmp_path)
    found = json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))["checks"]
    config.write_text('[suite]\npaths = ["mine", "gone"]\n', encoding="utf-8")
    missing = installed.run(*arguments, cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert {check["id"] for check in found if check["outcome"] == "passed"} == {"custom.mine", "custom.more"}
    assert "custom.quality_checks" not in {check["id"] for check in found}
    assert missing.returncode == 4
    assert "quality_checks.toml: [suite] paths lists 'gone'" in missing.stderr
    assert not (tmp_path / "verdict.json").exists()


def test_a_plain_run_beside_the_wheel_imports_nothing_heavy(installed: Installed, tmp_path: Path) -> None:
    """An unrelated project pays for the options alone; `--fixtures` lists the fixtures all the same."""
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


def _facts(folder: Path) -> dict[str, Any]:
    """Return the verdict of a run without what belongs to that run alone."""
    return timeless(json.loads((folder / "verdict.json").read_text(encoding="utf-8")))
