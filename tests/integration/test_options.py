"""What users type: options, config, gate runs and runs that are none."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import openTSNE  # noqa: F401
import pytest
import scipy.stats  # noqa: F401
import sklearn.metrics  # noqa: F401

# pytester forgets what its runs import: numpy does not bear that twice, and the rest takes its time each time
import embedgate.gate.hooks
import embedgate.report.figures.canvas
import embedgate.sources.files  # noqa: F401
from embedgate.checks.registry import check_ids
from embedgate.config import load_config
from embedgate.judgement.csv_lists import COLUMNS
from embedgate.testing import Sample, sample
from tests.conftest import SAMPLE_CONFIG, SampleFiles, timeless, write_sample

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.integration.conftest import Datastore

pytest_plugins = "pytester"

ROOT = Path(__file__).resolve().parents[2]
PATHS = ("config", "vectors", "playlists")
OPTIONS = ("config", "flow", "run", "tag", "namespace", "vectors", "playlists", "champion", "promote", "verdict")
VALUED = ("config", "flow", "run", "tag", "namespace", "vectors", "playlists", "champion")
FILES = ("--gate-vectors=v.kv", "--gate-playlists=p.jsonl")
YESTERDAYS = '{"schema": 1, "verdict": "passed"}'
NO_MODEL = ("no model to test", "--gate-flow", "--gate-vectors")


def run(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def copy_suite(folder: Path) -> None:
    """Put the shipped suite into a folder."""
    shutil.copytree(ROOT / "quality_checks", folder / "quality_checks", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "conftest.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom fixtures import *\n", encoding="utf-8"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the shipped suite in it."""
    copy_suite(tmp_path)
    return tmp_path


def verdict(folder: Path, name: str = "verdict.json") -> dict[str, Any]:
    """Read a verdict."""
    found: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    return found


