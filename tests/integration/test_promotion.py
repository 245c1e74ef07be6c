"""Look-up and promotion of the champion with real runs, a real datastore and killed processes."""

from __future__ import annotations

import json
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from embedgate.checks.registry import check_ids
from embedgate.config.settings import Settings
from tests.conftest import SampleFiles
from tests.integration.conftest import Asker, Datastore
from tests.integration.forked_gate import ForkedGate
from tests.integration.metadata_service import MetadataService
from tests.integration.suite import copy_suite, verdict_in
from tests.integration.test_metaflow_source import assert_error, at, found

FAMILIES = sorted({check_id.partition(".")[0] for check_id in check_ids(Settings())})
FLOOR = ("integrity.finite", "vocabulary.coverage", "neighbours.known", "champion.new_duplicates")
LENIENT = (
    '[model]\nflow = "TinyFlow"\ntrack_separator = "-"\n[[known_tracks]]\ntrack = "Artist 0-Song 0"\n'
    f"expect = {[f'artist:Artist {number}' for number in range(7)]}\n"
    + "".join(f'[checks."{one}"]\nseverity = "off"\n' for one in FAMILIES)
    + "".join(f'[checks."{one}"]\nseverity = "fail"\n' for one in FLOOR)
)
"""Config in which only the checks of the floor are on, which every model of TinyFlow passes."""
STRICT = LENIENT + '[checks."vocabulary.size"]\nat_least = 100\nseverity = "fail"\n'
"""Config that no model of TinyFlow passes: the models have thirty tracks."""


@pytest.fixture
def store(datastore: Datastore, tmp_path: Path) -> Datastore:
    """A copy of the datastore in which no run is tagged."""
    root = tmp_path / "store"
    shutil.copytree(datastore.root / ".metaflow", root / ".metaflow", symlinks=True)
    own = replace(datastore, root=root)
    about = root / ".metaflow" / "TinyFlow" / own.tagged / "_meta" / "_self.json"
    about.write_text(json.dumps(json.loads(about.read_text(encoding="utf-8")) | {"tags": []}), encoding="utf-8")
    return own


@pytest.fixture
def ask(store: Datastore, ask_from: Callable[..., Asker]) -> Asker:
    """A process that reads and changes tags in the datastore."""
    return ask_from(store.root)


class Gate:
    """Gate runs in a folder with the shipped suite and a config that every model passes.

    Args:
        forked: client that starts gate runs.
        folder: the working directory.
        store: the datastore.
    """

    def __init__(self, forked: ForkedGate, folder: Path, store: Datastore) -> None:
        self.folder = copy_suite(folder, LENIENT)
        self._forked = forked
        self._store = store

    def run(self, *arguments: str, program: str = "pytest", **environment: str) -> tuple[int, str]:
        """Run the gate or another program, and return exit status and output."""
        env = self._store.environment(METAFLOW_DATASTORE_SYSROOT_LOCAL=str(self._store.root), **environment)
        ended = self._forked(self.folder, *arguments, program=program, environment=env)
        return ended.status, ended.output

    def promote(self, *arguments: str, **environment: str) -> tuple[int, str, dict[str, Any]]:
        """Run the gate with `--gate-promote`; return exit status, output and verdict."""
        status, output = self.run("quality_checks", "--gate-promote", *arguments, **environment)
        assert "Traceback" not in output, output
        assert (self.folder / "verdict.json").exists(), output
        return status, output, verdict_in(self.folder)


@pytest.fixture
def gate(forked: ForkedGate, store: Datastore, tmp_path: Path) -> Gate:
    """Gate runs on the copy of the datastore."""
    return Gate(forked, tmp_path / "gate", store)


def tags_of(ask: Asker) -> dict[str, list[str]]:
    """Return the tags of each tagged run."""
    return {one: tags for one, tags in ask(tags_of="TinyFlow").items() if tags}


# -- the gate --


