"""A folder of records: nothing lost, nothing half, nothing passed over in silence."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from embedgate.errors import HistoryUnusable
from embedgate.judgement.history import MOST_TRACKS, append, champions_of, read, values_of, verdict_as_record
from embedgate.judgement.records import PromotionRecord, Record, RecordedVerdict

HOSTILE = "\"'><svg onload=alert(1)>/../../\x1b[31m\u202e half a pair \ud83d"
WRITER = """
import sys
from pathlib import Path
from embedgate.judgement.history import append
for number in range(int(sys.argv[2])):
    append(Path(sys.argv[1]), {"kind": "promotion", "run": "F/1", "by": sys.argv[3], "reason": f"{number}" * 2000})
"""


def verdict(pathspec: str = "F/1", word: str = "passed", value: float = 0.5, **more: Any) -> dict[str, Any]:
    """The content of a verdict.json."""
    check = {
        "id": "map.faithfulness",
        "outcome": "passed",
        "severity": "fail",
        "value": value,
        "ci": [0.4, 0.6],
        "bound": {"at_least": 0.87, "from": "null", "constant": True},
        "n": 7,
        "seconds": 0.1,
        "message": "so and so",
        "tracks": [f"track {number}" for number in range(50)],
    }
    said = {"schema": 1, "verdict": word, "champion": None, "promoted": False, "checks": [check]}
    return {**said, "run": {"source": "metaflow", "pathspec": pathspec}, **more}


def record(run: str, day: int, word: str = "passed", *, source: str = "metaflow", **more: Any) -> RecordedVerdict:
    """A verdict that was kept."""
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    whole = verdict_as_record(verdict(run, word, **more))
    return RecordedVerdict.model_validate({**whole, "at": at, "run": {"source": source, "pathspec": run}})


def promotion(run: str, day: int) -> PromotionRecord:
    """A promotion by hand that was kept."""
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    return PromotionRecord.model_validate({"schema": 1, "kind": "promotion", "run": run, "at": at})


def test_what_was_kept_is_read_back(tmp_path: Path) -> None:
    """A verdict and a promotion come back as what they are, oldest first, in a folder that git leaves alone."""
    folder = tmp_path / "deep" / "history"

    files = [
        append(folder, verdict_as_record(verdict())),
        append(folder, {"kind": "promotion", "run": "F/1", "reason": "ours", "by": "me"}),
    ]
    first, second = read(folder)

    assert isinstance(first, RecordedVerdict)
    assert (first.verdict, first.flow, first.run and first.run.pathspec) == ("passed", "F", "F/1")
    assert first.measures == {"map.faithfulness": 0.5}
    assert first.checks[0].ci == (0.4, 0.6)
    assert first.checks[0].bound is not None
    assert (first.checks[0].bound.at_least, first.checks[0].bound.source) == (0.87, "null")
    assert isinstance(second, PromotionRecord)
    assert (second.run, second.reason, second.by) == ("F/1", "ours", "me")
    assert first.at <= second.at
    assert first.at.utcoffset() == timedelta(0)
    assert sorted(files) == files
    assert {each.name for each in folder.iterdir()} == {".gitignore", *(file.name for file in files)}
    assert (folder / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_the_file_has_the_whole_verdict_but_for_long_lists(tmp_path: Path) -> None:
    """Whatever stands in verdict.json is kept, and its time; of the tracks to blame the worst."""
    whole = verdict()

    kept = json.loads(append(tmp_path, verdict_as_record(whole)).read_text(encoding="utf-8"))

    assert len(whole["checks"][0]["tracks"]) == 50
    assert kept["checks"][0].pop("tracks") == [f"track {number}" for number in range(MOST_TRACKS)]
    whole["checks"][0].pop("tracks")
    assert kept.pop("kind") == "verdict"
    assert datetime.fromisoformat(kept.pop("at")).tzinfo is not None
    assert kept == whole


def test_a_time_of_the_writers_own_is_kept(tmp_path: Path) -> None:
    """Records come in the order of their times, whenever they were written."""
    late, early = "2026-02-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"
    for at in (late, early):
        append(tmp_path, {"kind": "promotion", "run": "F/1", "at": at})

    assert [each.at.isoformat() for each in read(tmp_path)] == [early, late]


def test_a_folder_of_the_users_own_gets_no_gitignore(tmp_path: Path) -> None:
    """Who made the folder may want it under version control, or has the project in it."""
    append(tmp_path, {"kind": "promotion", "run": "F/1"})

    assert not (tmp_path / ".gitignore").exists()


def test_no_folder_is_no_history(tmp_path: Path) -> None:
    """The first run has nothing to complain of."""
    assert read(tmp_path / "none") == read(tmp_path)
    assert read(tmp_path / "none") == []


def test_many_writers_lose_nothing_and_no_reader_sees_half(tmp_path: Path) -> None:
    """Processes that write at once, while another reads: every record is there, whole, and nothing is strange."""
    folder, writers, each = tmp_path / "history", 6, 25
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(folder), str(each), f"writer {number}"])
        for number in range(writers)
    ]

    seen: set[str] = set()
    most = 0
    while any(process.poll() is None for process in running):
        history = read(folder)
        seen.update(history.strange)
        assert len(history.records) >= most
        most = len(history.records)
        time.sleep(0.01)

    assert [process.returncode for process in running] == [0] * writers
    assert seen == set()
    found = [record for record in read(folder) if isinstance(record, PromotionRecord)]
    assert len(found) == writers * each
    assert {(record.by, record.reason) for record in found} == {
        (f"writer {writer}", f"{number}" * 2000) for writer in range(writers) for number in range(each)
    }
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == [".gitignore"]


def test_what_is_no_record_is_named(tmp_path: Path) -> None:
    """Half a file, other JSON, a later schema, a folder, notes: each is named, and the rest is read."""
    good = append(tmp_path, verdict_as_record(verdict()))
    (tmp_path / "half.json").write_bytes(good.read_bytes()[:100])
    (tmp_path / "list.json").write_text("[1, 2]", encoding="utf-8")
    (tmp_path / "binary.json").write_bytes(b"\xff\x00\xfe")
    (tmp_path / "later.json").write_text(json.dumps({"schema": 2, "kind": "x", "at": "2026-01-01T00:00Z"}))
    (tmp_path / "timeless.json").write_text(json.dumps({"schema": 1, "kind": "verdict", "verdict": "passed"}))
    (tmp_path / "odd.json").write_text(json.dumps({**verdict(), "kind": "verdict", "at": "yesterday"}))
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "dangling.json").symlink_to(tmp_path / "gone")
    (tmp_path / "folder.json").mkdir()

    history = read(tmp_path)

    assert len(history.records) == 1
    assert {said.split()[0] for said in history.strange} == {each.name for each in tmp_path.iterdir() if each != good}
    assert any("schema" in said for said in history.strange)


def test_a_record_of_a_later_kind_is_kept_as_it_is(tmp_path: Path) -> None:
    """What a later version adds is neither strange nor taken for a verdict."""
    append(tmp_path, {"kind": "comment", "text": "hello"})

    history = read(tmp_path)

    assert [type(each) for each in history.records] == [Record]
    assert history.records[0].kind == "comment"
    assert history.strange == ()


def test_what_a_killed_writer_left_is_named_in_the_end(tmp_path: Path) -> None:
    """A record that is being written is nobody's concern; one that never got its name is."""
    left = tmp_path / ".x.json.partial"
    left.write_text("{", encoding="utf-8")

    assert read(tmp_path).strange == ()
    os.utime(left, (0, 0))
    assert read(tmp_path).strange == (".x.json.partial is no record",)


