"""The tag `champion` is found and moved: real runs, a real datastore, real processes that are killed."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from embedgate.checks.registry import check_ids
from embedgate.config import Settings
from tests.conftest import SampleFiles
from tests.integration.conftest import Asker, Datastore
from tests.integration.metadata_service import MetadataService
from tests.integration.test_metaflow_source import at, found, refused

ROOT = Path(__file__).resolve().parents[2]
FAMILIES = sorted({check_id.partition(".")[0] for check_id in check_ids(Settings())})
FLOOR = ("integrity.finite", "vocabulary.coverage", "neighbours.known", "champion.new_duplicates")
LENIENT = (
    '[model]\nflow = "TinyFlow"\ntrack_separator = "-"\n[[known_tracks]]\ntrack = "Artist 0-Song 0"\n'
    f"expect = {[f'artist:Artist {number}' for number in range(7)]}\n"
    + "".join(f'[checks."{one}"]\nseverity = "off"\n' for one in FAMILIES)
    + "".join(f'[checks."{one}"]\nseverity = "fail"\n' for one in FLOOR)
)
"""Only the checks of the floor are on, and every model of TinyFlow passes them: these tests are about tags."""
STRICT = LENIENT + '[checks."vocabulary.size"]\nat_least = 100\nseverity = "fail"\n'
"""The models of TinyFlow have thirty tracks."""


@pytest.fixture
def store(datastore: Datastore, tmp_path: Path) -> Datastore:
    """A copy of the datastore, with no run tagged."""
    root = tmp_path / "store"
    shutil.copytree(datastore.root / ".metaflow", root / ".metaflow", symlinks=True)
    own = replace(datastore, root=root)
    about = root / ".metaflow" / "TinyFlow" / own.tagged / "_meta" / "_self.json"
    about.write_text(json.dumps(json.loads(about.read_text(encoding="utf-8")) | {"tags": []}), encoding="utf-8")
    return own


@pytest.fixture
def ask(store: Datastore, ask_from: Callable[..., Asker]) -> Asker:
    """A process that reads and changes tags there."""
    return ask_from(store.root)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The working directory of the gate: the shipped suite, and a config that every model passes."""
    gate = tmp_path / "gate"
    shutil.copytree(ROOT / "quality_checks", gate / "quality_checks", ignore=shutil.ignore_patterns("__pycache__"))
    text = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom fixtures import *\n"
    (gate / "conftest.py").write_text(text, encoding="utf-8")
    (gate / "quality_checks.toml").write_text(LENIENT, encoding="utf-8")
    return gate