def test_passed_run_becomes_champion_and_replaces_the_previous_one(gate: Gate, store: Datastore, ask: Asker) -> None:
    """Promoting the run again changes nothing, and tagging a run does not make it the latest run."""
    for header in ("champion none yet, nothing was compared", "; the tested run is the champion itself"):
        status, output, verdict = gate.promote(f"--gate-run=TinyFlow/{store.older}")
        assert header in output
        assert (status, verdict["verdict"], verdict["promoted"]) == (0, "passed", True)
        assert f"promoted: TinyFlow/{store.older} is the champion now" in output
        assert tags_of(ask) == {store.older: ["champion", "quality:passed"]}
    assert verdict["run"]["tags"][0] == "champion"  # the tags at the time of the test

    status, output, verdict = gate.promote()
    assert (status, verdict["promoted"], verdict["run"]["pathspec"]) == (0, True, f"TinyFlow/{store.newest}")
    assert verdict["run"]["tags"] == []
    assert f"embedgate: champion TinyFlow/{store.older}, finished " in output
    assert tags_of(ask) == {store.older: ["quality:passed"], store.newest: ["champion", "quality:passed"]}

    # an older run gets the tag back, but is not the latest run
    assert gate.promote(f"--gate-run={store.older}")[0] == 0
    assert tags_of(ask)[store.older] == ["champion", "quality:passed"]
    found(ask(flow="TinyFlow"), store.newest)
    found(ask(champion=None, flow="TinyFlow"), store.older)


def test_failed_run_is_tagged_and_the_champion_keeps_its_tag(gate: Gate, store: Datastore, ask: Asker) -> None:
    """`quality:failed` replaces `quality:passed`."""
    gate.promote(f"--gate-run={store.older}")
    assert gate.promote()[0] == 0
    ask(promote=f"TinyFlow/{store.older}")

    (gate.folder / "quality_checks.toml").write_text(STRICT, encoding="utf-8")
    status, output, verdict = gate.promote()

    assert (status, verdict["verdict"], verdict["promoted"], verdict["error"]) == (1, "failed", False, None)
    assert f"not promoted: the verdict is failed; TinyFlow/{store.newest} is tagged 'quality:failed'" in output
    assert tags_of(ask) == {store.older: ["champion", "quality:passed"], store.newest: ["quality:failed"]}


def test_partial_verdict_changes_no_tag(gate: Gate, store: Datastore, ask: Asker) -> None:
    """The exit status is 1, because a promotion was requested."""
    status, output, verdict = gate.promote("-k", "geometry or integrity")

    assert (status, verdict["verdict"], verdict["promoted"]) == (1, "partial", False)
    assert "not promoted: the verdict is partial" in output
    assert tags_of(ask) == {}


def test_failure_of_another_test_prevents_a_promotion(gate: Gate, store: Datastore, ask: Asker) -> None:
    """The run is not tagged as failed, because every check passed."""
    (gate.folder / "quality_checks" / "test_beside.py").write_text(
        "def test_beside(): assert False\n", encoding="utf-8"
    )

    status, output, verdict = gate.promote()

    assert (status, verdict["verdict"], verdict["promoted"]) == (1, "failed", False)
    assert "not promoted: the gate run was not completed (TestsFailed)" in output
    assert tags_of(ask) == {}


def test_no_tag_is_changed_without_the_option(gate: Gate, store: Datastore, ask: Asker) -> None:
    """Without `--gate-promote`, a gate run changes nothing in the datastore."""
    status, output = gate.run("quality_checks")

    assert status == 0
    assert "promoted" not in output
    assert tags_of(ask) == {}


def test_distributed_gate_run_promotes_once(gate: Gate, store: Datastore, ask: Asker) -> None:
    """Under pytest-xdist, only the controller moves the tag."""
    status, output, verdict = gate.promote("-n", "2")

    assert (status, verdict["promoted"]) == (0, True), output
    assert output.count("is the champion now") == 1
    assert tags_of(ask) == {store.newest: ["champion", "quality:passed"]}


def test_run_with_too_many_tags_fails_the_gate(gate: Gate, store: Datastore, ask: Asker) -> None:
    """A failed promotion is an error with exit status 1, and the message names the tagged run."""
    ask(promote=f"TinyFlow/{store.older}")
    about = store.root / ".metaflow" / "TinyFlow" / store.newest / "_meta" / "_self.json"
    many = [f"tag-{number}" for number in range(49)]
    about.write_text(json.dumps(json.loads(about.read_text(encoding="utf-8")) | {"tags": many}), encoding="utf-8")

    status, output, verdict = gate.promote()

    assert (status, verdict["verdict"], verdict["promoted"]) == (1, "failed", False)
    assert verdict["error"]["kind"] == "promotion"
    for fact in (f"run {store.newest} has 49 tags", "no room for champion", f"is now on TinyFlow/{store.older}"):
        assert fact in verdict["error"]["message"]
        assert fact in output
    assert len(tags_of(ask)[store.newest]) == 49