def test_the_newest_alone_may_be_read(tmp_path: Path) -> None:
    """A long history costs no more than was asked for."""
    for number in range(5):
        append(tmp_path, {"kind": "promotion", "run": f"F/{number}"})

    newest = read(tmp_path, 2).records

    assert [each.run for each in newest if isinstance(each, PromotionRecord)] == ["F/3", "F/4"]


@pytest.mark.parametrize("run", [HOSTILE, "", "x" * 5000, "曲" * 300])
def test_any_name_of_a_run_makes_a_file(tmp_path: Path, run: str) -> None:
    """The name of the file is short ASCII in the folder, whatever the run is called."""
    path = append(tmp_path, verdict_as_record(verdict(run)))

    assert path.parent == tmp_path
    assert path.name.isascii()
    assert len(path.name) < 120
    (found,) = read(tmp_path)
    assert isinstance(found, RecordedVerdict)
    assert found.run is not None
    assert found.run.pathspec == run.encode("utf-8", "replace").decode()


def test_an_error_has_no_run(tmp_path: Path) -> None:
    """A verdict on a run that could not be had is kept too, and belongs to no flow."""
    append(tmp_path, verdict_as_record(verdict(word="failed", run=None, checks=[])))
    (found,) = read(tmp_path)

    assert isinstance(found, RecordedVerdict)
    assert (found.run, found.flow, found.measures) == (None, None, {})