def run(program: str, folder: Path, store: Datastore, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run the gate or the command in a folder with a datastore, and return exit status and output."""
    env = store.environment(METAFLOW_DATASTORE_SYSROOT_LOCAL=str(store.root), **environment)
    command = [sys.executable, "-m", program, *arguments]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def gate(folder: Path, store: Datastore, *arguments: str, **environment: str) -> tuple[int, str, dict[str, Any]]:
    """Run the gate with `--gate-promote`; return exit status, output and verdict."""
    status, said = run("pytest", folder, store, "quality_checks", "--gate-promote", *arguments, **environment)
    assert "Traceback" not in said, said
    written = folder / "verdict.json"
    assert written.exists(), said
    return status, said, json.loads(written.read_text(encoding="utf-8"))


def tags_of(ask: Asker) -> dict[str, list[str]]:
    """Return the tags of each tagged run."""
    return {one: tags for one, tags in ask(tags_of="TinyFlow").items() if tags}


# -- the gate --


def test_passed_run_becomes_champion_and_replaces_the_previous_one(
    folder: Path, store: Datastore, ask: Asker
) -> None:
    """The same run again changes nothing; a tag does not make a run the latest; the header names the champion."""
    for header in ("champion none yet, nothing was compared", "; the tested run is the champion itself"):
        status, said, verdict = gate(folder, store, f"--gate-run=TinyFlow/{store.older}")
        assert header in said
        assert (status, verdict["verdict"], verdict["promoted"]) == (0, "passed", True)
        assert f"promoted: TinyFlow/{store.older} is the champion now" in said
        assert tags_of(ask) == {store.older: ["champion", "quality:passed"]}
    assert verdict["run"]["tags"][0] == "champion"  # as when it was tested

    status, said, verdict = gate(folder, store)
    assert (status, verdict["promoted"], verdict["run"]["pathspec"]) == (0, True, f"TinyFlow/{store.newest}")
    assert verdict["run"]["tags"] == []
    assert f"embedgate: champion TinyFlow/{store.older}, finished " in said
    assert tags_of(ask) == {store.older: ["quality:passed"], store.newest: ["champion", "quality:passed"]}

    # an older run gets the tag back, and is not the latest run
    assert gate(folder, store, f"--gate-run={store.older}")[0] == 0
    assert tags_of(ask)[store.older] == ["champion", "quality:passed"]
    found(ask(flow="TinyFlow"), store.newest)
    found(ask(champion=None, flow="TinyFlow"), store.older)


def test_failed_run_is_tagged_and_the_champion_stays(folder: Path, store: Datastore, ask: Asker) -> None:
    """`quality:failed` replaces `quality:passed`, and vice versa."""
    gate(folder, store, f"--gate-run={store.older}")
    assert gate(folder, store)[0] == 0
    ask(promote=f"TinyFlow/{store.older}")

    (folder / "quality_checks.toml").write_text(STRICT, encoding="utf-8")
    status, said, verdict = gate(folder, store)

    assert (status, verdict["verdict"], verdict["promoted"], verdict["error"]) == (1, "failed", False, None)
    assert f"not promoted: the verdict is failed; TinyFlow/{store.newest} is tagged 'quality:failed'" in said
    assert tags_of(ask) == {store.older: ["champion", "quality:passed"], store.newest: ["quality:failed"]}


def test_partial_verdict_changes_no_tag(folder: Path, store: Datastore, ask: Asker) -> None:
    """An incomplete run is neither passed nor failed: exit status 1, since a promotion was requested."""
    status, said, verdict = gate(folder, store, "-k", "geometry or integrity")

    assert (status, verdict["verdict"], verdict["promoted"]) == (1, "partial", False)
    assert "not promoted: the verdict is partial" in said
    assert tags_of(ask) == {}


def test_failure_of_another_test_prevents_a_promotion(folder: Path, store: Datastore, ask: Asker) -> None:
    """The run is not tagged as failed: every check passed."""
    (folder / "quality_checks" / "test_beside.py").write_text("def test_beside(): assert False\n", encoding="utf-8")

    status, said, verdict = gate(folder, store)

    assert (status, verdict["verdict"], verdict["promoted"]) == (1, "failed", False)
    assert "not promoted: the gate run was not completed (TestsFailed)" in said
    assert tags_of(ask) == {}


def test_no_tag_is_changed_without_the_option(folder: Path, store: Datastore, ask: Asker) -> None:
    """A gate run changes nothing in the datastore."""
    status, said = run("pytest", folder, store, "quality_checks")

    assert status == 0
    assert "promoted" not in said
    assert tags_of(ask) == {}


def test_distributed_gate_run_promotes_once(folder: Path, store: Datastore, ask: Asker) -> None:
    """Under xdist only the controller moves the tag, to the run that it resolved."""
    status, said, verdict = gate(folder, store, "-n", "2")

    assert (status, verdict["promoted"]) == (0, True), said
    assert said.count("is the champion now") == 1
    assert tags_of(ask) == {store.newest: ["champion", "quality:passed"]}


def test_run_without_room_for_tags_fails_the_gate(folder: Path, store: Datastore, ask: Asker) -> None:
    """A failed promotion is an error: exit status 1, and the message names the tagged run."""
    ask(promote=f"TinyFlow/{store.older}")
    about = store.root / ".metaflow" / "TinyFlow" / store.newest / "_meta" / "_self.json"
    many = [f"tag-{number}" for number in range(49)]
    about.write_text(json.dumps(json.loads(about.read_text(encoding="utf-8")) | {"tags": many}), encoding="utf-8")

    status, said, verdict = gate(folder, store)

    assert (status, verdict["verdict"], verdict["promoted"]) == (1, "failed", False)
    assert verdict["error"]["kind"] == "promotion"
    for fact in (f"run {store.newest} has 49 tags", "no room for champion", f"is now on TinyFlow/{store.older}"):
        assert fact in verdict["error"]["message"]
        assert fact in said
    assert len(tags_of(ask)[store.newest]) == 49


def test_outage_during_the_run_fails_the_gate(folder: Path, store: Datastore) -> None:
    """The checks pass, and the datastore is missing when the tag is moved."""
    (folder / "quality_checks" / "test_outage.py").write_text(
        "import os\n"
        "def test_outage(gate_model):\n"
        f"    os.rename({str(store.root / '.metaflow')!r}, {str(store.root / 'gone')!r})\n",
        encoding="utf-8",
    )

    status, _, verdict = gate(folder, store)

    assert (status, verdict["verdict"], verdict["promoted"]) == (1, "failed", False)
    assert verdict["error"]["kind"] == "promotion"
    assert "could not be promoted" in verdict["error"]["message"]
    assert "cannot be read (FlowNotFound)" in verdict["error"]["message"]
    assert verdict["run"]["pathspec"] == f"TinyFlow/{store.newest}"


# -- by hand --


def test_promotion_by_hand_is_recorded(folder: Path, store: Datastore, ask: Asker) -> None:
    """It ignores the verdict; who, when and why are recorded in the history."""
    ask(promote=f"TinyFlow/{store.newest}")
    ask(mark_failed=f"TinyFlow/{store.older}")

    status, said = run(
        "embedgate.cli", folder, store, "promote", store.older, "--reason", " the other broke ", METAFLOW_USER="ann"
    )

    assert status == 0, said
    assert f"promoted: TinyFlow/{store.older} is the champion now" in said
    assert tags_of(ask)[store.older] == ["champion", "quality:failed"]
    (record,) = (folder / ".embedgate").glob("*.json")
    content = json.loads(record.read_text(encoding="utf-8"))
    assert content.pop("at")
    assert content == {
        "schema": 1,
        "kind": "promotion",
        "run": f"TinyFlow/{store.older}",
        "reason": "the other broke",
        "by": "ann",
    }


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ("{older}", 2, "--reason"),
        ("{older} --reason=", 2, "--reason is blank"),
        ("{failed} --reason=x", 2, "failed at step 'start'"),
        ("1 --reason=x", 1, "has no run 1"),
        ("1 --reason=x --flow=NoFlow", 1, "no flow 'NoFlow'"),
        ("TinyFlow/{others} --reason=x --namespace=user:alice", 1, "outside the namespace"),
        ("1 --reason=x --config=gone.toml", 2, "gone.toml cannot be read"),
        ("{older} --reason=x --config=flowless.toml", 2, "FLOW/{older}"),
    ],
)
def test_invalid_promotion_by_hand_is_refused(
    folder: Path, store: Datastore, arguments: str, status: int, words: str
) -> None:
    """Nothing is tagged or recorded."""
    (folder / "flowless.toml").write_text("", encoding="utf-8")
    roles = {"older": store.older, "failed": store.failed, "others": store.others}

    answered, said = run("embedgate.cli", folder, store, "promote", *arguments.format_map(roles).split())

    assert answered == status, said
    assert words.format_map(roles) in said
    assert "Traceback" not in said, said
    assert not (folder / ".embedgate").exists()
    abouts = (store.root / ".metaflow" / "TinyFlow").glob("*/_meta/_self.json")
    assert not [about for about in abouts if "champion" in about.read_text(encoding="utf-8")]


def test_promotion_that_cannot_be_recorded_is_not_made(folder: Path, store: Datastore, ask: Asker) -> None:
    """A file is in the place of the history folder."""
    (folder / ".embedgate").write_text("", encoding="utf-8")

    status, said = run("embedgate.cli", folder, store, "promote", store.older, "--reason=x")

    assert status == 1
    assert "Nothing was promoted" in said
    assert tags_of(ask) == {}


# -- simultaneous and killed promotions --


def test_two_simultaneous_promotions_leave_one_champion(store: Datastore, ask_from: Callable[..., Asker]) -> None:
    """Ten times, by two processes that start together; one of them reports the champion."""
    first, second = ask_from(store.root), ask_from(store.root)
    first(promote=f"TinyFlow/{store.others}")

    for turn in range(10):
        both = (store.older, store.newest) if turn % 2 else (store.tagged, store.others)
        for asker, one in zip((first, second), both, strict=True):
            asker.send(promote=f"TinyFlow/{one}")
        answers = [asker.receive()["champion"].removeprefix("TinyFlow/") for asker in (first, second)]

        bearing = [one for one, tags in tags_of(first).items() if "champion" in tags]
        assert len(bearing) == 1
        assert bearing[0] in answers


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("write", [1, 2])
def test_killed_promotion_leaves_a_champion_and_the_next_repairs_the_tags(
    store: Datastore, ask: Asker, ask_from: Callable[..., Asker], write: int, after: bool
) -> None:
    """It has two writes: it adds the tag to one run, and removes it from the other."""
    ask(promote=f"TinyFlow/{store.older}")
    victim = ask_from(store.root)

    victim.send(promote=f"TinyFlow/{store.newest}", die_at=write, after=after)
    assert victim.end() == -signal.SIGKILL

    bearing = {one for one, tags in tags_of(ask).items() if "champion" in tags}
    expected = [{store.older}, {store.older, store.newest}, {store.newest}]
    assert bearing == expected[write - 1 + after]
    assert ask(champion=None, flow="TinyFlow").get("record")

    assert ask(promote=f"TinyFlow/{store.tagged}") == {"champion": f"TinyFlow/{store.tagged}"}
    assert [one for one, tags in tags_of(ask).items() if "champion" in tags] == [store.tagged]


# -- through a metadata service --


@pytest.fixture
def serve(store: Datastore) -> Iterator[Callable[[], MetadataService]]:
    """Serve the datastore as it is now."""
    services: list[MetadataService] = []

    def start() -> MetadataService:
        services.append(MetadataService())
        services[-1].load(store.root)
        services[-1].start()
        return services[-1]

    yield start
    for service in services:
        service.stop()


def test_service_stores_the_tags_with_few_requests(
    store: Datastore, tmp_path: Path, serve: Callable[[], MetadataService], ask_from: Callable[..., Asker]
) -> None:
    """One promotion after the other, and two at the same time."""
    service = serve()
    first, second = (ask_from(tmp_path, **at(service.url)) for _ in range(2))
    for one in (store.older, store.newest):
        assert first(promote=f"TinyFlow/{one}") == {"champion": f"TinyFlow/{one}"}
    assert service.paths().count("/flows/TinyFlow/runs") == 2 + 3

    for asker, one in ((first, store.others), (second, store.tagged)):
        asker.send(promote=f"TinyFlow/{one}")
    answers = {asker.receive()["champion"] for asker in (first, second)}

    bearing = [one for one, tags in tags_of(second).items() if "champion" in tags]
    assert len(bearing) == 1
    assert f"TinyFlow/{bearing[0]}" in answers


def test_change_that_the_service_refuses_is_an_error(
    store: Datastore, tmp_path: Path, serve: Callable[[], MetadataService], ask_from: Callable[..., Asker]
) -> None:
    """The message contains its answer and the tagged run."""
    ask_from(store.root)(promote=f"TinyFlow/{store.older}")

    service = serve()
    service.is_read_only = True

    answer = ask_from(tmp_path, **at(service.url))(promote=f"TinyFlow/{store.newest}")

    refused(answer, "TaggingFailed", "could not be promoted", "read-only", f"is now on TinyFlow/{store.older}")


# -- finding the champion --


def test_missing_champion_is_none_and_an_unknown_reference_is_an_error(ask: Asker, store: Datastore) -> None:
    """The default may find nothing; a given reference must exist."""
    assert ask(champion=None, flow="TinyFlow") == {"champion": None}
    assert ask(champion=None, run=f"TinyFlow/{store.older}") == {"champion": None}
    assert ask(champion="none", flow="TinyFlow") == {"champion": None}
    refused(ask(champion="champion", flow="TinyFlow"), "RunNotFound", "the champion 'champion'", "is tagged")
    refused(ask(champion="TinyFlow/1", flow="TinyFlow"), "RunNotFound", "'TinyFlow/1'", "has no run 1", store.newest)
    refused(ask(champion="NoFlow/1", flow="TinyFlow"), "FlowNotFound", "'NoFlow/1'", "no flow 'NoFlow'")
    refused(ask(champion="gone.kv", flow="TinyFlow"), "ArtifactMissing", "'gone.kv'", "there is no file")
    refused(
        ask(champion=f"TinyFlow/{store.failed}", flow="TinyFlow"), "RunNotSuccessful", "--gate-champion", "'start'"
    )
    refused(ask(champion=f"TinyFlow/{store.broken}", flow="TinyFlow"), "ArtifactMissing", "'final_vectors'")


def test_failed_run_is_no_champion(ask: Asker, store: Datastore) -> None:
    """It was tagged by mistake."""
    ask(promote=f"TinyFlow/{store.failed}")

    assert ask(champion=None, flow="TinyFlow") == {"champion": None}


def test_champion_is_found_by_run_tag_and_file(ask: Asker, store: Datastore, sound: SampleFiles) -> None:
    """In any namespace: it restricts the tested run, not the champion."""
    ask(promote=f"TinyFlow/{store.others}")

    for reference in (None, "champion", "quality:passed", f"TinyFlow/{store.others}"):
        found(ask(champion=reference, flow="TinyFlow", namespace="user:alice"), store.others)
        found(ask(champion=reference, run=f"TinyFlow/{store.older}"), store.others)
    answer = ask(champion=str(sound.vectors), flow="TinyFlow")
    assert (answer["record"]["source"], answer["record"]["pathspec"]) == ("files", str(sound.vectors))


def test_files_are_compared_with_a_given_reference_only(ask: Asker, store: Datastore, sound: SampleFiles) -> None:
    """The champion of the flow is ignored."""
    ask(promote=f"TinyFlow/{store.older}")

    assert ask(champion=None, flow="TinyFlow", vectors_file=str(sound.vectors)) == {"champion": None}
    found(ask(champion="champion", flow="TinyFlow", vectors_file=str(sound.vectors)), store.older)
    found(ask(champion=f"TinyFlow/{store.older}", vectors_file=str(sound.vectors)), store.older)
    assert ask(champion="champion", vectors_file=str(sound.vectors))["kind"] == "UsageError"


def test_champion_that_cannot_be_read_is_an_error(ask: Asker, store: Datastore) -> None:
    """It exists without vectors: that is not "no champion"."""
    ask(promote=f"TinyFlow/{store.broken}")

    answer = ask(champion=None, flow="TinyFlow")

    refused(answer, "ArtifactMissing", "tagged 'champion'", "'final_vectors'", "--gate-champion=none")


def test_hidden_run_is_no_missing_champion(ask: Asker, store: Datastore) -> None:
    """The local provider skips a folder that it cannot read."""
    ask(promote=f"TinyFlow/{store.older}")
    about = store.root / ".metaflow" / "TinyFlow" / store.older / "_meta" / "_self.json"
    about.unlink()
    about.symlink_to(about)  # stat fails, for root too

    refused(ask(champion=None, flow="TinyFlow"), "ServiceUnreachable", "cannot be read completely", store.older)
    refused(ask(promote=f"TinyFlow/{store.newest}"), "ServiceUnreachable", "could not be promoted", store.older)


def test_truncated_description_is_no_missing_champion(ask: Asker, store: Datastore) -> None:
    """The description of a run is incomplete."""
    about = store.root / ".metaflow" / "TinyFlow" / store.older / "_meta" / "_self.json"
    about.write_text("{", encoding="utf-8")

    refused(ask(champion=None, flow="TinyFlow"), "ServiceUnreachable", "the runs of TinyFlow", "not a missing run")


def test_outage_is_no_missing_champion(folder: Path, store: Datastore, ask_from: Callable[..., Asker]) -> None:
    """A closed port is an error wherever the champion is looked up, and exit status 1."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        service = at(f"http://127.0.0.1:{free.getsockname()[1]}")
    ask = ask_from(folder, **service)

    refused(ask(champion=None, flow="TinyFlow"), "ServiceUnreachable", "does not answer", "not a missing run")
    refused(ask(champion="TinyFlow/1", flow="TinyFlow"), "ServiceUnreachable", "does not answer")
    answer = ask(promote=f"TinyFlow/{store.older}")
    refused(answer, "ServiceUnreachable", "could not be promoted", "The next promotion puts that right")
    status, _, verdict = gate(folder, store, **service)
    assert (status, verdict["verdict"], verdict["error"]["kind"]) == (1, "failed", "ServiceUnreachable")
    assert "no_baseline" not in {check["outcome"] for check in verdict["checks"]}


# -- wrong settings and names --


@pytest.mark.parametrize(
    ("environment", "fact"),
    [
        ({"METAFLOW_DEFAULT_METADATA": "junk"}, "METAFLOW_DEFAULT_METADATA is 'junk'"),
        ({"METAFLOW_DEFAULT_METADATA": "service", "METAFLOW_SERVICE_URL": "junk"}, "METAFLOW_SERVICE_URL is 'junk'"),
        ({"METAFLOW_PROFILE": "nope"}, "METAFLOW_PROFILE 'nope'"),
    ],
    ids=["metadata", "address", "profile"],
)
def test_wrong_setting_of_metaflow_fails_the_gate_and_is_named(
    folder: Path, store: Datastore, environment: dict[str, str], fact: str
) -> None:
    """Exit status 1 and a verdict, and no internal error of pytest."""
    status, said, verdict = gate(folder, store, **environment)

    assert (status, verdict["verdict"], verdict["error"]["kind"]) == (1, "failed", "MetaflowUnusable")
    assert fact in verdict["error"]["message"]
    assert "INTERNALERROR" not in said


@pytest.mark.parametrize(
    "option", ["--gate-flow=../x", "--gate-flow=Flow Name", "--gate-run=TinyFlow/..", "--gate-tag="]
)
def test_impossible_name_is_a_usage_error(folder: Path, store: Datastore, option: str) -> None:
    """Exit status 4, and no verdict."""
    status, said = run("pytest", folder, store, "quality_checks", option)

    assert status == 4
    assert "INTERNALERROR" not in said
    assert not (folder / "verdict.json").exists()