def test_outage_during_the_run_fails_the_gate(gate: Gate, store: Datastore) -> None:
    """The checks pass, but the datastore is gone when the tag is moved."""
    (gate.folder / "quality_checks" / "test_outage.py").write_text(
        "import os\n"
        "def test_outage(gate_model):\n"
        f"    os.rename({str(store.root / '.metaflow')!r}, {str(store.root / 'gone')!r})\n",
        encoding="utf-8",
    )

    status, _, verdict = gate.promote()

    assert (status, verdict["verdict"], verdict["promoted"]) == (1, "failed", False)
    assert verdict["error"]["kind"] == "promotion"
    assert "could not be promoted" in verdict["error"]["message"]
    assert "cannot be read (FlowNotFound)" in verdict["error"]["message"]
    assert verdict["run"]["pathspec"] == f"TinyFlow/{store.newest}"


# -- manual promotion --


def test_manual_promotion_is_recorded(gate: Gate, store: Datastore, ask: Asker) -> None:
    """The verdict is ignored; the history records the user, the time and the reason."""
    ask(promote=f"TinyFlow/{store.newest}")
    ask(mark_failed=f"TinyFlow/{store.older}")

    status, output = gate.run(
        "promote", store.older, "--reason", " the other broke ", program="embedgate.cli", METAFLOW_USER="ann"
    )

    assert status == 0, output
    assert f"promoted: TinyFlow/{store.older} is the champion now" in output
    assert tags_of(ask)[store.older] == ["champion", "quality:failed"]
    (record,) = (gate.folder / ".embedgate").glob("*.json")
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
def test_invalid_manual_promotion_is_rejected(
    gate: Gate, store: Datastore, arguments: str, status: int, words: str
) -> None:
    """Nothing is tagged or recorded."""
    (gate.folder / "flowless.toml").write_text("", encoding="utf-8")
    roles = {"older": store.older, "failed": store.failed, "others": store.others}

    answered, output = gate.run("promote", *arguments.format_map(roles).split(), program="embedgate.cli")

    assert answered == status, output
    assert words.format_map(roles) in output
    assert "Traceback" not in output, output
    assert not (gate.folder / ".embedgate").exists()
    abouts = (store.root / ".metaflow" / "TinyFlow").glob("*/_meta/_self.json")
    assert not [about for about in abouts if "champion" in about.read_text(encoding="utf-8")]


def test_manual_promotion_that_cannot_be_recorded_is_rejected(gate: Gate, store: Datastore, ask: Asker) -> None:
    """The history folder is a file."""
    (gate.folder / ".embedgate").write_text("", encoding="utf-8")

    status, output = gate.run("promote", store.older, "--reason=x", program="embedgate.cli")

    assert status == 1
    assert "Nothing was promoted" in output
    assert tags_of(ask) == {}


# -- concurrent and killed promotions --


def test_two_concurrent_promotions_result_in_one_champion(store: Datastore, ask_from: Callable[..., Asker]) -> None:
    """Two processes promote at the same time, ten times; one of them reports the champion."""
    first, second = ask_from(store.root), ask_from(store.root)
    first(promote=f"TinyFlow/{store.others}")

    for turn in range(10):
        both = (store.older, store.newest) if turn % 2 else (store.tagged, store.others)
        for asker, one in zip((first, second), both, strict=True):
            asker.send(promote=f"TinyFlow/{one}")
        answers = [asker.receive()["champion"].removeprefix("TinyFlow/") for asker in (first, second)]

        champions = [one for one, tags in tags_of(first).items() if "champion" in tags]
        assert len(champions) == 1
        assert champions[0] in answers


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("write", [1, 2])
def test_killed_promotion_leaves_a_champion_and_the_next_one_repairs_the_tags(
    store: Datastore, ask: Asker, ask_from: Callable[..., Asker], write: int, after: bool
) -> None:
    """A promotion has two writes: it adds the tag to one run and removes it from the other."""
    ask(promote=f"TinyFlow/{store.older}")
    victim = ask_from(store.root)

    victim.send(promote=f"TinyFlow/{store.newest}", die_at=write, after=after)
    assert victim.end() == -signal.SIGKILL

    champions = {one for one, tags in tags_of(ask).items() if "champion" in tags}
    expected = [{store.older}, {store.older, store.newest}, {store.newest}]
    assert champions == expected[write - 1 + after]
    assert ask(champion=None, flow="TinyFlow").get("record")

    assert ask(promote=f"TinyFlow/{store.tagged}") == {"champion": f"TinyFlow/{store.tagged}"}
    assert [one for one, tags in tags_of(ask).items() if "champion" in tags] == [store.tagged]