def checks(found: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The checks of a verdict by id."""
    return {check["id"]: check for check in found["checks"]}


# -- usage errors --


def usage_error(pytester: pytest.Pytester, *arguments: str) -> str:
    """Run the gate where it has to refuse, with exit status 4 and no verdict left, and return what it says."""
    (pytester.path / "quality_checks").mkdir(exist_ok=True)
    (pytester.path / "verdict.json").write_text(YESTERDAYS, encoding="utf-8")
    done = pytester.runpytest_inprocess(*(arguments or ("quality_checks",)))
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    if not any(each.startswith("--gate-verdict=") for each in arguments):
        assert not (pytester.path / "verdict.json").exists()
    said = "\n".join([*done.outlines, *done.errlines])
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--gate-flow=F", "--gate-run=1", "--gate-tag=t"], ["--gate-run and --gate-tag exclude each other"]),
        (["--gate-vectors=v.kv"], ["--gate-vectors needs --gate-playlists"]),
        (["--gate-playlists=p.parquet"], ["--gate-playlists needs --gate-vectors"]),
        ([*FILES, "--gate-promote"], ["--gate-promote", "files cannot be promoted"]),
        ([*FILES, "--gate-run=F/1"], ["--gate-vectors", "--gate-run"]),
        ([*FILES, "--gate-tag=t"], ["--gate-vectors", "--gate-tag"]),
        ([*FILES, "--gate-champion="], ["--gate-champion is empty", "FLOW/ID", "none"]),
        ([], NO_MODEL),
        (["--gate-run=12"], NO_MODEL),
        (["--gate-champion=none"], NO_MODEL),
        (["--gate-verdict=verdict.json"], NO_MODEL),
        *(([*FILES, f"--gate-{name}="], [f"--gate-{name} is empty: write "]) for name in VALUED),
        *(([*FILES, f"--gate-{name}=~nosuchuser/x"], [f"--gate-{name}: ", "~nosuchuser"]) for name in PATHS),
        *(([*FILES, f"--gate-{name}={'x' * 300}"], [f"--gate-{name}: ", "too long"]) for name in PATHS),
        ([*FILES, "--html=~nosuchuser/x"], ["--html: ", "~nosuchuser"]),
        (["--gate-config=quality_check.toml"], ["quality_check.toml", "--gate-config", "does not exist"]),
        (["--gate-config=quality_checks"], ["the config quality_checks is a folder, not a file"]),
    ],
    ids=" ".join,
)
def test_options_that_contradict_each_other_are_refused(
    pytester: pytest.Pytester, arguments: Sequence[str], words: Sequence[str]
) -> None:
    """What makes no sense is named with what to do instead: exit status 4, and no verdict."""
    said = usage_error(pytester, "quality_checks", *arguments)

    for word in words:
        assert word in said


def test_a_config_of_nearly_that_name_is_suggested(pytester: pytest.Pytester) -> None:
    """Who mistypes the config's name learns which file is there."""
    (pytester.path / "nightly.toml").write_text("", encoding="utf-8")

    assert "did you mean nightly.toml?" in usage_error(pytester, "quality_checks", "--gate-config=nihgtly.toml")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("[model]\nvector = 'x'", ["unknown key `model.vector`", "did you mean `vectors`?"]),
        ("[modle]\nflow = 'F'", ["unknown key `modle`", "did you mean `model`?"]),
        ("[checks.'map.faithfulness']\nat_leats = 1", ["at_leats", "did you mean `at_least`?"]),
        ("[model]\nflow = 1", ["model.flow", "string", "1"]),
        ("[map]\ntracks = '1000'", ["map.tracks", "integer", "'1000'"]),
        ("[map]\ntracks = 3", ["map.tracks", "50", "3"]),
        ("[genres]\nrock = 'rock'", ["genres.rock", "'rock'"]),
        ("[checks.'map.faithfulness']\nseverity = 'error'", ["severity", "'fail', 'warn' or 'off'"]),
        ("[checks.'map.faithfulness']\nat_least = nan", ["at_least", "nan"]),
        ("[checks.'integrity.finite']\nat_least = 0", ["at_least = 0 is against the direction of integrity.finite"]),
        ("[checks.'map.faithfulness']\nat_least = 7", ["at_least = 7 is outside the range", "from 0 to 1"]),
        ("[checks.'map.faithfulness']\nat_least = 0\nat_most = 1", ["at_least or at_most, not both"]),
        ("[checks.'duplicate.rate']\nat_most = 0.1", ["duplicate.rate", "did you mean `duplicates.rate`?"]),
        ("[checks.'map.faithfullness']\nat_least = 0", ["faithfullness", "did you mean `map.faithfulness`?"]),
        (
            "[genres]\nrock = ['rock']\n[checks.'separation.space[rok]']\nseverity = 'off'",
            ["separation.space[rok]", "did you mean `separation.space[rock]`?"],
        ),
        ("[[known_tracks]]\ntrack = 'x'\nexpect = ['artits:y']", ["artits:y", "artist:<name>"]),
        ("[[known_tracks]]\ntrack = 'x'", ["known_tracks", "expect", "never"]),
        ("[model", ["not valid TOML"]),
    ],
)
def test_a_config_that_says_something_unknown_is_refused(
    pytester: pytest.Pytester, config: str, words: Sequence[str]
) -> None:
    """File, key and nearest valid name are named: exit status 4, and no verdict."""
    (pytester.path / "quality_checks.toml").write_text(config, encoding="utf-8")
    said = usage_error(pytester, "quality_checks", *FILES)

    for word in ("quality_checks.toml", *words):
        assert word in said