def test_files_have_no_flow() -> None:
    """A path with a slash in it is no flow."""
    assert record("F/v.kv", 0, source="files").flow is None


def test_a_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    """A file in the way: an error that names the folder, for writer and reader."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")

    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(HistoryUnusable, match=f"cannot be kept in {folder}"):
            append(folder, {"kind": "promotion", "run": "F/1"})
        assert str(folder) in read(folder).strange[0]
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says why, and half a record does not stay."""

    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)

    with pytest.raises(HistoryUnusable, match="No space left on device"):
        append(tmp_path, {"kind": "promotion", "run": "F/1"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    """Who may read may still read."""
    append(tmp_path, {"kind": "promotion", "run": "F/1"})
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(HistoryUnusable, match="Permission denied"):
            append(tmp_path, {"kind": "promotion", "run": "F/1"})
        assert len(read(tmp_path)) == 1
    finally:
        tmp_path.chmod(0o700)


def test_a_file_system_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are no hard links, the record gets its name by a rename."""

    def refuse(self: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    path = append(tmp_path, {"kind": "promotion", "run": "F/1"})

    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert len(read(tmp_path)) == 1


def test_champions_are_who_was_promoted_by_gate_or_by_hand() -> None:
    """Oldest champion first, one a run, with the verdict that tells most; runs of other flows are not mixed in."""
    records: list[Record] = [
        record("F/1", 0, promoted=True, value=0.1),
        record("F/2", 1, "failed", value=0.2),
        record("F/3", 2, value=0.3),
        record("G/9", 3, promoted=True),
        record("F/4", 4, "partial", value=0.4),
        promotion("F/2", 5),
        record("F/2", 6, "partial", value=0.9),
        promotion("F/4", 7),
        promotion("F/404", 8),
    ]

    found = champions_of(records, "F")

    assert [each.run and each.run.pathspec for each in found] == ["F/1", "F/2", "F/4"]
    assert [each.measures["map.faithfulness"] for each in found] == [0.1, 0.2, 0.4]
    assert champions_of(records, "H") == []
    assert champions_of([], "F") == []


def test_a_champion_again_is_the_latest() -> None:
    """A run that is made champion once more stands where it is champion now."""
    records: list[Record] = [record("F/1", 0, promoted=True), record("F/2", 1, promoted=True), promotion("F/1", 2)]

    assert [each.run and each.run.pathspec for each in champions_of(records, "F")] == ["F/2", "F/1"]


def test_the_values_of_a_run_are_those_of_the_verdict_that_counts() -> None:
    """The one that promoted it, else the last that is not partial, else the last; none of a run without a verdict."""
    records: list[Record] = [
        record("F/1", 0, value=0.1),
        record("F/1", 1, promoted=True, value=0.2),
        record("F/1", 2, value=0.3),
        record("F/2", 3, value=0.4),
        record("F/2", 4, "partial", value=0.5),
        record("F/3", 5, "partial", value=0.6),
        promotion("F/4", 6),
    ]

    assert [values_of(records, run).get("map.faithfulness") for run in ("F/1", "F/2", "F/3", "F/4")] == [
        0.2,
        0.4,
        0.6,
        None,
    ]


def test_partial_records_of_killed_writers_are_removed(tmp_path: Path) -> None:
    """The next record removes those older than a minute; younger ones and files of others stay."""
    first = append(tmp_path, {"kind": "promotion", "run": "Flow/1"})
    names = [f".{first.name}.partial", f".{first.name}.01234567.partial", ".notes.json.partial"]
    names.append(f".{first.name}.89abcdef.partial")
    for name in names:
        (tmp_path / name).touch()
    for name in names[:3]:
        os.utime(tmp_path / name, (0, 0))
    assert read(tmp_path).strange == (".notes.json.partial is no record",)

    append(tmp_path, {"kind": "promotion", "run": "Flow/2"})

    assert {path.name for path in tmp_path.glob(".*.partial")} == set(names[2:])