# -- with a metadata service --


@pytest.fixture
def serve(store: Datastore) -> Iterator[Callable[[], MetadataService]]:
    """A function that starts a service with the current content of the datastore."""
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
    """There are two consecutive promotions, then two concurrent ones."""
    service = serve()
    first, second = (ask_from(tmp_path, **at(service.url)) for _ in range(2))
    for one in (store.older, store.newest):
        assert first(promote=f"TinyFlow/{one}") == {"champion": f"TinyFlow/{one}"}
    assert service.paths().count("/flows/TinyFlow/runs") == 2 + 3

    for asker, one in ((first, store.others), (second, store.tagged)):
        asker.send(promote=f"TinyFlow/{one}")
    answers = {asker.receive()["champion"] for asker in (first, second)}

    champions = [one for one, tags in tags_of(second).items() if "champion" in tags]
    assert len(champions) == 1
    assert f"TinyFlow/{champions[0]}" in answers


def test_tag_change_that_the_service_rejects_is_an_error(
    store: Datastore, tmp_path: Path, serve: Callable[[], MetadataService], ask_from: Callable[..., Asker]
) -> None:
    """The message contains the response of the service and the tagged run."""
    ask_from(store.root)(promote=f"TinyFlow/{store.older}")

    service = serve()
    service.is_read_only = True

    answer = ask_from(tmp_path, **at(service.url))(promote=f"TinyFlow/{store.newest}")

    assert_error(answer, "TaggingFailed", "could not be promoted", "read-only", f"is now on TinyFlow/{store.older}")


# -- finding the champion --


def test_champion_may_be_missing_unless_a_reference_is_given(ask: Asker, store: Datastore) -> None:
    """A given reference that does not exist is an error."""
    assert ask(champion=None, flow="TinyFlow") == {"champion": None}
    assert ask(champion=None, run=f"TinyFlow/{store.older}") == {"champion": None}
    assert ask(champion="none", flow="TinyFlow") == {"champion": None}
    assert_error(ask(champion="champion", flow="TinyFlow"), "RunNotFound", "the champion 'champion'", "is tagged")
    assert_error(
        ask(champion="TinyFlow/1", flow="TinyFlow"), "RunNotFound", "'TinyFlow/1'", "has no run 1", store.newest
    )
    assert_error(ask(champion="NoFlow/1", flow="TinyFlow"), "FlowNotFound", "'NoFlow/1'", "no flow 'NoFlow'")
    assert_error(ask(champion="gone.kv", flow="TinyFlow"), "ArtifactMissing", "'gone.kv'", "there is no file")
    assert_error(
        ask(champion=f"TinyFlow/{store.failed}", flow="TinyFlow"), "RunNotSuccessful", "--gate-champion", "'start'"
    )
    assert_error(ask(champion=f"TinyFlow/{store.broken}", flow="TinyFlow"), "ArtifactMissing", "'final_vectors'")


def test_tagged_run_that_failed_is_no_champion(ask: Asker, store: Datastore) -> None:
    """Such a run was tagged by mistake."""
    ask(promote=f"TinyFlow/{store.failed}")

    assert ask(champion=None, flow="TinyFlow") == {"champion": None}


def test_champion_is_found_by_run_tag_and_file(ask: Asker, store: Datastore, sound: SampleFiles) -> None:
    """The namespace restricts the tested run, not the champion."""
    ask(promote=f"TinyFlow/{store.others}")

    for reference in (None, "champion", "quality:passed", f"TinyFlow/{store.others}"):
        found(ask(champion=reference, flow="TinyFlow", namespace="user:alice"), store.others)
        found(ask(champion=reference, run=f"TinyFlow/{store.older}"), store.others)
    answer = ask(champion=str(sound.vectors), flow="TinyFlow")
    assert (answer["record"]["source"], answer["record"]["pathspec"]) == ("files", str(sound.vectors))


def test_files_are_compared_only_with_a_given_reference(ask: Asker, store: Datastore, sound: SampleFiles) -> None:
    """The champion of the flow is ignored."""
    ask(promote=f"TinyFlow/{store.older}")

    assert ask(champion=None, flow="TinyFlow", vectors_file=str(sound.vectors)) == {"champion": None}
    found(ask(champion="champion", flow="TinyFlow", vectors_file=str(sound.vectors)), store.older)
    found(ask(champion=f"TinyFlow/{store.older}", vectors_file=str(sound.vectors)), store.older)
    assert ask(champion="champion", vectors_file=str(sound.vectors))["kind"] == "UsageError"