@pytest.mark.parametrize("kind", ["folder", "pipe", "broken link", "locked"])
def test_a_config_that_cannot_be_read_is_not_passed_over(pytester: pytest.Pytester, kind: str) -> None:
    """Where pytest was started, what exists in any form is the config: the one beside the ini file is not used."""
    above, here = pytester.path, pytester.mkdir("here")
    (above / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (above / "quality_checks.toml").write_text("", encoding="utf-8")
    (above / "quality_checks").mkdir()
    config = here / "quality_checks.toml"
    if kind == "folder":
        config.mkdir()
    elif kind == "pipe":
        os.mkfifo(config)
    elif kind == "broken link":
        config.symlink_to("gone")
    else:
        config.write_text("", encoding="utf-8")
        config.chmod(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        if kind == "locked" and os.geteuid() == 0:
            pytest.skip("root reads everything")

        done = pytester.runpytest_inprocess("../quality_checks", *FILES)

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*the config quality_checks.toml *"])


def test_a_verdict_elsewhere_goes_too(pytester: pytest.Pytester) -> None:
    """A usage error removes the verdict that `--gate-verdict` names, with its lists, and nothing else."""
    (pytester.path / "v.json").write_text(YESTERDAYS, encoding="utf-8")
    for what, columns in COLUMNS.items():
        for name in (f"v.{what}.csv", f"{what}.csv"):
            (pytester.path / name).write_text(",".join(columns) + "\n", encoding="utf-8")
    pytester.mkdir("quality_checks")

    assert pytester.runpytest_inprocess("quality_checks", "--gate-verdict=v.json").ret == 4
    assert {path.name for path in pytester.path.iterdir()} == {"quality_checks", *(f"{what}.csv" for what in COLUMNS)}


def test_the_config_is_looked_up_here_then_beside_the_ini_file_never_further_up(pytester: pytest.Pytester) -> None:
    """The nearest config is the one that is read, and one in a folder above the project is not."""
    top = pytester.path
    project, below = top / "project", top / "project" / "below"
    below.mkdir(parents=True)
    (project / "quality_checks").mkdir()
    suite = str(project / "quality_checks")
    pytester.chdir()

    (top / "quality_checks.toml").write_text("above = 1", encoding="utf-8")
    assert "above" in usage_error(pytester, suite)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(below)
        (below / "verdict.json").write_text(YESTERDAYS, encoding="utf-8")
        said = pytester.runpytest_inprocess(suite)
        said.stderr.fnmatch_lines(["*there is no quality_checks.toml in *below*"])
        assert said.ret == pytest.ExitCode.USAGE_ERROR
        assert not (below / "verdict.json").exists()

        (project / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        (project / "quality_checks.toml").write_text("beside = 1", encoding="utf-8")
        pytester.runpytest_inprocess(suite).stderr.fnmatch_lines(
            [f"*{project / 'quality_checks.toml'}*", "*`beside`*"]
        )

        (below / "quality_checks.toml").write_text("here = 1", encoding="utf-8")
        pytester.runpytest_inprocess(suite).stderr.fnmatch_lines(["*: quality_checks.toml*", "*`here`*"])

        (below / "named.toml").write_text("named = 1", encoding="utf-8")
        pytester.runpytest_inprocess(suite, "--gate-config=named.toml").stderr.fnmatch_lines(
            ["*named.toml*", "*`named`*"]
        )


@pytest.mark.parametrize("path", ["quality_checks", "", "quality_checks.toml/v.json"])
def test_a_verdict_that_can_be_no_file_is_refused(pytester: pytest.Pytester, path: str) -> None:
    """`--gate-verdict` with a folder, or with a file where a folder has to be, is a usage error and no crash."""
    pytester.mkdir("quality_checks")
    (pytester.path / "quality_checks.toml").write_text("", encoding="utf-8")

    done = pytester.runpytest_inprocess("quality_checks", f"--gate-verdict={path}", *FILES)

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert path in done.stderr.str()
    assert "verdict" in done.stderr.str()
    assert (pytester.path / "quality_checks").is_dir()


@pytest.mark.parametrize("option", ["--gate-verdict", "--html", "--junitxml"])
def test_an_output_that_is_an_input_is_refused_and_stays(
    pytester: pytest.Pytester, sound: SampleFiles, option: str
) -> None:
    """Vectors, playlists and config are never overwritten, whatever they are given for."""
    for path in (sound.vectors, sound.playlists, sound.config):
        before = path.read_bytes()

        said = usage_error(pytester, "quality_checks", *sound.arguments, f"{option}={path}")

        assert f"{option} would overwrite {path}" in said
        assert path.read_bytes() == before


def test_a_run_that_did_not_succeed_is_refused(folder: Path, datastore: Datastore) -> None:
    """A failed run that is asked for by its number is a usage error, and no verdict is left."""
    env = datastore.environment(METAFLOW_DATASTORE_SYSROOT_LOCAL=str(datastore.root))
    (folder / "verdict.json").write_text(YESTERDAYS, encoding="utf-8")

    done = run(folder, "quality_checks", f"--gate-run=TinyFlow/{datastore.failed}", env=env)

    assert done.returncode == 4
    assert f"TinyFlow/{datastore.failed}" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (folder / "verdict.json").exists()


def test_a_custom_entry_that_no_test_has_is_refused_at_the_end(pytester: pytest.Pytester, sound: SampleFiles) -> None:
    """Only a whole run can tell that `[checks."custom.gone"]` speaks of nothing: exit status 4, and no verdict."""
    copy_suite(pytester.path)
    (pytester.path / "quality_checks.toml").write_text(
        SAMPLE_CONFIG + '\n[checks."custom.gone"]\nat_least = 1\n', encoding="utf-8"
    )

    said = usage_error(pytester, "quality_checks", *sound.arguments[:2])

    assert "ERROR: quality_checks.toml: unknown check 'custom.gone' in [checks]" in said


# -- what a gate run leaves --


def test_the_whole_suite_passes_a_sound_model_twice_alike(folder: Path, sound: SampleFiles) -> None:
    """Exit status 0, every id once, and the same verdict again but for times."""
    seen = []
    for _ in range(2):
        done = run(folder, "quality_checks", *sound.arguments)
        assert done.returncode == 0, done.stdout
        seen.append(timeless(verdict(folder)))

    assert seen[0] == seen[1]
    assert (seen[0]["verdict"], seen[0]["error"], seen[0]["run"]["source"]) == ("passed", None, "files")
    settings = load_config(sound.config, "").settings
    assert [check["id"] for check in seen[0]["checks"]] == list(check_ids(settings))
    assert seen[0]["config"] == str(sound.config)
    assert seen[0]["config_sha256"] == hashlib.sha256(sound.config.read_bytes()).hexdigest()
    assert {"failed", "error", "not_run"}.isdisjoint(check["outcome"] for check in seen[0]["checks"])
    assert (folder / "report.html").exists()
    assert (folder / "verdict.duplicates.csv").read_text(encoding="utf-8").startswith("cluster,track,keep,plays")
    assert (
        (folder / "verdict.neighbours.csv")
        .read_text(encoding="utf-8")
        .startswith("known,track,rank,neighbour,cosine")
    )
    assert "270 tracks x 16 dimensions" in done.stdout


def test_report_and_verdict_go_where_they_are_told(folder: Path, sound: SampleFiles) -> None:
    """`--html` and `--gate-verdict` win, and lists beside the verdict take its name."""
    done = run(
        folder,
        "quality_checks/test_duplicates.py",
        *sound.arguments,
        "--html=other.html",
        "--gate-verdict=new/er/v.json",
    )

    assert done.returncode == 0
    assert verdict(folder, "new/er/v.json")["verdict"] == "partial"
    assert {path.name for path in (folder / "new" / "er").iterdir()} == {"v.json", "v.duplicates.csv"}
    assert (folder / "other.html").exists()
    assert "<link" not in (folder / "other.html").read_text(encoding="utf-8")
    assert not (folder / "assets").exists()
    assert not (folder / "report.html").exists()
    assert not (folder / "verdict.json").exists()
    assert not (folder / "verdict.duplicates.csv").exists()


def test_report_and_verdict_go_to_where_pytest_was_started(folder: Path, sound: SampleFiles) -> None:
    """Not to the rootdir; the list of offending tracks lies beside the verdict, and a file of the user stays."""
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    config = folder / "quality_checks.toml"
    config.write_text(SAMPLE_CONFIG + '\n[checks."geometry.antihubs"]\nat_most = 0\n', encoding="utf-8")
    below = folder / "below"
    below.mkdir()
    (below / "tracks.csv").write_text("mine", encoding="utf-8")
    given = sample()
    # as the vectors of a hundred tracks are NaN, these have to be in the list
    holes = given.vectors.copy()
    holes[:100] = np.nan
    files = write_sample(replace(given, vectors=holes), folder / "files")

    done = run(below, "../quality_checks/test_integrity.py", *files.arguments[:2])
    finite = checks(verdict(below))["integrity.finite"]
    rows = (below / "verdict.tracks.csv").read_text(encoding="utf-8").splitlines()

    assert done.returncode == 1
    left = {path.name for path in below.iterdir()}
    assert left == {".embedgate", "verdict.json", "report.html", "verdict.tracks.csv", "tracks.csv"}
    assert (below / "tracks.csv").read_text(encoding="utf-8") == "mine"
    assert verdict(below)["config"] == str(config)
    assert (finite["outcome"], finite["value"], len(finite["tracks"])) == ("failed", 100, 50)
    assert rows[:2] == ["check,rank,track", f"integrity.finite,1,{given.keys[0]}"]
    assert len(rows) == 101


def test_a_script_without_a_guard_may_start_the_gate(folder: Path, sound: SampleFiles) -> None:
    """A script that calls `pytest.main` at its top level gets its answer: the map's process does not run it again."""
    script = folder / "script.py"
    arguments = ["quality_checks/test_map.py", *sound.arguments]
    script.write_text(f"import sys, pytest\nsys.exit(pytest.main({arguments!r}))\n", encoding="utf-8")

    done = subprocess.run([sys.executable, script], cwd=folder, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("test session starts") == 1
    assert checks(verdict(folder))["map.faithfulness"]["outcome"] == "passed"


def test_a_gate_that_is_killed_leaves_no_process_behind(folder: Path, sound: SampleFiles) -> None:
    """A cancelled job ends: the map's process goes with its parent, which had no time to say so."""
    (folder / "quality_checks" / "test_map.py").write_text(
        "import os, pathlib, pytest, signal\n"
        "from embedgate.gate.stash import GATE\n"
        "@pytest.mark.gate_check('map.faithfulness')\n"
        "def test_killed(request):\n"
        "    pathlib.Path('children').write_text(str(request.config.stash[GATE].map_process.pid))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n",
        encoding="utf-8",
    )

    # what is left behind would hold a pipe open, and keep us waiting
    command = [sys.executable, "-m", "pytest", "quality_checks/test_map.py", *sound.arguments]
    done = subprocess.run(command, cwd=folder, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    child = (folder / "children").read_text(encoding="utf-8")

    assert done.returncode == -signal.SIGKILL
    assert not (folder / "verdict.json").exists()
    until = time.monotonic() + 10
    while _runs(child) and time.monotonic() < until:
        time.sleep(0.1)
    left = _runs(child)
    if left:
        os.kill(int(child), signal.SIGKILL)
    assert not left


def _runs(process: str) -> bool:
    """Whether there is such a process, and it is no zombie."""
    found = subprocess.run(["ps", "-o", "stat=", "-p", process], capture_output=True, text=True, check=False)
    return bool(found.stdout.strip()) and not found.stdout.startswith("Z")


def test_a_model_that_cannot_be_had_fails(folder: Path, sound: SampleFiles) -> None:
    """Missing vectors: exit status 1, verdict failed, no run, and the error says which file."""
    (folder / "verdict.json").write_text(YESTERDAYS, encoding="utf-8")

    done = run(folder, "quality_checks", f"--gate-playlists={sound.playlists}", "--gate-vectors=gone.kv")
    found = verdict(folder)

    assert done.returncode == 1
    assert (found["verdict"], found["run"], found["error"]["kind"]) == ("failed", None, "ArtifactMissing")
    assert "gone.kv" in found["error"]["message"]
    assert "gone.kv" in done.stdout
    assert "gone.kv" in (folder / "report.html").read_text(encoding="utf-8")
    assert {check["outcome"] for check in found["checks"]} == {"not_run"}
    assert "Traceback" not in done.stdout + done.stderr


def test_a_failure_is_printed_in_full_once_in_ci(
    pytester: pytest.Pytester, sound: SampleFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`CI=true` makes pytest repeat whole messages in its short summary: for checks, it names the check alone."""
    monkeypatch.setenv("CI", "true")
    pytester.makeconftest("from fixtures import *")
    suite = pytester.mkdir("quality_checks")
    (suite / "test_mine.py").write_text(
        "import pytest\n"
        "from embedgate.measures.measurement import Measurement\n"
        "@pytest.mark.gate_check('custom.mine')\n"
        "def test_mine(gate_judge):\n"
        "    gate_judge(Measurement(value=0.1, n=7, summary='so much', tracks=('Abba-Waterloo',)), at_least=0.4)\n"
        "def test_plain(): assert False, 'plain words'\n",
        encoding="utf-8",
    )

    done = pytester.runpytest_inprocess(suite, *sound.arguments, "--junitxml=junit.xml")
    said = done.stdout.str()

    assert done.ret == pytest.ExitCode.TESTS_FAILED
    assert said.count("So much") + said.count("so much") == 1
    assert "test_mine.py::test_mine - custom.mine failed\n" in said
    assert "test_mine.py::test_plain - AssertionError: plain words" in said
    assert "o much" in (pytester.path / "junit.xml").read_text(encoding="utf-8").partition("message=")[2][:200]


# -- runs that are none --


def test_other_runs_are_left_alone(folder: Path) -> None:
    """A plain test in the same environment: no report, no verdict, no word, its own exit status."""
    plain = folder / "tests"
    plain.mkdir()
    (plain / "test_plain.py").write_text("def test_plain(): pass\n", encoding="utf-8")
    (plain / "test_broken.py").write_text("def test_broken(): assert False\n", encoding="utf-8")
    (folder / "quality_checks.toml").write_text("nonsense = 1", encoding="utf-8")
    (folder / "verdict.json").write_text("{}", encoding="utf-8")

    good, bad, none = (run(folder, "tests", "-k", word) for word in ("plain", "broken", "nothing"))

    assert (good.returncode, bad.returncode, none.returncode) == (0, 1, 5)
    for done in (good, bad, none):
        assert "embedgate:" not in done.stdout
        assert "verdict" not in done.stdout
    assert not (folder / "report.html").exists()
    assert (folder / "verdict.json").read_text(encoding="utf-8") == "{}"


def test_plain_runs_import_nothing_heavy(tmp_path: Path) -> None:
    """A plain run in the same environment does not pay for the gate."""
    (tmp_path / "test_plain.py").write_text(
        "import sys\ndef test_light():\n"
        "    heavy = {'metaflow', 'gensim', 'sklearn', 'matplotlib', 'pandas', 'scipy', 'pydantic', 'openTSNE'}\n"
        "    assert not heavy & set(sys.modules)\n",
        encoding="utf-8",
    )

    assert run(tmp_path, "-p", "no:cacheprovider").returncode == 0


def test_imports_are_light() -> None:
    """`import embedgate` and the plugin bring in nothing heavy."""
    code = (
        "import sys, embedgate, embedgate.plugin;"
        "heavy = {'metaflow', 'gensim', 'sklearn', 'matplotlib', 'pandas', 'scipy', 'pydantic', 'openTSNE'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_listings_run_nothing(folder: Path, sound: SampleFiles) -> None:
    """`--collect-only` and `--help` leave an earlier verdict alone, and the help lists every option in one group."""
    (folder / "verdict.json").write_text("{}", encoding="utf-8")

    listing = run(folder, "quality_checks", "--collect-only", "-q", *sound.arguments)
    helped = run(folder, "quality_checks", "--help")

    assert (listing.returncode, helped.returncode) == (0, 0)
    assert "test_integrity.py::test_every_number_is_finite" in listing.stdout
    group = helped.stdout.partition("\nembedgate")[2].partition("\n\n")[0]
    for option in OPTIONS:
        assert f"--gate-{option}" in group
    assert not (folder / "report.html").exists()
    assert (folder / "verdict.json").read_text(encoding="utf-8") == "{}"


def test_a_gate_fixture_in_a_plain_run_says_what_to_type(pytester: pytest.Pytester) -> None:
    """Who asks for the model outside of a gate run learns how to start one."""
    pytester.makeconftest("from fixtures import *")
    pytester.makepyfile("def test_mine(gate_model): pass")

    done = pytester.runpytest_inprocess()

    assert done.ret == pytest.ExitCode.TESTS_FAILED
    done.stdout.fnmatch_lines(["*this is not a gate run*pytest quality_checks*--gate-*"])


# -- models --


def broken(sound: Sample) -> dict[str, tuple[Sample, tuple[str, ...], str]]:
    """Accidents, the checks that have to say so, and words of theirs."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(sound.keys))
    mixed = replace(sound, keys=[sound.keys[row] for row in order], vectors=sound.vectors[order])
    holes = sound.vectors.copy()
    holes[order[:27]] = np.nan
    noise = rng.standard_normal(sound.vectors.shape).astype(np.float32)
    return {
        "a tenth NaN": (replace(sound, vectors=holes), ("integrity.finite",), "27 of 270 vectors hold NaN"),
        "all equal": (
            replace(sound, vectors=np.ones_like(sound.vectors)),
            ("integrity.identical_rows", "integrity.constant_dimensions", "geometry.collapse"),
            "269 of 270 vectors equal that of another track",
        ),
        "all one direction": (
            replace(sound, vectors=sound.vectors + 50),
            ("geometry.collapse",),
            "The space has collapsed",
        ),
        "shifted by one key": (
            replace(mixed, vectors=np.roll(mixed.vectors, 1, axis=0)),
            ("neighbours.co_listening", "neighbours.same_artist"),
            "vectors and keys do not belong together",
        ),
        "keys case-folded": (
            replace(sound, keys=[key.casefold() for key in sound.keys]),
            ("vocabulary.coverage", "vocabulary.top"),
            "in the model in another case",
        ),
        "random vectors": (
            replace(sound, vectors=noise),
            ("neighbours.co_listening", "retrieval.hit_rate", "separation.space[rock]"),
            "vectors and keys do not belong together",
        ),
    }


def judged(pytester: pytest.Pytester, *arguments: str) -> tuple[pytest.RunResult, dict[str, Any]]:
    """Run the whole suite in this process, which is quicker, and read the verdict."""
    copy_suite(pytester.path)
    return pytester.runpytest_inprocess("quality_checks", *arguments), verdict(pytester.path)


@pytest.mark.parametrize("accident", broken(sample()))
def test_an_accident_is_stopped_by_the_check_that_says_so(pytester: pytest.Pytester, accident: str) -> None:
    """Each accident stops the gate, and its own check is among the failed and says what it is."""
    given, ids, words = broken(sample())[accident]

    done, found = judged(pytester, *write_sample(given, pytester.path / "files").arguments)

    assert (done.ret, found["verdict"]) == (1, "failed")
    for check_id in ids:
        assert checks(found)[check_id]["outcome"] == "failed"
        assert f"FAILED {check_id}" in done.stdout.str()
    assert words in checks(found)[ids[0]]["message"]
    assert {"error", "not_run"}.isdisjoint(check["outcome"] for check in found["checks"])


WITHOUT_GENRES = SAMPLE_CONFIG.replace('rock = ["rock"]\nrap = ["rap", "hip hop"]\njazz = ["jazz"]\n', "").replace(
    'never = ["genre:jazz"]\n', ""
)
WITHOUT_KNOWN = (
    SAMPLE_CONFIG[: SAMPLE_CONFIG.index("[[known_tracks]]")] + SAMPLE_CONFIG[SAMPLE_CONFIG.index("[map]") :]
)
GENRE_CHECKS = ("space", "map", "pair", "tag_coverage", "accuracy", "silhouette")


@pytest.mark.parametrize(
    ("columns", "config", "lacking"),
    [
        (
            ["track_test_x", "track_test_y", "artist_sequence"],
            SAMPLE_CONFIG.replace('track_separator = "-"', "").replace('expect = ["artist:Rock Artist 00"]', ""),
            ["neighbours.same_artist", "retrieval.hit_rate", "retrieval.ndcg", "retrieval.popularity"],
        ),
        ([], WITHOUT_GENRES, [f"separation.{name}" for name in GENRE_CHECKS]),
        ([], WITHOUT_KNOWN, ["neighbours.known", "neighbours.known_rate"]),
    ],
    ids=["no artists and no test columns", "no genres", "no known tracks"],
)
def test_checks_whose_data_do_not_exist_are_not_applicable(
    pytester: pytest.Pytester, columns: Sequence[str], config: str, lacking: Sequence[str]
) -> None:
    """Artists, genres, known tracks and test columns are optional: checks without them do not fail the gate."""
    given = sample()
    files = write_sample(given, pytester.path / "files", config)
    with files.playlists.open("w", encoding="utf-8") as file:
        file.writelines(
            json.dumps({name: value for name, value in row.items() if name not in columns}) + "\n"
            for row in given.rows()
        )

    done, found = judged(pytester, *files.arguments)
    without_data = {name: check for name, check in checks(found).items() if check["outcome"] == "not_applicable"}

    assert (done.ret, found["verdict"]) == (0, "passed")
    assert set(without_data) - {"duplicates.recall"} == set(lacking)
    assert all(check["message"] for check in without_data.values())
    assert {"failed", "error", "not_run"}.isdisjoint(check["outcome"] for check in found["checks"])


def test_keys_and_playlists_alone_are_enough(pytester: pytest.Pytester) -> None:
    """No config, no artists, no test columns: nothing crashes, and what can be judged is."""
    given = sample()
    files = write_sample(given, pytester.path / "files", "")
    with files.playlists.open("w", encoding="utf-8") as file:
        file.writelines(
            json.dumps({"playlist_id": row["playlist_id"], "track_sequence": row["track_sequence"]}) + "\n"
            for row in given.rows()
        )

    done, found = judged(pytester, *files.arguments[:2])

    assert (done.ret, found["verdict"]) == (0, "passed")
    assert (found["config"], found["config_sha256"]) == (None, None)
    assert "config none: defaults" in done.stdout.str()
    assert checks(found)["neighbours.co_listening"]["outcome"] == "passed"
    assert checks(found)["separation.space"]["outcome"] == "not_applicable"
    assert not [check for check in found["checks"] if "[" in check["id"]]