def test_champion_that_cannot_be_read_is_an_error(ask: Asker, store: Datastore) -> None:
    """The champion exists, but has no vectors."""
    ask(promote=f"TinyFlow/{store.broken}")

    answer = ask(champion=None, flow="TinyFlow")

    assert_error(answer, "ArtifactMissing", "tagged 'champion'", "'final_vectors'", "--gate-champion=none")


def test_unreadable_run_is_not_reported_as_missing_champion(ask: Asker, store: Datastore) -> None:
    """Metaflow's local provider skips a folder that it cannot read."""
    ask(promote=f"TinyFlow/{store.older}")
    about = store.root / ".metaflow" / "TinyFlow" / store.older / "_meta" / "_self.json"
    about.unlink()
    about.symlink_to(about)  # stat fails, for root too

    assert_error(ask(champion=None, flow="TinyFlow"), "ServiceUnreachable", "cannot be read completely", store.older)
    assert_error(ask(promote=f"TinyFlow/{store.newest}"), "ServiceUnreachable", "could not be promoted", store.older)


def test_truncated_metadata_of_a_run_is_not_reported_as_missing_champion(ask: Asker, store: Datastore) -> None:
    """The file `_self.json` of the run is truncated."""
    about = store.root / ".metaflow" / "TinyFlow" / store.older / "_meta" / "_self.json"
    about.write_text("{", encoding="utf-8")

    assert_error(
        ask(champion=None, flow="TinyFlow"), "ServiceUnreachable", "the runs of TinyFlow", "not a missing run"
    )


def test_outage_is_not_reported_as_missing_champion(
    gate: Gate, store: Datastore, ask_from: Callable[..., Asker]
) -> None:
    """A closed port is an error in every look-up of the champion, and the exit status of the gate is 1."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        service = at(f"http://127.0.0.1:{free.getsockname()[1]}")
    ask = ask_from(gate.folder, **service)

    assert_error(ask(champion=None, flow="TinyFlow"), "ServiceUnreachable", "does not answer", "not a missing run")
    assert_error(ask(champion="TinyFlow/1", flow="TinyFlow"), "ServiceUnreachable", "does not answer")
    answer = ask(promote=f"TinyFlow/{store.older}")
    assert_error(answer, "ServiceUnreachable", "could not be promoted", "The next promotion corrects this")
    status, _, verdict = gate.promote(**service)
    assert (status, verdict["verdict"], verdict["error"]["kind"]) == (1, "failed", "ServiceUnreachable")
    assert "no_baseline" not in {check["outcome"] for check in verdict["checks"]}


# -- invalid settings and names --


@pytest.mark.parametrize(
    ("environment", "fact"),
    [
        ({"METAFLOW_DEFAULT_METADATA": "junk"}, "METAFLOW_DEFAULT_METADATA is 'junk'"),
        ({"METAFLOW_DEFAULT_METADATA": "service", "METAFLOW_SERVICE_URL": "junk"}, "METAFLOW_SERVICE_URL is 'junk'"),
        ({"METAFLOW_PROFILE": "nope"}, "METAFLOW_PROFILE 'nope'"),
    ],
    ids=["metadata", "address", "profile"],
)
def test_invalid_setting_of_metaflow_fails_the_gate_and_is_reported(
    gate: Gate, store: Datastore, environment: dict[str, str], fact: str
) -> None:
    """There is a verdict and exit status 1, without an internal error of pytest."""
    status, output, verdict = gate.promote(**environment)

    assert (status, verdict["verdict"], verdict["error"]["kind"]) == (1, "failed", "MetaflowUnusable")
    assert fact in verdict["error"]["message"]
    assert "INTERNALERROR" not in output


@pytest.mark.parametrize(
    "option", ["--gate-flow=../x", "--gate-flow=Flow Name", "--gate-run=TinyFlow/..", "--gate-tag="]
)
def test_invalid_name_is_a_usage_error(gate: Gate, store: Datastore, option: str) -> None:
    """The exit status is 4, and there is no verdict."""
    status, output = gate.run("quality_checks", option)

    assert status == 4
    assert "INTERNALERROR" not in output
    assert not (gate.folder / "verdict.json").exists()
